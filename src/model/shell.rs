//! Commands and scripts: which variables they use, and what their loops wait for (legacy spec §4.3).

use crate::text::TextRange;

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
            (Some(close), _) => match text[after..].bytes().position(|byte| byte == close) {
                Some(found) => after + found + 1,
                None => continue,
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
        at = end;
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

/// How a condition finds out whether something is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Probe {
    /// Only asks DNS: `nslookup`, `getent`, `dig`, `host`.
    Name,
    /// Talks to a listener, or does something we cannot judge.
    Listener,
}

/// A loop, or a single command, that waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wait<'t> {
    /// The condition: bytes of the text.
    pub range: TextRange,
    pub condition: &'t str,
    pub probe: Probe,
    /// It ends at once whatever it waits for: a constant, `|| true`, a pipe into something that always succeeds.
    pub idle: bool,
    /// It is a loop; else the command fails, and the kubelet runs it again.
    pub repeats: bool,
}

const RESOLVERS: [&str; 4] = ["nslookup", "getent", "dig", "host"];
const PROBES: [&str; 18] = [
    "nc",
    "ncat",
    "netcat",
    "curl",
    "wget",
    "mysql",
    "mysqladmin",
    "redis-cli",
    "pg_isready",
    "psql",
    "mongosh",
    "mongo",
    "etcdctl",
    "ping",
    "telnet",
    "zkCli.sh",
    "grpcurl",
    "grpc_health_probe",
];

/// The waits of a shell text.
pub fn waits(text: &str) -> Vec<Wait<'_>> {
    let mut found = Vec::new();
    for (keyword, negated) in [("until", false), ("while", true)] {
        for at in words(text, keyword) {
            let start = at + keyword.len();
            let Some(length) = condition_len(&text[start..]) else { continue };
            let mut range = trimmed(text, start, start + length);
            let mut condition = range.of(text);
            let mut idle = false;
            if negated {
                let constant = matches!(condition, "true" | ":" | "[ 1 ]" | "[ true ]" | "((1))");
                if constant {
                    // `while true; do …; probe && break; done`: the body is the condition.
                    let body = start + length + text[start + length..].find("do").map_or(0, |found| found + 2);
                    let end = text[body..].find("done").map_or(text.len(), |end| body + end);
                    if !text[body..end].contains("break") && !text[body..end].contains("exit") {
                        continue;
                    }
                    range = trimmed(text, body, end);
                    condition = range.of(text);
                } else if let Some(rest) = condition.strip_prefix('!') {
                    let skipped = condition.len() - rest.trim_start().len();
                    range = TextRange::new(range.start as usize + skipped, range.end as usize);
                    condition = range.of(text);
                } else {
                    // `while probe; do` waits for something to go away, or counts.
                    continue;
                }
            } else {
                idle = always_succeeds(condition);
            }
            found.push(Wait { range, condition, probe: probe(condition), idle, repeats: true });
        }
    }
    found.sort_by_key(|wait| wait.range);
    let first = name_of_command(text.trim());
    if found.is_empty() && (RESOLVERS.contains(&first) || PROBES.contains(&first)) {
        let range = trimmed(text, 0, text.len());
        let condition = range.of(text);
        found.push(Wait { range, condition, probe: probe(condition), idle: false, repeats: false });
    }
    found
}

/// The byte offsets of a keyword where a command can start.
fn words<'t>(text: &'t str, keyword: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(keyword).map(|(at, _)| at).filter(move |at| {
        let before = text[..*at].trim_end_matches([' ', '\t']);
        let starts = before.is_empty()
            || before.ends_with(['\n', ';', '&', '|', '{', '(', '"', '\''])
            || before.ends_with("do")
            || before.ends_with("then");
        starts && text[at + keyword.len()..].starts_with([' ', '\t', '\n', '['])
    })
}

