package pods

import (
	"fmt"
	"net"
	"strings"
	"sync"

	"mlnetc.dev/conformance/harness/box"
)

// Answers are the open ports of one network namespace. Each says who answers, and whom it saw asking.
type Answers struct {
	space, who string
	mutex      sync.Mutex
	open       map[string]interface{ Close() error }
}

// NewAnswers has no port open yet.
func NewAnswers(space, who string) *Answers {
	return &Answers{space: space, who: who, open: map[string]interface{ Close() error }{}}
}

// On opens a port of an address of the namespace, or of all of them; twice is once.
func (a *Answers) On(protocol, address string, port int) error {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	key := fmt.Sprintf("%s %s %d", protocol, address, port)
	if a.open[key] != nil {
		return nil
	}
	where := net.JoinHostPort(address, fmt.Sprint(port))
	return box.Within(a.space, func() error {
		switch protocol {
		case "TCP":
			listener, err := net.Listen("tcp4", where)
			if err != nil {
				return err
			}
			a.open[key] = listener
			go a.accept(listener)
		case "UDP":
			socket, err := net.ListenPacket("udp4", where)
			if err != nil {
				return err
			}
			a.open[key] = socket
			go a.reply(socket)
		default:
			// No program here speaks it. Probes do not ask for it either.
		}
		return nil
	})
}

// Close closes every port.
func (a *Answers) Close() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	for key, it := range a.open {
		it.Close()
		delete(a.open, key)
	}
}

func (a *Answers) accept(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer connection.Close()
			fmt.Fprintln(connection, a.words(connection.RemoteAddr()))
			// The client closes first, so that the port is not kept waiting here.
			_, _ = connection.Read(make([]byte, 1))
		}()
	}
}

func (a *Answers) reply(socket net.PacketConn) {
	buffer := make([]byte, 64)
	for {
		_, from, err := socket.ReadFrom(buffer)
		if err != nil {
			return
		}
		_, _ = socket.WriteTo([]byte(a.words(from)+"\n"), from)
	}
}

func (a *Answers) words(from net.Addr) string {
	host, _, _ := net.SplitHostPort(from.String())
	return a.who + " saw " + host
}

// Heard takes an answer apart: who gave it, and which address it saw.
func Heard(answer string) (who, saw string) {
	who, saw, _ = strings.Cut(strings.TrimSpace(answer), " saw ")
	return who, saw
}
