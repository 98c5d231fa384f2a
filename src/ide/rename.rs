//! Renaming: every place that names a thing, or a reason why not.
//!
//! A rename proves itself: the charts are rendered with and without it, and the two may differ by the name alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::definition::definition;
use super::references::{References, Subject, references, value_key};
use super::template::{self, Meaning};
use super::{Cursor, Target, shapes};
use crate::diagnostic::{Diagnostic, Edit, Severity};
use crate::helm::files;
use crate::model::object::Node;
use crate::model::parts::each;
use crate::model::resolve::GroupKind;
use crate::rules;
use crate::template::ast::{Command, ExprKind, Visitor};
use crate::text::{FileId, Span, TextRange, replace};
use crate::vfs::Source;
use crate::world::{Chart, File, World};
use crate::yaml::parser;

/// So many things are renamed together.
const MAX_FOLLOWED: usize = 64;

/// What can be renamed at the cursor: its name there.
///
/// # Errors
/// Why it cannot, in a sentence.
pub fn prepare(world: &World, at: Cursor) -> Result<Span, String> {
    let found = found(world, at)?;
    let spans = places(world, at, &found)?;
    let here = |span: &&Span| span.file == at.file && span.range.touches(at.offset);
    spans.iter().find(here).copied().ok_or_else(|| "Nothing here has a name that can be changed.".into())
}

/// The edits that rename the thing under the cursor.
///
/// # Errors
/// Why it cannot be renamed, in a sentence.
pub fn rename(world: &World, at: Cursor, new: &str) -> Result<Vec<Edit>, String> {
    let found = found(world, at)?;
    let spans = places(world, at, &found)?;
    // A variable's `$` is not asked for again.
    let new = match (found.subject, new.starts_with('$')) {
        (Subject::Variable, false) => format!("${new}"),
        _ => new.to_owned(),
    };
    fits(found.subject, &new)?;
    if new == found.name {
        return Ok(Vec::new());
    }
    is_free(world, at, &found, &new)?;
    let edits: Vec<Edit> = spans.into_iter().map(|span| Edit { span, text: new.clone() }).collect();
    let texts = edited(world, &edits)?;
    prove(world, &edits, &texts)?;
    no_new_finding(world, &texts)?;
    Ok(edits)
}

/// What is named under the cursor, with all that goes by the same text: what helpers name, which print it for others too,
/// and whatever else its uses mean.
fn found(world: &World, at: Cursor) -> Result<References, String> {
    let mut found = references(world, at).ok_or("Nothing here has a name that can be changed.")?;
    if !matches!(found.subject, Subject::Name | Subject::Environment) {
        return Ok(found);
    }
    let (mut asked, mut followed) = (BTreeSet::new(), 0);
    loop {
        let Some(next) = spans(&found).find(|span| !asked.contains(span)) else { return Ok(found) };
        asked.insert(next);
        let is_known = |target: &Target| found.definitions.iter().any(|known| known.name == target.name);
        let at = Cursor { file: next.file, offset: next.range.start };
        let leads_on = || definition(world, at).is_some_and(|links| !links.targets.iter().all(is_known));
        if !is_written(world, next, &found.name) || callers(world, next).is_empty() && !leads_on() {
            continue;
        }
        followed += 1;
        if followed > MAX_FOLLOWED {
            return Err(format!("More than {MAX_FOLLOWED} others go by the name `{}`, too.", found.name));
        }
        let Some(more) = references(world, at) else { continue };
        if more.subject != found.subject && more.subject != Subject::Name {
            found.subject = Subject::Fixed;
        }
        let new = more.definitions.into_iter().filter(|target| !found.definitions.contains(target));
        found.definitions.extend(new.collect::<Vec<_>>());
        found.uses.extend(more.uses);
        found.uses.sort_unstable();
        found.uses.dedup();
    }
}

/// Where it is given, and where it is used.
fn spans(found: &References) -> impl Iterator<Item = Span> {
    found.definitions.iter().map(|target| target.name).chain(found.uses.iter().map(|used| used.span))
}

/// The text of the span is the name.
fn is_written(world: &World, span: Span, name: &str) -> bool {
    world.source(span.file).is_some_and(|source| span.range.of(&source.text) == name)
}

/// The actions of templates that print the text of a helper.
fn callers(world: &World, span: Span) -> BTreeSet<Span> {
    let mut found = BTreeSet::new();
    for rendered in world.charts_of(span.file).into_iter().filter_map(|chart| chart.rendering()) {
        for rendered in rendered.files.iter().filter(|rendered| rendered.source.id != span.file) {
            let sites = rendered.text.places(span).into_iter().filter_map(|range| rendered.text.site(range));
            found.extend(sites.filter_map(|site| Some(rendered.calls.chain(site.calls).last()?.span)));
        }
    }
    found
}

