package cases

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mlnetc.dev/conformance/harness/box"
	"mlnetc.dev/conformance/harness/kube"
	"mlnetc.dev/conformance/harness/pods"
	"mlnetc.dev/conformance/harness/source"
)

// Runner tries cases, with one cluster at a time.
type Runner struct {
	Programs   kube.Programs
	Repository string
	Mlnetc     string
	// Where the random programs lie, made before the box was.
	Generated string

	cluster  *kube.Cluster
	agent    *pods.Agent
	end      context.CancelFunc
	settings kube.Settings
	before   *trial // what the cluster still holds
}

// Skip is why a case cannot be tried here.
type Skip struct{ Why string }

func (s Skip) Error() string { return s.Why }

// Result is how many cases held, and how many did not.
type Result struct{ Passed, Failed, Skipped int }

// Add adds another's.
func (r *Result) Add(other Result) {
	r.Passed, r.Failed, r.Skipped = r.Passed+other.Passed, r.Failed+other.Failed, r.Skipped+other.Skipped
}

// Run tries each case and prints a line for it.
func (r *Runner) Run(cases []*Case) Result {
	var result Result
	for _, it := range cases {
		began := time.Now()
		notes, err := r.one(it)
		result.Add(Say(it.Name, began, notes, err))
	}
	r.stop()
	return result
}

// Say prints the line of a case.
func Say(name string, began time.Time, notes []string, err error) Result {
	took := time.Since(began).Round(100 * time.Millisecond)
	said := strings.Join(notes, "; ")
	var cannot Skip
	switch {
	case err == nil:
		fmt.Printf("ok    %-22s %7s  %s\n", name, took, said)
		return Result{Passed: 1}
	case errors.As(err, &cannot):
		fmt.Printf("skip  %-22s %7s  not run: %s\n", name, took, cannot.Why)
		return Result{Skipped: 1}
	default:
		fmt.Printf("FAIL  %-22s %7s  %s\n%s\n", name, took, said, indent(err.Error()))
		return Result{Failed: 1}
	}
}

func indent(text string) string {
	return "      " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n      ")
}

func (r *Runner) one(it *Case) ([]string, error) {
	paths, err := it.paths(r.Repository)
	if err != nil {
		return nil, err
	}
	if it.Programs != nil {
		more, err := filepath.Glob(filepath.Join(r.Generated, it.Name, "*"))
		if err != nil || len(more) == 0 {
			return nil, Skip{"there are no random programs: the generator did not run"}
		}
		paths = append(paths, more...)
	}
	tally := &tally{}
	var failures []error
	for _, path := range paths {
		name, err := filepath.Rel(r.Repository, path)
		if err != nil {
			name = path
		}
		project, err := source.Open(r.Mlnetc, path, name, filepath.Join(box.Folder, "sources"))
		if err != nil {
			return nil, err
		}
		clusters, err := project.Clusters()
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", name, err))
			continue
		}
		for _, cluster := range clusters {
			if len(it.Clusters) > 0 && !slices.Contains(it.Clusters, cluster) {
				continue
			}
			if err := r.start(it.Box); err != nil {
				return nil, err
			}
			trial := &trial{Runner: r, of: it, project: project.For(cluster), tally: tally}
			if err := trial.run(); err != nil {
				failures = append(failures, fmt.Errorf("%s, cluster %s: %w\n%s", name, cluster, err, r.cluster.Complaints()))
			}
			failures = append(failures, r.cluster.Whole())
			r.before = trial
		}
	}
	return tally.notes(), errors.Join(failures...)
}

// start makes a cluster with these settings, or takes away what the last trial left on the one there is.
func (r *Runner) start(settings kube.Settings) error {
	if r.cluster != nil && fmt.Sprint(r.settings) == fmt.Sprint(settings) {
		began := time.Now()
		err := r.before.clean()
		r.before.trace("taken away", began)
		if err == nil {
			return nil
		}
		fmt.Fprintf(os.Stderr, "conformance: a fresh cluster, since %s does not go: %v\n", r.before.project.Name, err)
	}
	r.stop()
	cluster, err := kube.Start(r.Programs, settings)
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(context.Background())
	r.cluster, r.settings, r.end = cluster, settings, end
	r.agent = pods.Run(ctx, cluster)
	return nil
}

func (r *Runner) stop() {
	if r.cluster == nil {
		return
	}
	r.end()
	r.agent.Stop()
	r.cluster.Stop()
	r.cluster = nil
	_ = os.RemoveAll(filepath.Join(box.Folder, "etcd"))
}
