package box

// The number of setns(2), which package syscall lacks.
const setns = 308
