// Package cases reads what is to be tried, and tries it. A case is a folder with a `case.yaml`: data, no code.
package cases

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"

	"mlnetc.dev/conformance/harness/kube"
)

// Case is what a `case.yaml` says.
type Case struct {
	Name string `yaml:"-"`
	// The folder with its files.
	folder string
	// What it shows, in a line.
	About string `yaml:"about"`
	// The sources: paths and patterns from the root of the repository, or from the case's folder with `./`.
	Sources []string `yaml:"sources"`
	// Or so many random programs, from a seed.
	Programs *Programs `yaml:"programs"`
	// Which clusters of the sources; all of them if it says none.
	Clusters []string `yaml:"clusters"`
	// The network of the box, where it is another than `up` has.
	Box kube.Settings `yaml:"box"`
	// The codes of the warnings that the compiler promises for these sources, each as often as it is said.
	Says []string `yaml:"says"`
	// About how many seconds it takes, if that is long: then it begins before others, the longest first, and has its
	// cluster for itself.
	Long int `yaml:"long"`
	// What is tried.
	Checks Checks `yaml:"checks"`
	// Or a program of its own, from the root of the repository, with its arguments. It needs no box, says in its
	// last line what it tried, and exits with 0 where all holds. It gets the compiler as $MLNETC.
	Command []string `yaml:"command"`
}

// Programs asks for random programs.
type Programs struct {
	Count int `yaml:"count"`
	Seed  int `yaml:"seed"`
}

// Checks are what is tried with each source, in this order.
type Checks struct {
	Accepted    *Accepted    `yaml:"accepted"`
	Addresses   *Addresses   `yaml:"addresses"`
	Packets     *Packets     `yaml:"packets"`
	Live        *Live        `yaml:"live"`
	Transitions *Transitions `yaml:"transitions"`
	Patches     *Patches     `yaml:"patches"`
	Drifts      *Drifts      `yaml:"drifts"`
	Faults      *Faults      `yaml:"faults"`
	Speed       *Speed       `yaml:"speed"`
	Routes      *Routes      `yaml:"routes"`
}

// Read reads the cases that are named, or all of them.
func Read(folder string, names []string) ([]*Case, error) {
	all, err := filepath.Glob(filepath.Join(folder, "*", "case.yaml"))
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, name := range names {
		wanted[strings.TrimSuffix(filepath.Base(name), "/")] = true
	}
	var cases []*Case
	for _, path := range all {
		name := filepath.Base(filepath.Dir(path))
		if len(names) > 0 && !wanted[name] {
			continue
		}
		delete(wanted, name)
		it := &Case{Name: name, folder: filepath.Dir(path), Box: kube.Default()}
		if err := strictly(path, it); err != nil {
			return nil, err
		}
		cases = append(cases, it)
	}
	for name := range wanted {
		return nil, fmt.Errorf("there is no case %q in %s", name, folder)
	}
	// Cases with the same network come one after the other, so that they can share a cluster.
	sort.SliceStable(cases, func(i, j int) bool { return key(cases[i]) < key(cases[j]) })
	return cases, nil
}

// strictly reads a file of a case, in which everything has to mean something.
func strictly(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// What cases are sorted by: those with a program of their own come last.
func key(it *Case) string {
	if len(it.Command) > 0 {
		return "~" + it.Name
	}
	return fmt.Sprintf("%v", it.Box)
}

// Groups are the cases that share a cluster; what takes longest comes first. Cases that take long have one for themselves.
func Groups(all []*Case) [][]*Case {
	var groups [][]*Case
	for i, it := range all {
		if i == 0 || it.alone() || all[i-1].alone() || key(all[i-1]) != key(it) {
			groups = append(groups, nil)
		}
		last := len(groups) - 1
		groups[last] = append(groups[last], it)
	}
	sort.SliceStable(groups, func(i, j int) bool { return seconds(groups[i]) > seconds(groups[j]) })
	return groups
}

// seconds are about how long a group takes.
func seconds(group []*Case) int {
	sum := 0
	for _, it := range group {
		sum += max(it.Long, 30)
	}
	return sum
}

// alone says whether a case shares its cluster with no other: it takes long, or is a program of its own.
func (c *Case) alone() bool { return c.Long > 0 || len(c.Command) > 0 }

// paths are the sources that a pattern of the case means.
func (c *Case) paths(repository string) ([]string, error) {
	var paths []string
	for _, pattern := range c.Sources {
		from := repository
		if strings.HasPrefix(pattern, "./") {
			from = c.folder
		}
		found, err := filepath.Glob(filepath.Join(from, pattern))
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("nothing is at %s", pattern)
		}
		paths = append(paths, found...)
	}
	return paths, nil
}
