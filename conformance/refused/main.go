// Refused: what the API server refuses, mlnetc refuses, and what mlnetc accepts, the API server accepts. A table of
// values at the edges of rules, and just past them; each is put into an object and into a source.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Rule is something that the server and mlnetc both check, or that only one of them does.
type Rule struct {
	Rule string `yaml:"rule"`
	// Whether the server has to be asked without a dry run.
	Real bool `yaml:"real"`
	// What the server gets, and what mlnetc gets; VALUE stands for the value.
	Object any    `yaml:"object"`
	Source string `yaml:"source"`
	Rows   []Row  `yaml:"rows"`
}

// Row is one value.
type Row struct {
	Value Value `yaml:"value"`
	// As the object has it, where that is another word for it.
	InObject *Value `yaml:"in-object"`
	// Whether the server takes the object.
	Server bool `yaml:"server"`
	// Whether mlnetc cuts the value, so that what it writes is accepted all the same.
	Cut bool `yaml:"cut"`
	// The code with which mlnetc refuses the source, or nothing.
	Code string `yaml:"code"`
	// Why mlnetc is stricter than the server, where it is.
	Why string `yaml:"why"`
}

// Value is a text, or so many copies of one.
type Value struct {
	text string
	raw  any
}

// UnmarshalYAML reads `text`, or `{of: text, times: 63}` with `begin` and `end` around it.
func (v *Value) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		v.text = node.Value
		return node.Decode(&v.raw)
	}
	var many struct {
		Begin, Of, End string
		Times          int
	}
	if err := node.Decode(&many); err != nil {
		return err
	}
	v.text = many.Begin + strings.Repeat(many.Of, many.Times) + many.End
	v.raw = v.text
	return nil
}

func (v Value) String() string {
	if len(v.text) > 40 {
		return fmt.Sprintf("%q… (%d characters)", v.text[:12], len(v.text))
	}
	return fmt.Sprintf("%q", v.text)
}

func main() {
	mlnetc := flag.String("mlnetc", "mlnetc", "the mlnetc to try")
	tables := flag.String("tables", "tables", "the folder with the tables")
	flag.Parse()
	failed, err := run(*mlnetc, *tables)
	if err != nil {
		fmt.Fprintf(os.Stderr, "refused: %v\n", err)
		os.Exit(2)
	}
	if failed {
		os.Exit(1)
	}
}

func run(mlnetc, tables string) (bool, error) {
	server, err := dial(os.Getenv("KUBECONFIG"))
	if err != nil {
		return false, err
	}
	paths, err := filepath.Glob(filepath.Join(tables, "*.yaml"))
	if err != nil || len(paths) == 0 {
		return false, fmt.Errorf("there are no tables in %s", tables)
	}
	sort.Strings(paths)
	passed, failed, stricter := 0, 0, 0
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return false, err
		}
		var rules []Rule
		decoder := yaml.NewDecoder(bytes.NewReader(text))
		decoder.KnownFields(true)
		if err := decoder.Decode(&rules); err != nil {
			return false, fmt.Errorf("%s: %w", path, err)
		}
		for _, rule := range rules {
			for _, row := range rule.Rows {
				trouble, err := rule.try(row, mlnetc, server)
				if err != nil {
					return false, fmt.Errorf("%s: %s, %s: %w", path, rule.Rule, row.Value, err)
				}
				if row.Server && row.Code != "" {
					stricter++
				}
				if len(trouble) == 0 {
					passed++
					continue
				}
				failed++
				fmt.Printf("FAIL  %s: %s\n      %s\n", rule.Rule, row.Value, strings.Join(trouble, "\n      "))
			}
		}
	}
	fmt.Printf("in %d rows mlnetc is stricter than the server, with the reason in the table\n", stricter)
	fmt.Printf("%d passed, %d failed, 0 skipped\n", passed, failed)
	return failed > 0, nil
}

// try holds one row against both, and says what is not as the table has it.
func (r Rule) try(row Row, mlnetc string, server *server) ([]string, error) {
	var trouble []string
	if !row.Server && row.Code == "" && !row.Cut {
		trouble = append(trouble, "mlnetc is more lax than the server")
	}
	if row.Server && row.Code != "" && row.Why == "" {
		trouble = append(trouble, "mlnetc is stricter than the server, and the table does not say why")
	}
	if r.Object != nil {
		value := row.Value
		if row.InObject != nil {
			value = *row.InObject
		}
		refusal, err := server.apply(put(r.Object, value), r.Real)
		if err != nil {
			return nil, err
		}
		if row.Server != (refusal == "") {
			trouble = append(trouble, fmt.Sprintf("the server: %s", or(refusal, "accepted")))
		}
	}
	said, built, err := compile(mlnetc, strings.ReplaceAll(r.Source, "VALUE", row.Value.text))
	if err != nil {
		return nil, err
	}
	if row.Code != said.code {
		trouble = append(trouble, fmt.Sprintf("mlnetc: %s, not %s", or(said.text, "accepted"), or(row.Code, "accepted")))
	}
	// What mlnetc writes, the server takes, unless mlnetc warned that it does not.
	if strings.HasPrefix(said.code, "W") {
		built = nil
	}
	for _, object := range built {
		refusal, err := server.apply(object, false)
		if err != nil {
			return nil, err
		}
		if refusal != "" {
			trouble = append(trouble, fmt.Sprintf("the server refuses what mlnetc writes: %s", refusal))
		}
	}
	return trouble, nil
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// put replaces VALUE: as a whole it becomes the value with its own type, in a text its letters.
func put(into any, value Value) any {
	switch it := into.(type) {
	case map[string]any:
		made := map[string]any{}
		for key, of := range it {
			made[strings.ReplaceAll(key, "VALUE", value.text)] = put(of, value)
		}
		return made
	case []any:
		made := []any{}
		for _, of := range it {
			made = append(made, put(of, value))
		}
		return made
	case string:
		if it == "VALUE" {
			return value.raw
		}
		return strings.ReplaceAll(it, "VALUE", value.text)
	}
	return into
}
