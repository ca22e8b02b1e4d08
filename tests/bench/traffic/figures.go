package main

import (
	"fmt"
	"sort"
	"strconv"
	"time"

	"godeploy/box/screen"
)

// Sample is a number of measurements of one thing.
type Sample []float64

func (sample Sample) median() float64 {
	return sample.percentile(50)
}

// percentile is the smallest value that so many of a hundred do not exceed; 0 of none.
func (sample Sample) percentile(percent float64) float64 {
	if len(sample) == 0 {
		return 0
	}
	sorted := append(Sample{}, sample...)
	sort.Float64s(sorted)
	at := int(float64(len(sorted))*percent/100+0.9999) - 1
	if at < 0 {
		at = 0
	}
	return sorted[at]
}

func microseconds(of []time.Duration) Sample {
	sample := make(Sample, len(of))
	for i, one := range of {
		sample[i] = float64(one.Nanoseconds()) / 1000
	}
	return sample
}

func left(words string) screen.Cell {
	return screen.Cell{Words: words}
}

func right(words string) screen.Cell {
	return screen.Cell{Words: words, Right: true}
}

func number(value float64, digits int) screen.Cell {
	return right(strconv.FormatFloat(value, 'f', digits, 64))
}

func heading(words ...string) []screen.Cell {
	row := []screen.Cell{left(words[0])}
	for _, word := range words[1:] {
		row = append(row, right(word))
	}
	return row
}

// verdict are two cells: the target, and whether it is met. A target of 0 is none.
func verdict(value, target float64, atMost bool, format string) []screen.Cell {
	if target == 0 {
		return []screen.Cell{right("-"), {}}
	}
	word := screen.Cell{Words: "MISSED", Color: screen.Red}
	if (atMost && value <= target) || (!atMost && value >= target) {
		word = screen.Cell{Words: "met", Color: screen.Green}
	}
	return []screen.Cell{right(fmt.Sprintf(format, target)), word}
}
