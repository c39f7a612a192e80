package kube

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"go.yaml.in/yaml/v3"
)

// At is what lies at a path of keys of nested maps, or nil.
func At(value any, keys ...string) any {
	for _, key := range keys {
		switch it := value.(type) {
		case Object:
			value = it[key]
		case map[string]any:
			value = it[key]
		default:
			return nil
		}
	}
	return value
}

// Text is the string at a path of keys, or "".
func Text(value any, keys ...string) string {
	text, _ := At(value, keys...).(string)
	return text
}

// Items is the list at a path of keys, or nothing.
func Items(value any, keys ...string) []any {
	items, _ := At(value, keys...).([]any)
	return items
}

// Number is the integer at a path of keys, or 0.
func Number(value any, keys ...string) int {
	switch it := At(value, keys...).(type) {
	case int:
		return it
	case float64:
		return int(it)
	default:
		return 0
	}
}

// Name says which object it is, for people.
func Name(object Object) string {
	name := Text(object, "kind") + " "
	if namespace := Text(object, "metadata", "namespace"); namespace != "" {
		name += namespace + "/"
	}
	return name + Text(object, "metadata", "name")
}

// Parse reads a stream of YAML documents.
func Parse(text []byte) ([]Object, error) {
	var objects []Object
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		// Nested maps are plain ones, as JSON's are.
		var object map[string]any
		err := decoder.Decode(&object)
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		if object != nil {
			objects = append(objects, object)
		}
	}
}

// Read reads the YAML documents of files.
func Read(paths ...string) ([]Object, error) {
	var objects []Object
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		more, err := Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		objects = append(objects, more...)
	}
	return objects, nil
}
