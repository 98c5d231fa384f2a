//! Go's time layouts: a layout is the reference time `Mon Jan 2 15:04:05 MST 2006`, written as wanted.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

use crate::template::bytes;

/// Text in errors of package time, which escapes every byte that is not printable ASCII.
fn quote(text: &str) -> String {
    let mut out = String::from('"');
    for byte in bytes::of(text).iter() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(*byte)]),
            b' '..=0x7f => out.push(char::from(*byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out + "\""
}

/// A point in time with the zone it is shown in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Time {
    at: Timestamp,
    /// Seconds east of UTC.
    offset: i32,
    /// The zone's abbreviation; empty for an offset without a name.
    zone: String,
    /// False for what the clock says.
    pub(super) known: bool,
}

/// `time.Time.String`.
const STRING: &str = "2006-01-02 15:04:05.999999999 -0700 MST";

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// One element of a layout.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Element {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    BlankDay,
    ZeroDay,
    BlankYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperHalf,
    LowerHalf,
    Zone,
    /// `-0700` and its like: `Z` for UTC, colons, how many of hours, minutes, seconds.
    Offset {
        z: bool,
        colons: bool,
        parts: u8,
    },
    /// `.000`: the separator, the digits, and whether trailing zeros go.
    Fraction {
        comma: bool,
        digits: u8,
        trimmed: bool,
    },
}

/// The first element in `layout`, where it starts and where it ends.
fn next_element(layout: &str) -> Option<(usize, usize, Element)> {
    use Element::*;
    const PLAIN: [(&str, Element); 31] = [
        ("January", LongMonth),
        ("Monday", LongWeekday),
        ("MST", Zone),
        ("002", ZeroYearDay),
        ("01", ZeroMonth),
        ("02", ZeroDay),
        ("03", ZeroHour12),
        ("04", ZeroMinute),
        ("05", ZeroSecond),
        ("06", Year),
        ("15", Hour),
        ("1", NumMonth),
        ("2006", LongYear),
        ("2", Day),
        ("__2", BlankYearDay),
        ("_2", BlankDay),
        ("3", Hour12),
        ("4", Minute),
        ("5", Second),
        ("PM", UpperHalf),
        ("pm", LowerHalf),
        ("-070000", Offset { z: false, colons: false, parts: 3 }),
        ("-07:00:00", Offset { z: false, colons: true, parts: 3 }),
        ("-0700", Offset { z: false, colons: false, parts: 2 }),
        ("-07:00", Offset { z: false, colons: true, parts: 2 }),
        ("-07", Offset { z: false, colons: false, parts: 1 }),
        ("Z070000", Offset { z: true, colons: false, parts: 3 }),
        ("Z07:00:00", Offset { z: true, colons: true, parts: 3 }),
        ("Z0700", Offset { z: true, colons: false, parts: 2 }),
        ("Z07:00", Offset { z: true, colons: true, parts: 2 }),
        ("Z07", Offset { z: true, colons: false, parts: 1 }),
    ];
    for (at, c) in layout.char_indices() {
        let rest = &layout[at..];
        // A short name that goes on in lower case is no name: `Jane`, `Money`.
        let short = |name: &str| {
            rest.strip_prefix(name).is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_lowercase()))
        };
        if rest.starts_with("_2006") {
            return Some((at + 1, at + 5, LongYear));
        }
        if let Some((text, element)) = PLAIN.iter().find(|(text, _)| rest.starts_with(text)) {
            return Some((at, at + text.len(), *element));
        }
        if short("Jan") {
            return Some((at, at + 3, Month));
        }
        if short("Mon") {
            return Some((at, at + 3, Weekday));
        }
        if matches!(c, '.' | ',') {
            let after = &rest[1..];
            for digit in [b'0', b'9'] {
                let count = after.bytes().take_while(|&byte| byte == digit).count();
                if count > 0 && !after[count..].starts_with(|c: char| c.is_ascii_digit()) {
                    let digits = u8::try_from(count).unwrap_or(9);
                    let element = Fraction { comma: c == ',', digits, trimmed: digit == b'9' };
                    return Some((at, at + 1 + count, element));
                }
            }
        }
    }
    None
}

