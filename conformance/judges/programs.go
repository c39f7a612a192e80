package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The day on which the sources of the repository hold.
const today = "2026-12-01"

// built gives the policies of each cluster of a source, with pods for them: one that each selector selects, and in
// each namespace one that no selector with labels does.
func built(mlnetc, path, scratch string) ([]*Set, error) {
	folder, err := unpacked(path, scratch)
	if err != nil {
		return nil, err
	}
	out := filepath.Join(scratch, "build")
	if err := os.RemoveAll(out); err != nil {
		return nil, err
	}
	command := exec.Command(mlnetc, "build", "--quiet", "--today", today, "-o", out, folder)
	var said bytes.Buffer
	command.Stderr = &said
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", path, err, said.String())
	}
	clusters, err := filepath.Glob(filepath.Join(out, "*", "kustomization.yaml"))
	if err != nil || len(clusters) == 0 {
		return nil, fmt.Errorf("%s builds no cluster", path)
	}
	var sets []*Set
	for _, cluster := range clusters {
		set, err := read(filepath.Dir(cluster))
		if err != nil {
			return nil, err
		}
		set.Name = fmt.Sprintf("%s, %s", path, filepath.Base(filepath.Dir(cluster)))
		sets = append(sets, set)
	}
	return sets, nil
}

// unpacked is the folder of a source. Files of the goldens hold several, after lines `# file: PATH`.
func unpacked(path, scratch string) (string, error) {
	state, err := os.Stat(path)
	if err != nil || state.IsDir() {
		return path, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	folder := filepath.Join(scratch, "source")
	if err := os.RemoveAll(folder); err != nil {
		return "", err
	}
	files := map[string][]string{}
	at := filepath.Base(path)
	for line := range strings.SplitSeq(string(text), "\n") {
		if name, is := strings.CutPrefix(line, "# file: "); is {
			at = strings.TrimSpace(name)
			continue
		}
		files[at] = append(files[at], line)
	}
	for name, lines := range files {
		where := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(where), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(where, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
			return "", err
		}
	}
	return folder, nil
}

// read takes the namespaces and policies of a build, and makes pods.
func read(folder string) (*Set, error) {
	set := &Set{}
	real := map[string]bool{}
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		manifests, err := parse(string(text))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, it := range manifests {
			switch it["kind"] {
			case "Namespace":
				metadata := it["metadata"].(Manifest)
				name := fmt.Sprint(metadata["name"])
				real[name] = true
				if labels, has := metadata["labels"].(Manifest); has {
					labels["kubernetes.io/metadata.name"] = name
				}
				set.Manifests = append(set.Manifests, it)
			case "NetworkPolicy":
				set.Manifests = append(set.Manifests, it)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	policies := &Set{Manifests: set.Manifests}
	if err := policies.read(); err != nil {
		return nil, err
	}
	pods := map[string]map[string]Manifest{}
	add := func(namespace string, labels Manifest) {
		if pods[namespace] == nil {
			pods[namespace] = map[string]Manifest{}
		}
		pods[namespace][fmt.Sprint(labels)] = labels
	}
	for _, it := range policies.Policies {
		add(it.Namespace, Manifest{})
		add(it.Namespace, least(&it.Spec.PodSelector))
		for _, rule := range it.Spec.Ingress {
			for _, peer := range rule.From {
				addPeer(add, it.Namespace, peer.NamespaceSelector, peer.PodSelector)
			}
		}
		for _, rule := range it.Spec.Egress {
			for _, peer := range rule.To {
				addPeer(add, it.Namespace, peer.NamespaceSelector, peer.PodSelector)
			}
		}
	}
	at := 0
	for _, namespace := range slices.Sorted(maps.Keys(pods)) {
		if !real[namespace] {
			labels := Manifest{"kubernetes.io/metadata.name": namespace}
			set.add("v1", "Namespace", Manifest{"name": namespace, "labels": labels}, nil)
		}
		for _, key := range slices.Sorted(maps.Keys(pods[namespace])) {
			set.pod(fmt.Sprintf("pod-%d", at), namespace, at, pods[namespace][key], nil)
			at++
		}
	}
	return set, nil
}

// addPeer makes a pod for a peer in a namespace that is named, as mlnetc names all.
func addPeer(add func(string, Manifest), namespace string, of, pods *metav1.LabelSelector) {
	if of != nil {
		namespace = of.MatchLabels["kubernetes.io/metadata.name"]
	}
	if namespace != "" && pods != nil {
		add(namespace, least(pods))
	}
}

// least are the fewest labels that a selector selects.
func least(selector *metav1.LabelSelector) Manifest {
	labels := Manifest{}
	for key, value := range selector.MatchLabels {
		labels[key] = value
	}
	for _, it := range selector.MatchExpressions {
		switch it.Operator {
		case metav1.LabelSelectorOpIn:
			labels[it.Key] = it.Values[0]
		case metav1.LabelSelectorOpExists:
			labels[it.Key] = "any"
		}
	}
	return labels
}
