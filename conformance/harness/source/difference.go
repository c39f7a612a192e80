package source

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"mlnetc.dev/conformance/harness/kube"
)

// Difference is what `mlnetc diff` says of a cluster.
type Difference struct {
	Exit int
	// The answer for people, and as it is for programs.
	Text, JSON string
	Summary    map[string]int
	// Each object that differs or has another owner, as "change Service shop/front", in the order of the answer.
	Objects       []string
	Opens, Closes []string
	Risks         map[string]int
	Others        []string
	Values        []string
	// The codes on stderr, each as often as it is said.
	Warns []string
}

// The document of `--output json`, as far as it is looked at.
type document struct {
	Clusters []struct {
		Summary     json.RawMessage
		Connections []struct{ Title, Fate string }
		Objects     []struct{ Action, Title string }
		Conflicts   []struct{ Title string }
		Others      []struct{ Namespace, Name string } `json:"otherPolicies"`
		Values      []string                           `json:"helmValues"`
	}
}

var said = regexp.MustCompile(`\b[EWN]0\d{3}\b`)

// Run is what a run of mlnetc said, how long it took and how much memory it had at most.
type Run struct {
	Out, Err string
	Exit     int
	Took     time.Duration
	Peak     int64
}

// DiffFrom runs `mlnetc diff` from a network namespace, on the cluster that a kubeconfig names.
func (p *Project) DiffFrom(namespace, kubeconfig string, arguments ...string) (*Run, error) {
	diff := p.command(append([]string{"diff", p.folder, "--format", "short"}, arguments...)...)
	command := exec.Command("ip", append([]string{"netns", "exec", namespace}, diff.Args...)...)
	command.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig)
	var out, said bytes.Buffer
	command.Stdout, command.Stderr = &out, &said
	began := time.Now()
	err := command.Run()
	if exit, is := err.(*exec.ExitError); err != nil && (!is || exit.ExitCode() < 0) {
		return nil, fmt.Errorf("mlnetc diff: %w\n%s", err, said.String())
	}
	run := &Run{Out: out.String(), Err: said.String(), Exit: command.ProcessState.ExitCode(), Took: time.Since(began)}
	if usage, is := command.ProcessState.SysUsage().(*syscall.Rusage); is {
		run.Peak = usage.Maxrss * 1024
	}
	return run, nil
}

// Rights are the ClusterRole that `mlnetc diff` asks for.
func (p *Project) Rights() ([]kube.Object, error) {
	text, err := p.ask("diff", "--rbac")
	if err != nil {
		return nil, err
	}
	return kube.Parse([]byte(text))
}

// Live is what `mlnetc diff` says of a cluster, for people (`text`) or for programs (`json`), with one exit code.
func (p *Project) Live(namespace, kubeconfig string, outputs []string, arguments ...string) (*Difference, error) {
	it := &Difference{}
	for at, output := range outputs {
		run, err := p.DiffFrom(namespace, kubeconfig, slices.Concat(arguments, []string{"--output", output})...)
		if err != nil {
			return nil, err
		}
		if run.Exit > 1 || run.Out == "" {
			return nil, fmt.Errorf("mlnetc diff exits with %d\n%s%s", run.Exit, run.Out, run.Err)
		}
		if at > 0 && run.Exit != it.Exit {
			return nil, fmt.Errorf("mlnetc diff exits with %d for people and with %d for programs\n%s", it.Exit, run.Exit, it.Text)
		}
		it.Exit, it.Warns = run.Exit, slices.Sorted(slices.Values(said.FindAllString(run.Err, -1)))
		if output == "json" {
			it.JSON = run.Out
		}
		if at == 0 {
			it.Text = run.Out + run.Err
		}
	}
	return it, it.read()
}

func (d *Difference) read() error {
	var all document
	if err := json.Unmarshal([]byte(d.JSON), &all); err != nil || len(all.Clusters) != 1 {
		return fmt.Errorf("mlnetc diff --output json: %d clusters: %w\n%s", len(all.Clusters), err, d.JSON)
	}
	only := all.Clusters[0]
	for _, it := range only.Objects {
		d.Objects = append(d.Objects, it.Action+" "+it.Title)
	}
	for _, it := range only.Conflicts {
		d.Objects = append(d.Objects, "conflict "+it.Title)
	}
	for _, it := range only.Connections {
		if it.Fate == "opens" {
			d.Opens = append(d.Opens, it.Title)
		} else {
			d.Closes = append(d.Closes, it.Title)
		}
	}
	for _, it := range only.Others {
		d.Others = append(d.Others, it.Namespace+"/"+it.Name)
	}
	d.Values = only.Values
	var summary struct{ Risks map[string]int }
	if err := json.Unmarshal(only.Summary, &summary); err != nil {
		return err
	}
	d.Risks = summary.Risks
	// What is not a number has been read.
	var numbers map[string]any
	if err := json.Unmarshal(only.Summary, &numbers); err != nil {
		return err
	}
	d.Summary = map[string]int{}
	for name, it := range numbers {
		if number, is := it.(float64); is {
			d.Summary[name] = int(number)
		}
	}
	return nil
}

// Counted is the summary that follows from what is said: with what was the same before, and differs now.
func (d *Difference) Counted(before *Difference) map[string]int {
	counted := map[string]int{
		"create": 0, "change": 0, "remove": 0, "conflicts": 0, "opens": len(d.Opens), "closes": len(d.Closes),
		"same": before.Summary["same"],
	}
	for _, it := range d.Objects {
		switch action, _, _ := strings.Cut(it, " "); action {
		case "conflict":
			counted["conflicts"]++
			counted["same"]--
		case "remove":
			counted["remove"]++
		default:
			counted[action]++
			counted["same"]--
		}
	}
	return counted
}
