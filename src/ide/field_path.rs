//! `fieldPath` of the older API: a path into the component definition that a reference is to (legacy spec §3.4).

use super::locate::{Spot, ancestors, content, item_of, key_of};
use super::reference::{Kind, Thing, definition_of};
use crate::model::object::Node;
use crate::model::parts::What;
use crate::text::TextRange;
use crate::yaml::parser;

/// What the step of the path under the cursor leads to, and the bytes of its name.
pub(super) fn step_at(spot: Spot<'_>) -> Option<(TextRange, Vec<Thing<'_>>)> {
    let node = spot.node;
    let text = node.text().filter(|_| key_of(node).and_then(Node::text) == Some("fieldPath"))?;
    if let Some(label) = label(text) {
        return label_at(spot, text, label);
    }
    let reference = item_of(node, "componentDefRef")?;
    let definition = definition_of(node.document)?;
    let mut at = definition.component(reference.text_at("componentDefName")?)?.node;
    let rest = text.strip_prefix("$.componentDef.")?;
    let rendered = node.document.rendered().text.as_str();
    for (start, step) in steps(rest) {
        let start = text.len() - rest.len() + start;
        let (name, filter) = step.split_once('[').map_or((step, None), |(name, filter)| (name, Some(filter)));
        let place = |from: usize, length: usize| {
            parser::part(rendered, node.document.tree(), node.id, TextRange::new(from, from + length))
        };
        let key = at.key(name)?;
        at = at.get(name)?;
        let here = place(start, name.len());
        if here.contains(spot.range) {
            return Some((here, vec![field(spot, at, key)]));
        }
        let Some(filter) = filter else { continue };
        at = at.items().find(|item| takes(filter, *item))?;
        let here = place(start + name.len() + 1, filter.trim_end_matches(']').len());
        if here.contains(spot.range) {
            return Some((here, vec![field(spot, at, at.get("name")?)]));
        }
    }
    None
}

/// The list and the name of `metadata.labels['name']`.
fn label(text: &str) -> Option<(&str, &str)> {
    let (list, name) = text.strip_prefix("metadata.")?.split_once("['")?;
    Some((list, name.strip_suffix("']")?))
}

/// Where the pod gets the label or the annotation from: its definition, its template, or its own list of old.
fn label_at<'w>(spot: Spot<'w>, text: &str, (list, name): (&str, &str)) -> Option<(TextRange, Vec<Thing<'w>>)> {
    let node = spot.node;
    let start = text.len() - "']".len() - name.len();
    let rendered = node.document.rendered().text.as_str();
    let range = parser::part(rendered, node.document.tree(), node.id, TextRange::new(start, start + name.len()));
    let of_map = |map: Node<'w>| Some((map.get(name)?, map.key(name)?));
    // The labels of an object that makes pods are not theirs.
    let makes = |above: &Node<'w>| {
        above.get("spec").is_some() && (above.parent().is_some() || above.text_at("kind") == Some("Pod"))
    };
    let of_template = ancestors(node).filter(makes).find_map(|above| of_map(above.at(&format!("metadata.{list}"))?));
    let of_definition = || of_map(node.document.spec()?.get(list)?);
    let of_old = || {
        let component = item_of(node, "componentDefs").filter(|_| list == "labels")?;
        let item = component.list("customLabelSpecs").find(|item| item.text_at("key") == Some(name))?;
        Some((item, item.get("key")?))
    };
    let (item, key) = of_template.or_else(of_definition).or_else(of_old)?;
    let item = if item.is_mapping() { item } else { item.parent()? };
    let thing = Thing { kind: Kind::Part(What::Label), chart: spot.chart, item, name: content(key) };
    range.contains(spot.range).then(|| (range, vec![thing]))
}

fn field<'w>(spot: Spot<'w>, item: Node<'w>, name: Node<'w>) -> Thing<'w> {
    Thing { kind: Kind::Part(What::Field), chart: spot.chart, item, name: content(name) }
}

/// The parts between dots, with their offsets; a dot in brackets is none.
fn steps(path: &str) -> Vec<(usize, &str)> {
    let (mut found, mut start, mut depth) = (Vec::new(), 0, 0);
    for (at, c) in path.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            '.' if depth == 0 => {
                found.push((start, &path[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push((start, &path[start..]));
    found
}

/// `?(@.name == "x")]` and `0]`.
fn takes(filter: &str, item: Node<'_>) -> bool {
    let filter = filter.trim_end_matches(']');
    if let Ok(wanted) = filter.parse::<usize>() {
        return item.parent().is_some_and(|list| list.items().nth(wanted) == Some(item));
    }
    let question = filter.strip_prefix("?(@.").and_then(|rest| rest.strip_suffix(')'));
    let Some((key, value)) = question.and_then(|rest| rest.split_once("==")) else { return false };
    item.text_at(key.trim()) == Some(value.trim().trim_matches(['"', '\'']))
}
