package cases

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mlnetc.dev/conformance/harness/box"
	"mlnetc.dev/conformance/harness/kube"
	"mlnetc.dev/conformance/harness/source"
)

// A scene is who plays in a trial: pods of every class that the source tells apart, and the Services that
// charts and operators would make.
type scene struct {
	*trial
	matrix *source.Matrix
	report *source.Report
	actors []*actor
}

// An actor is a pod that stands for a class of pods.
type actor struct {
	class  string
	key    string // "namespace/name"
	node   *kube.Node
	object kube.Object
	labels map[string]string
	// The ports that it answers on: those that its services declare, and those that policies tell apart.
	ports map[string]map[int]bool // by protocol
}

var protocols = []string{"TCP", "UDP"}

func (t *trial) scene() (*scene, error) {
	matrix, err := t.project.Matrix()
	if err != nil {
		return nil, err
	}
	report, err := t.project.Report()
	if err != nil {
		return nil, err
	}
	s := &scene{trial: t, matrix: matrix, report: report}
	for i, class := range matrix.Pods {
		node := t.cluster.Nodes[i%2]
		s.cast(class, fmt.Sprintf("c%d", i), node)
		// A class that may reach itself needs two to show it.
		for _, it := range matrix.Records(class.Name, class.Name) {
			if it.Allowed && it.Egress.Verdict != "same-pod" {
				s.cast(class, fmt.Sprintf("c%d-other", i), t.cluster.Nodes[1-i%2])
				break
			}
		}
	}
	return s, nil
}

func (s *scene) cast(class source.End, name string, node *kube.Node) {
	it := &actor{
		class: class.Name, key: class.Namespace + "/" + name, node: node, labels: class.Labels,
		ports: map[string]map[int]bool{"TCP": {}, "UDP": {}, "SCTP": {}},
	}
	for _, endpoint := range s.report.Endpoints {
		if endpoint.Namespace == class.Namespace && (endpoint.Path == class.Name || selects(endpoint.Selector, class.Labels)) {
			for _, port := range endpoint.Ports {
				it.ports[port.Protocol][port.PodPort] = true
			}
		}
	}
	if kube.IsDNS(class.Namespace, class.Labels) {
		it.ports["TCP"][53], it.ports["UDP"][53] = true, true
	}
	for _, other := range s.matrix.Pods {
		for _, record := range s.matrix.Records(other.Name, class.Name) {
			if record.Allowed && record.EndPort-record.Port < 65534 {
				it.ports[record.Protocol][record.Port] = true
				it.ports[record.Protocol][record.EndPort] = true
			}
		}
	}
	var ports []any
	for _, protocol := range protocols {
		for port := range it.ports[protocol] {
			ports = append(ports, map[string]any{"containerPort": port, "protocol": protocol})
		}
	}
	labels := map[string]any{}
	for key, value := range class.Labels {
		labels[key] = value
	}
	it.object = kube.Pod(class.Namespace, name, labels, node.Name, ports)
	s.actors = append(s.actors, it)
}

// selects says whether a Service's selector means pods with these labels.
func selects(selector, labels map[string]string) bool {
	for key, value := range selector {
		if labels[key] != value {
			return false
		}
	}
	return len(selector) > 0
}

// populate makes the namespaces, the Services that mlnetc does not make, and the pods.
func (s *scene) populate() error {
	if err := s.namespaces(); err != nil {
		return err
	}
	if err := s.cluster.DNSService(); err != nil {
		return err
	}
	foreign, err := s.foreignServices()
	if err != nil {
		return err
	}
	if err := s.all(foreign); err != nil {
		return err
	}
	var objects []kube.Object
	for _, it := range s.actors {
		objects = append(objects, it.object)
	}
	if err := s.all(objects); err != nil {
		return err
	}
	if err := s.externals(); err != nil {
		return err
	}
	return eventually(60*time.Second, func() error {
		for _, it := range s.actors {
			if s.agent.Pod(it.key) == nil {
				return fmt.Errorf("pod %s does not run: %s", it.key, s.agent.Trouble(it.key))
			}
		}
		return nil
	})
}

