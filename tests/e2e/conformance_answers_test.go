package e2e

import "strings"

// answerCase is what an app says, hostile or not, and what its client sees of it. After each case
// the next request must get an answer of its own: nothing of this one may be left over.
type answerCase struct {
	name   string // with its place in RFC 9112 or RFC 9110
	method string
	fields string // of the request
	answer string
	ends   bool   // the app closes behind it
	seen   string // status, fields by name, body; or "cut"
}

const (
	ok        = "HTTP/1.1 200 OK\r\n"
	okChunked = ok + "Transfer-Encoding: chunked\r\n\r\n"
	switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n"
	seenHello = "200\n\nhello"
	evil      = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
)

var answerCases = []answerCase{
	{"9112 6.2: a length", "GET", "", ok + "Content-Length: 5\r\n\r\nhello", false, seenHello},
	{"9110 8.6: the same length twice", "GET", "", ok + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", false,
		seenHello},
	{"9112 6.3: until the end", "GET", "", ok + "\r\nhello", true, seenHello},
	{"9112 6.3: until the end, of HTTP/1.0", "GET", "", "HTTP/1.0 200 OK\r\n\r\nhello", true, seenHello},
	{"9112 7.1: chunks", "GET", "", okChunked + "2\r\nhe\r\n3;x\r\nllo\r\n0\r\n\r\n", false, seenHello},
	{"9112 7.1.2: trailers", "GET", "", okChunked + "5\r\nhello\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\n", false,
		seenHello + "x-sum: 1\n"},
	{"9112 4: no reason, and no blank before it", "GET", "", "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", false,
		seenHello},
	{"9110 15: a status nobody knows", "GET", "", "HTTP/1.1 799 Odd\r\nContent-Length: 5\r\n\r\nhello", false,
		"799\n\nhello"},
	{"9110 7.6.1: what is for one hop", "GET", "", ok + "Connection: X-A\r\nX-A: 1\r\nKeep-Alive: 5\r\n" +
		"Proxy-Connection: x\r\nX-B: 2\r\nContent-Length: 5\r\n\r\nhello", false, "200\nx-b: 2\n\nhello"},
	{"9110 5.3: several cookies", "GET", "", ok + "Set-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 5\r\n\r\nhello", false,
		"200\nset-cookie: a\nset-cookie: b\n\nhello"},
	{"9110 9.3.2: HEAD has no body", "HEAD", "", ok + "Content-Length: 5\r\nX: y\r\n\r\n", false, "200\nx: y\n\n"},
	{"9110 9.3.2: HEAD of a chunked answer", "HEAD", "", okChunked, false, "200\n\n"},
	{"9110 9.3.2: HEAD with a body all the same", "HEAD", "", ok + "Content-Length: 4\r\n\r\n" + evil, false, "200\n\n"},
	{"9110 15.3.5: 204", "GET", "", "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", false, "204\nx: y\n\n"},
	{"9110 15.3.5: 204 with a body all the same", "GET", "", "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n" + evil,
		false, "204\n\n"},
	{"9110 15.3.5: 204 with chunks all the same", "GET", "",
		"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n", false, "204\n\n"},
	{"9110 15.3.6: 205", "GET", "", "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", false, "205\n\n"},
	{"9110 15.4.5: 304 tells a length that it does not have", "GET", "", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n" +
		"ETag: \"a\"\r\n\r\n", false, "304\netag: \"a\"\n\n"},
	{"9110 15.5.22: 426 tells to what", "GET", "", "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n" +
		"Connection: Upgrade\r\nContent-Length: 0\r\n\r\n", false, "426\nupgrade: websocket\n\n"},
	{"9110 15.2: interim answers", "GET", "", "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + ok +
		"Content-Length: 5\r\n\r\nhello", false, "103\nlink: a\n\n " + seenHello},
	{"9110 15.2: an interim answer with a length", "GET", "", "HTTP/1.1 103 Early Hints\r\nContent-Length: 4\r\n\r\n" + ok +
		"Content-Length: 5\r\n\r\nhello", false, "103\n\n " + seenHello},
	{"9110 15.2: interim answers without end", "GET", "", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 40) + ok +
		"Content-Length: 5\r\n\r\nhello", false, strings.Repeat("100\n\n ", 32) + "502"},
	{"9110 15.2.2: 101 that nobody asked for", "GET", "", switching + evil, true, "502"},
	{"9110 7.8: an upgrade", "GET", "Connection: Upgrade\r\nUpgrade: echo\r\n", switching, true, "101\nupgrade: echo\n\n"},
	{"9112 4: no HTTP at all", "GET", "", "nonsense\r\n\r\n", true, "502"},
	{"9112 4: HTTP/0.9", "GET", "", "<html>hello</html>", true, "502"},
	{"9112 4: another protocol", "GET", "", "ICY 200 OK\r\nContent-Length: 5\r\n\r\nhello", true, "502"},
	{"9112 4: a status of two digits", "GET", "", "HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello", true, "502"},
	{"9112 2.3: HTTP/2.0", "GET", "", "HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", true, "502"},
	{"9112 2.2: LF for CRLF", "GET", "", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", true, "502"},
	{"9112 5.2: a folded field", "GET", "", ok + "X: a\r\n b\r\nContent-Length: 5\r\n\r\nhello", true, "502"},
	{"9112 5.1: a blank before the colon", "GET", "", ok + "Content-Length : 5\r\n\r\nhello", true, "502"},
	{"9110 5.5: NUL in a value", "GET", "", ok + "X: a\x00b\r\nContent-Length: 5\r\n\r\nhello", true, "502"},
	{"9112 2.2: a bare CR in a value", "GET", "", ok + "X: a\rSet-Cookie: evil\r\nContent-Length: 5\r\n\r\nhello", true, "502"},
	{"9112 6.3: a length and a coding", "GET", "", ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" +
		"5\r\nhello\r\n0\r\n\r\n", true, "502"},
	{"9112 6.3: two lengths", "GET", "", ok + "Content-Length: 5\r\nContent-Length: 4\r\n\r\nhello", true, "502"},
	{"9110 8.6: a length that is no number", "GET", "", ok + "Content-Length: five\r\n\r\nhello", true, "502"},
	{"9112 6.1: another coding", "GET", "", ok + "Transfer-Encoding: gzip\r\n\r\nhello", true, "502"},
	{"9112 5: a head without end", "GET", "", ok + "X: " + strings.Repeat("y", 70000) + "\r\nContent-Length: 0\r\n\r\n", true,
		"502"},
	{"9112 5: fields without end", "GET", "", ok + strings.Repeat("X: y\r\n", 300) + "Content-Length: 0\r\n\r\n", true, "502"},
	{"9110 7.6.1: Connection names more than anybody has", "GET", "", ok + "Connection: " + strings.Repeat("a,", 40) +
		"\r\nContent-Length: 5\r\n\r\nhello", true, "502"},
	{"9112 8: no answer at all", "GET", "", " ", true, "502"},
	{"9112 8: a head that ends too soon", "GET", "", "HTTP/1.1 200 OK\r\nContent-Len", true, "502"},
	{"9112 8: a body that ends too soon", "GET", "", ok + "Content-Length: 9\r\n\r\nhello", true, "cut"},
	{"9112 8: a chunk that ends too soon", "GET", "", okChunked + "9\r\nhello", true, "cut"},
	{"9112 8: no last chunk", "GET", "", okChunked + "5\r\nhello\r\n", true, "cut"},
	{"9112 7.1: a chunk size that is no number", "GET", "", okChunked + "5\r\nhello\r\nx\r\n", true, "cut"},
	{"9112 7.1: a chunk longer than its size", "GET", "", okChunked + "4\r\nhello\r\n0\r\n\r\n", true, "cut"},
	{"9112 6.3: more than the length says", "GET", "", ok + "Content-Length: 5\r\n\r\nhello" + evil, false, seenHello},
	{"9112 6.3: more behind the last chunk", "GET", "", okChunked + "5\r\nhello\r\n0\r\n\r\n" + evil, false, seenHello},
}
