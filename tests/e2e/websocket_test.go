package e2e

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// webSocket is both ends of one that goes through the proxy.
type webSocket struct {
	t        *testing.T
	client   net.Conn
	toClient *bufio.Reader
	server   net.Conn
	toServer *bufio.Reader
}

const (
	serverHello = "\x81\x05hello"                                // RFC 6455 section 5.7
	clientHello = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58" // masked
)

// webSockets opens some to a slot, one after another.
func (proxy *Proxy) webSockets(slot string, count int) []*webSocket {
	proxy.t.Helper()
	servers := make(chan *webSocket, count)
	proxy.ServeRaw(slot, func(conn net.Conn) {
		reader := bufio.NewReader(conn)
		if _, err := http.ReadRequest(reader); err != nil {
			return
		}
		io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"+
			"Connection: Upgrade\r\n\r\n"+serverHello[:3])
		socket := &webSocket{t: proxy.t, server: conn, toServer: reader}
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		servers <- socket
		select {} // the test closes it
	})
	var all []*webSocket
	for len(all) < count {
		client := proxy.dial()
		io.WriteString(client, "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"+
			"Upgrade: websocket\r\n\r\n"+clientHello[:4])
		reader := bufio.NewReader(client)
		response, err := http.ReadResponse(reader, nil)
		if err != nil || response.StatusCode != 101 {
			proxy.t.Fatalf("%v, %v", response, err)
		}
		socket := <-servers
		proxy.t.Cleanup(func() { socket.server.Close() })
		socket.client, socket.toClient = client, reader
		// What came together with the heads was the begin of a frame in both directions.
		io.WriteString(socket.server, serverHello[3:])
		io.WriteString(client, clientHello[4:])
		socket.expectPassed()
		all = append(all, socket)
	}
	return all
}

func (socket *webSocket) expectPassed() {
	socket.t.Helper()
	expectRead(socket.t, socket.toClient, serverHello)
	expectRead(socket.t, socket.toServer, clientHello)
}

func (socket *webSocket) expectTalk() {
	socket.t.Helper()
	io.WriteString(socket.server, serverHello)
	io.WriteString(socket.client, clientHello)
	socket.expectPassed()
}

// expectGoodbyeToClient wants a close frame with status 1001 and then the end, and nothing else.
func (socket *webSocket) expectGoodbyeToClient() {
	socket.t.Helper()
	rest, err := io.ReadAll(socket.toClient)
	if err != nil || string(rest) != "\x88\x02\x03\xe9" {
		socket.t.Fatalf("the client got %x, %v", rest, err)
	}
}

func (socket *webSocket) expectGoodbyeToServer() {
	socket.t.Helper()
	rest, err := io.ReadAll(socket.toServer)
	if err != nil || len(rest) != 8 || !bytes.Equal(rest[:2], []byte{0x88, 0x82}) ||
		rest[6]^rest[2] != 0x03 || rest[7]^rest[3] != 0xe9 {
		socket.t.Fatalf("the release got %x, %v", rest, err)
	}
}

func (proxy *Proxy) closeUpgraded(slot string, over time.Duration, expected int) {
	proxy.t.Helper()
	answer := proxy.Ask(fields{"do": "close", "app": "shop", "slot": slot, "class": "upgraded",
		"over_ms": over.Milliseconds()})
	if !answer.OK || answer.Closed != expected {
		proxy.t.Fatalf("expected to close %d: %+v", expected, answer)
	}
}

func TestProxySaysGoodbyeToAWebSocketBetweenItsFrames(t *testing.T) {
	proxy := newProxy(t)
	proxy.Flip("blue")
	socket := proxy.webSockets("blue", 1)[0]
	io.WriteString(socket.server, serverHello[:4])
	expectRead(t, socket.toClient, serverHello[:4])
	io.WriteString(socket.client, clientHello[:7])
	expectRead(t, socket.toServer, clientHello[:7])
	proxy.closeUpgraded("blue", 0, 1)
	// Neither the rest of a frame is lost, nor does anything follow the goodbye.
	io.WriteString(socket.server, serverHello[4:]+serverHello)
	io.WriteString(socket.client, clientHello[7:]+clientHello)
	expectRead(t, socket.toClient, serverHello[4:])
	expectRead(t, socket.toServer, clientHello[7:])
	socket.expectGoodbyeToClient()
	socket.expectGoodbyeToServer()
	waitFor(t, 10*time.Second, "no upgraded connection", func() bool {
		return proxy.Stats("blue").Upgraded == 0
	})
}

func TestProxyTellsWebSocketsGoodbyeOneAfterAnotherUntilTheirSlotServesAgain(t *testing.T) {
	proxy := newProxy(t)
	proxy.Flip("blue")
	sockets := proxy.webSockets("blue", 3)
	proxy.Flip("green")
	proxy.closeUpgraded("blue", time.Hour, 3)
	sockets[0].expectGoodbyeToClient()
	sockets[0].expectGoodbyeToServer()
	sockets[1].expectTalk()
	sockets[2].expectTalk()
	waitFor(t, 10*time.Second, "two that are left", func() bool {
		return proxy.Stats("blue").Upgraded == 2
	})
	proxy.Flip("blue") // a way back: they stay
	sockets[1].expectTalk()
	proxy.closeUpgraded("blue", 0, 2)
	for _, socket := range sockets[1:] {
		socket.expectGoodbyeToClient()
		socket.expectGoodbyeToServer()
	}
}

func TestProxyResetsAWebSocketWhoseFrameDoesNotEnd(t *testing.T) {
	proxy := newProxy(t)
	proxy.Flip("blue")
	socket := proxy.webSockets("blue", 1)[0]
	io.WriteString(socket.server, serverHello[:4])
	expectRead(t, socket.toClient, serverHello[:4])
	proxy.closeUpgraded("blue", 0, 1)
	socket.expectGoodbyeToServer() // the other direction is between two frames
	if rest, err := io.ReadAll(socket.toClient); err == nil {
		t.Errorf("the client takes %q for the whole", rest)
	}
}
