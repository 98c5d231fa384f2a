//! `fmt.Sprintf`: verbs, flags, width, precision, indexes and the `%!…` notations for misuse.

use super::{MAX_DEPTH, display, float, push, quote_with, text, type_name};
use crate::template::bytes;
use crate::template::traced::{Made, Traced};
use crate::template::value::{Data, Value};

/// Largest width or precision; Go calls more than this a mistake.
const TOO_LARGE: i64 = 1_000_000;

/// One verb's flags, width and precision.
#[derive(Clone, Copy, Default)]
pub(super) struct Spec {
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    /// `%#v`: Go syntax.
    syntax: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// `fmt.Sprintf`. The format's text and string operands keep their origins; other operands become one piece each.
pub fn sprintf(format: &Traced, operands: &[Value]) -> Traced {
    let mut state = Scan {
        format: format.as_str(),
        at: 0,
        operands,
        next: 0,
        reordered: false,
        good_index: true,
        after_index: false,
    };
    let mut out = Traced::new();
    while state.at < state.format.len() {
        let start = state.at;
        state.at = state.format[start..].find('%').map_or(state.format.len(), |i| start + i);
        if state.at > start {
            out.append(&format.slice(start..state.at));
        }
        if state.at >= state.format.len() {
            break;
        }
        let percent = state.at;
        state.at += 1;
        let spec = state.spec(&mut out);
        let Some(verb) = state.format[state.at..].chars().next() else {
            push(&mut out, "%!(NOVERB)", Made::default());
            break;
        };
        state.at += verb.len_utf8();
        if verb == '%' {
            out.append(&format.slice(percent..percent + 1));
        } else if !state.good_index {
            push(&mut out, &format!("%!{verb}(BADINDEX)"), Made::default());
        } else if let Some(operand) = operands.get(state.next) {
            state.next += 1;
            spec.traced(&mut out, operand, verb);
        } else {
            push(&mut out, &format!("%!{verb}(MISSING)"), Made::default());
        }
    }
    if !state.reordered && state.next < operands.len() {
        push(&mut out, "%!(EXTRA ", Made::default());
        for (i, operand) in operands[state.next..].iter().enumerate() {
            if i > 0 {
                push(&mut out, ", ", Made::default());
            }
            if !operand.is_nil() {
                push(&mut out, &format!("{}=", type_name(operand)), Made::default());
            }
            out.append(&text(operand));
        }
        push(&mut out, ")", Made::default());
    }
    out
}

/// The reading of a format.
struct Scan<'a> {
    format: &'a str,
    at: usize,
    operands: &'a [Value],
    /// The operand that the next verb takes.
    next: usize,
    reordered: bool,
    good_index: bool,
    /// A `[n]` was just read: `[3]5d` is a mistake.
    after_index: bool,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.format.as_bytes().get(self.at).copied()
    }

    /// Flags, width and precision, from after the `%` up to the verb.
    fn spec(&mut self, out: &mut Traced) -> Spec {
        let mut spec = Spec::default();
        self.good_index = true;
        loop {
            match self.peek() {
                Some(b'#') => spec.sharp = true,
                Some(b'0') => spec.zero = !spec.minus,
                Some(b'+') => spec.plus = true,
                Some(b'-') => {
                    spec.minus = true;
                    spec.zero = false;
                }
                Some(b' ') => spec.space = true,
                _ => break,
            }
            self.at += 1;
        }
        self.after_index = false;
        self.index();
        if self.peek() == Some(b'*') {
            self.at += 1;
            match self.star() {
                Some(width) => {
                    if width < 0 {
                        spec.minus = true;
                        spec.zero = false;
                    }
                    spec.width = Some(width.unsigned_abs() as usize);
                }
                None => push(out, "%!(BADWIDTH)", Made::default()),
            }
            self.after_index = false;
        } else {
            spec.width = self.number();
            if self.after_index && spec.width.is_some() {
                self.good_index = false;
            }
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.after_index {
                self.good_index = false;
            }
            self.index();
            if self.peek() == Some(b'*') {
                self.at += 1;
                match self.star() {
                    Some(precision) if precision >= 0 => spec.precision = Some(precision as usize),
                    Some(_) => spec.precision = None,
                    None => push(out, "%!(BADPREC)", Made::default()),
                }
                self.after_index = false;
            } else {
                spec.precision = Some(self.number().unwrap_or(0));
            }
        }
        if !self.after_index {
            self.index();
        }
        spec
    }

    fn number(&mut self) -> Option<usize> {
        let digits = self.format[self.at..].bytes().take_while(u8::is_ascii_digit).count();
        let value = self.format[self.at..self.at + digits].parse::<i64>().ok()?;
        if value > TOO_LARGE {
            return None;
        }
        self.at += digits;
        Some(value as usize)
    }

    /// The value of a `*`, taken from the operands.
    fn star(&mut self) -> Option<i64> {
        let operand = self.operands.get(self.next)?;
        self.next += 1;
        match operand.data {
            Data::Int(value) | Data::Int64(value) if value.unsigned_abs() <= TOO_LARGE.unsigned_abs() => Some(value),
            _ => None,
        }
    }

    /// An explicit operand index, `[n]`, if one stands here.
    fn index(&mut self) {
        if self.peek() != Some(b'[') {
            return;
        }
        self.reordered = true;
        let rest = &self.format[self.at..];
        let Some(close) = rest.find(']') else {
            self.good_index = false;
            self.at += 1;
            return;
        };
        match rest[1..close].parse::<usize>() {
            Ok(index) if (1..=self.operands.len()).contains(&index) => {
                self.next = index - 1;
                self.after_index = true;
            }
            _ => self.good_index = false,
        }
        self.at += close + 1;
    }
}

