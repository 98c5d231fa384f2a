//! What several rules share.

pub(super) mod parts;
pub(super) mod proof;
pub(super) mod range;
pub(super) mod removal;
pub(super) mod values;
pub(super) mod vars;
