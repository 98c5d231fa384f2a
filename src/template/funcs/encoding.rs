//! Base 32 and 64, and checksums. All are opaque.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha512};

use super::Param::Str;
use super::args::{any, made_of, text};
use super::{Answer, Context, Function};
use crate::template::bytes;
use crate::template::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("b64enc", &[Str], |cx, args| changed(cx, args, |s| STANDARD.encode(bytes::of(s)))),
    Function::new("b64dec", &[Str], |cx, args| {
        changed(cx, args, |s| decoded(base64_bytes(s).map_err(|at| ("base64", at))))
    }),
    Function::new("b32enc", &[Str], |cx, args| changed(cx, args, base32_text)),
    Function::new("b32dec", &[Str], |cx, args| {
        changed(cx, args, |s| decoded(base32_bytes(s).map_err(|at| ("base32", at))))
    }),
    Function::new("sha1sum", &[Str], |cx, args| changed(cx, args, |s| hex(&Sha1::digest(s)))),
    Function::new("sha256sum", &[Str], |cx, args| changed(cx, args, |s| hex(&Sha256::digest(bytes::of(s))))),
    Function::new("sha512sum", &[Str], |cx, args| changed(cx, args, |s| hex(&Sha512::digest(bytes::of(s))))),
    Function::new("adler32sum", &[Str], |cx, args| changed(cx, args, |s| adler32(s).to_string())),
];

fn changed(cx: &mut dyn Context, args: &[Value], change: fn(&str) -> String) -> Answer {
    cx.spend(text(args, 0).len() / 64 + 1)?;
    Ok(made_of(&any(args, 0), change(text(args, 0))))
}

/// Sprig gives the message of a failure as the text.
fn decoded(result: Result<Vec<u8>, (&str, usize)>) -> String {
    match result {
        Ok(bytes) => bytes::text(&bytes).into_owned(),
        Err((name, at)) => format!("illegal {name} data at input byte {at}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// RFC 1950.
fn adler32(text: &str) -> u32 {
    let (low, high) = text.bytes().fold((1u32, 0u32), |(low, high), byte| {
        let low = (low + u32::from(byte)) % 65521;
        (low, (high + low) % 65521)
    });
    high << 16 | low
}

/// Line breaks are passed over; anything else that is not the alphabet's is an error at its offset, and so is padding
/// that is missing, early or followed by more. Errors are told as Go's decoders tell them.
pub(super) fn base64_bytes(text: &str) -> Result<Vec<u8>, usize> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let mut input = text.bytes().enumerate().filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    loop {
        let mut group = [0u8; 4];
        let mut count = 0;
        while count < 4 {
            let Some((at, byte)) = input.next() else {
                return if count == 0 { Ok(out) } else { Err(text.len() - count) };
            };
            if byte == b'=' && count >= 2 {
                if count == 2 {
                    match input.next() {
                        Some((_, b'=')) => {}
                        Some((at, _)) => return Err(at - 1),
                        None => return Err(text.len()),
                    }
                }
                if let Some((at, _)) = input.next() {
                    return Err(at);
                }
                out.push(group[0] << 2 | group[1] >> 4);
                if count == 3 {
                    out.push(group[1] << 4 | group[2] >> 2);
                }
                return Ok(out);
            }
            group[count] = value(byte).ok_or(at)?;
            count += 1;
        }
        out.extend([group[0] << 2 | group[1] >> 4, group[1] << 4 | group[2] >> 2, group[2] << 6 | group[3]]);
    }
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn base32_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len().div_ceil(5) * 8);
    for group in text.as_bytes().chunks(5) {
        let bits = (0..5).fold(0u64, |bits, i| bits << 8 | u64::from(group.get(i).copied().unwrap_or(0)));
        let digits = (group.len() * 8).div_ceil(5);
        let digit = |i: usize| BASE32[(bits >> (35 - 5 * i) & 31) as usize] as char;
        out.extend((0..8).map(|i| if i < digits { digit(i) } else { '=' }));
    }
    out
}

fn base32_bytes(text: &str) -> Result<Vec<u8>, usize> {
    let input: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let mut out = Vec::with_capacity(input.len() / 8 * 5);
    for (number, group) in input.chunks(8).enumerate() {
        let start = number * 8;
        let padding = group.iter().rev().take_while(|&&byte| byte == b'=').count();
        let digits = group.len() - padding;
        let mut bits = 0u64;
        for (i, &byte) in group[..digits].iter().enumerate() {
            let digit = BASE32.iter().position(|&b| b == byte).ok_or(start + i)?;
            bits |= (digit as u64) << (35 - 5 * i);
        }
        if group.len() < 8 {
            return Err(start + group.len());
        }
        let last = start + 8 == input.len();
        if padding > 0 && (!last || !matches!(padding, 1 | 3 | 4 | 6)) {
            return Err(start + digits);
        }
        out.extend((0..digits * 5 / 8).map(|i| (bits >> (32 - 8 * i)) as u8));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::testing::call;
    use super::*;

    #[test]
    fn encodings() {
        let cases = [
            ("b64enc", "ü>?", "w7w+Pw=="),
            ("b64dec", "w7w+\nPw==", "ü>?"),
            ("b64dec", "", ""),
            ("b64dec", "YWJ", "illegal base64 data at input byte 0"),
            ("b64dec", "YWJj!Q==", "illegal base64 data at input byte 4"),
            ("b64dec", "YQ==YQ==", "illegal base64 data at input byte 4"),
            ("b64dec", "Y===", "illegal base64 data at input byte 1"),
            ("b32enc", "kube", "NN2WEZI="),
            ("b32enc", "", ""),
            ("b32dec", "NN2WEZI=", "kube"),
            ("b32dec", "nn2wezi=", "illegal base32 data at input byte 0"),
        ];
        for (name, text, expected) in cases {
            assert_eq!(call(name, &[Value::str(text)]), expected, "{name} {text:?}");
        }
    }

    #[test]
    fn checksums() {
        let abc = [Value::str("abc")];
        assert_eq!(call("sha1sum", &abc), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(call("sha256sum", &abc), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(call("sha512sum", &abc).starts_with("ddaf35a193617aba"));
        assert_eq!(call("adler32sum", &abc), "38600999");
    }
}