impl Time {
    /// Seconds since 1970, shown in UTC; times that have no civil date are clamped.
    pub(super) fn from_unix(seconds: i64) -> Self {
        let at = Timestamp::from_second(seconds).unwrap_or(if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX });
        Self { at, offset: 0, zone: "UTC".to_owned(), known: true }
    }

    /// Go's zero time: the year 1.
    pub(super) fn zero() -> Self {
        Self::from_unix(-62_135_596_800)
    }

    /// What the clock says, as far as anybody can know: one fixed day.
    pub(super) fn now() -> Self {
        Self { known: false, ..Self::from_unix(1_735_732_800) }
    }

    pub(super) fn unix(&self) -> i64 {
        self.at.as_second()
    }

    pub(super) fn nanosecond(&self) -> i64 {
        i64::from(self.civil().subsec_nanosecond())
    }

    /// The nanoseconds that have passed since then; clamped.
    pub(super) fn since(&self, then: &Self) -> i64 {
        let passed = self.at.as_nanosecond() - then.at.as_nanosecond();
        passed.clamp(i64::MIN.into(), i64::MAX.into()) as i64
    }

    /// The same moment as clocks in a zone of the IANA database show it.
    pub(super) fn within(&self, zone: &str) -> Self {
        let utc = self.utc();
        // The machine's own zone is nobody's business.
        let Ok(zone) = TimeZone::get(if zone == "Local" { "UTC" } else { zone }) else { return utc };
        let info = zone.to_offset_info(utc.at);
        Self { offset: info.offset().seconds(), zone: info.abbreviation().to_owned(), ..utc }
    }

    pub(super) fn utc(&self) -> Self {
        Self { at: self.at, known: self.known, ..Self::from_unix(0) }
    }

    /// The moment `nanoseconds` later; clamped.
    pub(super) fn plus(&self, nanoseconds: i64) -> Self {
        let at = self.at.checked_add(nanoseconds.nanoseconds());
        let end = if nanoseconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
        Self { at: at.unwrap_or(end), ..self.clone() }
    }

    /// `time.Time.AddDate`: a day that the month lacks goes on into the next; clamped.
    pub(super) fn plus_date(&self, years: i64, months: i64, days: i64) -> Self {
        let civil = self.civil();
        let month = years.saturating_mul(12).saturating_add(months).saturating_add(i64::from(civil.month()) - 1);
        let year = i64::from(civil.year()).saturating_add(month.div_euclid(12));
        let first = i16::try_from(year).ok().and_then(|year| Date::new(year, month.rem_euclid(12) as i8 + 1, 1).ok());
        let own = Date::new(civil.year(), civil.month(), 1).ok();
        let Some((first, own)) = first.zip(own) else { return self.clone() };
        let moved = first.duration_since(own).as_hours() / 24;
        self.plus(moved.saturating_add(days).saturating_mul(86_400_000_000_000))
    }

    pub(super) fn civil(&self) -> DateTime {
        Offset::from_seconds(self.offset).unwrap_or(Offset::UTC).to_datetime(self.at)
    }

    pub(super) fn month_name(&self) -> &'static str {
        name(&MONTHS, i64::from(self.civil().month()) - 1)
    }

    pub(super) fn weekday_name(&self) -> &'static str {
        name(&DAYS, i64::from(self.civil().weekday().to_sunday_zero_offset()))
    }

    pub(super) fn display(&self) -> String {
        self.format(STRING)
    }

    /// `time.Time.Format`.
    pub(super) fn format(&self, layout: &str) -> String {
        let mut out = String::new();
        let mut rest = layout;
        while let Some((start, end, element)) = next_element(rest) {
            out.push_str(&rest[..start]);
            self.print(&mut out, element);
            rest = &rest[end..];
        }
        out.push_str(rest);
        out
    }

    fn print(&self, out: &mut String, element: Element) {
        let civil = self.civil();
        let hour12 = match civil.hour() % 12 {
            0 => 12,
            hour => hour,
        };
        let text = match element {
            Element::LongMonth => self.month_name().to_owned(),
            Element::Month => self.month_name()[..3].to_owned(),
            Element::NumMonth => civil.month().to_string(),
            Element::ZeroMonth => format!("{:02}", civil.month()),
            Element::LongWeekday => self.weekday_name().to_owned(),
            Element::Weekday => self.weekday_name()[..3].to_owned(),
            Element::Day => civil.day().to_string(),
            Element::BlankDay => format!("{:2}", civil.day()),
            Element::ZeroDay => format!("{:02}", civil.day()),
            Element::BlankYearDay => format!("{:3}", civil.date().day_of_year()),
            Element::ZeroYearDay => format!("{:03}", civil.date().day_of_year()),
            Element::Hour => format!("{:02}", civil.hour()),
            Element::Hour12 => hour12.to_string(),
            Element::ZeroHour12 => format!("{hour12:02}"),
            Element::Minute => civil.minute().to_string(),
            Element::ZeroMinute => format!("{:02}", civil.minute()),
            Element::Second => civil.second().to_string(),
            Element::ZeroSecond => format!("{:02}", civil.second()),
            Element::LongYear => format!("{:04}", civil.year()),
            Element::Year => format!("{:02}", civil.year().rem_euclid(100)),
            Element::UpperHalf => (if civil.hour() < 12 { "AM" } else { "PM" }).to_owned(),
            Element::LowerHalf => (if civil.hour() < 12 { "am" } else { "pm" }).to_owned(),
            Element::Zone if self.zone.is_empty() => offset_text(self.offset, false, 2),
            Element::Zone => self.zone.clone(),
            Element::Offset { z: true, .. } if self.offset == 0 => "Z".to_owned(),
            Element::Offset { colons, parts, .. } => offset_text(self.offset, colons, parts),
            Element::Fraction { comma, digits, trimmed } => {
                let all = format!("{:09}", civil.subsec_nanosecond());
                let digits = usize::from(digits);
                let shown = format!("{:0<digits$}", &all[..digits.min(9)]);
                let shown = if trimmed { shown.trim_end_matches('0') } else { &shown };
                let separator = if comma { "," } else { "." };
                if shown.is_empty() { String::new() } else { format!("{separator}{shown}") }
            }
        };
        out.push_str(&text);
    }

    /// `time.ParseInLocation` with UTC as the location; the error is Go's text.
    pub(super) fn parse(layout: &str, text: &str) -> Result<Self, String> {
        Parser { layout, text, rest: text, fields: Fields::default() }.run()
    }
}

