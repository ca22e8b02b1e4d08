package e2e

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Connections of any protocol (traffic.mode tcp): what a client and a release say to each other
// passes as it is, and so does how each of them ends.

var modeTCP = fields{"mode": "tcp"}

// tcpDeadline is for what may be large, on a machine that is shared.
const tcpDeadline = 60 * time.Second

func (proxy *Proxy) dialTCP() *net.TCPConn {
	proxy.t.Helper()
	conn := proxy.dial().(*net.TCPConn)
	conn.SetDeadline(time.Now().Add(tcpDeadline))
	return conn
}

// ServeTCP is ServeRaw for what needs more than a net.Conn has.
func (proxy *Proxy) ServeTCP(slot string, serve func(conn *net.TCPConn)) {
	proxy.t.Helper()
	proxy.ServeRaw(slot, func(conn net.Conn) {
		conn.SetDeadline(time.Now().Add(tcpDeadline))
		serve(conn.(*net.TCPConn))
	})
}

// ---- much data, known by its digest ----

type delivery struct {
	count  int64
	digest [sha256.Size]byte
	err    error
}

// sendNoise writes bytes that follow from the seed.
func sendNoise(to io.Writer, seed, size int64) delivery {
	hash := sha256.New()
	count, err := io.CopyN(io.MultiWriter(to, hash), rand.New(rand.NewSource(seed)), size)
	sent := delivery{count: count, err: err}
	copy(sent.digest[:], hash.Sum(nil))
	return sent
}

// takeAll reads to the end.
func takeAll(from io.Reader) delivery {
	hash := sha256.New()
	count, err := io.Copy(hash, from)
	taken := delivery{count: count, err: err}
	copy(taken.digest[:], hash.Sum(nil))
	return taken
}

func mustArrive(t *testing.T, sent, taken delivery) {
	t.Helper()
	if sent.err != nil || taken.err != nil || sent != taken {
		t.Errorf("sent %d bytes (%v), %d arrived (%v); the same bytes: %v", sent.count, sent.err,
			taken.count, taken.err, sent.digest == taken.digest)
	}
}

// ---- TLS ----

