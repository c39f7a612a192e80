// The conformance harness: a real cluster in one box, and cases that are tried on it.
//
//	up                starts a cluster and leaves it standing
//	down              takes it away
//	enter PLACE CMD…  runs a command in one of its network namespaces
//	run [CASE…]       tries cases, each on a fresh cluster or on one that cases share
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// A reason why nothing was tried. It is no failure, unless in CI, where everything has to run.
type missing struct{ what string }

func (m missing) Error() string { return m.what }

func init() {
	// A child that is told to die with its parent dies with the parent's thread: this one has to stay.
	runtime.LockOSThread()
}

func main() {
	err := errors.New("say what to do: up, down, enter PLACE COMMAND…, run [CASE…]")
	if len(os.Args) > 2 {
		conformance, command, arguments := os.Args[1], os.Args[2], os.Args[3:]
		switch command {
		case "up":
			err = up(conformance)
		case "down":
			err = down()
		case "enter":
			err = enter(arguments)
		case "run":
			err = run(conformance, arguments)
		case "inside-up":
			err = insideUp(conformance, arguments[0])
		case "inside-run":
			err = insideRun(conformance, arguments)
		}
	}
	var failed failure
	switch {
	case err == nil:
	case errors.As(err, &failed):
		os.Exit(int(failed))
	default:
		fmt.Fprintf(os.Stderr, "conformance: %v\n", err)
		os.Exit(2)
	}
}

// A run with cases that failed: the exit code. What failed has been said.
type failure int

func (f failure) Error() string { return fmt.Sprintf("exit code %d", int(f)) }

// ready says in one line what is missing on this machine.
func ready() error {
	var absent []string
	if os.Geteuid() != 0 {
		absent = append(absent, "root")
	}
	for _, tool := range []string{"go", "ip", "iptables", "ipset", "conntrack"} {
		if _, err := exec.LookPath(tool); err != nil {
			absent = append(absent, tool)
		}
	}
	if len(absent) > 0 {
		return missing{"not run: missing here: " + strings.Join(absent, ", ") +
			" (Debian: apt-get install iptables ipset conntrack iproute2; Go from https://go.dev/dl)"}
	}
	return nil
}

// compiler is the mlnetc to try: $MLNETC, or the one of this repository as users have it, built now.
func compiler(conformance string) (string, error) {
	if path := os.Getenv("MLNETC"); path != "" {
		return filepath.Abs(path)
	}
	repository := filepath.Dir(conformance)
	build := exec.Command("cargo", "build", "--locked", "--release", "--quiet", "--bin", "mlnetc")
	build.Dir, build.Stderr = repository, os.Stderr
	if err := build.Run(); err != nil {
		return "", fmt.Errorf("cannot build mlnetc: %w", err)
	}
	target := os.Getenv("CARGO_TARGET_DIR")
	if target == "" {
		target = filepath.Join(repository, "target")
	}
	return filepath.Join(target, "release", "mlnetc"), nil
}
