package cases

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"mlnetc.dev/conformance/harness/box"
	"mlnetc.dev/conformance/harness/kube"
	"mlnetc.dev/conformance/harness/source"
)

// Speed: of a large project `mlnetc diff` says what `kubectl diff` says of its folder, so many times faster, and in
// so much memory.
type Speed struct {
	// How many tenants there are like the one of the source.
	Copies    int `yaml:"copies"`
	Ratio     int `yaml:"ratio"`
	Megabytes int `yaml:"megabytes"`
}

func (s *Speed) try(t *trial) error {
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
	missing := objects[len(objects)/2]
	path, err := t.cluster.Path(missing)
	if err != nil {
		return err
	}
	if err := t.cluster.Delete(path); err != nil {
		return err
	}
	if run, err = large.DiffFrom(first, t.cluster.Kubeconfig); err != nil {
		return err
	}
	theirs, exit, said := t.kubectlDiff(large)
	if run.Exit != 1 || exit != 1 {
		return fmt.Errorf("mlnetc diff exits with %d and kubectl diff with %d instead of 1\n%s%s\n%.2000s",
			run.Exit, exit, run.Out, run.Err, said)
	}
	ours, peak := run.Took, run.Peak
	ratio, megabytes := theirs.Seconds()/ours.Seconds(), peak>>20
	line := fmt.Sprintf("%d objects: mlnetc diff %s in %d MB, kubectl diff %s, %.0f times as long",
		len(stream), ours.Round(10*time.Millisecond), megabytes, theirs.Round(100*time.Millisecond), ratio)
	if ratio < float64(s.Ratio) || megabytes > int64(s.Megabytes) {
		return fmt.Errorf("%s; it should be %d times, in at most %d MB", line, s.Ratio, s.Megabytes)
	}
	t.tally.others = append(t.tally.others, line)
	return nil
}

// kubectlDiff is how long `kubectl diff` of the built folder takes, its exit code and what it says.
func (t *trial) kubectlDiff(project *source.Project) (time.Duration, int, string) {
	command := exec.Command("ip", "netns", "exec", t.cluster.Nodes[0].Name, t.Programs.Kube, "kubectl",
		"--kubeconfig="+t.cluster.Kubeconfig, "--cache-dir=/run/kubectl", "diff", "--server-side", "--field-manager="+manager,
		"-k", project.Built())
	began := time.Now()
	said, err := command.CombinedOutput()
	took := time.Since(began)
	if command.ProcessState == nil {
		return took, -1, err.Error()
	}
	return took, command.ProcessState.ExitCode(), string(said)
}
