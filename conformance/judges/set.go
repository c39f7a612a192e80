package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/yaml"
)

// Manifest is an object as it is written, with all that a typed one would leave out (an empty list, a null).
type Manifest = map[string]any

// Set is a cluster on which the judges are asked for their opinion.
type Set struct {
	Name      string
	Manifests []Manifest

	// The same, as the judges take it.
	Namespaces map[string]map[string]string
	Pods       []*corev1.Pod
	Policies   []*networkingv1.NetworkPolicy
}

// read fills what is typed. The API server's defaults are made here: a judge sees what the server would store.
func (s *Set) read() error {
	s.Namespaces = map[string]map[string]string{}
	for _, manifest := range s.Manifests {
		text, err := yaml.Marshal(manifest)
		if err != nil {
			return err
		}
		switch manifest["kind"] {
		case "Namespace":
			var it corev1.Namespace
			if err := yaml.UnmarshalStrict(text, &it); err != nil {
				return err
			}
			s.Namespaces[it.Name] = it.Labels
		case "Pod":
			it := &corev1.Pod{}
			if err := yaml.UnmarshalStrict(text, it); err != nil {
				return err
			}
			s.Pods = append(s.Pods, it)
		case "NetworkPolicy":
			it := &networkingv1.NetworkPolicy{}
			if err := yaml.UnmarshalStrict(text, it); err != nil {
				return err
			}
			// pkg/apis/networking/v1/defaults.go
			if len(it.Spec.PolicyTypes) == 0 {
				it.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
				if len(it.Spec.Egress) > 0 {
					it.Spec.PolicyTypes = append(it.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
				}
			}
			s.Policies = append(s.Policies, it)
		}
	}
	sort.Slice(s.Pods, func(i, j int) bool { return name(s.Pods[i]) < name(s.Pods[j]) })
	return nil
}

func name(pod *corev1.Pod) string { return pod.Namespace + "/" + pod.Name }

// write makes a folder with one file, which every judge reads.
func (s *Set) write(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	var text strings.Builder
	for _, manifest := range s.Manifests {
		one, err := yaml.Marshal(manifest)
		if err != nil {
			return err
		}
		fmt.Fprintf(&text, "---\n%s", one)
	}
	return os.WriteFile(filepath.Join(folder, "set.yaml"), []byte(text.String()), 0o644)
}

// plain is the set in words that the analyzer takes: it refuses an empty list of policyTypes, and rules of a
// direction that policyTypes does not name, and it wants Ingress before Egress; what means nothing is left out. And
// it never takes a pod for an address: its pods have none, here also for mlnetc. It says whether it had to.
func (s *Set) plain() (*Set, bool, error) {
	plain, rewritten := &Set{Name: s.Name}, false
	for _, manifest := range s.Manifests {
		if manifest["kind"] == "NetworkPolicy" {
			types, given := manifest["spec"].(Manifest)["policyTypes"].([]any)
			rewritten = rewritten || given && (len(types) == 0 || types[0] == "Egress" && len(types) > 1)
		}
	}
	for name, labels := range s.Namespaces {
		plain.add("v1", "Namespace", Manifest{"name": name, "labels": labels}, nil)
	}
	for _, pod := range s.Pods {
		metadata := Manifest{"name": pod.Name, "namespace": pod.Namespace, "labels": pod.Labels}
		plain.add("v1", "Pod", metadata, Manifest{"containers": pod.Spec.Containers})
	}
	for _, policy := range s.Policies {
		policy = policy.DeepCopy()
		if !slices.Contains(policy.Spec.PolicyTypes, networkingv1.PolicyTypeIngress) && policy.Spec.Ingress != nil {
			policy.Spec.Ingress, rewritten = nil, true
		}
		if !slices.Contains(policy.Spec.PolicyTypes, networkingv1.PolicyTypeEgress) && policy.Spec.Egress != nil {
			policy.Spec.Egress, rewritten = nil, true
		}
		slices.Sort(policy.Spec.PolicyTypes)
		slices.Reverse(policy.Spec.PolicyTypes)
		text, err := yaml.Marshal(policy)
		if err != nil {
			return nil, false, err
		}
		var manifest Manifest
		if err := yaml.Unmarshal(text, &manifest); err != nil {
			return nil, false, err
		}
		manifest["apiVersion"], manifest["kind"] = "networking.k8s.io/v1", "NetworkPolicy"
		plain.Manifests = append(plain.Manifests, manifest)
	}
	return plain, rewritten, nil
}

// parse reads the documents of a YAML stream.
func parse(text string) ([]Manifest, error) {
	var manifests []Manifest
	for _, document := range strings.Split("\n"+text, "\n---") {
		var it Manifest
		if err := yaml.Unmarshal([]byte(document), &it); err != nil {
			return nil, err
		}
		if it != nil {
			manifests = append(manifests, it)
		}
	}
	return manifests, nil
}
