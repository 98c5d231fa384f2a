//! Work on all processors at once. What is worked out is remembered where it belongs, so nobody waits for a lock.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Does some work on each of some things.
pub fn for_each<T: Sync>(things: &[T], work: impl Fn(&T) + Sync) {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(things.len());
    if threads < 2 {
        return things.iter().for_each(work);
    }
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(thing) = things.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(thing);
                }
            });
        }
    });
}

/// Does two things beside each other. A panic of either is one of the caller.
pub fn both<A, B: Send>(one: impl FnOnce() -> A, other: impl FnOnce() -> B + Send) -> (A, B) {
    thread::scope(|scope| {
        let other = scope.spawn(other);
        let one = one();
        (one, other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}
