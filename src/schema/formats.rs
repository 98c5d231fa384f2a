//! What Kubernetes takes for a name, a label, a quantity, a schedule: the checks behind the schemas
//! (`k8s.io/apimachinery/pkg/util/validation`, `api/resource`; `robfig/cron` for schedules).
//!
//! Each answers what is wrong, or nothing.

/// Small letters, digits, `-` and `.`; parts between points begin and end with a letter or a digit; at most 253 bytes.
pub fn dns_subdomain(text: &str) -> Option<String> {
    too_long(text, 253).or_else(|| {
        let good = text.split('.').all(is_label_text);
        (!good).then(|| {
            "it must consist of small letters, digits, `-` and `.`, and begin and end with a letter or a digit".into()
        })
    })
}

/// Small letters, digits and `-`; begins and ends with a letter or a digit; at most 63 bytes.
pub fn dns_label(text: &str) -> Option<String> {
    too_long(text, 63).or_else(|| {
        (!is_label_text(text)).then(|| {
            "it must consist of small letters, digits and `-`, and begin and end with a letter or a digit".into()
        })
    })
}

/// As [`dns_label`], and begins with a letter: names of Services.
pub fn dns_1035_label(text: &str) -> Option<String> {
    dns_label(text).or_else(|| {
        (!text.starts_with(|c: char| c.is_ascii_lowercase())).then(|| "it must begin with a small letter".into())
    })
}

fn is_label_text(text: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let bytes = text.as_bytes();
    edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
}

/// Letters, digits, `-`, `_` and `.`; begins and ends with a letter or a digit; at most 63 bytes; may be empty.
pub fn label_value(text: &str) -> Option<String> {
    too_long(text, 63).or_else(|| {
        (!text.is_empty() && !is_name_part(text)).then(|| {
            "it must consist of letters, digits, `-`, `_` and `.`, and begin and end with a letter or a digit".into()
        })
    })
}

/// A label's key: a name as of [`label_value`] that is not empty, perhaps behind a domain and a slash.
pub fn qualified_name(text: &str) -> Option<String> {
    let (prefix, name) = text.split_once('/').map_or((None, text), |(prefix, name)| (Some(prefix), name));
    if let Some(fault) = prefix.and_then(dns_subdomain) {
        return Some(format!("the part before the slash: {fault}"));
    }
    if name.is_empty() {
        return Some("its name is empty".into());
    }
    label_value(name)
}

fn is_name_part(text: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

fn too_long(text: &str, limit: usize) -> Option<String> {
    (text.len() > limit).then(|| format!("it has {} characters; at most {limit} are allowed", text.len()))
}

/// The name of a container's port: at most 15 small letters, digits and `-`, with a letter, without `--`.
pub fn port_name(text: &str) -> Option<String> {
    too_long(text, 15).or_else(|| {
        let good = is_label_text(text) && !text.contains("--") && text.bytes().any(|byte| byte.is_ascii_lowercase());
        (!good).then(|| {
            "it must consist of small letters, digits and single `-` between them, with at least one letter".into()
        })
    })
}

/// The name of an environment variable, as kubelets before 1.30 want it.
pub fn env_name(text: &str) -> Option<String> {
    let start = |c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '.' | '_');
    let good = text.starts_with(start) && text.chars().all(|c| start(c) || c.is_ascii_digit());
    (!good).then(|| "it must consist of letters, digits, `_`, `-` and `.`, and not begin with a digit".into())
}

/// `500m`, `1.5Gi`, `1e3`: a number and a suffix.
pub fn quantity(text: &str) -> Option<String> {
    const SUFFIXES: [&str; 16] = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    let number = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
    let (number, suffix) = number.split_at(end);
    let exponent = suffix.strip_prefix(['e', 'E']).map(|digits| digits.strip_prefix(['+', '-']).unwrap_or(digits));
    let exponent = exponent.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    let numeric = number.bytes().any(|byte| byte.is_ascii_digit()) && number.matches('.').count() <= 1;
    if !numeric {
        return Some("a quantity is a number with a suffix, as in `500m` or `1Gi`".into());
    }
    (!exponent && !SUFFIXES.contains(&suffix)).then(|| format!("`{suffix}` is no suffix of quantities"))
}