/// Every place that has to be changed.
fn places(world: &World, at: Cursor, found: &References) -> Result<BTreeSet<Span>, String> {
    let name = &found.name;
    if found.subject == Subject::File {
        return Err("A file is renamed in the editor's list of files.".into());
    }
    if found.subject == Subject::Fixed {
        return Err(format!("`{name}` may be meant where it cannot be seen from here."));
    }
    if found.definitions.is_empty() {
        return Err(format!("What defines `{name}` is not in view."));
    }
    if found.subject == Subject::Helper {
        no_computed_include(world, at, name)?;
    }
    if found.subject == Subject::Value {
        no_whole(world, at, name)?;
    }
    if found.subject == Subject::Environment {
        not_in_scripts(world, at, found)?;
    }
    // Where a name is written by an action, and by a helper inside of it, the helper's text counts.
    let literal: BTreeSet<Span> = spans(found).filter(|span| is_written(world, *span, name)).collect();
    let calls: BTreeSet<Span> = match found.subject {
        Subject::Name | Subject::Environment => literal.iter().flat_map(|span| callers(world, *span)).collect(),
        _ => BTreeSet::new(),
    };
    let short = |span: &Span| {
        let source = world.source(span.file)?;
        let line = source.text[..span.range.start as usize].matches('\n').count() + 1;
        Some(format!("{}:{line}", source.path.file_name()?))
    };
    for span in spans(found).filter(|span| !calls.contains(span)) {
        let source = world.source(span.file).ok_or("A file is not in view.")?;
        let place = short(&span).unwrap_or_default();
        if source.path.ancestors().skip(1).any(|above| above.extension() == Some("tgz")) {
            return Err(format!("`{name}` stands in a packed chart too ({place})."));
        }
        if span.range.of(&source.text) != name {
            let pattern = found.uses.iter().any(|used| used.span == span && used.by_pattern);
            return Err(if pattern {
                format!("A pattern takes it: `{}` ({place}).", span.range.of(&source.text))
            } else {
                format!("The name is computed: `{}` ({place}).", span.range.of(&source.text))
            });
        }
    }
    Ok(literal)
}

/// The new name can stand where the old one does.
fn fits(subject: Subject, new: &str) -> Result<(), String> {
    let word = |text: &str| {
        let start = text.starts_with(|c: char| c == '_' || c.is_alphabetic());
        start && text.chars().all(|c| c == '_' || c.is_alphanumeric())
    };
    let fine = match subject {
        Subject::Variable => new.strip_prefix('$').is_some_and(word),
        Subject::Value => word(new),
        Subject::Environment => new.is_ascii() && word(&new.replace(['-', '.'], "_")) && !new.starts_with(['-', '.']),
        Subject::Helper => !new.is_empty() && !new.contains(['"', '`', '\\', '\n', '{', '}']),
        Subject::Anchor => !new.is_empty() && !new.contains(|c: char| c.is_whitespace() || "[]{},*&!".contains(c)),
        Subject::Name | Subject::File | Subject::Fixed => {
            let edge = |c: char| c.is_ascii_alphanumeric();
            new.starts_with(edge) && new.ends_with(edge) && new.chars().all(|c| edge(c) || "-._".contains(c))
        }
    };
    if fine { Ok(()) } else { Err(format!("`{new}` cannot be a name here.")) }
}

/// Nothing else has the new name.
fn is_free(world: &World, at: Cursor, found: &References, new: &str) -> Result<(), String> {
    let taken = match found.subject {
        Subject::Variable => {
            let text = &world.source(at.file).ok_or("A file is not in view.")?.text;
            let is_word = |c: char| c == '_' || c.is_alphanumeric();
            text.match_indices(new).any(|(start, _)| !text[start + new.len()..].starts_with(is_word))
        }
        Subject::Helper => world.charts_of(at.file).iter().any(|chart| chart.defines().any(|define| define == new)),
        Subject::Value => found.definitions.iter().any(|target| {
            let Some(file) = world.files.get(&target.name.file) else { return false };
            let outline = file.outline();
            let own = outline.ids().find(|id| outline.entry(*id).range == target.name.range);
            own.is_some_and(|own| {
                let mut beside = outline.children(outline.entry(own).parent, outline.document_of(own));
                beside.any(|id| outline.key(id) == Some(new))
            })
        }),
        Subject::Anchor | Subject::Environment | Subject::Name | Subject::File | Subject::Fixed => {
            found.definitions.iter().any(|target| is_taken_beside(world, target.name, new))
        }
    };
    if taken { Err(format!("`{new}` is there already.")) } else { Ok(()) }
}

