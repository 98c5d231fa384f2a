//! Loops and commands that wait for something to answer (legacy spec §4.3).

use super::words::{Kind, Token, tokens};
use crate::text::TextRange;

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
    /// It ends when the condition holds and not before: `until C`, `while ! C`. Other loops may wait for something
    /// else, or give up.
    pub plain: bool,
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
/// Commands that say nothing about anybody else.
const MUTE: [&str; 10] = ["echo", "printf", "sleep", "date", "true", ":", "break", "exit", "return", "grep"];
/// Words after which a command starts.
const OPENERS: [&str; 11] = ["do", "then", "else", "elif", "if", "while", "until", "{", "!", "time", "done"];
/// Commands whose argument is the command.
const WRAPPERS: [&str; 8] = ["timeout", "exec", "sudo", "busybox", "command", "env", "nohup", "time"];

/// A text with its tokens; a command starts where `starts` says so.
struct Script<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    starts: Vec<bool>,
}

impl<'t> Script<'t> {
    fn new(text: &'t str) -> Self {
        let tokens = tokens(text);
        let mut starts = Vec::with_capacity(tokens.len());
        let mut start = true;
        for token in &tokens {
            let word = token.kind == Kind::Word;
            starts.push(start && word);
            start = match token.kind {
                Kind::Word => start && OPENERS.contains(&token.range.of(text)),
                Kind::Redirect => false,
                _ => true,
            };
        }
        Self { text, tokens, starts }
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.starts[at] && self.tokens[at].range.of(self.text) == word
    }

    /// The `do` that belongs to the loop at `at`, and its `done` (or the end of the text).
    fn body(&self, at: usize) -> Option<(usize, usize)> {
        let mut depth = 0;
        let mut body = None;
        for next in at + 1..self.tokens.len() {
            // `for x in a do` has its `do` behind a separator too.
            if self.is(next, "do") {
                depth += 1;
                if depth == 1 {
                    body = Some(next);
                }
            } else if self.is(next, "done") {
                depth -= 1;
                if depth <= 0 {
                    return body.map(|body| (body, next));
                }
            }
        }
        body.map(|body| (body, self.tokens.len()))
    }

    /// The bytes of the tokens `from..to`, without separators at the ends.
    fn range(&self, from: usize, to: usize) -> TextRange {
        let tokens = &self.tokens[from..to];
        let inner = |token: &&Token| token.kind != Kind::End;
        match (tokens.iter().find(inner), tokens.iter().rfind(inner)) {
            (Some(first), Some(last)) => first.range.cover(last.range),
            _ => TextRange::empty(tokens.first().map_or(0, |token| token.range.start as usize)),
        }
    }