/// How much a quantity is, near enough to compare two of them; `None` for what is none.
pub fn amount(text: &str) -> Option<f64> {
    if quantity(text).is_some() {
        return None;
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && !"+-.".contains(c)).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let powers = [("k", 1), ("M", 2), ("G", 3), ("T", 4), ("P", 5), ("E", 6), ("m", -1), ("u", -2), ("n", -3)];
    let factor = match suffix.strip_suffix('i') {
        Some(binary) => {
            let power = powers.iter().find(|(name, _)| name.eq_ignore_ascii_case(binary) && *name != "m")?;
            1024f64.powi(power.1)
        }
        None => match powers.iter().find(|(name, _)| *name == suffix) {
            Some((_, power)) => 1000f64.powi(*power),
            None => return text.parse().ok(),
        },
    };
    Some(number.parse::<f64>().ok()? * factor)
}

/// The name of an image, with its tag or digest (`distribution/reference`).
pub fn image(text: &str) -> Option<String> {
    if text.contains(char::is_whitespace) {
        return Some("there is a blank in it".to_owned());
    }
    let (named, digest) = text.split_once('@').map_or((text, None), |(named, digest)| (named, Some(digest)));
    let base = named.rfind('/').map_or(0, |at| at + 1);
    let (name, tag) = match named[base..].split_once(':') {
        Some((last, tag)) => (&named[..base + last.len()], Some(tag)),
        None => (named, None),
    };
    let word = |text: &str, more: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    match (tag, digest) {
        (Some(""), _) => return Some("no tag follows the `:`".to_owned()),
        (Some(tag), _) if tag.starts_with(['.', '-']) || tag.len() > 128 || !word(tag, "_.-") => {
            return Some(format!("`{tag}` is no tag"));
        }
        (_, Some(digest)) => {
            let hash = digest.split_once(':').filter(|(kind, _)| !kind.is_empty()).map(|(_, hash)| hash);
            if hash.is_none_or(|hash| hash.len() < 32 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit())) {
                return Some(format!("`{digest}` is no digest"));
            }
        }
        _ => {}
    }
    let parts: Vec<&str> = name.split('/').collect();
    if parts.contains(&"") {
        return Some(
            if name.is_empty() { "it has no name" } else { "a part before or behind a `/` is empty" }.to_owned(),
        );
    }
    let has_host = parts.len() > 1 && (parts[0] == "localhost" || parts[0].contains(['.', ':', '[']));
    if has_host {
        let (host, port) = parts[0].rsplit_once(':').unwrap_or((parts[0], ""));
        if !word(host, ".-:[]") || host.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(format!("`{}` is no host", parts[0]));
        }
    }
    // No name of Docker Hub has a dot in its first part.
    if parts.starts_with(&["docker.io", "docker.io"]) {
        return Some("the registry stands in it twice".to_owned());
    }
    let outer = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = |part: &&str| {
        part.starts_with(outer) && part.ends_with(outer) && part.chars().all(|c| outer(c) || "._-".contains(c))
    };
    let wrong = parts.iter().skip(usize::from(has_host)).find(|part| !good(part))?;
    Some(format!(
        "`{wrong}` must consist of small letters, digits, `.`, `_` and `-`, and begin and end with a letter or a digit"
    ))
}

