// Package probe sends packets and says what came back.
package probe

import (
	"errors"
	"net"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	"mlnetc.dev/conformance/harness/box"
	"mlnetc.dev/conformance/harness/pods"
)

// Patience is how long an answer may take at first. A packet that policy drops costs this much.
const Patience = 300 * time.Millisecond

// How many are under way at a time at first. They wait more than they work.
const abreast = 512

// Probe is one connection to try.
type Probe struct {
	Space    string // the network namespace it starts in
	Source   string // the address it starts from, where the namespace has several
	Protocol string // TCP or UDP
	Address  string
	Port     int
}

// State is what became of a probe.
type State int

// The states.
const (
	// Silent: nothing came back, as if the packet had been dropped.
	Silent State = iota
	// Refused: the machine was reached, and nobody listens there.
	Refused
	// Answered: somebody listens.
	Answered
	// Broken: the probe could not be sent.
	Broken
)

func (s State) String() string { return [...]string{"silent", "refused", "answered", "broken"}[s] }

// Answer is what came back.
type Answer struct {
	State State
	Who   string // who answers, if it is a pod of ours
	Saw   string // the address that it saw asking
	Why   string // what is broken
}

// Open says whether the packet arrived.
func (a Answer) Open() bool { return a.State == Answered || a.State == Refused }

// All tries every probe; the answers are in their order. On a machine that has other things to do an answer may
// come too late: each further turn has more patience, and fewer probes under way.
func All(probes []Probe, turn int) []Answer {
	patience := min(Patience<<turn, 3*time.Second)
	answers := make([]Answer, len(probes))
	next := make(chan int)
	var working sync.WaitGroup
	for range min(max(abreast>>turn, 16), len(probes)) {
		working.Add(1)
		go func() {
			defer working.Done()
			// The thread goes from namespace to namespace and ends with this goroutine.
			runtime.LockOSThread()
			for i := range next {
				answers[i] = one(probes[i], patience)
			}
		}()
	}
	for i := range probes {
		next <- i
	}
	close(next)
	working.Wait()
	return answers
}

func one(it Probe, patience time.Duration) Answer {
	if err := box.Join(it.Space); err != nil {
		return Answer{State: Broken, Why: err.Error()}
	}
	dialer := net.Dialer{Timeout: patience}
	where := net.JoinHostPort(it.Address, strconv.Itoa(it.Port))
	if it.Protocol == "UDP" {
		return udp(dialer, it, where, patience)
	}
	if it.Source != "" {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(it.Source)}
	}
	connection, err := dialer.Dial("tcp4", where)
	if err != nil {
		return failed(err)
	}
	defer connection.Close()
	_ = connection.SetReadDeadline(time.Now().Add(patience))
	buffer := make([]byte, 256)
	n, _ := connection.Read(buffer)
	who, saw := pods.Heard(string(buffer[:n]))
	return Answer{State: Answered, Who: who, Saw: saw}
}

func udp(dialer net.Dialer, it Probe, where string, patience time.Duration) Answer {
	if it.Source != "" {
		dialer.LocalAddr = &net.UDPAddr{IP: net.ParseIP(it.Source)}
	}
	connection, err := dialer.Dial("udp4", where)
	if err != nil {
		return failed(err)
	}
	defer connection.Close()
	buffer := make([]byte, 256)
	// Twice, as programs do: the first packet may be lost.
	for range 2 {
		if _, err = connection.Write([]byte("who is there?\n")); err != nil {
			return failed(err)
		}
		_ = connection.SetReadDeadline(time.Now().Add(patience / 2))
		n, err := connection.Read(buffer)
		if err == nil {
			who, saw := pods.Heard(string(buffer[:n]))
			return Answer{State: Answered, Who: who, Saw: saw}
		}
		if errors.Is(err, syscall.ECONNREFUSED) {
			return Answer{State: Refused}
		}
	}
	return Answer{State: Silent}
}

func failed(err error) Answer {
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return Answer{State: Refused}
	case errors.As(err, &timeout) && timeout.Timeout():
		return Answer{State: Silent}
	default:
		return Answer{State: Broken, Why: err.Error()}
	}
}
