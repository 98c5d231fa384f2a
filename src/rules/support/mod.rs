//! What several rules share, and what turns the findings of value sets into those of a world.

pub(super) mod parts;
pub(super) mod proof;
pub(super) mod sets;
