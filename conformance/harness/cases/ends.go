package cases

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"mlnetc.dev/conformance/harness/kube"
	"mlnetc.dev/conformance/harness/source"
)

// stranger is an address of a piece of address space that something outside the cluster can have.
func (s *scene) stranger(end source.End) (string, bool) {
	address := end.First
	for range 8 {
		if last := address.As4()[3]; last != 0 && last != 255 && s.elsewhere(address) {
			return address.String(), true
		}
		if address == end.Last {
			break
		}
		address = address.Next()
	}
	return "", false
}

var nobody = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("224.0.0.0/3"),
	// The pods' own gateway is here: a packet to the rest does not leave the node.
	netip.MustParsePrefix("169.254.0.0/16"),
}

// elsewhere says whether an address can be of a machine that is not of the cluster.
func (s *scene) elsewhere(address netip.Addr) bool {
	settings := s.cluster.Settings
	for _, taken := range append([]string{settings.Pods, settings.Services}, append(s.report.Pods, s.report.Services...)...) {
		if prefix, err := netip.ParsePrefix(taken); err == nil && prefix.Contains(address) {
			return false
		}
	}
	if slices.Contains(settings.Nodes, address.String()) || address == settings.Router() {
		return false
	}
	for _, it := range s.report.Endpoints {
		if it.Address == address.String() {
			return false
		}
	}
	return !slices.ContainsFunc(nobody, func(it netip.Prefix) bool { return it.Contains(address) })
}

// try adds what mlnetc says of one connection between a client's and a server's end.
func (s *scene) verdict(client, server, protocol string, port int) (source.Verdict, error) {
	return s.matrix.Verdict(client, server, protocol, port)
}

// probes are ports of a pair worth trying: those that the server has, the ends of each range that is
// open, and one that it does not have in each range that is closed.
func (s *scene) ports(client, server string, has map[string]map[int]bool) map[string][]int {
	ports := map[string][]int{}
	for _, record := range s.matrix.Records(client, server) {
		if !slices.Contains(protocols, record.Protocol) {
			continue
		}
		chosen := map[int]bool{}
		for port := range has[record.Protocol] {
			if record.Port <= port && port <= record.EndPort {
				chosen[port] = true
			}
		}
		if record.Allowed {
			chosen[record.Port], chosen[record.EndPort] = true, true
		} else if middle := (record.Port + record.EndPort) / 2; !has[record.Protocol][middle] {
			chosen[middle] = true
		}
		for port := range chosen {
			ports[record.Protocol] = append(ports[record.Protocol], port)
		}
	}
	for _, list := range ports {
		slices.Sort(list)
	}
	return ports
}

// expect puts together a probe from a pod, or from the outside, and what mlnetc says of it.
func (s *scene) fromPod(client *actor, protocol, address string, port int) expectation {
	it := expectation{}
	it.Space = s.agent.Pod(client.key).Space
	it.Protocol, it.Address, it.Port = protocol, address, port
	return it
}

func (s *scene) betweenPods() ([]expectation, error) {
	var all []expectation
	for _, client := range s.actors {
		for _, server := range s.actors {
			if client == server {
				continue
			}
			for protocol, ports := range s.ports(client.class, server.class, server.ports) {
				for _, port := range ports {
					verdict, err := s.verdict(client.class, server.class, protocol, port)
					if err != nil {
						return nil, err
					}
					it := s.fromPod(client, protocol, s.agent.Pod(server.key).Address, port)
					it.open = verdict.Open()
					it.client, it.server = client.class, server.class
					if server.ports[protocol][port] {
						it.who = server.key
					}
					it.what = fmt.Sprintf("%s (%s, %s) -> %s (%s, %s):%d/%s",
						client.class, client.key, client.node.Name, server.class, server.key, server.node.Name, port, protocol)
					all = append(all, it)
				}
			}
		}
	}
	if len(all) == 0 {
		return nil, errors.New("there are no two pods")
	}
	return all, nil
}

// outside are connections between pods and addresses outside, both ways.
func (s *scene) outside() ([]expectation, error) {
	var all []expectation
	for _, end := range s.matrix.Addresses {
		address, is := s.stranger(end)
		if !is {
			continue
		}
		for _, pod := range s.actors {
			for protocol, ports := range s.ports(pod.class, end.Name, nil) {
				for _, port := range ports {
					verdict, err := s.verdict(pod.class, end.Name, protocol, port)
					if err != nil {
						return nil, err
					}
					it := s.fromPod(pod, protocol, address, port)
					it.open = verdict.Open()
					it.what = fmt.Sprintf("%s (%s) -> outside %s:%d/%s", pod.class, pod.key, address, port, protocol)
					all = append(all, it)
				}
			}
			for protocol, ports := range s.ports(end.Name, pod.class, pod.ports) {
				for _, port := range ports {
					verdict, err := s.verdict(end.Name, pod.class, protocol, port)
					if err != nil {
						return nil, err
					}
					it := expectation{open: verdict.Open()}
					it.Space, it.Source, it.Protocol = kube.Outside, address, protocol
					it.Address, it.Port = s.agent.Pod(pod.key).Address, port
					it.what = fmt.Sprintf("outside %s -> %s (%s):%d/%s", address, pod.class, pod.key, port, protocol)
					all = append(all, it)
				}
			}
		}
	}
	return all, nil
}

// nodes are connections between nodes and pods, both ways.
func (s *scene) nodes() ([]expectation, error) {
	var all []expectation
	for _, node := range s.cluster.Nodes {
		machine, known := s.matrix.At(node.Address)
		if !known {
			continue
		}
		far, known := s.matrix.At(s.cluster.SeenAs(node))
		if !known {
			continue
		}
		for _, pod := range s.actors {
			for protocol, ports := range s.ports(pod.class, machine.Name, nil) {
				for _, port := range ports {
					verdict, err := s.verdict(pod.class, machine.Name, protocol, port)
					if err != nil {
						return nil, err
					}
					it := s.fromPod(pod, protocol, node.Address, port)
					it.open = verdict.Open()
					it.what = fmt.Sprintf("%s (%s, %s) -> %s %s:%d/%s",
						pod.class, pod.key, pod.node.Name, node.Name, node.Address, port, protocol)
					all = append(all, it)
				}
			}
			for protocol, ports := range s.ports(far.Name, pod.class, pod.ports) {
				for _, port := range ports {
					verdict, err := s.verdict(far.Name, pod.class, protocol, port)
					if err != nil {
						return nil, err
					}
					it := expectation{open: verdict.Open() || pod.node == node}
					it.Space, it.Protocol = node.Name, protocol
					it.Address, it.Port = s.agent.Pod(pod.key).Address, port
					it.what = fmt.Sprintf("%s -> %s (%s, %s):%d/%s", node.Name, pod.class, pod.key, pod.node.Name, port, protocol)
					all = append(all, it)
				}
			}
		}
	}
	return all, nil
}
