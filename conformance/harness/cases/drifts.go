package cases

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mlnetc.dev/conformance/harness/kube"
	"mlnetc.dev/conformance/harness/source"
)

// Drifts: of an empty cluster `mlnetc diff` says that all is created, right after an apply that nothing differs, and
// of each change that somebody makes exactly what it is. An apply then takes back what it can take back.
type Drifts struct {
	// The tables of drifts, by the source on whose objects they are tried.
	Tables map[string][]string `yaml:"tables"`
}

// A table is a file of drifts.
type table struct {
	// What others have in the cluster.
	Given  []map[string]any `yaml:"given"`
	Drifts []drift          `yaml:"drifts"`
}

// A drift is what somebody does, and what `mlnetc diff` has to say of it.
type drift struct {
	Name string   `yaml:"drift"`
	Do   []action `yaml:"do"`
	// The exit code; 1 if nothing is said.
	Exit *int `yaml:"exit"`
	// All objects that differ, as "change Service shop/front", and all connections that open and close.
	Objects []string `yaml:"objects"`
	Opens   []string `yaml:"opens"`
	Closes  []string `yaml:"closes"`
	// How many risks there are of each class.
	Risks map[string]int `yaml:"risks"`
	// The policies of others beside those of the source.
	Others []string `yaml:"others"`
	// The Helm releases whose values are to be applied again.
	Values []string `yaml:"values"`
	// The codes of the warnings, beside those that are there without a drift.
	Warns []string `yaml:"warns"`
	// What the text for people has in it, and what it has not.
	Shows []string `yaml:"shows"`
	Hides []string `yaml:"hides"`
	// The exit code with `--fail-on`, by its classes.
	FailOn map[string]int `yaml:"fail-on"`
	// What differs still when the objects were applied: what is for others to set, or what an apply refuses, and why.
	Stays   []string `yaml:"stays"`
	Refuses string   `yaml:"refuses"`
}

func (d *Drifts) try(t *trial) error {
	for name := range d.Tables {
		if !slices.Contains(t.of.Sources, name) {
			return fmt.Errorf("there are drifts of %s, which is no source of this case", name)
		}
	}
	if err := t.created(); err != nil {
		return err
	}
	patches, err := t.patched()
	if err != nil {
		return err
	}
	if err := t.apply(); err != nil {
		return err
	}
	var drifts []drift
	for _, file := range d.Tables[t.project.Name] {
		var read table
		if err := strictly(filepath.Join(t.of.folder, file), &read); err != nil {
			return err
		}
		for _, object := range read.Given {
			if err := t.cluster.Create(object); err != nil && !kube.Exists(err) {
				return fmt.Errorf("%s: %s: %w", file, kube.Name(object), err)
			}
		}
		drifts = append(drifts, read.Drifts...)
	}
	if err := t.patchable(patches); err != nil {
		return err
	}
	t.stream = append(t.stream, patches...)
	was, err := t.settled()
	if err != nil {
		return err
	}
	before, err := t.diff()
	if err != nil {
		return err
	}
	if wrong := (&drift{Exit: new(int)}).wrong(before, before); wrong != "" {
		return fmt.Errorf("right after an apply, %s", wrong)
	}
	t.tally.same++
	if err := t.rights(before); err != nil {
		return err
	}
	var failures []error
	for _, it := range drifts {
		began := time.Now()
		if err := t.drift(it, before); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", it.Name, err))
		}
		t.trace(it.Name, began)
		if err := t.back(was); err != nil {
			return errors.Join(append(failures, fmt.Errorf("%s is not undone: %w", it.Name, err))...)
		}
		now, err := t.again()
		if err == nil && (now.JSON != before.JSON || now.Exit != before.Exit) {
			err = fmt.Errorf("mlnetc diff says %s\ninstead of %s", now.JSON, before.JSON)
		}
		if err != nil {
			return errors.Join(append(failures, fmt.Errorf("after %s was undone: %w", it.Name, err))...)
		}
		t.tally.drifts++
	}
	return errors.Join(failures...)
}

