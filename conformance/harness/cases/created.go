package cases

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"mlnetc.dev/conformance/harness/kube"
	"mlnetc.dev/conformance/harness/source"
)

// created compares with a cluster that has nothing of the source.
func (t *trial) created() error {
	var objects []string
	for _, object := range t.stream {
		path, err := t.cluster.Path(object)
		if err != nil {
			return err
		}
		action := "change "
		if err := t.cluster.Get(path, nil); kube.Absent(err) {
			action = "create "
		} else if err != nil {
			return err
		}
		objects = append(objects, action+kube.Name(object))
	}
	patches, err := t.patched()
	if err != nil {
		return err
	}
	for _, object := range patches {
		objects = append(objects, "create "+kube.Name(object))
	}
	said, err := t.diff()
	if err != nil {
		return err
	}
	slices.Sort(objects)
	if found := slices.Sorted(slices.Values(said.Objects)); said.Exit != 1 || !slices.Equal(found, objects) {
		return fmt.Errorf("of a cluster without it, mlnetc diff exits with %d and says\n%s\ninstead of 1 and\n%s",
			said.Exit, strings.Join(found, "\n"), strings.Join(objects, "\n"))
	}
	t.tally.created += len(objects)
	return nil
}

// unchanged says what differs right after `kubectl apply -k`: nothing but the workloads that others make.
func (t *trial) unchanged() error {
	patches, err := t.patched()
	if err != nil {
		return err
	}
	var wanted []string
	for _, it := range patches {
		wanted = append(wanted, "create "+kube.Name(it))
	}
	said, err := t.diff()
	if err == nil && !slices.Equal(said.Objects, wanted) {
		err = fmt.Errorf("right after kubectl apply -k, mlnetc diff says\n%s", said.Text)
	}
	return err
}

// patched are the patches of the source: what it sets in the workloads of others.
func (t *trial) patched() ([]kube.Object, error) {
	files, err := filepath.Glob(filepath.Join(t.project.Built(), "patches", "*.yaml"))
	if err != nil {
		return nil, err
	}
	return kube.Read(files...)
}

// patchable applies patches to workloads that charts made, or to plain ones.
func (t *trial) patchable(patches []kube.Object) error {
	for _, patch := range patches {
		if err := t.cluster.CreateAs(plain(patch), "helm"); err != nil && !kube.Exists(err) {
			return err
		}
	}
	return applyAll(t.cluster, patches)
}

// diff is what `mlnetc diff` says of the cluster, from where its API server can be reached.
func (t *trial) diff(arguments ...string) (*source.Difference, error) {
	return t.project.Live(t.cluster.Nodes[0].Name, t.cluster.Kubeconfig, []string{"text", "json"}, arguments...)
}

// again is the same for programs alone, which is faster.
func (t *trial) again(arguments ...string) (*source.Difference, error) {
	return t.project.Live(t.cluster.Nodes[0].Name, t.cluster.Kubeconfig, []string{"json"}, arguments...)
}
