package e2e

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// forwardedBy sends what a proxy before us would, and returns what the app is told.
func (proxy *Proxy) forwardedBy(seen chan http.Header) http.Header {
	proxy.t.Helper()
	request, _ := http.NewRequest("GET", proxy.URL("/"), nil)
	request.Host = "shop.example"
	for name, value := range map[string]string{"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https",
		"X-Forwarded-Host": "www.shop.example", "Forwarded": "for=203.0.113.9;proto=https",
		"X-Request-Id": "of-the-one-before", "X-Real-Ip": "203.0.113.9"} {
		request.Header.Set(name, value)
	}
	response, err := newClient().Do(request)
	if err != nil {
		proxy.t.Fatal(err)
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
	return <-seen
}

func TestForwardedIsBelievedFromTrustedProxiesAlone(t *testing.T) {
	proxy := newProxy(t)
	seen := make(chan http.Header, 1)
	proxy.Serve("blue", func(w http.ResponseWriter, r *http.Request) { seen <- r.Header })
	const ours = `for=127.0.0.1;host="shop.example";proto=http`
	for _, c := range []struct {
		trusted []string
		want    map[string]string
	}{
		{[]string{}, map[string]string{"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http",
			"X-Forwarded-Host": "shop.example", "Forwarded": ours, "X-Real-Ip": ""}},
		{[]string{"192.0.2.0/24", "::1"}, map[string]string{"X-Forwarded-For": "127.0.0.1",
			"X-Forwarded-Proto": "http", "X-Forwarded-Host": "shop.example", "Forwarded": ours, "X-Real-Ip": ""}},
		{[]string{"192.0.2.0/24", "127.0.0.0/8"}, map[string]string{
			"X-Forwarded-For": "203.0.113.9, 127.0.0.1", "X-Forwarded-Proto": "https",
			"X-Forwarded-Host": "www.shop.example", "Forwarded": "for=203.0.113.9;proto=https, " + ours,
			"X-Real-Ip": "203.0.113.9", "X-Request-Id": "of-the-one-before"}},
	} {
		proxy.Flip("blue", fields{"trusted": c.trusted})
		header := proxy.forwardedBy(seen)
		for name, want := range c.want {
			if got := strings.Join(header.Values(name), "|"); got != want {
				t.Errorf("trusted %v: %s is %q, expected %q", c.trusted, name, got, want)
			}
		}
		id := header.Get("X-Request-Id")
		if _, kept := c.want["X-Request-Id"]; !kept && (len(id) != 32 || id == "of-the-one-before") {
			t.Errorf("trusted %v: the id of the request is %q", c.trusted, id)
		}
	}
}

// Who is told that something failed can say which request it was.
func TestForwardedIdStandsInAnswersOfOurOwn(t *testing.T) {
	proxy := newProxy(t)
	proxy.Flip("blue") // nobody listens there
	response, err := newClient().Get(proxy.URL("/"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if id := response.Header.Get("X-Request-Id"); response.StatusCode != 502 || len(id) != 32 {
		t.Errorf("status %d, id %q", response.StatusCode, id)
	}
}
