package main

import (
	"errors"
	"fmt"
	"strings"
)

// Difference is a connection about which a judge does not agree with us.
type difference struct {
	judge          string
	client, server End
	protocol       string
	port           int
	ours           bool
}

func (d difference) String() string {
	return fmt.Sprintf("%s -> %s %s %d: ours %s, %s %s", d.client, d.server, d.protocol, d.port, word(d.ours), d.judge, word(!d.ours))
}

func word(allowed bool) string {
	if allowed {
		return "open"
	}
	return "closed"
}

// Verdict is what came out of one set.
type verdict struct {
	asked, open, known int
	// Whether a judge got the library's selectors, and the analyzer other words.
	replaced, rewritten bool
	differences         []difference
}

// compare asks a judge and mlnetc about each pair, at every port at which one of them changes its answer.
func (v *verdict) compare(set *Set, judge string, ours, other Opinion) error {
	ends := set.ends()
	out, in := make([][]int, len(ends)), make([][]int, len(ends))
	for at, end := range ends {
		var err, also error
		out[at], err = set.edges(end, false)
		in[at], also = set.edges(end, true)
		if err := errors.Join(err, also); err != nil {
			return err
		}
	}
	for at, client := range ends {
		for to, server := range ends {
			// No policy speaks of two addresses outside; and a pod reaches itself, which no judge models.
			if client.Pod == nil && server.Pod == nil || at == to {
				continue
			}
			mine, theirs := ours.Between(client, server), other.Between(client, server)
			for _, protocol := range protocols {
				for _, port := range around(out[at], in[to], mine.Edges(protocol), theirs.Edges(protocol)) {
					allowed := mine.Allows(protocol, port)
					v.asked++
					if allowed {
						v.open++
					}
					if theirs.Allows(protocol, port) != allowed {
						v.differences = append(v.differences, difference{judge, client, server, protocol, port, allowed})
					}
				}
			}
		}
	}
	return nil
}

// Tally counts over sets.
type tally struct {
	passed, failed, replaced, rewritten, asked, open, known int
}

func (t *tally) add(set *Set, v verdict) {
	t.asked += v.asked
	t.open += v.open
	t.known += v.known
	if v.replaced {
		t.replaced++
	}
	if v.rewritten {
		t.rewritten++
	}
	if len(v.differences) == 0 {
		t.passed++
		return
	}
	seen := map[string]bool{}
	var lines []string
	for _, it := range v.differences {
		key := fmt.Sprint(it.judge, it.client, it.server, it.ours)
		if !seen[key] {
			seen[key] = true
			lines = append(lines, it.String())
		}
	}
	if len(lines) > 6 {
		lines = append(lines[:6], fmt.Sprintf("and %d more pairs", len(lines)-6))
	}
	t.trouble(set, strings.Join(lines, "\n"))
}

func (t *tally) trouble(set *Set, why string) {
	t.failed++
	fmt.Printf("FAIL  %s\n      %s\n", set.Name, strings.ReplaceAll(strings.TrimSpace(why), "\n", "\n      "))
}

func (t *tally) say() {
	fmt.Printf("%d answers compared, %d of them open; %d answers of judges are known to be wrong\n", t.asked, t.open, t.known)
	fmt.Printf("%d sets with Kubernetes' selectors instead of a judge's own, %d in other words for the analyzer\n", t.replaced, t.rewritten)
	fmt.Printf("%d passed, %d failed, 0 skipped\n", t.passed, t.failed)
}
