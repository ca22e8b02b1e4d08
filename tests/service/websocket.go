package main

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The server's side of RFC 6455, as far as an echo needs it: https://www.rfc-editor.org/rfc/rfc6455
const (
	webSocketGUID    = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
	mostMessageBytes = 1 << 20

	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA

	statusGoingAway = 1001
)

// Sockets are the open WebSocket connections. http.Server forgets a connection that was hijacked, so
// they are told about the end here.
type Sockets struct {
	lock   sync.Mutex
	open   map[*socket]bool
	ending bool
}

type socket struct {
	conn  net.Conn
	in    *bufio.Reader
	write sync.Mutex
}

func newSockets() *Sockets {
	return &Sockets{open: map[*socket]bool{}}
}

func (s *Sockets) serve(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Sec-WebSocket-Key")
	hijacker, canHijack := w.(http.Hijacker)
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") || key == "" || !canHijack {
		http.Error(w, "a WebSocket upgrade is expected", http.StatusUpgradeRequired)
		return
	}
	conn, buffered, err := hijacker.Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer conn.Close()
	one := &socket{conn: conn, in: buffered.Reader}
	if one.accept(w.Header(), key) != nil {
		return
	}
	s.add(one)
	defer s.remove(one)
	one.echo()
}

func (s *Sockets) add(one *socket) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.open[one] = true
	if s.ending {
		one.sendGoodbye()
	}
}

func (s *Sockets) remove(one *socket) {
	s.lock.Lock()
	defer s.lock.Unlock()
	delete(s.open, one)
}

func (s *Sockets) sayGoodbye() {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.ending = true
	for one := range s.open {
		one.sendGoodbye()
	}
}

// waitClosed gives the clients the time of ctx to answer the goodbye.
func (s *Sockets) waitClosed(ctx context.Context) {
	for ctx.Err() == nil && s.count() > 0 {
		time.Sleep(5 * time.Millisecond)
	}
}

func (s *Sockets) count() int {
	s.lock.Lock()
	defer s.lock.Unlock()
	return len(s.open)
}

func (one *socket) sendGoodbye() error {
	return one.send(opClose, binary.BigEndian.AppendUint16(nil, statusGoingAway))
}

func (one *socket) accept(identity http.Header, key string) error {
	sum := sha1.Sum([]byte(key + webSocketGUID))
	_, err := io.WriteString(one.conn, "HTTP/1.1 101 Switching Protocols\r\n"+
		"Upgrade: websocket\r\nConnection: Upgrade\r\n"+
		"X-Release: "+identity.Get("X-Release")+"\r\nX-Instance: "+identity.Get("X-Instance")+"\r\n"+
		"Sec-WebSocket-Accept: "+base64.StdEncoding.EncodeToString(sum[:])+"\r\n\r\n")
	return err
}

func (one *socket) echo() {
	for {
		op, payload, err := one.receive()
		if err != nil {
			return
		}
		switch op {
		case opClose:
			one.send(opClose, payload)
			return
		case opPing:
			err = one.send(opPong, payload)
		case opPong:
		default:
			err = one.send(op, payload)
		}
		if err != nil {
			return
		}
	}
}

// receive returns a control frame, or a whole message of one or more frames.
func (one *socket) receive() (op byte, message []byte, err error) {
	for {
		final, frameOp, payload, err := one.receiveFrame()
		if err != nil {
			return 0, nil, err
		}
		if frameOp >= opClose {
			return frameOp, payload, nil
		}
		if frameOp != opContinuation {
			op = frameOp
		}
		message = append(message, payload...)
		if len(message) > mostMessageBytes {
			return 0, nil, errors.New("message too large")
		}
		if final {
			return op, message, nil
		}
	}
}

func (one *socket) receiveFrame() (final bool, op byte, payload []byte, err error) {
	var head [2]byte
	if _, err = io.ReadFull(one.in, head[:]); err != nil {
		return
	}
	length, err := one.receiveLength(head[1] & 0x7f)
	if err != nil {
		return
	}
	if head[1]&0x80 == 0 || length > mostMessageBytes {
		return false, 0, nil, errors.New("frame without a mask, or too large")
	}
	masked := make([]byte, 4+length)
	if _, err = io.ReadFull(one.in, masked); err != nil {
		return
	}
	payload = masked[4:]
	for i := range payload {
		payload[i] ^= masked[i%4]
	}
	return head[0]&0x80 != 0, head[0] & 0x0f, payload, nil
}

func (one *socket) receiveLength(short byte) (uint64, error) {
	var more [8]byte
	switch short {
	case 126:
		_, err := io.ReadFull(one.in, more[:2])
		return uint64(binary.BigEndian.Uint16(more[:2])), err
	case 127:
		_, err := io.ReadFull(one.in, more[:])
		return binary.BigEndian.Uint64(more[:]), err
	}
	return uint64(short), nil
}

func (one *socket) send(op byte, payload []byte) error {
	frame := []byte{0x80 | op}
	switch {
	case len(payload) < 126:
		frame = append(frame, byte(len(payload)))
	case len(payload) < 1<<16:
		frame = binary.BigEndian.AppendUint16(append(frame, 126), uint16(len(payload)))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 127), uint64(len(payload)))
	}
	one.write.Lock()
	defer one.write.Unlock()
	_, err := one.conn.Write(append(frame, payload...))
	return err
}
