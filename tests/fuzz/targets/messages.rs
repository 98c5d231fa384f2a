//! See `checks::messages`.
#![no_main]
#![allow(dead_code, reason = "each target makes one of the checks")]

#[path = "../checks.rs"]
mod checks;

use libfuzzer_sys::Corpus;

libfuzzer_sys::fuzz_target!(|text: &str| -> Corpus {
    if checks::messages(text) { Corpus::Keep } else { Corpus::Reject }
});