    /// The names of the commands among the tokens `from..to`.
    fn commands(&self, from: usize, to: usize) -> Vec<&'t str> {
        (from..to).filter(|at| self.starts[*at]).filter_map(|at| self.command(at, to)).collect()
    }

    /// The name of the command that starts at `at`, without its path; `None` for a reserved word or an assignment
    /// alone.
    fn command(&self, at: usize, to: usize) -> Option<&'t str> {
        self.called(at, to).map(|range| super::program(range.of(self.text)))
    }

    /// The word that names the command.
    fn called(&self, at: usize, to: usize) -> Option<TextRange> {
        let mut wrapped = false;
        for token in &self.tokens[at..to] {
            if token.kind != Kind::Word {
                return None;
            }
            let word = token.range.of(self.text);
            let assigns =
                word.split_once('=').is_some_and(|(name, _)| super::name_at(name) == name && !name.is_empty());
            let option = wrapped && (word.starts_with('-') || word.starts_with(|c: char| c.is_ascii_digit()));
            if assigns || option {
                continue;
            }
            if OPENERS.contains(&word) || word == "fi" || word == "}" {
                return None;
            }
            let name = super::program(word);
            if WRAPPERS.contains(&name) {
                wrapped = true;
                continue;
            }
            return Some(token.range);
        }
        None
    }

    fn probe(&self, from: usize, to: usize) -> Probe {
        let commands = self.commands(from, to);
        let hidden = self.tokens[from..to].iter().any(|token| runs_commands(token.range.of(self.text)));
        let only_names =
            commands.iter().all(|name| RESOLVERS.contains(name) || MUTE.contains(name) || ends_a_pipe(name));
        let resolves = commands.iter().any(|name| RESOLVERS.contains(name));
        if resolves && only_names && !hidden { Probe::Name } else { Probe::Listener }
    }

    /// The tokens `from..to` hold a command that can find out about somebody else.
    fn probes(&self, from: usize, to: usize) -> bool {
        self.commands(from, to).iter().any(|name| RESOLVERS.contains(name) || PROBES.contains(name))
    }

    /// The tokens `from..to`, a list of commands, succeed whatever happens.
    fn always_succeeds(&self, from: usize, to: usize) -> bool {
        let last = self.last_list(from, to);
        // The value so far of `a && b || c`, and the operator before the next pipeline.
        let mut succeeds = true;
        let mut operator = Kind::And;
        let mut start = last.start;
        for at in last.start..=last.end {
            let kind = self.tokens.get(at).filter(|_| at < last.end).map(|token| token.kind);
            if at < last.end && !matches!(kind, Some(Kind::And | Kind::Or)) {
                continue;
            }
            let this = self.pipeline_succeeds(start, at);
            succeeds = if operator == Kind::Or { succeeds || this } else { succeeds && this };
            operator = kind.unwrap_or(Kind::And);
            start = at + 1;
        }
        succeeds && !last.is_empty()
    }

    /// What stands behind the last separator; nothing where brackets would have to be understood.
    fn last_list(&self, from: usize, to: usize) -> std::ops::Range<usize> {
        let mut end = to;
        while end > from && self.tokens[end - 1].kind == Kind::End {
            end -= 1;
        }
        if self.tokens[from..end].iter().any(|token| matches!(token.kind, Kind::Open | Kind::Close)) {
            return from..from;
        }
        let start = (from..end).rev().find(|at| self.tokens[*at].kind == Kind::End).map_or(from, |at| at + 1);
        start..end
    }

    fn pipeline_succeeds(&self, from: usize, to: usize) -> bool {
        let pipe = (from..to).rev().find(|at| self.tokens[*at].kind == Kind::Pipe);
        let last = pipe.map_or(from, |at| at + 1);
        if last >= to || self.is(from, "!") {
            return false;
        }
        let words = self.range(last, to).of(self.text);
        let command = self.command(last, to).unwrap_or_default();
        if pipe.is_some() {
            // With `pipefail` the first failure counts.
            return !self.text.contains("pipefail") && (ends_a_pipe(command) || matches!(command, "echo" | "true"));
        }
        matches!(command, "true" | ":" | "echo" | "printf")
            || matches!(words, "[ 1 ]" | "[ true ]" | "((1))" | "exit 0")
    }

    /// The loop that the keyword at `at` starts, if it waits.
    fn wait(&self, at: usize) -> Option<Wait<'t>> {
        let keyword = self.tokens[at].range.of(self.text);
        let (body, done) = self.body(at)?;
        let leaves = self.commands(body + 1, done).iter().any(|name| ["break", "exit", "return"].contains(name));
        let make = |from: usize, to: usize, idle: bool, plain: bool| {
            let range = self.range(from, to);
            let probe = self.probe(from, to);
            Wait { range, condition: range.of(self.text), probe, idle, repeats: true, plain }
        };
        match keyword {
            "until" => Some(make(at + 1, body, self.always_succeeds(at + 1, body), true)),
            "for" => (leaves && self.probes(body + 1, done)).then(|| make(body + 1, done, false, false)),
            _ if self.always_succeeds(at + 1, body) => leaves.then(|| make(body + 1, done, false, false)),
            _ if self.tokens.get(at + 1)?.range.of(self.text) == "!" => {
                let one = !self.tokens[at + 2..body].iter().any(|t| matches!(t.kind, Kind::And | Kind::Or));
                let idle = one && self.always_succeeds(at + 2, body);
                Some(make(at + 2, body, idle, one))
            }
            // `while [ "$(curl …)" != ok ]; do sleep 1; done`.
            _ => self
                .commands(body + 1, done)
                .contains(&"sleep")
                .then(|| Wait { probe: Probe::Listener, ..make(at + 1, body, false, false) }),
        }
    }
}

/// A command that succeeds at the end of a pipe, whatever comes through it.
fn ends_a_pipe(command: &str) -> bool {
    matches!(command, "tee" | "cat")
}

