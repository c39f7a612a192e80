package kube

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"mlnetc.dev/conformance/harness/box"
)

// Programs is where the built programs and the definitions of custom resources lie.
type Programs struct {
	Kube    string            // the binary of etcd, kube-apiserver, …
	Felix   string            // Calico's
	MetalLB map[string]string // its controller, by version
	Speaker string            // MetalLB's speaker, 0.15
	CRDs    []string          // files
	// The definitions that a version of MetalLB brings.
	MetalLBCRDs map[string][]string
}

// Cluster is a running control plane, two nodes, and what is outside.
type Cluster struct {
	*Client
	Settings   Settings
	Nodes      []*Node
	Kubeconfig string // for programs inside the box
	programs   Programs
	processes  []*box.Process
}

const token = "conformance"

// Start brings a cluster up. What has been started by then is stopped when something fails.
func Start(programs Programs, settings Settings) (*Cluster, error) {
	nodes, err := settings.nodes()
	if err != nil {
		return nil, err
	}
	cluster := &Cluster{
		Settings: settings, Nodes: nodes, programs: programs,
		Kubeconfig: filepath.Join(box.Folder, "kubeconfig"),
	}
	steps := []func() error{
		func() error { return settings.wire(nodes) },
		cluster.credentials,
		cluster.controlPlane,
		cluster.definitions,
		cluster.machines,
		cluster.dataPlane,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			err = fmt.Errorf("%w\n%s", err, cluster.Said())
			cluster.Stop()
			return nil, err
		}
	}
	return cluster, nil
}

// Stop ends every program of the cluster and takes its networks away.
func (c *Cluster) Stop() {
	for i := len(c.processes) - 1; i >= 0; i-- {
		c.processes[i].Stop()
	}
	for _, node := range c.Nodes {
		_ = box.Remove(node.Name)
	}
	_ = box.Remove(Outside)
}

// Said is what the programs that ended said, or all of them if none has ended.
func (c *Cluster) Said() string {
	var ended, all string
	for _, process := range c.processes {
		all += process.Said()
		if process.Ended() {
			ended += process.Said()
		}
	}
	if ended != "" {
		return ended
	}
	return all
}

// Log is the end of what one program said.
func (c *Cluster) Log(name string) string {
	for _, process := range c.processes {
		if process.Name == name {
			return process.Said()
		}
	}
	return ""
}

// An error in the words of klog, of Calico and of MetalLB.
var complaint = regexp.MustCompile(`^E\d{4} |\[(ERROR|PANIC|FATAL)\]|"level":"error"`)

// Complaints are the last errors that each program of the cluster has written, a line each.
func (c *Cluster) Complaints() string {
	const most, width = 4, 400
	var all strings.Builder
	for _, process := range c.processes {
		var lines []string
		for line := range strings.Lines(process.Said()) {
			if complaint.MatchString(line) {
				lines = append(lines, fmt.Sprintf("%s: %.*s\n", process.Name, width, strings.TrimSpace(line)))
			}
		}
		for _, line := range lines[max(0, len(lines)-most):] {
			all.WriteString(line)
		}
	}
	return all.String()
}

// Address is where the API server listens.
func (c *Cluster) Address() string {
	return fmt.Sprintf("%s:%d", c.Settings.Nodes[0], c.Settings.ApiPort)
}

// WriteKubeconfig writes how to reach the server at an address, whatever its certificate.
func WriteKubeconfig(path, address string) error {
	return writeKubeconfig(path, address, "insecure-skip-tls-verify: true", "")
}

// WriteKubeconfigAs is the same for somebody with no rights but those that he is given.
func WriteKubeconfigAs(path, address, user string) error {
	return writeKubeconfig(path, address, "insecure-skip-tls-verify: true", ", as: "+user)
}

// WriteTrusting writes how to reach a server that shows the certificate of an authority, in base64.
func WriteTrusting(path, address, authority string) error {
	return writeKubeconfig(path, address, "certificate-authority-data: "+authority, "")
}

func writeKubeconfig(path, address, trust, as string) error {
	return os.WriteFile(path, fmt.Appendf(nil, `apiVersion: v1
kind: Config
clusters:
- name: conformance
  cluster: {server: "https://%s", %s}
users:
- name: admin
  user: {token: %s%s}
contexts:
- name: conformance
  context: {cluster: conformance, user: admin}
current-context: conformance
`, address, trust, token, as), 0o600)
}

