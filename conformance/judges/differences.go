package main

import (
	_ "embed"
	"fmt"

	"sigs.k8s.io/yaml"
)

//go:embed differences.yaml
var written []byte

// Known is a difference that was looked into: who is right, by what, and why the other is not.
type known struct {
	Set     string `json:"set"`
	Judge   string `json:"judge"`
	Client  string `json:"client"`
	Server  string `json:"server"`
	Verdict string `json:"verdict"`
	Why     string `json:"why"`
}

func knownDifferences() ([]known, error) {
	var all []known
	return all, yaml.UnmarshalStrict(written, &all)
}

// settle takes the differences that are known out of a verdict; one that is gone is a difference, too.
func (v *verdict) settle(set *Set, all []known) []string {
	var gone []string
	for _, it := range all {
		if it.Set != set.Name {
			continue
		}
		var rest []difference
		for _, found := range v.differences {
			if found.judge != it.Judge || found.client.String() != it.Client || found.server.String() != it.Server {
				rest = append(rest, found)
			}
		}
		if len(rest) == len(v.differences) {
			gone = append(gone, fmt.Sprintf("%s agrees about %s -> %s, in spite of differences.yaml", it.Judge, it.Client, it.Server))
		}
		v.known += len(v.differences) - len(rest)
		v.differences = rest
	}
	return gone
}
