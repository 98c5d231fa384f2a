//! One fault, one report, in the author's words.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::diagnostic::Diagnostic;
use crate::helm::{RELEASE_NAME, RELEASE_NAMESPACE};
use crate::text::Span;

/// One fault, one report: a library chart that many include says the same through each.
pub(super) fn merge<'f>(all: impl Iterator<Item = &'f Diagnostic>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut seen: HashMap<(&str, Span, &str), usize> = HashMap::new();
    for finding in all {
        match seen.entry((finding.rule, finding.span, finding.message.as_str())) {
            Entry::Occupied(known) => {
                let known = &mut found[*known.get()];
                let new = finding.related.iter().filter(|related| !known.related.contains(related));
                let new: Vec<_> = new.cloned().collect();
                known.related.extend(new);
                finding.ways.iter().for_each(|way| known.add_way(way.clone()));
            }
            Entry::Vacant(place) => {
                place.insert(found.len());
                found.push(in_the_authors_words(finding));
            }
        }
    }
    found
}

/// The release that charts are checked under has names that nobody wrote.
fn in_the_authors_words(finding: &Diagnostic) -> Diagnostic {
    let words = |text: &str| {
        let text = text.replace(RELEASE_NAMESPACE, "{{ .Release.Namespace }}");
        text.replace(RELEASE_NAME, "{{ .Release.Name }}")
    };
    let mut finding = finding.clone();
    finding.message = words(&finding.message);
    finding.why = finding.why.as_deref().map(words);
    finding.help = finding.help.as_deref().map(words);
    finding
}
