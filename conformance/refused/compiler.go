package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Said is the first thing that mlnetc says of a source.
type said struct{ code, text string }

var code = regexp.MustCompile(`\b[EW][0-9]{4}\b`)

// The networks that every source needs, unless it has a cluster of its own.
const cluster = "cluster c { pods = 10.42.0.0/16, services = 10.43.0.0/16 }\n"

// compile gives the errors of a source, or what it builds.
func compile(mlnetc, source string) (said, []any, error) {
	folder, err := os.MkdirTemp("", "mlnetc-refused-")
	if err != nil {
		return said{}, nil, err
	}
	defer os.RemoveAll(folder)
	if !strings.Contains(source, "cluster ") {
		source = cluster + source
	}
	if err := os.WriteFile(filepath.Join(folder, "in.mlnet"), []byte(source), 0o644); err != nil {
		return said{}, nil, err
	}
	command := exec.Command(mlnetc, "build", "-o", "-", "--format", "short", folder)
	var out, errors bytes.Buffer
	command.Stdout, command.Stderr = &out, &errors
	if err := command.Run(); err != nil {
		if command.ProcessState.ExitCode() != 1 {
			return said{"crash", errors.String()}, nil, nil
		}
		return said{code.FindString(errors.String()), strings.TrimSpace(errors.String())}, nil, nil
	}
	var built []any
	decoder := yaml.NewDecoder(&out)
	for {
		var object map[string]any
		if err := decoder.Decode(&object); err == io.EOF {
			return said{code.FindString(errors.String()), strings.TrimSpace(errors.String())}, built, nil
		} else if err != nil {
			return said{}, nil, fmt.Errorf("what mlnetc builds is no YAML: %w", err)
		}
		if object != nil {
			built = append(built, object)
		}
	}
}
