//! One walk over an object, for all releases at once.

use super::value::{Entry, Said, entries, said, same};
use super::{Expected, Fault, What, blocks, metadata, rule};
use crate::diagnostic::nearest;
use crate::model::object::Node;
use crate::schema::formats;
use crate::schema::release::ReleaseSet;
use crate::schema::{Additional, ListType, Schema, Type};
use crate::template::re2;

/// The schemas of one place, each with the releases that have it there. No two are equal.
type Group<'w> = Vec<(Schema<'w>, ReleaseSet)>;

/// A rule in CEL that waits until all else is checked.
struct Waiting<'w> {
    at: Node<'w>,
    schema: Schema<'w>,
    releases: ReleaseSet,
}

#[derive(Default)]
pub(super) struct Walk<'w> {
    faults: Vec<Fault>,
    waiting: Vec<Waiting<'w>>,
    blocked: ReleaseSet,
}

fn add<'w>(group: &mut Group<'w>, schema: Schema<'w>, releases: ReleaseSet) {
    match group.iter_mut().find(|(known, _)| known.id() == schema.id()) {
        Some((_, set)) => *set = set.or(releases),
        None => group.push((schema, releases)),
    }
}

impl<'w> Walk<'w> {
    /// Checks an object; the last of each root says that `status` is a subresource, which is dropped unread.
    pub(super) fn object(&mut self, root: Node<'w>, roots: Vec<(Schema<'w>, ReleaseSet, bool)>) {
        let mut group = Group::new();
        let mut dropped = ReleaseSet::NONE;
        let mut releases = ReleaseSet::NONE;
        for (schema, set, status) in roots {
            add(&mut group, schema, set);
            releases = releases.or(set);
            if status {
                dropped = dropped.or(set);
            }
        }
        if group.is_empty() {
            return;
        }
        let Some(mut entries) = entries(root) else { return };
        entries.retain(|entry| match &*entry.name {
            "apiVersion" | "kind" => false,
            "metadata" => {
                metadata::check(entry.value, |at, what| self.report(at, releases, what));
                false
            }
            "status" => dropped != releases,
            _ => true,
        });
        self.mapping(root, &entries, &group, true);
    }

    /// All faults, those of rules in CEL last.
    pub(super) fn finish(mut self) -> Vec<Fault> {
        for waiting in std::mem::take(&mut self.waiting) {
            let releases = waiting.releases.without(self.blocked);
            if releases.is_empty() {
                continue;
            }
            for message in rule::broken(waiting.at, waiting.schema) {
                self.report(waiting.at, releases, What::Rule(message));
            }
        }
        self.faults
    }

    fn report(&mut self, at: Node<'w>, releases: ReleaseSet, what: What) {
        if blocks(&what) {
            self.blocked = self.blocked.or(releases);
        }
        // The same of another release was reported a moment ago.
        let recent = self.faults.iter_mut().rev().take(16);
        match recent.into_iter().find(|fault| fault.at == at.id && fault.what == what) {
            Some(fault) => fault.releases = fault.releases.or(releases),
            None => self.faults.push(Fault { at: at.id, releases, what }),
        }
    }

    fn value(&mut self, node: Node<'w>, group: &Group<'w>) {
        let said = said(node);
        if said == Said::Unknown {
            return;
        }
        let mut fitting = Group::new();
        for (schema, releases) in group {
            let mut found = Vec::new();
            let fits = check(node, &said, *schema, &mut found);
            for what in found {
                self.report(node, *releases, what);
            }
            if fits {
                fitting.push((*schema, *releases));
                if !schema.rules.is_empty() {
                    self.waiting.push(Waiting { at: node, schema: *schema, releases: *releases });
                }
            }
        }
        if fitting.is_empty() {
            return;
        }
        match said {
            Said::Map => {
                if let Some(entries) = entries(node) {
                    self.mapping(node, &entries, &fitting, false);
                }
            }
            Said::List => self.list(node, &fitting),
            _ => {}
        }
    }

    fn mapping(&mut self, node: Node<'w>, entries: &[Entry<'w>], group: &Group<'w>, root: bool) {
        for entry in entries {
            let null = said(entry.value) == Said::Null;
            let mut below = Group::new();
            let (mut unknown, mut slips) = (ReleaseSet::NONE, ReleaseSet::NONE);
            for (schema, releases) in group {
                match schema.key(&entry.name) {
                    // A null that may not be is dropped, or replaced by the default.
                    Some(_) if null => {}
                    Some(schema) => add(&mut below, schema, *releases),
                    None if matches!(schema.additional, Some(Additional::Any(true))) => {}
                    None if schema.preserve_unknown => {
                        if is_slip(&entry.name, entries, *schema) {
                            slips = slips.or(*releases);
                        }
                    }
                    None if schema.embedded && matches!(&*entry.name, "apiVersion" | "kind" | "metadata") => {}
                    None => unknown = unknown.or(*releases),
                }
            }
            for (releases, what) in [(unknown, What::Unknown), (slips, What::Slip)] {
                if !releases.is_empty() {
                    self.report(entry.key, releases, what);
                }
            }
            if !below.is_empty() {
                self.value(entry.value, &below);
            }
        }
        for (schema, releases) in group {
            self.required(node, entries, *schema, *releases, root);
        }
    }

    /// Required fields, and the count of all, after nulls were dropped and defaults filled in.
    fn required(
        &mut self,
        node: Node<'w>,
        entries: &[Entry<'w>],
        schema: Schema<'w>,
        releases: ReleaseSet,
        root: bool,
    ) {
        for field in &schema.node().required {
            if root && matches!(&**field, "apiVersion" | "kind" | "metadata") {
                continue;
            }
            let entry = entries.iter().find(|entry| entry.name == **field);
            let known = schema.key(field);
            let present = match entry {
                _ if known.is_some_and(|schema| schema.default.is_some()) => true,
                Some(entry) => said(entry.value) != Said::Null || known.is_none_or(|schema| schema.nullable),
                None => false,
            };
            if !present {
                self.report(
                    node,
                    releases,
                    What::Missing { field: field.clone(), key: entry.map(|entry| entry.key.id) },
                );
            }
        }
        if schema.min_properties.is_none() && schema.max_properties.is_none() {
            return;
        }
        let kept = entries.iter().filter(|entry| match schema.key(&entry.name) {
            Some(schema) => schema.nullable || schema.default.is_some() || said(entry.value) != Said::Null,
            None => schema.preserve_unknown || schema.additional.is_some(),
        });
        let filled = schema
            .properties()
            .filter(|(name, schema)| schema.default.is_some() && !entries.iter().any(|entry| entry.name == *name));
        let count = kept.count() + filled.count();
        self.count(node, count, schema.min_properties, schema.max_properties, releases);
    }

    fn count(&mut self, at: Node<'w>, count: usize, low: Option<u64>, high: Option<u64>, releases: ReleaseSet) {
        if let Some(limit) = high.filter(|limit| count as u64 > *limit) {
            self.report(at, releases, What::TooMany { count, limit });
        }
        if let Some(limit) = low.filter(|limit| (count as u64) < *limit) {
            self.report(at, releases, What::TooFew { count, limit });
        }
    }

    fn list(&mut self, node: Node<'w>, group: &Group<'w>) {
        let items: Vec<Node> = node.items().collect();
        let mut below = Group::new();
        for (schema, releases) in group {
            if let Some(item) = schema.item() {
                add(&mut below, item, *releases);
            }
            self.count(node, items.len(), schema.min_items, schema.max_items, *releases);
        }
        for item in &items {
            if !below.is_empty() {
                self.value(*item, &below);
            }
        }
        for (schema, releases) in group {
            self.duplicates(&items, *schema, *releases);
        }
    }

    fn duplicates(&mut self, items: &[Node<'w>], schema: Schema<'w>, releases: ReleaseSet) {
        let keys = schema.node().list_map_keys.as_slice();
        match schema.list {
            Some(ListType::Set) => {
                // Long sets are lists of words.
                let words: Option<Vec<&str>> = items.iter().map(|item| item.text()).collect();
                let mut sorted = words.clone().unwrap_or_default();
                sorted.sort_unstable();
                if words.is_some() && sorted.windows(2).all(|pair| pair[0] != pair[1]) {
                    return;
                }
                for (at, item) in items.iter().enumerate().take(MAX_COMPARED) {
                    if let Some(first) = items[..at].iter().find(|first| same(**first, *item)) {
                        self.report(*item, releases, What::Duplicate { first: first.id, list: schema.id() });
                    }
                }
            }
            Some(ListType::Map) => {
                let Some(item_schema) = schema.item() else { return };
                let mut seen: Vec<(Node, Vec<Key>)> = Vec::new();
                for item in items.iter().take(MAX_COMPARED) {
                    let own: Option<Vec<Key>> = keys.iter().map(|key| list_key(*item, key, item_schema)).collect();
                    let Some(own) = own else { continue };
                    match seen.iter().find(|(_, other)| *other == own) {
                        Some((first, _)) => {
                            let at = keys.first().and_then(|key| item.get(key)).unwrap_or(*item);
                            self.report(at, releases, What::Duplicate { first: first.id, list: schema.id() });
                        }
                        None => seen.push((*item, own)),
                    }
                }
            }
            _ => {}
        }
    }
}

/// Of longer lists only so many items are compared with each other.
const MAX_COMPARED: usize = 2000;

/// One key of an item: what is written, or the schema's default.
#[derive(PartialEq)]
enum Key<'w> {
    Said(Said<'w>),
    Default(&'w serde_json::Value),
}

/// `None` where there is neither, and where the text is not known.
fn list_key<'w>(item: Node<'w>, key: &str, schema: Schema<'w>) -> Option<Key<'w>> {
    let default = || schema.property(key).and_then(|schema| schema.node().default.as_deref());
    match item.get(key) {
        Some(value) if !value.known() => None,
        Some(value) => match said(value) {
            Said::Unknown | Said::List | Said::Map => None,
            said => Some(match default().filter(|default| said.is(default)) {
                Some(default) => Key::Default(default),
                None => Key::Said(said),
            }),
        },
        None => default().map(Key::Default),
    }
}

/// The type, and what is asked of the value itself. False where the type is wrong, so that nothing below it counts.
fn check<'w>(node: Node<'w>, said: &Said<'w>, schema: Schema<'w>, out: &mut Vec<What>) -> bool {
    if *said == Said::Null && schema.nullable {
        return false;
    }
    let fits = match (schema.kind, said) {
        _ if schema.int_or_string => matches!(said, Said::Int(_) | Said::Str(_)),
        (None, _) => true,
        (Some(Type::Object), said) => *said == Said::Map,
        (Some(Type::Array), said) => *said == Said::List,
        (Some(Type::String), said) => matches!(said, Said::Str(_)),
        (Some(Type::Integer), said) => matches!(said, Said::Int(_)),
        (Some(Type::Number), said) => matches!(said, Said::Int(_) | Said::Float(_)),
        (Some(Type::Boolean), said) => matches!(said, Said::Bool(_)),
    };
    let scalar = !matches!(said, Said::Map | Said::List);
    if !fits {
        if !scalar || node.known() {
            out.push(What::Type { expected: schema.kind.map_or(Expected::IntOrString, Expected::Of) });
        }
        return false;
    }
    let before = out.len();
    limits(said, schema, out);
    if scalar && out.len() > before && !node.known() {
        out.truncate(before);
    }
    junctors(node, said, schema, out);
    true
}

fn limits<'w>(said: &Said<'w>, schema: Schema<'w>, out: &mut Vec<What>) {
    let of = schema.node();
    if !of.allowed.is_empty() && !of.allowed.iter().any(|value| said.is(value)) {
        out.push(What::Allowed(schema.id()));
    }
    match said {
        Said::Str(text) => {
            if of.min_length.is_some() || of.max_length.is_some() {
                let length = text.chars().count();
                if let Some(limit) = of.max_length.filter(|limit| length as u64 > *limit) {
                    out.push(What::TooLong { length, limit });
                }
                if let Some(limit) = of.min_length.filter(|limit| (length as u64) < *limit) {
                    out.push(What::TooShort { length, limit });
                }
            }
            if let Some(pattern) = &of.pattern
                && re2::compile(pattern).is_ok_and(|compiled| !compiled.regex.is_match(text))
            {
                out.push(What::Pattern(pattern.clone()));
            }
            let fault = match of.format.as_deref() {
                Some("byte") => formats::base64(text),
                Some("date-time") => formats::date_time(text),
                _ => None,
            };
            out.extend(fault.map(What::Format));
        }
        Said::Int(value) => {
            let range = match of.format.as_deref() {
                Some("int32") => i64::from(i32::MIN)..=i64::from(i32::MAX),
                _ => i64::MIN..=i64::MAX,
            };
            if !range.contains(value) {
                out.push(What::Format("it does not fit into 32 bits".into()));
            }
            bounds(*value as f64, schema, out);
        }
        Said::Float(value) => bounds(*value, schema, out),
        _ => {}
    }
}

