//! Brackets in text that may be broken: where they open, and whether they close.

use super::scalar;
use super::scratch::Scratch;

/// The outermost bracket pair around the byte `at`, when it is closed. Reads from the last line on that a block can
/// begin a bracket in: brackets that go on over lines begin as a value, an item or a line of their own.
pub(super) fn enclosing_flow(text: &str, at: usize) -> Option<(usize, usize)> {
    let mut from = text[..at.min(text.len())].rfind('\n').map_or(0, |line| line + 1);
    loop {
        let line_end = text[from..].find('\n').map_or(text.len(), |end| from + end);
        let opening = openings(text, from, line_end).find_map(|start| {
            let end = flow_end(text, start)?;
            (start < at && at < end).then_some((start, end))
        });
        if opening.is_some() || from == 0 {
            return opening;
        }
        from = text[..from - 1].rfind('\n').map_or(0, |line| line + 1);
    }
}

/// The brackets of a line that can begin a flow collection in a block: behind `- `, `: `, `? `, a tag or an anchor, or
/// as the line's first character.
fn openings(text: &str, from: usize, to: usize) -> impl Iterator<Item = usize> {
    text[from..to].char_indices().filter(|(_, c)| matches!(c, '[' | '{')).map(move |(at, _)| from + at).filter(
        move |at| {
            let before = text[from..*at].trim_end_matches([' ', '\t']);
            let last = before.rsplit([' ', '\t']).next().unwrap_or_default();
            before.is_empty()
                || last.ends_with(':')
                || matches!(last, "-" | "?")
                || last.starts_with(['&', '!'])
                || last == "---"
        },
    )
}

/// The byte after the bracket that closes the one at `start`.
fn flow_end(text: &str, start: usize) -> Option<usize> {
    walk(text, start).ok()
}

/// Goes from the bracket at `start` to the byte after the one that closes it.
///
/// # Errors
/// The brackets that are open where the text, or the readable part of it, ends.
fn walk(text: &str, start: usize) -> Result<usize, Vec<char>> {
    let bytes = text.as_bytes();
    let mut open = Vec::new();
    let mut at = start;
    // True where a quote begins a scalar and is no part of one.
    let mut fresh = true;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'[' | b'{' => open.push(*byte as char),
            b']' | b'}' => {
                open.pop();
                if open.is_empty() {
                    return Ok(at + 1);
                }
            }
            b'"' | b'\'' if fresh => {
                let Some(end) = scalar::quoted_end(text, at) else { return Err(open) };
                at = end;
                fresh = false;
                continue;
            }
            b'#' if at > 0 && matches!(bytes[at - 1], b' ' | b'\t' | b'\r' | b'\n') => {
                let Some(comment) = text[at..].find(['\r', '\n']) else { return Err(open) };
                at += comment;
                continue;
            }
            _ => {}
        }
        fresh = match byte {
            b'[' | b'{' | b',' | b':' => true,
            b' ' | b'\t' | b'\r' | b'\n' => fresh,
            _ => false,
        };
        at += 1;
    }
    Err(open)
}

/// The line above `line` with a bracket that is never closed.
pub(super) fn unclosed_flow(scratch: &Scratch, line: usize) -> Option<usize> {
    (0..line).rev().find(|above| {
        let start = scratch.line_start(*above);
        let end = start + scratch.line(*above).len();
        openings(scratch.view(), start, end).any(|at| flow_end(scratch.view(), at).is_none())
    })
}

/// The innermost bracket that is open at the byte `at`, of a flow collection that begins on that line or above.
pub(super) fn innermost(scratch: &Scratch, at: usize) -> Option<char> {
    let text = scratch.view().get(..at)?;
    (0..=scratch.line_of(at)).rev().find_map(|line| {
        let start = scratch.line_start(line);
        let end = (start + scratch.line(line).len()).min(text.len());
        openings(text, start, end).find_map(|open| walk(text, open).err().and_then(|open| open.last().copied()))
    })
}
