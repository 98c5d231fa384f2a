//! Comments that allow a finding: `# kubeblocks-ls: allow(rule, …) reason`.
//!
//! A comment on a line of its own speaks of the next line, one behind something of its own line, and `allow-file` in
//! the first lines of the whole file. It may be a comment of YAML or of the template.

use crate::diagnostic::{Diagnostic, Edit, Fix, Safety};
use crate::text::{FileId, Span, TextRange, parts_between};

/// What starts such a comment.
const MARK: &str = "kubeblocks-ls:";

/// `allow-file` counts in this many lines.
pub const HEAD_LINES: usize = 10;

/// One comment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Allow {
    /// From `#` or `{{` to the end of the comment.
    pub span: Span,
    /// The names between the brackets.
    pub rules: Vec<Name>,
    pub reason: String,
    /// Bytes whose findings are allowed.
    reach: TextRange,
    /// Why it allows nothing.
    pub fault: Option<Fault>,
    /// All of its line, with the line break.
    line: Option<TextRange>,
    form: Form,
}

/// A name in the brackets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Name {
    pub text: String,
    pub span: Span,
}

/// Why a comment allows nothing, whatever there is to find.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    NoBrackets,
    NoRule,
    NoReason,
    /// `allow-file` below the first lines.
    TooLate,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    Yaml,
    /// `{{/* */}}`, and whether it takes blanks around it.
    Template {
        trims_left: bool,
        trims_right: bool,
    },
}

/// All comments of one file.
pub fn read(file: FileId, text: &str) -> Vec<Allow> {
    text.match_indices(MARK).filter_map(|(at, _)| comment(file, text, at)).collect()
}

fn comment(file: FileId, text: &str, at: usize) -> Option<Allow> {
    let (start, end, content, form) = bounds(text, at)?;
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text[end..].find('\n').map_or(text.len(), |newline| end + newline);
    let alone = text[line_start..start].trim().is_empty() && text[end..line_end].trim().is_empty();
    let body = &text[content.as_usize()];
    let word = body.trim_start().split(|c: char| !c.is_alphanumeric() && c != '-').next().unwrap_or_default();
    let whole_file = match word {
        "allow" => false,
        "allow-file" => true,
        // Somebody's prose about this program is no request.
        _ => return None,
    };
    let word_end = content.start as usize + (body.len() - body.trim_start().len()) + word.len();
    let rest = text[word_end..content.end as usize].trim_start();
    let open = content.end as usize - rest.len() + 1;
    let brackets = rest.strip_prefix('(').and_then(|inner| inner.split_once(')'));
    let rules = brackets.map_or_else(Vec::new, |(inside, _)| names(file, open, inside));
    let reason = brackets.map(|(_, reason)| reason.trim_matches(|c: char| c.is_whitespace() || ":-–—".contains(c)));
    let reason = reason.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    let reach = match whole_file {
        true => TextRange::new(0, text.len()),
        false if alone => next_line(text, line_end),
        false => TextRange::new(line_start, line_end),
    };
    let fault = match () {
        () if brackets.is_none() => Some(Fault::NoBrackets),
        () if rules.is_empty() => Some(Fault::NoRule),
        () if reason.is_empty() => Some(Fault::NoReason),
        () if whole_file && text[..start].matches('\n').count() >= HEAD_LINES => Some(Fault::TooLate),
        () => None,
    };
    let line = alone.then(|| TextRange::new(line_start, (line_end + 1).min(text.len())));
    Some(Allow { span: Span::new(file, start, end), rules, reason, reach, fault, line, form })
}

/// The comment around the mark at `at`: its bytes, and those of what it says.
fn bounds(text: &str, at: usize) -> Option<(usize, usize, TextRange, Form)> {
    let before = text[..at].trim_end();
    let content = at + MARK.len();
    if let Some(opening) = before.strip_suffix("/*") {
        let braces = opening.trim_end();
        let trims_left = braces.ends_with("{{-");
        let start = braces.strip_suffix(if trims_left { "{{-" } else { "{{" })?.len();
        let close = content + text[content..].find("*/")?;
        let tail = &text[close + 2..];
        let trims_right = tail.trim_start().starts_with('-');
        let end = close + 2 + tail.find("}}")? + 2;
        return Some((start, end, TextRange::new(content, close), Form::Template { trims_left, trims_right }));
    }
    let start = before.trim_end_matches('#').len();
    let opens = start < before.len() && !text[start..at].contains('\n');
    let free = text[..start].chars().next_back().is_none_or(char::is_whitespace);
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    let end = text[..end].trim_end().len();
    (opens && free).then(|| (start, end, TextRange::new(content, end), Form::Yaml))
}