impl Spec {
    /// Prints one operand; plain text under `%s` and `%v` keeps its origins.
    fn traced(mut self, out: &mut Traced, operand: &Value, verb: char) {
        if verb == 'v' && self.sharp {
            self.sharp = false;
            self.syntax = true;
        }
        if verb == 'v' && !self.syntax && self.plus {
            self.plus = false;
        }
        let made = operand.made();
        match (&operand.data, verb) {
            (Data::Str(_), 's' | 'v') if !self.syntax => {
                let whole = text(operand);
                let end = self.cut(whole.as_str()).len();
                let (left, right) = self.padding(whole.as_str()[..end].chars().count());
                push(out, &left, made);
                out.append(&whole.slice(0..end));
                push(out, &right, made);
            }
            (Data::Nil, 'T' | 'v') => {
                let mut text = String::new();
                self.pad(&mut text, "<nil>");
                push(out, &text, made);
            }
            (_, 'T') => {
                let mut text = String::new();
                self.string(&mut text, type_name(operand), 's', operand);
                push(out, &text, made);
            }
            _ => {
                let mut text = String::new();
                self.value(&mut text, operand, verb, 0);
                push(out, &text, made);
            }
        }
    }

    /// Prints `value` under `verb`; `depth` counts the lists and maps around it.
    pub(super) fn value(self, out: &mut String, value: &Value, verb: char, depth: usize) {
        match &value.data {
            _ if depth > MAX_DEPTH => out.push_str("..."),
            Data::Nil if depth > 0 && self.syntax => out.push_str("interface {}(nil)"),
            Data::Nil if depth > 0 || verb == 'v' => out.push_str("<nil>"),
            Data::Nil => out.push_str(&format!("%!{verb}(<nil>)")),
            Data::Bool(flag) => match verb {
                't' | 'v' => self.pad(out, if *flag { "true" } else { "false" }),
                _ => self.bad(out, value, verb, depth),
            },
            Data::Int(number) | Data::Int64(number) => self.integer(out, *number, verb, value, depth),
            Data::Float(number) => self.float(out, *number, verb, value, depth),
            Data::Str(text) => match verb {
                'v' if self.syntax => self.string(out, text.as_str(), 'q', value),
                'v' | 's' | 'q' | 'x' | 'X' => self.string(out, text.as_str(), verb, value),
                _ => self.bad(out, value, verb, depth),
            },
            Data::Bytes(bytes) => match verb {
                's' | 'q' => self.string(out, &bytes::text(bytes), verb, value),
                'x' | 'X' => self.hex(out, bytes, verb),
                _ if self.syntax => {
                    let items: Vec<String> = bytes.iter().map(|byte| format!("{byte:#x}")).collect();
                    out.push_str(&format!("[]byte{{{}}}", items.join(", ")));
                }
                _ => {
                    out.push('[');
                    for (i, byte) in bytes.iter().enumerate() {
                        if i > 0 {
                            out.push(' ');
                        }
                        self.integer(out, i64::from(*byte), verb, value, depth);
                    }
                    out.push(']');
                }
            },
            Data::List(list) => {
                let (open, between, close) = if self.syntax { ("{", ", ", "}") } else { ("[", " ", "]") };
                if self.syntax {
                    out.push_str(list.type_name);
                }
                out.push_str(open);
                for (i, item) in list.items.iter().enumerate() {
                    if i > 0 {
                        out.push_str(between);
                    }
                    self.value(out, item, verb, depth + 1);
                }
                out.push_str(close);
            }
            Data::Map(map) => {
                let (open, between, close) = if self.syntax { ("{", ", ", "}") } else { ("map[", " ", "]") };
                if self.syntax {
                    out.push_str(map.type_name);
                }
                out.push_str(open);
                for (i, (key, item)) in map.entries.borrow().iter().enumerate() {
                    if i > 0 {
                        out.push_str(between);
                    }
                    self.value(out, &Value::str(&**key), verb, depth + 1);
                    out.push(':');
                    self.value(out, item, verb, depth + 1);
                }
                out.push_str(close);
            }
            Data::Object(object) if matches!(verb, 'd' | 'b' | 'o' | 'c' | 'U') && object.number().is_some() => {
                self.value(out, &Value::int(object.number().unwrap_or_default()), verb, depth);
            }
            Data::Object(object) => {
                let verb = if matches!(verb, 'q' | 'x' | 'X') { verb } else { 's' };
                self.string(out, &object.display(), verb, value);
            }
        }
    }

