package cases

import (
	"fmt"
	"time"
)

// A tally counts what a case has tried, over all its sources.
type tally struct {
	objects, addresses, orders int
	probes, open, closed       int
	others                     []string
	enforced                   []time.Duration
	patches, same              int
	created, drifts, faults    int
	routes, withdrawn          int
}

// notes says what was tried, in a few words.
func (t *tally) notes() []string {
	var notes []string
	add := func(count int, format string, arguments ...any) {
		if count > 0 {
			notes = append(notes, fmt.Sprintf(format, arguments...))
		}
	}
	add(t.objects, "%d objects accepted", t.objects)
	add(t.addresses, "%d addresses in %d orders", t.addresses, t.orders)
	add(t.probes, "%d probes: %d open, %d closed", t.probes, t.open, t.closed)
	if len(t.enforced) > 0 {
		var most, sum time.Duration
		for _, it := range t.enforced {
			most, sum = max(most, it), sum+it
		}
		mean := sum / time.Duration(len(t.enforced))
		notes = append(notes, fmt.Sprintf("enforced %s after apply (at most %s)",
			mean.Round(10*time.Millisecond), most.Round(10*time.Millisecond)))
	}
	add(t.patches, "%d patches set what they should", t.patches)
	add(t.same, "%d live snapshots are the same", t.same)
	add(t.created, "%d objects of empty clusters are created", t.created)
	add(t.drifts, "%d drifts are told", t.drifts)
	add(t.faults, "%d faults are told", t.faults)
	add(t.routes, "%d routes announced, %d withdrawn and announced again", t.routes, t.withdrawn)
	return append(notes, t.others...)
}
