//! Template text to tokens, as Go's `text/template/parse/lex.go` cuts it, with recovery after what Go refuses.

use crate::text::TextRange;

/// One token and its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) range: TextRange,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum TokenKind {
    /// Text outside of actions, after trimming; never empty.
    Text,
    /// A whole comment with its delimiters.
    Comment,
    /// `{{` or `{{-`.
    LeftDelim,
    /// `}}` or `-}}`; empty where the text lacks it.
    RightDelim,
    Space,
    Assign,
    Declare,
    Pipe,
    LeftParen,
    RightParen,
    /// A printable ASCII character that means nothing; the parser refuses it.
    Char,
    Identifier,
    Keyword(Keyword),
    Bool,
    Dot,
    Nil,
    /// `.name`
    Field,
    /// `$name`
    Variable,
    Number,
    Complex,
    CharConstant,
    String,
    RawString,
    /// What Go's lexer says; the rest of the action is skipped.
    Error(String),
    Eof,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Keyword {
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

/// Cuts `text` into tokens; the last one is [`TokenKind::Eof`].
pub(crate) fn lex(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, start: 0, pos: 0, parens: 0, tokens: Vec::new() };
    lexer.run();
    lexer.tokens
}

/// The tokens of what stands inside of an action, such as the bytes of one node.
pub(crate) fn lex_inside(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, start: 0, pos: 0, parens: 0, tokens: Vec::new() };
    while lexer.pos < text.len() && lexer.inside().is_some() {}
    lexer.tokens
}

struct Lexer<'t> {
    text: &'t str,
    start: usize,
    pos: usize,
    parens: usize,
    tokens: Vec<Token>,
}

