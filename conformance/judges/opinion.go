package main

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// End is a client or a server: a pod, or an address outside.
type End struct {
	Pod     *corev1.Pod
	Address netip.Addr
	// What everybody calls it.
	name string
}

func endOfPod(pod *corev1.Pod) End { return End{Pod: pod, name: name(pod)} }

func endOfAddress(address netip.Addr) End { return End{Address: address, name: address.String()} }

func (e End) String() string { return e.name }

// Opinion is what a judge says of a set.
type Opinion interface {
	// Between is what it says of connections from the client to the server.
	Between(client, server End) Answers
}

// Answers are what a judge says of two ends.
type Answers interface {
	// Allows says whether a connection may be opened to that port.
	Allows(protocol string, port int) bool
	// Edges are ports at which the answer may change.
	Edges(protocol string) []int
}

var protocols = []string{"TCP", "UDP", "SCTP"}

// Run is an inclusive range of ports.
type run struct {
	protocol string
	from, to int
}

// around are the ports at some edges and beside them, each once and in order.
func around(edges ...[]int) []int {
	var ports []int
	for _, some := range edges {
		for _, edge := range some {
			for _, it := range []int{edge - 1, edge, edge + 1} {
				if 1 <= it && it <= 65535 {
					ports = append(ports, it)
				}
			}
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

// edges are the ports at which the answer about connections from, or to, an end may change: the ports of the policies
// that select it for that direction, and what its containers declare. Another policy has no say; where mlnetc thinks
// that it has, its own edges show.
func (s *Set) edges(end End, ingress bool) ([]int, error) {
	edges := []int{1, 65535}
	all := func(ports []networkingv1.NetworkPolicyPort) {
		for _, it := range ports {
			if it.Port != nil {
				edges = append(edges, it.Port.IntValue())
			}
			if it.EndPort != nil {
				edges = append(edges, int(*it.EndPort))
			}
		}
	}
	if end.Pod == nil {
		return edges, nil
	}
	for _, policy := range s.Policies {
		selector, err := metav1.LabelSelectorAsSelector(&policy.Spec.PodSelector)
		if err != nil {
			return nil, err
		}
		if policy.Namespace != end.Pod.Namespace || !selector.Matches(labels.Set(end.Pod.Labels)) {
			continue
		}
		if ingress {
			for _, rule := range policy.Spec.Ingress {
				all(rule.Ports)
			}
		} else {
			for _, rule := range policy.Spec.Egress {
				all(rule.Ports)
			}
		}
	}
	for _, container := range end.Pod.Spec.Containers {
		for _, it := range container.Ports {
			edges = append(edges, int(it.ContainerPort))
		}
	}
	return edges, nil
}

// ends are the pods, and the addresses at the edges of every block of a policy.
func (s *Set) ends() []End {
	var ends []End
	taken := map[netip.Addr]bool{}
	for _, pod := range s.Pods {
		ends = append(ends, endOfPod(pod))
		// An address of a pod is that pod.
		if address, err := netip.ParseAddr(pod.Status.PodIP); err == nil {
			taken[address] = true
		}
	}
	add := func(address netip.Addr) {
		if address.IsValid() && !taken[address] {
			taken[address] = true
			ends = append(ends, endOfAddress(address))
		}
	}
	add(netip.MustParseAddr("192.0.2.1"))
	add(netip.MustParseAddr("2001:db8:1::1"))
	for _, text := range s.blocks() {
		block, err := netip.ParsePrefix(text)
		if err != nil {
			continue
		}
		first, last := block.Masked().Addr(), lastOf(block)
		add(first.Prev())
		add(first)
		add(last)
		add(last.Next())
	}
	return ends
}

func (s *Set) blocks() []string {
	var blocks []string
	for _, policy := range s.Policies {
		for _, rule := range policy.Spec.Ingress {
			for _, peer := range rule.From {
				if peer.IPBlock != nil {
					blocks = append(append(blocks, peer.IPBlock.CIDR), peer.IPBlock.Except...)
				}
			}
		}
		for _, rule := range policy.Spec.Egress {
			for _, peer := range rule.To {
				if peer.IPBlock != nil {
					blocks = append(append(blocks, peer.IPBlock.CIDR), peer.IPBlock.Except...)
				}
			}
		}
	}
	return blocks
}

func lastOf(block netip.Prefix) netip.Addr {
	bytes := block.Masked().Addr().AsSlice()
	for bit := block.Bits(); bit < len(bytes)*8; bit++ {
		bytes[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	return last
}
