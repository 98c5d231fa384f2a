//! URLs, as Go's `net/url` reads and writes them. All are opaque.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Param::{Map, Str};
use super::args::{any, made_of, map, text};
use super::{Answer, CallError, Context, Function};
use crate::template::fmt;
use crate::template::traced::{Made, Traced};
use crate::template::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("urlParse", &[Str], url_parse),
    Function::new("urlJoin", &[Map], url_join),
    // Helm looks up no names unless told to.
    Function::new("getHostByName", &[Str], |_, args| Ok(made_of(&any(args, 0), ""))),
];

/// `url.URL`, decoded as Go decodes it.
#[derive(Default, Debug)]
struct Url {
    scheme: String,
    opaque: String,
    user: Option<(String, Option<String>)>,
    host: String,
    path: String,
    query: String,
    fragment: String,
}

/// Where a text stands, which decides what is escaped there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    User,
    Host,
    Query,
    Fragment,
}

/// `url.QueryEscape`.
pub(super) fn query_escape(text: &str) -> String {
    escape(text, Part::Query)
}

fn stays(byte: u8, part: Part) -> bool {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => true,
        _ if part == Part::Host => b"!$&'()*+,;=:[]<>\"".contains(&byte),
        b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'?' | b'@' => match part {
            Part::Path => byte != b'?',
            Part::User => !b"@/?:".contains(&byte),
            Part::Fragment => true,
            Part::Query | Part::Host => false,
        },
        b'!' | b'(' | b')' | b'*' => part == Part::Fragment,
        _ => false,
    }
}

fn escape(text: &str, part: Part) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' if part == Part::Query => out.push('+'),
            byte if stays(byte, part) => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn unescape(text: &str, part: Part) -> Result<String, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '%' {
            let code = rest.get(1..3).filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
            let code = code.and_then(|code| u8::from_str_radix(code, 16).ok());
            match code {
                Some(byte) if part != Part::Host || !byte.is_ascii() || byte == b'%' => out.push(byte),
                Some(_) | None => {
                    let shown: String = rest.chars().take(3).collect();
                    return Err(format!("invalid URL escape {}", fmt::quote(&shown)));
                }
            }
            rest = &rest[3..];
            continue;
        }
        if part == Part::Host && c.is_ascii() && !stays(c as u8, part) {
            return Err(format!("invalid character {} in host name", fmt::quote(c.encode_utf8(&mut [0; 4]))));
        }
        out.extend(c.encode_utf8(&mut [0; 4]).bytes());
        rest = &rest[c.len_utf8()..];
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// `url.Parse`; the error is Go's, with `parse "…": ` in front.
fn parse(raw: &str) -> Result<Url, String> {
    let (text, fragment) = raw.split_once('#').unwrap_or((raw, ""));
    let mut url = parse_parts(text).map_err(|why| format!("parse {}: {why}", fmt::quote(text)))?;
    url.fragment = unescape(fragment, Part::Fragment).map_err(|why| format!("parse {}: {why}", fmt::quote(raw)))?;
    Ok(url)
}

fn parse_parts(text: &str) -> Result<Url, String> {
    let mut url = Url::default();
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let (scheme, rest) = split_scheme(text)?;
    url.scheme = scheme.to_ascii_lowercase();
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    url.query = query.to_owned();
    if !rest.starts_with('/') {
        if !scheme.is_empty() {
            url.opaque = rest.to_owned();
            return Ok(url);
        }
        if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    let mut path = rest;
    if let Some(after) = rest.strip_prefix("//")
        && (!scheme.is_empty() || !after.starts_with('/'))
    {
        let slash = after.find('/').unwrap_or(after.len());
        (url.user, url.host) = authority(&after[..slash])?;
        path = &after[slash..];
    }
    url.path = unescape(path, Part::Path)?;
    Ok(url)
}

fn split_scheme(text: &str) -> Result<(&str, &str), String> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let len = text.bytes().take_while(|&byte| word(byte)).count();
    match text.as_bytes().get(len) {
        Some(b':') if len == 0 => Err("missing protocol scheme".to_owned()),
        Some(b':') if text.as_bytes()[0].is_ascii_alphabetic() => Ok((&text[..len], &text[len + 1..])),
        _ => Ok(("", text)),
    }
}

