//! What something costs: on the clock, of the processors' time, in memory.

use std::time::{Duration, Instant};

/// What something took. On a machine with other work only the processors' time says much.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    pub(crate) processor: Duration,
    /// What the process has in memory afterwards, in MB.
    pub(crate) resident: usize,
}

/// A moment on both clocks.
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

/// What the process has in memory, in MB; 0 where the system does not say.
fn resident() -> usize {
    memory("VmRSS:")
}

/// The most that the process had in memory, in MB.
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
