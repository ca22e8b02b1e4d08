// Package screen prints for people: colors and lines on a terminal, plain text in a pipe.
package screen

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// Color is how words stand out.
type Color string

const (
	Plain  Color = ""
	Bold   Color = "\x1b[1m"
	Dim    Color = "\x1b[2m"
	Red    Color = "\x1b[31m"
	Green  Color = "\x1b[32m"
	Yellow Color = "\x1b[33m"
	Cyan   Color = "\x1b[36m"
	reset        = "\x1b[0m"
)

// Screen is standard output.
type Screen struct {
	out   io.Writer
	color bool
	utf8  bool
	// Terminal is where godeploy itself can draw its live checklist; nil in a pipe.
	Terminal *os.File
}

// New looks at standard output and the environment, by the rules of godeploy itself.
func New() *Screen {
	live := isTerminal(os.Stdout) && isTerminal(os.Stderr) && !oneOf(os.Getenv("TERM"), "", "dumb") &&
		oneOf(os.Getenv("CI"), "", "0", "false")
	locale := strings.ToLower(firstSet("LC_ALL", "LC_CTYPE", "LANG"))
	s := &Screen{out: os.Stdout, color: live && os.Getenv("NO_COLOR") == "",
		utf8: strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")}
	if live {
		s.Terminal = os.Stderr
	}
	return s
}

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func oneOf(text string, words ...string) bool {
	for _, word := range words {
		if text == word {
			return true
		}
	}
	return false
}

func firstSet(names ...string) string {
	for _, name := range names {
		if value := os.Getenv(name); value != "" {
			return value
		}
	}
	return ""
}

// Paint gives words a color where there are colors.
func (s *Screen) Paint(color Color, words string) string {
	if !s.color || color == Plain || words == "" {
		return words
	}
	return string(color) + words + reset
}

// Pick takes the first where the terminal can show more than ASCII.
func (s *Screen) Pick(rich, ascii string) string {
	if s.utf8 {
		return rich
	}
	return ascii
}

// Mark is a tick or a cross.
func (s *Screen) Mark(good bool) string {
	if good {
		return s.Paint(Green, s.Pick("✓", "+"))
	}
	return s.Paint(Red, s.Pick("✗", "x"))
}

// Line prints one line.
func (s *Screen) Line(format string, values ...any) {
	fmt.Fprintf(s.out, format+"\n", values...)
}

// Cell is one field of a table.
type Cell struct {
	Words string
	Color Color
	Right bool // numbers stand at the right
}

// Table prints rows in columns as wide as they need; the first row is the heading.
func (s *Screen) Table(rows [][]Cell) {
	widths := columnWidths(rows)
	for i, row := range rows {
		var line strings.Builder
		for column, cell := range row {
			blanks := strings.Repeat(" ", widths[column]-utf8.RuneCountInString(cell.Words))
			color := cell.Color
			if i == 0 {
				color = Bold
			}
			words := s.Paint(color, cell.Words)
			if cell.Right {
				line.WriteString("  " + blanks + words)
			} else {
				line.WriteString("  " + words + blanks)
			}
		}
		s.Line("%s", strings.TrimRight(line.String(), " "))
		if i == 0 {
			s.rule(widths)
		}
	}
}

// rule is the line below a heading.
func (s *Screen) rule(widths []int) {
	total := 0
	for _, width := range widths {
		total += width + 2
	}
	s.Line("  %s", s.Paint(Dim, strings.Repeat(s.Pick("─", "-"), total-2)))
}

func columnWidths(rows [][]Cell) []int {
	var widths []int
	for _, row := range rows {
		for column, cell := range row {
			if column == len(widths) {
				widths = append(widths, 0)
			}
			if width := utf8.RuneCountInString(cell.Words); width > widths[column] {
				widths[column] = width
			}
		}
	}
	return widths
}