type User = Option<(String, Option<String>)>;

fn authority(text: &str) -> Result<(User, String), String> {
    let (user, host) = match text.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, text),
    };
    let host = parse_host(host)?;
    let Some(user) = user else { return Ok((None, host)) };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c);
    if !user.chars().all(allowed) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let user = match user.split_once(':') {
        Some((name, password)) => (unescape(name, Part::User)?, Some(unescape(password, Part::User)?)),
        None => (unescape(user, Part::User)?, None),
    };
    Ok((Some(user), host))
}

fn parse_host(text: &str) -> Result<String, String> {
    let port = if text.starts_with('[') {
        let Some(close) = text.rfind(']') else { return Err("missing ']' in host".to_owned()) };
        &text[close + 1..]
    } else {
        text.rfind(':').map_or("", |colon| &text[colon..])
    };
    let digits = port.strip_prefix(':');
    if !port.is_empty() && !digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(format!("invalid port {} after host", fmt::quote(port)));
    }
    unescape(text, Part::Host)
}

impl Url {
    /// The host without its port and without brackets.
    fn hostname(&self) -> &str {
        let bracketed = self.host.strip_prefix('[').and_then(|host| host.split_once(']'));
        match (bracketed, self.host.rsplit_once(':')) {
            (Some((host, _)), _) | (None, Some((host, _))) => host,
            (None, None) => &self.host,
        }
    }

    fn userinfo(&self) -> String {
        match &self.user {
            None => String::new(),
            Some((name, None)) => escape(name, Part::User),
            Some((name, Some(password))) => {
                format!("{}:{}", escape(name, Part::User), escape(password, Part::User))
            }
        }
    }

    fn text(&self) -> String {
        let mut out = String::new();
        if !self.scheme.is_empty() {
            out.push_str(&self.scheme);
            out.push(':');
        }
        if !self.opaque.is_empty() {
            out.push_str(&self.opaque);
        } else {
            let here = !self.host.is_empty() || self.user.is_some();
            if here || (!self.scheme.is_empty() && !self.path.is_empty()) {
                out.push_str("//");
            }
            if self.user.is_some() {
                out.push_str(&self.userinfo());
                out.push('@');
            }
            out.push_str(&escape(&self.host, Part::Host));
            let path = if self.path == "*" { "*".to_owned() } else { escape(&self.path, Part::Path) };
            if !path.is_empty() && !path.starts_with('/') && !self.host.is_empty() {
                out.push('/');
            }
            if out.is_empty() && path.split('/').next().is_some_and(|segment| segment.contains(':')) {
                out.push_str("./");
            }
            out.push_str(&path);
        }
        if !self.query.is_empty() {
            out.push('?');
            out.push_str(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push('#');
            out.push_str(&escape(&self.fragment, Part::Fragment));
        }
        out
    }
}

fn url_parse(_: &mut dyn Context, args: &[Value]) -> Answer {
    let given = any(args, 0);
    let url = parse(text(args, 0)).map_err(|why| CallError::Error(format!("unable to parse url: {why}")))?;
    let parts = [
        ("fragment", url.fragment.clone()),
        ("host", url.host.clone()),
        ("hostname", url.hostname().to_owned()),
        ("opaque", url.opaque.clone()),
        ("path", url.path.clone()),
        ("query", url.query.clone()),
        ("scheme", url.scheme.clone()),
        ("userinfo", url.userinfo()),
    ];
    let entries: BTreeMap<Rc<str>, Value> =
        parts.into_iter().map(|(key, part)| (key.into(), made_of(&given, part))).collect();
    Ok(Value::map(entries))
}

fn url_join(_: &mut dyn Context, args: &[Value]) -> Answer {
    let parts = map(args, 0);
    let mut known = true;
    let mut part = |key: &str| -> Result<String, CallError> {
        let Some(value) = parts.as_ref().and_then(|parts| parts.get(key)) else { return Ok(String::new()) };
        known &= value.made().known;
        match value.as_str() {
            Some(text) => Ok(text.to_owned()),
            None if value.is_nil() => Err(super::args::nil_pointer()),
            None => {
                let kind = fmt::kind_name(&value);
                let message = format!("unable to parse {key} key, must be of type string, but {kind} found");
                Err(CallError::Error(message))
            }
        }
    };
    let mut url = Url {
        scheme: part("scheme")?,
        host: part("host")?,
        path: part("path")?,
        query: part("query")?,
        opaque: part("opaque")?,
        fragment: part("fragment")?,
        user: None,
    };
    let user = part("userinfo")?;
    if !user.is_empty() {
        let stand_in = parse(&format!("proto://{user}@host"))
            .map_err(|why| CallError::Error(format!("unable to parse userinfo in dict: {why}")))?;
        url.user = stand_in.user;
    }
    Ok(Value::traced(Traced::made(url.text(), Made { value: None, known })))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, error, strs};
    use super::*;