/// Go's `isSpace`: the only characters that trim markers and separators know.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.pos..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos += c.len_utf8();
        Some(c)
    }

    fn emit(&mut self, kind: TokenKind) {
        self.tokens.push(Token { kind, range: TextRange::new(self.start, self.pos) });
        self.start = self.pos;
    }

    fn word(&self) -> &'t str {
        self.text.get(self.start..self.pos).unwrap_or_default()
    }

    fn run(&mut self) {
        while let Some(found) = self.rest().find("{{") {
            let delim = self.pos + found;
            let trimmed = if left_trim(&self.text[delim + 2..]) {
                self.text[self.pos..delim].trim_end_matches(is_space).len()
            } else {
                found
            };
            self.start = self.pos;
            self.pos += trimmed;
            if trimmed > 0 {
                self.emit(TokenKind::Text);
            }
            self.start = delim;
            self.pos = delim + 2;
            let marker = if left_trim(self.rest()) { 2 } else { 0 };
            if self.rest()[marker..].starts_with("/*") {
                self.pos += marker;
                self.comment(delim);
            } else {
                self.pos += marker.min(1);
                self.emit(TokenKind::LeftDelim);
                self.pos += marker.saturating_sub(1);
                self.start = self.pos;
                self.action(delim);
            }
        }
        self.start = self.pos;
        self.pos = self.text.len();
        if self.start < self.pos {
            self.emit(TokenKind::Text);
        }
        self.emit(TokenKind::Eof);
    }

    /// `self.pos` is at `/*`; `delim` at the action's `{{`.
    fn comment(&mut self, delim: usize) {
        let open = self.pos;
        let Some(length) = self.rest()[2..].find("*/") else {
            self.start = open;
            self.pos = line_end(self.text, open);
            self.emit(TokenKind::Error("unclosed comment".into()));
            return;
        };
        self.pos += 2 + length + 2;
        let Some(trim) = self.right_delim() else {
            self.start = open;
            self.emit(TokenKind::Error("comment ends before closing delimiter".into()));
            self.resync(delim, self.pos);
            return;
        };
        self.start = delim;
        self.pos += if trim { 4 } else { 2 };
        self.emit(TokenKind::Comment);
        self.skip_trimmed(trim);
    }

    /// Whether a closing delimiter stands at `self.pos`, and whether it trims.
    fn right_delim(&self) -> Option<bool> {
        let rest = self.rest();
        if right_trim(rest) && rest[2..].starts_with("}}") {
            Some(true)
        } else {
            rest.starts_with("}}").then_some(false)
        }
    }

    fn skip_trimmed(&mut self, trim: bool) {
        if trim {
            self.pos = self.text.len() - self.rest().trim_start_matches(is_space).len();
        }
        self.start = self.pos;
    }

    fn close(&mut self, trim: bool) {
        if trim {
            // The blank before the dash belongs to no token.
            self.pos += 1;
            self.start = self.pos;
            self.pos += 1;
        }
        self.pos += 2;
        self.emit(TokenKind::RightDelim);
        self.skip_trimmed(trim);
    }

    /// Everything up to the closing delimiter of the action that opened at `delim`.
    fn action(&mut self, delim: usize) {
        self.parens = 0;
        let inside = self.pos;
        loop {
            if let Some(trim) = self.right_delim() {
                if self.parens == 0 {
                    return self.close(trim);
                }
                self.start = self.pos;
                self.emit(TokenKind::Error("unclosed left paren".into()));
                return self.resync(delim, self.pos);
            }
            if self.pos >= self.text.len() {
                self.start = delim;
                self.pos = line_end(self.text, delim);
                self.emit(TokenKind::Error("unclosed action".into()));
                return self.resync(delim, inside);
            }
            match self.inside() {
                Some(Step::Go) => {}
                Some(Step::Close) => return self.close(true),
                None => return self.resync(delim, inside),
            }
        }
    }

    /// After an error: the action ends at the next `}}`, or, where another `{{` comes first, with its line.
    fn resync(&mut self, delim: usize, from: usize) {
        let rest = self.text.get(from..).unwrap_or_default();
        let close = rest.find("}}");
        let open = rest.find("{{");
        match close {
            Some(close) if open.is_none_or(|open| close < open) => {
                self.start = from + close;
                self.pos = self.start + 2;
                let trim = self.text[..self.start].ends_with('-');
                self.emit(TokenKind::RightDelim);
                self.skip_trimmed(trim);
            }
            _ => {
                self.start = line_end(self.text, delim);
                self.pos = self.start;
                self.emit(TokenKind::RightDelim);
            }
        }
    }

    /// One token inside of an action; `None` where the rest of it makes no sense.
    fn inside(&mut self) -> Option<Step> {
        let c = self.next()?;
        let kind = match c {
            c if is_space(c) => return Some(self.space()),
            '=' => TokenKind::Assign,
            ':' => {
                if self.next() != Some('=') {
                    return self.error("expected :=".into());
                }
                TokenKind::Declare
            }
            '|' => TokenKind::Pipe,
            '"' => return self.quoted('"', TokenKind::String, "unterminated quoted string"),
            '\'' => return self.quoted('\'', TokenKind::CharConstant, "unterminated character constant"),
            '`' => {
                let Some(end) = self.rest().find('`') else {
                    self.pos = line_end(self.text, self.start);
                    return self.error("unterminated raw quoted string".into());
                };
                self.pos += end + 1;
                TokenKind::RawString
            }
            '$' => return self.field(TokenKind::Variable),
            '.' if !self.peek().is_some_and(|c| c.is_ascii_digit()) && self.pos < self.text.len() => {
                return self.field(TokenKind::Field);
            }
            '.' | '+' | '-' | '0'..='9' => {
                self.pos = self.start;
                return self.number();
            }
            c if is_alphanumeric(c) => return self.identifier(),
            '(' => {
                self.parens += 1;
                TokenKind::LeftParen
            }
            ')' => {
                let Some(parens) = self.parens.checked_sub(1) else {
                    return self.error("unexpected right paren".into());
                };
                self.parens = parens;
                TokenKind::RightParen
            }
            '{' if self.peek() == Some('{') => {
                // Never right, and nearly always the next action after one that was not closed.
                self.emit(TokenKind::Char);
                return None;
            }
            ' '..='~' => TokenKind::Char,
            c => return self.error(format!("unrecognized character in action: {}", unicode(c))),
        };
        self.emit(kind);
        Some(Step::Go)
    }

    fn error(&mut self, message: String) -> Option<Step> {
        self.emit(TokenKind::Error(message));
        None
    }

    fn space(&mut self) -> Step {
        let mut count = 1;
        while self.peek().is_some_and(is_space) {
            self.pos += 1;
            count += 1;
        }
        // The last blank may belong to ` -}}`.
        let last = self.pos - 1;
        let after = &self.text[last..];
        if right_trim(after) && after[2..].starts_with("}}") {
            self.pos = last;
            if count == 1 {
                return Step::Close;
            }
        }
        self.emit(TokenKind::Space);
        Step::Go
    }

    fn quoted(&mut self, quote: char, kind: TokenKind, unterminated: &str) -> Option<Step> {
        loop {
            let c = match self.next() {
                Some('\\') => match self.next() {
                    Some(c) if c != '\n' => continue,
                    c => c,
                },
                c => c,
            };
            match c {
                None | Some('\n') => {
                    self.pos -= usize::from(c.is_some());
                    return self.error(unterminated.into());
                }
                Some(c) if c == quote => break,
                Some(_) => {}
            }
        }
        self.emit(kind);
        Some(Step::Go)
    }

    /// After `.` or `$`.
    fn field(&mut self, kind: TokenKind) -> Option<Step> {
        if self.at_terminator() {
            self.emit(if kind == TokenKind::Field { TokenKind::Dot } else { kind });
            return Some(Step::Go);
        }
        while self.peek().is_some_and(is_alphanumeric) {
            self.next();
        }
        self.terminated(kind)
    }

    fn terminated(&mut self, kind: TokenKind) -> Option<Step> {
        if !self.at_terminator() {
            let bad = self.peek().map(unicode).unwrap_or_default();
            return self.error(format!("bad character {bad}"));
        }
        self.emit(kind);
        Some(Step::Go)
    }

    fn at_terminator(&self) -> bool {
        match self.peek() {
            None | Some('.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(c) => is_space(c) || self.rest().starts_with("}}"),
        }
    }

    fn identifier(&mut self) -> Option<Step> {
        while self.peek().is_some_and(is_alphanumeric) {
            self.next();
        }
        let kind = match self.word() {
            "block" => TokenKind::Keyword(Keyword::Block),
            "break" => TokenKind::Keyword(Keyword::Break),
            "continue" => TokenKind::Keyword(Keyword::Continue),
            "define" => TokenKind::Keyword(Keyword::Define),
            "else" => TokenKind::Keyword(Keyword::Else),
            "end" => TokenKind::Keyword(Keyword::End),
            "if" => TokenKind::Keyword(Keyword::If),
            "range" => TokenKind::Keyword(Keyword::Range),
            "template" => TokenKind::Keyword(Keyword::Template),
            "with" => TokenKind::Keyword(Keyword::With),
            "nil" => TokenKind::Nil,
            "true" | "false" => TokenKind::Bool,
            _ => TokenKind::Identifier,
        };
        self.terminated(kind)
    }

    fn number(&mut self) -> Option<Step> {
        let mut good = self.scan_number();
        let mut kind = TokenKind::Number;
        if good && matches!(self.peek(), Some('+' | '-')) {
            good = self.scan_number() && self.word().ends_with('i');
            kind = TokenKind::Complex;
        }
        if !good {
            return self.error(format!("bad number syntax: {}", super::fmt::quote(self.word())));
        }
        self.emit(kind);
        Some(Step::Go)
    }

    fn accept(&mut self, any: &str) -> bool {
        let found = self.peek().is_some_and(|c| any.contains(c));
        self.pos += usize::from(found);
        found
    }

    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        while self.accept(digits) {}
        if self.accept(".") {
            while self.accept(digits) {}
        }
        let exponent = match digits.len() {
            11 => "eE",
            23 => "pP",
            _ => "",
        };
        if self.accept(exponent) {
            self.accept("+-");
            while self.accept("0123456789_") {}
        }
        self.accept("i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.next();
            return false;
        }
        true
    }
}

