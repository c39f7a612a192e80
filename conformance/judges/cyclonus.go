package main

import (
	"github.com/mattfenwick/cyclonus/pkg/matcher"
	corev1 "k8s.io/api/core/v1"
)

// Cyclonus' matcher is asked connection by connection.
type cyclonus struct {
	policy *matcher.Policy
	set    *Set
	pods   map[string]*corev1.Pod
}

func askCyclonus(set *Set) *cyclonus {
	pods := map[string]*corev1.Pod{}
	for _, pod := range set.Pods {
		pods[name(pod)] = pod
	}
	return &cyclonus{matcher.BuildNetworkPolicies(false, set.Policies), set, pods}
}

func (c *cyclonus) peer(end End) *matcher.TrafficPeer {
	if end.Pod == nil {
		return &matcher.TrafficPeer{IP: end.Address.String()}
	}
	pod := c.pods[name(end.Pod)]
	return &matcher.TrafficPeer{IP: pod.Status.PodIP, Internal: &matcher.InternalPeer{
		PodLabels: pod.Labels, Namespace: pod.Namespace, NamespaceLabels: c.set.Namespaces[pod.Namespace],
	}}
}

// Allows asks with each name that the server's containers give the port: the matcher takes one.
func (c *cyclonus) Allows(client, server End, protocol string, port int) bool {
	names := []string{""}
	if server.Pod != nil {
		for _, container := range server.Pod.Spec.Containers {
			for _, it := range container.Ports {
				of := it.Protocol
				if of == "" {
					of = corev1.ProtocolTCP
				}
				if int(it.ContainerPort) == port && string(of) == protocol && it.Name != "" {
					names = append(names, it.Name)
				}
			}
		}
	}
	traffic := &matcher.Traffic{
		Source: c.peer(client), Destination: c.peer(server), ResolvedPort: port, Protocol: corev1.Protocol(protocol),
	}
	any := func(ingress bool) bool {
		for _, name := range names {
			traffic.ResolvedPortName = name
			if c.policy.IsIngressOrEgressAllowed(traffic, ingress).IsAllowed() {
				return true
			}
		}
		return false
	}
	return any(false) && any(true)
}

func (c *cyclonus) Edges(End, End, string) []int { return nil }
