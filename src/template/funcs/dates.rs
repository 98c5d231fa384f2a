//! Dates and durations. All are opaque. The clock stands still, and what it says counts as unknown.

use std::any::Any as StdAny;
use std::rc::Rc;

use super::Param::{self, Any, Str, Time as When};
use super::args::{any, int, known_of, made_of, text};
use super::layout::Time;
use super::number::parse_int;
use super::{Answer, CallError, Context, Function};
use crate::template::fmt;
use crate::template::traced::{Made, Traced};
use crate::template::value::{Data, Encoded, Object, Value};

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("now", &[], |_, _| Ok(time_value(Time::now()))),
    Function::new("date", &[Str, Any], |_, args| Ok(formatted(args, text(args, 0), &any(args, 1), "Local"))),
    Function::new("dateInZone", &[Str, Any, Str], date_in_zone),
    Function::new("date_in_zone", &[Str, Any, Str], date_in_zone),
    Function::new("htmlDate", &[Any], |_, args| Ok(formatted(args, "2006-01-02", &any(args, 0), "Local"))),
    Function::new("htmlDateInZone", &[Any, Str], |_, args| {
        Ok(formatted(args, "2006-01-02", &any(args, 0), text(args, 1)))
    }),
    Function::new("dateModify", &[Str, When], |_, args| Ok(modified(args).unwrap_or_else(|_| any(args, 1)))),
    Function::new("date_modify", &[Str, When], |_, args| Ok(modified(args).unwrap_or_else(|_| any(args, 1)))),
    Function::new("mustDateModify", &[Str, When], |_, args| modified(args).map_err(CallError::Error)),
    Function::new("must_date_modify", &[Str, When], |_, args| modified(args).map_err(CallError::Error)),
    Function::new("toDate", &[Str, Str], |_, args| {
        Ok(time_value(Time::parse(text(args, 0), text(args, 1)).unwrap_or_else(|_| Time::zero())))
    }),
    Function::new("mustToDate", &[Str, Str], |_, args| Ok(time_value(Time::parse(text(args, 0), text(args, 1))?))),
    Function::new("unixEpoch", &[When], |_, args| {
        let time = time_of(&any(args, 0));
        Ok(told(&time, time.unix().to_string()))
    }),
    Function::new("ago", &[Any], |_, args| {
        let past = Time::now().unix().saturating_sub(time_of(&any(args, 0)).unix());
        Ok(told(&Time::now(), duration_text(past.saturating_mul(SECOND))))
    }),
    Function::new("duration", &[Any], |_, args| {
        let seconds = match &any(args, 0).data {
            Data::Str(text) => parse_int(text.as_str(), 10).unwrap_or(0),
            // A plain `int` is neither of the types that sprig looks for.
            Data::Int64(seconds) => *seconds,
            _ => 0,
        };
        Ok(made_of(&any(args, 0), duration_text(seconds.saturating_mul(SECOND))))
    }),
    Function::new("durationRound", &[Any], |_, args| {
        let given = any(args, 0);
        if let Some(time) = as_time(&given) {
            let past = Time::now().unix().saturating_sub(time.unix());
            return Ok(told(&Time::now(), rounded(past.saturating_mul(SECOND))));
        }
        let duration = given.as_str().map_or(0, |text| parse_duration(text).unwrap_or(0));
        Ok(made_of(&given, rounded(duration)))
    }),
];

/// Nanoseconds.
const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// `time.Time` as templates hold it.
#[derive(Debug)]
struct TimeObject(Time);

fn time_value(time: Time) -> Value {
    Data::Object(Rc::new(TimeObject(time))).into()
}

fn as_time(value: &Value) -> Option<Time> {
    match &value.data {
        Data::Object(object) => object.as_any().downcast_ref::<TimeObject>().map(|time| time.0.clone()),
        _ => None,
    }
}

/// A time, seconds since 1970, or else now.
fn time_of(value: &Value) -> Time {
    match &value.data {
        Data::Int(seconds) | Data::Int64(seconds) => Time::from_unix(*seconds),
        _ => as_time(value).unwrap_or_else(Time::now),
    }
}