fn name(names: &[&'static str], at: i64) -> &'static str {
    usize::try_from(at).ok().and_then(|at| names.get(at)).copied().unwrap_or("???")
}

fn offset_text(offset: i32, colons: bool, parts: u8) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let seconds = offset.unsigned_abs();
    let numbers = [seconds / 3600, seconds / 60 % 60, seconds % 60];
    let texts: Vec<String> = numbers[..usize::from(parts)].iter().map(|number| format!("{number:02}")).collect();
    format!("{sign}{}", texts.join(if colons { ":" } else { "" }))
}

/// What a text said so far.
#[derive(Default)]
struct Fields {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
    year_day: Option<i16>,
    hour: i8,
    minute: i8,
    second: i8,
    nanosecond: i32,
    /// Afternoon, if a half of the day was named.
    afternoon: Option<bool>,
    /// Seconds east of UTC.
    offset: Option<i32>,
    zone: Option<String>,
}

struct Parser<'a> {
    layout: &'a str,
    text: &'a str,
    rest: &'a str,
    fields: Fields,
}

/// Why an element was not read.
enum Misfit {
    Form,
    Range(&'static str),
}

impl<'a> Parser<'a> {
    fn run(mut self) -> Result<Time, String> {
        let mut layout = self.layout;
        loop {
            let next = next_element(layout);
            let (start, end) = next.map_or((layout.len(), layout.len()), |(start, end, _)| (start, end));
            let literal = &layout[..start];
            let element_text = &layout[start..end];
            match skip(self.rest, literal) {
                Ok(rest) => self.rest = rest,
                Err(rest) => return Err(self.no_parse(rest, literal)),
            }
            let Some((.., element)) = next else {
                if self.rest.is_empty() {
                    return self.finish();
                }
                let (text, rest) = (quote(self.text), quote(self.rest));
                return Err(format!("parsing time {text}: extra text: {rest}"));
            };
            layout = &layout[end..];
            let before = self.rest;
            match self.element(element, layout) {
                Ok(()) => {}
                Err(Misfit::Form) => return Err(self.no_parse(before, element_text)),
                Err(Misfit::Range(what)) => return Err(self.out_of_range(what)),
            }
        }
    }

