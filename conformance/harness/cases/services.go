package cases

import (
	"errors"
	"fmt"
	"slices"

	"mlnetc.dev/conformance/harness/kube"
	"mlnetc.dev/conformance/harness/probe"
	"mlnetc.dev/conformance/harness/source"
)

// A door is one port of a Service, and the pods behind it.
type door struct {
	service  kube.Object
	name     string
	port     int
	podPort  int
	protocol string
	backends []*actor
}

// doors are the ports of all Services that the cluster has, with somebody behind them.
func (s *scene) doors() ([]door, error) {
	services, err := s.cluster.List("/api/v1/services")
	if err != nil {
		return nil, err
	}
	var doors []door
	for _, service := range services {
		namespace := kube.Text(service, "metadata", "namespace")
		selector := map[string]string{}
		wanted, _ := kube.At(service, "spec", "selector").(map[string]any)
		for key, value := range wanted {
			selector[key], _ = value.(string)
		}
		var backends []*actor
		for _, it := range s.actors {
			if it.object["metadata"].(map[string]any)["namespace"] == namespace && selects(selector, it.labels) {
				backends = append(backends, it)
			}
		}
		if len(backends) == 0 {
			continue
		}
		for _, port := range kube.Items(service, "spec", "ports") {
			it := door{service: service, port: kube.Number(port, "port"), podPort: kube.Number(port, "targetPort"),
				protocol: kube.Text(port, "protocol"), backends: backends}
			if it.podPort == 0 {
				it.podPort = it.port
			}
			it.name = fmt.Sprintf("Service %s/%s:%d/%s", namespace, kube.Text(service, "metadata", "name"), it.port, it.protocol)
			if slices.Contains(protocols, it.protocol) {
				doors = append(doors, it)
			}
		}
	}
	return doors, nil
}

// agreed is what is so for every backend. Where they differ, a Service gives now one, now another, and
// nothing can be expected.
func agreed(backends []*actor, verdict func(*actor) (source.Verdict, error)) (source.Verdict, bool, error) {
	var first source.Verdict
	for i, it := range backends {
		next, err := verdict(it)
		if err != nil {
			return first, false, err
		}
		if i == 0 {
			first = next
		} else if first.Open() != next.Open() {
			return first, false, nil
		}
	}
	return first, true, nil
}

// services are connections from pods to the addresses of Services.
func (s *scene) services() ([]expectation, error) {
	doors, err := s.doors()
	if err != nil {
		return nil, err
	}
	var all []expectation
	for _, door := range doors {
		address := kube.Text(door.service, "spec", "clusterIP")
		if address == "" || address == "None" {
			continue
		}
		for _, client := range s.actors {
			if slices.Contains(door.backends, client) {
				continue // It would meet itself.
			}
			verdict, same, err := agreed(door.backends, func(server *actor) (source.Verdict, error) {
				return s.verdict(client.class, server.class, door.protocol, door.podPort)
			})
			if err != nil {
				return nil, err
			}
			if !same {
				continue
			}
			it := s.fromPod(client, door.protocol, address, door.port)
			it.service = true
			it.open = verdict.Open()
			if len(door.backends) == 1 {
				it.who = door.backends[0].key
			}
			it.what = fmt.Sprintf("%s (%s) -> %s at %s", client.class, client.key, door.name, address)
			all = append(all, it)
		}
	}
	return all, nil
}

