//! What several rules share.

pub(super) mod annotation;
pub(super) mod descriptors;
pub(super) mod failures;
pub(super) mod parts;
pub(super) mod proof;
pub(super) mod range;
pub(super) mod removal;
pub(super) mod scripts;
pub(super) mod unmanaged;
pub(super) mod values;
pub(super) mod vars;
pub(super) mod volumes;
pub(super) mod words;
