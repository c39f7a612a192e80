package cases

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"

	"mlnetc.dev/conformance/harness/kube"
	"mlnetc.dev/conformance/harness/probe"
	"mlnetc.dev/conformance/harness/router"
)

// Routes: MetalLB's speakers announce to each BGPPeer of the source, where FRR runs, exactly what the case says, and
// packets follow the routes. A Service that goes takes its route with it, and nobody else's; it comes back with it.
type Routes struct {
	// By peer, by prefix.
	Learn map[string]map[string]Route `yaml:"learn"`
}

// Route is what a peer has to learn of a prefix.
type Route struct {
	// The nodes that announce it.
	By          []string `yaml:"by"`
	Communities string   `yaml:"communities"`
	// Which router inside the nodes' AS is told, else 0.
	Preference int `yaml:"preference"`
	// The Service behind it: "namespace/name".
	Service string `yaml:"service"`
}

// How long sessions and routes may take: speakers try again after up to a few seconds.
const announced = 40 * time.Second

func (r *Routes) try(t *trial) error {
	if missing := router.Missing(); missing != "" {
		return Skip{"missing here: " + missing}
	}
	routers, err := t.routers()
	defer func() {
		for _, it := range routers {
			it.Stop()
		}
	}()
	if err != nil {
		return err
	}
	if !slices.Equal(slices.Sorted(maps.Keys(routers)), slices.Sorted(maps.Keys(r.Learn))) {
		return fmt.Errorf("the source has the peers %v", slices.Sorted(maps.Keys(routers)))
	}
	scene, err := t.scene()
	if err != nil {
		return err
	}
	if err := scene.populate(); err != nil {
		return err
	}
	if err := t.apply(); err != nil {
		return err
	}
	if err := r.learnt(t, routers, nil); err != nil {
		return err
	}
	if err := r.followed(t, routers); err != nil {
		return err
	}
	return r.withdrawn(t, routers)
}

// routers are those of the source's peers, by their names.
func (t *trial) routers() (map[string]*router.Router, error) {
	routers := map[string]*router.Router{}
	lan, err := netip.ParsePrefix(t.cluster.Settings.Lan)
	if err != nil {
		return routers, err
	}
	for _, object := range t.stream {
		if kube.Text(object, "kind") != "BGPPeer" {
			continue
		}
		address, err := netip.ParseAddr(kube.Text(object, "spec", "peerAddress"))
		if err != nil {
			return routers, err
		}
		session := router.Session{
			Address: address, Port: 179,
			ASN: int64(kube.Number(object, "spec", "peerASN")), NodesASN: int64(kube.Number(object, "spec", "myASN")),
		}
		if port := kube.Number(object, "spec", "peerPort"); port > 0 {
			session.Port = port
		}
		name := kube.Text(object, "metadata", "name")
		if routers[name], err = router.Start(name, len(routers), lan, session); err != nil {
			delete(routers, name)
			return routers, err
		}
	}
	return routers, nil
}

// learnt waits until every router has the routes of the case, without those of the Services that are gone.
func (r *Routes) learnt(t *trial, routers map[string]*router.Router, gone []string) error {
	address := map[string]string{}
	for _, node := range t.cluster.Nodes {
		address[node.Name] = node.Address
	}
	return eventually(announced, func() error {
		var failures []error
		for _, name := range slices.Sorted(maps.Keys(routers)) {
			wanted := map[string]router.Route{}
			for prefix, it := range r.Learn[name] {
				if slices.Contains(gone, it.Service) {
					continue
				}
				route := router.Route{Communities: it.Communities, Preference: it.Preference}
				for _, node := range it.By {
					route.Via = append(route.Via, address[node])
				}
				slices.Sort(route.Via)
				wanted[prefix] = route
			}
			learnt, err := routers[name].Routes()
			if err == nil && !reflect.DeepEqual(learnt, wanted) {
				err = fmt.Errorf("%s has learnt %+v, and not %+v", name, learnt, wanted)
			}
			failures = append(failures, err)
		}
		if err := errors.Join(failures...); err != nil {
			var said strings.Builder
			for _, node := range t.cluster.Nodes {
				said.WriteString(t.cluster.Log("metallb-speaker-" + node.Name))
			}
			for _, it := range routers {
				said.WriteString(it.Said())
			}
			return fmt.Errorf("%w\n%s", err, said.String())
		}
		return nil
	})
}

// followed sends packets from each router to the load balancers that it has routes to.
func (r *Routes) followed(t *trial, routers map[string]*router.Router) error {
	for _, name := range slices.Sorted(maps.Keys(routers)) {
		for prefix, it := range r.Learn[name] {
			t.tally.routes++
			namespace, service, _ := strings.Cut(it.Service, "/")
			var object kube.Object
			if err := t.cluster.Get("/api/v1/namespaces/"+namespace+"/services/"+service, &object); err != nil {
				return err
			}
			ingress := kube.Items(object, "status", "loadBalancer", "ingress")
			if len(ingress) == 0 {
				return fmt.Errorf("Service %s has no address", it.Service)
			}
			one := probe.Probe{Space: routers[name].Space, Protocol: "TCP", Address: kube.Text(ingress[0], "ip"),
				Port: kube.Number(kube.Items(object, "spec", "ports")[0], "port")}
			if network, err := netip.ParsePrefix(prefix); err != nil || !network.Contains(netip.MustParseAddr(one.Address)) {
				return fmt.Errorf("%s, the address of Service %s, is not in %s", one.Address, it.Service, prefix)
			}
			turn := 0
			err := eventually(20*time.Second, func() error {
				answer := probe.All([]probe.Probe{one}, turn)[0]
				turn++
				if answer.State != probe.Answered {
					return fmt.Errorf("from %s to %s (%s): %s %s", name, one.Address, it.Service, answer.State, answer.Why)
				}
				return nil
			})
			if err != nil {
				return err
			}
			t.tally.probes++
			t.tally.open++
		}
	}
	return nil
}

// withdrawn takes each Service away, and makes it again.
func (r *Routes) withdrawn(t *trial, routers map[string]*router.Router) error {
	services := map[string]kube.Object{}
	for _, object := range t.stream {
		if kube.Text(object, "kind") == "Service" {
			services[kube.Text(object, "metadata", "namespace")+"/"+kube.Text(object, "metadata", "name")] = object
		}
	}
	behind := map[string]bool{}
	for _, routes := range r.Learn {
		for _, it := range routes {
			behind[it.Service] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(behind)) {
		object := services[name]
		if object == nil {
			return fmt.Errorf("the source has no Service %s", name)
		}
		if err := t.leave([]kube.Object{object}); err != nil {
			return err
		}
		if err := r.learnt(t, routers, []string{name}); err != nil {
			return fmt.Errorf("without Service %s: %w", name, err)
		}
		t.tally.withdrawn++
		if err := t.arrive([]kube.Object{object}); err != nil {
			return err
		}
		if err := r.learnt(t, routers, nil); err != nil {
			return fmt.Errorf("with Service %s again: %w", name, err)
		}
	}
	return nil
}
