//! Cells that remember what was worked out, and with it what was read for it.

use std::sync::OnceLock;

use crate::reads::{self, Reads};

/// What somebody worked out. Each who asks has read what it took.
pub struct Known<T>(OnceLock<(T, Reads)>);

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<T> Known<T> {
    /// What the cell holds; `make` fills it.
    pub fn get(&self, make: impl FnOnce() -> T) -> &T {
        let (known, reads) = self.0.get_or_init(|| reads::heard(make));
        reads.note();
        known
    }
}

/// Cells in a row, for those who have their own numbers for what is to be remembered. A row may be long and stay empty
/// for the most part.
pub struct Cells<T>(Box<[Together<T>]>);

/// Cells that are made when one of them is wanted.
type Together<T> = OnceLock<Box<[Known<T>]>>;

/// How many.
const CELLS: usize = 64;

impl<T> Cells<T> {
    pub fn new(count: usize) -> Self {
        Self((0..count.div_ceil(CELLS)).map(|_| OnceLock::new()).collect())
    }

    /// What cell `at` holds; `make` fills it.
    pub fn get(&self, at: usize, make: impl FnOnce() -> T) -> &T {
        let together = self.0[at / CELLS].get_or_init(|| (0..CELLS).map(|_| Known::default()).collect());
        together[at % CELLS].get(make)
    }

    /// What cell `at` holds, if it does.
    pub(super) fn known(&self, at: usize) -> Option<&T> {
        Some(&self.0[at / CELLS].get()?[at % CELLS].0.get()?.0)
    }

    /// How much of the row was made: a number to compare.
    pub(super) fn extent(&self) -> usize {
        self.0.iter().filter(|together| together.get().is_some()).count()
    }
}
