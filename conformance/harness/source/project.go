// Package source asks mlnetc about a project: what it builds, and who may reach whom by its own account.
package source

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"mlnetc.dev/conformance/harness/kube"
)

// The day on which the sources of the repository hold.
const today = "2026-12-01"

// Project is a source, copied into the box, for one of its clusters.
type Project struct {
	Name    string
	Cluster string
	folder  string
	mlnetc  string
}

// Report is what a project says of its Services, by a report of our own.
type Report struct {
	Cluster   string
	Pods      []string
	Services  []string
	Nodes     []string
	Apiserver []string
	Endpoints []Endpoint
}

// Endpoint is a service of the source; several may be one Service of the cluster.
type Endpoint struct {
	Path, Name, Namespace string
	Kind                  string
	Managed               bool
	Policy                string
	Selector, Labels      map[string]string
	Address               string
	Ports                 []Port
}

// Port is a port of a Service and the pods' port behind it.
type Port struct {
	Name     string
	Port     int
	PodPort  int `yaml:"pod-port"`
	Protocol string
	NodePort int `yaml:"node-port"`
}

//go:embed conformance.j2
var template []byte

// Open copies a project, a folder or a file, to where it may be built. Files of the goldens hold several, after
// lines `# file: PATH`.
func Open(mlnetc, path, name, into string) (*Project, error) {
	folder := filepath.Join(into, strings.ReplaceAll(name, "/", "-"))
	if err := os.RemoveAll(folder); err != nil {
		return nil, err
	}
	state, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if state.IsDir() {
		err = copyTree(path, folder)
	} else {
		err = split(path, folder)
	}
	if err != nil {
		return nil, err
	}
	reports := filepath.Join(folder, "reports")
	if err := os.MkdirAll(reports, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(reports, "conformance.j2"), template, 0o644); err != nil {
		return nil, err
	}
	return &Project{Name: name, folder: folder, mlnetc: mlnetc}, nil
}

func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(to, relative), 0o755)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, relative), text, 0o644)
	})
}

func split(path, folder string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	files := map[string]*strings.Builder{}
	at := filepath.Base(path)
	for line := range strings.Lines(string(text)) {
		if name, is := strings.CutPrefix(line, "# file: "); is {
			at = strings.TrimSpace(name)
			continue
		}
		if files[at] == nil {
			files[at] = &strings.Builder{}
		}
		files[at].WriteString(line)
	}
	for name, text := range files {
		where := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(where), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(where, []byte(text.String()), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// For is the project for another of its clusters.
func (p *Project) For(cluster string) *Project {
	other := *p
	other.Cluster = cluster
	return &other
}

// Clusters are the names of the clusters of the project: each has a folder in what is built.
func (p *Project) Clusters() ([]string, error) {
	if _, err := p.ask("build", p.folder, "-o", p.out()); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(p.out())
	if err != nil {
		return nil, err
	}
	var names []string
	for _, it := range entries {
		if it.IsDir() && !strings.HasPrefix(it.Name(), ".") {
			names = append(names, it.Name())
		}
	}
	return names, nil
}

func (p *Project) out() string { return p.folder + ".out" }

// Built is the cluster's folder, as `mlnetc build` wrote it.
func (p *Project) Built() string { return filepath.Join(p.out(), p.Cluster) }

// Report is what the project says of its Services.
func (p *Project) Report() (*Report, error) {
	text, err := p.ask("report", "conformance", p.folder)
	if err != nil {
		return nil, err
	}
	report := &Report{}
	return report, yaml.Unmarshal([]byte(text), report)
}

// Stream is every manifest, in the order in which they are applied.
func (p *Project) Stream() ([]kube.Object, error) {
	text, err := p.ask("build", p.folder, "-o", "-")
	if err != nil {
		return nil, err
	}
	return kube.Parse([]byte(text))
}

// Values are the Helm values that the project writes.
func (p *Project) Values() ([]kube.Object, error) {
	files, err := filepath.Glob(filepath.Join(p.Built(), "helm", "*.yaml"))
	if err != nil {
		return nil, err
	}
	return kube.Read(files...)
}

// Matrix is who may reach whom, by the compiler's account.
func (p *Project) Matrix() (*Matrix, error) {
	text, err := p.ask("query", p.folder, "* -> *", "--output", "json")
	if err != nil {
		return nil, err
	}
	return readMatrix([]byte(text))
}

// Diff compares the project with a snapshot: what is said, and whether they are the same.
func (p *Project) Diff(snapshot []byte) (string, bool, error) {
	command := p.command("diff", p.folder, "--against", "-")
	command.Stdin = bytes.NewReader(snapshot)
	out, err := command.CombinedOutput()
	if exit, is := err.(*exec.ExitError); is && exit.ExitCode() == 1 {
		return string(out), false, nil
	}
	return string(out), err == nil, err
}

// Gone is an object that a snapshot has, and the project no more.
type Gone struct{ Action, Kind, Namespace, Name string }

// Gone are the objects of a snapshot that mlnetc would take away.
func (p *Project) Gone(snapshot []byte) ([]Gone, error) {
	command := p.command("diff", p.folder, "--against", "-", "--output", "json")
	command.Stdin = bytes.NewReader(snapshot)
	out, err := command.Output()
	if exit, is := err.(*exec.ExitError); is && exit.ExitCode() == 1 {
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("mlnetc diff: %w", err)
	}
	var said struct{ Clusters []struct{ Objects []Gone } }
	if err := json.Unmarshal(out, &said); err != nil {
		return nil, err
	}
	var gone []Gone
	for _, cluster := range said.Clusters {
		gone = append(gone, slices.DeleteFunc(cluster.Objects, func(it Gone) bool { return it.Action != "remove" })...)
	}
	return gone, nil
}

// Says is what mlnetc says of the source: its warnings.
func (p *Project) Says() (string, error) {
	command := p.command("check", "--format", "short", p.folder)
	out, err := command.CombinedOutput()
	return string(out), err
}

func (p *Project) command(arguments ...string) *exec.Cmd {
	arguments = append(arguments, "--today", today, "--color", "never")
	if p.Cluster != "" {
		arguments = append(arguments, "--cluster", p.Cluster)
	}
	return exec.Command(p.mlnetc, arguments...)
}

func (p *Project) ask(arguments ...string) (string, error) {
	command := p.command(arguments...)
	var said bytes.Buffer
	command.Stderr = &said
	out, err := command.Output()
	// 1 is an answer: something is denied.
	if exit, is := err.(*exec.ExitError); is && exit.ExitCode() == 1 && arguments[0] == "query" && json.Valid(out) {
		err = nil
	}
	if err != nil {
		return "", fmt.Errorf("mlnetc %s: %w\n%s", strings.Join(arguments, " "), err, said.String())
	}
	return string(out), nil
}