    fn no_parse(&self, rest: &str, element: &str) -> String {
        let [text, layout, rest, element] = [self.text, self.layout, rest, element].map(quote);
        format!("parsing time {text} as {layout}: cannot parse {rest} as {element}")
    }

    fn out_of_range(&self, what: &str) -> String {
        format!("parsing time {}: {what} out of range", quote(self.text))
    }

    /// A number of one or two digits, or of exactly `count`.
    fn number(&mut self, least: usize, most: usize) -> Result<i16, Misfit> {
        let digits = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if digits < least {
            return Err(Misfit::Form);
        }
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        number.parse().map_err(|_| Misfit::Form)
    }

    fn below(&mut self, least: usize, limit: i16, what: &'static str) -> Result<i8, Misfit> {
        let number = self.number(least, 2)?;
        if number >= limit {
            return Err(Misfit::Range(what));
        }
        i8::try_from(number).map_err(|_| Misfit::Range(what))
    }

    /// The place of a name, whole or by its first three letters, in any case.
    fn name(&mut self, names: &[&'static str], short: bool) -> Result<usize, Misfit> {
        for (i, name) in names.iter().enumerate() {
            let name = if short { &name[..3] } else { name };
            if self.rest.get(..name.len()).is_some_and(|text| text.eq_ignore_ascii_case(name)) {
                self.rest = &self.rest[name.len()..];
                return Ok(i);
            }
        }
        Err(Misfit::Form)
    }

    fn element(&mut self, element: Element, layout: &str) -> Result<(), Misfit> {
        match element {
            Element::Year => {
                let year = self.number(2, 2)?;
                self.fields.year = if year >= 69 { 1900 + year } else { 2000 + year };
            }
            Element::LongYear => self.fields.year = self.number(4, 4)?,
            Element::Month | Element::LongMonth => {
                let month = self.name(&MONTHS, element == Element::Month)?;
                self.fields.month = i8::try_from(month + 1).ok();
            }
            Element::NumMonth | Element::ZeroMonth => {
                let month = self.below(if element == Element::ZeroMonth { 2 } else { 1 }, 13, "month")?;
                if month == 0 {
                    return Err(Misfit::Range("month"));
                }
                self.fields.month = Some(month);
            }
            Element::Weekday | Element::LongWeekday => {
                self.name(&DAYS, element == Element::Weekday)?;
            }
            Element::Day | Element::BlankDay | Element::ZeroDay => {
                if element == Element::BlankDay {
                    self.rest = self.rest.strip_prefix(' ').unwrap_or(self.rest);
                }
                let day = self.number(if element == Element::ZeroDay { 2 } else { 1 }, 2)?;
                self.fields.day = i8::try_from(day).ok();
            }
            Element::ZeroYearDay | Element::BlankYearDay => {
                let blanks = self.rest.bytes().take(2).take_while(|&byte| byte == b' ').count();
                let blanks = if element == Element::BlankYearDay { blanks } else { 0 };
                self.rest = &self.rest[blanks..];
                self.fields.year_day = Some(self.number(3 - blanks, 3 - blanks)?);
            }
            Element::Hour => self.fields.hour = self.below(1, 24, "hour")?,
            Element::Hour12 => self.fields.hour = self.below(1, 13, "hour")?,
            Element::ZeroHour12 => self.fields.hour = self.below(2, 13, "hour")?,
            Element::Minute => self.fields.minute = self.below(1, 60, "minute")?,
            Element::ZeroMinute => self.fields.minute = self.below(2, 60, "minute")?,
            Element::Second | Element::ZeroSecond => {
                self.fields.second = self.below(if element == Element::Second { 1 } else { 2 }, 60, "second")?;
                // A fraction may follow the seconds though the layout has none.
                let planned = matches!(next_element(layout), Some((0, _, Element::Fraction { .. })));
                let digits = self.rest.bytes().skip(1).take_while(u8::is_ascii_digit).count();
                if !planned && self.rest.starts_with(['.', ',']) && digits > 0 {
                    self.fraction(digits);
                }
            }
            Element::Fraction { digits, trimmed, .. } => {
                let found = self.rest.bytes().skip(1).take_while(u8::is_ascii_digit).count();
                let separated = self.rest.starts_with(['.', ',']);
                match (separated, trimmed) {
                    (true, true) => self.fraction(found),
                    (_, true) => {}
                    (true, false) if found >= usize::from(digits) => self.fraction(usize::from(digits)),
                    _ => return Err(Misfit::Form),
                }
            }
            Element::UpperHalf | Element::LowerHalf => {
                let upper = element == Element::UpperHalf;
                let half = self.rest.get(..2).ok_or(Misfit::Form)?;
                self.fields.afternoon = match half {
                    "PM" if upper => Some(true),
                    "AM" if upper => Some(false),
                    "pm" if !upper => Some(true),
                    "am" if !upper => Some(false),
                    _ => return Err(Misfit::Form),
                };
                self.rest = &self.rest[2..];
            }
            Element::Offset { z, colons, parts } => self.offset(z, colons, parts)?,
            Element::Zone => {
                let len = self.rest.bytes().take_while(u8::is_ascii_uppercase).count();
                if !(3..=5).contains(&len) {
                    return Err(Misfit::Form);
                }
                let (zone, rest) = self.rest.split_at(len);
                self.rest = rest;
                self.fields.zone = Some(zone.to_owned());
            }
        }
        Ok(())
    }

    /// The separator and `digits` digits after it.
    fn fraction(&mut self, digits: usize) {
        let shown: String = self.rest[1..=digits].chars().chain("000000000".chars()).take(9).collect();
        self.fields.nanosecond = shown.parse().unwrap_or(0);
        self.rest = &self.rest[1 + digits..];
    }

    fn offset(&mut self, z: bool, colons: bool, parts: u8) -> Result<(), Misfit> {
        if z && let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            self.fields.offset = Some(0);
            return Ok(());
        }
        let sign = match self.rest.as_bytes().first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Err(Misfit::Form),
        };
        self.rest = &self.rest[1..];
        let mut seconds = 0;
        for (part, scale) in (0..parts).zip([3600, 60, 1]) {
            if part > 0 && colons {
                self.rest = self.rest.strip_prefix(':').ok_or(Misfit::Form)?;
            }
            seconds += i32::from(self.number(2, 2)?) * scale;
        }
        self.fields.offset = Some(sign * seconds);
        Ok(())
    }

