// Judges: the same policies before mlnetc's engine, cyclonus' matcher and np-guard's Network Config Analyzer.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	mlnetc := flag.String("mlnetc", "mlnetc", "the mlnetc to try")
	python := flag.String("python", "", "a Python with network-config-analyzer")
	count := flag.Int("count", 300, "how many random sets")
	seed := flag.Uint64("seed", 1, "the first of them")
	keep := flag.String("keep", "", "where the sets are written; a folder that is taken away, unless given")
	race := flag.Bool("speed", false, "measure instead, with 200, 500 and 1,000 workloads")
	largest := flag.Int("largest", 200, "up to how many workloads the two others are measured: 1,000 take each of them minutes")
	flag.Parse()
	if *race {
		if err := speed(*mlnetc, *python, []int{200, 500, 1000}, *largest); err != nil {
			fmt.Fprintf(os.Stderr, "judges: %v\n", err)
			os.Exit(2)
		}
		return
	}
	failed, err := judge(*mlnetc, *python, *keep, *seed, *count, flag.Args())
	if err != nil {
		fmt.Fprintf(os.Stderr, "judges: %v\n", err)
		os.Exit(2)
	}
	if failed > 0 {
		os.Exit(1)
	}
}

// judge holds random sets, and those that sources build, before everybody. It says how many are in trouble.
func judge(mlnetc, python, keep string, seed uint64, count int, sources []string) (int, error) {
	folder := keep
	if folder == "" {
		made, err := os.MkdirTemp("", "mlnetc-judges-")
		if err != nil {
			return 0, err
		}
		defer os.RemoveAll(made)
		folder = made
	}
	var sets []*Set
	for at := range count {
		sets = append(sets, randomSet(seed+uint64(at)))
	}
	for _, source := range sources {
		more, err := built(mlnetc, source, filepath.Join(folder, "source"))
		if err != nil {
			return 0, err
		}
		sets = append(sets, more...)
	}
	analyzer, err := startAnalyzer(python)
	if err != nil {
		return 0, err
	}
	defer analyzer.stop()
	all, err := knownDifferences()
	if err != nil {
		return 0, err
	}
	var total tally
	for at, set := range sets {
		if err := set.read(); err != nil {
			return 0, fmt.Errorf("%s: %w", set.Name, err)
		}
		where := filepath.Join(folder, fmt.Sprintf("%04d", at))
		if err := set.write(where); err != nil {
			return 0, err
		}
		v, err := try(set, where, mlnetc, analyzer)
		if err != nil {
			total.trouble(set, err.Error())
			continue
		}
		if gone := v.settle(set, all); len(gone) > 0 {
			total.trouble(set, strings.Join(gone, "\n"))
			continue
		}
		total.add(set, v)
	}
	total.say()
	return total.failed, nil
}

// try asks everybody about one set.
func try(set *Set, where, mlnetc string, analyzer *analyzer) (verdict, error) {
	var v verdict
	ours, err := askOurs(mlnetc, where)
	if err != nil {
		return v, err
	}
	forCyclonus, replaced, err := set.withLibrary(cyclonusErrs)
	if err != nil {
		return v, err
	}
	if err := v.compare(set, "cyclonus", ours, askCyclonus(forCyclonus)); err != nil {
		return v, err
	}
	forAnalyzer, also, err := set.withLibrary(analyzerErrs)
	if err != nil {
		return v, err
	}
	v.replaced = replaced || also
	plain, rewritten, err := forAnalyzer.plain()
	if err != nil {
		return v, err
	}
	v.rewritten = rewritten
	if err := plain.write(where + "-plain"); err != nil {
		return v, err
	}
	said, err := analyzer.ask(where + "-plain")
	if err != nil {
		return v, err
	}
	if ours, err = askOurs(mlnetc, where+"-plain"); err != nil {
		return v, err
	}
	return v, v.compare(set, "analyzer", ours, said)
}
