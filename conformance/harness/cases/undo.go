package cases

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"mlnetc.dev/conformance/harness/kube"
)

// What drifts may touch, and is as it was when they are undone: what is shown, and what is read beside it.
var touched = slices.Concat(shown, []struct{ version, kind, path string }{
	{"v1", "Node", "/api/v1/nodes"},
	{"crd.projectcalico.org/v1", "GlobalNetworkPolicy", "/apis/crd.projectcalico.org/v1/globalnetworkpolicies"},
})

// A state is every object that drifts may touch, by its path.
type state map[string]kube.Object

// An action is what somebody does.
type action struct {
	// An object to change, as "Service shop/front", by a list of JSON patches or by a part of it.
	Patch string `yaml:"patch"`
	With  any    `yaml:"with"`
	// Whether its status is meant.
	Status bool `yaml:"status"`
	// An object to make.
	Create map[string]any `yaml:"create"`
	// An object to delete, and whether to wait until it is gone.
	Delete string `yaml:"delete"`
	Gone   bool   `yaml:"gone"`
	// A load balancer to wait for, until it has this address, or none.
	Await string `yaml:"await"`
	Has   string `yaml:"has"`
	// Another field manager, instead of `kubectl`.
	As string `yaml:"as"`
}

func (t *trial) do(it action) error {
	switch {
	case it.Create != nil:
		return t.cluster.CreateAs(it.Create, "kubectl-create")
	case it.Delete != "":
		path, err := address(it.Delete)
		if err != nil {
			return err
		}
		if err := t.cluster.Delete(path); err != nil || !it.Gone {
			return err
		}
		return eventually(30*time.Second, func() error {
			if err := t.cluster.Get(path, nil); !kube.Absent(err) {
				return fmt.Errorf("%s is still there: %w", it.Delete, err)
			}
			return nil
		})
	case it.Await != "":
		path, err := address(it.Await)
		if err != nil {
			return err
		}
		return eventually(20*time.Second, func() error {
			var object kube.Object
			if err := t.cluster.Get(path, &object); err != nil {
				return err
			}
			if has := balanced(object); has != it.Has {
				return fmt.Errorf("%s has %q and not %q", it.Await, has, it.Has)
			}
			return nil
		})
	}
	path, err := address(it.Patch)
	if err != nil {
		return err
	}
	if it.Status {
		path += "/status"
	}
	as := it.As
	if as == "" {
		as = "kubectl-edit"
	}
	kind := "application/merge-patch+json"
	if _, is := it.With.([]any); is {
		kind = "application/json-patch+json"
	}
	return t.cluster.Do("PATCH", path+"?fieldManager="+as, kind, kube.Encode(it.With), nil)
}

// address is the path of what is named as "Service shop/front".
func address(name string) (string, error) {
	kind, rest, _ := strings.Cut(name, " ")
	for _, it := range touched {
		if it.kind != kind {
			continue
		}
		object := kube.Object{"metadata": map[string]any{"name": rest}}
		if namespace, own, is := strings.Cut(rest, "/"); is {
			object = kube.Object{"metadata": map[string]any{"name": own, "namespace": namespace}}
		}
		return under(it.path, object), nil
	}
	return "", fmt.Errorf("%q names no object that a drift may touch", name)
}

// balanced is the address of a load balancer, or "".
func balanced(service kube.Object) string {
	for _, it := range kube.Items(service, "status", "loadBalancer", "ingress") {
		return kube.Text(it, "ip")
	}
	return ""
}

// state reads everything. Pods that a controller made are its matter.
func (t *trial) state() (state, error) {
	all := state{}
	for _, it := range touched {
		objects, err := t.cluster.List(it.path)
		if err != nil && !kube.Absent(err) {
			return nil, err
		}
		for _, object := range objects {
			if it.kind == "Pod" && len(kube.Items(object, "metadata", "ownerReferences")) > 0 {
				continue
			}
			object["apiVersion"], object["kind"] = it.version, it.kind
			all[under(it.path, object)] = object
		}
	}
	return all, nil
}