/// The names in `inside`, which starts at byte `at`.
fn names(file: FileId, at: usize, inside: &str) -> Vec<Name> {
    let named = parts_between(inside, ',').filter(|(_, part)| !part.trim().is_empty()).map(|(range, part)| {
        let name = part.trim();
        let start = at + range.start as usize + (part.len() - part.trim_start().len());
        Name { text: name.to_owned(), span: Span::new(file, start, start + name.len()) }
    });
    named.collect()
}

/// The line after the one that ends at `end`, and after further comments.
fn next_line(text: &str, end: usize) -> TextRange {
    let mut start = (end + 1).min(text.len());
    loop {
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let line = text[start..line_end].trim();
        let comment =
            line.starts_with('#') || ((line.starts_with("{{/*") || line.starts_with("{{- /*")) && line.ends_with("}}"));
        if !comment || line_end == text.len() {
            return TextRange::new(start, line_end);
        }
        start = line_end + 1;
    }
}

impl Allow {
    /// The position in the brackets of the name that allows `rule` at `at`.
    fn allows(&self, rule: &str, at: Span) -> Option<usize> {
        let meant = self.fault.is_none() && at.file == self.span.file && self.reach.touches(at.range.start);
        meant.then(|| self.rules.iter().position(|name| name.text == rule)).flatten()
    }

    /// What is allowed, as a place: the line, or the whole file.
    pub fn reach(&self) -> Span {
        Span { file: self.span.file, range: self.reach }
    }

    /// Takes one of the names away, or the whole comment if there is no other. `text` is the file's; `inert` says that
    /// the comment is no part of some scalar.
    pub fn removal(&self, text: &str, rule: usize, inert: bool) -> Fix {
        let start = self.span.range.start as usize;
        let blanks = text[..start].len() - text[..start].trim_end_matches([' ', '\t']).len();
        let (range, same) = match (self.rules.len(), self.form, self.line) {
            (2.., ..) => (self.name_and_comma(rule), true),
            (_, Form::Yaml, Some(line)) => (line, true),
            (_, Form::Yaml, None) => (TextRange { start: (start - blanks) as u32, ..self.span.range }, true),
            // The line's own break goes as well: that of the line before was taken already.
            (_, Form::Template { trims_left: true, trims_right: false }, Some(line)) => (line, true),
            // So does the next line's indentation: this one's stands for it.
            (_, Form::Template { trims_left: false, trims_right: true }, Some(line)) => {
                let next = text[line.end as usize..].strip_prefix(&text[start - blanks..start]);
                (line, next.is_some_and(|next| next.starts_with(|first: char| !first.is_whitespace())))
            }
            (_, Form::Template { .. }, Some(line)) => (line, false),
            (_, Form::Template { trims_left, trims_right }, None) => (self.span.range, !trims_left && !trims_right),
        };
        let safety = if inert && same { Safety::Safe } else { Safety::Unsafe };
        let title = match self.rules.get(rule).filter(|_| self.rules.len() > 1) {
            Some(name) => format!("Remove `{}`", name.text),
            None => "Remove the comment".to_owned(),
        };
        Fix { title, safety, edits: vec![Edit { span: Span { range, ..self.span }, text: String::new() }] }
    }

    fn name_and_comma(&self, rule: usize) -> TextRange {
        let range = |at: usize| self.rules.get(at).map(|name| name.span.range).unwrap_or_default();
        match rule {
            0 => TextRange { start: range(0).start, end: range(1).start },
            _ => TextRange { start: range(rule - 1).end, end: range(rule).end },
        }
    }
}

/// A name in a comment: the comment's number in its file, and the name's in the brackets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Hit {
    pub file: FileId,
    pub allow: usize,
    pub name: usize,
}

