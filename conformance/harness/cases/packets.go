package cases

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"mlnetc.dev/conformance/harness/box"
	"mlnetc.dev/conformance/harness/kube"
	"mlnetc.dev/conformance/harness/probe"
)

// Packets: what is declared is open and everything else is closed, by packets, and mlnetc says the same.
type Packets struct {
	// How many pods there may be for every closed connection between them to be tried.
	All int `yaml:"all"`
	// How many closed connections are tried where there are more pods.
	Closed int `yaml:"closed"`
	// How many closed ones to Services, and how many to and from addresses outside.
	Sample int `yaml:"sample"`
	// Chooses the samples.
	Seed uint64 `yaml:"seed"`
}

// An expectation is a probe, and what mlnetc says of it.
type expectation struct {
	probe.Probe
	open bool
	// Whether it goes to a Service: the pods behind it listen, so that a refusal is kube-proxy's and not theirs.
	service bool
	// The classes of its ends, where both are pods.
	client, server string

	who  string // the pod that has to answer, where only one can
	what string // for people
}

// The time after which a connection has to be as it stays, and how often it is tried at least.
const (
	settled = 20 * time.Second
	turns   = 5
)

func (p *Packets) try(t *trial) error {
	began := time.Now()
	scene, err := t.scene()
	if err != nil {
		return err
	}
	if err := scene.populate(); err != nil {
		return err
	}
	t.trace("  populate", began)
	// Whoever cannot see an open connection close would call everything closed.
	if err := t.removePolicies(); err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(p.Seed, 8))
	between, err := scene.betweenPods()
	if err != nil {
		return err
	}
	guard := sample(random, closed(between), 40)
	if err := t.try(guard, func(it expectation, answer probe.Answer) error {
		if !answer.Open() {
			return fmt.Errorf("without policies, %s is %s %s", it.what, answer.State, answer.Why)
		}
		return nil
	}); err != nil {
		return err
	}
	t.trace("  guard", began)
	if err := t.apply(); err != nil {
		return err
	}
	t.trace("  apply", began)
	if err := t.enforced(guard); err != nil {
		return err
	}
	services, err := scene.services()
	if err != nil {
		return err
	}
	outside, err := scene.outside()
	if err != nil {
		return err
	}
	nodes, err := scene.nodes()
	if err != nil {
		return err
	}
	tries := open(between)
	if len(scene.actors) <= p.All {
		tries = between
	} else {
		tries = append(tries, sample(random, closed(between), p.Closed)...)
	}
	for _, more := range [][]expectation{services, outside, nodes} {
		tries = append(tries, open(more)...)
		tries = append(tries, sample(random, closed(more), p.Sample)...)
	}
	t.trace("  plan", began)
	failures := []error{t.judge(tries)}
	t.trace("  judge", began)
	for _, entry := range t.cluster.Nodes {
		balanced, err := scene.balanced(entry)
		if err != nil {
			return err
		}
		tries := append(open(balanced), sample(random, closed(balanced), p.Sample)...)
		failures = append(failures, t.judge(tries))
	}
	return errors.Join(failures...)
}

// judge compares packets with what mlnetc says.
func (t *trial) judge(expectations []expectation) error {
	for _, it := range expectations {
		t.tally.probes++
		if it.open {
			t.tally.open++
		} else {
			t.tally.closed++
		}
	}
	return t.try(expectations, func(it expectation, answer probe.Answer) error {
		arrived := answer.State == probe.Answered || answer.State == probe.Refused && !it.service
		switch {
		case answer.State == probe.Broken:
			return fmt.Errorf("%s cannot be tried: %s", it.what, answer.Why)
		case it.open != arrived:
			return fmt.Errorf("%s is %s by mlnetc, and by a packet %s (seen: %s)", it.what, word(it.open), answer.State, answer.Saw)
		case it.open && it.who != "" && answer.Who != it.who:
			return fmt.Errorf("%s is answered by %q and not by %s", it.what, answer.Who, it.who)
		default:
			return nil
		}
	})
}

func word(open bool) string {
	if open {
		return "open"
	}
	return "closed"
}

// try sends the probes. Those that do not hold are sent again until they do, or have had their time.
func (t *trial) try(expectations []expectation, holds func(expectation, probe.Answer) error) error {
	deadline := time.Now().Add(settled)
	for turn := 0; ; turn++ {
		probes := make([]probe.Probe, len(expectations))
		for i, it := range expectations {
			probes[i] = it.Probe
		}
		var left []expectation
		var failures []error
		for i, answer := range probe.All(probes, turn) {
			if err := holds(expectations[i], answer); err != nil {
				failures = append(failures, err)
				left = append(left, expectations[i])
			}
		}
		if len(left) == 0 {
			return nil
		}
		if turn >= turns && time.Now().After(deadline) {
			return few(failures)
		}
		expectations = left
		time.Sleep(100 * time.Millisecond)
	}
}

// few joins the first failures and counts the rest.
func few(failures []error) error {
	const most = 12
	if len(failures) > most {
		rest := fmt.Errorf("… and %d more", len(failures)-most)
		failures = append(failures[:most:most], rest)
	}
	return errors.Join(failures...)
}

// enforced waits until what was open before the policies is closed, and notes how long that took.
func (t *trial) enforced(guard []expectation) error {
	if len(guard) == 0 {
		return nil
	}
	began := time.Now()
	err := t.try(guard, func(it expectation, answer probe.Answer) error {
		if answer.Open() {
			return fmt.Errorf("with its policies, %s is still open", it.what)
		}
		return nil
	})
	// The last probe was silent for as long as our patience.
	t.tally.enforced = append(t.tally.enforced, max(0, time.Since(began)-probe.Patience))
	return err
}

func (t *trial) removePolicies() error {
	policies, err := t.cluster.List("/apis/networking.k8s.io/v1/networkpolicies")
	if err != nil {
		return err
	}
	return inParallel(policies, func(object kube.Object) error {
		return t.cluster.Delete(under("/apis/networking.k8s.io/v1/networkpolicies", object))
	})
}

func open(of []expectation) []expectation   { return keep(of, true) }
func closed(of []expectation) []expectation { return keep(of, false) }

func keep(of []expectation, open bool) []expectation {
	var kept []expectation
	for _, it := range of {
		if it.open == open {
			kept = append(kept, it)
		}
	}
	return kept
}

func sample(random *rand.Rand, of []expectation, count int) []expectation {
	if len(of) <= count {
		return of
	}
	chosen := make([]expectation, 0, count)
	for _, i := range random.Perm(len(of))[:count] {
		chosen = append(chosen, of[i])
	}
	return chosen
}

// enter lets the outside reach addresses by one node.
func enter(addresses []string, node *kube.Node) error {
	var lines []string
	for _, address := range addresses {
		lines = append(lines, fmt.Sprintf("route replace %s/32 via %s", address, node.Address))
	}
	if len(lines) == 0 {
		return nil
	}
	return box.IP(kube.Outside, lines...)
}
