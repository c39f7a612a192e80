package box

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// Where `ip netns` looks for names.
const namespaces = "/run/netns"

// Create makes a network namespace that `ip -n NAME` and `ip netns exec NAME` know.
func Create(name string) error {
	path := filepath.Join(namespaces, name)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o400)
	if err != nil {
		return fmt.Errorf("cannot make the network namespace %s: %w", name, err)
	}
	file.Close()
	return alone(func() error {
		if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
			return err
		}
		return syscall.Mount("/proc/thread-self/ns/net", path, "", syscall.MS_BIND, "")
	})
}

// Remove takes a network namespace away, with everything in it.
func Remove(name string) error {
	path := filepath.Join(namespaces, name)
	if err := syscall.Unmount(path, syscall.MNT_DETACH); err != nil {
		return err
	}
	return os.Remove(path)
}

// Join moves the calling thread, which must be locked, into a network namespace.
func Join(name string) error {
	file, err := os.Open(filepath.Join(namespaces, name))
	if err != nil {
		return err
	}
	defer file.Close()
	if _, _, errno := syscall.RawSyscall(setns, file.Fd(), syscall.CLONE_NEWNET, 0); errno != 0 {
		return fmt.Errorf("cannot join the network namespace %s: %w", name, errno)
	}
	return nil
}

// Within runs a function in a network namespace. A socket stays where it was made, whoever uses it later.
func Within(name string, action func() error) error {
	return alone(func() error {
		if err := Join(name); err != nil {
			return err
		}
		return action()
	})
}

// Dial connects from a network namespace.
func Dial(ctx context.Context, name, network, address string) (net.Conn, error) {
	var connection net.Conn
	err := Within(name, func() (err error) {
		connection, err = new(net.Dialer).DialContext(ctx, network, address)
		return err
	})
	return connection, err
}

// alone runs a function on a thread that ends with it, so that no other code meets its namespace.
func alone(action func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		done <- action()
	}()
	return <-done
}

// IP runs commands of ip(8), a line each, in a network namespace.
func IP(name string, lines ...string) error {
	command := exec.Command("ip", "-n", name, "-batch", "-")
	command.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	var said bytes.Buffer
	command.Stderr = &said
	if err := command.Run(); err != nil {
		return fmt.Errorf("ip in %s: %w: %s(of: %s)", name, err, said.String(), strings.Join(lines, "; "))
	}
	return nil
}

// Forget lets a network namespace forget the connections that it has seen.
func Forget(name string) error {
	said, err := exec.Command("ip", "netns", "exec", name, "conntrack", "-F").CombinedOutput()
	if err != nil {
		return fmt.Errorf("conntrack in %s: %w: %s", name, err, said)
	}
	return nil
}

// Sysctl sets values below /proc/sys/net of a network namespace: "ipv4/ip_forward=1".
func Sysctl(name string, settings ...string) error {
	return Within(name, func() error {
		for _, setting := range settings {
			key, value, _ := strings.Cut(setting, "=")
			if err := os.WriteFile("/proc/sys/net/"+key, []byte(value), 0o644); err != nil {
				return err
			}
		}
		return nil
	})
}
