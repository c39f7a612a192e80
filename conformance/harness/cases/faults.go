package cases

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"mlnetc.dev/conformance/harness/box"
	"mlnetc.dev/conformance/harness/kube"
)

// Faults: where the way to the API server breaks, `mlnetc diff` says how, exits with 2, and writes no answer.
type Faults struct {
	// The file with the faults.
	Table string `yaml:"table"`
}

// A fault is what becomes of requests between mlnetc and the API server, and what mlnetc has to say.
type fault struct {
	Name string `yaml:"fault"`
	// An object that the cluster has lost before: something is there to try.
	Without string `yaml:"without"`
	// The requests that it meets: those of a method whose path begins so, all beyond the first few, so many of them.
	Method string `yaml:"method"`
	On     string `yaml:"on"`
	After  int    `yaml:"after"`
	Times  int    `yaml:"times"`
	// They are answered with this status, and told to come back after so many seconds;
	Status int `yaml:"status"`
	Retry  int `yaml:"retry"`
	// or with this text; or never; or with half of the answer; or the server ends, with all connections.
	Body  string `yaml:"body"`
	Stall bool   `yaml:"stall"`
	Half  bool   `yaml:"half"`
	Ends  bool   `yaml:"ends"`
	// The server's certificate is of another authority, or for another name.
	Stranger bool `yaml:"stranger"`
	Renamed  bool `yaml:"renamed"`
	// How mlnetc is called; what it exits with, 2 if nothing is said; what it says on stderr; how long it may take.
	Arguments []string `yaml:"arguments"`
	Exit      *int     `yaml:"exit"`
	Shows     []string `yaml:"shows"`
	Within    int      `yaml:"within"`
	// What the answer says that it does not have, where there is one although it exits with 2.
	Lacks string `yaml:"lacks"`
}

func (f *Faults) try(t *trial) error {
	var faults []fault
	if err := strictly(filepath.Join(t.of.folder, f.Table), &faults); err != nil {
		return err
	}
	if err := t.apply(); err != nil {
		return err
	}
	var failures []error
	for _, it := range faults {
		began := time.Now()
		if err := t.fault(it); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", it.Name, err))
		}
		t.trace(it.Name, began)
	}
	t.tally.faults += len(faults)
	return errors.Join(failures...)
}

func (t *trial) fault(it fault) (failed error) {
	proxy, err := newProxy(t.cluster, it)
	if err != nil {
		return err
	}
	defer proxy.server.Close()
	if it.Without != "" {
		path, err := address(it.Without)
		if err != nil {
			return err
		}
		if err := t.cluster.Delete(path); err != nil {
			return err
		}
		defer func() { failed = errors.Join(failed, t.apply()) }()
	}
	run, err := t.project.DiffFrom(t.cluster.Nodes[0].Name, proxy.kubeconfig, it.Arguments...)
	if err != nil {
		return err
	}
	wanted := 2
	if it.Exit != nil {
		wanted = *it.Exit
	}
	var wrong []string
	if run.Exit != wanted {
		wrong = append(wrong, fmt.Sprintf("it exits with %d instead of %d", run.Exit, wanted))
	}
	if (run.Out == "") != (wanted == 2 && it.Lacks == "") || !strings.Contains(run.Out, it.Lacks) {
		wrong = append(wrong, fmt.Sprintf("with exit code %d, it writes %d bytes of an answer", run.Exit, len(run.Out)))
	}
	for _, text := range it.Shows {
		if !strings.Contains(run.Err, text) {
			wrong = append(wrong, "it does not say: "+text)
		}
	}
	if limit := time.Duration(it.Within) * time.Second; it.Within > 0 && run.Took > limit {
		wrong = append(wrong, fmt.Sprintf("it takes %s, more than %s", run.Took.Round(100*time.Millisecond), limit))
	}
	// A fault that nobody met shows nothing.
	if proxy.met == 0 && !it.Stranger && !it.Renamed {
		wrong = append(wrong, "no request met the fault")
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("%s\n--- stdout\n%s--- stderr\n%s", strings.Join(wrong, "\n"), run.Out, run.Err)
}

// A proxy stands between mlnetc and the API server, and lets one fault happen.
type proxy struct {
	fault
	server     *http.Server
	behind     *httputil.ReverseProxy
	kubeconfig string

	mutex     sync.Mutex
	seen, met int
}

func newProxy(cluster *kube.Cluster, it fault) (*proxy, error) {
	first := cluster.Nodes[0].Name
	var listener net.Listener
	err := box.Within(first, func() (err error) {
		listener, err = net.Listen("tcp4", "127.0.0.1:0")
		return err
	})
	if err != nil {
		return nil, err
	}
	name := "127.0.0.1"
	if it.Renamed {
		name = "127.0.0.2"
	}
	authority, certificate, err := certified(name)
	if err == nil && it.Stranger {
		authority, _, err = certified(name)
	}
	if err != nil {
		return nil, err
	}
	proxy := &proxy{fault: it, kubeconfig: filepath.Join(box.Folder, "kubeconfig-of-a-proxy")}
	if err := kube.WriteTrusting(proxy.kubeconfig, listener.Addr().String(), authority); err != nil {
		return nil, err
	}
	proxy.behind = httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "https", Host: cluster.Address()})
	proxy.behind.Transport = cluster.Transport()
	quiet := log.New(io.Discard, "", 0)
	proxy.behind.ErrorLog = quiet
	proxy.server = &http.Server{
		Handler: proxy,
		// An answer is cut off in the middle, which only HTTP/1 lets us do; what is said of that is said to nobody.
		TLSConfig:    &tls.Config{Certificates: []tls.Certificate{certificate}},
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
		ErrorLog:     quiet,
	}
	go func() { _ = proxy.server.ServeTLS(listener, "", "") }()
	return proxy, nil
}

