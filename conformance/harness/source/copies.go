package source

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Copies is the project with so many tenants instead of the one of its `tenant.mlnet`, `t000`.
func (p *Project) Copies(count int, into string) (*Project, error) {
	other := &Project{Name: fmt.Sprintf("%d of %s", count, p.Name), Cluster: p.Cluster, mlnetc: p.mlnetc}
	other.folder = filepath.Join(into, fmt.Sprintf("%d-copies", count))
	if err := copyTree(p.folder, other.folder); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(p.folder, "tenant.mlnet"))
	if err != nil {
		return nil, err
	}
	if err := os.Remove(filepath.Join(other.folder, "tenant.mlnet")); err != nil {
		return nil, err
	}
	for at := range count {
		name := fmt.Sprintf("t%03d", at)
		own := strings.ReplaceAll(string(text), "t000", name)
		if err := os.WriteFile(filepath.Join(other.folder, name+".mlnet"), []byte(own), 0o644); err != nil {
			return nil, err
		}
	}
	return other, nil
}
