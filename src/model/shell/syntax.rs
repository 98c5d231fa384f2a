//! Scripts that no shell can read: words and blocks that are not closed, brackets without blanks around them.

use super::words::{Kind, Token, tokens};
use crate::text::TextRange;

/// What makes a text no script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flaw {
    pub range: TextRange,
    /// What is wrong there: `this quote is never closed`.
    pub words: String,
}

fn told(range: TextRange, words: impl Into<String>) -> Option<Flaw> {
    Some(Flaw { range, words: words.into() })
}

/// A block that is open.
struct Block<'t> {
    range: TextRange,
    word: &'t str,
    /// Its `then` or its `do` was there.
    begun: bool,
}

/// Words after which a command starts.
const OPENERS: [&str; 15] =
    ["if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "{", "}", "!", "time", "esac"];

/// The first thing in a text that every shell stumbles over; `None` where there is none, or where we cannot be sure.
pub fn flaw(text: &str) -> Option<Flaw> {
    let tokens = tokens(text);
    if tokens.iter().any(|token| is_hard(token, text)) {
        return None;
    }
    let word_at = |at: usize| tokens.get(at).map_or("", |token| token.range.of(text));
    let mut open: Vec<Block> = Vec::new();
    let mut start = true;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let range = token.range;
        let word = range.of(text);
        let begins = start && token.kind == Kind::Word;
        at += 1;
        if token.kind == Kind::Word
            && let Some(flaw) = unclosed(text, range)
        {
            return Some(flaw);
        }
        let next = tokens.get(at).filter(|next| next.range.start == range.end);
        // Lists of arrays, patterns between brackets, `for((…))`.
        if token.kind == Kind::Word && next.is_some_and(|next| next.kind == Kind::Open) && word_at(at + 1) != ")" {
            at = behind_bracket(&tokens, at);
        }
        start = match token.kind {
            Kind::Word => begins && OPENERS.contains(&word),
            Kind::Redirect => false,
            _ => true,
        };
        if word == ";" && next.is_some_and(|next| matches!(next.range.of(text), ";" | "&")) {
            match open.last() {
                Some(block) if block.word == "case" => at = behind_pattern(&tokens, at + 1, text),
                Some(block) => {
                    return told(block.range, format!("this `{}` is not closed before a `;;` comes", block.word));
                }
                None => return told(range, "no `case` is open that this `;;` could belong to"),
            }
        }
        if !begins {
            continue;
        }
        match word {
            "function" => {
                at += 1;
                start = true;
            }
            "case" => {
                open.push(Block { range, word, begun: true });
                let subject = tokens[at..].iter().take_while(|token| token.range.of(text) != "in").count();
                at = behind_pattern(&tokens, at + subject + 1, text);
                start = true;
            }
            "for" | "select" => {
                open.push(Block { range, word, begun: false });
                // `for name do` goes through the arguments.
                start = word_at(at + 1) == "do";
                at += usize::from(start);
            }
            "if" | "while" | "until" | "{" => open.push(Block { range, word, begun: word == "{" }),
            "then" | "elif" | "else" => match open.last_mut() {
                Some(block) if block.word == "if" && block.begun != (word == "then") => block.begun = word != "elif",
                _ => return told(range, format!("no `if` is open that this `{word}` could belong to")),
            },
            "do" => match open.last_mut() {
                Some(block) if is_loop(block.word) && !block.begun => block.begun = true,
                _ => return told(range, "no loop is open that this `do` could belong to"),
            },
            "fi" | "done" | "esac" | "}" => match open.pop() {
                Some(block) if closes(word, block.word) && block.begun => {}
                Some(block) if closes(word, block.word) => {
                    let lacking = if block.word == "if" { "then" } else { "do" };
                    return told(block.range, format!("this `{}` has no `{lacking}`", block.word));
                }
                Some(block) => {
                    return told(block.range, format!("this `{}` is not closed before a `{word}` comes", block.word));
                }
                None => return told(range, format!("nothing is open that this `{word}` could close")),
            },
            "[" => {
                if let Some(flaw) = open_test(&tokens[at..], range, text) {
                    return Some(flaw);
                }
            }
            _ if is_glued(word) => return told(range, "a blank is missing around this bracket"),
            _ => {}
        }
    }
    let block = open.pop()?;
    told(block.range, format!("this `{}` is never closed", block.word))
}

/// The `[` at `range` has no `]` among the words of its command; `rest` are the tokens behind it.
fn open_test(rest: &[Token], range: TextRange, text: &str) -> Option<Flaw> {
    let count = rest.iter().take_while(|token| matches!(token.kind, Kind::Word | Kind::Redirect)).count();
    let (words, behind) = rest.split_at(count);
    let grouped = behind.first().is_some_and(|end| matches!(end.kind, Kind::Open | Kind::Close));
    if grouped || words.iter().any(|word| word.range.of(text) == "]") {
        return None;
    }
    let last = words.last().map_or(range, |last| last.range);
    told(range.cover(last), "`[` needs a `]` that stands alone at its end")
}

/// What is read as one word by brackets and quotes alone, and holds what these do not tell.
fn is_hard(token: &Token, text: &str) -> bool {
    let word = token.range.of(text);
    let has = |signs: &[&str]| signs.iter().any(|sign| word.contains(sign));
    let nested = word.contains("$(") && has(&["<<", "case ", " #", "\n#"]);
    token.kind == Kind::Word && (nested || has(&["`", "$'", "coproc"]) || word.contains("${") && word.contains('\''))
        || token.kind == Kind::Redirect && word == "<<" && text.contains("((")
}

/// Behind the `)` that closes the bracket at `at`.
fn behind_bracket(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0;
    for (number, token) in tokens.iter().enumerate().skip(at) {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return number + 1;
        }
    }
    tokens.len()
}

