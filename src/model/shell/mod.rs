//! Commands and scripts: which variables they use, and what their loops wait for (legacy spec §4.3).

mod syntax;
mod waits;
mod words;

pub use syntax::{Flaw, flaw};
pub use waits::{Probe, Wait, asks, assignments, lookups, probe_of, programs, waits};

use crate::text::TextRange;

/// Keys below which texts may name variables.
pub const READ: [&str; 13] = [
    "command",
    "args",
    "env",
    "vars",
    "image",
    "subPathExpr",
    "statement",
    "statements",
    "connectionCredential",
    "secretKeyRef",
    "secretRef",
    "data",
    "stringData",
];

/// How a variable is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// `$(X)`: the kubelet's.
    Parentheses,
    /// `${X}`, also with what a shell allows after the name.
    Braces,
    /// `$X`.
    Bare,
}

/// A use of a variable; ranges are bytes of the decoded text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Use<'t> {
    pub name: &'t str,
    /// The name alone.
    pub name_range: TextRange,
    /// With dollar and brackets.
    pub range: TextRange,
    pub form: Form,
    /// What stands between the name and the closing brace (`:-default`).
    pub modifier: &'t str,
}

impl Use<'_> {
    /// Who wrote it in this `text` knows that it may not be there, or it stands in a comment.
    pub fn is_guarded(&self, text: &str) -> bool {
        let line = text[..self.range.start as usize].rsplit('\n').next().unwrap_or_default();
        let asked = !self.modifier.is_empty() || ["-n ", "-z ", "-v "].iter().any(|test| line.contains(test));
        asked || line.trim_start().starts_with('#')
    }
}

/// The name of the program that a word calls, wherever it lies.
pub fn program(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// The word calls a shell.
pub fn is_shell(word: &str) -> bool {
    ["sh", "bash", "ash", "dash", "ksh", "zsh"].contains(&program(word))
}

/// The file is a script of a shell: its first line says so (`#!/bin/sh`, `#!/usr/bin/env bash`), or, where that says
/// nothing, its name.
pub fn is_script(name: &str, text: &str) -> bool {
    match text.lines().next().and_then(|line| line.strip_prefix("#!")) {
        Some(head) => head.split_whitespace().find(|word| !word.ends_with("/env")).is_some_and(is_shell),
        None => name.ends_with(".sh"),
    }
}

/// Every use of a variable in a text. `$$(X)` and `\$X` are none, and neither is `$(a command)`.
pub fn uses(text: &str) -> Vec<Use<'_>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(dollar) = text[at..].find('$').map(|found| at + found) {
        at = dollar + 1;
        if bytes.get(at) == Some(&b'$') {
            at += 1;
            continue;
        }
        if dollar > 0 && bytes[dollar - 1] == b'\\' {
            continue;
        }
        let (open, close, form) = match bytes.get(at) {
            Some(b'(') => (1, Some(b')'), Form::Parentheses),
            Some(b'{') => (1, Some(b'}'), Form::Braces),
            _ => (0, None, Form::Bare),
        };
        let start = at + open;
        let name = name_at(&text[start..]);
        if name.is_empty() {
            continue;
        }
        let after = start + name.len();
        let end = match (close, form) {
            (None, _) => after,
            (Some(close), Form::Parentheses) if bytes.get(after) == Some(&close) => after + 1,
            (Some(_), Form::Parentheses) => continue,
            (Some(close), _) => match words::substitution_end(text, at, 0) {
                end if end > after && bytes.get(end - 1) == Some(&close) => end,
                _ => continue,
            },
        };
        let modifier = if form == Form::Braces { &text[after..end - 1] } else { "" };
        found.push(Use {
            name,
            name_range: TextRange::new(start, after),
            range: TextRange::new(dollar, end),
            form,
            modifier,
        });
        // What a shell puts in for an unset variable may use others: `${A:-$B}`.
        at = after;
    }
    found
}

/// The identifier at the start of a text; empty if there is none.
fn name_at(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    if text.starts_with(|c: char| c.is_ascii_digit()) { "" } else { &text[..end] }
}

/// `word` stands in `text` as a word of its own.
pub fn mentions(text: &str, word: &str) -> bool {
    let part_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(part_of_name) && !text[at + word.len()..].starts_with(part_of_name))
}

/// Names that a script sets itself: assignments, `read`, `for`, `export`, `local`.
pub fn assigned(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let words = text.split(|c: char| c.is_whitespace() || ";&|(){}`'\"".contains(c));
    let mut previous = "";
    for word in words.filter(|word| !word.is_empty()) {
        let name = name_at(word);
        let rest = &word[name.len()..];
        let set = (rest.starts_with('=') && !rest.starts_with("==")) || rest.starts_with("+=");
        let declared = rest.is_empty() && ["for", "read", "export", "local", "-r", "declare"].contains(&previous);
        if !name.is_empty() && (set || declared) {
            names.push(name);
        }
        previous = word;
    }
    names
}

/// A host that a text names: a variable or the Cluster's name, and what follows up to the first dot, colon or blank.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Host<'t> {
    pub variable: Use<'t>,
    /// `-headless`, `-meta`, `-meta-headless` or nothing.
    pub suffix: &'t str,
    /// Variable and suffix: bytes of the text.
    pub range: TextRange,
    /// What comes after the suffix, to the end of the word: `.$(KB_NAMESPACE).svc.cluster.local:3002`.
    pub rest: &'t str,
    /// Something stands right before the variable that belongs to the name: a pod (`pod-0.$(X)`), or we cannot say.
    pub prefixed: bool,
}

