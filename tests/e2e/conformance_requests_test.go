package e2e

import "strings"

// requestCase is what a client sends, what it is told, and what reaches the app.
type requestCase struct {
	name    string // with its place in RFC 9112 or RFC 9110
	request string
	status  string   // of each answer in turn
	reaches []string // as the recorder writes it down
}

const (
	getHead   = "GET / HTTP/1.1\r\nHost: x\r\n"
	postHead  = "POST / HTTP/1.1\r\nHost: x\r\n"
	emptyLine = "\r\n"
	// What a request that was smuggled would look like to the app.
	smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
)

func whole(requests ...string) []string { return requests }

const (
	plain       = "GET / HTTP/1.1\nhost: x\n\n"
	withHello   = "POST / HTTP/1.1\ncontent-length: 5\nhost: x\n\nhello"
	withChunks  = "POST / HTTP/1.1\nhost: x\ntransfer-encoding: chunked\n\nhello"
	chunkedHead = postHead + "Transfer-Encoding: chunked\r\n\r\n"
)

// What is not refused arrives as it should.
var acceptedRequests = []requestCase{
	{"9112 2.1: the simplest", getHead + emptyLine, "200", whole(plain)},
	{"9112 2.2: one empty line before it", "\r\n" + getHead + emptyLine, "200", whole(plain)},
	{"9112 3.2.1: a query, percent signs, odd characters", "GET /a%00?b=c&d={}|;*'\" HTTP/1.1\r\nHost: x\r\n\r\n", "200",
		whole("GET /a%00?b=c&d={}|;*'\" HTTP/1.1\nhost: x\n\n")},
	{"9112 3.2.1: dots and slashes are the app's affair", "GET /a/../b//c/./ HTTP/1.1\r\nHost: x\r\n\r\n", "200",
		whole("GET /a/../b//c/./ HTTP/1.1\nhost: x\n\n")},
	{"9112 3.2.1: bytes above 127 in the target", "GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n", "200",
		whole("GET /\xc3\xa9 HTTP/1.1\nhost: x\n\n")},
	{"9112 3.2.2: absolute form, and Host says the same", "GET http://x/a HTTP/1.1\r\nHost: x\r\n\r\n", "200",
		whole("GET /a HTTP/1.1\nhost: x\n\n")},
	{"9112 3.2.2: absolute form overrules Host", "GET http://y/a HTTP/1.1\r\nHost: x\r\n\r\n", "200",
		whole("GET /a HTTP/1.1\nhost: y\n\n")},
	{"9112 3.2.4: asterisk form", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "200",
		whole("OPTIONS * HTTP/1.1\nhost: x\n\n")},
	{"9110 9.1: a method nobody knows", "M-SEARCH / HTTP/1.1\r\nHost: x\r\n\r\n", "200",
		whole("M-SEARCH / HTTP/1.1\nhost: x\n\n")},
	{"9110 9.1: methods have a case", "get / HTTP/1.1\r\nHost: x\r\n\r\n", "200", whole("get / HTTP/1.1\nhost: x\n\n")},
	{"9110 9.3.8: TRACE is the app's affair", "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", "200",
		whole("TRACE / HTTP/1.1\nhost: x\n\n")},
	{"9110 9.3.2: HEAD", "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", "200", whole("HEAD / HTTP/1.1\nhost: x\n\n")},
	{"9110 7.2: an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "200", whole("GET / HTTP/1.1\nhost: \n\n")},
	{"9110 7.2: IPv6 and a port in Host", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "200",
		whole("GET / HTTP/1.1\nhost: [::1]:80\n\n")},
	{"9110 5.5: an empty value, tabs, bytes above 127", getHead + "A:\r\nB: \t b\tb \t\r\nC: \xc3\xa9\r\n\r\n", "200",
		whole("GET / HTTP/1.1\na: \nb: b\tb\nc: \xc3\xa9\nhost: x\n\n")},
	{"9110 5.3: one name in several fields", getHead + "A: 1\r\na: 2\r\n\r\n", "200",
		whole("GET / HTTP/1.1\na: 1\na: 2\nhost: x\n\n")},
	{"names with an underscore", getHead + "my_own: 1\r\n\r\n", "200", whole("GET / HTTP/1.1\nhost: x\nmy_own: 1\n\n")},
	{"twins of known names are forged", getHead + "Content_Length: 5\r\nX_Forwarded_For: 1.2.3.4\r\n\r\n", "200", whole(plain)},
	{"httpoxy: CVE-2016-5385", getHead + "Proxy: http://evil/\r\n\r\n", "200", whole(plain)},
	{"9110 7.6.1: what is for one hop", getHead + "Connection: X-A, keep-alive\r\nX-A: 1\r\nKeep-Alive: 5\r\n" +
		"Proxy-Connection: close\r\n\r\n", "200", whole(plain)},
	{"9110 7.6.1: Connection cannot take Host or Cookie away", getHead + "Connection: Host, Cookie\r\nCookie: a=b\r\n\r\n", "200",
		whole("GET / HTTP/1.1\ncookie: a=b\nhost: x\n\n")},
	{"9110 7.6.1: Connection cannot take the length away", postHead + "Connection: Content-Length\r\nContent-Length: 5\r\n\r\nhello",
		"200", whole(withHello)},
	{"9110 10.1.4: TE beyond trailers is not passed on", getHead + "TE: gzip\r\nConnection: TE\r\n\r\n", "200", whole(plain)},
	{"9110 10.1.4: TE: trailers", getHead + "TE: trailers\r\nConnection: TE\r\n\r\n", "200",
		whole("GET / HTTP/1.1\nhost: x\nte: trailers\n\n")},
	{"9110 7.8: h2c would be a way around us", getHead + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" +
		"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", "200", whole(plain)},
	{"9110 7.8: an upgrade that the app refuses", getHead + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "200",
		whole("GET / HTTP/1.1\nhost: x\nupgrade: websocket\n\n")},
	{"9110 7.8: Upgrade that Connection does not name", getHead + "Upgrade: websocket\r\n\r\n", "200", whole(plain)},
	{"9112 6.2: a length", postHead + "Content-Length: 5\r\n\r\nhello", "200", whole(withHello)},
	{"9110 8.6: the same length twice", postHead + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "200", whole(withHello)},
	{"9110 8.6: leading zeros", postHead + "Content-Length: 005\r\n\r\nhello", "200", whole(withHello)},
	{"9110 9.3.1: GET with a body", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", "200",
		whole("GET / HTTP/1.1\ncontent-length: 5\nhost: x\n\nhello")},
	{"9112 7.1: chunks", chunkedHead + "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "200", whole(withChunks)},
	{"9112 7.1: upper case and zeros in a size", chunkedHead + "0005\r\nhello\r\n000\r\n\r\n", "200", whole(withChunks)},
	{"9112 7.1.1: extensions are forgotten", chunkedHead + "5;a=b;c=\"d\"\r\nhello\r\n0;e\r\n\r\n", "200", whole(withChunks)},
	{"9112 7.1.2: a trailer", chunkedHead + "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", "200", whole(withChunks + "x-sum: 1\n")},
	{"9110 6.5.1: what must not come late", chunkedHead + "5\r\nhello\r\n0\r\nContent-Length: 9\r\nHost: y\r\n" +
		"Transfer-Encoding: chunked\r\nX-Forwarded-For: z\r\nCookie: a\r\n\r\n", "200", whole(withChunks)},
	{"9112 7: the coding's name has no case", postHead + "Transfer-Encoding:CHUNKED\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "200",
		whole(withChunks)},
	{"9112 9.3: two requests at once", getHead + emptyLine + "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab", "200 200",
		whole(plain, "POST /2 HTTP/1.1\ncontent-length: 2\nhost: x\n\nab")},
	{"9112 9.3: nothing behind Connection: close", getHead + "Connection: close\r\n\r\n" + smuggled, "200", whole(plain)},
	{"9112 9.3: HTTP/1.0 ends after one", "GET / HTTP/1.0\r\nHost: x\r\n\r\n" + smuggled, "200", whole(plain)},
	{"9112 C.2.2: HTTP/1.0 with keep-alive", "GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n" +
		"GET / HTTP/1.0\r\nHost: x\r\n\r\n", "200 200", whole(plain, plain)},
	{"9110 10.1.1: an expectation", postHead + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", "200",
		whole("POST / HTTP/1.1\ncontent-length: 5\nexpect: 100-continue\nhost: x\n\nhello")},
	{"9110 10.1.1: HTTP/1.0 expects nothing", "POST / HTTP/1.0\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
		"200", whole(withHello)},
}

// Whatever two readers could understand in two ways is refused, and nothing of it arrives whole.
var refusedRequests = []requestCase{
	{"9112 3: HTTP/0.9", "GET /\r\n\r\n", "400", nil},
	{"9112 3: no target", "GET HTTP/1.1\r\nHost: x\r\n\r\n", "400", nil},
	{"9112 3: two blanks", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", "400", nil},
	{"9112 3: a tab for a blank", "GET\t/\tHTTP/1.1\r\nHost: x\r\n\r\n", "400", nil},
	{"9112 3: a blank in the target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", "400", nil},
	{"9112 3: a blank behind the version", "GET / HTTP/1.1 \r\nHost: x\r\n\r\n", "400", nil},
	{"9112 3: a blank in front", " GET / HTTP/1.1\r\nHost: x\r\n\r\n", "400", nil},
	{"9112 2.2: two empty lines before it", "\r\n\r\n" + getHead + emptyLine, "400", nil},
	{"9112 2.2: LF for CRLF", "GET / HTTP/1.1\nHost: x\n\n", "400", nil},
	{"9112 2.2: LF behind the request line alone", "GET / HTTP/1.1\nHost: x\r\n\r\n", "400", nil},
	{"9112 2.2: LF behind a field", "GET / HTTP/1.1\r\nHost: x\n\r\n", "400", nil},
	{"9112 2.2: LF ends the head", getHead + "\n", "400", nil},
	{"9112 2.2: a bare CR in a value", getHead + "A: b\rc\r\n\r\n", "400", nil},
	{"9112 2.2: a bare CR hides a field", getHead + "A: b\rContent-Length: 5\r\n\r\n", "400", nil},
	{"9112 2.2: CR CR LF", getHead + "A: b\r\r\n\r\n", "400", nil},
	{"9112 2.2: a bare CR in the request line", "GET /\rHTTP/1.1\r\nHost: x\r\n\r\n", "400", nil},
	{"9112 2.3: the version in lower case", "GET / http/1.1\r\nHost: x\r\n\r\n", "400", nil},
	{"9112 2.3: a version with more digits", "GET / HTTP/1.10\r\nHost: x\r\n\r\n", "400", nil},
	{"9112 2.3: HTTP/1.2", "GET / HTTP/1.2\r\nHost: x\r\n\r\n", "505", nil},
	{"9112 2.3: HTTP/2.0", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", "505", nil},
	{"9113 3.4: the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505", nil},
	{"9110 9.1: a method that is no token", "G(T / HTTP/1.1\r\nHost: x\r\n\r\n", "400", nil},
	{"9110 9.1: a method without end", strings.Repeat("M", 40) + " / HTTP/1.1\r\nHost: x\r\n\r\n", "400", nil},
	{"9110 9.3.6: CONNECT", "CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n", "501", nil},
	{"9112 3.2: a control character in the target", "GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n", "400", nil},
	{"9112 3.2: NUL in the target", "GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n", "400", nil},
	{"9112 3.2: neither a path nor a URL", "GET a HTTP/1.1\r\nHost: x\r\n\r\n", "400", nil},
	{"9112 3.2.1: a fragment", "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n", "400", nil},
	{"9112 3.2.2: a URL without a host", "GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n", "400", nil},
	{"9112 3.2.2: another scheme", "GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n", "400", nil},
	{"9110 4.2.4: a user in the URL", "GET http://x@y/ HTTP/1.1\r\nHost: x\r\n\r\n", "400", nil},
	{"9112 3.2.3: authority form", "GET x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n", "400", nil},
	{"9112 3.2.4: * for another method", "GET * HTTP/1.1\r\nHost: x\r\n\r\n", "400", nil},
	{"9112 3.2: no Host", "GET / HTTP/1.1\r\n\r\n", "400", nil},
	{"9112 3.2: no Host beside a URL", "GET http://x/ HTTP/1.1\r\n\r\n", "400", nil},
	{"9112 3.2: two Hosts", getHead + "Host: y\r\n\r\n", "400", nil},
	{"9112 3.2: the same Host twice", getHead + "Host: x\r\n\r\n", "400", nil},
	{"9112 3.2: a Host with a path", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", "400", nil},
	{"9112 3.2: a Host with a user", "GET / HTTP/1.1\r\nHost: a@x\r\n\r\n", "400", nil},
	{"9112 3.2: a list of Hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "400", nil},
	{"9112 5.1: a blank before the colon", getHead + "A : b\r\n\r\n", "400", nil},
	{"9112 5.1: a blank before the colon of a length", postHead + "Content-Length : 5\r\n\r\nhello", "400", nil},
	{"9112 5.1: a tab before the colon", getHead + "A\t: b\r\n\r\n", "400", nil},
	{"9112 5: a field without a colon", getHead + "Ab\r\n\r\n", "400", nil},
	{"9112 5: a field without a name", getHead + ": b\r\n\r\n", "400", nil},
	{"9112 5.2: a folded field", getHead + "A: b\r\n c\r\n\r\n", "400", nil},
	{"9112 5.2: a folded coding", postHead + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", "400", nil},
	{"9112 2.2: a blank behind the request line", "GET / HTTP/1.1\r\n Host: x\r\n\r\n", "400", nil},
	{"9110 5.5: NUL in a value", getHead + "A: b\x00c\r\n\r\n", "400", nil},
	{"9110 5.5: a control character in a value", getHead + "A: b\x0bc\r\n\r\n", "400", nil},
	{"9110 5.1: a name that is no token", getHead + "A(b: c\r\n\r\n", "400", nil},
	{"9110 5.1: bytes above 127 in a name", getHead + "\xc3\xa9: c\r\n\r\n", "400", nil},
	{"9112 6.3: a length and a coding", postHead + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG" + smuggled,
		"400", nil},
	{"9112 6.3: a coding and a length", postHead + "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nG" + smuggled,
		"400", nil},
	{"9112 6.3: two lengths", postHead + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "400", nil},
	{"9110 8.6: a list of lengths", postHead + "Content-Length: 5, 5\r\n\r\nhello", "400", nil},
	{"9110 8.6: a length with a sign", postHead + "Content-Length: +5\r\n\r\nhello", "400", nil},
	{"9110 8.6: a length below zero", postHead + "Content-Length: -1\r\n\r\nhello", "400", nil},
	{"9110 8.6: a hexadecimal length", postHead + "Content-Length: 0x5\r\n\r\nhello", "400", nil},
	{"9110 8.6: an empty length", postHead + "Content-Length:\r\n\r\nhello", "400", nil},
	{"9110 8.6: a length beyond 64 bits", postHead + "Content-Length: 18446744073709551621\r\n\r\nhello", "400", nil},
	{"9112 6.1: chunked twice", postHead + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", "400", nil},
	{"9112 6.1: chunked in two fields", postHead + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"400", nil},
	{"9112 6.1: chunked is not the last", postHead + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", "400", nil},
	{"9112 6.1: another coding below chunked", postHead + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501", nil},
	{"9112 6.1: identity", postHead + "Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello", "501", nil},
	{"9112 6.1: a coding that looks like chunked", postHead + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "501", nil},
	{"9112 6.1: a coding in quotes", postHead + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", "501", nil},
	{"9112 6.1: an empty coding", postHead + "Transfer-Encoding:\r\n\r\nhello", "400", nil},
	{"9112 6.1: a coding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", nil},
	{"9112 7.1: a size that is no number", chunkedHead + "x\r\n\r\n0\r\n\r\n", "400", nil},
	{"9112 7.1: a size with 0x", chunkedHead + "0x5\r\nhello\r\n0\r\n\r\n", "400", nil},
	{"9112 7.1: a size with a sign", chunkedHead + "+5\r\nhello\r\n0\r\n\r\n", "400", nil},
	{"9112 7.1: an empty size", chunkedHead + "\r\nhello\r\n0\r\n\r\n", "400", nil},
	{"9112 7.1: a size beyond 64 bits", chunkedHead + "10000000000000005\r\nhello\r\n0\r\n\r\n", "400", nil},
	{"9112 7.1: a blank behind the size", chunkedHead + "5 \r\nhello\r\n0\r\n\r\n", "400", nil},
	{"9112 7.1: a blank before the size", chunkedHead + " 5\r\nhello\r\n0\r\n\r\n", "400", nil},
	{"9112 7.1: LF behind a size", chunkedHead + "5\nhello\r\n0\r\n\r\n", "400", nil},
	{"9112 7.1: LF behind a chunk", chunkedHead + "5\r\nhello\n0\r\n\r\n", "400", nil},
	{"9112 7.1: a bare CR behind a size", chunkedHead + "5\rhello\r\n0\r\n\r\n", "400", nil},
	{"9112 7.1: a chunk longer than its size", chunkedHead + "4\r\nhello\r\n0\r\n\r\n", "400", nil},
	{"9112 7.1.1: a control character in an extension", chunkedHead + "5;\x01\r\nhello\r\n0\r\n\r\n", "400", nil},
	{"9112 7.1.1: LF in an extension", chunkedHead + "5;a\nhello\r\n0\r\n\r\n", "400", nil},
	{"9112 7.1.1: an extension without end", chunkedHead + "5;" + strings.Repeat("a", 5000) + "\r\nhello\r\n0\r\n\r\n", "400", nil},
	{"9112 7.1.2: a trailer without a colon", chunkedHead + "5\r\nhello\r\n0\r\nX\r\n\r\n", "400", nil},
	{"9112 7.1.2: LF behind a trailer", chunkedHead + "5\r\nhello\r\n0\r\nX: y\n\r\n", "400", nil},
	{"9112 7.1.2: trailers without end", chunkedHead + "5\r\nhello\r\n0\r\nX: " + strings.Repeat("y", 20000) + "\r\n\r\n",
		"400", nil},
	{"9110 10.1.1: an expectation nobody knows", getHead + "Expect: a-miracle\r\n\r\n", "417", nil},
	{"9112 3: a request line without end", "GET /" + strings.Repeat("a", 70000) + " HTTP/1.1\r\nHost: x\r\n\r\n", "414", nil},
	{"9112 5: a field without end", getHead + "A: " + strings.Repeat("b", 70000) + "\r\n\r\n", "431", nil},
	{"9112 5: fields without end", getHead + strings.Repeat("A: b\r\n", 300) + "\r\n", "431", nil},
	{"9110 7.6.1: Connection names more than anybody has", getHead + "Connection: " + strings.Repeat("a,", 40) + "\r\n\r\n", "400", nil},
	{"9112 6.3: a body that ends too soon", postHead + "Content-Length: 9\r\n\r\nhello", "", nil},
	{"9112 8: a chunk that ends too soon", chunkedHead + "9\r\nhello", "", nil},
	{"9112 8: a head that ends too soon", getHead, "", nil},
}
