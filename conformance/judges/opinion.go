package main

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
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

// Points are one port of each range in which nobody sees a difference.
type points []int

func (p *points) around(port int) {
	for _, it := range []int{port - 1, port, port + 1} {
		if 1 <= it && it <= 65535 {
			*p = append(*p, it)
		}
	}
}

// and are these points with those around some edges, each once and in order.
func (p points) and(edges ...[]int) points {
	of := slices.Clone(p)
	for _, some := range edges {
		for _, it := range some {
			of.around(it)
		}
	}
	slices.Sort(of)
	return slices.Compact(of)
}

// points are those at the ports of the policies and at what containers declare.
func (s *Set) points() points {
	var of points
	of.around(1)
	of.around(65535)
	all := func(ports []networkingv1.NetworkPolicyPort) {
		for _, it := range ports {
			if it.Port != nil {
				of.around(it.Port.IntValue())
			}
			if it.EndPort != nil {
				of.around(int(*it.EndPort))
			}
		}
	}
	for _, policy := range s.Policies {
		for _, rule := range policy.Spec.Ingress {
			all(rule.Ports)
		}
		for _, rule := range policy.Spec.Egress {
			all(rule.Ports)
		}
	}
	for _, pod := range s.Pods {
		for _, container := range pod.Spec.Containers {
			for _, it := range container.Ports {
				of.around(int(it.ContainerPort))
			}
		}
	}
	return of.and()
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
