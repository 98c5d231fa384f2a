//! Bytes that are no text. Go's strings hold any bytes, ours are UTF-8: a byte that is none is kept as a character at
//! the end of the last private plane, and becomes the byte again where bytes are asked for.

use std::borrow::Cow;

/// The character of byte 0.
const FIRST: u32 = 0x10_ff00;

fn character(byte: u8) -> char {
    char::from_u32(FIRST + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The byte that a character stands for.
pub fn byte(c: char) -> Option<u8> {
    (u32::from(c)).checked_sub(FIRST).and_then(|byte| u8::try_from(byte).ok()).filter(|byte| *byte >= 0x80)
}

/// Bytes as text that loses none of them.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|byte| character(*byte)));
    }
    Cow::Owned(out)
}

/// The bytes that Go would hold.
pub fn of(text: &str) -> Cow<'_, [u8]> {
    if !has_some(text) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match byte(c) {
            Some(byte) => out.push(byte),
            None => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(out)
}

/// Whether any byte is no text.
pub fn has_some(text: &str) -> bool {
    text.as_bytes().contains(&0xf4) && text.chars().any(|c| byte(c).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back() {
        for bytes in [&b"abc"[..], "é日".as_bytes(), b"\xff", b"a\xc3", b"\x80\xe6\x97b"] {
            assert_eq!(of(&text(bytes)).as_ref(), bytes);
        }
        assert!(has_some(&text(b"a\xff")) && !has_some("\u{10ff7f}\u{10f000}"));
    }
}