/// An item of the same list, or an anchor of the same document, has this name.
fn is_taken_beside(world: &World, name: Span, new: &str) -> bool {
    for chart in world.charts_of(name.file) {
        for document in chart.documents().iter().filter(|document| !document.rendered().text.places(name).is_empty()) {
            let place = document.rendered().text.places(name)[0];
            if document.tree().anchors().iter().any(|anchor| anchor.name == new && document.range.contains(place)) {
                return true;
            }
            let Some(id) = crate::yaml::path::node_at(document.tree(), place.start) else { continue };
            let list = document.node(id).parent().and_then(|item| item.parent()).filter(|list| list.is_sequence());
            if list.is_some_and(|list| list.items().any(|item| item.text_at("name") == Some(new))) {
                return true;
            }
            let whole = document.name().is_some_and(|own| own.id == id);
            let kind = GroupKind::of(document).filter(|_| whole);
            if kind.is_some_and(|kind| world.index().named(kind, new).next().is_some()) {
                return true;
            }
        }
    }
    false
}

/// Some `include` whose name nobody can know might mean the helper.
fn no_computed_include(world: &World, at: Cursor, name: &str) -> Result<(), String> {
    struct Computed(bool);
    impl<'s> Visitor<'s> for Computed {
        fn command(&mut self, command: &'s Command) {
            if let [head, text, ..] = &*command.operands {
                let include = matches!(&head.kind, ExprKind::Function(function) if function == "include");
                self.0 |= include && text.as_string().is_none();
            }
        }
    }
    for file in world.charts_of(at.file).into_iter().flat_map(|chart| chart.files.values()) {
        let mut computed = Computed(false);
        file.syntax().visit(&mut computed);
        if computed.0 {
            let place = file.source.path.file_name().unwrap_or_default();
            return Err(format!("{place} includes helpers by computed names: one of them may be `{name}`."));
        }
    }
    Ok(())
}

/// Something takes all that is around the value, whatever its keys.
fn no_whole(world: &World, at: Cursor, name: &str) -> Result<(), String> {
    let file = world.files.get(&at.file).ok_or("A file is not in view.")?;
    let path = match template::symbol(file, at.offset).map(|symbol| symbol.meaning) {
        Some(Meaning::Value(path)) => path,
        _ => value_key(world, at).unwrap_or_default(),
    };
    for chart in world.charts_of(at.file) {
        for read in shapes::of(chart).reads.into_iter().filter(|read| read.whole) {
            let [root, keys @ ..] = read.path.as_slice() else { continue };
            if root == "Values" && keys.len() < path.len() && path.starts_with(keys) {
                let source = world.source(read.key.file).ok_or("A file is not in view.")?;
                let words = read.key.range.of(&source.text);
                let place = source.path.file_name().unwrap_or_default();
                return Err(format!("`{words}` takes all values around `{name}` as they are ({place})."));
            }
        }
    }
    Ok(())
}

/// What mentions the variable and is no known use of it is read by nobody here: files, and texts of ConfigMaps.
fn not_in_scripts(world: &World, at: Cursor, found: &References) -> Result<(), String> {
    let name = &found.name;
    let known: BTreeSet<Span> = found.uses.iter().map(|used| used.span).collect();
    let mentions = |text: &str| -> Vec<TextRange> {
        let all = text.match_indices(name.as_str()).filter(|(start, _)| {
            let before = text[..*start].trim_end_matches(' ');
            let is_word = |c: char| c == '_' || c.is_alphanumeric();
            let after = !text[start + name.len()..].starts_with(is_word);
            after && (before.ends_with(['$', '.']) || before.ends_with("${") || before.ends_with("$("))
        });
        all.map(|(start, _)| TextRange::new(start, start + name.len())).collect()
    };
    for chart in world.charts_of(at.file) {
        let Some(package) = chart.package() else { continue };
        for path in files::paths(package) {
            let Some(source) = package.files.get(camino::Utf8Path::new(path)) else { continue };
            let unknown = |range: TextRange| !known.contains(&Span { file: source.id, range });
            if mentions(&source.text).into_iter().any(unknown) {
                return Err(format!("{path} uses `{name}`, and who runs it is not known."));
            }
        }
        // The same in texts of ConfigMaps.
        for document in chart.documents().iter().filter(|document| document.kind() == Some("ConfigMap")) {
            let rendered = &document.rendered().text;
            let place = |node: &Node<'_>, range| parser::part(rendered.as_str(), document.tree(), node.id, range);
            let unknown = |node: &Node<'_>, range| {
                rendered.site(place(node, range)).is_none_or(|site| !known.contains(&site.span))
            };
            let texts = document.root().into_iter().flat_map(|root| each(root, "data{}"));
            let mut texts = texts.filter_map(|node| Some((node, node.text()?)));
            if texts.any(|(node, text)| mentions(text).into_iter().any(|range| unknown(&node, range))) {
                let map = document.name().and_then(|name| name.text()).unwrap_or_default();
                return Err(format!("ConfigMap `{map}` uses `{name}`, and who runs it is not known."));
            }
        }
    }
    Ok(())
}

