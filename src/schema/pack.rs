//! All schemas in one piece of bytes, as `build.rs` puts it into the binary; and back.
//!
//! The bytes are deflated. Inside stands a table of all strings, then everything else field by field: numbers as
//! LEB128, strings as their places in the table, nodes as distances back.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde_json::Value;

use super::node::{Additional, Deprecated, Graph, Kind, ListType, Node, Rule, SchemaId, Type, Version};

/// The bytes of a graph.
///
/// # Errors
/// None that a graph could cause: they come from the compressor.
pub fn pack(graph: &Graph) -> io::Result<Vec<u8>> {
    let mut packer = Packer::default();
    packer.number(graph.nodes.len() as u64);
    for (at, node) in graph.nodes.iter().enumerate() {
        packer.at = at as u32;
        node.put(&mut packer);
    }
    packer.at = graph.nodes.len() as u32;
    graph.folders.put(&mut packer);

    let mut table = Packer::default();
    table.number(packer.strings.len() as u64);
    for text in &packer.strings {
        table.number(text.len() as u64);
        table.out.extend(text.as_bytes());
    }
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&table.out)?;
    encoder.write_all(&packer.out)?;
    encoder.finish()
}

/// The graph of [`pack`]'s bytes; `None` for other bytes.
pub fn unpack(bytes: &[u8]) -> Option<Graph> {
    let mut inflated = Vec::new();
    DeflateDecoder::new(bytes).read_to_end(&mut inflated).ok()?;
    let mut unpacker = Unpacker { rest: &inflated, strings: Vec::new(), at: 0 };
    for _ in 0..unpacker.number()? {
        let length = unpacker.number()? as usize;
        let text = std::str::from_utf8(unpacker.bytes(length)?).ok()?;
        unpacker.strings.push(text.into());
    }
    let mut graph = Graph::default();
    let count = unpacker.number()?;
    graph.nodes.reserve_exact((count as usize).min(unpacker.rest.len()));
    for at in 0..count {
        unpacker.at = at as u32;
        graph.nodes.push(Node::take(&mut unpacker)?);
    }
    unpacker.at = graph.nodes.len() as u32;
    graph.folders = Packed::take(&mut unpacker)?;
    unpacker.rest.is_empty().then_some(graph)
}

#[derive(Default)]
struct Packer {
    out: Vec<u8>,
    strings: Vec<Arc<str>>,
    places: HashMap<Arc<str>, u64>,
    /// The node that is written, or the number of nodes behind the last.
    at: u32,
}

impl Packer {
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.out.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.out.push(number as u8);
    }
}

struct Unpacker<'a> {
    rest: &'a [u8],
    strings: Vec<Arc<str>>,
    at: u32,
}

impl<'a> Unpacker<'a> {
    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }

    fn byte(&mut self) -> Option<u8> {
        self.bytes(1)?.first().copied()
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }
}

/// What can be packed.
trait Packed: Sized {
    fn put(&self, packer: &mut Packer);
    fn take(unpacker: &mut Unpacker<'_>) -> Option<Self>;
}

impl Packed for bool {
    fn put(&self, packer: &mut Packer) {
        packer.out.push(u8::from(*self));
    }

    fn take(unpacker: &mut Unpacker<'_>) -> Option<Self> {
        Some(unpacker.byte()? != 0)
    }
}

impl Packed for u64 {
    fn put(&self, packer: &mut Packer) {
        packer.number(*self);
    }

    fn take(unpacker: &mut Unpacker<'_>) -> Option<Self> {
        unpacker.number()
    }
}

impl Packed for f64 {
    fn put(&self, packer: &mut Packer) {
        packer.out.extend(self.to_le_bytes());
    }

    fn take(unpacker: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self::from_le_bytes(unpacker.bytes(8)?.try_into().ok()?))
    }
}

impl Packed for Arc<str> {
    fn put(&self, packer: &mut Packer) {
        let next = packer.strings.len() as u64;
        let place = *packer.places.entry(self.clone()).or_insert(next);
        if place == next {
            packer.strings.push(self.clone());
        }
        packer.number(place);
    }

    fn take(unpacker: &mut Unpacker<'_>) -> Option<Self> {
        let place = unpacker.number()?;
        unpacker.strings.get(usize::try_from(place).ok()?).cloned()
    }
}

impl Packed for Value {
    fn put(&self, packer: &mut Packer) {
        Arc::<str>::from(self.to_string()).put(packer);
    }

    fn take(unpacker: &mut Unpacker<'_>) -> Option<Self> {
        serde_json::from_str(&Arc::<str>::take(unpacker)?).ok()
    }
}

