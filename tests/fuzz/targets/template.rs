//! See `checks::template`.
#![no_main]
#![allow(dead_code, reason = "each target makes one of the checks")]

#[path = "../checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|text: &str| checks::template(text));
