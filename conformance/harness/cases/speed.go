package cases

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
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
	var first, rest []kube.Object
	for _, object := range stream {
		if kube.Text(object, "kind") == "Namespace" {
			first = append(first, object)
		} else {
			rest = append(rest, object)
		}
	}
	for _, objects := range [][]kube.Object{first, rest} {
		err := inParallel(objects, func(it kube.Object) error { _, err := t.cluster.Apply(it, manager); return err })
		if err != nil {
			return err
		}
	}
	ours, peak, theirs, err := t.both(large, 0)
	if err != nil {
		return err
	}
	// Where one object differs, both say so.
	drifted := rest[len(rest)/2]
	path, err := t.cluster.Path(drifted)
	if err != nil {
		return err
	}
	if err := t.cluster.Delete(path); err != nil {
		return err
	}
	if _, _, _, err := t.both(large, 1); err != nil {
		return err
	}
	ratio, megabytes := theirs.Seconds()/ours.Seconds(), peak>>20
	said := fmt.Sprintf("%d objects: mlnetc diff %s in %d MB, kubectl diff %s, %.0f times as long",
		len(stream), ours.Round(10*time.Millisecond), megabytes, theirs.Round(100*time.Millisecond), ratio)
	if ratio < float64(s.Ratio) || megabytes > int64(s.Megabytes) {
		return fmt.Errorf("%s; it should be %d times, in at most %d MB", said, s.Ratio, s.Megabytes)
	}
	t.tally.others = append(t.tally.others, said)
	return nil
}

// both compares with the cluster by mlnetc and by kubectl, which have to agree on the exit code.
func (t *trial) both(project *source.Project, exit int) (ours time.Duration, peak int64, theirs time.Duration, err error) {
	first := t.cluster.Nodes[0].Name
	run, err := project.DiffFrom(first, t.cluster.Kubeconfig)
	if err != nil {
		return 0, 0, 0, err
	}
	if run.Exit != exit {
		return 0, 0, 0, fmt.Errorf("mlnetc diff exits with %d instead of %d\n%s%s", run.Exit, exit, run.Out, run.Err)
	}
	command := exec.Command("ip", "netns", "exec", first, t.Programs.Kube, "kubectl", "--kubeconfig="+t.cluster.Kubeconfig,
		"--cache-dir=/run/kubectl", "diff", "--server-side", "--field-manager="+manager, "-k", project.Built())
	var said strings.Builder
	command.Stdout, command.Stderr = &said, &said
	began := time.Now()
	_ = command.Run()
	theirs = time.Since(began)
	if code := command.ProcessState.ExitCode(); code != exit {
		return 0, 0, 0, fmt.Errorf("kubectl diff exits with %d instead of %d\n%.2000s", code, exit, said.String())
	}
	return run.Took, run.Peak, theirs, nil
}
