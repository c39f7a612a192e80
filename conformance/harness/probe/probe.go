// Package probe sends packets and says what came back.
package probe

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"mlnetc.dev/conformance/harness/box"
	"mlnetc.dev/conformance/harness/pods"
)

// Patience is how long an answer may take in the first turns. A packet that policy drops costs this much.
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

// patience is how long an answer may take in a turn, counted from 0: on a machine that has other things to do it
// may come late.
func patience(turn int) time.Duration {
	const same, longest = 2, 6
	return Patience << max(0, min(turn, longest)-same)
}

// All tries every probe; the answers are in their order. Later turns have more patience, and fewer probes under way.
//
// One thread goes from namespace to namespace and opens the sockets. They stay where they were made, so that the
// waiting is done by whoever is free.
func All(probes []Probe, turn int) []Answer {
	answers := make([]Answer, len(probes))
	places := make(chan bool, max(abreast>>turn, 16))
	var working sync.WaitGroup
	working.Add(len(probes))
	go func() {
		// Locked until it ends, the thread ends with this goroutine: no other code meets its namespace.
		runtime.LockOSThread()
		for i, it := range probes {
			places <- true
			socket, err := open(it)
			go func() {
				defer working.Done()
				answers[i] = hear(socket, err, it.Protocol, patience(turn))
				<-places
			}()
		}
	}()
	working.Wait()
	return answers
}

// open makes a socket in the probe's namespace and sends the first packet of a connection.
func open(it Probe) (*os.File, error) {
	if err := box.Join(it.Space); err != nil {
		return nil, err
	}
	kind := syscall.SOCK_STREAM
	if it.Protocol == "UDP" {
		kind = syscall.SOCK_DGRAM
	}
	socket, err := syscall.Socket(syscall.AF_INET, kind|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	if it.Source != "" {
		var from syscall.Sockaddr
		if from, err = place(it.Source, 0); err == nil {
			err = os.NewSyscallError("bind", syscall.Bind(socket, from))
		}
	}
	if err == nil {
		var to syscall.Sockaddr
		if to, err = place(it.Address, it.Port); err == nil {
			err = os.NewSyscallError("connect", syscall.Connect(socket, to))
		}
	}
	if err != nil && !errors.Is(err, syscall.EINPROGRESS) {
		_ = syscall.Close(socket)
		return nil, err
	}
	return os.NewFile(uintptr(socket), it.Address), nil
}

func place(address string, port int) (syscall.Sockaddr, error) {
	parsed, err := netip.ParseAddr(address)
	if err != nil {
		return nil, err
	}
	if !parsed.Is4() {
		return nil, fmt.Errorf("%s is no IPv4 address", address)
	}
	return &syscall.SockaddrInet4{Port: port, Addr: parsed.As4()}, nil
}

// hear waits for what comes back.
func hear(socket *os.File, err error, protocol string, patience time.Duration) Answer {
	if err != nil {
		return failed(err)
	}
	defer socket.Close()
	if protocol == "UDP" {
		return udp(socket, patience)
	}
	if err := socket.SetDeadline(time.Now().Add(patience)); err != nil {
		return failed(err)
	}
	if err := connected(socket); err != nil {
		return failed(err)
	}
	_ = socket.SetDeadline(time.Now().Add(patience))
	answer := Answer{State: Answered}
	answer.Who, answer.Saw, _ = read(socket)
	return answer
}

// connected waits until the other end has taken or refused the connection.
func connected(socket *os.File) error {
	raw, err := socket.SyscallConn()
	if err != nil {
		return err
	}
	var refused error
	err = raw.Write(func(fd uintptr) bool {
		status, err := syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_ERROR)
		switch {
		case err != nil:
			refused = os.NewSyscallError("getsockopt", err)
		case status != 0:
			refused = os.NewSyscallError("connect", syscall.Errno(status))
		default:
			// It has a name only when it is connected.
			_, err := syscall.Getpeername(int(fd))
			return err == nil
		}
		return true
	})
	return errors.Join(err, refused)
}

func udp(socket *os.File, patience time.Duration) Answer {
	// Twice, as programs do: the first packet may be lost.
	for range 2 {
		if _, err := socket.Write([]byte("who is there?\n")); err != nil {
			return failed(err)
		}
		_ = socket.SetReadDeadline(time.Now().Add(patience / 2))
		who, saw, err := read(socket)
		if err == nil {
			return Answer{State: Answered, Who: who, Saw: saw}
		}
		if errors.Is(err, syscall.ECONNREFUSED) {
			return Answer{State: Refused}
		}
	}
	return Answer{State: Silent}
}

func read(socket *os.File) (who, saw string, err error) {
	buffer := make([]byte, 256)
	n, err := socket.Read(buffer)
	who, saw = pods.Heard(string(buffer[:n]))
	return who, saw, err
}

func failed(err error) Answer {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return Answer{State: Refused}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return Answer{State: Silent}
	default:
		return Answer{State: Broken, Why: err.Error()}
	}
}
