package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"time"

	"mlnetc.dev/conformance/harness/kube"
)

// A module is one set of pins: a Go module whose program is built, and folders of definitions that it brings.
type module struct {
	name, folder string
	target       string // the package to build
	also         string // another one, if there is one: `also` beside `program`
	flags        string // for the linker
	pin          string // the upstream module that has the definitions
	definitions  []string
}

var modules = []module{
	{
		name: "kubernetes", folder: "kubernetes", target: ".",
		flags: "-X k8s.io/component-base/version.gitVersion=v1.34.4 -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=34",
	},
	{
		name: "calico", folder: "calico", target: "github.com/projectcalico/calico/felix/cmd/calico-felix",
		pin: "github.com/projectcalico/calico",
		definitions: []string{
			"libcalico-go/config/crd/*.yaml",
			"charts/tigera-operator/crds/operator.tigera.io_installations_crd.yaml",
		},
	},
	{
		name: "metallb 0.14", folder: "metallb-0.14", target: "go.universe.tf/metallb/controller",
		pin: "go.universe.tf/metallb", definitions: []string{"config/crd/bases/*.yaml"},
	},
	{
		name: "metallb 0.15", folder: "metallb-0.15", target: "go.universe.tf/metallb/controller",
		also: "go.universe.tf/metallb/speaker",
		pin:  "go.universe.tf/metallb", definitions: []string{"config/crd/bases/*.yaml"},
	},
}

// cache is where binaries are kept, outside the repository.
func cache() string {
	if folder := os.Getenv("XDG_CACHE_HOME"); folder != "" {
		return filepath.Join(folder, "mlnetc-conformance")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = "/root"
	}
	return filepath.Join(home, ".cache", "mlnetc-conformance")
}

// build makes every program that is not in the cache yet, one after the other, since each needs all processors.
func build(conformance string) (kube.Programs, error) {
	programs := kube.Programs{MetalLB: map[string]string{}, MetalLBCRDs: map[string][]string{}}
	for _, it := range modules {
		folder, err := it.built(filepath.Join(conformance, "modules", it.folder))
		if err != nil {
			return programs, err
		}
		program := filepath.Join(folder, "program")
		definitions, err := filepath.Glob(filepath.Join(folder, "definitions", "*.yaml"))
		if err != nil {
			return programs, err
		}
		switch version, is := strings.CutPrefix(it.name, "metallb "); {
		case is:
			programs.MetalLB[version], programs.MetalLBCRDs[version] = program, definitions
			if it.also != "" {
				programs.Speaker = filepath.Join(folder, "also")
			}
		case it.name == "calico":
			programs.Felix, programs.CRDs = program, definitions
		default:
			programs.Kube = program
		}
	}
	return programs, nil
}

// built is the module's folder in the cache, named by all that decides what is in it.
func (m module) built(source string) (string, error) {
	hash := sha256.New()
	files, err := filepath.Glob(filepath.Join(source, "*"))
	if err != nil || len(files) == 0 {
		return "", fmt.Errorf("there is no module in %s", source)
	}
	sort.Strings(files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(hash, "%s %d\n%s", filepath.Base(file), len(text), text)
	}
	fmt.Fprintf(hash, "%s %s %v", m.target, m.flags, m.definitions)
	if m.also != "" {
		fmt.Fprintf(hash, " %s", m.also)
	}
	folder := filepath.Join(cache(), m.folder+"-"+hex.EncodeToString(hash.Sum(nil))[:16])
	if err := os.MkdirAll(cache(), 0o755); err != nil {
		return "", err
	}
	lock, err := os.OpenFile(folder+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(folder, "program")); err == nil {
		return folder, nil
	}
	began := time.Now()
	fmt.Fprintf(os.Stderr, "building %s (kept in %s)\n", m.name, folder)
	if err := m.make(source, folder); err != nil {
		return "", fmt.Errorf("cannot build %s: %w", m.name, err)
	}
	fmt.Fprintf(os.Stderr, "built %s in %s\n", m.name, time.Since(began).Round(time.Second))
	return folder, nil
}

func (m module) make(source, folder string) error {
	definitions := filepath.Join(folder, "definitions")
	if err := os.MkdirAll(definitions, 0o755); err != nil {
		return err
	}
	if m.pin != "" {
		where, err := goTool(source, "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", m.pin)
		if err == nil && strings.TrimSpace(where) == "" {
			// It is not in the module cache yet.
			if _, err = goTool(source, "mod", "download", m.pin); err == nil {
				where, err = goTool(source, "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", m.pin)
			}
		}
		if err != nil {
			return err
		}
		for _, pattern := range m.definitions {
			files, err := filepath.Glob(filepath.Join(strings.TrimSpace(where), pattern))
			if err != nil || len(files) == 0 {
				return fmt.Errorf("%s has no %s", m.pin, pattern)
			}
			for _, file := range files {
				text, err := os.ReadFile(file)
				if err != nil {
					return err
				}
				if filepath.Base(file) == "kustomization.yaml" {
					continue
				}
				if err := os.WriteFile(filepath.Join(definitions, filepath.Base(file)), text, 0o644); err != nil {
					return err
				}
			}
		}
	}
	// The program comes last: where it is, everything is.
	for _, it := range []struct{ file, target string }{{"also", m.also}, {"program", m.target}} {
		if it.target == "" {
			continue
		}
		made := filepath.Join(folder, it.file)
		_, err := goTool(source, "build", "-mod=readonly", "-trimpath", "-ldflags=-s -w "+m.flags, "-o", made+".new", it.target)
		if err != nil {
			return err
		}
		if err := os.Rename(made+".new", made); err != nil {
			return err
		}
	}
	return nil
}

func goTool(folder string, arguments ...string) (string, error) {
	command := exec.Command("go", arguments...)
	command.Dir = folder
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	var failed strings.Builder
	command.Stderr = &failed
	out, err := command.Output()
	if err != nil {
		text := failed.String()
		if len(text) > 3000 {
			text = "…" + text[len(text)-3000:]
		}
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(arguments, " "), err, text)
	}
	return string(out), nil
}
