//! What a piece of work read, so that what it found holds as long as nothing of that changed.
//!
//! Whoever hands out something that an edit may change tells so ([`note`]); whoever wants to know what is read listens
//! ([`heard`]). What is remembered keeps with its value what was read for it, and tells it again to each who asks
//! ([`Reads::note`]), so it does not matter who asked first.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A thing in one state: what is changed gets another mark, what is taken over keeps its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Mark(u32);

impl Mark {
    /// What all files of a world mention together: it is gone when one of them mentions something else.
    pub const MENTIONS: Self = Self(u32::MAX);

    /// What there is but one of.
    pub const ONE: Self = Self(u32::MAX - 1);

    /// One that nothing else has.
    pub fn fresh() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// What is judged by itself, and is told from others as long as no more than its parts are edited.
pub trait Marked {
    fn mark(&self) -> Mark;
}

impl Marked for Mark {
    fn mark(&self) -> Mark {
        *self
    }
}

/// Marks of what was read, each once and in order.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Reads(Arc<[Mark]>);

/// Lists are long and there are many, so all of one is a single word to the hasher.
impl Hash for Reads {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mix =
            |word: u64, mark: &Mark| (word.rotate_left(5) ^ u64::from(mark.0)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        state.write_u64(self.0.iter().fold(0, mix));
    }
}

impl Reads {
    /// All of these together.
    pub fn together(mut all: Vec<&Self>) -> Self {
        // Most are shared.
        all.sort_unstable_by_key(|reads| reads.0.as_ptr());
        all.dedup_by_key(|reads| reads.0.as_ptr());
        let mut marks: Vec<Mark> = all.into_iter().flat_map(|reads| reads.0.iter().copied()).collect();
        marks.sort_unstable();
        marks.dedup();
        Self(marks.into())
    }

    /// Takes the place of an equal one, if one is known.
    pub fn share(&mut self, known: &mut HashSet<Self>) {
        match known.get(self) {
            Some(equal) => *self = equal.clone(),
            None => drop(known.insert(self.clone())),
        }
    }

    /// None of these marks was read.
    pub fn is_free_of(&self, marks: &[Mark]) -> bool {
        // What is gone is mostly younger than all that was read.
        self.0.last().is_none_or(|last| marks.iter().all(|mark| mark > last || self.0.binary_search(mark).is_err()))
    }

    /// Reads all of it again.
    pub fn note(&self) {
        if LISTENS.get() {
            self.0.iter().for_each(|mark| note(*mark));
        }
    }
}

thread_local! {
    /// Somebody wants to hear of reads.
    static LISTENS: Cell<bool> = const { Cell::new(false) };
    /// The last two reads: who walks a tree reads the same thing over and over.
    static LAST: Cell<(u32, u32)> = const { Cell::new((0, 0)) };
    /// What was read for those who listen, the innermost last.
    static HEARD: RefCell<Vec<Mark>> = const { RefCell::new(Vec::new()) };
    /// Where in `HEARD` that of the innermost begins.
    static BEGIN: Cell<usize> = const { Cell::new(0) };
}

/// This is read.
pub fn note(mark: Mark) {
    if !LISTENS.get() {
        return;
    }
    let (last, before) = LAST.get();
    if mark.0 == last || mark.0 == before {
        return;
    }
    LAST.set((mark.0, last));
    HEARD.with_borrow_mut(|heard| {
        // What is read in turns is kept once.
        if heard.len() == heard.capacity() {
            in_order(heard, BEGIN.get());
            heard.reserve(heard.len().max(64));
        }
        heard.push(mark);
    });
}

/// What stands from `begin` on, each once and in order.
fn in_order(heard: &mut Vec<Mark>, begin: usize) {
    heard[begin..].sort_unstable();
    let mut kept = begin;
    for at in begin..heard.len() {
        if kept == begin || heard[kept - 1] != heard[at] {
            heard[kept] = heard[at];
            kept += 1;
        }
    }
    heard.truncate(kept);
}

/// What was asked for, and what was read for it. Whoever listens outside hears nothing of it.
pub fn heard<T>(work: impl FnOnce() -> T) -> (T, Reads) {
    let outside = Outside::enter(true);
    let answer = work();
    let reads = HEARD.with_borrow_mut(|heard| {
        in_order(heard, BEGIN.get());
        Reads(heard[BEGIN.get()..].into())
    });
    drop(outside);
    (answer, reads)
}

/// What is the same in all states that anybody compares: nobody hears what is read for it.
pub fn unheard<T>(work: impl FnOnce() -> T) -> T {
    let _outside = Outside::enter(false);
    work()
}

/// Those who listened before, until they listen again, also after a panic.
struct Outside {
    listened: bool,
    begin: usize,
}

impl Outside {
    fn enter(listens: bool) -> Self {
        LAST.set((0, 0));
        let begin = BEGIN.replace(HEARD.with_borrow(Vec::len));
        Self { listened: LISTENS.replace(listens), begin }
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        LAST.set((0, 0));
        LISTENS.set(self.listened);
        let inner = BEGIN.replace(self.begin);
        HEARD.with_borrow_mut(|heard| heard.truncate(inner));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_are_heard_by_the_nearest_and_told_again() {
        let [a, b, c] = [Mark::fresh(), Mark::fresh(), Mark::fresh()];
        let (inner, outer) = heard(|| {
            note(a);
            let ((), inner) = heard(|| (0..200).for_each(|at| note([b, c, a][at % 3])));
            unheard(|| note(b));
            inner
        });
        assert!(!inner.is_free_of(&[c]) && inner.0.len() == 3);
        assert!(outer.is_free_of(&[b, c]) && !outer.is_free_of(&[c, a]));
        let ((), again) = heard(|| outer.note());
        assert_eq!(again.0, outer.0);
    }

    #[test]
    fn a_panic_leaves_those_outside_listening() {
        let [a, b] = [Mark::fresh(), Mark::fresh()];
        let ((), reads) = heard(|| {
            note(a);
            let broken = std::panic::catch_unwind(|| heard(|| -> () { panic!("as it is meant") }));
            assert!(broken.is_err());
            note(b);
        });
        assert_eq!(reads.0.len(), 2);
    }
}