// Where the server's key and certificate lie. Its own would be of RSA: to make them takes a fifth of its start.
var keyFile, certificateFile = filepath.Join(box.Folder, "server.key"), filepath.Join(box.Folder, "server.crt")

func (c *Cluster) credentials() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: c.Nodes[0].Address},
		IPAddresses: []net.IP{net.ParseIP(c.Nodes[0].Address)},
		NotBefore:   now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	for file, block := range map[string]*pem.Block{
		keyFile: {Type: "EC PRIVATE KEY", Bytes: private}, certificateFile: {Type: "CERTIFICATE", Bytes: certificate},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			return err
		}
	}
	tokens := []byte(token + ",admin,admin,system:masters\n")
	if err := os.WriteFile(filepath.Join(box.Folder, "tokens.csv"), tokens, 0o600); err != nil {
		return err
	}
	return WriteKubeconfig(c.Kubeconfig, c.Address())
}

func (c *Cluster) start(name string, node *Node, environment []string, program string, arguments ...string) error {
	process, err := box.Start(name, node.Name, environment, program, arguments...)
	if err == nil {
		c.processes = append(c.processes, process)
	}
	return err
}

func (c *Cluster) controlPlane() error {
	first := c.Nodes[0]
	data := filepath.Join(box.Folder, "etcd")
	if err := os.RemoveAll(data); err != nil {
		return err
	}
	err := c.start("etcd", first, nil, c.programs.Kube, "etcd", "--data-dir="+data, "--log-level=error", "--unsafe-no-fsync",
		"--listen-client-urls=http://127.0.0.1:2379", "--advertise-client-urls=http://127.0.0.1:2379",
		"--listen-peer-urls=http://127.0.0.1:2380", "--initial-advertise-peer-urls=http://127.0.0.1:2380",
		"--initial-cluster=default=http://127.0.0.1:2380")
	if err != nil {
		return err
	}
	err = c.start("kube-apiserver", first, nil, c.programs.Kube, "kube-apiserver",
		"--etcd-servers=http://127.0.0.1:2379", "--tls-cert-file="+certificateFile, "--tls-private-key-file="+keyFile,
		"--bind-address=0.0.0.0", "--advertise-address="+first.Address, fmt.Sprintf("--secure-port=%d", c.Settings.ApiPort),
		"--service-cluster-ip-range="+c.Settings.Services,
		"--service-account-key-file="+keyFile, "--service-account-signing-key-file="+keyFile,
		"--service-account-issuer=https://kubernetes.default.svc",
		"--token-auth-file="+filepath.Join(box.Folder, "tokens.csv"), "--authorization-mode=RBAC",
		"--allow-privileged", "--disable-admission-plugins=ServiceAccount", "--enable-priority-and-fairness=false")
	if err != nil {
		return err
	}
	c.Client = NewClient(first.Name, c.Address(), token)
	return c.until(60*time.Second, "the API server is ready", func() error { return c.Do("GET", "/readyz", "", nil, nil) })
}

