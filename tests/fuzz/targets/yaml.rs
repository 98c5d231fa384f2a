//! Any text read as YAML: it gives trees, and all places in them lie in the text.
#![no_main]

use kubeblocks_ls::yaml::parser;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for range in parser::documents(text) {
        let tree = parser::parse(text, range);
        let inside = |range: kubeblocks_ls::text::TextRange| {
            assert!(range.start <= range.end && text.get(range.start as usize..range.end as usize).is_some());
        };
        for id in tree.ids() {
            inside(tree.node(id).range);
            if let Some(decoded) = tree.scalar(id) {
                let whole = kubeblocks_ls::text::TextRange::new(0, decoded.len());
                inside(parser::part(text, &tree, id, whole));
            }
        }
        for problem in tree.problems() {
            inside(problem.range);
        }
    }
});