/// Text made of a time.
fn told(time: &Time, text: String) -> Value {
    Value::traced(Traced::made(text, Made { value: None, known: time.known }))
}

fn date_in_zone(_: &mut dyn Context, args: &[Value]) -> Answer {
    Ok(formatted(args, text(args, 0), &any(args, 1), text(args, 2)))
}

/// A zone that nobody knows is UTC.
fn formatted(args: &[Value], layout: &str, date: &Value, zone: &str) -> Value {
    let time = time_of(date).within(zone);
    let known = time.known;
    let all = known_of(args);
    Value::traced(Traced::made(time.format(layout), Made { known: known && all.known, ..all }))
}

fn modified(args: &[Value]) -> Result<Value, String> {
    let duration = parse_duration(text(args, 0))?;
    Ok(time_value(time_of(&any(args, 1)).plus(duration)))
}

/// `time.ParseDuration`, in nanoseconds.
fn parse_duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", fmt::quote(text));
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0i64;
    while !rest.is_empty() {
        let number_len = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (number, after) = rest.split_at(number_len);
        if number.trim_matches('.').is_empty() || number.matches('.').count() > 1 {
            return Err(invalid());
        }
        let unit_len = after.bytes().take_while(|byte| *byte != b'.' && !byte.is_ascii_digit()).count();
        let (unit, after) = after.split_at(unit_len);
        let scale = match unit {
            "" => return Err(format!("time: missing unit in duration {}", fmt::quote(text))),
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND,
            "m" => MINUTE,
            "h" => HOUR,
            unit => {
                return Err(format!("time: unknown unit {} in duration {}", fmt::quote(unit), fmt::quote(text)));
            }
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        let part = if fraction.is_empty() { 0.0 } else { format!("0.{fraction}").parse().unwrap_or(0.0) };
        let part = (part * scale as f64) as i64;
        total = whole
            .checked_mul(scale)
            .and_then(|whole| whole.checked_add(part))
            .and_then(|whole| total.checked_add(whole))
            .ok_or_else(invalid)?;
        rest = after;
    }
    Ok(if negative { -total } else { total })
}