// until tries again and again, as long as nothing of the cluster has died.
func (c *Cluster) until(limit time.Duration, what string, try func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := try()
		if err == nil {
			return nil
		}
		for _, process := range c.processes {
			if process.Ended() {
				return fmt.Errorf("%s ended before %s", process.Name, what)
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not after %s: %s: %w", limit, what, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (c *Cluster) definitions() error {
	files := append([]string{}, c.programs.CRDs...)
	files = append(files, c.programs.MetalLBCRDs[c.Settings.MetalLB]...)
	crds, err := Read(files...)
	if err != nil {
		return err
	}
	for _, crd := range crds {
		// What an upstream file says about a kind that it did not fill in is not our matter.
		delete(crd, "status")
		if err := c.Create(crd); err != nil {
			return fmt.Errorf("%s: %w", Name(crd), err)
		}
	}
	// Programs that do not find a kind in the list of all kinds give up.
	return c.until(60*time.Second, "every kind is served", func() error {
		var served struct {
			Items []struct {
				Versions []struct{ Resources []struct{ Resource string } }
			}
		}
		if err := c.Kinds(&served); err != nil {
			return err
		}
		known := map[string]bool{}
		for _, group := range served.Items {
			for _, version := range group.Versions {
				for _, it := range version.Resources {
					known[it.Resource] = true
				}
			}
		}
		for _, crd := range crds {
			if plural := Text(crd, "spec", "names", "plural"); !known[plural] {
				return fmt.Errorf("%s are not served", plural)
			}
		}
		return nil
	})
}

// Whole says which of the cluster's programs has ended by itself.
func (c *Cluster) Whole() error {
	for _, process := range c.processes {
		if process.Ended() {
			return fmt.Errorf("%s has ended\n%s", process.Name, process.Said())
		}
	}
	return nil
}

func (c *Cluster) machines() error {
	objects := []Object{
		{
			"apiVersion": "crd.projectcalico.org/v1", "kind": "ClusterInformation",
			"metadata": map[string]any{"name": "default"},
			"spec": map[string]any{
				"datastoreReady": true, "calicoVersion": "v3.28.5",
				"clusterGUID": hex.EncodeToString([]byte("mlnetc-conforma.")),
			},
		},
		{
			"apiVersion": "crd.projectcalico.org/v1", "kind": "IPPool",
			"metadata": map[string]any{"name": "default-ipv4-ippool"},
			"spec": map[string]any{
				"cidr": c.Settings.Pods, "vxlanMode": c.vxlanMode(), "ipipMode": "Never", "blockSize": 24,
				"natOutgoing": c.Settings.Encapsulation != "none", "nodeSelector": "all()",
			},
		},
	}
	for _, node := range c.Nodes {
		objects = append(objects, node.object(c.Settings), node.block())
	}
	if c.Settings.MetalLB != "" {
		objects = append(objects, Object{
			"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "metallb-system"},
		})
	}
	for _, object := range objects {
		err := c.until(20*time.Second, "there is "+Name(object), func() error { return c.Create(object) })
		if err != nil {
			return err
		}
	}
	for _, node := range c.Nodes {
		ready := map[string]any{"status": map[string]any{
			"addresses":  []any{map[string]any{"type": "InternalIP", "address": node.Address}},
			"conditions": []any{map[string]any{"type": "Ready", "status": "True", "reason": "Conformance"}},
		}}
		if err := c.Merge("/api/v1/nodes/"+node.Name+"/status", ready); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) vxlanMode() string {
	if c.Settings.Encapsulation == "none" {
		return "Never"
	}
	return "Always"
}

func (n *Node) object(settings Settings) Object {
	annotations := map[string]any{"projectcalico.org/IPv4Address": n.Address + settings.Lan[len(settings.Lan)-3:]}
	if settings.Encapsulation != "none" {
		annotations["projectcalico.org/IPv4VXLANTunnelAddr"] = n.Tunnel
	}
	return Object{
		"apiVersion": "v1", "kind": "Node",
		"metadata": map[string]any{
			"name": n.Name, "annotations": annotations,
			"labels": map[string]any{"kubernetes.io/hostname": n.Name, "kubernetes.io/os": "linux"},
		},
		"spec": map[string]any{"podCIDR": n.Block.String(), "podCIDRs": []any{n.Block.String()}},
	}
}

// block gives the node its part of the pod network. Without it there is no route back to the tunnel's address.
func (n *Node) block() Object {
	const size = 256
	allocations := make([]any, size)
	var free []any
	tunnel := n.Tunnel
	at := n.Block.Addr()
	for i := range size {
		if at.String() == tunnel {
			allocations[i] = 0
		} else {
			free = append(free, i)
		}
		at = at.Next()
	}
	name := fmt.Sprintf("%s-%d", dashes(n.Block.Addr().String()), n.Block.Bits())
	return Object{
		"apiVersion": "crd.projectcalico.org/v1", "kind": "IPAMBlock",
		"metadata": map[string]any{"name": name},
		"spec": map[string]any{
			"cidr": n.Block.String(), "affinity": "host:" + n.Name, "strictAffinity": false, "deleted": false,
			"allocations": allocations, "unallocated": free,
			"attributes": []any{map[string]any{
				"handle_id": "vxlan-tunnel-addr-" + n.Name,
				"secondary": map[string]any{"node": n.Name, "type": "vxlanTunnelAddress"},
			}},
		},
	}
}

func dashes(address string) string {
	text := []byte(address)
	for i, it := range text {
		if it == '.' {
			text[i] = '-'
		}
	}
	return string(text)
}
