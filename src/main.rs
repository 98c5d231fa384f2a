//! Arguments → door → exit code.

fn main() {}