    fn finish(self) -> Result<Time, String> {
        let fields = &self.fields;
        let (month, day) = match fields.year_day {
            Some(day) => {
                let first = Date::new(fields.year, 1, 1).map_err(|_| self.out_of_range("year"))?;
                let date = first.checked_add((i64::from(day) - 1).days());
                let date = date.ok().filter(|date| day > 0 && date.year() == fields.year);
                let date = date.ok_or_else(|| self.out_of_range("day-of-year"))?;
                (date.month(), date.day())
            }
            None => (fields.month.unwrap_or(1), fields.day.unwrap_or(1)),
        };
        let hour = match fields.afternoon {
            Some(true) if fields.hour < 12 => fields.hour + 12,
            Some(false) if fields.hour == 12 => 0,
            _ => fields.hour,
        };
        let civil = DateTime::new(fields.year, month, day, hour, fields.minute, fields.second, fields.nanosecond)
            .map_err(|_| self.out_of_range("day"))?;
        let offset = fields.offset.unwrap_or(0);
        let at = Offset::from_seconds(offset).and_then(|offset| offset.to_timestamp(civil));
        let zone = match (&fields.zone, offset) {
            (Some(zone), _) => zone.clone(),
            (None, 0) => "UTC".to_owned(),
            (None, _) => String::new(),
        };
        Ok(Time { at: at.unwrap_or(Timestamp::MIN), offset, zone, known: true })
    }
}

