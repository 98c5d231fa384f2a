//! Other places of the same thing in the same file.

use std::collections::BTreeMap;

use super::Cursor;
use super::references::{Within, named};
use crate::text::TextRange;
use crate::world::World;

/// Where a file names the thing under the cursor, in order; true for the places that define it.
pub fn highlights(world: &World, at: Cursor) -> Vec<(TextRange, bool)> {
    let Some(found) = named(world, at, Within::File) else { return Vec::new() };
    let uses = found.uses.iter().map(|used| (used.span, false));
    // A place that defines a thing is no use of it.
    let places = uses.chain(found.definitions.iter().map(|target| (target.name, true)));
    let here = places.filter(|(span, _)| span.file == at.file).map(|(span, own)| (span.range, own));
    here.collect::<BTreeMap<_, _>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;
    use crate::text::Span;

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
