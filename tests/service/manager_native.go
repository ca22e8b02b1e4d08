//go:build native

package main

import (
	"flag"
	"os"

	"golang.org/x/sys/windows/svc"
)

// As a service of Windows that speaks to the service manager itself: it says so, as not every host
// of services can be told from a console by looking.
var asService = flag.Bool("service", false, "the service manager of Windows starts and stops it")

// underManager has `work` end when the service manager says so; without --service a signal does it.
func underManager(ill *Illness, work func(stop <-chan os.Signal) error, signals <-chan os.Signal) error {
	if !*asService {
		return work(signals)
	}
	service := &Service{ill: ill, work: work}
	if err := svc.Run("", service); err != nil { // the name is not looked at: the process has one service
		return err
	}
	return service.failure
}

// Service is what the manager talks to.
type Service struct {
	ill     *Illness
	work    func(stop <-chan os.Signal) error
	failure error
}

// Execute follows learn.microsoft.com/windows/win32/services/service-status-transitions
func (s *Service) Execute(_ []string, asked <-chan svc.ChangeRequest, told chan<- svc.Status) (bool, uint32) {
	stop := make(chan os.Signal, 1)
	ended := make(chan error, 1)
	go func() { ended <- s.work(stop) }()
	running := svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown}
	told <- running
	for {
		select {
		case s.failure = <-ended:
			told <- svc.Status{State: svc.StopPending}
			if s.failure != nil {
				return true, 1
			}
			return false, 0
		case request := <-asked:
			switch request.Cmd {
			case svc.Interrogate:
				told <- request.CurrentStatus
			case svc.Stop, svc.Shutdown:
				running.State, running.Accepts = svc.StopPending, 0
				told <- running
				if s.ill.kind != "ignore-term" {
					stop <- os.Interrupt
				}
			}
		}
	}
}
