//! Any conversation: the server reads it to its end, and every request in it is answered once.
//!
//! Each line of the input is the body of one message; a line that begins with `!` goes onto the wire as it is.
#![no_main]

use std::time::Duration;

use kubeblocks_ls::lsp;
use libfuzzer_sys::{Corpus, fuzz_target};

/// Longer than any conversation of this length takes.
const PATIENCE: Duration = Duration::from_secs(20);

fuzz_target!(|text: &str| -> Corpus {
    // Folders of this machine are not to be walked.
    if ["olders", "rootUri", "rootPath"].iter().any(|word| text.contains(word)) {
        return Corpus::Reject;
    }
    let mut wire = Vec::new();
    for line in text.lines() {
        match line.strip_prefix('!') {
            Some(raw) => wire.extend_from_slice(raw.as_bytes()),
            None => wire.extend_from_slice(format!("Content-Length: {}\r\n\r\n{line}", line.len()).as_bytes()),
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let ended = runtime.block_on(async {
        tokio::time::timeout(PATIENCE, lsp::converse(std::io::Cursor::new(wire), tokio::io::sink())).await
    });
    runtime.shutdown_background();
    ended.expect("the server hangs").expect("the transport fails");
    Corpus::Keep
});