/// `time.Duration.String`.
fn duration_text(nanoseconds: i64) -> String {
    let decimals = |value: u64, unit: u64| {
        let fraction = format!(".{:0width$}", value % unit, width = unit.ilog10() as usize);
        format!("{}{}", value / unit, fraction.trim_end_matches('0').trim_end_matches('.'))
    };
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let value = nanoseconds.unsigned_abs();
    let text = match value {
        0 => return "0s".to_owned(),
        1..1_000 => format!("{value}ns"),
        1_000..1_000_000 => format!("{}µs", decimals(value, 1_000)),
        1_000_000..1_000_000_000 => format!("{}ms", decimals(value, 1_000_000)),
        _ => {
            let (hour, minute) = (HOUR as u64, MINUTE as u64);
            let seconds = decimals(value % minute, SECOND as u64);
            match (value / hour, value % hour / minute) {
                (0, 0) => format!("{seconds}s"),
                (0, minutes) => format!("{minutes}m{seconds}s"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
            }
        }
    };
    format!("{sign}{text}")
}

/// The largest unit that a duration exceeds, and how many of it.
fn rounded(nanoseconds: i64) -> String {
    const UNITS: [(i64, &str); 7] = [
        (365 * 24 * HOUR, "y"),
        (30 * 24 * HOUR, "mo"),
        (24 * HOUR, "d"),
        (HOUR, "h"),
        (MINUTE, "m"),
        (SECOND, "s"),
        (0, ""),
    ];
    let value = nanoseconds.unsigned_abs();
    match UNITS.iter().find(|(unit, _)| value > unit.unsigned_abs()) {
        Some((unit @ 1.., name)) => format!("{}{name}", value / unit.unsigned_abs()),
        _ => "0s".to_owned(),
    }
}

impl Object for TimeObject {
    fn type_name(&self) -> &'static str {
        "time.Time"
    }

    fn method(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let time = &self.0;
        let civil = time.civil();
        let other = || args.first().and_then(as_time).unwrap_or_else(Time::zero);
        let order = || time.since(&other()).cmp(&0);
        let named = |type_name, number: i8, text: &str| {
            let (number, text, known) = (i64::from(number), text.to_owned(), time.known);
            Data::Object(Rc::new(Named { type_name, number, text, known })).into()
        };
        Some(Ok(match name {
            "Format" => told(time, time.format(text(args, 0))),
            "String" => told(time, time.display()),
            "Unix" => Value::int64(time.unix()),
            "UnixMilli" => Value::int64(time.unix().saturating_mul(1000) + time.nanosecond() / 1_000_000),
            "UnixMicro" => Value::int64(time.unix().saturating_mul(1_000_000) + time.nanosecond() / 1000),
            "UnixNano" => Value::int64(time.unix().saturating_mul(SECOND).saturating_add(time.nanosecond())),
            "Year" => Value::int(i64::from(civil.year())),
            "Month" => named("time.Month", civil.month(), time.month_name()),
            "Day" => Value::int(i64::from(civil.day())),
            "Weekday" => named("time.Weekday", civil.date().weekday().to_sunday_zero_offset(), time.weekday_name()),
            "YearDay" => Value::int(i64::from(civil.date().day_of_year())),
            "Hour" => Value::int(i64::from(civil.hour())),
            "Minute" => Value::int(i64::from(civil.minute())),
            "Second" => Value::int(i64::from(civil.second())),
            "Nanosecond" => Value::int(time.nanosecond()),
            "UTC" | "Local" => time_value(time.utc()),
            "IsZero" => Value::bool(time.unix() == Time::zero().unix()),
            // Where charts are rendered there is no summer time, nor does a layout know of one.
            "IsDST" => Value::bool(false),
            "AddDate" => {
                let number = |at: usize| int(args, at);
                time_value(time.plus_date(number(0), number(1), number(2)))
            }
            "Add" => time_value(time.plus(int(args, 0))),
            "Sub" => duration_value(time.since(&other()), time.known && other().known),
            "Before" => Value::bool(order().is_lt()),
            "After" => Value::bool(order().is_gt()),
            "Equal" => Value::bool(order().is_eq()),
            "Compare" => Value::int(order() as i64),
            _ => return None,
        }))
    }

    fn params(&self, method: &str) -> Option<&'static [Param]> {
        Some(match method {
            "Format" => &[Str],
            "AddDate" => &[Param::Int, Param::Int, Param::Int],
            "Add" => &[Param::Int],
            "Sub" | "Before" | "After" | "Equal" | "Compare" => &[When],
            _ => &[],
        })
    }

    fn display(&self) -> String {
        self.0.display()
    }

    fn encoded(&self) -> Encoded {
        Encoded::Time(self.0.format("2006-01-02T15:04:05.999999999Z07:00"))
    }

    fn known(&self) -> bool {
        self.0.known
    }

    fn as_any(&self) -> &dyn StdAny {
        self
    }
}

/// A number of a type of its own, which prints as a word: `time.Month`, `time.Weekday`, `time.Duration`.
#[derive(Debug)]
struct Named {
    type_name: &'static str,
    number: i64,
    text: String,
    known: bool,
}

const DURATION: &str = "time.Duration";

fn duration_value(nanoseconds: i64, known: bool) -> Value {
    let named = Named { type_name: DURATION, number: nanoseconds, text: duration_text(nanoseconds), known };
    Data::Object(Rc::new(named)).into()
}

