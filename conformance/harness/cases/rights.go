package cases

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"mlnetc.dev/conformance/harness/box"
	"mlnetc.dev/conformance/harness/kube"
	"mlnetc.dev/conformance/harness/source"
)

const reader = "reader"

// rights compares as somebody who may do nothing, which is no answer, and then only what `mlnetc diff --rbac` says,
// which is the same answer.
func (t *trial) rights(wanted *source.Difference) error {
	config := filepath.Join(box.Folder, "kubeconfig-of-a-reader")
	if err := kube.WriteKubeconfigAs(config, t.cluster.Address(), reader); err != nil {
		return err
	}
	first := t.cluster.Nodes[0].Name
	run, err := t.project.DiffFrom(first, config)
	if err != nil {
		return err
	}
	const unread = "connections: not compared, since namespaces and networkpolicies.networking.k8s.io could not be read"
	if run.Exit != 2 || !strings.Contains(run.Out, unread) {
		return fmt.Errorf("without any rights, mlnetc diff exits with %d\n%s%s", run.Exit, run.Out, run.Err)
	}
	roles, err := t.project.Rights()
	if err != nil {
		return err
	}
	binding := kube.Object{
		"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": map[string]any{"name": reader},
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "mlnetc-diff"},
		"subjects": []any{map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": reader}},
	}
	var paths []string
	for _, object := range append(roles, binding) {
		if _, err := t.cluster.Apply(object, manager); err != nil {
			return err
		}
		path, err := t.cluster.Path(object)
		if err != nil {
			return err
		}
		paths = append(paths, path)
	}
	err = eventually(10*time.Second, func() error {
		run, err := t.project.DiffFrom(first, config, "--output", "json")
		if err == nil && (run.Exit != wanted.Exit || run.Out != wanted.JSON) {
			err = fmt.Errorf("with the rights of --rbac, mlnetc diff exits with %d\n%s%s", run.Exit, run.Out, run.Err)
		}
		return err
	})
	for _, path := range paths {
		err = errors.Join(err, t.cluster.Delete(path))
	}
	return err
}