/// The texts of the files after the edits.
fn edited(world: &World, edits: &[Edit]) -> Result<BTreeMap<FileId, String>, String> {
    let mut texts: BTreeMap<_, String> = BTreeMap::new();
    for edit in edits.iter().rev() {
        let source = world.source(edit.span.file).ok_or("A file is not in view.")?;
        let text = texts.entry(edit.span.file).or_insert_with(|| source.text.to_string());
        *text = replace(text, edit.span.range, &edit.text).to_string();
    }
    Ok(texts)
}

/// Nothing is wrong that was not before: the name may be too long, or named where nobody knows of it.
fn no_new_finding(world: &World, texts: &BTreeMap<FileId, String>) -> Result<(), String> {
    let file = |(id, text): (&FileId, &String)| {
        let path = world.source(*id)?.path.clone();
        Some(Arc::new(File::new(Arc::new(Source::new(*id, path, text.as_str())))))
    };
    let files: Option<Vec<_>> = texts.iter().map(file).collect();
    // What is more than a text to some chart is not tried.
    let Some(next) = files.and_then(|files| world.with_texts(&files)) else { return Ok(()) };
    let count = |all: &[Diagnostic]| {
        let mut counts: BTreeMap<(FileId, &str), usize> = BTreeMap::new();
        for finding in all.iter().filter(|finding| finding.severity >= Severity::Warning) {
            *counts.entry((finding.span.file, finding.rule)).or_default() += 1;
        }
        counts
    };
    let (before, after) = (rules::check(world), rules::check(&next));
    let (old, new) = (count(&before), count(&after));
    let more = new.iter().find(|(place, count)| old.get(*place).is_none_or(|old| old < *count));
    let Some(((file, rule), _)) = more else { return Ok(()) };
    let mut found = after.iter().filter(|finding| (finding.span.file, finding.rule) == (*file, *rule));
    let is_new = |finding: &&Diagnostic| !before.iter().any(|known| known.message == finding.message);
    let message = found.clone().find(is_new).or_else(|| found.next()).map_or("", |finding| &finding.message);
    Err(format!("With the new name {message}."))
}

/// All charts render as before, but for the name.
fn prove(world: &World, edits: &[Edit], texts: &BTreeMap<FileId, String>) -> Result<(), String> {
    for chart in world.charts.values().flat_map(|chart| chart.views()) {
        if chart.files.keys().any(|file| texts.contains_key(file)) && !same(world, chart, edits, texts) {
            return Err(format!("With the new name the chart `{}` would render other objects.", chart.name()));
        }
    }
    Ok(())
}

fn same(world: &World, chart: &Chart, edits: &[Edit], texts: &BTreeMap<FileId, String>) -> bool {
    let after = chart.edited(texts);
    let (Some(before), Some(after)) = (chart.rendering(), after.rendering()) else { return chart.is_library() };
    if before.files.len() != after.files.len() || before.faults.len() != after.faults.len() {
        return false;
    }
    before.files.iter().zip(&after.files).all(|(before, after)| {
        let mut places: BTreeSet<(TextRange, &str)> = BTreeSet::new();
        for edit in edits {
            let action = in_action(world, edit.span);
            // What looks like an action in a file that is shown as it is, is text.
            let copied = |range: &TextRange| before.text.site(*range).is_some_and(|site| site.verbatim);
            let found = before.text.places(edit.span).into_iter().filter(|range| !action || copied(range));
            places.extend(found.map(|range| (range, edit.text.as_str())));
        }
        let mut expected = before.text.as_str().to_owned();
        for (range, text) in places.into_iter().rev() {
            expected = replace(&expected, range, text).to_string();
        }
        before.name == after.name && expected == after.text.as_str()
    })
}

fn in_action(world: &World, span: Span) -> bool {
    let site = world.files.get(&span.file).and_then(|file| file.syntax().action_at(span.range.start).copied());
    site.is_some_and(|site| site.range.contains(span.range) && site.range.end > span.range.start)
}

#[cfg(test)]
mod tests;
