package box

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Process is one of the cluster's programs.
type Process struct {
	Name string
	log  string
	task *exec.Cmd
	done chan struct{}
}

// Start runs a program in a network namespace. What it says goes to a file of the box.
func Start(name, namespace string, environment []string, program string, arguments ...string) (*Process, error) {
	log := filepath.Join(Folder, name+".log")
	file, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	command := exec.Command("ip", append([]string{"netns", "exec", namespace, program}, arguments...)...)
	// A dozen programs share few cores: threads that look for work in each of them only take it from the others.
	command.Env = append(append(os.Environ(), "GOMAXPROCS=1"), environment...)
	command.Stdout, command.Stderr = file, file
	command.Dir = Folder
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", name, err)
	}
	process := &Process{Name: name, log: log, task: command, done: make(chan struct{})}
	go func() {
		_ = command.Wait()
		close(process.done)
	}()
	return process, nil
}

// Ended says whether the program is gone.
func (p *Process) Ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Stop asks the program to end, and insists after two seconds.
func (p *Process) Stop() {
	_ = p.task.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
		return
	case <-time.After(2 * time.Second):
	}
	p.Kill()
}

// Kill ends the program at once.
func (p *Process) Kill() {
	_ = p.task.Process.Kill()
	<-p.done
}

// Said is the end of what the program said.
func (p *Process) Said() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	const most = 4000
	if len(text) > most {
		text = text[len(text)-most:]
	}
	return fmt.Sprintf("--- %s said at the end:\n%s", p.Name, text)
}
