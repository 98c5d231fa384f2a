//! How a string is written in YAML: plain, quoted or as a block. libyaml's `analyze_scalar` and go-yaml v2's choice.

use crate::yaml::typing::{self, Meaning};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// Which styles can hold a text.
pub(super) struct Scalar {
    pub(super) multiline: bool,
    plain: bool,
    single: bool,
    block: bool,
}

impl Scalar {
    pub(super) fn of(text: &str) -> Self {
        if text.is_empty() {
            return Self { multiline: false, plain: true, single: true, block: false };
        }
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let (mut multiline, mut special, mut space_break, mut break_space) = (false, false, false, false);
        let mut before = None;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            // For these a line break is no blank: libyaml asks `is_blank` here and `is_blankz` above.
            let blank_follows = chars.peek().is_none_or(|c| matches!(c, ' ' | '\t'));
            indicators |= match c {
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`'
                    if before.is_none() =>
                {
                    true
                }
                '?' | '-' if before.is_none() => blank_follows,
                ':' => blank_follows,
                '#' => before.is_some_and(|c: char| c == ' ' || c == '\t' || is_break(c)),
                _ => false,
            };
            special |= !is_printable(c);
            multiline |= is_break(c);
            break_space |= c == ' ' && before.is_some_and(is_break);
            space_break |= is_break(c) && before == Some(' ');
            before = Some(c);
        }
        let edge = |c: char| c == ' ' || is_break(c);
        let edges = text.starts_with(edge) || text.ends_with(edge);
        let awkward = space_break || special;
        Self {
            multiline,
            plain: !indicators && !multiline && !edges && !break_space && !awkward,
            single: !break_space && !awkward,
            block: !text.ends_with(' ') && !awkward,
        }
    }
}

/// The style of a string. `key`: it stands before a colon, on one line.
pub(super) fn select(text: &str, key: bool) -> Style {
    let scalar = Scalar::of(text);
    let mut style = if text.contains('\n') {
        Style::Literal
    } else if typing::plain(text) == Meaning::Str && !is_base60(text) && !is_timestamp(text) {
        Style::Plain
    } else {
        Style::Double
    };
    if key && scalar.multiline {
        style = Style::Double;
    }
    if style == Style::Plain && (!scalar.plain || (key && text.is_empty())) {
        style = Style::Single;
    }
    if style == Style::Single && !scalar.single {
        style = Style::Double;
    }
    if style == Style::Literal && (!scalar.block || key) {
        style = Style::Double;
    }
    style
}

/// The escape of a character inside double quotes; `None` for one that stands for itself.
pub(super) fn escaped(c: char) -> Option<String> {
    let simple = match c {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\0' => "\\0",
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\u{b}' => "\\v",
        '\u{c}' => "\\f",
        '\r' => "\\r",
        '\u{1b}' => "\\e",
        '\u{85}' => "\\N",
        '\u{2028}' => "\\L",
        '\u{2029}' => "\\P",
        c if is_printable(c) => return None,
        c => {
            let code = u32::from(c);
            return Some(match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            });
        }
    };
    Some(simple.to_owned())
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// go-yaml v2's `is_printable`, which knows nothing above U+FFFD, with the separators it takes for line breaks.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && c != '\u{feff}'
}

/// `190:20:30`: a number to readers of YAML 1.1.
fn is_base60(text: &str) -> bool {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut parts = body.split(':');
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let head = parts.next().unwrap_or_default();
    let tail: Vec<&str> = parts.collect();
    let Some((last, middle)) = tail.split_last() else { return false };
    let (last, fraction) = last.split_once('.').map_or((*last, ""), |(last, fraction)| (last, fraction));
    let sixty = |part: &str| match part.as_bytes() {
        [digit] => digit.is_ascii_digit(),
        [tens, ones] => (b'0'..=b'5').contains(tens) && ones.is_ascii_digit(),
        _ => false,
    };
    head.starts_with(|c: char| c.is_ascii_digit())
        && number(head)
        && middle.iter().all(|part| sixty(part))
        && sixty(last)
        && number(fraction)
}

/// A date, perhaps with a time, that go-yaml takes for a `time.Time`.
fn is_timestamp(text: &str) -> bool {
    let split = text.find(['T', 't', ' ']);
    let date = split.map_or(text, |at| &text[..at]);
    let fields: Vec<&str> = date.split('-').collect();
    let [year, month, day] = fields[..] else { return false };
    let field = |text: &str, most: u32| {
        let short = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u32>().ok().filter(|n| short && *n <= most)
    };
    let Some(year) = year.parse::<u32>().ok().filter(|_| year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit()))
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match field(month, 12) {
        None | Some(0) => return false,
        Some(2) => 28 + u32::from(leap),
        Some(4 | 6 | 9 | 11) => 30,
        Some(_) => 31,
    };
    if field(day, days).is_none_or(|day| day == 0) {
        return false;
    }
    let Some(at) = split else { return true };
    let (separator, time) = text[at..].split_at(1);
    let (time, zoned) = match time.find(['Z', '+', '-']) {
        Some(zone) => match (&time[zone..], time[zone + 1..].split_once(':')) {
            ("Z", _) => (&time[..zone], true),
            (_, Some((hours, minutes))) if hours.len() == 2 && minutes.len() == 2 => {
                if field(hours, 24).is_none() || field(minutes, 60).is_none() {
                    return false;
                }
                (&time[..zone], true)
            }
            _ => return false,
        },
        None => (time, false),
    };
    let (time, fraction) = time.split_once('.').map_or((time, None), |(time, fraction)| (time, Some(fraction)));
    let parts: Vec<&str> = time.split(':').collect();
    let [hours, minutes, seconds] = parts[..] else { return false };
    (separator == " ") != zoned
        && field(hours, 23).is_some()
        && field(minutes, 59).is_some()
        && field(seconds, 59).is_some()
        && fraction.is_none_or(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_and_base_60() {
        for (text, want) in [
            ("2020-01-01", true),
            ("2020-1-1", true),
            ("2020-02-30", false),
            ("2020-01-01T10:00:00Z", true),
            ("2020-01-01t1:2:3.5+01:00", true),
            ("2020-01-01 10:00:00", true),
            ("2020-01-01 10:00:00Z", false),
            ("2020-01-01T10:00:00", false),
            ("2001-12-14 21:59:43.10 -5", false),
            ("20-01-01", false),
        ] {
            assert_eq!(is_timestamp(text), want, "{text}");
        }
        for (text, want) in
            [("1:30", true), ("190:20:30", true), ("-1:2.5", true), ("1:60", false), ("a:1", false), ("1:", false)]
        {
            assert_eq!(is_base60(text), want, "{text}");
        }
    }
}