/// A schedule of five fields, or `@daily` and its like, perhaps behind `CRON_TZ=…` (`robfig/cron`'s standard parser).
pub fn cron(text: &str) -> Option<String> {
    let mut text = text.trim();
    for zone in ["TZ=", "CRON_TZ="] {
        if let Some(rest) = text.strip_prefix(zone) {
            text = rest.split_once(' ').map_or("", |(_, rest)| rest).trim();
        }
    }
    if let Some(word) = text.strip_prefix('@') {
        let known = matches!(word, "yearly" | "annually" | "monthly" | "weekly" | "daily" | "midnight" | "hourly");
        return (!known && !word.starts_with("every ")).then(|| format!("`@{word}` is no schedule"));
    }
    const FIELDS: [(&str, u32, u32, &[&str]); 5] = [
        ("minute", 0, 59, &[]),
        ("hour", 0, 23, &[]),
        ("day of month", 1, 31, &[]),
        ("month", 1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
        ("day of week", 0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ];
    let parts: Vec<_> = text.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Some(format!("a schedule has 5 fields; this has {}", parts.len()));
    }
    parts.iter().zip(FIELDS).find_map(|(part, (name, low, high, names))| {
        let bad = part.split(',').find(|item| cron_item(item, low, high, names).is_none())?;
        Some(format!("`{bad}` is no {name} ({low} to {high})"))
    })
}

/// `*`, `5`, `1-5`, each perhaps with a step `/2`.
fn cron_item(item: &str, low: u32, high: u32, names: &[&str]) -> Option<()> {
    let number = |text: &str| -> Option<u32> {
        let lower = text.to_ascii_lowercase();
        if let Some(at) = names.iter().position(|name| *name == lower) {
            return Some(at as u32 + low);
        }
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
    };
    let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
    let (start, end) = match range.split_once('-') {
        _ if matches!(range, "*" | "?") => (low, high),
        Some((start, end)) => (number(start)?, number(end)?),
        None => (number(range)?, number(range)?),
    };
    if let Some(step) = step {
        number(step).filter(|step| *step > 0)?;
    }
    (start >= low && end <= high && start <= end).then_some(())
}

/// Standard base64 with padding.
pub fn base64(text: &str) -> Option<String> {
    use ::base64::Engine as _;
    // Go skips line breaks.
    let text: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    ::base64::engine::general_purpose::STANDARD.decode(text).err().map(|_| "it is no base64".into())
}

/// `2024-05-01T10:00:00Z`. Only what is no date at all is wrong here.
pub fn date_time(text: &str) -> Option<String> {
    let shape = "0000-00-00T00:00:00";
    let good = text.len() >= shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
            b'0' => byte.is_ascii_digit(),
            b'T' => matches!(byte, b'T' | b't' | b' '),
            _ => byte == wanted,
        });
    (!good).then(|| "it is no time as in `2024-05-01T10:00:00Z`".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: fn(&str) -> Option<String>, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(format(text), None, "{text}");
        }
        for text in bad {
            assert!(format(text).is_some(), "{text}");
        }
    }

    #[test]
    fn amounts() {
        for (less, more) in
            [("1500m", "2"), ("1Gi", "2e9"), ("1G", "1Gi"), ("512Mi", "1Gi"), ("-1", "1n"), ("1Ki", "1.1k")]
        {
            assert!(amount(less) < amount(more), "{less} {more}");
        }
        assert_eq!(amount("1"), amount("1000m"));
        assert_eq!(amount("1GB"), None);
    }

    #[test]
    fn names() {
        let (long, longer) = ("a".repeat(63), "a".repeat(64));
        check(dns_label, &["a", "a-1", "1a", &long], &["", "-a", "a-", "A", "a.b", "a_b", &longer]);
        check(dns_1035_label, &["a1"], &["1a", ""]);
        check(dns_subdomain, &["a.b-c.1", &longer], &["", "a..b", "a.-b", "a-", "A"]);
        check(label_value, &["", "a", "A_b.c-1", &long], &["_a", "a/b", "a b", "-", &longer]);
        check(qualified_name, &["a", "x.io/A_b"], &["", "x.io/", "/a", "X.io/a", "a/b/c", "a b"]);
        check(port_name, &["http", "p-1", "a"], &["", "1", "a--b", "-a", "A", "sixteen-letters-x"]);
        check(env_name, &["A_B", "a.b", "_1"], &["", "1A", "A B", "A=B"]);
    }

    #[test]
    fn images() {
        let digest = format!("demo@sha256:{}", "0a".repeat(32));
        let good = [
            "demo",
            "demo:1.0_a",
            "a/b/c__d.e:v1",
            "localhost:5000/a",
            "x.io/a-b:1",
            "x.io:80/a",
            "[::1]:80/a",
            &digest,
        ];
        let bad = [
            "",
            "demo:",
            "x.io//demo:1",
            "/demo:1",
            "demo/:1",
            "Demo:1",
            "a b:1",
            "demo:1:2",
            "demo:-1",
            "demo@sha256:1",
            "x.io:a/b",
            ":1",
        ];
        check(image, &good, &bad);
    }

    #[test]
    fn quantities() {
        let good = ["1", "0.5", "500m", "1Gi", "+1e3", "1E-3", ".5", "5.", "10E", "1n"];
        check(quantity, &good, &["", "Gi", "1GB", "512MiGi", "1 Gi", "1..2", "1e", "one"]);
    }

    #[test]
    fn schedules() {
        let good =
            ["0 18 * * *", "*/5 1-3,7 ? JAN mon-fri", "@daily", "@every 1h", "CRON_TZ=UTC 0 0 1 1 0", "0/2 0 1 1 6"];
        check(
            cron,
            &good,
            &["", "0 18 * *", "60 * * * *", "0 0 0 * *", "* * * * 7", "5-1 * * * *", "*/0 * * * *", "@x"],
        );
    }

    #[test]
    fn encodings() {
        check(date_time, &["2024-05-01T10:00:00Z", "2024-05-01t10:00:00.5+02:00"], &["", "2024-05-01", "now"]);
        check(base64, &["", "YQ==", "YWJj\n"], &["YQ", "a b", "é"]);
    }
}
