package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Platform makes so many workloads with as many policies: every one is open to three others, on one port, and to
// one network; twenty of them share a namespace.
func platform(size int) *Set {
	set := &Set{Name: fmt.Sprintf("%d workloads", size)}
	namespace := func(at int) string { return fmt.Sprintf("team-%d", at/20) }
	for at := 0; at < size; at += 20 {
		labels := Manifest{"kubernetes.io/metadata.name": namespace(at)}
		set.add("v1", "Namespace", Manifest{"name": namespace(at), "labels": labels}, nil)
	}
	for at := range size {
		app := func(at int) Manifest { return Manifest{"matchLabels": Manifest{"app": fmt.Sprintf("app-%d", at)}} }
		set.pod(fmt.Sprintf("app-%d", at), namespace(at), at, Manifest{"app": fmt.Sprintf("app-%d", at)}, nil)
		peer := func(at int) Manifest {
			of := Manifest{"matchLabels": Manifest{"kubernetes.io/metadata.name": namespace(at)}}
			return Manifest{"namespaceSelector": of, "podSelector": app(at)}
		}
		network := Manifest{"ipBlock": Manifest{"cidr": fmt.Sprintf("192.168.%d.0/24", at%200)}}
		from := []any{peer((at + 1) % size), peer((at + 7) % size), peer((at + size/2) % size), network}
		set.add("networking.k8s.io/v1", "NetworkPolicy", Manifest{"name": fmt.Sprintf("app-%d", at), "namespace": namespace(at)}, Manifest{
			"podSelector": app(at),
			"policyTypes": []any{"Ingress"},
			"ingress":     []any{Manifest{"from": from, "ports": []any{Manifest{"protocol": "TCP", "port": 8080 + at%10}}}},
		})
	}
	return set
}

// speed asks all three who reaches whom in ever larger platforms. The two others are left out beyond a size.
func speed(mlnetc, python string, sizes []int, largest int) error {
	folder, err := os.MkdirTemp("", "mlnetc-speed-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	fmt.Println("processor time")
	fmt.Printf("%12s %12s %12s %12s %8s\n", "workloads", "mlnetc", "cyclonus", "analyzer", "ratio")
	for _, size := range sizes {
		set := platform(size)
		if err := set.read(); err != nil {
			return err
		}
		where := filepath.Join(folder, fmt.Sprint(size))
		if err := set.write(where); err != nil {
			return err
		}
		ours, err := timed(exec.Command(mlnetc, "query", "--against", where, "* -> *"))
		if err != nil {
			return err
		}
		second, third, ratio := "not run", "not run", ""
		if size <= largest {
			took, err := cyclonusTime(set, size)
			if err != nil {
				return err
			}
			second = took.Round(time.Millisecond).String()
			arguments := []string{"-c", "from nca.nca_cli import nca_main; nca_main()", "--connectivity", where, "--pod_list", where, "--ns_list", where, "--return_0"}
			took, err = timed(exec.Command(python, append(arguments, "--output_format", "txt_no_fw_rules")...))
			if err != nil {
				return err
			}
			third, ratio = took.Round(10*time.Millisecond).String(), fmt.Sprintf("%.0f", took.Seconds()/ours.Seconds())
		}
		fmt.Printf("%12d %12s %12s %12s %8s\n", size, ours.Round(100*time.Microsecond), second, third, ratio)
	}
	return nil
}

// cyclonusTime is how long it takes to ask cyclonus about every pair on the ten ports.
func cyclonusTime(set *Set, size int) (time.Duration, error) {
	began, opinion, open := used(), askCyclonus(set), 0
	var ends []End
	for _, pod := range set.Pods {
		ends = append(ends, endOfPod(pod))
	}
	for _, client := range ends {
		for _, server := range ends {
			for port := 8080; port < 8090; port++ {
				if opinion.with(opinion.policy, client, server).Allows("TCP", port) {
					open++
				}
			}
		}
	}
	if open != 3*size {
		return 0, fmt.Errorf("cyclonus finds %d open connections, not %d", open, 3*size)
	}
	return used() - began, nil
}

// timed is how much processor time a program takes; the better of two runs, if they are short.
func timed(command *exec.Cmd) (time.Duration, error) {
	again := exec.Command(command.Path, command.Args[1:]...)
	took, err := once(command)
	if err != nil || took > 5*time.Second {
		return took, err
	}
	second, err := once(again)
	return min(took, second), err
}

func once(command *exec.Cmd) (time.Duration, error) {
	command.Stdout, command.Stderr = io.Discard, io.Discard
	if err := command.Run(); err != nil {
		return 0, fmt.Errorf("%s: %w", command.Path, err)
	}
	return command.ProcessState.UserTime() + command.ProcessState.SystemTime(), nil
}

// used is how much processor time this process took until now.
func used() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