// drift makes a change, judges what is said of it, and applies what differs.
func (t *trial) drift(it drift, before *source.Difference) error {
	for _, action := range it.Do {
		if err := t.do(action); err != nil {
			return err
		}
	}
	said, err := t.diff()
	if err != nil {
		return err
	}
	var failures []error
	if wrong := it.wrong(said, before); wrong != "" {
		failures = append(failures, errors.New(wrong))
	}
	for _, classes := range slices.Sorted(maps.Keys(it.FailOn)) {
		wanted := it.FailOn[classes]
		said, err := t.again("--fail-on", classes)
		if err != nil {
			return err
		}
		if said.Exit != wanted {
			failures = append(failures, fmt.Errorf("with --fail-on %s it exits with %d instead of %d\n%s", classes, said.Exit, wanted, said.Text))
		}
	}
	if err := t.applied(said); !it.refused(err) {
		return errors.Join(append(failures, fmt.Errorf("an apply says %v instead of %q", err, it.Refuses))...)
	}
	after, err := t.again()
	if err != nil {
		return err
	}
	if !slices.Equal(after.Objects, it.Stays) {
		failures = append(failures, fmt.Errorf("after an apply there is %q left instead of %q\n%s", after.Objects, it.Stays, after.Text))
	}
	return errors.Join(failures...)
}

// applied applies what differs, as `kubectl apply --server-side --force-conflicts` does, and takes away what goes.
// What charts and operators make does not come by an apply.
func (t *trial) applied(said *source.Difference) error {
	for _, object := range t.stream {
		name := kube.Name(object)
		isOurs := kube.Text(object, "metadata", "labels", "app.kubernetes.io/managed-by") == manager
		if isOurs && slices.Contains(said.Objects, "create "+name) || slices.Contains(said.Objects, "change "+name) {
			if err := t.cluster.Force(object, manager); err != nil {
				return fmt.Errorf("%s is not accepted: %w", name, err)
			}
		}
	}
	for _, it := range said.Objects {
		if name, goes := strings.CutPrefix(it, "remove "); goes {
			path, err := address(name)
			if err != nil {
				return err
			}
			var object kube.Object
			if err := t.cluster.Get(path, &object); err != nil {
				return err
			}
			if err := t.remove(path, object); err != nil {
				return err
			}
		}
	}
	return nil
}

// refused says whether an apply says what is expected of it: nothing, most of the time.
func (d *drift) refused(err error) bool {
	if err == nil {
		return d.Refuses == ""
	}
	return d.Refuses != "" && strings.Contains(err.Error(), d.Refuses)
}

// wrong says what is not as expected, with all that was said; nothing where all is.
func (d *drift) wrong(said, before *source.Difference) string {
	wanted := 1
	if d.Exit != nil {
		wanted = *d.Exit
	}
	var wrong []string
	say := func(what string, is, wanted any) {
		if is, wanted := words(is), words(wanted); is != wanted {
			wrong = append(wrong, fmt.Sprintf("%s: %s\n  instead of %s", what, is, wanted))
		}
	}
	say("exit code", said.Exit, wanted)
	say("objects", said.Objects, d.Objects)
	say("opens", said.Opens, d.Opens)
	say("closes", said.Closes, d.Closes)
	say("risks", said.Risks, d.Risks)
	say("policies of others", said.Others, d.Others)
	say("values", said.Values, d.Values)
	say("warnings", said.Warns, slices.Sorted(slices.Values(append(slices.Clone(before.Warns), d.Warns...))))
	say("summary", said.Summary, said.Counted(before))
	for _, it := range d.Shows {
		if !strings.Contains(said.Text, it) {
			wrong = append(wrong, "it does not say: "+it)
		}
	}
	for _, it := range d.Hides {
		if strings.Contains(said.Text+said.JSON, it) {
			wrong = append(wrong, "it says: "+it)
		}
	}
	if len(wrong) == 0 {
		return ""
	}
	return "mlnetc diff is not as expected\n" + strings.Join(wrong, "\n") + "\n" + said.Text
}

// words writes a list with quotes, so that one thing is not taken for two.
func words(value any) string {
	if list, is := value.([]string); is {
		return fmt.Sprintf("%q", list)
	}
	return fmt.Sprint(value)
}
