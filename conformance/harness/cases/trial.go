package cases

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"sync"
	"time"

	"mlnetc.dev/conformance/harness/kube"
	"mlnetc.dev/conformance/harness/source"
)

// The field manager that the documentation of mlnetc names.
const manager = "mlnetc"

// A trial is one source, for one of its clusters, on a cluster without anything else.
type trial struct {
	*Runner
	of      *Case
	project *source.Project
	stream  []kube.Object
	tally   *tally
	// What was made for it beside its own objects.
	made []kube.Object
}

func (t *trial) run() error {
	var err error
	if t.stream, err = t.project.Stream(); err != nil {
		return err
	}
	if err := t.says(); err != nil {
		return err
	}
	if err := t.given(); err != nil {
		return err
	}
	checks := t.of.Checks
	var failures []error
	for _, it := range []struct {
		name  string
		asked bool
		check interface{ try(*trial) error }
	}{
		{"accepted", checks.Accepted != nil, checks.Accepted},
		{"patches", checks.Patches != nil, checks.Patches},
		{"packets", checks.Packets != nil, checks.Packets},
		{"addresses", checks.Addresses != nil, checks.Addresses},
		{"live", checks.Live != nil, checks.Live},
		{"transitions", checks.Transitions != nil, checks.Transitions},
		{"drifts", checks.Drifts != nil, checks.Drifts},
		{"faults", checks.Faults != nil, checks.Faults},
		{"speed", checks.Speed != nil, checks.Speed},
		{"routes", checks.Routes != nil, checks.Routes},
	} {
		if !it.asked {
			continue
		}
		began := time.Now()
		if err := it.check.try(t); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", it.name, err))
			t.trace("FAILED "+err.Error(), began)
		}
		t.trace(it.name, began)
	}
	return errors.Join(failures...)
}

var code = regexp.MustCompile(`\b[EWN]0\d{3}\b`)

// says compares the warnings of the source with those that the case names, if it names any.
func (t *trial) says() error {
	if t.of.Says == nil {
		return nil
	}
	said, err := t.project.Says()
	if err != nil {
		return err
	}
	codes := code.FindAllString(said, -1)
	slices.Sort(codes)
	wanted := slices.Sorted(slices.Values(t.of.Says))
	if !slices.Equal(codes, wanted) {
		return fmt.Errorf("mlnetc warns of %v and not of %v:\n%s", codes, wanted, said)
	}
	return nil
}

// given makes the namespaces that the source takes as given: those that operators make.
func (t *trial) given() error {
	had := map[string]bool{}
	for _, object := range t.stream {
		if kube.Text(object, "kind") == "Namespace" {
			had[kube.Text(object, "metadata", "name")] = true
		}
	}
	for _, object := range t.stream {
		name := kube.Text(object, "metadata", "namespace")
		if name == "" || had[name] {
			continue
		}
		had[name] = true
		err := t.cluster.Create(kube.Object{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name}})
		if err != nil && !kube.Exists(err) {
			return err
		}
	}
	return nil
}

// trace says how long something took, for those who want to make it faster.
func (t *trial) trace(what string, began time.Time) {
	if os.Getenv("MLNETC_CONFORMANCE_TRACE") != "" {
		fmt.Fprintf(os.Stderr, "      %s %s: %s %s\n", t.project.Name, t.project.Cluster, what, time.Since(began).Round(time.Millisecond))
	}
}

// create makes an object that mlnetc has nothing to do with; it goes when the trial ends.
func (t *trial) create(object kube.Object) error {
	if err := t.cluster.Create(object); err != nil {
		return fmt.Errorf("%s: %w", kube.Name(object), err)
	}
	t.made = append(t.made, object)
	return nil
}

// all creates several objects at once.
func (t *trial) all(objects []kube.Object) error {
	err := inParallel(objects, t.cluster.Create)
	t.made = append(t.made, objects...)
	return err
}

// apply is what `kubectl apply --server-side` does with the whole stream, in its order.
func (t *trial) apply() error { return applyAll(t.cluster, t.stream) }

func applyAll(cluster *kube.Cluster, stream []kube.Object) error {
	for _, object := range stream {
		if _, err := cluster.Apply(object, manager); err != nil {
			return fmt.Errorf("%s is not accepted: %w", kube.Name(object), err)
		}
	}
	return nil
}

func inParallel(objects []kube.Object, action func(kube.Object) error) error {
	var working sync.WaitGroup
	failures := make([]error, len(objects))
	places := make(chan bool, 16)
	for i, object := range objects {
		working.Add(1)
		places <- true
		go func() {
			defer working.Done()
			if err := action(object); err != nil {
				failures[i] = fmt.Errorf("%s: %w", kube.Name(object), err)
			}
			<-places
		}()
	}
	working.Wait()
	return errors.Join(failures...)
}

// eventually tries until it works, for a while.
func eventually(limit time.Duration, try func() error) error {
	deadline := time.Now().Add(limit)
	for {
		err := try()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}