/// `text` after `prefix`; a blank in the prefix stands for any number of blanks. The error is where they part.
fn skip<'a>(text: &'a str, prefix: &str) -> Result<&'a str, &'a str> {
    let mut rest = text;
    let mut prefix = prefix;
    while let Some(c) = prefix.chars().next() {
        if c == ' ' {
            if !rest.is_empty() && !rest.starts_with(' ') {
                return Err(rest);
            }
            prefix = prefix.trim_start_matches(' ');
            rest = rest.trim_start_matches(' ');
            continue;
        }
        rest = rest.strip_prefix(c).ok_or(rest)?;
        prefix = &prefix[c.len_utf8()..];
    }
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        let time = Time::parse("2006-01-02T15:04:05.000Z07:00", "2019-08-05T16:07:09.250+02:00").unwrap();
        let cases = [
            ("Mon Jan _2 15:04:05 2006", "Mon Aug  5 16:07:09 2019"),
            ("Monday, 2 January 06", "Monday, 5 August 19"),
            ("1/2 3:4:5 pm PM 03", "8/5 4:7:9 pm PM 04"),
            ("002 __2", "217 217"),
            ("15:04:05.000000 .99 ,9", "16:07:09.250000 .25 ,2"),
            ("-07 -0700 -07:00:00 Z0700 MST", "+02 +0200 +02:00:00 +0200 +0200"),
            ("Jane Month _2006", "Jane Month _2019"),
            ("", ""),
        ];
        for (layout, expected) in cases {
            assert_eq!(time.format(layout), expected, "{layout}");
        }
        assert_eq!(time.utc().format("15:04 MST Z07:00"), "14:07 UTC Z");
        assert_eq!(time.utc().display(), "2019-08-05 14:07:09.25 +0000 UTC");
    }

    #[test]
    fn parses() {
        let cases = [
            ("Jan 2, 2006 at 3:04pm", "feb 3, 2021 at 12:05am", "2021-02-03 00:05:00 +0000 UTC"),
            ("02 Jan 06 15:04 MST", "07 Mar 70 01:02 UTC", "1970-03-07 01:02:00 +0000 UTC"),
            ("2006-002", "2020-366", "2020-12-31 00:00:00 +0000 UTC"),
            ("15:04:05", "01:02:03.5", "0000-01-01 01:02:03.5 +0000 UTC"),
            ("2006-01-02 -0700", "2020-01-01 -0330", "2020-01-01 00:00:00 -0330 -0330"),
        ];
        for (layout, text, expected) in cases {
            assert_eq!(Time::parse(layout, text).unwrap().display(), expected, "{layout}");
        }
    }

    #[test]
    fn misfits() {
        let cases = [
            ("2006-01-02", "2020/01/02", r#"parsing time "2020/01/02" as "2006-01-02": cannot parse "/01/02" as "-""#),
            ("2006", "20x0", r#"parsing time "20x0" as "2006": cannot parse "20x0" as "2006""#),
            ("2006", "é\t", r#"parsing time "\xc3\xa9\x09" as "2006": cannot parse "\xc3\xa9\x09" as "2006""#),
            ("2006", "20201", r#"parsing time "20201": extra text: "1""#),
            ("15:04", "24:00", r#"parsing time "24:00": hour out of range"#),
            ("2006-01-02", "2021-02-29", r#"parsing time "2021-02-29": day out of range"#),
        ];
        for (layout, text, expected) in cases {
            assert_eq!(Time::parse(layout, text).unwrap_err(), expected, "{layout}");
        }
    }
}