// balanced are connections to the addresses of load balancers, from outside by one node, and from pods.
func (s *scene) balanced(entry *kube.Node) ([]expectation, error) {
	doors, err := s.doors()
	if err != nil {
		return nil, err
	}
	var all []expectation
	var addresses []string
	for _, door := range doors {
		ingress := kube.Items(door.service, "status", "loadBalancer", "ingress")
		if len(ingress) == 0 {
			if kube.Text(door.service, "spec", "type") == "LoadBalancer" && s.cluster.Settings.MetalLB != "" {
				return nil, fmt.Errorf("%s has no address", door.name)
			}
			continue
		}
		address := kube.Text(ingress[0], "ip")
		addresses = append(addresses, address)
		local := kube.Text(door.service, "spec", "externalTrafficPolicy") == "Local"
		for _, end := range s.matrix.Addresses {
			source, is := s.stranger(end)
			if !is {
				continue
			}
			it := expectation{service: true}
			it.Space, it.Source, it.Protocol, it.Address, it.Port = kube.Outside, source, door.protocol, address, door.port
			it.what = fmt.Sprintf("outside %s -> %s at %s, by %s", source, door.name, address, entry.Name)
			if err := s.judgeEntry(&it, door, local, end, entry, &all); err != nil {
				return nil, err
			}
		}
		for _, client := range s.actors {
			if slices.Contains(door.backends, client) || client.node != entry {
				continue
			}
			it := s.fromPod(client, door.protocol, address, door.port)
			it.service = true
			it.what = fmt.Sprintf("%s (%s, %s) -> %s at %s", client.class, client.key, client.node.Name, door.name, address)
			if err := s.judgePod(&it, door, local, client, &all); err != nil {
				return nil, err
			}
		}
	}
	if err := enter(addresses, entry); err != nil {
		return nil, err
	}
	return all, s.reachable(addresses)
}

// judgeEntry says what happens to a packet from outside that enters at a node: with `Local` only that node's pods
// are asked, and see the client; with `Cluster` another node's pods see the node that it entered by.
func (s *scene) judgeEntry(it *expectation, door door, local bool, client source.End, entry *kube.Node, all *[]expectation) error {
	backends := door.backends
	if local {
		backends = slices.DeleteFunc(slices.Clone(backends), func(it *actor) bool { return it.node != entry })
		if len(backends) == 0 {
			*all = append(*all, *it)
			return nil
		}
	}
	verdict, same, err := agreed(backends, func(server *actor) (source.Verdict, error) {
		seen := client.Name
		if server.node != entry {
			far, known := s.matrix.At(s.cluster.SeenAs(entry))
			if !known {
				return source.Verdict{}, errors.New("mlnetc says nothing of " + s.cluster.SeenAs(entry))
			}
			seen = far.Name
		}
		return s.verdict(seen, server.class, door.protocol, door.podPort)
	})
	if err == nil && same {
		it.open = verdict.Open()
		*all = append(*all, *it)
	}
	return err
}

// judgePod says what happens to a pod that dials a load balancer's address: with `Local` it stays itself; with
// `Cluster` another node's pods see its node instead.
func (s *scene) judgePod(it *expectation, door door, local bool, client *actor, all *[]expectation) error {
	verdict, same, err := agreed(door.backends, func(server *actor) (source.Verdict, error) {
		verdict, err := s.verdict(client.class, server.class, door.protocol, door.podPort)
		if err != nil || local || server.node == client.node {
			return verdict, err
		}
		far, known := s.matrix.At(s.cluster.SeenAs(client.node))
		if !known {
			return verdict, errors.New("mlnetc says nothing of " + s.cluster.SeenAs(client.node))
		}
		seen, err := s.verdict(far.Name, server.class, door.protocol, door.podPort)
		verdict.Ingress = seen.Ingress
		return verdict, err
	})
	if err == nil && same {
		it.open = verdict.Open()
		*all = append(*all, *it)
	}
	return err
}

// reachable fails if nothing answers for an address although routes lead there: then closed would mean nothing.
func (s *scene) reachable(addresses []string) error {
	probes := make([]probe.Probe, len(addresses))
	for i, address := range addresses {
		probes[i] = probe.Probe{Space: kube.Outside, Protocol: "TCP", Address: address, Port: 1}
	}
	for i, answer := range probe.All(probes, 0) {
		if answer.State == probe.Broken {
			return fmt.Errorf("%s cannot be dialled: %s", addresses[i], answer.Why)
		}
	}
	return nil
}
