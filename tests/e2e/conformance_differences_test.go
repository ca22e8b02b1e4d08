package e2e

// difference is a reason why a peer does something else than we do, and the cases where it does.
// TestConformanceDiffersFrom... fails over a difference that is not here, and over one that is here
// and does not exist.
type difference struct {
	reason string
	cases  []string
}

// Ours is the stricter reading wherever both are possible: what two readers could understand in two
// ways is how requests are smuggled.
const lenient = "it repairs what RFC 9112 lets a server refuse, and what the next reader may repair otherwise"

var differences = map[string][]difference{
	"nginx": {
		{lenient, []string{
			"9112 3: two blanks", "9112 3: a blank behind the version",
			"9112 2.2: two empty lines before it", "9112 2.2: LF for CRLF",
			"9112 2.2: LF behind the request line alone", "9112 2.2: LF behind a field",
			"9112 2.2: LF ends the head", "9112 2.2: CR CR LF", "9112 2.3: a version with more digits",
			"9112 3.2: a Host with a user", "9112 5: a field without a colon",
			"9110 5.5: a control character in a value",
			"9112 7.1: a blank behind the size", "9112 7.1: LF behind a size",
			"9112 7.1: LF behind a chunk", "9112 7.1.1: a control character in an extension",
			"9112 7.1.1: LF in an extension", "9112 7.1.2: a trailer without a colon",
			"9112 7.1.2: LF behind a trailer", "answer, 9112 2.2: LF for CRLF",
			"answer, 9112 6.3: a length and a coding", "answer, 9112 6.3: two lengths",
			"answer, 9110 8.6: a length that is no number", "answer, 9112 6.1: another coding"}},
		{"it forgets fields whose names it does not like; we refuse the request", []string{
			"9110 5.1: a name that is no token", "9110 5.1: bytes above 127 in a name"}},
		{"it has no such limit", []string{"9110 7.6.1: Connection names more than anybody has",
			"answer, 9110 7.6.1: Connection names more than anybody has", "9110 9.1: a method without end",
			"9112 7.1.1: an extension without end", "9112 7.1.2: trailers without end",
			"9112 5: fields without end", "answer, 9112 5: fields without end"}},
		{"it speaks HTTP/0.9, and takes any later 1.x for 1.1", []string{"9112 3: HTTP/0.9", "9112 2.3: HTTP/1.2"}},
		{"it passes on what is not HTTP as if it were an answer of HTTP/0.9", []string{
			"answer, 9112 4: no HTTP at all", "answer, 9112 4: HTTP/0.9",
			"answer, 9112 4: another protocol", "answer, 9112 4: a status of two digits",
			"answer, 9112 8: no answer at all"}},
		{"it takes an answer of HTTP/2.0 for one of 1.1", []string{"answer, 9112 2.3: HTTP/2.0"}},
		{"it reads the target to choose a location, and refuses what it cannot read; to us it is bytes",
			[]string{"9112 3.2.1: a query, percent signs, odd characters", "9112 3.2.4: asterisk form"}},
		{"it leaves the fragment to the app; RFC 9112 has none in a request target", []string{"9112 3.2.1: a fragment"}},
		{"it takes a URL of any scheme", []string{"9112 3.2.2: another scheme"}},
		{"as set up here it passes Host on as it came; RFC 9112 3.2.2 wants that of the URL", []string{
			"9112 3.2.2: absolute form overrules Host"}},
		{"it knows methods in capitals only, and no TRACE; both are the app's affair", []string{
			"9110 9.1: methods have a case", "9110 9.3.8: TRACE is the app's affair"}},
		{"it refuses an empty Host, which RFC 9110 7.2 allows", []string{"9110 7.2: an empty Host"}},
		{"it refuses the same length twice, which RFC 9110 8.6 allows", []string{"9110 8.6: the same length twice"}},
		{"it forgets every name with an underscore; we only twins of names that mean something to us", []string{
			"names with an underscore"}},
		{"it leaves Proxy to the app, which may take it for HTTP_PROXY", []string{"httpoxy: CVE-2016-5385"}},
		{"it does not look at what Connection names; RFC 9110 7.6.1 says a proxy must", []string{
			"9110 7.6.1: what is for one hop", "answer, 9110 7.6.1: what is for one hop"}},
		{"as set up here it passes every Upgrade on, h2c too", []string{
			"9110 7.8: h2c would be a way around us", "9110 7.8: Upgrade that Connection does not name",
			"answer, 9110 15.2.2: 101 that nobody asked for"}},
		{"it drops TE and trailers", []string{"9110 10.1.4: TE: trailers", "9112 7.1.2: a trailer",
			"answer, 9112 7.1.2: trailers"}},
		{"it answers 100 itself and ignores other expectations; we let the app decide, and refuse", []string{
			"9110 10.1.1: an expectation", "9110 10.1.1: an expectation nobody knows"}},
	},
	"haproxy": {
		{lenient, []string{
			"9112 3: two blanks", "9112 3: a tab for a blank",
			"9112 2.2: two empty lines before it", "9112 2.2: LF for CRLF",
			"9112 2.2: LF behind the request line alone", "9112 2.2: LF behind a field",
			"9112 2.2: LF ends the head", "9112 3.2: no Host", "9112 3.2: no Host beside a URL",
			"9112 3.2: the same Host twice", "9112 3.2: a Host with a path",
			"9112 3.2: a Host with a user", "9112 3.2: a list of Hosts", "9112 5.2: a folded field",
			"9112 5.2: a folded coding", "9110 5.5: NUL in a value",
			"9110 5.5: a control character in a value", "9112 6.3: a length and a coding",
			"9112 6.3: a coding and a length", "9110 8.6: a list of lengths",
			"9112 6.1: a coding in HTTP/1.0", "9112 7.1: a blank behind the size",
			"9112 7.1: LF behind a size", "9112 7.1: LF behind a chunk",
			"9112 7.1.1: a control character in an extension", "9112 7.1.1: LF in an extension",
			"9112 7.1.2: LF behind a trailer", "answer, 9112 2.2: LF for CRLF",
			"answer, 9112 5.2: a folded field", "answer, 9110 5.5: NUL in a value",
			"answer, 9112 6.3: a length and a coding"}},
		{"it has no such limit", []string{"9110 7.6.1: Connection names more than anybody has",
			"answer, 9110 7.6.1: Connection names more than anybody has", "9110 9.1: a method without end", "9112 7.1.1: an extension without end",
			"answer, 9110 15.2: interim answers without end"}},
		{"it takes any later version for 1.1", []string{"9112 2.3: HTTP/1.2", "9112 2.3: HTTP/2.0",
			"answer, 9112 2.3: HTTP/2.0"}},
		{"it passes on a status line that is none", []string{"answer, 9112 4: a status of two digits"}},
		{"it refuses bytes above 127 in a target; some clients send them, and they frame nothing", []string{
			"9112 3.2.1: bytes above 127 in the target"}},
		{"it passes a URL on as it came; RFC 9112 3.2.2 lets an origin understand it, but few apps do", []string{
			"9112 3.2.2: absolute form, and Host says the same"}},
		{"it refuses a Host that is not the URL's; RFC 9112 3.2.2 has it ignored", []string{
			"9112 3.2.2: absolute form overrules Host"}},
		{"it takes targets of any form", []string{"9112 3.2.2: a URL without a host", "9112 3.2.2: another scheme",
			"9112 3.2.3: authority form", "9112 3.2.4: * for another method"}},
		{"it passes CONNECT on", []string{"9110 9.3.6: CONNECT"}},
		{"it passes on twins, and Proxy, and all that Connection names", []string{
			"twins of known names are forged", "httpoxy: CVE-2016-5385",
			"9110 7.6.1: what is for one hop", "answer, 9110 7.6.1: what is for one hop"}},
		{"it passes every Upgrade on, h2c too", []string{"9110 7.8: h2c would be a way around us",
			"9110 7.8: Upgrade that Connection does not name"}},
		{"it checks the handshake of a WebSocket, and completes one that lacks its key", []string{
			"9110 7.8: an upgrade that the app refuses", "answer, 9110 15.5.22: 426 tells to what"}},
		{"it passes on trailers that change what the head said", []string{"9110 6.5.1: what must not come late"}},
		{"it passes the coding on as it is spelled, which this recorder does not understand", []string{
			"9112 7: the coding's name has no case"}},
		{"it speaks to the app as the client spoke to it; our connection to the app is always 1.1", []string{
			"9112 9.3: HTTP/1.0 ends after one", "9110 10.1.1: HTTP/1.0 expects nothing"}},
		{"it leaves expectations to the app", []string{"9110 10.1.1: an expectation nobody knows"}},
	},
}

// What cannot be compared: the outcome depends on time.
var incomparable = map[string][]difference{
	"nginx": {
		{"this version waits for ever behind an interim answer", []string{"answer, 9110 15.2: interim answers",
			"answer, 9110 15.2: an interim answer with a length",
			"answer, 9110 15.2: interim answers without end"}},
	},
	"haproxy": {
		{"whether it serves a second request depends on when it notices that the client ends", []string{
			"9112 9.3: two requests at once", "9112 C.2.2: HTTP/1.0 with keep-alive",
			"9112 9.3: a second request whose body ends too soon",
			"9112 9.3: a second request whose head ends too soon"}},
		{"whether it has begun to answer when it notices depends on how the bytes arrive", []string{
			"answer, 9112 7.1: a chunk size that is no number",
			"answer, 9112 7.1: a chunk longer than its size",
			"answer, 9112 8: a head that ends too soon"}},
	},
}

// reasonFor is "" where nobody gave one.
func reasonFor(differences []difference, name string) string {
	for _, difference := range differences {
		for _, listed := range difference.cases {
			if listed == name {
				return difference.reason
			}
		}
	}
	return ""
}
