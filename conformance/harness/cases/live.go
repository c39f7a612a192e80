package cases

import (
	"fmt"
	"path/filepath"

	"mlnetc.dev/conformance/harness/kube"
)

// Live: right after an apply, `mlnetc diff --against` what the server shows finds no difference.
type Live struct{}

// What `kubectl get … -o yaml` would be asked for.
var shown = []struct{ version, kind, path string }{
	{"v1", "Namespace", "/api/v1/namespaces"},
	{"v1", "Service", "/api/v1/services"},
	{"v1", "Pod", "/api/v1/pods"},
	{"apps/v1", "Deployment", "/apis/apps/v1/deployments"},
	{"apps/v1", "StatefulSet", "/apis/apps/v1/statefulsets"},
	{"apps/v1", "DaemonSet", "/apis/apps/v1/daemonsets"},
	{"networking.k8s.io/v1", "NetworkPolicy", "/apis/networking.k8s.io/v1/networkpolicies"},
	{"metallb.io/v1beta1", "IPAddressPool", "/apis/metallb.io/v1beta1/ipaddresspools"},
	{"metallb.io/v1beta1", "L2Advertisement", "/apis/metallb.io/v1beta1/l2advertisements"},
	{"metallb.io/v1beta1", "BGPAdvertisement", "/apis/metallb.io/v1beta1/bgpadvertisements"},
	{"metallb.io/v1beta2", "BGPPeer", "/apis/metallb.io/v1beta2/bgppeers"},
	{"metallb.io/v1beta1", "BFDProfile", "/apis/metallb.io/v1beta1/bfdprofiles"},
	{"operator.tigera.io/v1", "Installation", "/apis/operator.tigera.io/v1/installations"},
}

func (l *Live) try(t *trial) error {
	if err := t.apply(); err != nil {
		return err
	}
	patched, err := filepath.Glob(filepath.Join(t.project.Built(), "patches", "*.yaml"))
	if err != nil {
		return err
	}
	if len(patched) > 0 {
		patches := t.of.Checks.Patches
		if patches == nil {
			patches = &Patches{}
		}
		if err := patches.try(t); err != nil {
			return err
		}
	}
	snapshot, err := t.snapshot()
	if err != nil {
		return err
	}
	said, same, err := t.project.Diff(snapshot)
	if err != nil {
		return fmt.Errorf("mlnetc diff --against a live snapshot: %w\n%s", err, said)
	}
	if !same {
		return fmt.Errorf("mlnetc diff shows a difference right after an apply:\n%s", said)
	}
	t.tally.same++
	return nil
}

// snapshot is what `kubectl get … -o yaml` shows of the cluster.
func (t *trial) snapshot() ([]byte, error) {
	var items []any
	for _, it := range shown {
		objects, err := t.cluster.List(it.path)
		if err != nil && !kube.Absent(err) {
			return nil, err
		}
		for _, object := range objects {
			object["apiVersion"], object["kind"] = it.version, it.kind
			items = append(items, object)
		}
	}
	return kube.Encode(kube.Object{"apiVersion": "v1", "kind": "List", "items": items}), nil
}
