package e2e

import (
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"
)

const canarySalt = "00112233445566778899aabbccddeeff"

func canary(ppm int) fields {
	return fields{"canary": fields{"ppm": ppm, "release": "release-of-candidate", "salt": canarySalt}}
}

// newBrowser keeps cookies, and its connection.
func newBrowser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := newClient()
	client.Jar = jar
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// serveCanary lets both slots say their name, what cookies they got, and set one of their own.
func (proxy *Proxy) serveCanary() {
	for _, slot := range []string{"blue", "green"} {
		slot := slot
		proxy.Serve(slot, func(w http.ResponseWriter, r *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "app", Value: slot})
			if r.URL.Path == "/public" {
				w.Header().Set("Cache-Control", "public, max-age=60")
			}
			io.WriteString(w, slot+" "+strings.Join(r.Header["Cookie"], "|"))
		})
	}
}

func mustFetch(t *testing.T, client *http.Client, url string) string {
	t.Helper()
	body, err := fetch(client, url)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestCanaryKeepsEachClientOnItsSideWhileTheShareGrows(t *testing.T) {
	proxy := newProxy(t)
	proxy.serveCanary()
	const clients = 200
	var browsers []*http.Client
	for i := 0; i < clients; i++ {
		browsers = append(browsers, newBrowser(t))
	}
	sees := make([]string, clients)
	for _, step := range []struct{ ppm, least, most int }{
		// Six standard deviations around 200 * share: wrong once in 500 million runs.
		{100000, 0, 46}, {500000, 57, 143}, {1000000, clients, clients},
	} {
		proxy.Flip("blue", canary(step.ppm))
		candidates := 0
		for i, browser := range browsers {
			slot := strings.Fields(mustFetch(t, browser, proxy.URL("/")))[0]
			if again := strings.Fields(mustFetch(t, browser, proxy.URL("/")))[0]; again != slot {
				t.Fatalf("client %d saw %s, then %s", i, slot, again)
			}
			if sees[i] == "green" && slot != "green" {
				t.Fatalf("client %d left the candidate while its share grew", i)
			}
			sees[i] = slot
			if slot == "green" {
				candidates++
			}
		}
		if candidates < step.least || candidates > step.most {
			t.Errorf("%d ppm: %d of %d clients see the candidate", step.ppm, candidates, clients)
		}
	}
	proxy.Flip("blue") // the canary is taken back
	for _, browser := range browsers[:10] {
		if slot := mustFetch(t, browser, proxy.URL("/")); !strings.HasPrefix(slot, "blue ") {
			t.Errorf("without a canary: %s", slot)
		}
	}
}

func TestCanaryCookieIsBetweenTheClientAndTheProxyAlone(t *testing.T) {
	proxy := newProxy(t)
	proxy.serveCanary()
	cookies := func(path string, header string) []string {
		request, _ := http.NewRequest("GET", proxy.URL(path), nil)
		if header != "" {
			request.Header.Set("Cookie", header)
		}
		response, err := newClient().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		if strings.Contains(string(body), "godeploy") {
			t.Errorf("the app was told: %s", body)
		}
		return response.Header["Set-Cookie"]
	}
	proxy.Flip("blue")
	if got := cookies("/", ""); len(got) != 1 {
		t.Errorf("without a canary there is no cookie: %q", got)
	}
	proxy.Flip("blue", canary(1000000))
	set := cookies("/", "")
	if len(set) != 2 || set[0] != "app=green" || !strings.HasPrefix(set[1], "godeploy-client=") ||
		!strings.HasSuffix(set[1], "; Path=/; HttpOnly; SameSite=Lax") {
		t.Fatalf("%q", set)
	}
	ours := strings.Split(set[1], ";")[0]
	if got := cookies("/", "a=1; "+ours+"; b=2"); len(got) != 1 {
		t.Errorf("it has the cookie already: %q", got)
	}
	if got := cookies("/", "a=1; godeploy-client=forged"); len(got) != 2 {
		t.Errorf("a forged cookie is no cookie: %q", got)
	}
	if got := cookies("/public", ""); len(got) != 1 {
		t.Errorf("what a cache may give to others has no cookie of ours: %q", got)
	}
	proxy.Flip("blue")
	cookies("/", "a=1; "+ours) // still nobody's but ours
}

func TestCanaryThatCannotBeReachedIsNotHidden(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Flip("blue", canary(1000000))
	_, err := fetch(newClient(), proxy.URL("/"))
	if err == nil || !strings.Contains(err.Error(), "502") {
		t.Errorf("expected 502, got %v", err)
	}
	if stats := proxy.Stats("green"); stats.Failed != 1 || stats.Requests != 1 {
		t.Errorf("%+v", stats)
	}
	if stats := proxy.Stats("blue"); stats.Requests != 0 {
		t.Errorf("%+v", stats)
	}
}

func TestCanaryLeavesTheProofToTheActiveSlot(t *testing.T) {
	proxy := newProxy(t)
	proxy.serveCanary()
	proxy.Flip("blue", canary(1000000))
	conn := proxy.ask("GET / HTTP/1.1\r\nHost: x\r\nGodeploy-Proof: SECRET\r\n\r\n")
	answer := expectAnswer(t, conn, 200, "blue")
	if answer.Header.Get("Godeploy-Slot") != "blue" || answer.Header.Get("Godeploy-Release") != "release-of-blue" {
		t.Errorf("%v", answer.Header)
	}
}

func TestCanaryTakesItsShareOfConnectionsInTCPMode(t *testing.T) {
	proxy := newProxy(t)
	for _, slot := range []string{"blue", "green"} {
		slot := slot
		proxy.ServeRaw(slot, func(conn net.Conn) { io.WriteString(conn, slot) })
	}
	proxy.Flip("blue", fields{"mode": "tcp"}, canary(500000))
	seen := map[string]int{}
	const count = 200
	for i := 0; i < count; i++ {
		conn := proxy.dial()
		name, err := io.ReadAll(conn)
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
		seen[string(name)]++
	}
	if seen["blue"]+seen["green"] != count || seen["green"] < 57 || seen["green"] > 143 {
		t.Errorf("%v", seen) // six standard deviations
	}
}

func TestCanaryLosesNothingUnderLoadWhileItGrows(t *testing.T) {
	proxy := newProxy(t)
	proxy.Serve("blue", nil)
	proxy.Serve("green", nil)
	proxy.Flip("blue")
	load := startProxyLoad(proxy)
	for _, ppm := range []int{50000, 250000, 0, 500000, 1000000} {
		proxy.Flip("blue", canary(ppm))
		load.waitForMore(t, 40)
	}
	proxy.Flip("green")
	load.waitForMore(t, 40)
	load.end(t)
	if load.failed > 0 {
		t.Errorf("%d failed: %v", load.failed, load.first)
	}
	waitFor(t, 10*time.Second, "nothing on the old slot", func() bool {
		stats := proxy.Stats("blue")
		return stats.InFlight == 0 && stats.Idle == 0
	})
	if proxy.Stats("green").Requests == 0 {
		t.Error("the candidate was never asked")
	}
}