    /// `%!verb(type=value)`.
    fn bad(self, out: &mut String, value: &Value, verb: char, depth: usize) {
        out.push_str(&format!("%!{verb}({}=", type_name(value)));
        if verb == 'v' {
            out.push_str(&display(value));
        } else {
            self.value(out, value, 'v', depth);
        }
        out.push(')');
    }

    /// The first `precision` characters.
    fn cut(self, text: &str) -> &str {
        match self.precision {
            Some(precision) => text.char_indices().nth(precision).map_or(text, |(at, _)| &text[..at]),
            None => text,
        }
    }

    /// What stands to the left and to the right of `count` characters.
    fn padding(self, count: usize) -> (String, String) {
        let missing = self.width.unwrap_or(0).saturating_sub(count);
        if self.minus {
            (String::new(), " ".repeat(missing))
        } else {
            (if self.zero { "0" } else { " " }.repeat(missing), String::new())
        }
    }

    fn pad(self, out: &mut String, text: &str) {
        let (left, right) = self.padding(text.chars().count());
        out.push_str(&left);
        out.push_str(text);
        out.push_str(&right);
    }

    fn string(self, out: &mut String, text: &str, verb: char, value: &Value) {
        match verb {
            'x' | 'X' => self.hex(out, &bytes::of(text), verb),
            'q' => {
                let text = self.cut(text);
                let plain = |c: char| c == '\t' || (c >= ' ' && !matches!(c, '`' | '\x7f' | '\u{feff}'));
                if self.sharp && text.chars().all(plain) {
                    self.pad(out, &format!("`{text}`"));
                } else {
                    self.pad(out, &quote_with(text, '"', self.plus));
                }
            }
            's' | 'v' => self.pad(out, self.cut(text)),
            _ => self.bad(out, value, verb, 0),
        }
    }

    fn hex(self, out: &mut String, bytes: &[u8], verb: char) {
        let bytes = &bytes[..bytes.len().min(self.precision.unwrap_or(usize::MAX))];
        let mut text = String::with_capacity(bytes.len() * 2);
        let mark = if verb == 'X' { "0X" } else { "0x" };
        for (i, byte) in bytes.iter().enumerate() {
            if self.space && i > 0 {
                text.push(' ');
            }
            if self.sharp && (self.space || i == 0) {
                text.push_str(mark);
            }
            let digits = if verb == 'X' { format!("{byte:02X}") } else { format!("{byte:02x}") };
            text.push_str(&digits);
        }
        self.pad(out, &text);
    }

