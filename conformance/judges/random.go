package main

import (
	"fmt"
	"math/rand/v2"
)

// Random makes sets that use every feature of networking.k8s.io/v1, each from its seed.
type random struct{ *rand.Rand }

func randomSet(seed uint64) *Set {
	r := random{rand.New(rand.NewPCG(seed, 8))}
	set := &Set{Name: fmt.Sprintf("random-%05d", seed)}
	namespaces := []string{"red", "green", "blue"}[:2+r.IntN(2)]
	for _, name := range namespaces {
		labels := Manifest{"kubernetes.io/metadata.name": name}
		for key, value := range r.labels() {
			labels[key] = value
		}
		set.add("v1", "Namespace", Manifest{"name": name, "labels": labels}, nil)
	}
	for at := range 4 + r.IntN(3) {
		set.pod(fmt.Sprintf("pod-%d", at), pick(r, namespaces), at, r.labels(), r.named())
	}
	for at := range 2 + r.IntN(6) {
		metadata := Manifest{"name": fmt.Sprintf("policy-%d", at), "namespace": pick(r, namespaces)}
		set.add("networking.k8s.io/v1", "NetworkPolicy", metadata, r.policy())
	}
	return set
}

func (s *Set) add(version, kind string, metadata, spec Manifest) {
	manifest := Manifest{"apiVersion": version, "kind": kind, "metadata": metadata}
	if spec != nil {
		manifest["spec"] = spec
	}
	s.Manifests = append(s.Manifests, manifest)
}

func (s *Set) pod(name, namespace string, at int, labels Manifest, ports []any) {
	s.add("v1", "Pod", Manifest{"name": name, "namespace": namespace, "labels": labels}, Manifest{
		"containers": []any{Manifest{"name": "main", "image": "none", "ports": ports}},
	})
	address := fmt.Sprintf("10.42.%d.%d", at/200, at%200+2)
	s.Manifests[len(s.Manifests)-1]["status"] = Manifest{
		"phase": "Running", "podIP": address, "podIPs": []any{Manifest{"ip": address}},
	}
}

func pick[T any](r random, from []T) T { return from[r.IntN(len(from))] }

func (r random) one(in int) bool { return r.IntN(in) == 0 }

func (r random) labels() Manifest {
	labels := Manifest{}
	if !r.one(5) {
		labels["app"] = pick(r, []string{"a", "b", "c", ""})
	}
	if r.one(2) {
		labels["example.org/tier"] = pick(r, []string{"front", "back"})
	}
	return labels
}

// Ports with names: one name means other numbers in other pods, or another protocol.
func (r random) named() []any {
	var ports []any
	if !r.one(3) {
		ports = append(ports, Manifest{"name": "http", "containerPort": pick(r, []int{80, 8080}), "protocol": "TCP"})
	}
	if r.one(2) {
		ports = append(ports, Manifest{"name": "dns", "containerPort": pick(r, []int{53, 5353}), "protocol": pick(r, []string{"TCP", "UDP"})})
	}
	if r.one(4) {
		ports = append(ports, Manifest{"name": "sig", "containerPort": 2905, "protocol": "SCTP"})
	}
	if r.one(4) {
		ports = append(ports, Manifest{"containerPort": 9090})
	}
	return ports
}

func (r random) policy() Manifest {
	spec := Manifest{"podSelector": r.selector()}
	switch r.IntN(6) {
	case 0: // the server's default
	case 1:
		spec["policyTypes"] = []any{}
	case 2:
		spec["policyTypes"] = []any{"Ingress"}
	case 3:
		spec["policyTypes"] = []any{"Egress"}
	default:
		spec["policyTypes"] = []any{"Egress", "Ingress"}
	}
	r.direction(spec, "ingress", "from")
	r.direction(spec, "egress", "to")
	return spec
}

func (r random) direction(spec Manifest, direction, peers string) {
	switch r.IntN(8) {
	case 0:
		spec[direction] = []any{}
	case 1:
		spec[direction] = nil
	case 2, 3:
	default:
		var rules []any
		for range 1 + r.IntN(3) {
			rules = append(rules, r.rule(peers))
		}
		spec[direction] = rules
	}
}

func (r random) rule(peers string) Manifest {
	rule := Manifest{}
	switch r.IntN(8) {
	case 0:
	case 1:
		rule[peers] = []any{}
	default:
		var list []any
		for range 1 + r.IntN(3) {
			list = append(list, r.peer())
		}
		rule[peers] = list
	}
	switch r.IntN(6) {
	case 0:
	case 1:
		rule["ports"] = []any{}
	default:
		var list []any
		for range 1 + r.IntN(3) {
			list = append(list, r.port())
		}
		rule["ports"] = list
	}
	return rule
}

func (r random) peer() Manifest {
	switch r.IntN(6) {
	case 0:
		return Manifest{"podSelector": r.selector()}
	case 1:
		return Manifest{"namespaceSelector": r.selector()}
	case 2:
		return Manifest{"namespaceSelector": r.selector(), "podSelector": r.selector()}
	case 3:
		name := pick(r, []string{"red", "green", "blue"})
		return Manifest{"namespaceSelector": Manifest{"matchLabels": Manifest{"kubernetes.io/metadata.name": name}}}
	}
	return Manifest{"ipBlock": pick(r, []Manifest{
		{"cidr": "0.0.0.0/0"},
		{"cidr": "::/0"},
		{"cidr": "0.0.0.0/0", "except": []any{"10.0.0.0/8", "172.16.0.0/12"}},
		{"cidr": "203.0.113.0/24", "except": []any{"203.0.113.64/26", "203.0.113.255/32"}},
		{"cidr": "203.0.113.64/27"},
		{"cidr": "10.42.0.0/16", "except": []any{"10.42.0.4/32"}},
		{"cidr": "10.42.0.0/29"},
		{"cidr": "2001:db8::/64", "except": []any{"2001:db8::8000/113"}},
		{"cidr": "198.51.100.7/32"},
	})}
}

func (r random) selector() Manifest {
	selector := Manifest{}
	if r.one(2) {
		selector["matchLabels"] = r.labels()
	}
	if r.one(2) {
		var tests []any
		for range 1 + r.IntN(2) {
			key := pick(r, []string{"app", "example.org/tier", "absent"})
			values := []any{pick(r, []string{"a", "front", ""}), pick(r, []string{"b", "c", "back"})}
			tests = append(tests, pick(r, []Manifest{
				{"key": key, "operator": "In", "values": values},
				{"key": key, "operator": "NotIn", "values": values},
				{"key": key, "operator": "Exists"},
				{"key": key, "operator": "DoesNotExist"},
			}))
		}
		selector["matchExpressions"] = tests
	}
	return selector
}

func (r random) port() Manifest {
	port := Manifest{}
	if !r.one(3) {
		port["protocol"] = pick(r, []string{"TCP", "UDP", "SCTP"})
	}
	switch r.IntN(6) {
	case 0: // every port of the protocol
	case 1:
		port["port"] = pick(r, []string{"http", "dns", "sig", "nobody"})
	case 2:
		port["port"], port["endPort"] = 8000, pick(r, []int{8000, 8079, 8080, 65535})
	default:
		port["port"] = pick(r, []int{1, 53, 80, 8080, 2905, 65535})
	}
	return port
}
