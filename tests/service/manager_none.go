//go:build !native

package main

import "os"

// underManager: only a program that is built with the tag `native` speaks to a service manager.
func underManager(_ *Illness, work func(stop <-chan os.Signal) error, signals <-chan os.Signal) error {
	return work(signals)
}
