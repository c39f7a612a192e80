// Package box keeps everything that a cluster needs in namespaces that the kernel takes away by itself.
//
// The harness starts itself again as the first process of a PID and a mount namespace. When that process ends,
// however it ends, the kernel kills every other process in the box, drops its mounts (also those that keep
// network namespaces alive) and with them every interface. Nothing has to be swept.
package box

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Folder is where the box keeps its files: a file system in memory that nobody outside sees.
const Folder = "/run/conformance"

// Command is this program again, with other arguments, as the first process of a box.
func Command(args ...string) *exec.Cmd {
	command := exec.Command("/proc/self/exe", args...)
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS,
	}
	return command
}

// Furnish makes the box's own /proc and /run. It is called once, by the first process.
func Furnish() error {
	if os.Getpid() != 1 {
		return fmt.Errorf("this is not the first process of a box")
	}
	mounts := []struct {
		source, target, kind string
		flags                uintptr
	}{
		{"", "/", "", syscall.MS_REC | syscall.MS_PRIVATE},
		{"proc", "/proc", "proc", 0},
		{"tmpfs", "/run", "tmpfs", 0},
	}
	for _, it := range mounts {
		if err := syscall.Mount(it.source, it.target, it.kind, it.flags, ""); err != nil {
			return fmt.Errorf("cannot mount %s: %w", it.target, err)
		}
	}
	for _, folder := range []string{namespaces, Folder} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
	}
	return nil
}

// Quiet sends what this process says from now on to a file of the box.
func Quiet() error {
	file, err := os.Create(filepath.Join(Folder, "harness.log"))
	if err != nil {
		return err
	}
	for _, stream := range []int{1, 2} {
		if err := syscall.Dup3(int(file.Fd()), stream, 0); err != nil {
			return err
		}
	}
	return nil
}
