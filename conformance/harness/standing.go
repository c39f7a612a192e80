package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mlnetc.dev/conformance/harness/box"
	"mlnetc.dev/conformance/harness/kube"
	"mlnetc.dev/conformance/harness/pods"
)

// instance is the name under which a standing cluster is known, so that several can stand side by side.
func instance() (string, error) {
	name := os.Getenv("MLNETC_CONFORMANCE")
	if name == "" {
		name = "default"
	}
	if !regexp.MustCompile(`^[a-z0-9-]{1,30}$`).MatchString(name) {
		return "", fmt.Errorf("MLNETC_CONFORMANCE=%s: a name has small letters, digits and hyphens, at most 30", name)
	}
	return name, nil
}

// home is the only folder that a standing cluster has outside its box: its kubeconfig, and who it is.
func home(name string) string { return filepath.Join("/run/mlnetc-conformance", name) }

// standing is the process id of a cluster that stands, or 0.
func standing(name string) int {
	text, err := os.ReadFile(filepath.Join(home(name), "pid"))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	arguments, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil || !strings.Contains(string(arguments), "\x00inside-up\x00"+name+"\x00") {
		return 0
	}
	return pid
}

func up(conformance string) error {
	if err := ready(); err != nil {
		return err
	}
	name, err := instance()
	if err != nil {
		return err
	}
	config := filepath.Join(home(name), "kubeconfig")
	if pid := standing(name); pid != 0 {
		fmt.Fprintf(os.Stderr, "conformance: the cluster %q stands already (process %d); for another, set MLNETC_CONFORMANCE\n", name, pid)
		fmt.Printf("export KUBECONFIG=%s\n", config)
		return nil
	}
	if _, err := build(conformance); err != nil {
		return err
	}
	if err := os.MkdirAll(home(name), 0o700); err != nil {
		return err
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	door, err := listener.(*net.TCPListener).File()
	if err != nil {
		return err
	}
	command := box.Command(conformance, "inside-up", name)
	command.SysProcAttr.Setsid = true
	command.ExtraFiles = []*os.File{door}
	told, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	command.Stderr = command.Stdout
	if err := command.Start(); err != nil {
		return fmt.Errorf("cannot make the box: %w", err)
	}
	if err := os.WriteFile(filepath.Join(home(name), "pid"), []byte(strconv.Itoa(command.Process.Pid)), 0o600); err != nil {
		return err
	}
	// Until it stands, it goes when we go.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		_ = down()
		os.Exit(130)
	}()
	line, err := bufio.NewReader(told).ReadString('\n')
	if strings.TrimSpace(line) != "ready" {
		rest, _ := io.ReadAll(told)
		_ = down()
		return errors.Join(errors.New("the cluster does not start"), errors.New(line+string(rest)), err)
	}
	if err := kube.WriteKubeconfig(config, listener.Addr().String()); err != nil {
		return err
	}
	fmt.Printf("export KUBECONFIG=%s\n", config)
	return nil
}

func down() error {
	name, err := instance()
	if err != nil {
		return err
	}
	if pid := standing(name); pid != 0 {
		// It is the first process of its box: with it goes everything.
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			return err
		}
		for standing(name) != 0 {
			time.Sleep(20 * time.Millisecond)
		}
	}
	if err := os.RemoveAll(home(name)); err != nil {
		return err
	}
	_ = os.Remove(filepath.Dir(home(name))) // Where other clusters stand, it stays.
	return nil
}

// enter runs a command in a network namespace of the cluster that stands.
func enter(arguments []string) error {
	name, err := instance()
	if err != nil {
		return err
	}
	pid := standing(name)
	if pid == 0 {
		return fmt.Errorf("no cluster %q stands", name)
	}
	into := []string{"-t", strconv.Itoa(pid), "-m", "-p"}
	if len(arguments) < 2 {
		into = append(into, "ip", "netns", "list")
	} else {
		into = append(into, append([]string{"ip", "netns", "exec"}, arguments...)...)
	}
	command := exec.Command("nsenter", into...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = command.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return failure(exit.ExitCode())
	}
	return err
}

// insideUp is the first process of the box of a cluster that stands.
func insideUp(conformance, _ string) error {
	listener, err := net.FileListener(os.NewFile(3, "door"))
	if err != nil {
		return err
	}
	programs, err := build(conformance)
	if err != nil {
		return err
	}
	if err := box.Furnish(); err != nil {
		return err
	}
	// Who tries something here wants to know what MetalLB would say.
	settings := kube.Default()
	settings.Webhooks = true
	cluster, err := kube.Start(programs, settings)
	if err != nil {
		fmt.Println(err)
		return failure(2)
	}
	pods.Run(context.Background(), cluster)
	if err := cluster.DNS(); err != nil {
		return err
	}
	go forward(listener, cluster)
	fmt.Println("ready")
	if err := box.Quiet(); err != nil {
		return err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	<-signals
	return nil
}

// forward is the way from this machine's loopback into the box.
func forward(listener net.Listener, cluster *kube.Cluster) {
	for {
		from, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer from.Close()
			to, err := box.Dial(context.Background(), cluster.Nodes[0].Name, "tcp4", cluster.Address())
			if err != nil {
				return
			}
			defer to.Close()
			go func() {
				_, _ = io.Copy(to, from)
				_ = to.(*net.TCPConn).CloseWrite()
			}()
			_, _ = io.Copy(from, to)
		}()
	}
}
