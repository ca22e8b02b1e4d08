package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
)

// HeadedListener takes connections that begin with a header of the PROXY protocol, version 2
// (haproxy.org, proxy-protocol.txt, section 2.2), and no other: its RemoteAddr is the client's.
type HeadedListener struct {
	net.Listener
}

func (l HeadedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &headedConn{Conn: conn}, nil
}

// headedConn reads the header when it is first asked for something, which is not in Accept: one who
// sends none holds up nobody else.
type headedConn struct {
	net.Conn
	once   sync.Once
	client net.Addr
	err    error
}

func (c *headedConn) RemoteAddr() net.Addr {
	c.once.Do(c.readHeader)
	return c.client
}

func (c *headedConn) Read(p []byte) (int, error) {
	c.once.Do(c.readHeader)
	if c.err != nil {
		return 0, c.err
	}
	return c.Conn.Read(p)
}

func (c *headedConn) readHeader() {
	c.client = c.Conn.RemoteAddr()
	client, err := readProxyHeader(c.Conn)
	if err != nil {
		c.err = fmt.Errorf("PROXY header: %w", err)
		return
	}
	c.client = client
}

func readProxyHeader(from io.Reader) (net.Addr, error) {
	start := make([]byte, 16)
	if _, err := io.ReadFull(from, start); err != nil {
		return nil, err
	}
	if !bytes.Equal(start[:13], []byte("\r\n\r\n\x00\r\nQUIT\n\x21")) {
		return nil, fmt.Errorf("begins with %q", start)
	}
	size, known := map[byte]int{0x11: net.IPv4len, 0x21: net.IPv6len}[start[13]]
	length := int(binary.BigEndian.Uint16(start[14:]))
	if !known || length < 2*size+4 {
		return nil, fmt.Errorf("family %#x with %d bytes", start[13], length)
	}
	rest := make([]byte, length)
	if _, err := io.ReadFull(from, rest); err != nil {
		return nil, err
	}
	port := binary.BigEndian.Uint16(rest[2*size:])
	return &net.TCPAddr{IP: net.IP(rest[:size]), Port: int(port)}, nil
}
