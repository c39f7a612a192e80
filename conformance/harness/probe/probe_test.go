package probe

import (
	"testing"
	"time"
)

// Who waits for nothing hears nobody, and would call everything closed.
func TestPatienceOnlyGrows(t *testing.T) {
	last := time.Duration(0)
	for turn := range 200 {
		now := patience(turn)
		if now < last || now < Patience {
			t.Fatalf("turn %d waits for %s, the one before for %s", turn, now, last)
		}
		last = now
	}
	if last > 5*time.Second {
		t.Fatalf("the last turn waits for %s", last)
	}
}
