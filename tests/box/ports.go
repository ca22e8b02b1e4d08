package box

import (
	"errors"
	"fmt"
	"math/rand"
	"net"
	"time"
)

// Ports are taken from below the range that the system gives to outgoing connections: else some
// client's own port could be the one that a release is to listen on.
const (
	firstPort = 12000
	lastPort  = 31999
)

// portHolder keeps one socket per port, under a name that the end-to-end tests know too, so that
// programs that run at once do not share ports.
type portHolder struct {
	sockets []net.Listener
}

func (holder *portHolder) pick() (int, error) {
	choice := rand.New(rand.NewSource(time.Now().UnixNano()))
	for try := 0; try < 1000; try++ {
		port := firstPort + choice.Intn(lastPort-firstPort)
		held, err := net.Listen("unix", fmt.Sprintf("@godeploy-e2e-port-%d", port))
		if err != nil {
			continue
		}
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			held.Close()
			continue
		}
		listener.Close()
		holder.sockets = append(holder.sockets, held)
		return port, nil
	}
	return 0, errors.New("no port is free")
}

func (holder *portHolder) release() {
	for _, socket := range holder.sockets {
		socket.Close()
	}
	holder.sockets = nil
}
