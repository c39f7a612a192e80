// Package pods does what a kubelet would: a pod that is created gets an address, a network and answers.
package pods

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"mlnetc.dev/conformance/harness/box"
	"mlnetc.dev/conformance/harness/kube"
)

// Agent runs the pods of a cluster.
type Agent struct {
	cluster *kube.Cluster
	mutex   sync.Mutex
	pods    map[string]*Pod // by "namespace/name"
	turn    int
	trouble sync.Map        // why a pod does not run, by its key
	leaving map[string]bool // pods whose network is being taken away
	ended   chan *Pod
}

// Pod is a network namespace with an address.
type Pod struct {
	Key     string // "namespace/name"
	Node    *kube.Node
	Address string
	Space   string // its network namespace
	host    bool   // it lives in its node's network
	answers *Answers
}

// Run follows the cluster's pods until the context ends.
func Run(ctx context.Context, cluster *kube.Cluster) *Agent {
	agent := &Agent{cluster: cluster, pods: map[string]*Pod{}, leaving: map[string]bool{}, ended: make(chan *Pod, 4096)}
	go agent.bury()
	work := make(chan kube.Object, 4096)
	for range 4 {
		go func() {
			for object := range work {
				agent.begin(object)
			}
		}()
	}
	go cluster.Watch(ctx, "/api/v1/pods", func(event string, object kube.Object) {
		key := key(object)
		switch {
		case event == "DELETED":
			agent.end(key)
		case kube.Text(object, "metadata", "deletionTimestamp") != "":
			agent.end(key)
			_ = cluster.Delete(path(object))
		case kube.Text(object, "status", "podIP") == "" && agent.claim(key):
			work <- object
		}
	})
	return agent
}

// Pod is a running pod, or nil.
func (a *Agent) Pod(key string) *Pod {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if pod := a.pods[key]; pod != nil && pod.Address != "" {
		return pod
	}
	return nil
}

// At is the pod with an address, or nil. Pods in their node's network are not found.
func (a *Agent) At(address string) *Pod {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	for _, pod := range a.pods {
		if pod.Address == address && !pod.host {
			return pod
		}
	}
	return nil
}

// Count says how many pods there are, with those whose network is still to be taken away.
func (a *Agent) Count() int {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return len(a.pods) + len(a.leaving)
}

// Stop ends every pod. The links at the nodes go with the nodes.
func (a *Agent) Stop() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	for key, pod := range a.pods {
		delete(a.pods, key)
		if pod.answers != nil {
			pod.answers.Close()
		}
		if !pod.host && pod.Space != "" {
			_ = box.Remove(pod.Space)
		}
	}
}

// Trouble is why a pod does not run, or "".
func (a *Agent) Trouble(key string) string {
	if why, is := a.trouble.Load(key); is {
		return why.(string)
	}
	return ""
}

func key(object kube.Object) string {
	return kube.Text(object, "metadata", "namespace") + "/" + kube.Text(object, "metadata", "name")
}

func path(object kube.Object) string {
	return "/api/v1/namespaces/" + kube.Text(object, "metadata", "namespace") +
		"/pods/" + kube.Text(object, "metadata", "name")
}

// claim says whether nobody has begun with the pod yet.
func (a *Agent) claim(key string) bool {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.pods[key] != nil {
		return false
	}
	a.pods[key] = &Pod{Key: key}
	return true
}

func (a *Agent) begin(object kube.Object) {
	key := key(object)
	a.left(key)
	pod, err := a.make(object)
	if err == nil {
		if err = a.report(object, pod); err != nil {
			gone(pod)
		}
	}
	if err != nil {
		a.trouble.Store(key, err.Error())
		return
	}
	a.mutex.Lock()
	_, wanted := a.pods[key]
	if wanted {
		a.pods[key] = pod
	}
	a.mutex.Unlock()
	if !wanted {
		gone(pod) // It was deleted while it was made.
	}
}

// make gives the pod its network, as Calico's CNI plugin would, and lets it answer on its ports.
func (a *Agent) make(object kube.Object) (*Pod, error) {
	pod := &Pod{Key: key(object)}
	pod.host, _ = kube.At(object, "spec", "hostNetwork").(bool)
	a.mutex.Lock()
	pod.Node = a.cluster.Nodes[a.turn%len(a.cluster.Nodes)]
	wanted := kube.Text(object, "spec", "nodeName")
	for _, node := range a.cluster.Nodes {
		if node.Name == wanted {
			pod.Node = node
		}
	}
	if wanted == "" {
		a.turn++
	}
	var err error
	if pod.host {
		pod.Address, pod.Space = pod.Node.Address, pod.Node.Name
	} else {
		pod.Address, err = pod.Node.Take()
		pod.Space = kube.Text(object, "metadata", "namespace") + "." + kube.Text(object, "metadata", "name")
	}
	a.mutex.Unlock()
	if err != nil {
		return nil, err
	}
	if wanted == "" {
		if err := a.bind(object, pod.Node.Name); err != nil {
			return nil, err
		}
	}
	if !pod.host {
		if err := pod.wire(); err != nil {
			return nil, err
		}
	}
	pod.answers = NewAnswers(pod.Space, pod.Key)
	for _, it := range kube.Items(object, "spec", "containers") {
		for _, port := range kube.Items(it, "ports") {
			protocol := kube.Text(port, "protocol")
			if protocol == "" {
				protocol = "TCP"
			}
			if err := pod.Answer(protocol, kube.Number(port, "containerPort")); err != nil && !pod.host {
				return nil, err
			}
		}
	}
	return pod, nil
}

