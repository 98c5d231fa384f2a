//! Any text read as a template: it gives a tree, and all places in it lie in the text.
#![no_main]

use kubeblocks_ls::template;
use kubeblocks_ls::text::FileId;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let syntax = template::parse(FileId(0), text);
    let inside = |range: kubeblocks_ls::text::TextRange| {
        assert!(range.start <= range.end && text.get(range.start as usize..range.end as usize).is_some());
    };
    for fault in &syntax.faults {
        inside(fault.span.range);
    }
    for define in &syntax.defines {
        inside(define.range);
        inside(define.name.range);
    }
    for (range, _) in syntax.value_paths() {
        inside(range);
    }
    for call in syntax.named_calls() {
        inside(call.name_range);
    }
    for offset in 0..=text.len() as u32 {
        let _ = syntax.action_at(offset);
    }
});