    #[test]
    fn parts() {
        let cases = [
            (
                "https://me:a%40b@example.test:8443/x%20y/z?k=v&k=w#top",
                "map[fragment:top host:example.test:8443 hostname:example.test opaque: path:/x y/z query:k=v&k=w \
                 scheme:https userinfo:me:a%40b]",
            ),
            (
                "HTTP://[fe80::1]:9000",
                "map[fragment: host:[fe80::1]:9000 hostname:fe80::1 opaque: path: query: scheme:http userinfo:]",
            ),
            ("a/b?c", "map[fragment: host: hostname: opaque: path:a/b query:c scheme: userinfo:]"),
            ("tel:123", "map[fragment: host: hostname: opaque:123 path: query: scheme:tel userinfo:]"),
        ];
        for (url, expected) in cases {
            assert_eq!(call("urlParse", &strs(&[url])), expected, "{url}");
        }
    }

    #[test]
    fn faults() {
        let cases = [
            ("http://[::", "parse \"http://[::\": missing ']' in host"),
            (":a", "parse \":a\": missing protocol scheme"),
            ("http://h:p1/", "parse \"http://h:p1/\": invalid port \":p1\" after host"),
            ("/%zz", "parse \"/%zz\": invalid URL escape \"%zz\""),
            ("1:2/x", "parse \"1:2/x\": first path segment in URL cannot contain colon"),
            ("http://a b/", "parse \"http://a b/\": invalid character \" \" in host name"),
        ];
        for (url, expected) in cases {
            assert_eq!(error("urlParse", &strs(&[url])), format!("unable to parse url: {expected}"));
        }
    }

    #[test]
    fn joining() {
        let of = |pairs: &[(&str, &str)]| {
            Value::map(pairs.iter().map(|(key, text)| (Rc::from(*key), Value::str(*text))).collect())
        };
        let cases: &[(&[(&str, &str)], &str)] = &[
            (&[("scheme", "ftp"), ("host", "h"), ("path", "a b"), ("userinfo", "u:p")], "ftp://u:p@h/a%20b"),
            (&[("host", "h"), ("query", "q"), ("fragment", "f g")], "//h?q#f%20g"),
            (&[("path", "a:b/c")], "./a:b/c"),
            (&[("scheme", "file"), ("path", "/x")], "file:///x"),
            (&[], ""),
        ];
        for (pairs, expected) in cases {
            assert_eq!(call("urlJoin", &[of(pairs)]), *expected);
        }
        let wrong = Value::map(BTreeMap::from([("path".into(), Value::bool(true))]));
        assert_eq!(error("urlJoin", &[wrong]), "unable to parse path key, must be of type string, but bool found");
    }
}