// Answer lets the pod answer on one more port.
func (p *Pod) Answer(protocol string, port int) error { return p.answers.On(protocol, "", port) }

func (a *Agent) bind(object kube.Object, node string) error {
	binding := kube.Object{
		"apiVersion": "v1", "kind": "Binding",
		"metadata": map[string]any{"name": kube.Text(object, "metadata", "name")},
		"target":   map[string]any{"apiVersion": "v1", "kind": "Node", "name": node},
	}
	return a.cluster.Post(path(object)+"/binding", binding)
}

// wire makes the pod's namespace and its link to the node, by the names that Felix looks for.
func (p *Pod) wire() error {
	if err := box.Create(p.Space); err != nil {
		return err
	}
	if err := box.Sysctl(p.Space, "ipv6/conf/all/disable_ipv6=1", "ipv4/icmp_ratemask=0"); err != nil {
		return err
	}
	link := Link(p.Space)
	err := box.IP(p.Node.Name,
		fmt.Sprintf("link add %s type veth peer name eth0 netns %s", link, p.Space),
		fmt.Sprintf("link set %s address ee:ee:ee:ee:ee:ee up", link))
	if err != nil {
		return err
	}
	return box.IP(p.Space,
		"link set lo up",
		fmt.Sprintf("addr add %s/32 dev eth0", p.Address),
		"link set eth0 up",
		"route add 169.254.1.1 dev eth0 scope link",
		"route add default via 169.254.1.1")
}

// Link is the name of the node's end of a pod's link: Felix derives it from "NAMESPACE.POD".
func Link(workload string) string {
	sum := sha1.Sum([]byte(workload))
	return "cali" + hex.EncodeToString(sum[:])[:11]
}

func (a *Agent) report(object kube.Object, pod *Pod) error {
	var containers []any
	for _, it := range kube.Items(object, "spec", "containers") {
		containers = append(containers, map[string]any{
			"name": kube.Text(it, "name"), "image": kube.Text(it, "image"), "imageID": "",
			"ready": true, "started": true, "restartCount": 0, "state": map[string]any{"running": map[string]any{}},
		})
	}
	status := map[string]any{"status": map[string]any{
		"containerStatuses": containers,
		"phase":             "Running", "podIP": pod.Address, "podIPs": []any{map[string]any{"ip": pod.Address}},
		"hostIP":     pod.Node.Address,
		"conditions": []any{map[string]any{"type": "Ready", "status": "True"}},
	}}
	return a.cluster.Merge(path(object)+"/status", status)
}

// end takes a pod away. Its network follows.
func (a *Agent) end(key string) {
	a.trouble.Delete(key)
	a.mutex.Lock()
	pod := a.pods[key]
	delete(a.pods, key)
	has := pod != nil && pod.Address != ""
	if has {
		a.leaving[key] = true
	}
	a.mutex.Unlock()
	if has {
		a.ended <- pod
	}
}

// left waits until a pod of the same name is gone.
func (a *Agent) left(key string) {
	for {
		a.mutex.Lock()
		leaving := a.leaving[key]
		a.mutex.Unlock()
		if !leaving {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// bury takes the networks of pods away, those of all that have ended by now at once: the kernel takes a tenth
// of a second for a link, and hardly more for a hundred of them.
func (a *Agent) bury() {
	for pod := range a.ended {
		buried := []*Pod{pod}
		for more := true; more; {
			select {
			case pod := <-a.ended:
				buried = append(buried, pod)
			default:
				more = false
			}
		}
		gone(buried...)
		a.mutex.Lock()
		for _, pod := range buried {
			delete(a.leaving, pod.Key)
		}
		a.mutex.Unlock()
	}
}

// The group of the links that are to go.
const doomed = 99

// gone takes the networks of pods away.
func gone(pods ...*Pod) {
	links := map[string][]string{}
	for _, pod := range pods {
		pod.answers.Close()
		if !pod.host {
			links[pod.Node.Name] = append(links[pod.Node.Name], fmt.Sprintf("link set %s group %d", Link(pod.Space), doomed))
		}
	}
	for node, lines := range links {
		_ = box.IP(node, append(lines, fmt.Sprintf("link del group %d", doomed))...)
	}
	for _, pod := range pods {
		if !pod.host {
			_ = box.Remove(pod.Space)
			pod.Node.Free(pod.Address)
		}
	}
}
