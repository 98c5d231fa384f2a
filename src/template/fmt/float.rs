//! Floating point numbers as Go's `strconv.FormatFloat` writes them.

/// Significant decimal digits without trailing zeros, and where the point stands: 0.d₁d₂… × 10^`point`.
struct Digits {
    digits: Vec<u8>,
    point: i32,
}

/// Digits of the magnitude of `value`: the fewest that round-trip, or `count` of them.
fn digits(value: f64, count: Option<usize>) -> Digits {
    let value = value.abs();
    let text = match count {
        None => format!("{value:e}"),
        Some(count) => format!("{value:.*e}", count.saturating_sub(1)),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    let point = if digits.is_empty() { 0 } else { exponent.parse::<i32>().unwrap_or(0) + 1 };
    Digits { digits, point }
}

/// As `%v` prints a `float64`: shortest form, with an exponent when it is below -4 or above 5.
pub fn shortest(value: f64) -> String {
    format(value, 'g', None)
}

/// One of the verbs `e E f F g G x X b`; without a precision, the fewest digits that round-trip.
pub fn format(value: f64, verb: char, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value.is_infinite() {
        return if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() };
    }
    let text = match verb {
        'e' | 'E' => {
            let found = digits(value, precision.map(|p| p + 1));
            let after = precision.unwrap_or(found.digits.len().saturating_sub(1));
            exponent_form(&found, after)
        }
        'f' | 'F' => match precision {
            Some(precision) => format!("{:.*}", precision, value.abs()),
            None => point_form(&digits(value, None)),
        },
        'x' | 'X' => hexadecimal(value.abs(), precision),
        'b' => binary(value.abs()),
        _ => general(value, precision),
    };
    let text = if verb.is_ascii_uppercase() && verb != 'F' { text.to_uppercase() } else { text };
    format!("{sign}{text}")
}

fn general(value: f64, precision: Option<usize>) -> String {
    let wanted = precision.map(|p| p.max(1));
    let found = digits(value, wanted);
    let count = found.digits.len() as i32;
    let limit = match wanted {
        None => 6,
        Some(wanted) if wanted as i32 > count && count >= found.point => count,
        Some(wanted) => wanted as i32,
    };
    let exponent = found.point - 1;
    if !found.digits.is_empty() && (exponent < -4 || exponent >= limit) {
        exponent_form(&found, (count - 1).max(0) as usize)
    } else {
        point_form(&found)
    }
}

/// `d.ddde±dd` with `after` digits after the point.
fn exponent_form(found: &Digits, after: usize) -> String {
    let mut out = String::new();
    out.push(found.digits.first().map_or('0', |&d| d as char));
    if after > 0 {
        out.push('.');
        let rest = found.digits.get(1..).unwrap_or_default();
        out.extend((0..after).map(|i| rest.get(i).map_or('0', |&d| d as char)));
    }
    let exponent = if found.digits.is_empty() { 0 } else { found.point - 1 };
    let sign = if exponent < 0 { '-' } else { '+' };
    out.push_str(&format!("e{sign}{:02}", exponent.abs()));
    out
}

/// Plain decimals, no more digits than there are.
fn point_form(found: &Digits) -> String {
    let point = found.point.max(0) as usize;
    let mut out: String = (0..point).map(|i| found.digits.get(i).map_or('0', |&d| d as char)).collect();
    if out.is_empty() {
        out.push('0');
    }
    let after = found.digits.len() as i32 - found.point;
    if after > 0 && !found.digits.is_empty() {
        out.push('.');
        let at = |i: i32| usize::try_from(i).ok().and_then(|i| found.digits.get(i)).map_or('0', |&d| d as char);
        out.extend((found.point..found.point + after).map(at));
    }
    out
}

/// The 53-bit mantissa and the exponent of two that it is scaled by.
fn parts(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    let mantissa = bits & ((1 << 52) - 1);
    if exponent == 0 { (mantissa, -1074) } else { (mantissa | (1 << 52), exponent - 1075) }
}

fn binary(value: f64) -> String {
    let (mantissa, exponent) = parts(value);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}p{sign}{}", exponent.abs())
}

fn hexadecimal(value: f64, precision: Option<usize>) -> String {
    let (mut mantissa, mut exponent) = parts(value);
    if mantissa == 0 {
        exponent = 0;
    } else {
        while mantissa & (1 << 60) == 0 {
            mantissa <<= 1;
            exponent -= 1;
        }
        exponent += 60;
    }
    if let Some(precision) = precision
        && precision < 15
        && mantissa != 0
    {
        let shift = 60 - 4 * precision as u32;
        let rest = mantissa & ((1 << shift) - 1);
        let half = 1u64 << (shift - 1);
        mantissa >>= shift;
        if rest > half || (rest == half && mantissa & 1 == 1) {
            mantissa += 1;
        }
        mantissa <<= shift;
        if mantissa & (1 << 61) != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let fraction = format!("{:015x}", mantissa & ((1 << 60) - 1));
    let fraction = match precision {
        None => fraction.trim_end_matches('0').to_owned(),
        Some(precision) => format!("{fraction:0<precision$}")[..precision].to_owned(),
    };
    let point = if fraction.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("0x{}{point}{fraction}p{sign}{:02}", mantissa >> 60, exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortest_form_takes_an_exponent_from_a_million() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (999_999.0, "999999"),
            (1_000_000.0, "1e+06"),
            (1_234_567.0, "1.234567e+06"),
            (100_000.5, "100000.5"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (2.0, "2"),
            (-2.5, "-2.5"),
            (1.8446744073709552e19, "1.8446744073709552e+19"),
            (f64::INFINITY, "+Inf"),
        ];
        for (value, expected) in cases {
            assert_eq!(shortest(value), expected);
        }
    }

    #[test]
    fn verbs_round_as_go_does() {
        let cases = [
            (2.5, 'f', Some(0), "2"),
            (0.25, 'f', Some(1), "0.2"),
            (1.005, 'f', Some(2), "1.00"),
            (9876.54321, 'e', Some(3), "9.877e+03"),
            (0.0, 'e', Some(2), "0.00e+00"),
            (4321.9876, 'g', Some(2), "4.3e+03"),
            (100.0, 'g', Some(3), "100"),
            (0.0000000001, 'G', None, "1E-10"),
            (0.75, 'x', None, "0x1.8p-01"),
            (1.0, 'X', Some(2), "0X1.00P+00"),
            (1.0, 'b', None, "4503599627370496p-52"),
        ];
        for (value, verb, precision, expected) in cases {
            assert_eq!(format(value, verb, precision), expected, "%{verb} of {value}");
        }
    }
}
