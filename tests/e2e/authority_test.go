package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Authority is one of our own: a root, a timestamp service under it, and whoever it vouches for.
// Programs are signed by osslsigncode, which shares no code with godeploy.
type Authority struct {
	t    *testing.T
	dir  string
	name string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	CA   string // PEM of the root
}

// Signer is somebody the authority vouches for: a name of files NAME.pem and NAME.key.
type Signer struct {
	certs, key string
}

var (
	year         = 365 * 24 * time.Hour
	timeStamping = pkix.Extension{ // for RFC 3161 critical and alone, which Go's own field is not
		Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true,
		Value: []byte{0x30, 0x0a, 0x06, 0x08, 0x2b, 6, 1, 5, 5, 7, 3, 8}}
)

func newAuthority(t *testing.T, dir, name string) *Authority {
	t.Helper()
	authority := &Authority{t: t, dir: dir, name: name}
	template := &x509.Certificate{Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-10 * year), NotAfter: time.Now().Add(10 * year), IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	authority.cert, authority.key = authority.issue(template, template, nil)
	authority.CA = authority.path(name + ".pem")
	return authority
}

func (authority *Authority) path(name string) string {
	return filepath.Join(authority.dir, name)
}

// issue makes a key and a certificate by `issuer` (its own key where that is nil), and their files.
func (authority *Authority) issue(template, issuer *x509.Certificate,
	issuerKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t := authority.t
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if issuerKey == nil {
		issuerKey = key
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, &key.PublicKey, issuerKey)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	name := template.Subject.CommonName
	writeTo(t, authority.path(name+".pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
	writeTo(t, authority.path(name+".key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600)
	return certificate, key
}

// Signer vouches for somebody who signs code, from then to then.
func (authority *Authority) Signer(name string, from, until time.Time) Signer {
	authority.t.Helper()
	authority.issue(&x509.Certificate{Subject: pkix.Name{CommonName: name, Organization: []string{name}},
		NotBefore: from, NotAfter: until, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}}, authority.cert, authority.key)
	return Signer{certs: authority.path(name + ".pem"), key: authority.path(name + ".key")}
}

// Present is a Signer whose certificate is valid now.
func (authority *Authority) Present(name string) Signer {
	authority.t.Helper()
	return authority.Signer(name, time.Now().Add(-year), time.Now().Add(year))
}

// TSA vouches for somebody who tells the time.
func (authority *Authority) TSA(name string) Signer {
	authority.t.Helper()
	authority.issue(&x509.Certificate{Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-5 * year), NotAfter: time.Now().Add(5 * year),
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtraExtensions: []pkix.Extension{timeStamping}}, authority.cert, authority.key)
	return Signer{certs: authority.path(name + ".pem"), key: authority.path(name + ".key")}
}

// sign returns the program with a signature; more are further words for osslsigncode.
func (signer Signer) sign(t *testing.T, program []byte, more ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.exe"), filepath.Join(dir, "out.exe")
	writeTo(t, in, program, 0o600)
	arguments := append([]string{"sign", "-h", "sha256", "-certs", signer.certs, "-key", signer.key},
		more...)
	command := exec.Command("osslsigncode", append(arguments, "-in", in, "-out", out)...)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("osslsigncode %v: %v\n%s", arguments, err, output)
	}
	return contentOf(t, out)
}

// stampedBy are the words for a timestamp of that time.
func stampedBy(tsa Signer, when time.Time) []string {
	return []string{"-TSA-certs", tsa.certs, "-TSA-key", tsa.key, "-TSA-time", fmt.Sprint(when.Unix())}
}
