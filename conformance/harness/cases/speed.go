package cases

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"mlnetc.dev/conformance/harness/box"
	"mlnetc.dev/conformance/harness/kube"
)

// Speed: of a large project `mlnetc diff` says what `kubectl diff` says of a part of its objects, so many times
// faster, and in so much memory.
type Speed struct {
	// How many tenants there are like the one of the source.
	Copies int `yaml:"copies"`
	// kubectl is given one object of so many: it needs as long for each.
	Part int `yaml:"part"`
	// How many times as long it takes at least for this part as mlnetc for everything.
	Ratio     int `yaml:"ratio"`
	Megabytes int `yaml:"megabytes"`
}

func (s *Speed) try(t *trial) error {
	if s.Part < 1 {
		return fmt.Errorf("part is %d: kubectl gets one object of at least one", s.Part)
	}
	large, err := t.project.Copies(s.Copies, filepath.Join(box.Folder, "sources"))
	if err != nil {
		return err
	}
	if _, err := large.Clusters(); err != nil {
		return err
	}
	stream, err := large.Stream()
	if err != nil {
		return err
	}
	var namespaces, objects []kube.Object
	for _, object := range stream {
		if kube.Text(object, "kind") == "Namespace" {
			namespaces = append(namespaces, object)
		} else {
			objects = append(objects, object)
		}
	}
	for _, some := range [][]kube.Object{namespaces, objects} {
		err := inParallel(some, func(it kube.Object) error { _, err := t.cluster.Apply(it, manager); return err })
		if err != nil {
			return err
		}
	}
	// Right after the apply nothing differs.
	first := t.cluster.Nodes[0].Name
	run, err := large.DiffFrom(first, t.cluster.Kubeconfig)
	if err != nil {
		return err
	}
	if run.Exit != 0 {
		return fmt.Errorf("mlnetc diff exits with %d instead of 0\n%s%s", run.Exit, run.Out, run.Err)
	}
	// Where one object is missing, both say so.
	var part []kube.Object
	for at := 0; at < len(objects); at += s.Part {
		part = append(part, objects[at])
	}
	missing := part[len(part)/2]
	path, err := t.cluster.Path(missing)
	if err != nil {
		return err
	}
	if err := t.cluster.Delete(path); err != nil {
		return err
	}
	theirs, exit, said := t.kubectlDiff(part)
	if exit != 1 {
		return fmt.Errorf("kubectl diff exits with %d instead of 1\n%.2000s", exit, said)
	}
	// Other cases are at work beside this one: the best counts.
	ours, peak := run.Took, run.Peak
	for range 3 {
		if run, err = large.DiffFrom(first, t.cluster.Kubeconfig); err != nil {
			return err
		}
		if run.Exit != 1 {
			return fmt.Errorf("mlnetc diff exits with %d instead of 1\n%s%s", run.Exit, run.Out, run.Err)
		}
		ours, peak = min(ours, run.Took), max(peak, run.Peak)
	}
	ratio, megabytes := theirs.Seconds()/ours.Seconds(), peak>>20
	line := fmt.Sprintf("%d objects: mlnetc diff %s in %d MB; kubectl diff of %d of them %s, %.1f times as long",
		len(stream), ours.Round(10*time.Millisecond), megabytes, len(part), theirs.Round(100*time.Millisecond), ratio)
	if ratio < float64(s.Ratio) || megabytes > int64(s.Megabytes) {
		return fmt.Errorf("%s; it should be %d times, in at most %d MB", line, s.Ratio, s.Megabytes)
	}
	t.tally.others = append(t.tally.others, line)
	return nil
}

// kubectlDiff is how long `kubectl diff` of some objects takes, its exit code and what it says.
func (t *trial) kubectlDiff(objects []kube.Object) (time.Duration, int, string) {
	command := exec.Command("ip", "netns", "exec", t.cluster.Nodes[0].Name, t.Programs.Kube, "kubectl",
		"--kubeconfig="+t.cluster.Kubeconfig, "--cache-dir=/run/kubectl", "diff", "--server-side", "--field-manager="+manager,
		"-f", "-")
	list := kube.Object{"apiVersion": "v1", "kind": "List", "items": objects}
	command.Stdin = bytes.NewReader(kube.Encode(list))
	began := time.Now()
	said, err := command.CombinedOutput()
	took := time.Since(began)
	if command.ProcessState == nil {
		return took, -1, err.Error()
	}
	return took, command.ProcessState.ExitCode(), string(said)
}