    fn integer(self, out: &mut String, number: i64, verb: char, value: &Value, depth: usize) {
        let magnitude = number.unsigned_abs();
        let digits = match verb {
            'd' | 'v' => magnitude.to_string(),
            'b' => format!("{magnitude:b}"),
            'o' | 'O' => format!("{magnitude:o}"),
            'x' => format!("{magnitude:x}"),
            'X' => format!("{magnitude:X}"),
            'c' => return self.pad(out, &character(number).to_string()),
            'q' => return self.pad(out, &quote_with(&character(number).to_string(), '\'', self.plus)),
            'U' => {
                let mut text = format!("U+{:0width$X}", number, width = self.precision.unwrap_or(4).max(4));
                let c = character(number);
                if self.sharp && super::is_print(c) {
                    text.push_str(&format!(" '{c}'"));
                }
                return Spec { zero: false, ..self }.pad(out, &text);
            }
            _ => return self.bad(out, value, verb, depth),
        };
        let signed = number < 0 || self.plus || self.space;
        let plain = Spec { zero: false, ..self };
        let least = match (self.precision, self.width) {
            (Some(0), _) if number == 0 => return plain.pad(out, ""),
            (Some(precision), _) => precision,
            (None, Some(width)) if self.zero && !self.minus => width.saturating_sub(usize::from(signed)),
            _ => 0,
        };
        let mut text = String::new();
        text.push_str(match (number < 0, self.plus, self.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        });
        let zeros = "0".repeat(least.saturating_sub(digits.len()));
        text.push_str(match verb {
            'O' => "0o",
            'b' if self.sharp => "0b",
            'o' if self.sharp && zeros.is_empty() && !digits.starts_with('0') => "0",
            'x' if self.sharp => "0x",
            'X' if self.sharp => "0X",
            _ => "",
        });
        text.push_str(&zeros);
        text.push_str(&digits);
        plain.pad(out, &text);
    }

    fn float(self, out: &mut String, number: f64, verb: char, value: &Value, depth: usize) {
        let (style, precision) = match verb {
            'v' => ('g', self.precision),
            'b' | 'g' | 'G' | 'x' | 'X' => (verb, self.precision),
            'e' | 'E' | 'f' | 'F' => (verb, Some(self.precision.unwrap_or(6))),
            _ => return self.bad(out, value, verb, depth),
        };
        let mut text = float::format(number, style, precision);
        if !number.is_finite() {
            if number.is_nan() && self.plus {
                text.insert(0, '+');
            }
            return Spec { zero: false, ..self }.pad(out, &text);
        }
        if self.sharp && verb != 'b' {
            text = with_point(&text, style, precision);
        }
        if !text.starts_with('-') && (self.plus || self.space) {
            text.insert(0, if self.plus { '+' } else { ' ' });
        }
        let signed = text.starts_with(['-', '+', ' ']);
        let missing = self.width.unwrap_or(0).saturating_sub(text.len());
        if self.zero && !self.minus && signed && missing > 0 {
            text.insert_str(1, &"0".repeat(missing));
        }
        self.pad(out, &text);
    }
}

/// The `#` flag of floats: always a point, and `%g` keeps its trailing zeros.
fn with_point(text: &str, style: char, precision: Option<usize>) -> String {
    let tail_at = match style {
        'x' | 'X' => text.find(['p', 'P']),
        _ => text.find(['e', 'E']),
    };
    let (number, tail) = text.split_at(tail_at.unwrap_or(text.len()));
    let mut number = number.to_owned();
    let significant = number.trim_start_matches('-').replace('.', "");
    let significant = significant.trim_start_matches('0').len();
    let wanted = match style {
        'g' | 'G' | 'x' => precision.unwrap_or(6),
        _ => 0,
    };
    if !number.contains('.') {
        number.push('.');
    }
    number.push_str(&"0".repeat(wanted.saturating_sub(significant.max(usize::from(significant == 0)))));
    number + tail
}