/// The hosts that `text` names with a variable in front.
pub fn hosts(text: &str) -> Vec<Host<'_>> {
    let ends_word = |c: char| c.is_whitespace() || ";&|<>\"'`,/".contains(c);
    uses(text)
        .into_iter()
        .map(|variable| {
            let start = variable.range.end as usize;
            let end = text[start..].find(ends_word).map_or(text.len(), |found| start + found);
            let word = &text[start..end];
            let label = word.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(word.len());
            Host {
                variable,
                suffix: &word[..label],
                range: TextRange::new(variable.range.start as usize, start + label),
                rest: &word[label..],
                prefixed: prefixed(&text[..variable.range.start as usize]),
            }
        })
        .collect()
}

/// The port behind a host of a condition, `HOST:80` or `nc HOST 80`, as a range of the condition; `None` where it is no
/// number.
pub fn port(condition: &str, host: &Host<'_>) -> Option<(TextRange, u16)> {
    let word_end = host.range.end as usize + host.rest.len();
    let start = match host.rest.rfind(':') {
        Some(colon) => host.range.end as usize + colon + 1,
        None => {
            let before = &condition[..host.range.start as usize];
            let command = before.rfind([';', '\n', '|', '&', '(', '!']).map_or(before, |at| &before[at + 1..]);
            let mut words = command.split_whitespace().filter(|word| !["timeout", "busybox", "exec"].contains(word));
            let words_are = |word: &str| ["nc", "ncat", "netcat", "telnet"].contains(&program(word));
            let program = words.find(|word| !word.starts_with(|c: char| c.is_ascii_digit()));
            let after = condition.get(word_end..)?;
            let quote = after.len() - after.trim_start_matches(['"', '\'']).len();
            let blank = after[quote..].len() - after[quote..].trim_start_matches([' ', '\t']).len();
            if !program.is_some_and(words_are) || blank == 0 {
                return None;
            }
            word_end + quote + blank
        }
    };
    let rest = condition.get(start..)?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let ends = rest[digits..].chars().next().is_none_or(|c| !(c.is_alphanumeric() || "$.-_".contains(c)));
    let port = rest[..digits].parse().ok().filter(|_| ends)?;
    Some((TextRange::new(start, start + digits), port))
}

/// The text ends in the beginning of a host name. An option (`-h$X`) is none.
fn prefixed(before: &str) -> bool {
    let start = before.rfind(|c: char| c.is_whitespace() || ";&|<>\"'`,/=@:".contains(c));
    let word = start.map_or(before, |start| &before[start..]);
    let word = word.trim_start_matches(|c: char| !(c.is_ascii_alphanumeric() || "-_.{}()$".contains(c)));
    let option = word.starts_with('-') && !word.contains(['.', '$']);
    !option && word.ends_with(|c: char| c.is_ascii_alphanumeric() || "._-})".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables() {
        let names = |text| uses(text).into_iter().map(|found| (found.name, found.form)).collect::<Vec<_>>();
        assert_eq!(names("a $(B) ${C:-x} $D."), [("B", Form::Parentheses), ("C", Form::Braces), ("D", Form::Bare)]);
        assert_eq!(names("$$(B) \\$C $(echo x) $1 $? ${#x}"), []);
        let nested = [("A", Form::Braces), ("B", Form::Braces), ("C", Form::Bare)];
        assert_eq!(names("${A:-${B}-x} ${C $C"), nested);
        let text = "--meta=$(META)-headless";
        let found = uses(text)[0];
        assert_eq!((found.range.of(text), found.name_range.of(text)), ("$(META)", "META"));
    }

    #[test]
    fn own_names() {
        assert_eq!(assigned("A=1; for b in x; do read -r c; export D; done; [ $e == 1 ]"), ["A", "b", "c", "D"]);
    }

    #[test]
    fn ports() {
        for (text, expected) in [
            ("nc -z $X 80", Some("80")),
            ("nc -z -w 1 \"$X.$NS.svc\" 80 2>&1", Some("80")),
            ("timeout 3 nc -z ${X} 80", Some("80")),
            ("curl http://$(X).svc:8080/health", Some("8080")),
            ("wget -q $X:99; true", Some("99")),
            ("nc -z $X $PORT", None),
            ("nc -z $X:$PORT", None),
            ("nc -z $X 80$Y", None),
            ("mysql -h $X 80", None),
            ("curl http://$X/80", None),
            ("nslookup $X; sleep 80", None),
        ] {
            let host = hosts(text)[0];
            assert_eq!(port(text, &host).map(|(range, _)| range.of(text)), expected, "{text}");
        }
    }

    #[test]
    fn named_hosts() {
        let told = |text| {
            let found: Vec<Host> = hosts(text);
            found
                .iter()
                .map(|h| (h.variable.name.to_owned(), h.suffix.to_owned(), h.rest.to_owned(), h.prefixed))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            told("nslookup ${X}-headless.${NS}.svc.local; x")[0],
            ("X".into(), "-headless".into(), ".${NS}.svc.local".into(), false)
        );
        assert_eq!(told("http://$(X):80/y")[0], ("X".into(), String::new(), ":80".into(), false));
        for (text, expected) in [
            ("pod-0.$(X)", true),
            ("$(P)-0.$(X)", true),
            ("a$(X)", true),
            ("-h$(X)", false),
            ("--host=$(X)", false),
            ("user@$(X)", false),
            ("tcp://$(X)", false),
            ("-hpod-0.$(X)", true),
            ("\"$(X)\"", false),
        ] {
            assert_eq!(told(text).last().unwrap().3, expected, "{text}");
        }
    }
}
