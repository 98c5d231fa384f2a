//! Other places of the same thing in the same file.

use std::collections::BTreeSet;

use super::Cursor;
use super::definition::definition;
use crate::text::{Span, TextRange};
use crate::world::World;

/// More places of one word than this are not looked at.
const MAX_PLACES: usize = 200;

/// Where a file names the thing under the cursor, in order; true for the place that defines it.
pub fn highlights(world: &World, at: Cursor) -> Vec<(TextRange, bool)> {
    let Some(source) = world.source(at.file) else { return Vec::new() };
    let text = &*source.text;
    let links = definition(world, at);
    let here = links.as_ref().map_or_else(|| word(text, at.offset), |links| links.origin.range);
    if here.is_empty() {
        return Vec::new();
    }
    let target = |span: &Span| span.file == at.file && span.range.touches(at.offset);
    // The names of the thing, and those of its files alone: whoever leads there means the same.
    let wanted: BTreeSet<Span> = links.iter().flat_map(|links| &links.targets).map(|target| target.name).collect();
    let mut found: BTreeSet<(TextRange, bool)> =
        wanted.iter().filter(|name| name.file == at.file).map(|name| (name.range, true)).collect();
    for (start, word) in text.match_indices(here.of(text)).take(MAX_PLACES) {
        let range = TextRange::new(start, start + word.len());
        let middle = Cursor { file: at.file, offset: range.start + range.len() as u32 / 2 };
        let Some(other) = definition(world, middle).filter(|other| other.origin.range == range) else { continue };
        let same = |name: &Span| if wanted.is_empty() { target(name) } else { wanted.contains(name) };
        for name in other.targets.iter().map(|target| target.name).filter(same) {
            // The name under the cursor defines what leads here.
            found.extend(wanted.is_empty().then_some((name.range, true)));
            found.insert((range, false));
        }
    }
    // A place that defines itself is no use of itself.
    let defines: Vec<TextRange> = found.iter().filter(|(_, own)| *own).map(|(range, _)| *range).collect();
    found.retain(|(range, own)| *own || !defines.contains(range));
    found.into_iter().collect()
}

fn word(text: &str, offset: u32) -> TextRange {
    let at = crate::text::floor_char_boundary(text, offset as usize);
    let is_name = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    let start = text[..at].trim_end_matches(is_name).len();
    let end = text.len() - text[at..].trim_start_matches(is_name).len();
    TextRange::new(start, end)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    fn check(fixture: &str) {
        let fixture = Fixture::of(fixture);
        let (source, cursor) = fixture.cursor();
        let show = |(range, own): &(TextRange, bool)| {
            fixture.mark(Span { file: source.id, range: *range }, if *own { "write" } else { "read" })
        };
        assert_eq!(highlights(&fixture.world, cursor).iter().map(show).collect::<Vec<_>>(), fixture.marks);
    }

    #[test]
    fn from_a_use_and_from_the_definition() {
        for (definition, used) in [("ab", "a<|>b"), ("a<|>b", "ab")] {
            check(&format!(
                "#- templates/cd.yaml\napiVersion: apps.kubeblocks.io/v1alpha1\nkind: ClusterDefinition\nmetadata: {{name: ab}}\n\
                 spec:\n  componentDefs:\n    - name: {definition}\n    #       ^^ write\n    - name: x\n      componentDefRef:\n        \
                 - componentDefName: {used}\n        #                   ^^ read\n    - name: y\n      componentDefRef:\n        \
                 - componentDefName: ab\n        #                   ^^ read\n"
            ));
        }
    }

    #[test]
    fn helpers_and_values() {
        check(
            "#- templates/a.yaml\n{{ define \"h\" }}x{{ end }}\n#          ^ write\na: {{ include \"h<|>\" . }}\n#              ^ read\nh: h\n",
        );
        check(
            "#- templates/a.yaml\na: {{ .Values.a.b<|> }} b\n#               ^ read\nb: {{ $.Values.a.b }} {{ .Values.b }}\n\
             #                ^ read\n#- values.yaml\na: {b: 1}\nb: 2\n",
        );
        check("#- templates/a.yaml\na: nothi<|>ng\nb: nothing\n");
    }
}