/// Marks a finding that is allowed: where it stands, or somewhere on every way of includes that leads there. The answer
/// has the names that hide it. `of` knows the comments of each file.
pub fn mark<'a>(finding: &mut Diagnostic, of: impl Fn(FileId) -> &'a [Allow]) -> Vec<Hit> {
    let by = |at: Span| {
        let mut all = of(at.file).iter().enumerate();
        all.find_map(|(index, allow)| Some(Hit { file: at.file, allow: index, name: allow.allows(finding.rule, at)? }))
    };
    let hidden: Vec<_> = match by(finding.span) {
        Some(hit) => vec![hit],
        None => {
            let ways = finding.ways.iter().map(|way| way.iter().find_map(|at| by(*at)));
            ways.collect::<Option<Vec<_>>>().unwrap_or_default()
        }
    };
    if let Some(first) = hidden.first() {
        finding.allowed = Some(of(first.file)[first.allow].reason.clone());
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Allow {
        let all = read(FileId(0), text);
        assert_eq!(all.len(), 1, "{text}: {all:?}");
        all.into_iter().next().unwrap()
    }

    #[test]
    fn what_a_comment_reaches() {
        for (text, reach) in [
            ("a: 1 # kubeblocks-ls: allow(x) why\nb: 2\n", "a: 1 # kubeblocks-ls: allow(x) why"),
            ("a: 1\n# kubeblocks-ls: allow(x) why\n  b: 2\nc: 3\n", "  b: 2"),
            ("# kubeblocks-ls: allow(x) why\n# more\n\nb: 2\n", ""),
            ("# kubeblocks-ls: allow(x) why\n{{- /* more */}}\nb: 2", "b: 2"),
            ("{{/* kubeblocks-ls: allow(x) why */}}\nb: 2\n", "b: 2"),
            ("{{- /*\nkubeblocks-ls: allow(x) why\nso */ -}}\nb: 2\n", "b: 2"),
            ("{{/* kubeblocks-ls: allow(x) why */}}b: 2\nc: 3", "{{/* kubeblocks-ls: allow(x) why */}}b: 2"),
            ("## kubeblocks-ls: allow-file(x) why\r\nb: 2\n", "## kubeblocks-ls: allow-file(x) why\r\nb: 2\n"),
        ] {
            let allow = one(text);
            assert_eq!(allow.fault, None, "{text}");
            assert_eq!(allow.reach.of(text), reach, "{text}");
        }
    }

    #[test]
    fn what_a_comment_says() {
        let text = "# kubeblocks-ls: allow(one , two): it is\tso \n";
        let allow = one(text);
        assert_eq!(allow.reason, "it is so");
        assert_eq!(allow.rules.iter().map(|name| name.span.range.of(text)).collect::<Vec<_>>(), ["one", "two"]);
        for (text, fault) in [
            ("# kubeblocks-ls: allow one", Fault::NoBrackets),
            ("# kubeblocks-ls: allow() for no reason", Fault::NoRule),
            ("# kubeblocks-ls: allow(one) -", Fault::NoReason),
            ("\n\n\n\n\n\n\n\n\n\n# kubeblocks-ls: allow-file(one) why", Fault::TooLate),
        ] {
            assert_eq!(one(text).fault, Some(fault), "{text}");
        }
        for text in ["kubeblocks-ls: allow(x) y", "a#kubeblocks-ls: allow(x) y", "# kubeblocks-ls: is a program"] {
            assert_eq!(read(FileId(0), text), [], "{text}");
        }
    }

    #[test]
    fn what_is_removed() {
        for (text, rule, left) in [
            ("a: 1  # kubeblocks-ls: allow(x) why\r\nb: 2\n", 0, "a: 1\r\nb: 2\n"),
            ("a: 1\n# kubeblocks-ls: allow(x) why\nb: 2\n", 0, "a: 1\nb: 2\n"),
            ("# kubeblocks-ls: allow(x, y) why\nb: 2\n", 0, "# kubeblocks-ls: allow(y) why\nb: 2\n"),
            ("# kubeblocks-ls: allow(x, y) why\nb: 2\n", 1, "# kubeblocks-ls: allow(x) why\nb: 2\n"),
            ("a: 1\n{{- /* kubeblocks-ls: allow(x) why */}}\nb: 2", 0, "a: 1\nb: 2"),
        ] {
            let fix = one(text).removal(text, rule, true);
            let edit = &fix.edits[0];
            assert_eq!(fix.safety, Safety::Safe, "{text}");
            assert_eq!(&*crate::text::replace(text, edit.span.range, &edit.text), left, "{text}");
        }
        for (text, safety) in [
            ("a: |\n  {{/* kubeblocks-ls: allow(x) why */}}\n  b\n", Safety::Unsafe),
            ("a:\n\n  {{/* kubeblocks-ls: allow(x) why */ -}}\n  b: 1\n", Safety::Safe),
            ("a:\n\n  {{/* kubeblocks-ls: allow(x) why */ -}}\n    b: 1\n", Safety::Unsafe),
            ("a:\n\n  {{/* kubeblocks-ls: allow(x) why */ -}}\n\n  b: 1\n", Safety::Unsafe),
        ] {
            assert_eq!(one(text).removal(text, 0, true).safety, safety, "{text}");
        }
    }
}