// ServeHTTP answers as the API server does, unless the request meets the fault.
func (p *proxy) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	if !p.meets(request.Method, request.URL.Path) {
		p.behind.ServeHTTP(answer, request)
		return
	}
	switch {
	case p.Status != 0:
		if p.Retry > 0 {
			answer.Header().Set("Retry-After", fmt.Sprint(p.Retry))
		}
		answer.WriteHeader(p.Status)
		fmt.Fprintf(answer, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"%s","code":%d}`, p.Body, p.Status)
	case p.Body != "":
		fmt.Fprint(answer, p.Body)
	case p.Stall:
		select {
		case <-request.Context().Done():
		case <-time.After(30 * time.Second):
			p.behind.ServeHTTP(answer, request)
		}
	case p.Half:
		whole := &held{header: http.Header{}}
		request.Header.Del("Accept-Encoding")
		p.behind.ServeHTTP(whole, request)
		answer.Header().Set("Content-Type", "application/json")
		answer.Header().Set("Content-Length", fmt.Sprint(whole.body.Len()))
		_, _ = answer.Write(whole.body.Bytes()[:whole.body.Len()/2])
		panic(http.ErrAbortHandler)
	case p.Ends:
		_ = p.server.Close()
	}
}

func (p *proxy) meets(method, path string) bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.Method != "" && p.Method != method || !strings.HasPrefix(path, p.On) {
		return false
	}
	p.seen++
	if p.Stranger || p.Renamed || p.seen <= p.After || p.Times > 0 && p.seen > p.After+p.Times {
		return false
	}
	p.met++
	return true
}

// Held is an answer that is not sent yet.
type held struct {
	header http.Header
	body   bytes.Buffer
}

func (h *held) Header() http.Header            { return h.header }
func (h *held) Write(text []byte) (int, error) { return h.body.Write(text) }
func (h *held) WriteHeader(int)                {}

// certified makes an authority, in base64, and its certificate for an address.
func certified(address string) (string, tls.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "authority of " + address},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
	}
	authority, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", tls.Certificate{}, err
	}
	own, err := x509.CreateCertificate(rand.Reader, template, template, authority.Public(), authority)
	if err != nil {
		return "", tls.Certificate{}, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", tls.Certificate{}, err
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: address},
		IPAddresses: []net.IP{net.ParseIP(address)}, NotBefore: template.NotBefore, NotAfter: template.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	shown, err := x509.CreateCertificate(rand.Reader, leaf, template, key.Public(), authority)
	if err != nil {
		return "", tls.Certificate{}, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own})
	return base64.StdEncoding.EncodeToString(text), tls.Certificate{Certificate: [][]byte{shown}, PrivateKey: key}, nil
}
