//! Faults of definitions up to 0.9: references between components, and waits.

use super::*;

pub(super) static PLANTERS: &[Planter] = &[];
