//! Work on other threads. A thread that is still running ends with the process.

use std::collections::VecDeque;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::trouble::Trouble;

/// Greatest number of requests that are sent at the same time.
const AT_ONCE: usize = 8;

/// Time before the first report of progress.
const SILENCE: Duration = Duration::from_millis(500);

/// Time between reports of the progress.
const BEAT: Duration = Duration::from_millis(200);

/// Runs a job and returns its result. Calls `progress` if the job takes longer than half a second.
pub(super) fn watched<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, Trouble> + Send + 'static,
    mut progress: impl FnMut(),
) -> Result<T, Trouble> {
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::spawn(move || sender.send(job()));
    let mut wait = SILENCE;
    loop {
        match receiver.recv_timeout(wait) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Timeout) => progress(),
            Err(RecvTimeoutError::Disconnected) => return Err(given_up()),
        }
        wait = BEAT;
    }
}

/// Applies `work` to each item, several at the same time, and returns the results in the order of completion. The first
/// trouble stops the work: pending items are dropped, and requests under way are not waited for.
pub(super) fn each<T: Send + 'static, R: Send + 'static>(
    items: Vec<T>,
    work: impl Fn(T) -> Result<R, Trouble> + Send + Sync + 'static,
) -> Result<Vec<R>, Trouble> {
    let count = items.len();
    let queue = Arc::new(Mutex::new(VecDeque::from(items)));
    let work = Arc::new(work);
    let receiver = {
        let (sender, receiver): (_, Receiver<Result<R, Trouble>>) = mpsc::channel();
        for _ in 0..AT_ONCE.min(count) {
            let (sender, queue, work) = (sender.clone(), Arc::clone(&queue), Arc::clone(&work));
            thread::spawn(move || {
                let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                // Without a receiver, the remaining results are not needed.
                while let Some(item) = next() {
                    if sender.send(work(item)).is_err() {
                        break;
                    }
                }
            });
        }
        receiver
    };
    let results: Vec<R> = receiver.iter().take(count).collect::<Result<_, _>>()?;
    if results.len() == count { Ok(results) } else { Err(given_up()) }
}

fn given_up() -> Trouble {
    Trouble::Broken("a request was given up".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on() {
        let mut results = each((0..100).collect(), |it: u32| Ok(it * 2)).expect("no trouble");
        results.sort_unstable();
        assert_eq!(results, (0..100).map(|it| it * 2).collect::<Vec<_>>());
        assert!(each(Vec::new(), |it: u32| Ok(it)).expect("no trouble").is_empty());
    }

    #[test]
    fn the_first_trouble_ends_it() {
        let (sender, never) = mpsc::channel::<()>();
        let never = Mutex::new(never);
        let result = each(vec![1, 2], move |it: u32| {
            if it == 2 {
                return Err(Trouble::Slow);
            }
            // The other item never ends.
            let _ = never.lock().map(|it| it.recv());
            Ok(it)
        });
        assert!(matches!(result, Err(Trouble::Slow)));
        drop(sender);
    }
}
