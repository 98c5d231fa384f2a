//! `metadata` of an object: its fields are those of ObjectMeta (`k8s.io/apimachinery` `meta/v1`), whatever the kind.

use super::value::{Said, entries, said};
use super::{Expected, What};
use crate::model::object::Node;
use crate::schema::{Type, formats};

/// The fields of ObjectMeta, in byte order.
pub const FIELDS: [&str; 16] = [
    "annotations",
    "clusterName",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "labels",
    "managedFields",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// All annotations together: bytes of keys and values.
const MAX_ANNOTATIONS: usize = 256 * 1024;

pub(super) fn check<'w>(metadata: Node<'w>, mut report: impl FnMut(Node<'w>, What)) {
    match said(metadata) {
        Said::Null | Said::Unknown => return,
        Said::Map => {}
        _ => return report(metadata, What::Type { expected: Expected::Of(Type::Object) }),
    }
    let Some(entries_of) = entries(metadata) else { return };
    for entry in &entries_of {
        let value = entry.value;
        let text = || match said(value) {
            Said::Str(text) => Some(text),
            _ => None,
        };
        match &*entry.name {
            _ if said(value) == Said::Null => {}
            "name" | "generateName" | "namespace" => match text() {
                None if said(value) != Said::Unknown => string(value, &mut report),
                // What is wrong with a name depends on the kind; a namespace is a label for all.
                Some(text) if entry.name == "namespace" => format(value, formats::dns_label(text), &mut report),
                _ => {}
            },
            "labels" | "annotations" => map(value, entry.name == "labels", &mut report),
            "finalizers" | "ownerReferences" | "managedFields" => {
                if !matches!(said(value), Said::List | Said::Unknown) {
                    report(value, What::Type { expected: Expected::Of(Type::Array) });
                }
            }
            name if FIELDS.binary_search(&name).is_ok() => {}
            _ => report(entry.key, What::Unknown),
        }
    }
}

fn string<'w>(value: Node<'w>, report: &mut impl FnMut(Node<'w>, What)) {
    if value.is_mapping() || value.is_sequence() || value.known() {
        report(value, What::Type { expected: Expected::Of(Type::String) });
    }
}

fn format<'w>(at: Node<'w>, fault: Option<String>, report: &mut impl FnMut(Node<'w>, What)) {
    if let Some(fault) = fault.filter(|_| at.known()) {
        report(at, What::Format(fault));
    }
}

/// Labels and annotations: all values are strings; keys, and values of labels, are restricted.
fn map<'w>(map: Node<'w>, labels: bool, report: &mut impl FnMut(Node<'w>, What)) {
    match said(map) {
        Said::Unknown => return,
        Said::Map => {}
        _ => return report(map, What::Type { expected: Expected::Of(Type::Object) }),
    }
    let mut bytes = 0;
    for entry in entries(map).unwrap_or_default() {
        let lower = entry.name.to_ascii_lowercase();
        let key = if labels { entry.name.as_ref() } else { lower.as_str() };
        format(entry.key, formats::qualified_name(key), report);
        match said(entry.value) {
            Said::Null | Said::Unknown => {}
            Said::Str(text) if labels => format(entry.value, formats::label_value(text), report),
            Said::Str(text) => bytes += entry.name.len() + text.len(),
            _ => string(entry.value, report),
        }
    }
    if bytes > MAX_ANNOTATIONS {
        report(map, What::Format(format!("annotations may have {MAX_ANNOTATIONS} bytes together; these have {bytes}")));
    }
}
