package cases

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"

	"mlnetc.dev/conformance/harness/kube"
)

// Patches: what `env` declarations write sets its variables in a workload that something else owns, leaves the rest
// of it alone, and does not overwrite what a third manager has set.
type Patches struct {
	// The workloads as their charts make them; where there is none, a plain one with the same containers.
	Workloads []string `yaml:"workloads"`
}

func (p *Patches) try(t *trial) error {
	files, err := filepath.Glob(filepath.Join(t.project.Built(), "patches", "*.yaml"))
	if err != nil {
		return err
	}
	patches, err := kube.Read(files...)
	if err != nil {
		return err
	}
	if len(patches) == 0 {
		return errors.New("the source has no patch to try")
	}
	charts := map[string]kube.Object{}
	for _, path := range p.Workloads {
		objects, err := kube.Read(filepath.Join(t.of.folder, path))
		if err != nil {
			return err
		}
		for _, object := range objects {
			charts[kube.Name(object)] = object
		}
	}
	for _, patch := range patches {
		workload, fromChart := charts[kube.Name(patch)]
		if !fromChart {
			workload = plain(patch)
		}
		if err := t.patch(workload, patch); err != nil {
			return fmt.Errorf("%s: %w", kube.Name(patch), err)
		}
	}
	t.tally.patches += len(patches)
	return nil
}

func (t *trial) patch(workload, patch kube.Object) error {
	namespace := kube.Object{"apiVersion": "v1", "kind": "Namespace",
		"metadata": map[string]any{"name": kube.Text(patch, "metadata", "namespace")}}
	if err := t.cluster.Create(namespace); err != nil && !kube.Exists(err) {
		return err
	}
	path, err := t.cluster.Path(patch)
	if err != nil {
		return err
	}
	for _, turn := range []string{"with another manager in the way", "as it is"} {
		if err := t.cluster.Delete(path); err != nil {
			return err
		}
		if err := t.cluster.CreateAs(workload, "helm"); err != nil {
			return err
		}
		before := environment(workload)
		if turn == "as it is" {
			break
		}
		if _, err := t.cluster.Apply(patch, manager); err != nil {
			return err
		}
		// A third one sets the same variables to something else.
		other := otherValues(patch)
		if _, err := t.cluster.Apply(other, "somebody-else"); !kube.Conflicts(err) {
			return fmt.Errorf("another manager's apply over ours is no conflict: %v", err)
		}
		if err := t.cluster.Force(other, "somebody-else"); err != nil {
			return err
		}
		if _, err := t.cluster.Apply(patch, manager); !kube.Conflicts(err) {
			return fmt.Errorf("our apply over another manager's is no conflict: %v", err)
		}
		var stored kube.Object
		if err := t.cluster.Get(path, &stored); err != nil {
			return err
		}
		if now, wanted := environment(stored), merged(before, environment(other)); !reflect.DeepEqual(now, wanted) {
			return fmt.Errorf("what another manager set was overwritten: %v instead of %v", now, wanted)
		}
	}
	stored, err := t.cluster.Apply(patch, manager)
	if err != nil {
		return err
	}
	if now, wanted := environment(stored), merged(environment(workload), environment(patch)); !reflect.DeepEqual(now, wanted) {
		return fmt.Errorf("the variables are %v instead of %v", now, wanted)
	}
	return nil
}

// plain is a workload with the containers that a patch names, and a variable of its own in each.
func plain(patch kube.Object) kube.Object {
	name := kube.Text(patch, "metadata", "name")
	labels := map[string]any{"app": name}
	var containers []any
	for _, it := range kube.Items(patch, "spec", "template", "spec", "containers") {
		containers = append(containers, map[string]any{
			"name": kube.Text(it, "name"), "image": "none",
			"env": []any{map[string]any{"name": "ITS_OWN", "value": "stays"}},
		})
	}
	spec := map[string]any{
		"selector": map[string]any{"matchLabels": labels},
		"template": map[string]any{
			"metadata": map[string]any{"labels": labels}, "spec": map[string]any{"containers": containers},
		},
	}
	if kube.Text(patch, "kind") == "StatefulSet" {
		spec["serviceName"] = name
	}
	return kube.Object{
		"apiVersion": patch["apiVersion"], "kind": patch["kind"],
		"metadata": map[string]any{"name": name, "namespace": kube.Text(patch, "metadata", "namespace")}, "spec": spec,
	}
}

// otherValues is the patch with other values.
func otherValues(patch kube.Object) kube.Object {
	var containers []any
	for _, it := range kube.Items(patch, "spec", "template", "spec", "containers") {
		var variables []any
		for _, variable := range kube.Items(it, "env") {
			variables = append(variables, map[string]any{"name": kube.Text(variable, "name"), "value": "something else"})
		}
		containers = append(containers, map[string]any{"name": kube.Text(it, "name"), "env": variables})
	}
	return kube.Object{
		"apiVersion": patch["apiVersion"], "kind": patch["kind"], "metadata": patch["metadata"],
		"spec": map[string]any{"template": map[string]any{"spec": map[string]any{"containers": containers}}},
	}
}

// environment is every variable of a workload, by container and name.
func environment(workload kube.Object) map[string]string {
	all := map[string]string{}
	for _, it := range kube.Items(workload, "spec", "template", "spec", "containers") {
		for _, variable := range kube.Items(it, "env") {
			all[kube.Text(it, "name")+" "+kube.Text(variable, "name")] = kube.Text(variable, "value")
		}
	}
	return all
}

func merged(below, above map[string]string) map[string]string {
	all := map[string]string{}
	for _, layer := range []map[string]string{below, above} {
		for key, value := range layer {
			all[key] = value
		}
	}
	return all
}