// settled is the state when every load balancer that asks for an address has it.
func (t *trial) settled() (state, error) {
	var all state
	err := eventually(20*time.Second, func() (err error) {
		if all, err = t.state(); err != nil {
			return err
		}
		isPool := func(it kube.Object) bool { return it["kind"] == "IPAddressPool" }
		if !slices.ContainsFunc(slices.Collect(maps.Values(all)), isPool) {
			return nil // Nobody gives addresses.
		}
		for path, object := range all {
			if kube.Text(object, "spec", "type") == "LoadBalancer" && balanced(object) == "" {
				return fmt.Errorf("%s has no address", path)
			}
		}
		return nil
	})
	return all, err
}

// lasting is an object without what every write of it changes.
func lasting(object kube.Object) kube.Object {
	it, metadata := maps.Clone(object), maps.Clone(object["metadata"].(map[string]any))
	for _, field := range []string{"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"} {
		delete(metadata, field)
	}
	it["metadata"] = metadata
	if kube.Text(object, "kind") == "Deployment" {
		// How often it has changed.
		annotations := maps.Clone(kube.At(object, "metadata", "annotations").(map[string]any))
		delete(annotations, "deployment.kubernetes.io/revision")
		metadata["annotations"] = annotations
	}
	delete(it, "status")
	switch kube.Text(object, "kind") {
	case "Service":
		it["status"] = balanced(object)
	case "Node":
		it["status"] = object["status"]
	}
	return it
}

// back makes the cluster what it was, whatever has been done to it.
func (t *trial) back(was state) error {
	return eventually(60*time.Second, func() error {
		now, err := t.state()
		if err != nil {
			return err
		}
		var left []string
		for _, path := range slices.Sorted(maps.Keys(now)) {
			if was[path] == nil {
				left = append(left, path+" is too much")
				if err := t.remove(path, now[path]); err != nil {
					return err
				}
			}
		}
		// Namespaces come before what lies in them.
		paths := slices.SortedFunc(maps.Keys(was), func(a, b string) int {
			depth := func(path string) int { return strings.Count(path, "/") }
			return depth(a) - depth(b)
		})
		for _, path := range paths {
			object, is := now[path]
			switch {
			case is && reflect.DeepEqual(lasting(object), lasting(was[path])):
				continue
			case is && kube.Text(object, "metadata", "deletionTimestamp") != "":
				err = t.remove(path, object)
			default:
				err = t.restore(path, was[path], object)
			}
			left = append(left, path+" is not as it was")
			if err != nil {
				return err
			}
		}
		if len(left) > 0 {
			return fmt.Errorf("%s", strings.Join(left, ", "))
		}
		return nil
	})
}

// remove takes an object away, whatever holds it.
func (t *trial) remove(path string, object kube.Object) error {
	if len(kube.Items(object, "metadata", "finalizers")) > 0 {
		free := map[string]any{"metadata": map[string]any{"finalizers": nil}}
		if err := t.cluster.Merge(path, free); err != nil && !kube.Absent(err) {
			return err
		}
	}
	if kube.Text(object, "kind") == "Namespace" {
		return t.cluster.Remove(kube.Text(object, "metadata", "name"))
	}
	return t.cluster.Delete(path)
}

// restore writes an object as it was: who set which field, too, which a second write does.
func (t *trial) restore(path string, was, now kube.Object) error {
	object, metadata := maps.Clone(was), maps.Clone(was["metadata"].(map[string]any))
	object["metadata"] = metadata
	delete(metadata, "uid")
	delete(metadata, "resourceVersion")
	if now == nil {
		if err := t.cluster.Create(object); err != nil {
			return err
		}
	}
	for range 2 {
		var stored kube.Object
		if err := t.cluster.Get(path, &stored); err != nil {
			return err
		}
		metadata["resourceVersion"] = kube.Text(stored, "metadata", "resourceVersion")
		err := t.cluster.Do("PUT", path, "application/json", kube.Encode(object), nil)
		if refusal, is := err.(*kube.Refusal); is && refusal.Reason == "Invalid" {
			return t.cluster.Delete(path) // It was made anew, with another of what cannot be changed.
		}
		if err != nil {
			return err
		}
	}
	if kube.Text(was, "kind") != "Node" {
		return nil
	}
	return t.cluster.Merge(path+"/status", map[string]any{"status": was["status"]})
}
