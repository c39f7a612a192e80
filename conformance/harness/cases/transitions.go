package cases

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"mlnetc.dev/conformance/harness/box"
	"mlnetc.dev/conformance/harness/kube"
	"mlnetc.dev/conformance/harness/probe"
	"mlnetc.dev/conformance/harness/source"
)

// Transitions: what is open before and after a change is never closed on the way; what is gone leaves nothing.
type Transitions struct {
	// The sources that are applied over the first, one after the other; a first install is always tried.
	To []string `yaml:"to"`
	// How many connections are kept under way, every 20 ms each.
	Watched int    `yaml:"watched"`
	Seed    uint64 `yaml:"seed"`
}

const (
	// How often each connection is tried.
	every = 20 * time.Millisecond
	// A client tries again after a second: for hardly longer may anything be closed.
	retry = 1500 * time.Millisecond
	// About what kubectl needs for an object.
	pause = 10 * time.Millisecond
)

func (w *Transitions) try(t *trial) error {
	scene, err := t.scene()
	if err != nil {
		return err
	}
	if err := scene.populate(); err != nil {
		return err
	}
	if err := t.removePolicies(); err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(w.Seed, 5))
	before := source.Says(source.Everything{})
	steps := []step{{scene, "the first install"}}
	for _, path := range w.To {
		next, err := t.next(path)
		if err != nil {
			return err
		}
		steps = append(steps, step{next, "the change to " + strings.TrimPrefix(path, "./")})
	}
	var failures []error
	for _, step := range steps {
		kept, err := scene.kept(before, step.matrix)
		if err != nil {
			return err
		}
		kept = sample(random, kept, w.Watched)
		// Everything has to be as it was before, first.
		if err := t.try(kept, opened); err != nil {
			return fmt.Errorf("before %s: %w", step.name, err)
		}
		longest, control, err := t.watch(kept, func() error { return t.change(step.scene) })
		if err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		t.tally.others = append(t.tally.others, fmt.Sprintf("%s: %d connections, closed for at most %s (one without policies: %s)",
			step.name, len(kept), longest.gap.Round(time.Millisecond), control.Round(time.Millisecond)))
		if longest.gap > retry+2*control {
			failures = append(failures, fmt.Errorf("in %s, %s was closed for %s", step.name, longest.what, longest.gap))
		}
		failures = append(failures, step.scene.nothingElse())
		before = step.matrix
	}
	return errors.Join(failures...)
}

// A step is what a source becomes.
type step struct {
	*scene
	name string
}

func opened(it expectation, answer probe.Answer) error {
	if !answer.Open() {
		return fmt.Errorf("%s is %s", it.what, answer.State)
	}
	return nil
}

// next is another source, for the same cluster.
func (t *trial) next(path string) (*scene, error) {
	project, err := source.Open(t.Mlnetc, filepath.Join(t.of.folder, path), t.of.Name+path, filepath.Join(box.Folder, "sources"))
	if err != nil {
		return nil, err
	}
	other := *t
	other.project = project.For(t.project.Cluster)
	if other.stream, err = other.project.Stream(); err != nil {
		return nil, err
	}
	return other.scene()
}

// kept are the connections between our pods that are open by both matrices.
func (s *scene) kept(before, after source.Says) ([]expectation, error) {
	all, err := s.betweenPods()
	if err != nil {
		return nil, err
	}
	classes := map[string]source.End{}
	for _, it := range s.matrix.Pods {
		classes[it.Name] = it
	}
	var kept []expectation
	for _, it := range all {
		if it.who == "" || it.Protocol != "TCP" {
			continue // Only where somebody answers.
		}
		client, server := classes[it.client], classes[it.server]
		if before.Opens(client, server, it.Protocol, it.Port) && after.Opens(client, server, it.Protocol, it.Port) {
			kept = append(kept, it)
		}
	}
	if len(kept) == 0 {
		return nil, errors.New("no connection stays open: nothing can be watched")
	}
	return kept, nil
}

// change is an apply of the new objects in their order, and then the removal of what mlnetc says is no longer there.
func (t *trial) change(to *scene) error {
	for _, object := range to.stream {
		if _, err := t.cluster.Apply(object, manager); err != nil {
			return fmt.Errorf("%s is not accepted: %w", kube.Name(object), err)
		}
		time.Sleep(pause)
	}
	snapshot, err := t.snapshot()
	if err != nil {
		return err
	}
	gone, err := to.project.Gone(snapshot)
	if err != nil {
		return err
	}
	for _, it := range gone {
		if it.Kind == "Namespace" {
			continue // Its pods are ours, and in use.
		}
		for _, of := range shown {
			if of.kind != it.Kind {
				continue
			}
			object := kube.Object{"metadata": map[string]any{"namespace": it.Namespace, "name": it.Name}}
			if err := t.cluster.Delete(under(of.path, object)); err != nil {
				return err
			}
			time.Sleep(pause)
		}
	}
	// Felix and kube-proxy are done within this.
	time.Sleep(2 * time.Second)
	return nil
}

type gap struct {
	gap  time.Duration
	what string
}

// watch tries connections all the time while something happens, and says which was closed for longest; and for how
// long one was that no policy is about: so slow is the machine.
func (t *trial) watch(kept []expectation, action func() error) (gap, time.Duration, error) {
	control := expectation{what: "outside -> the API server"}
	control.Space, control.Protocol = kube.Outside, "TCP"
	control.Address, control.Port = t.cluster.Nodes[0].Address, t.cluster.Settings.ApiPort
	kept = append(slices.Clone(kept), control)
	stop := make(chan bool)
	gaps := make([]gap, len(kept))
	var working sync.WaitGroup
	for i, it := range kept {
		working.Add(1)
		go func() {
			defer working.Done()
			last := time.Now()
			for {
				select {
				case <-stop:
					return
				case <-time.After(every):
				}
				began := time.Now()
				answer := probe.All([]probe.Probe{it.Probe}, 0)[0]
				if answer.Open() {
					// It was closed from the last success on, at most until this one began.
					if closed := began.Sub(last) - every; closed > gaps[i].gap {
						gaps[i] = gap{closed, it.what}
					}
					last = time.Now()
				}
			}
		}()
	}
	err := action()
	close(stop)
	working.Wait()
	var longest gap
	for _, it := range gaps[:len(kept)-1] {
		if it.gap > longest.gap {
			longest = it
		}
	}
	// Whoever never came back has no end of its gap.
	return longest, gaps[len(kept)-1].gap, errors.Join(err, t.try(kept, opened))
}

// nothingElse fails if the cluster has an object of ours that the source no longer has.
func (s *scene) nothingElse() error {
	wanted := map[string]bool{}
	for _, object := range s.stream {
		wanted[kube.Name(object)] = true
	}
	names := maps.Clone(wanted)
	var failures []error
	for _, it := range shown {
		objects, err := s.cluster.List(it.path)
		if err != nil {
			return err
		}
		for _, object := range objects {
			object["kind"] = it.kind
			name := kube.Name(object)
			delete(names, name)
			ours := kube.Text(object, "metadata", "labels", "app.kubernetes.io/managed-by") == manager
			if ours && !wanted[name] && it.kind != "Namespace" {
				failures = append(failures, fmt.Errorf("%s is left behind", name))
			}
		}
	}
	for name := range names {
		failures = append(failures, fmt.Errorf("%s is missing", name))
	}
	return errors.Join(failures...)
}