fn character(number: i64) -> char {
    u32::try_from(number).ok().and_then(char::from_u32).unwrap_or('\u{fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::traced::{CallId, Origin};
    use crate::text::{FileId, Span};

    fn printed(format: &str, operands: &[Value]) -> String {
        sprintf(&Traced::made(format, Made::default()), operands).as_str().to_owned()
    }

    #[test]
    fn verbs_and_flags() {
        let seven = Value::int(7);
        let list = Value::list(vec![Value::str("p"), Value::float(3.0), Value::NIL]);
        let cases: &[(&str, &[Value], &str)] = &[
            ("%d|%5d|%-5d|%05d|%+d|% d", &vec![seven.clone(); 6], "7|    7|7    |00007|+7| 7"),
            ("%b %o %O %x %#x %X", &vec![Value::int(30); 6], "11110 36 0o36 1e 0x1e 1E"),
            ("%.3d|%5.3d|%.0d", &[seven.clone(), seven.clone(), Value::int(0)], "007|  007|"),
            ("%c %q %U %#U", &vec![Value::int(233); 4], "é 'é' U+00E9 U+00E9 'é'"),
            ("%s|%6s|%-6s|%06s|%.2s", &vec![Value::str("abcd"); 5], "abcd|  abcd|abcd  |00abcd|ab"),
            ("%q %x %X % x %#v", &vec![Value::str("hi\t"); 5], r#""hi\t" 686909 686909 68 69 09 "hi\t""#),
            ("%v %6.2f|%+.1e|%g|%08.3f", &vec![Value::float(-2.5); 5], "-2.5  -2.50|-2.5e+00|-2.5|-002.500"),
            ("%t %v %5t|", &vec![Value::bool(true); 3], "true true  true|"),
            (
                "%v %d %s",
                &vec![list.clone(); 3],
                "[p 3 <nil>] [%!d(string=p) %!d(float64=3) <nil>] [p %!s(float64=3) <nil>]",
            ),
            ("%#v", std::slice::from_ref(&list), r#"[]interface {}{"p", 3, interface {}(nil)}"#),
            ("%T %T %T", &[seven.clone(), Value::NIL, list.clone()], "int <nil> []interface {}"),
            ("%[2]s-%[1]s", &[Value::str("a"), Value::str("b")], "b-a"),
            (
                "%*d|%-*d|%.*f",
                &[Value::int(4), seven.clone(), Value::int(3), seven.clone(), Value::int(1), Value::float(0.25)],
                "   7|7  |0.2",
            ),
            ("100%%", &[], "100%"),
        ];
        for (format, operands, expected) in cases {
            assert_eq!(printed(format, operands), *expected, "{format}");
        }
    }

    #[test]
    fn misuse_is_noted_in_the_text() {
        let cases: &[(&str, &[Value], &str)] = &[
            ("%d", &[Value::float(8.0)], "%!d(float64=8)"),
            ("%s", &[Value::NIL], "%!s(<nil>)"),
            ("%y", &[Value::int(2)], "%!y(int=2)"),
            ("%s %s", &[Value::str("a")], "a %!s(MISSING)"),
            ("a", &[Value::int(1), Value::NIL], "a%!(EXTRA int=1, <nil>)"),
            ("50%", &[], "50%!(NOVERB)"),
            ("%[5]d", &[Value::int(1)], "%!d(BADINDEX)"),
            ("%[1]3d", &[Value::int(1)], "%!d(BADINDEX)"),
            ("%*d", &[Value::str("w"), Value::int(1)], "%!(BADWIDTH)1"),
            ("%p", &[Value::int(2)], "%!p(int=2)"),
        ];
        for (format, operands, expected) in cases {
            assert_eq!(printed(format, operands), *expected, "{format}");
        }
    }

    #[test]
    fn text_operands_keep_their_origins() {
        let format = {
            let mut format = Traced::new();
            format.push("x-%s", Origin::Verbatim(Span::new(FileId(0), 100, 104)), CallId(0));
            format
        };
        let place = Span::new(FileId(9), 5, 8);
        let operand = Value { born: Some(place), ..Value::str("abc") };
        let out = sprintf(&format, &[operand]);
        let origins: Vec<_> = out.pieces().map(|(_, piece)| piece.origin).collect();
        assert_eq!(
            origins,
            [Origin::Verbatim(Span::new(FileId(0), 100, 102)), Origin::Made(Made { value: Some(place), known: true })]
        );
    }
}
