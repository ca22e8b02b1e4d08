package e2e

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"testing"
)

// headerFor is what the PROXY protocol, version 2, section 2.2, has before a client's bytes.
func headerFor(client, public *net.TCPAddr) []byte {
	header := append([]byte("\r\n\r\n\x00\r\nQUIT\n"), 0x21)
	from, to := client.IP.To4(), public.IP.To4()
	family := byte(0x11)
	if from == nil {
		from, to, family = client.IP.To16(), public.IP.To16(), 0x21
	}
	header = append(header, family)
	header = binary.BigEndian.AppendUint16(header, uint16(2*len(from)+4))
	header = append(append(header, from...), to...)
	header = binary.BigEndian.AppendUint16(header, uint16(client.Port))
	return binary.BigEndian.AppendUint16(header, uint16(public.Port))
}

func TestProxyHeaderTellsTheReleaseWhoItsClientIs(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "::1"} {
		t.Run(host, func(t *testing.T) {
			if probe, err := net.Listen("tcp", net.JoinHostPort(host, "0")); err != nil {
				t.Skipf("this host has no %s: %v", host, err)
			} else {
				probe.Close()
			}
			proxy := newProxy(t)
			got := make(chan []byte, 1)
			proxy.ServeRaw("blue", func(conn net.Conn) {
				all, _ := io.ReadAll(conn)
				got <- all
				io.WriteString(conn, "heard")
			})
			address := net.JoinHostPort(host, fmt.Sprint(proxy.Port))
			proxy.Flip("blue", fields{"mode": "tcp", "send_proxy_header": true, "listen": []string{address}})
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			io.WriteString(conn, "hello")
			conn.(*net.TCPConn).CloseWrite()
			if answer, err := io.ReadAll(conn); string(answer) != "heard" || err != nil {
				t.Errorf("%q, %v", answer, err)
			}
			want := append(headerFor(conn.LocalAddr().(*net.TCPAddr), conn.RemoteAddr().(*net.TCPAddr)), "hello"...)
			if heard := <-got; !bytes.Equal(heard, want) {
				t.Errorf("the release heard\n%q, not\n%q", heard, want)
			}
		})
	}
}
