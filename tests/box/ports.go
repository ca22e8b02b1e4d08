package box

import (
	"errors"
	"fmt"
	"math/rand"
	"net"
	"os"
	"sync"
	"time"
)

// Ports are taken from below the range that the system gives to outgoing connections: else some
// client's own port could be the one that a release is to listen on.
const (
	firstPort = 12000
	lastPort  = 31999
)

var choice = struct {
	sync.Mutex
	*rand.Rand
}{Rand: rand.New(rand.NewSource(time.Now().UnixNano() + int64(os.Getpid())))}

// HoldPort finds a port that nobody listens on, and that nobody else who asks is given while held is open:
// a socket under a name that every test program knows (an abstract one: it ends with its process).
func HoldPort() (port int, held net.Listener, err error) {
	choice.Lock()
	defer choice.Unlock()
	for try := 0; try < 1000; try++ {
		port = firstPort + choice.Intn(lastPort-firstPort)
		held, err = net.Listen("unix", fmt.Sprintf("@godeploy-e2e-port-%d", port))
		if err != nil {
			continue
		}
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			held.Close()
			continue
		}
		listener.Close()
		return port, held, nil
	}
	return 0, nil, errors.New("no port is free")
}

// portHolder holds the ports of one box.
type portHolder struct {
	sockets []net.Listener
}

func (holder *portHolder) pick() (int, error) {
	port, held, err := HoldPort()
	if err == nil {
		holder.sockets = append(holder.sockets, held)
	}
	return port, err
}

func (holder *portHolder) release() {
	for _, socket := range holder.sockets {
		socket.Close()
	}
	holder.sockets = nil
}
