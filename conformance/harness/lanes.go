package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"mlnetc.dev/conformance/harness/box"
	"mlnetc.dev/conformance/harness/cases"
)

// How many groups of cases are tried at a time: much of a trial is waiting, for packets that never come and for MetalLB.
const abreast = 4

// The file descriptor on which a box says what became of its cases.
const resultPipe = 3

// Lanes try groups of cases beside each other: those that share a cluster in a box, a program of its own without.
type lanes struct {
	conformance string
	errand      errand
}

// A task is a group that is being tried.
type task struct {
	command *exec.Cmd
	// What became of it; waits for the end.
	finish func() (cases.Result, error)
}

type ended struct {
	result cases.Result
	err    error
}

// run starts every group from this thread, with which all of them end.
func (l *lanes) run(groups [][]*cases.Case) (cases.Result, error) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan ended)
	var started []*task
	var total cases.Result
	var failures []error
	for under := 0; under > 0 || len(groups) > 0; {
		for under < abreast && len(groups) > 0 {
			it, err := l.start(groups[0])
			groups = groups[1:]
			if err != nil {
				failures = append(failures, err)
				groups = nil
				break
			}
			started = append(started, it)
			under++
			go func() {
				result, err := it.finish()
				done <- ended{result, err}
			}()
		}
		if under == 0 {
			break
		}
		select {
		case it := <-done:
			under--
			total.Add(it.result)
			failures = append(failures, it.err)
		case <-signals:
			for _, it := range started {
				it.stop()
			}
			for ; under > 0; under-- {
				<-done
			}
			return total, failure(130)
		}
	}
	return total, errors.Join(failures...)
}

func (l *lanes) start(group []*cases.Case) (*task, error) {
	if len(group[0].Command) > 0 {
		return l.program(group[0])
	}
	told := l.errand
	for _, it := range group {
		told.Names = append(told.Names, it.Name)
	}
	text, err := json.Marshal(told)
	if err != nil {
		return nil, err
	}
	result, says, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer says.Close()
	command := box.Command(l.conformance, "inside-run", string(text))
	// Whatever ends this process ends the box.
	command.SysProcAttr.Pdeathsig = syscall.SIGKILL
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.ExtraFiles = []*os.File{says}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("cannot make the box: %w", err)
	}
	return &task{command, func() (cases.Result, error) {
		defer result.Close()
		var told cases.Result
		said := json.NewDecoder(result).Decode(&told)
		if err := command.Wait(); err != nil {
			return told, fmt.Errorf("the box of %s: %w", group[0].Name, err)
		}
		return told, said
	}}, nil
}

// program runs a case that is a program of its own.
func (l *lanes) program(it *cases.Case) (*task, error) {
	command := exec.Command(filepath.Join(l.errand.Repository, it.Command[0]), it.Command[1:]...)
	command.Dir = l.errand.Repository
	command.Env = append(os.Environ(), "MLNETC="+l.errand.Mlnetc, "KUBECONFIG=")
	// It is a script with children; it takes away what it started when it is told to end.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	began := time.Now()
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", it.Name, err)
	}
	return &task{command, func() (cases.Result, error) {
		err := command.Wait()
		text := strings.TrimSpace(said.String())
		last := text[strings.LastIndex(text, "\n")+1:]
		if err == nil {
			return cases.Say(it.Name, began, []string{last}, nil), nil
		}
		if _, why, is := strings.Cut(last, "not run: "); is {
			return cases.Say(it.Name, began, nil, cases.Skip{Why: why}), nil
		}
		return cases.Say(it.Name, began, nil, fmt.Errorf("%w\n%s", err, text)), nil
	}}, nil
}

// stop ends a task: a box with everything in it, a program by its own means.
func (t *task) stop() {
	if t.command.SysProcAttr.Setpgid {
		_ = syscall.Kill(-t.command.Process.Pid, syscall.SIGTERM)
		return
	}
	_ = t.command.Process.Kill()
}