func (s *scene) namespaces() error {
	wanted := map[string]bool{}
	for _, it := range s.actors {
		wanted[strings.Split(it.key, "/")[0]] = true
	}
	for _, it := range s.report.Endpoints {
		wanted[it.Namespace] = true
	}
	for _, object := range s.stream {
		if kube.Text(object, "kind") == "Namespace" {
			delete(wanted, kube.Text(object, "metadata", "name"))
			if _, err := s.cluster.Apply(object, manager); err != nil {
				return err
			}
		}
	}
	for name := range wanted {
		err := s.cluster.Create(kube.Object{
			"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name},
		})
		if err != nil && !kube.Exists(err) {
			return err
		}
	}
	return nil
}

// foreignServices are those that charts and operators would make, by what the source says of them.
func (s *scene) foreignServices() ([]kube.Object, error) {
	annotations, err := s.annotations()
	if err != nil {
		return nil, err
	}
	services := map[string]kube.Object{}
	var order []string
	for _, it := range s.report.Endpoints {
		name := it.Namespace + "/" + it.Name
		if it.Managed || name == "kube-system/kube-dns" || name == "default/kubernetes" {
			continue
		}
		if services[name] == nil {
			if len(it.Selector) == 0 {
				continue // The source does not say which pods in a way that a Service could.
			}
			services[name] = foreign(it, annotations[it.Address])
			order = append(order, name)
		}
		spec := services[name]["spec"].(map[string]any)
		ports := kube.Items(spec, "ports")
		for _, port := range it.Ports {
			if slices.ContainsFunc(ports, func(had any) bool {
				return kube.Number(had, "port") == port.Port && kube.Text(had, "protocol") == port.Protocol
			}) {
				continue // Two declarations of one port.
			}
			ports = append(ports, map[string]any{
				"name": fmt.Sprintf("%.10s-%d", port.Name, len(ports)), "protocol": port.Protocol,
				"port": port.Port, "targetPort": port.PodPort,
			})
		}
		spec["ports"] = ports
	}
	var objects []kube.Object
	for _, name := range order {
		objects = append(objects, services[name])
	}
	return objects, nil
}

func foreign(it source.Endpoint, annotations map[string]any) kube.Object {
	spec := map[string]any{"selector": it.Selector, "type": "ClusterIP"}
	metadata := map[string]any{"name": it.Name, "namespace": it.Namespace, "labels": it.Labels}
	switch it.Kind {
	case "headless":
		spec["clusterIP"] = "None"
	case "node-port":
		spec["type"] = "NodePort"
	case "load-balancer":
		spec["type"] = "LoadBalancer"
		spec["externalTrafficPolicy"] = map[string]string{"local": "Local", "cluster": "Cluster"}[it.Policy]
		if annotations != nil {
			metadata["annotations"] = annotations
		}
	}
	return kube.Object{"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
}

// annotations are what Helm values say for Services, by the address that they ask for.
func (t *trial) annotations() (map[string]map[string]any, error) {
	values, err := t.project.Values()
	if err != nil {
		return nil, err
	}
	found := map[string]map[string]any{}
	var search func(value any)
	search = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			for key, inner := range value {
				if address, is := inner.(string); is && strings.HasSuffix(key, "/loadBalancerIPs") {
					found[address] = maps.Clone(value)
				}
				search(inner)
			}
		case []any:
			for _, inner := range value {
				search(inner)
			}
		}
	}
	for _, document := range values {
		search(map[string]any(document))
	}
	return found, nil
}

// externals gives the outside one address of each piece of address space that the source tells apart.
func (s *scene) externals() error {
	var lines []string
	for _, end := range s.matrix.Addresses {
		if address, is := s.stranger(end); is {
			lines = append(lines, "address replace "+address+"/32 dev lo")
		}
	}
	if len(lines) == 0 {
		return errors.New("no address is outside")
	}
	return box.IP(kube.Outside, lines...)
}
