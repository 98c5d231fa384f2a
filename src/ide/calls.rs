//! Who includes whom: the graph of helpers and templates.

use std::sync::Arc;

use super::{Cursor, Target, template};
use crate::template::Syntax;
use crate::text::{FileId, Span, TextRange};
use crate::world::{File, World};

/// A helper, or a template file as a whole.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Callee {
    pub name: String,
    /// A `define`, not a file.
    pub helper: bool,
    pub place: Target,
}

/// One end of some calls.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Calls {
    pub other: Callee,
    /// The names in the calls: bytes of the caller's file.
    pub names: Vec<TextRange>,
}

/// Every name of a helper that is written in a file, with its place: calls first, then `define`s.
pub(super) fn names(syntax: &Syntax) -> Vec<(&str, TextRange)> {
    let calls = syntax.named_calls().into_iter().map(|call| (call.name, call.name_range));
    let defines = syntax.defines.iter().map(|define| (define.name.text.as_str(), define.name.range));
    let mut names: Vec<_> = calls.chain(defines).filter(|(name, _)| !name.is_empty()).collect();
    names.sort_by_key(|(_, range)| *range);
    names
}

/// The helpers that the name under the cursor means.
pub fn prepare(world: &World, at: Cursor) -> Vec<Callee> {
    let Some(file) = world.files.get(&at.file) else { return Vec::new() };
    let names = names(file.syntax());
    match names.iter().find(|(_, range)| range.touches(at.offset)) {
        Some((name, _)) => helpers(world, at.file, name),
        None => Vec::new(),
    }
}

/// What an earlier answer named, found again in the present world.
pub fn again(world: &World, at: Cursor) -> Option<Callee> {
    let file = world.files.get(&at.file)?;
    let of = |offset: u32| file.syntax().defines.iter().find(|define| define.name.range.touches(offset));
    Some(of(at.offset).map_or_else(|| whole(file), |define| helper(at.file, define)))
}

fn helpers(world: &World, file: FileId, name: &str) -> Vec<Callee> {
    let mut found: Vec<Callee> = Vec::new();
    for place in world.charts_of(file).into_iter().flat_map(|chart| template::helpers(chart, name)) {
        let new = Callee { name: name.to_owned(), helper: true, place };
        if !found.contains(&new) {
            found.push(new);
        }
    }
    found
}

fn helper(file: FileId, define: &crate::template::ast::Define) -> Callee {
    let span = |range| Span { file, range };
    let place = Target { full: span(define.range), name: span(define.name.range) };
    Callee { name: define.name.text.clone(), helper: true, place }
}

fn whole(file: &File) -> Callee {
    let source = &file.source;
    let name = source.path.file_name().unwrap_or_default().to_owned();
    let full = Span::new(source.id, 0, source.text.len());
    Callee { name, helper: false, place: Target { full, name: Span::new(source.id, 0, 0) } }
}

/// Adds one call; calls of one end are together.
fn add(found: &mut Vec<Calls>, other: Callee, name: TextRange) {
    match found.iter_mut().find(|calls| calls.other == other) {
        Some(calls) if calls.names.contains(&name) => {}
        Some(calls) => calls.names.push(name),
        None => found.push(Calls { other, names: vec![name] }),
    }
}

/// Who includes a helper.
pub fn incoming(world: &World, callee: &Callee) -> Vec<Calls> {
    let mut found: Vec<Calls> = Vec::new();
    if !callee.helper {
        return found;
    }
    for chart in world.charts_of(callee.place.name.file) {
        if !template::helpers(chart, &callee.name).contains(&callee.place) {
            continue;
        }
        for file in chart.files.values().filter(|file| file.source.text.contains(&callee.name)) {
            for call in file.syntax().named_calls().iter().filter(|call| call.name == callee.name) {
                add(&mut found, enclosing(file, call.name_range), call.name_range);
            }
        }
    }
    found
}

/// The `define` around a place, or the file.
fn enclosing(file: &Arc<File>, at: TextRange) -> Callee {
    let around = file.syntax().defines.iter().filter(|define| define.range.contains(at));
    let inner = around.min_by_key(|define| define.range.len());
    inner.map_or_else(|| whole(file), |define| helper(file.source.id, define))
}

/// What a helper, or a template outside of its `define`s, includes.
pub fn outgoing(world: &World, caller: &Callee) -> Vec<Calls> {
    let mut found: Vec<Calls> = Vec::new();
    let id = caller.place.name.file;
    let Some(file) = world.files.get(&id) else { return found };
    for call in file.syntax().named_calls() {
        if enclosing(file, call.name_range).place != caller.place {
            continue;
        }
        for other in helpers(world, id, call.name) {
            add(&mut found, other, call.name_range);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn up_and_down() {
        let fixture = Fixture::of(
            r#"#- templates/a.yaml
{{ define "own" }}{{ include "lib.a" . }}{{ end }}
a: {{ include "lib.a" . }}{{ include "lib.<|>a" . }}{{ template "own" }}{{ include "nobody" . }}
#- charts/lib/Chart.yaml
apiVersion: v2
name: lib
version: 0.1.0
type: library
#- charts/lib/templates/_h.tpl
{{ define "lib.a" }}{{ include "lib.b" . }}{{ end }}
{{ define "lib.b" }}x{{ end }}
"#,
        );
        let (_, cursor) = fixture.cursor();
        let world = &fixture.world;
        let show = |calls: Vec<Calls>| -> Vec<String> {
            calls.iter().map(|calls| format!("{} x{}", calls.other.name, calls.names.len())).collect()
        };
        let found = prepare(world, cursor);
        assert_eq!(found.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), ["lib.a"]);
        assert_eq!(show(incoming(world, &found[0])), ["own x1", "a.yaml x2"]);
        assert_eq!(show(outgoing(world, &found[0])), ["lib.b x1"]);
        let file = again(world, Cursor { offset: 0, ..cursor }).unwrap();
        assert!(!file.helper && incoming(world, &file).is_empty());
        assert_eq!(show(outgoing(world, &file)), ["lib.a x2", "own x1"]);
        let place = found[0].place.name;
        assert_eq!(again(world, Cursor { file: place.file, offset: place.range.start }).as_ref(), Some(&found[0]));
        assert!(prepare(world, Cursor { offset: 0, ..cursor }).is_empty());
    }
}
