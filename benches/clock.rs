//! Cost of an operation: elapsed time, processor time, memory.

use std::time::{Duration, Instant};

/// The allocator of the program, so that a bench measures the costs of the program.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Cost of an operation. On a machine with other work only the processor time is reliable.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    pub(crate) processor: Duration,
    /// Resident memory of the process afterwards, in MB.
    pub(crate) resident: usize,
}

/// A point in time on both clocks.
pub(crate) struct Moment {
    wall: Instant,
    processor: Duration,
}

impl Moment {
    pub(crate) fn now() -> Self {
        Self { wall: Instant::now(), processor: processor_time() }
    }

    pub(crate) fn elapsed(&self) -> Cost {
        let processor = processor_time().saturating_sub(self.processor);
        Cost { wall: self.wall.elapsed(), processor, resident: resident() }
    }
}

/// Returns the resident memory of the process, in MB; 0 if the system does not report it.
fn resident() -> usize {
    memory("VmRSS:")
}

/// Returns the greatest resident memory of the process so far, in MB.
pub(crate) fn peak() -> usize {
    memory("VmHWM:")
}

fn memory(field: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix(field));
    line.and_then(|it| it.split_whitespace().next()?.parse::<usize>().ok()).unwrap_or(0) / 1_000
}

fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).expect("INVARIANT: a process has used no negative time")
}

pub(crate) fn ms(it: Duration) -> f64 {
    it.as_secs_f64() * 1e3
}