/// The waits of a shell text, in order.
pub fn waits(text: &str) -> Vec<Wait<'_>> {
    let script = Script::new(text);
    let all = 0..script.tokens.len();
    let loops = all.clone().filter(|at| ["until", "while", "for"].iter().any(|keyword| script.is(*at, keyword)));
    let found: Vec<Wait> = loops.filter_map(|at| script.wait(at)).collect();
    if !found.is_empty() {
        return found;
    }
    let single = all.filter(|at| script.starts[*at]).filter_map(|at| {
        let end =
            (at..script.tokens.len()).find(|next| !matches!(script.tokens[*next].kind, Kind::Word | Kind::Redirect));
        let end = end.unwrap_or(script.tokens.len());
        if !script.probes(at, end) {
            return None;
        }
        let range = script.range(at, end);
        let probe = script.probe(at, end);
        Some(Wait { range, condition: range.of(text), probe, idle: false, repeats: false, plain: false })
    });
    single.collect()
}

/// What a script assigns, in order: names, and values without their quotes; `None` for values that cannot be read off.
pub fn assignments(text: &str) -> Vec<(&str, Option<&str>)> {
    let script = Script::new(text);
    let mut found = Vec::new();
    for start in (0..script.tokens.len()).filter(|at| script.starts[*at]) {
        let words = script.tokens[start..].iter().take_while(|token| token.kind == Kind::Word);
        for (nth, word) in words.map(|token| token.range.of(text)).enumerate() {
            match word.split_once('=') {
                Some((name, value)) if !name.is_empty() && super::name_at(name) == name => {
                    found.push((name, literal(value)));
                }
                _ if nth == 0 && ["export", "local", "readonly", "declare", "typeset"].contains(&word) => {}
                _ if nth > 0 && word.starts_with('-') => {}
                _ => break,
            }
        }
    }
    found
}

/// The word holds `$(a command)`, or a command in backticks; `$(X)` is a variable.
fn runs_commands(word: &str) -> bool {
    let command = |(at, _): (usize, &str)| {
        let inner = &word[at + 2..];
        let name = super::name_at(inner);
        name.is_empty() || !inner[name.len()..].starts_with(')')
    };
    word.contains('`') || word.match_indices("$(").any(command)
}

/// A value without its quotes; `None` where commands are run, or quotes are mixed.
fn literal(value: &str) -> Option<&str> {
    let inner = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    let value = inner('"').or(inner('\'')).unwrap_or(value);
    (!runs_commands(value) && !value.contains(['"', '\'', '`', '\\'])).then_some(value)
}

/// The words of a text that name the programs it runs.
pub fn programs(text: &str) -> Vec<TextRange> {
    let script = Script::new(text);
    let starts = (0..script.tokens.len()).filter(|at| script.starts[*at]);
    starts.filter_map(|at| script.called(at, script.tokens.len())).collect()
}

/// The number of commands in a text that ask DNS.
pub fn lookups(text: &str) -> usize {
    let script = Script::new(text);
    script.commands(0, script.tokens.len()).iter().filter(|name| RESOLVERS.contains(name)).count()
}

/// The text runs a command that finds out whether something is there.
pub fn asks(text: &str) -> bool {
    let script = Script::new(text);
    script.probes(0, script.tokens.len())
}