// serveTLS makes a slot speak TLS with a certificate of its own, and send back what it hears.
func (proxy *Proxy) serveTLS(slot string, authority *Authority) *x509.Certificate {
	proxy.t.Helper()
	certificate, key := authority.issue(&x509.Certificate{Subject: pkix.Name{CommonName: slot},
		DNSNames: []string{"shop.example"}, NotBefore: time.Now().Add(-year), NotAfter: time.Now().Add(year),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, authority.cert, authority.key)
	config := &tls.Config{Certificates: []tls.Certificate{
		{Certificate: [][]byte{certificate.Raw}, PrivateKey: key}}}
	proxy.ServeTCP(slot, func(conn *net.TCPConn) {
		secure := tls.Server(conn, config)
		io.Copy(secure, secure)
		secure.Close() // close_notify: the client would call its absence an error
	})
	return certificate
}

func TestTCPModePassesTLSThroughAndAFlipLeavesItWhole(t *testing.T) {
	proxy := newProxy(t)
	authority := newAuthority(t, t.TempDir(), "authority")
	roots := x509.NewCertPool()
	roots.AddCert(authority.cert)
	certificates := map[string]*x509.Certificate{"blue": proxy.serveTLS("blue", authority),
		"green": proxy.serveTLS("green", authority)}
	connect := func(slot string) *tls.Conn {
		proxy.Flip(slot, modeTCP)
		secure := tls.Client(proxy.dialTCP(), &tls.Config{RootCAs: roots, ServerName: "shop.example"})
		if err := secure.Handshake(); err != nil {
			t.Fatalf("%s: %v", slot, err)
		}
		if got := secure.ConnectionState().PeerCertificates[0]; !got.Equal(certificates[slot]) {
			t.Fatalf("the client of %s sees the certificate of %s", slot, got.Subject.CommonName)
		}
		return secure
	}
	exchange := func(secure *tls.Conn, text string) {
		t.Helper()
		back := make([]byte, len(text))
		io.WriteString(secure, text)
		if _, err := io.ReadFull(secure, back); err != nil || string(back) != text {
			t.Fatalf("%q came back as %q, %v", text, back, err)
		}
	}

	before := connect("blue")
	exchange(before, "before the flip")
	after := connect("green")
	exchange(before, "after the flip, on the connection from before it")
	for seed, secure := range []*tls.Conn{before, after} {
		sending := make(chan delivery, 1)
		go func() {
			sent := sendNoise(secure, int64(seed), 4<<20)
			secure.CloseWrite()
			sending <- sent
		}()
		taken := takeAll(secure)
		mustArrive(t, <-sending, taken)
	}
}

// ---- one side ends first ----

func TestTCPModeKeepsEachHalfOpenUntilItsOwnEnd(t *testing.T) {
	const size = 8 << 20
	proxy := newProxy(t)
	const seedOfClient, seedOfRelease = 1, 2
	sent, taken := make(chan delivery, 1), make(chan delivery, 1)
	proxy.ServeTCP("blue", func(conn *net.TCPConn) { // ends last
		taken <- takeAll(conn)
		sent <- sendNoise(conn, seedOfRelease, size)
	})
	proxy.ServeTCP("green", func(conn *net.TCPConn) { // ends first
		sent <- sendNoise(conn, seedOfRelease, size)
		conn.CloseWrite()
		taken <- takeAll(conn)
	})
	t.Run("the client ends first", func(t *testing.T) {
		proxy.Flip("blue", modeTCP)
		conn := proxy.dialTCP()
		asked := sendNoise(conn, seedOfClient, size)
		conn.CloseWrite()
		mustArrive(t, asked, <-taken)
		answer := takeAll(conn)
		mustArrive(t, <-sent, answer)
	})
	t.Run("the release ends first", func(t *testing.T) {
		proxy.Flip("green", modeTCP)
		conn := proxy.dialTCP()
		answer := takeAll(conn) // its end is seen while our own half is open
		mustArrive(t, <-sent, answer)
		asked := sendNoise(conn, seedOfClient, size)
		conn.CloseWrite()
		mustArrive(t, asked, <-taken)
	})
	waitFor(t, 20*time.Second, "no connection in flight", func() bool {
		return proxy.Stats("blue").InFlight == 0 && proxy.Stats("green").InFlight == 0
	})
}

// connectedTCP is a client, and its connection as the release in slot blue has it, until the test ends.
func connectedTCP(t *testing.T) (proxy *Proxy, client, accepted *net.TCPConn) {
	t.Helper()
	proxy = newProxy(t)
	arrived := make(chan *net.TCPConn, 1)
	over := make(chan bool)
	t.Cleanup(func() { close(over) })
	proxy.ServeTCP("blue", func(conn *net.TCPConn) {
		arrived <- conn
		<-over
	})
	proxy.Flip("blue", modeTCP)
	client = proxy.dialTCP()
	return proxy, client, <-arrived
}

// ---- nobody reads ----

func TestTCPModeHoldsLittleOfWhatNobodyReadsAndLosesNoneOfIt(t *testing.T) {
	const size = 64 << 20
	for _, way := range []string{"down", "up"} {
		t.Run(way, func(t *testing.T) {
			proxy, client, accepted := connectedTCP(t)
			from, to := accepted, client
			if way == "up" {
				from, to = to, from
			}
			sending := make(chan delivery, 1)
			go func() {
				sent := sendNoise(from, 3, size)
				from.CloseWrite()
				sending <- sent
			}()
			worker := proxy.Status().Workers[0].PID
			const begun = 1 << 20 // more than what a worker reads for itself
			last := readsNoMore(t, worker, func() bool { return readBytes(t, worker) > begun })
			select {
			case sent := <-sending:
				t.Fatalf("nobody reads, yet all of %d bytes are gone, %v", sent.count, sent.err)
			default:
			}
			taken := takeAll(to)
			mustArrive(t, <-sending, taken)
			limit := 16 << 20
			if strings.Contains(os.Getenv("GODEPLOY_BIN"), "asan") {
				limit = 200 << 20 // its shadow memory and quarantine
			}
			most := residentBytes(t, worker)
			t.Logf("stood still after %d KiB; the worker had at most %d KiB", last>>10, most>>10)
			if most > limit {
				t.Errorf("the worker had %d KiB", most>>10)
			}
		})
	}
}

// ---- a reset ----

func TestTCPModePassesAResetOn(t *testing.T) {
	for _, resetting := range []string{"the client", "the release"} {
		t.Run(resetting, func(t *testing.T) {
			proxy, one, other := connectedTCP(t)
			if resetting == "the release" {
				one, other = other, one
			}
			io.WriteString(one, "hello")
			if _, err := io.ReadFull(other, make([]byte, 5)); err != nil {
				t.Fatal(err)
			}
			one.SetLinger(0)
			one.Close()
			if count, err := other.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the other side reads %d bytes, %v", count, err)
			}
			waitFor(t, 20*time.Second, "no connection in flight", func() bool {
				return proxy.Stats("blue").InFlight == 0
			})
		})
	}
}

// ---- many addresses ----

