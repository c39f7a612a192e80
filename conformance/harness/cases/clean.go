package cases

import (
	"fmt"
	"strings"
	"time"

	"mlnetc.dev/conformance/harness/box"
	"mlnetc.dev/conformance/harness/kube"
)

// The collections that a trial may have filled.
var collections = []string{
	"/apis/apps/v1/deployments", "/apis/apps/v1/statefulsets", "/apis/apps/v1/daemonsets", "/apis/apps/v1/replicasets",
	"/api/v1/pods", "/api/v1/services",
	"/apis/networking.k8s.io/v1/networkpolicies",
	"/apis/metallb.io/v1beta1/ipaddresspools", "/apis/metallb.io/v1beta1/l2advertisements",
	"/apis/metallb.io/v1beta1/bgpadvertisements", "/apis/metallb.io/v1beta2/bgppeers",
	"/apis/metallb.io/v1beta1/bfdprofiles", "/apis/operator.tigera.io/v1/installations",
}

// The namespaces that a cluster is born with.
var ownNamespaces = map[string]bool{
	"default": true, "kube-system": true, "kube-public": true, "kube-node-lease": true, "metallb-system": true,
}

// clean takes away what a trial made, so that the next finds the cluster as it was.
func (t *trial) clean() error {
	if t.agent.Count() == 0 {
		return t.cleared()
	}
	return t.cluster.Unobserved(t.cleared)
}

func (t *trial) cleared() error {
	// The address of a pod that goes may be another's in the next trial.
	for _, node := range t.cluster.Nodes {
		if err := box.Forget(node.Name); err != nil {
			return err
		}
	}
	for _, collection := range collections {
		objects, err := t.cluster.List(collection)
		if kube.Absent(err) {
			continue // A cluster without MetalLB has no such kind.
		}
		if err != nil {
			return err
		}
		err = inParallel(objects, func(object kube.Object) error {
			if kube.Text(object, "metadata", "name") == "kubernetes" && strings.HasSuffix(collection, "/services") {
				return nil
			}
			return t.cluster.Delete(under(collection, object))
		})
		if err != nil {
			return err
		}
	}
	namespaces, err := t.cluster.List("/api/v1/namespaces")
	if err != nil {
		return err
	}
	err = inParallel(namespaces, func(object kube.Object) error {
		if name := kube.Text(object, "metadata", "name"); ownNamespaces[name] {
			// It stays, without what the source had to say of it.
			bare := map[string]any{"metadata": map[string]any{"labels": nil, "annotations": nil}}
			return t.cluster.Merge("/api/v1/namespaces/"+name, bare)
		}
		return t.cluster.Remove(kube.Text(object, "metadata", "name"))
	})
	if err != nil {
		return err
	}
	// What was somebody outside in this trial may be a load balancer in the next.
	if err := box.IP(kube.Outside, "addr flush dev lo scope global"); err != nil {
		return err
	}
	return eventually(90*time.Second, func() error {
		left, err := t.cluster.List("/api/v1/namespaces")
		if err != nil {
			return err
		}
		// A controller may have made one more while its owner went.
		pods, err := t.cluster.List("/api/v1/pods")
		if err != nil {
			return err
		}
		if err := inParallel(pods, func(object kube.Object) error { return t.cluster.Delete(under("/api/v1/pods", object)) }); err != nil {
			return err
		}
		if len(left) > len(ownNamespaces) {
			return fmt.Errorf("%d namespaces are left", len(left)-len(ownNamespaces))
		}
		if pods := t.agent.Count(); pods > 0 {
			return fmt.Errorf("%d pods are left", pods)
		}
		return nil
	})
}

// under is the path of an object of a collection.
func under(collection string, object kube.Object) string {
	name, namespace := kube.Text(object, "metadata", "name"), kube.Text(object, "metadata", "namespace")
	if namespace == "" {
		return collection + "/" + name
	}
	at := strings.LastIndex(collection, "/")
	return collection[:at] + "/namespaces/" + namespace + collection[at:] + "/" + name
}