/// What comes after a token.
enum Step {
    Go,
    /// A trimming closing delimiter stands right here, whatever is open.
    Close,
}

fn left_trim(after_delim: &str) -> bool {
    let mut chars = after_delim.chars();
    chars.next() == Some('-') && chars.next().is_some_and(is_space)
}

fn right_trim(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(is_space) && chars.next() == Some('-')
}

fn line_end(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let line = rest.split('\n').next().unwrap_or_default();
    from + line.trim_end_matches('\r').len()
}

/// Go's `%#U`.
fn unicode(c: char) -> String {
    let code = u32::from(c);
    if c.is_control() { format!("U+{code:04X}") } else { format!("U+{code:04X} '{c}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(TokenKind, &str)> {
        let tokens = lex(text).into_iter().filter(|token| token.kind != TokenKind::Space);
        tokens.map(|token| (token.kind, token.range.of(text))).collect()
    }

    #[test]
    fn trimming_takes_blanks_only() {
        use TokenKind::*;
        assert_eq!(
            kinds("a \u{a0} {{- 1 -}} \n b"),
            [(Text, "a \u{a0}"), (LeftDelim, "{{-"), (Number, "1"), (RightDelim, "-}}"), (Text, "b"), (Eof, "")]
        );
        assert_eq!(kinds("{{-1}}"), [(LeftDelim, "{{"), (Number, "-1"), (RightDelim, "}}"), (Eof, "")]);
        assert_eq!(kinds("x {{- /* c */ -}} y"), [(Text, "x"), (Comment, "{{- /* c */ -}}"), (Text, "y"), (Eof, "")]);
    }

    #[test]
    fn an_unclosed_action_ends_with_its_line() {
        use TokenKind::*;
        let found = kinds("a: {{ .Values.\nb: {{ .x }}");
        assert_eq!(found[1..4], [(LeftDelim, "{{"), (Field, ".Values"), (Dot, ".")]);
        assert!(matches!(&found[5].0, Error(message) if message == "expected :="));
        assert_eq!(
            found[6..],
            [(RightDelim, ""), (Text, "\nb: "), (LeftDelim, "{{"), (Field, ".x"), (RightDelim, "}}"), (Eof, "")]
        );
    }

    #[test]
    fn errors_in_gos_words() {
        for (text, want) in [
            ("{{ .Values.a-b }}", "bad character U+002D '-'"),
            ("{{-1-}}", "bad number syntax: \"-1-\""),
            ("{{ 'x }}", "unterminated character constant"),
            ("{{ \"x\n }}", "unterminated quoted string"),
            ("{{ (1 }}", "unclosed left paren"),
            ("{{ 1) }}", "unexpected right paren"),
            ("{{ \u{2} }}", "unrecognized character in action: U+0002"),
            ("{{/* a */ }}", "comment ends before closing delimiter"),
            ("{{/* a", "unclosed comment"),
            ("{{ 1 ", "unclosed action"),
        ] {
            let error = lex(text).into_iter().find_map(|token| match token.kind {
                TokenKind::Error(message) => Some(message),
                _ => None,
            });
            assert_eq!(error.as_deref(), Some(want), "{text}");
        }
    }
}
