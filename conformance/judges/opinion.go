package main

import (
	"net/netip"
	"sort"

	corev1 "k8s.io/api/core/v1"
)

// End is a client or a server: a pod, or an address outside.
type End struct {
	Pod     *corev1.Pod
	Address netip.Addr
}

func (e End) String() string {
	if e.Pod != nil {
		return name(e.Pod)
	}
	return e.Address.String()
}

// Opinion is what a judge says of a set.
type Opinion interface {
	// Allows says whether the client may open a connection to that port of the server.
	Allows(client, server End, protocol string, port int) bool
	// Edges are ports at which the answer about the two may change.
	Edges(client, server End, protocol string) []int
}

var protocols = []string{"TCP", "UDP", "SCTP"}

// Run is an inclusive range of ports.
type run struct {
	protocol string
	from, to int
}

// points are one port of each range in which no judge sees a difference: the ports of the policies, what
// containers declare, and all the edges that are given.
func (s *Set) points(edges []int) []int {
	at := map[int]bool{1: true, 65535: true}
	around := func(port int) {
		for _, it := range []int{port - 1, port, port + 1} {
			if 1 <= it && it <= 65535 {
				at[it] = true
			}
		}
	}
	for _, policy := range s.Policies {
		for _, rule := range policy.Spec.Ingress {
			for _, it := range rule.Ports {
				if it.Port != nil {
					around(it.Port.IntValue())
				}
				if it.EndPort != nil {
					around(int(*it.EndPort))
				}
			}
		}
		for _, rule := range policy.Spec.Egress {
			for _, it := range rule.Ports {
				if it.Port != nil {
					around(it.Port.IntValue())
				}
				if it.EndPort != nil {
					around(int(*it.EndPort))
				}
			}
		}
	}
	for _, pod := range s.Pods {
		for _, container := range pod.Spec.Containers {
			for _, it := range container.Ports {
				around(int(it.ContainerPort))
			}
		}
	}
	for _, it := range edges {
		around(it)
	}
	ports := make([]int, 0, len(at))
	for it := range at {
		ports = append(ports, it)
	}
	sort.Ints(ports)
	return ports
}

// ends are the pods, and the addresses at the edges of every block of a policy.
func (s *Set) ends() []End {
	var ends []End
	taken := map[netip.Addr]bool{}
	for _, pod := range s.Pods {
		ends = append(ends, End{Pod: pod})
		// An address of a pod is that pod.
		if address, err := netip.ParseAddr(pod.Status.PodIP); err == nil {
			taken[address] = true
		}
	}
	add := func(address netip.Addr) {
		if address.IsValid() && !taken[address] {
			taken[address] = true
			ends = append(ends, End{Address: address})
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
