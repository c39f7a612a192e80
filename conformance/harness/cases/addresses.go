package cases

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"mlnetc.dev/conformance/harness/kube"
)

// Addresses: MetalLB gives each load balancer the address that the source or the lock says, whatever comes first.
type Addresses struct {
	// In how many orders the objects arrive.
	Orders int    `yaml:"orders"`
	Seed   uint64 `yaml:"seed"`
}

// How long MetalLB may take.
const assigned = 20 * time.Second

func (a *Addresses) try(t *trial) error {
	scene, err := t.scene()
	if err != nil {
		return err
	}
	expected := map[string]string{}
	for _, it := range scene.report.Endpoints {
		if it.Kind == "load-balancer" && it.Address != "" {
			expected[it.Namespace+"/"+it.Name] = it.Address
		}
	}
	if len(expected) == 0 {
		return nil
	}
	if err := scene.namespaces(); err != nil {
		return err
	}
	foreign, err := scene.foreignServices()
	if err != nil {
		return err
	}
	var objects []kube.Object
	for _, object := range append(foreign, t.stream...) {
		switch kube.Text(object, "kind") {
		case "Service":
			// MetalLB looks at no others.
			if kube.Text(object, "spec", "type") == "LoadBalancer" {
				objects = append(objects, object)
			}
		case "IPAddressPool", "L2Advertisement", "BGPAdvertisement", "BGPPeer", "BFDProfile":
			objects = append(objects, object)
		}
	}
	random := rand.New(rand.NewPCG(a.Seed, 3))
	for turn := range a.Orders {
		random.Shuffle(len(objects), func(i, j int) { objects[i], objects[j] = objects[j], objects[i] })
		if err := t.arrive(objects); err != nil {
			return err
		}
		if err := t.assigned(expected); err != nil {
			return fmt.Errorf("in order %d (%s): %w\n%s", turn+1, order(objects), err, t.cluster.Log("metallb-controller"))
		}
		t.tally.addresses += len(expected)
		t.tally.orders++
		if turn == 0 {
			if err := t.oneGoes(objects, expected); err != nil {
				return err
			}
		}
		if err := t.leave(objects); err != nil {
			return err
		}
	}
	return nil
}

func (t *trial) arrive(objects []kube.Object) error {
	for _, object := range objects {
		if _, err := t.cluster.Apply(object, manager); err != nil {
			return fmt.Errorf("%s: %w", kube.Name(object), err)
		}
	}
	return nil
}

func (t *trial) leave(objects []kube.Object) error {
	return inParallel(objects, func(object kube.Object) error {
		path, err := t.cluster.Path(object)
		if err != nil {
			return err
		}
		return t.cluster.Delete(path)
	})
}

// oneGoes removes each load balancer and makes it again: it gets its address back, and nobody else moves.
func (t *trial) oneGoes(objects []kube.Object, expected map[string]string) error {
	for _, object := range objects {
		name := kube.Text(object, "metadata", "namespace") + "/" + kube.Text(object, "metadata", "name")
		if kube.Text(object, "kind") != "Service" || expected[name] == "" {
			continue
		}
		one := []kube.Object{object}
		if err := errors.Join(t.leave(one), t.arrive(one)); err != nil {
			return err
		}
		if err := t.assigned(expected); err != nil {
			return fmt.Errorf("after %s went and came back: %w", name, err)
		}
	}
	return nil
}

// assigned waits until every load balancer has its address. A wrong one does not get right by waiting.
func (t *trial) assigned(expected map[string]string) error {
	return eventually(assigned, func() error {
		services, err := t.cluster.List("/api/v1/services")
		if err != nil {
			return err
		}
		var failures []error
		seen := 0
		for _, it := range services {
			name := kube.Text(it, "metadata", "namespace") + "/" + kube.Text(it, "metadata", "name")
			wanted := expected[name]
			if wanted == "" {
				continue
			}
			seen++
			has := "no address"
			if ingress := kube.Items(it, "status", "loadBalancer", "ingress"); len(ingress) > 0 {
				has = kube.Text(ingress[0], "ip")
			}
			if has != wanted {
				failures = append(failures, fmt.Errorf("%s has %s instead of %s", name, has, wanted))
			}
		}
		if seen != len(expected) {
			failures = append(failures, fmt.Errorf("%d of %d load balancers exist", seen, len(expected)))
		}
		return errors.Join(failures...)
	})
}

func order(objects []kube.Object) string {
	var names []string
	for _, it := range objects {
		if kind := kube.Text(it, "kind"); kind == "IPAddressPool" || kube.Text(it, "spec", "type") == "LoadBalancer" {
			names = append(names, kube.Text(it, "metadata", "name"))
		}
	}
	return strings.Join(names, ", ")
}
