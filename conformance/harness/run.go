package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"mlnetc.dev/conformance/harness/box"
	"mlnetc.dev/conformance/harness/cases"
	"mlnetc.dev/conformance/harness/kube"
)

// What the box is told.
type errand struct {
	Programs   kube.Programs
	Repository string
	Mlnetc     string
	Generated  string
	Names      []string
}

func run(conformance string, names []string) error {
	if err := ready(); err != nil {
		return err
	}
	// A name that does not exist is said before anything is built.
	tried, err := cases.Read(filepath.Join(conformance, "cases"), names)
	if err != nil {
		return err
	}
	programs, err := build(conformance)
	if err != nil {
		return err
	}
	mlnetc, err := compiler(conformance)
	if err != nil {
		return err
	}
	generated, err := generate(conformance, tried)
	if err != nil {
		return err
	}
	lanes := &lanes{conformance: conformance, errand: errand{
		Programs: programs, Repository: filepath.Dir(conformance), Mlnetc: mlnetc, Generated: generated,
	}}
	result, err := lanes.run(cases.Groups(tried))
	if err != nil {
		return err
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", result.Passed, result.Failed, result.Skipped)
	// Where everything has to run, what did not run has failed.
	if result.Failed > 0 || result.Skipped > 0 && os.Getenv("CI") == "true" {
		return failure(1)
	}
	return nil
}

// generate writes the random programs that cases ask for, by case, where the binaries are kept; or they are
// there already: in $MLNETC_PROGRAMS.
func generate(conformance string, tried []*cases.Case) (string, error) {
	if folder := os.Getenv("MLNETC_PROGRAMS"); folder != "" {
		return filepath.Abs(folder)
	}
	folder := filepath.Join(cache(), "programs")
	for _, it := range tried {
		if it.Programs == nil {
			continue
		}
		own := filepath.Join(folder, it.Name)
		if err := os.RemoveAll(own); err != nil {
			return "", err
		}
		if err := os.MkdirAll(own, 0o755); err != nil {
			return "", err
		}
		command := exec.Command("cargo", "test", "--quiet", "--locked", "--test", "golden", "--", "--write-programs", own,
			"--count", fmt.Sprint(it.Programs.Count), "--seed", fmt.Sprint(it.Programs.Seed))
		command.Dir = filepath.Dir(conformance)
		if out, err := command.CombinedOutput(); err != nil {
			return "", fmt.Errorf("the random programs cannot be written: %w\n%s", err, out)
		}
	}
	return folder, nil
}

// insideRun is the first process of the box in which cases are tried.
func insideRun(conformance string, arguments []string) error {
	var told errand
	if err := json.Unmarshal([]byte(arguments[0]), &told); err != nil {
		return err
	}
	if err := box.Furnish(); err != nil {
		return err
	}
	tried, err := cases.Read(filepath.Join(conformance, "cases"), told.Names)
	if err != nil {
		return err
	}
	runner := &cases.Runner{
		Programs: told.Programs, Repository: told.Repository, Mlnetc: told.Mlnetc,
		Generated: told.Generated,
	}
	return json.NewEncoder(os.NewFile(resultPipe, "result")).Encode(runner.Run(tried))
}