// As many as a route may have (ROUTE_LISTEN_MAX of proxy/route.h), of both families.
func manyAddresses(t *testing.T) []string {
	t.Helper()
	hosts := []string{"127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"}
	if probe, err := net.Listen("tcp", "[::1]:0"); err == nil {
		probe.Close()
		hosts = append(hosts, "::1", "::1", "::1", "::1")
	} else {
		t.Logf("this host has no IPv6: %v", err)
		hosts = append(hosts, "127.0.0.5", "127.0.0.6", "127.0.0.7", "127.0.0.8")
	}
	var addresses []string
	for _, host := range hosts {
		addresses = append(addresses, net.JoinHostPort(host, fmt.Sprint(freePort(t))))
	}
	return addresses
}

func TestTCPModeServesAllAddressesOfARouteAndFlipsThemTogether(t *testing.T) {
	proxy := newProxy(t)
	for _, slot := range []string{"blue", "green"} {
		slot := slot
		proxy.ServeTCP(slot, func(conn *net.TCPConn) { io.WriteString(conn, slot) })
	}
	addresses := manyAddresses(t)
	for round := 0; round < 4; round++ {
		slot := []string{"blue", "green"}[round%2]
		proxy.Flip(slot, modeTCP, fields{"listen": addresses})
		for _, address := range addresses {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			conn.SetDeadline(time.Now().Add(tcpDeadline))
			if got, err := io.ReadAll(conn); string(got) != slot || err != nil {
				t.Errorf("%s after the flip to %s: %q, %v", address, slot, got, err)
			}
			conn.Close()
		}
	}
}

// ---- through a whole deployment ----

// killProxyAtOnce leaves a worker no moment to bring up another parent: both stand still before
// either dies.
func (box *Box) killProxyAtOnce() {
	box.t.Helper()
	parents, workers := box.proxies()
	if len(parents) == 0 || len(workers) == 0 {
		box.t.Fatalf("parents %v, workers %v", parents, workers)
	}
	all := append(parents, workers...)
	for _, signal := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGKILL} {
		for _, process := range all {
			if err := syscall.Kill(process.PID, signal); err != nil {
				box.t.Fatalf("%v: %v", process, err)
			}
		}
	}
	for _, process := range all {
		pid := process.PID
		waitFor(box.t, killTime, "the proxy is gone", func() bool { return !isAlive(pid) })
	}
	if left := box.Programs("godeploy-proxy"); len(left) > 0 {
		box.t.Fatalf("came back by itself: %v", left)
	}
}

func TestTCPModeComesBackByTheNextCommandWhenAllOfTheProxyIsKilledAtOnce(t *testing.T) {
	box := deployed(t, []string{"1.0.0"}, "traffic.mode", "tcp", "drain.in_flight", "300ms")
	instance := box.Programs("service")[0].PID
	for _, command := range []string{"deploy --resume", "proxy start"} {
		box.killProxyAtOnce()
		if status := box.TrueStatus(); status.kinds() != "proxy_down" {
			t.Errorf("status finds %q", status.kinds())
		}
		box.Must(strings.Fields(command)...)
		box.MustServe("1.0.0")
		if now := box.Programs("service")[0].PID; now != instance {
			t.Errorf("%s: process %d serves instead of %d, which was well", command, now, instance)
		}
	}
	box.Release("2.0.0", "2.0.0")
	box.Must("deploy", "--version", "2.0.0")
	box.MustServe("2.0.0")
}

// The release answers nobody who does not say first who the client is.
func TestTCPModeTellsADeployedReleaseWhoItsClientIs(t *testing.T) {
	box := newBox(t)
	delete(box.Settings, "check.identity.header") // a connection alone identifies nobody
	box.Change(append([]string{"traffic.mode", "tcp", "traffic.send_proxy_header", "true",
		"check.kind", "tcp", "drain.in_flight", "300ms",
		"service.command", `["./service", "--listen", "127.0.0.1:{port}", "--proxy-header"]`}, quick...)...)
	for slot, version := range []string{"1.0.0", "2.0.0"} {
		box.Release(version, version)
		box.Must("deploy", "--version", version)
		box.MustServe(version)
		address := ""
		client := &http.Client{Timeout: answerDeadline, Transport: &http.Transport{DisableKeepAlives: true,
			Dial: func(network, to string) (net.Conn, error) {
				conn, err := net.Dial(network, to)
				if err == nil {
					address = conn.LocalAddr().String()
				}
				return conn, err
			}}}
		if seen, err := fetch(client, box.URL("/client")); err != nil || seen != address {
			t.Errorf("release %s sees its client at %q, who is at %s, %v", version, seen, address, err)
		}
		if answer, err := fetch(client, box.SlotURL(slot, "/client")); err == nil {
			t.Errorf("release %s needs no header: %q", version, answer)
		}
	}
}