impl Object for Named {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn method(&self, name: &str, _: &[Value]) -> Option<Result<Value, String>> {
        let in_units = |unit: i64| Value::float(self.number as f64 / unit as f64);
        Some(Ok(match name {
            "String" => Value::traced(Traced::made(self.text.clone(), Made { value: None, known: self.known })),
            _ if self.type_name != DURATION => return None,
            "Hours" => in_units(HOUR),
            "Minutes" => in_units(MINUTE),
            "Seconds" => in_units(SECOND),
            "Milliseconds" => Value::int64(self.number / 1_000_000),
            "Microseconds" => Value::int64(self.number / 1000),
            "Nanoseconds" => Value::int64(self.number),
            "Abs" => duration_value(self.number.saturating_abs(), self.known),
            _ => return None,
        }))
    }

    fn params(&self, _: &str) -> Option<&'static [Param]> {
        Some(&[])
    }

    fn display(&self) -> String {
        self.text.clone()
    }

    fn number(&self) -> Option<i64> {
        Some(self.number)
    }

    fn encoded(&self) -> Encoded {
        Encoded::Number(self.number)
    }

    fn kind(&self) -> &'static str {
        if self.type_name == DURATION { "int64" } else { "int" }
    }

    fn known(&self) -> bool {
        self.known
    }

    fn as_any(&self) -> &dyn StdAny {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, error, strs, value};
    use super::*;

    fn day() -> Value {
        value("toDate", &strs(&["2006-01-02 15:04", "2022-07-09 13:14"]))
    }

    #[test]
    fn dates() {
        let s = Value::str;
        let cases: &[(&str, &[Value], &str)] = &[
            ("date", &[s("02.01.06 03:04 PM"), day()], "09.07.22 01:14 PM"),
            ("date", &[s("2006"), Value::int(0)], "1970"),
            ("dateInZone", &[s("15:04 MST"), day(), s("UTC")], "13:14 UTC"),
            ("htmlDate", &[day()], "2022-07-09"),
            ("htmlDateInZone", &[Value::int64(86_400), s("")], "1970-01-02"),
            ("dateModify", &[s("-1h30m"), day()], "2022-07-09 11:44:00 +0000 UTC"),
            ("dateModify", &[s("tomorrow"), day()], "2022-07-09 13:14:00 +0000 UTC"),
            ("unixEpoch", &[day()], "1657372440"),
            ("toDate", &[s("2006"), s("x")], "0001-01-01 00:00:00 +0000 UTC"),
            ("duration", &[s("3725")], "1h2m5s"),
            ("duration", &[Value::int64(61)], "1m1s"),
            ("duration", &[Value::int(61)], "0s"),
            ("durationRound", &[s("1h59m")], "1h"),
            ("durationRound", &[s("-800h")], "1mo"),
            ("durationRound", &[s("1s")], "0s"),
            ("durationRound", &[s("1500ms")], "1s"),
        ];
        for (name, args, expected) in cases {
            assert_eq!(call(name, args), *expected, "{name}");
        }
    }

    #[test]
    fn the_clock_is_unknown() {
        let now = value("now", &[]);
        assert!(!now.made().known);
        let Data::Str(year) = value("date", &[Value::str("2006"), now]).data else { panic!() };
        assert!(!year.summary().known);
        let Data::Str(year) = value("date", &[Value::str("2006"), day()]).data else { panic!() };
        assert!(year.summary().known);
    }

    #[test]
    fn durations() {
        let cases = [
            ("1.5h", "1h30m0s"),
            ("90s", "1m30s"),
            ("250ms", "250ms"),
            ("1500us", "1.5ms"),
            ("7ns", "7ns"),
            ("-2m.5s", "-2m0.5s"),
            ("0", "0s"),
        ];
        for (text, expected) in cases {
            assert_eq!(duration_text(parse_duration(text).unwrap()), expected, "{text}");
        }
        let faults = [
            ("1y", "time: unknown unit \"y\" in duration \"1y\""),
            ("15", "time: missing unit in duration \"15\""),
            ("soon", "time: invalid duration \"soon\""),
            ("", "time: invalid duration \"\""),
        ];
        for (text, expected) in faults {
            assert_eq!(error("mustDateModify", &[Value::str(text), day()]), expected);
        }
    }
}
