package main

import (
	"slices"

	"github.com/mattfenwick/cyclonus/pkg/matcher"
	corev1 "k8s.io/api/core/v1"
)

// Cyclonus' matcher is asked connection by connection.
type cyclonus struct {
	policy *matcher.Policy
	set    *Set
	pods   map[string]*corev1.Pod
	// What of the policy applies to each pod, as the matcher says.
	ingress, egress map[string][]*matcher.Target
}

func askCyclonus(set *Set) *cyclonus {
	c := &cyclonus{
		policy: matcher.BuildNetworkPolicies(false, set.Policies), set: set, pods: map[string]*corev1.Pod{},
		ingress: map[string][]*matcher.Target{}, egress: map[string][]*matcher.Target{},
	}
	for _, pod := range set.Pods {
		c.pods[name(pod)] = pod
		c.ingress[name(pod)] = c.policy.TargetsApplyingToPod(true, pod.Namespace, pod.Labels)
		c.egress[name(pod)] = c.policy.TargetsApplyingToPod(false, pod.Namespace, pod.Labels)
	}
	return c
}

func (c *cyclonus) peer(end End) *matcher.TrafficPeer {
	if end.Pod == nil {
		return &matcher.TrafficPeer{IP: end.Address.String()}
	}
	pod := c.pods[end.name]
	return &matcher.TrafficPeer{IP: pod.Status.PodIP, Internal: &matcher.InternalPeer{
		PodLabels: pod.Labels, Namespace: pod.Namespace, NamespaceLabels: c.set.Namespaces[pod.Namespace],
	}}
}

// Between asks only what applies to the two: the matcher would look for that again with every question.
func (c *cyclonus) Between(client, server End) Answers {
	return c.with(matcher.NewPolicyWithTargets(c.ingress[server.String()], c.egress[client.String()]), client, server)
}

func (c *cyclonus) with(policy *matcher.Policy, client, server End) cyclonusAnswers {
	return cyclonusAnswers{policy, &matcher.Traffic{Source: c.peer(client), Destination: c.peer(server)}, server}
}

type cyclonusAnswers struct {
	policy  *matcher.Policy
	traffic *matcher.Traffic
	server  End
}

// Allows asks with each name that the server's containers give the port: the matcher takes one.
func (c cyclonusAnswers) Allows(protocol string, port int) bool {
	names := []string{""}
	if c.server.Pod != nil {
		for _, container := range c.server.Pod.Spec.Containers {
			for _, it := range container.Ports {
				of := it.Protocol
				if of == "" {
					of = corev1.ProtocolTCP
				}
				if int(it.ContainerPort) == port && string(of) == protocol && !slices.Contains(names, it.Name) {
					names = append(names, it.Name)
				}
			}
		}
	}
	c.traffic.ResolvedPort, c.traffic.Protocol = port, corev1.Protocol(protocol)
	any := func(ingress bool) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			c.traffic.ResolvedPortName = name
			return c.policy.IsIngressOrEgressAllowed(c.traffic, ingress).IsAllowed()
		})
	}
	return any(false) && any(true)
}

func (c cyclonusAnswers) Edges(string) []int { return nil }
