package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

// Client is one connection that asks and reads whole answers. It is as plain as can be: what it costs is
// taken from the same processors as the proxy.
type Client struct {
	conn    net.Conn
	reader  *bufio.Reader
	request []byte
	expects int // bytes of the body
}

// What the backend has.
const small, large = "/small", "/large"

var errNoLength = errors.New("an answer without Content-Length")

func connect(address, path string, keep bool) (*Client, error) {
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return nil, err
	}
	more, expects := "", smallBytes
	if !keep {
		more = "Connection: close\r\n"
	}
	if path == large {
		expects = largeBytes
	}
	return &Client{conn: conn, reader: bufio.NewReaderSize(conn, 4096), expects: expects,
		request: []byte("GET " + path + " HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench/1\r\nAccept: */*\r\n" + more + "\r\n")}, nil
}

// ask is one request and its whole answer, which has to be 200.
func (client *Client) ask() error {
	if err := client.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := client.conn.Write(client.request); err != nil {
		return err
	}
	length, err := client.readHead()
	if err != nil {
		return err
	}
	if length != client.expects {
		return fmt.Errorf("the answer has %d bytes, not %d", length, client.expects)
	}
	for length > 0 {
		count, err := client.reader.Discard(min(length, 1<<20))
		length -= count
		if err != nil {
			return err
		}
	}
	return nil
}

func (client *Client) readHead() (int, error) {
	length := -1
	for first := true; ; first = false {
		line, err := client.reader.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch {
		case first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200")):
			return 0, fmt.Errorf("the answer is %q", line)
		case bytes.EqualFold(name, []byte("content-length")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, err
			}
		case len(line) == 0 && length < 0:
			return 0, errNoLength
		case len(line) == 0:
			return length, nil
		}
	}
}

// Load is a number of clients that ask for one path.
type Load struct {
	path        string
	fresh       bool          // a connection for each request
	connections int           // open all the time
	busy        int           // of which so many ask at any moment; 0: all
	every       time.Duration // open loop: each client asks this often; 0: as soon as it has its answer
}

// Outcome is what a load got in its time.
type Outcome struct {
	requests  int
	took      time.Duration
	latencies []time.Duration
}

// openAll opens the connections of a load, each of which asks once.
func (load Load) openAll(address string) ([]*Client, error) {
	clients := make([]*Client, 0, load.connections)
	for len(clients) < load.connections {
		client, err := connect(address, load.path, true)
		if err == nil {
			clients = append(clients, client)
			err = client.ask()
		}
		if err != nil {
			closeAll(clients)
			return nil, err
		}
	}
	return clients, nil
}

func closeAll(clients []*Client) {
	for _, client := range clients {
		client.conn.(*net.TCPConn).SetLinger(0) // leaves no port in TIME_WAIT behind; may fail
		client.conn.Close()                     // nothing is expected any more
	}
}

// run puts the load on whoever listens there. Connections are opened before the clock runs.
func (load Load) run(address string, length time.Duration, before, after func()) (Outcome, error) {
	var clients []*Client
	workers := load.connections
	if !load.fresh {
		var err error
		if clients, err = load.openAll(address); err != nil {
			return Outcome{}, err
		}
		defer closeAll(clients)
	}
	if load.busy > 0 {
		workers = load.busy
	}
	outcomes, errs := make([]Outcome, workers), make([]error, workers)
	var all sync.WaitGroup
	before()
	began := time.Now()
	for i := 0; i < workers; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			worker := &worker{load: load, address: address, began: began, until: began.Add(length)}
			for at := i; at < len(clients); at += workers {
				worker.clients = append(worker.clients, clients[at])
			}
			worker.next = began.Add(load.every * time.Duration(i) / time.Duration(workers))
			errs[i] = worker.work(&outcomes[i])
		}(i)
	}
	all.Wait()
	after()
	total := Outcome{took: time.Since(began)}
	for i := range outcomes {
		if errs[i] != nil {
			return total, errs[i]
		}
		total.requests += outcomes[i].requests
		total.latencies = append(total.latencies, outcomes[i].latencies...)
	}
	return total, nil
}

type worker struct {
	load         Load
	address      string
	clients      []*Client // in turns
	began, until time.Time
	next         time.Time // of an open loop
}

func (worker *worker) work(out *Outcome) error {
	for i := 0; ; i++ {
		asked, ok := worker.wait()
		if !ok {
			return nil
		}
		if err := worker.askOnce(i); err != nil {
			return err
		}
		out.requests++
		out.latencies = append(out.latencies, time.Since(asked))
	}
}

// wait returns from when on the answer is waited for. In an open loop that is the time that was planned,
// if the client was still busy with the request before; the lateness of an idle client is the fault of
// its own clock, and not counted.
func (worker *worker) wait() (time.Time, bool) {
	now := time.Now()
	if worker.load.every == 0 {
		return now, now.Before(worker.until)
	}
	planned := worker.next
	if !planned.Before(worker.until) {
		return planned, false
	}
	worker.next = planned.Add(worker.load.every)
	if late := now.Sub(planned); late > 0 {
		return planned, true
	}
	time.Sleep(planned.Sub(now))
	return time.Now(), true
}

func (worker *worker) askOnce(i int) error {
	if !worker.load.fresh {
		return worker.clients[i%len(worker.clients)].ask()
	}
	client, err := connect(worker.address, worker.load.path, false)
	if err != nil {
		return err
	}
	defer client.conn.Close() // the whole answer is there
	if err := client.ask(); err != nil {
		return err
	}
	if _, err := client.reader.ReadByte(); err != io.EOF {
		return fmt.Errorf("the connection was not closed behind the answer: %v", err)
	}
	return nil
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}
