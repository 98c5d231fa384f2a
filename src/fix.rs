//! Carrying out fixes: which of them go together, and the text they make.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Edit, Fix, Safety};
use crate::text::{self, FileId};
use crate::vfs::Source;

/// The fixes that can be carried out together, one for each finding at most. Of two that are in each other's way the
/// first wins. A finding with several equally safe fixes is for its author to decide.
pub fn choose<'d>(findings: impl IntoIterator<Item = &'d Diagnostic>, guesses: bool) -> Vec<&'d Fix> {
    let mut chosen: Vec<&Fix> = Vec::new();
    for finding in findings {
        let mut safe = finding.fixes.iter().filter(|fix| fix.safety == Safety::Safe);
        let fix = match (safe.next(), safe.next()) {
            (Some(only), None) => only,
            (None, _) if guesses => match finding.fixes.as_slice() {
                [only] => only,
                _ => continue,
            },
            _ => continue,
        };
        let taken = || chosen.iter().flat_map(|fix| &fix.edits);
        if chosen.iter().all(|other| other.edits != fix.edits)
            && fix.edits.iter().all(|new| taken().all(|old| !collide(old, new)))
        {
            chosen.push(fix);
        }
    }
    chosen
}

/// Both change some byte, or meet at one.
fn collide(a: &Edit, b: &Edit) -> bool {
    a.span.file == b.span.file && a.span.range.start <= b.span.range.end && b.span.range.start <= a.span.range.end
}

/// The files that the fixes change, with what they become. Line breaks that come in are those of the file.
pub fn apply<'s>(fixes: &[&Fix], source: impl Fn(FileId) -> Option<&'s Source>) -> BTreeMap<FileId, String> {
    let mut edits: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for edit in fixes.iter().flat_map(|fix| &fix.edits) {
        edits.entry(edit.span.file).or_default().push(edit);
    }
    let changed = edits.into_iter().filter_map(|(file, mut edits)| {
        let source = source(file)?;
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.span));
        let windows = source.text.contains("\r\n");
        let mut text = source.text.clone();
        for edit in edits {
            let new = edit.text.replace("\r\n", "\n");
            let new = if windows { new.replace('\n', "\r\n") } else { new };
            text = text::replace(&text, edit.span.range, &new);
        }
        Some((file, text.to_string()))
    });
    changed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Severity;
    use crate::text::Span;

    fn finding(fixes: &[(Safety, usize, usize, &str)]) -> Diagnostic {
        let mut finding = Diagnostic::new("x", Severity::Error, String::new(), Span::new(FileId(0), 0, 0));
        finding.fixes = fixes
            .iter()
            .map(|(safety, start, end, text)| Fix {
                title: String::new(),
                safety: *safety,
                edits: vec![Edit { span: Span::new(FileId(0), *start, *end), text: (*text).to_owned() }],
            })
            .collect();
        finding
    }

    #[test]
    fn fixes_that_go_together() {
        let source = Source::new(FileId(0), "/a".into(), "one\r\ntwo\r\nsix\r\n");
        let safe = |start, end, text| (Safety::Safe, start, end, text);
        for (findings, guesses, expected) in [
            (vec![finding(&[safe(0, 3, "1")]), finding(&[safe(5, 8, "2\n3")])], false, "1\r\n2\r\n3\r\nsix\r\n"),
            (vec![finding(&[safe(0, 3, "1")]), finding(&[safe(3, 5, " ")])], false, "1\r\ntwo\r\nsix\r\n"),
            (vec![finding(&[safe(0, 3, "1")]), finding(&[safe(0, 3, "1")])], false, "1\r\ntwo\r\nsix\r\n"),
            (vec![finding(&[safe(0, 3, "1"), safe(0, 3, "I")])], true, "one\r\ntwo\r\nsix\r\n"),
            (vec![finding(&[(Safety::Unsafe, 0, 3, "1")])], false, "one\r\ntwo\r\nsix\r\n"),
            (vec![finding(&[(Safety::Unsafe, 0, 3, "1")])], true, "1\r\ntwo\r\nsix\r\n"),
            (vec![finding(&[(Safety::Unsafe, 0, 3, "0"), safe(0, 3, "1")])], true, "1\r\ntwo\r\nsix\r\n"),
        ] {
            let changed = apply(&choose(&findings, guesses), |_| Some(&source));
            assert_eq!(changed.get(&FileId(0)).map_or(&*source.text, String::as_str), expected);
        }
    }
}
