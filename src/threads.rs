//! Work on all processors at once. What is worked out is remembered where it belongs, so nobody waits for a lock.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Builder};

/// Stack of the threads that work (bytes): as much as a main thread has, for templates that nest deeply.
pub const STACK_BYTES: usize = 8 << 20;

/// Does some work on each of some things.
pub fn for_each<T: Sync>(things: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let help = || {
        while let Some(thing) = things.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(thing);
        }
    };
    let helpers = thread::available_parallelism().map_or(1, usize::from).min(things.len()).saturating_sub(1);
    thread::scope(|scope| {
        for _ in 0..helpers {
            // Where there can be no more threads, those that are there do it all.
            _ = Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, help);
        }
        help();
    });
}

/// Does two things beside each other. A panic of either is one of the caller.
pub fn both<A, B: Send>(one: impl FnOnce() -> A, other: impl Fn() -> B + Sync) -> (A, B) {
    thread::scope(|scope| match Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, &other) {
        Ok(helper) => {
            let one = one();
            (one, helper.join().unwrap_or_else(|panic| resume_unwind(panic)))
        }
        Err(_) => (one(), other()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_done_once() {
        let things: Vec<AtomicUsize> = (0..1000).map(AtomicUsize::new).collect();
        for_each(&things, |thing| _ = thing.fetch_add(1, Ordering::Relaxed));
        assert!(things.iter().enumerate().all(|(at, thing)| thing.load(Ordering::Relaxed) == at + 1));
        assert_eq!(both(|| 1, || "two"), (1, "two"));
        assert!(std::panic::catch_unwind(|| both(|| 1, || -> u8 { panic!("as it is meant") })).is_err());
    }
}