/// Behind the pattern of a `case` that follows at `at`, or where its `esac` is.
fn behind_pattern(tokens: &[Token], at: usize, text: &str) -> usize {
    let begin = at + tokens.iter().skip(at).take_while(|token| token.kind == Kind::End).count();
    let Some(first) = tokens.get(begin).filter(|first| first.range.of(text) != "esac") else { return begin };
    if first.kind == Kind::Open {
        return behind_bracket(tokens, begin);
    }
    let mut at = begin;
    while let Some(token) = tokens.get(at) {
        at = match token.kind {
            Kind::Close => return at + 1,
            Kind::Open => behind_bracket(tokens, at),
            _ => at + 1,
        };
    }
    at
}

fn is_loop(word: &str) -> bool {
    ["for", "select", "while", "until"].contains(&word)
}

fn closes(word: &str, block: &str) -> bool {
    match word {
        "fi" => block == "if",
        "esac" => block == "case",
        "}" => block == "{",
        _ => is_loop(block),
    }
}

/// `["$A"` or `if[`, where a command should be.
fn is_glued(word: &str) -> bool {
    let rest = ["if", "elif", "while", "until"].into_iter().find_map(|keyword| word.strip_prefix(keyword));
    let bracket = rest.unwrap_or(word).trim_start_matches('[');
    match rest {
        Some(rest) => rest.starts_with('[') && bracket.is_empty(),
        None => word.starts_with('[') && bracket.starts_with(['"', '$', '\'']),
    }
}

/// A quote or a bracket of a word that has no end.
fn unclosed(text: &str, range: TextRange) -> Option<Flaw> {
    if range.end as usize != text.len() {
        return None;
    }
    let word = range.of(text);
    let bytes = word.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'\\' => Some(at + 2),
            b'\'' => word[at + 1..].find('\'').map(|end| at + end + 2),
            b'"' => quoted(word, at + 1),
            b'$' if matches!(bytes.get(at + 1), Some(b'(' | b'{')) => return None,
            _ => Some(at + 1),
        };
        match end {
            Some(end) => at = end,
            None => {
                let start = range.start as usize + at;
                return told(TextRange::new(start, start + 1), "this quote is never closed");
            }
        }
    }
    None
}

/// Behind the `"` that ends what starts at `at`; something that we do not look into ends with the text.
fn quoted(word: &str, at: usize) -> Option<usize> {
    let bytes = word.as_bytes();
    let mut at = at;
    while at < bytes.len() {
        at = match bytes[at] {
            b'\\' => at + 2,
            b'"' => return Some(at + 1),
            b'$' if matches!(bytes.get(at + 1), Some(b'(' | b'{')) => return Some(bytes.len()),
            _ => at + 1,
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_no_shell_reads() {
        for (text, range, words) in [
            ("echo 'a", "'", "this quote is never closed"),
            ("echo \"a $b", "\"", "this quote is never closed"),
            ("if a; then b\necho c", "if", "this `if` is never closed"),
            ("for a in b c; do d", "for", "this `for` is never closed"),
            ("while a; do if b; then c; done", "if", "this `if` is not closed before a `done` comes"),
            ("if a; then b; fi; fi", "fi", "nothing is open that this `fi` could close"),
            ("if a; b; fi", "if", "this `if` has no `then`"),
            ("while a; b; done", "while", "this `while` has no `do`"),
            ("then a", "then", "no `if` is open that this `then` could belong to"),
            ("if [ a = \"b\"]; then c; fi", "[ a = \"b\"]", "`[` needs a `]` that stands alone at its end"),
            ("[\"$a\" = b ] && c", "[\"$a\"", "a blank is missing around this bracket"),
            ("if[ a ]; then c; fi", "if[", "a blank is missing around this bracket"),
            ("f() {\n  a\n", "{", "this `{` is never closed"),
            ("case a in\nb) c ;;\n", "case", "this `case` is never closed"),
        ] {
            let found = flaw(text).map(|flaw| (flaw.range.of(text), flaw.words));
            assert_eq!(found, Some((range, words.to_owned())), "{text}");
        }
    }

    #[test]
    fn scripts_that_shells_read() {
        for text in [
            "if a; then b; elif c; then d; else e; fi",
            "for a in b c; do if d; then e; fi done",
            "for ((i=0; i<3; i++)); do a; done < b | c",
            "case $1 in\n  [Yy]|done) a ;;\n  if) b ;;\n  *) c ;;\nesac",
            "f() { a; }; function g { b; }\n{ c; } > d",
            "while read -r a; do b; done <<EOF\nit's if\nEOF\nc",
            "[ \"$a\" -gt 1 ] 2>/dev/null && [ -f b -a ! -d c ] || exit 1",
            "[[ $a =~ ^(b|c)$ ]] && echo if; echo \"it's\" # it's",
            "a=\"$(b \"c\" 'd')\"; echo ${e:-'f'} \\\"",
            "until a; do b; done & wait",
            "echo $((1 + 2)) {a,b} find . -exec c {} \\;",
            "if ! a; then :; fi; time b",
            "for a do b; done; for c\ndo d; done; for((;;)); do e; done",
            "case a in b) for c in d; do e; done | f ;; (g|h) { i; } | j ;& *) k ;;& esac",
            "case \"$a\" in\n'' ) b\nesac",
            "a=([\"b\"]=1 [\"c\"]=2 if); d+=(done)\nshopt -s extglob; rm !(do|fi)",
            "echo $'it\\'s' `echo \\`pwd\\``",
            "echo \"${a:-'}'}\" ${b//\\'/}",
            "if(a) then b; fi",
            "if (( a << 2 > 1 )); then b; fi",
        ] {
            assert_eq!(flaw(text), None, "{text}");
        }
    }
}
