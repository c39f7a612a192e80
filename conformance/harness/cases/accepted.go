package cases

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"

	"mlnetc.dev/conformance/harness/kube"
)

// Accepted: the server takes every object as it is, twice is once, and it adds nothing but its known defaults.
type Accepted struct {
	// Whether `kubectl apply -k` is tried too.
	Kubectl bool `yaml:"kubectl"`
}

func (a *Accepted) try(t *trial) error {
	known, err := readDefaults(t.Repository)
	if err != nil {
		return err
	}
	var failures []error
	if a.Kubectl {
		failures = append(failures, t.kubectl(), t.unchanged())
		if err := errors.Join(t.clean(), t.given()); err != nil {
			return err
		}
	}
	for _, object := range t.stream {
		first, err := t.cluster.Apply(object, manager)
		if err != nil {
			failures = append(failures, fmt.Errorf("%s is not accepted: %w", kube.Name(object), err))
			continue
		}
		t.tally.objects++
		added := map[string]string{}
		compare("", map[string]any(object), map[string]any(first), added, func(path, what string) {
			failures = append(failures, fmt.Errorf("%s: %s %s", kube.Name(object), path, what))
		})
		for _, path := range sorted(added) {
			if why := known.lacks(kube.Text(object, "kind"), path, added[path]); why != "" {
				failures = append(failures, fmt.Errorf("%s: the server adds %s: %s, %s", kube.Name(object), path, added[path], why))
			}
		}
	}
	// Controllers may have written a status by now; a change by us would be a new generation or manager.
	for _, object := range t.stream {
		path, err := t.cluster.Path(object)
		if err != nil {
			continue // It was said above.
		}
		var before kube.Object
		if err := t.cluster.Get(path, &before); err != nil {
			continue
		}
		after, err := t.cluster.Apply(object, manager)
		if err != nil {
			failures = append(failures, fmt.Errorf("%s is not accepted again: %w", kube.Name(object), err))
		} else if !reflect.DeepEqual(ours(before), ours(after)) {
			failures = append(failures, fmt.Errorf("%s is changed by a second apply", kube.Name(object)))
		}
	}
	return errors.Join(failures...)
}

// ours is an object without what controllers write into it.
func ours(object kube.Object) kube.Object {
	metadata, _ := object["metadata"].(map[string]any)
	var owners []any
	for _, it := range kube.Items(metadata, "managedFields") {
		if kube.Text(it, "subresource") == "" {
			owners = append(owners, it)
		}
	}
	return kube.Object{"spec": object["spec"], "generation": metadata["generation"], "labels": metadata["labels"],
		"annotations": metadata["annotations"], "owners": owners}
}

// compare collects what the server added, by path, and says what it changed.
func compare(path string, sent, stored any, added map[string]string, changed func(path, what string)) {
	switch sent := sent.(type) {
	case map[string]any:
		stored, is := stored.(map[string]any)
		if !is {
			changed(path, "is no map any more")
			return
		}
		for key, value := range stored {
			at := path + "/" + key
			if was, is := sent[key]; is {
				compare(at, was, value, added, changed)
			} else if !bookkeeping[at] {
				added[at] = flat(value)
			}
		}
		for key := range sent {
			if _, is := stored[key]; !is {
				changed(path+"/"+key, "is gone")
			}
		}
	case []any:
		stored, is := stored.([]any)
		if !is || len(stored) != len(sent) {
			changed(path, "has another length")
			return
		}
		for i := range sent {
			compare(path+"/*", sent[i], stored[i], added, changed)
		}
	default:
		if flat(sent) != flat(stored) {
			changed(path, fmt.Sprintf("was sent as %s and is stored as %s", flat(sent), flat(stored)))
		}
	}
}

// What every object has, whoever made it.
var bookkeeping = map[string]bool{
	"/metadata/uid": true, "/metadata/resourceVersion": true, "/metadata/generation": true,
	"/metadata/creationTimestamp": true, "/metadata/managedFields": true, "/status": true,
}

func flat(value any) string { return strings.TrimSpace(string(kube.Encode(value))) }

func sorted(of map[string]string) []string {
	keys := make([]string, 0, len(of))
	for key := range of {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// Defaults are what the server is known to add: by kind, by path, a value or "*" for any.
type defaults map[string]map[string]any

func readDefaults(repository string) (defaults, error) {
	text, err := os.ReadFile(filepath.Join(repository, "conformance", "defaults.yaml"))
	if err != nil {
		return nil, err
	}
	var known defaults
	return known, yaml.Unmarshal(text, &known)
}

func (d defaults) lacks(kind, path, value string) string {
	known, is := d[kind][path]
	switch {
	case !is:
		return "which conformance/defaults.yaml does not know"
	case known != "*" && flat(known) != value:
		return "where conformance/defaults.yaml has " + flat(known)
	default:
		return ""
	}
}

// kubectl applies the folder that `mlnetc build` writes as anybody would; the second time nothing changes.
func (t *trial) kubectl() error {
	for turn := range 2 {
		command := exec.Command("ip", "netns", "exec", t.cluster.Nodes[0].Name, t.Programs.Kube, "kubectl",
			"--kubeconfig="+t.cluster.Kubeconfig, "--cache-dir=/run/kubectl", "apply", "-k", t.project.Built())
		var said strings.Builder
		command.Stderr = &said
		out, err := command.Output()
		if err != nil {
			return fmt.Errorf("kubectl apply -k: %w\n%s%s", err, out, said.String())
		}
		for line := range strings.Lines(string(out)) {
			if turn == 1 && !strings.HasSuffix(strings.TrimSpace(line), "unchanged") {
				return fmt.Errorf("a second kubectl apply -k says: %s", line)
			}
		}
	}
	return nil
}