/// The word, a program's name or path, is one that finds out whether something is there.
pub fn probe_of(program: &str) -> Option<Probe> {
    let name = super::program(program);
    match () {
        () if RESOLVERS.contains(&name) => Some(Probe::Name),
        () if PROBES.contains(&name) => Some(Probe::Listener),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(&str, Probe, bool)> {
        waits(text).iter().map(|wait| (wait.condition, wait.probe, wait.idle)).collect()
    }

    #[test]
    fn loops() {
        use Probe::{Listener, Name};
        for (text, condition, probe) in [
            ("until nslookup $X.svc; do sleep 2; done", "nslookup $X.svc", Name),
            ("until nslookup $X; do echo waiting; done;", "nslookup $X", Name),
            ("until nslookup $(X) >/dev/null 2>&1\ndo sleep 1\ndone", "nslookup $(X) >/dev/null 2>&1", Name),
            ("until timeout 5 /usr/bin/nslookup $X; do :; done", "timeout 5 /usr/bin/nslookup $X", Name),
            ("until A=b getent hosts $X | grep -q .; do :; done", "A=b getent hosts $X | grep -q .", Name),
            ("while ! nc -z $X 80; do sleep 1\ndone", "nc -z $X 80", Listener),
            ("if a; then\n b\nelse until nc $X 1\ndo sleep 1\ndone\nfi", "nc $X 1", Listener),
            ("while true; do nc -z $X 80 && break; sleep 1; done", "nc -z $X 80 && break; sleep 1", Listener),
            ("while :; do if nslookup $X; then break; fi; done", "if nslookup $X; then break; fi", Name),
            ("for i in 1 2; do nc -z $X 80 && break; done", "nc -z $X 80 && break", Listener),
            ("while [ $(curl $X) != ok ]; do sleep 1; done", "[ $(curl $X) != ok ]", Listener),
            ("until [ -n \"$(dig +short $X)\" ]; do sleep 1; done", "[ -n \"$(dig +short $X)\" ]", Listener),
            ("w() { until nc $1 $2; do sleep 1; done; }; w $X 80", "nc $1 $2", Listener),
            ("(until nc $X 1; do sleep 1; done)", "nc $X 1", Listener),
            (
                "while true; do while false; do x; done; curl $X && exit 0; done",
                "while false; do x; done; curl $X && exit 0",
                Listener,
            ),
        ] {
            assert_eq!(told(text), [(condition, probe, false)], "{text}");
        }
    }

    #[test]
    fn no_waits() {
        for text in [
            "while [ $i -lt 3 ]; do i=$((i+1)); done",
            "echo until we do it",
            "# until nc -z $X 80; do sleep 1; done",
            "cat <<EOF\nuntil nc -z $X 80; do\nEOF",
            "echo 'until nc -z $X 80; do sleep 1; done'",
            "while true; do sleep 10; done",
            "for i in 1 2; do echo $i; done",
            "mkdir -p /data && chown -R 1000 /data",
            "until",
            "while ! ",
            "until x; done",
        ] {
            assert_eq!(told(text), [], "{text}");
        }
    }

    #[test]
    fn waits_that_do_not_wait() {
        for (text, idle) in [
            ("until nslookup $X || true; do sleep 1; done", true),
            ("until nc $X 1 || echo waiting; do sleep 1; done", true),
            ("until curl $X | tee log; do sleep 1; done", true),
            ("until curl $X | cat; do sleep 1; done", true),
            ("while ! curl $X | tee log; do sleep 1; done", true),
            ("until true; do sleep 1; done", true),
            ("until nc $X 1; echo tried; do sleep 1; done", true),
            ("set -o pipefail; until curl $X | tee log; do sleep 1; done", false),
            ("until curl $X | grep ok; do sleep 1; done", false),
            ("until echo ruok | nc -q 1 $X 2181 | grep imok; do sleep 1; done", false),
            ("until nc $X 1 || nc $Y 1; do sleep 1; done", false),
            ("until nc $X 1 && echo there; do sleep 1; done", false),
            ("until (nc $X 1 || true) && nc $Y 1; do sleep 1; done", false),
            ("until nc $X 1 || exit 1; do sleep 1; done", false),
            ("until cat /etc/$X; do sleep 1; done", false),
        ] {
            assert_eq!(waits(text).iter().map(|wait| wait.idle).collect::<Vec<_>>(), [idle], "{text}");
        }
    }

    #[test]
    fn single_commands() {
        let single =
            |text| waits(text).iter().map(|wait| (wait.condition.to_owned(), wait.repeats)).collect::<Vec<_>>();
        assert_eq!(single("nslookup $X"), [("nslookup $X".to_owned(), false)]);
        assert_eq!(single("set -e; nc -z $X 80 >x; ls"), [("nc -z $X 80 >x".to_owned(), false)]);
        assert_eq!(single("ls; chmod 1 curl"), []);
    }

    #[test]
    fn values() {
        let text = "A=b; export C=\"${D}-x\" E='f g'; G=$(h) H=$(h i) I=$(J).k L=\"a\"b cmd M=n; for o in p; do Q=r; done; [ S=t ]";
        let expected = [
            ("A", Some("b")),
            ("C", Some("${D}-x")),
            ("E", Some("f g")),
            ("G", Some("$(h)")),
            ("H", None),
            ("I", Some("$(J).k")),
            ("L", None),
            ("Q", Some("r")),
        ];
        assert_eq!(assignments(text), expected);
    }

    #[test]
    fn any_text_is_read() {
        let parts =
            ["until", "do", "done", "while", "!", ";", "\n", "for", "é", "$(", "\"", "<<EOF", "||", "|", "(", ")"];
        for a in parts {
            for b in parts {
                for c in parts {
                    waits(&format!("{a} {b} {c}"));
                    assignments(&format!("{a} x={b} {c}"));
                    waits(&format!("{a}{b}{c};do x;done"));
                }
            }
        }
    }
}