/// Bytes up to the `do` of a loop.
fn condition_len(text: &str) -> Option<usize> {
    text.match_indices("do").map(|(at, _)| at).find(|at| {
        let before = text[..*at].trim_end_matches([' ', '\t']);
        before.ends_with([';', '\n']) && !text[at + 2..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
    })
}

fn trimmed(text: &str, start: usize, end: usize) -> TextRange {
    let body = &text[start..end];
    let cut = |c: char| c.is_whitespace() || c == ';';
    let left = body.len() - body.trim_start_matches(cut).len();
    TextRange::new(start + left, start + body.trim_end_matches(cut).len().max(left))
}

fn name_of_command(text: &str) -> &str {
    let command =
        text.split_whitespace().find(|word| !["!", "timeout", "exec", "["].contains(word) && !word.starts_with('-'));
    command.map_or("", |word| word.rsplit('/').next().unwrap_or(word))
}

fn probe(condition: &str) -> Probe {
    let commands = condition.split([';', '\n', '|', '&']).map(|part| name_of_command(part.trim()));
    let mut resolves = false;
    for command in commands.filter(|command| !command.is_empty()) {
        if RESOLVERS.contains(&command) {
            resolves = true;
        } else if ![
            "echo", "printf", "sleep", "date", "true", "break", "do", "done", "grep", "exit", "1", "2>1", "cat", "tee",
        ]
        .contains(&command)
            && !command.starts_with('>')
        {
            return Probe::Listener;
        }
    }
    if resolves { Probe::Name } else { Probe::Listener }
}

fn always_succeeds(condition: &str) -> bool {
    let last = condition.rsplit("||").next().unwrap_or_default().trim();
    if condition.contains("||") && matches!(last, "true" | ":" | "exit 0") {
        return true;
    }
    let command = condition.rsplit('|').next().unwrap_or_default();
    let piped = condition.contains('|') && !condition.contains("||");
    matches!(condition, "true" | ":" | "[ 1 ]") || (piped && ["tee", "cat"].contains(&name_of_command(command.trim())))
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
    /// Something stands right before the variable (`pod-0.` or `http://` is cut off): a pod's name, or unknown.
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
            let before = text[..variable.range.start as usize].chars().next_back();
            Host {
                variable,
                suffix: &word[..label],
                range: TextRange::new(variable.range.start as usize, start + label),
                rest: &word[label..],
                prefixed: before.is_some_and(|c| {
                    c == '.' || c == '-' || c == '_' || c.is_ascii_alphanumeric() || c == '}' || c == ')'
                }),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables() {
        let names = |text| uses(text).into_iter().map(|found| (found.name, found.form)).collect::<Vec<_>>();
        assert_eq!(names("a $(B) ${C:-x} $D."), [("B", Form::Parentheses), ("C", Form::Braces), ("D", Form::Bare)]);
        assert_eq!(names("$$(B) \\$C $(echo x) $1 $? ${#x}"), []);
        let text = "--meta=$(META)-headless";
        let found = uses(text)[0];
        assert_eq!((found.range.of(text), found.name_range.of(text)), ("$(META)", "META"));
    }

    #[test]
    fn own_names() {
        assert_eq!(assigned("A=1; for b in x; do read -r c; export D; done; [ $e == 1 ]"), ["A", "b", "c", "D"]);
    }

    #[test]
    fn loops() {
        let told = |text| {
            let found: Vec<Wait> = waits(text);
            found
                .iter()
                .map(|wait| (wait.condition.to_owned(), wait.probe, wait.idle, wait.repeats))
                .collect::<Vec<_>>()
        };
        let wait = |text: &str, probe, idle| vec![(text.to_owned(), probe, idle, true)];
        assert_eq!(told("until nslookup $X.svc; do sleep 2; done"), wait("nslookup $X.svc", Probe::Name, false));
        assert_eq!(told("until nslookup $X; do echo waiting; done;"), wait("nslookup $X", Probe::Name, false));
        assert_eq!(told("while ! nc -z $X 80; do sleep 1\ndone"), wait("nc -z $X 80", Probe::Listener, false));
        assert_eq!(told("until nslookup $X || true; do sleep 1; done"), wait("nslookup $X || true", Probe::Name, true));
        assert_eq!(told("until curl $X | tee log; do sleep 1; done"), wait("curl $X | tee log", Probe::Listener, true));
        assert_eq!(
            told("while true; do nc -z $X 80 && break; sleep 1; done"),
            wait("nc -z $X 80 && break; sleep 1", Probe::Listener, false)
        );
        assert_eq!(told("while [ $i -lt 3 ]; do i=$((i+1)); done"), []);
        assert_eq!(told("nslookup $X"), [("nslookup $X".to_owned(), Probe::Name, false, false)]);
        assert_eq!(told("echo until we do it"), []);
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
        assert!(told("pod-0.$(X)")[0].3);
    }
}
