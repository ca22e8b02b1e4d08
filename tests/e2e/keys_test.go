package e2e

import (
	"path/filepath"
	"testing"
)

// A release is signed by a key that this host has never seen: it is taken once a key that the host
// trusts has announced it, and no longer once that key is denied.
func TestVerifyTakesAKeyThatATrustedOneAnnounces(t *testing.T) {
	box := withServing(t)
	next := box.makeKey("next")
	statement := filepath.Join(box.Dir, "next.pem.statement")
	archive := box.Release("2.0.0", "2.0.0")
	box.signBy(next, archive)
	box.mustFailDeploying(6, "2.0.0", "no key of the keyring")

	stranger := box.makeKey("stranger")
	box.mustBare("sign", "--announce", next+".pem", "--key", stranger+".key")
	box.Change("verify.rsa.announced", "["+statement+"]")
	box.mustFailDeploying(6, "2.0.0", "announced", statement, "release 1.0.0 still answers")

	box.mustBare("sign", "--announce", next+".pem", "--key", box.PrivateKey)
	box.mustDeploy("2.0.0")

	box.Change("verify.rsa.deny", "["+box.keyID()+"]",
		"verify.rsa.keys", "["+box.PublicKey+", "+stranger+".pem]")
	box.signBy(next, box.Release("3.0.0", "3.0.0"))
	box.mustRefuse(6, []string{"deploy", "--version", "3.0.0"}, "announced", "deny list",
		"release 2.0.0 still answers")
	// Nor does what is here already count any more, whether or not the statement is listed still.
	for _, listed := range []string{"[" + statement + "]", "[]"} {
		box.Change("verify.rsa.announced", listed)
		box.mustRefuse(6, []string{"deploy", "--version", "2.0.0"}, "counts no more", "verify.rsa.keys",
			"release 2.0.0 still answers")
	}
	box.mustBeAsBefore("2.0.0")
}

func TestSignRefusesWhatDoesNotGoTogether(t *testing.T) {
	box := newBox(t)
	file := filepath.Join(box.Dir, "shop.conf")
	writeTo(t, file, []byte("level = 3\n"), 0o600)
	key := []string{"sign", file, "--key", box.PrivateKey}
	for _, c := range []struct {
		arguments []string
		status    int
		words     string
	}{
		{[]string{"--config"}, 2, "--sequence"},
		{[]string{"--config", "--name", "shop"}, 2, "--sequence"},
		{[]string{"--config", "--announce"}, 2, "exclude"},
		{[]string{"--sequence", "3"}, 2, "--config"},
		{[]string{"--announce"}, 6, "shop.conf"}, // no key
		{[]string{"--config", "--name", "shop", "--sequence", "0"}, 2, "--sequence"},
		{[]string{"--config", "--name", "shop", "--sequence", "1", "-o", file}, 2, "overwrite"},
		{[]string{"--announce", "-o", file}, 2, "overwrite"},
	} {
		result := box.RunBare(append(key, c.arguments...)...)
		if result.Status != c.status {
			t.Errorf("status %d instead of %d\n%v", result.Status, c.status, result)
		}
		box.mustSay(result, c.words)
	}
}