impl Packed for SchemaId {
    fn put(&self, packer: &mut Packer) {
        packer.number(u64::from(packer.at - self.0));
    }

    fn take(unpacker: &mut Unpacker<'_>) -> Option<Self> {
        let back = u32::try_from(unpacker.number()?).ok().filter(|back| *back > 0)?;
        unpacker.at.checked_sub(back).map(Self)
    }
}

impl<T: Packed> Packed for Option<T> {
    fn put(&self, packer: &mut Packer) {
        self.is_some().put(packer);
        self.iter().for_each(|value| value.put(packer));
    }

    fn take(unpacker: &mut Unpacker<'_>) -> Option<Self> {
        if bool::take(unpacker)? { T::take(unpacker).map(Some) } else { Some(None) }
    }
}

impl<T: Packed> Packed for Box<T> {
    fn put(&self, packer: &mut Packer) {
        (**self).put(packer);
    }

    fn take(unpacker: &mut Unpacker<'_>) -> Option<Self> {
        T::take(unpacker).map(Self::new)
    }
}

impl<T: Packed> Packed for Vec<T> {
    fn put(&self, packer: &mut Packer) {
        packer.number(self.len() as u64);
        self.iter().for_each(|value| value.put(packer));
    }

    fn take(unpacker: &mut Unpacker<'_>) -> Option<Self> {
        let count = usize::try_from(unpacker.number()?).ok()?;
        // Each takes a byte at least.
        let mut all = Self::with_capacity(count.min(unpacker.rest.len()));
        for _ in 0..count {
            all.push(T::take(unpacker)?);
        }
        Some(all)
    }
}

impl<A: Packed, B: Packed> Packed for (A, B) {
    fn put(&self, packer: &mut Packer) {
        self.0.put(packer);
        self.1.put(packer);
    }

    fn take(unpacker: &mut Unpacker<'_>) -> Option<Self> {
        Some((A::take(unpacker)?, B::take(unpacker)?))
    }
}

impl Packed for Type {
    fn put(&self, packer: &mut Packer) {
        packer.out.push(*self as u8);
    }

    fn take(unpacker: &mut Unpacker<'_>) -> Option<Self> {
        Self::ALL.get(usize::from(unpacker.byte()?)).copied()
    }
}

impl Packed for ListType {
    fn put(&self, packer: &mut Packer) {
        packer.out.push(*self as u8);
    }

    fn take(unpacker: &mut Unpacker<'_>) -> Option<Self> {
        Self::ALL.get(usize::from(unpacker.byte()?)).copied()
    }
}

impl Packed for Additional {
    fn put(&self, packer: &mut Packer) {
        let (any, id) = match *self {
            Self::Any(any) => (any, None),
            Self::Of(id) => (true, Some(id)),
        };
        (any, id).put(packer);
    }

    fn take(unpacker: &mut Unpacker<'_>) -> Option<Self> {
        let (any, id): (_, Option<_>) = Packed::take(unpacker)?;
        Some(id.map_or(Self::Any(any), Self::Of))
    }
}

impl Packed for Deprecated {
    fn put(&self, packer: &mut Packer) {
        let since = match self {
            Self::Sometime => None,
            Self::Since(since) => Some(since.clone()),
        };
        since.put(packer);
    }

    fn take(unpacker: &mut Unpacker<'_>) -> Option<Self> {
        let since: Option<_> = Packed::take(unpacker)?;
        Some(since.map_or(Self::Sometime, Self::Since))
    }
}

/// A struct is its fields.
macro_rules! record {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl Packed for $name {
            fn put(&self, packer: &mut Packer) {
                $(self.$field.put(packer);)*
            }

            fn take(unpacker: &mut Unpacker<'_>) -> Option<Self> {
                Some(Self { $($field: Packed::take(unpacker)?),* })
            }
        }
    };
}

record!(Node {
    kind,
    nullable,
    int_or_string,
    preserve_unknown,
    embedded,
    deprecated,
    default,
    properties,
    required,
    additional,
    atomic_map,
    min_properties,
    max_properties,
    items,
    list,
    list_map_keys,
    unique_items,
    min_items,
    max_items,
    allowed,
    format,
    pattern,
    min_length,
    max_length,
    minimum,
    exclusive_minimum,
    maximum,
    exclusive_maximum,
    multiple_of,
    rules,
    all_of,
    any_of,
    one_of,
    not,
});
record!(Rule { rule, message, message_expression, reason, field_path, optional_old_self });
record!(Kind { group, kind, plural, short_names, namespaced, versions });
record!(Version { name, schema, storage, deprecated, deprecation_warning, status });