fn bounds<'w>(value: f64, schema: Schema<'w>, out: &mut Vec<What>) {
    let exclusive = schema.exclusive_maximum;
    if let Some(limit) = schema.maximum.filter(|limit| value > *limit || (exclusive && value == *limit)) {
        out.push(What::TooLarge { limit, exclusive });
    }
    let exclusive = schema.exclusive_minimum;
    if let Some(limit) = schema.minimum.filter(|limit| value < *limit || (exclusive && value == *limit)) {
        out.push(What::TooSmall { limit, exclusive });
    }
    if let Some(factor) = schema.multiple_of.filter(|factor| *factor != 0.0 && (value / factor).fract() != 0.0) {
        out.push(What::NoMultiple(factor));
    }
}

/// `allOf`, `anyOf`, `oneOf` and `not`: in structural schemas they only restrict values.
fn junctors<'w>(node: Node<'w>, said: &Said<'w>, schema: Schema<'w>, out: &mut Vec<What>) {
    let holds = |schema: Schema<'w>| {
        let mut faults = Vec::new();
        check(node, said, schema, &mut faults);
        if *said == Said::Map {
            let lacking = schema.node().required.iter().any(|field| node.get(field).is_none());
            return faults.is_empty() && !lacking;
        }
        faults.is_empty()
    };
    for part in schema.all_of() {
        let mut faults = Vec::new();
        check(node, said, part, &mut faults);
        faults.retain(|fault| !out.contains(fault));
        out.append(&mut faults);
    }
    let known = matches!(said, Said::Map | Said::List) || node.known();
    let any = schema.any_of().len() == 0 || schema.any_of().any(holds);
    let one = schema.one_of().len() == 0 || schema.one_of().filter(|part| holds(*part)).count() == 1;
    let not = schema.negated().is_none_or(|part| !holds(part));
    if known && !(any && one && not) {
        out.push(What::Form);
    }
}

/// The name is nearly that of a field that is not there.
fn is_slip(name: &str, entries: &[Entry<'_>], schema: Schema<'_>) -> bool {
    let absent = |field: &&str| !entries.iter().any(|entry| entry.name == **field);
    nearest(name, schema.properties().map(|(field, _)| field).filter(absent)).is_some()
}
