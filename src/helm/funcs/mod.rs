//! The functions that Helm adds to sprig's.

pub mod data;
pub mod flow;
pub mod words;
