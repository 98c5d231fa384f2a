//! Mistakes planted in templates of real charts, with a seed: fields misspelled, of another type, left out, indented
//! wrongly. Nearly all must be told, at their line, and misspellings with the right name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use kubeblocks_ls::diagnostic::{Diagnostic, Located, Severity};
use kubeblocks_ls::host::{Change, Host};
use kubeblocks_ls::model::admission;
use kubeblocks_ls::model::admit::{Said, said, trail};
use kubeblocks_ls::model::object::Node;
use kubeblocks_ls::rules;
use kubeblocks_ls::schema::release::ReleaseSet;
use kubeblocks_ls::schema::{Schema, Type};
use kubeblocks_ls::text::Encoding;
use kubeblocks_ls::vfs::OsDisk;
use kubeblocks_ls::world::{self, Chart, World};

use crate::support::{Dice, corpus, in_parallel};

/// Mistakes for each generation, at least. (`PLANTED=510 cargo test planted` for more.)
const MISTAKES: usize = 170;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Sort {
    Misspelled,
    Mistyped,
    Dropped,
    Indented,
}

/// One field of a template, and what can be done to it.
struct Spot {
    path: Utf8PathBuf,
    /// From 0.
    line: usize,
    name: String,
    /// The key in its line, bytes.
    key: std::ops::Range<usize>,
    /// Names beside it in the schema.
    siblings: BTreeSet<String>,
    /// Value of another type, in place of the rest of the line.
    mistyped: Option<&'static str>,
    /// The object cannot do without it; the line of what has it.
    required: Option<usize>,
    /// Columns where nobody knows a field of this name.
    strange: Vec<usize>,
}

struct Mistake {
    path: Utf8PathBuf,
    text: String,
    lines: Vec<usize>,
    /// What was meant.
    name: String,
    what: String,
}

fn host_of(root: &Utf8Path) -> Host {
    let mut host = Host::new(Arc::new(OsDisk));
    host.apply(vec![Change::Roots(vec![root.to_owned()])]);
    host
}

/// The folders of charts below a folder.
fn charts(root: PathBuf) -> Vec<Utf8PathBuf> {
    let walk = ignore::WalkBuilder::new(root).standard_filters(false).build();
    let files = walk.flatten().filter(|entry| entry.file_name() == "Chart.yaml").map(ignore::DirEntry::into_path);
    let mut charts: Vec<_> =
        files.filter_map(|file| Utf8PathBuf::from_path_buf(file.parent()?.to_owned()).ok()).collect();
    charts.sort();
    charts
}

/// Every field of the chart's objects that stands in a template as it is, whatever renders it.
fn spots(world: &World, chart: &Chart) -> Vec<Spot> {
    let mut spots: BTreeMap<(Utf8PathBuf, usize), Option<Spot>> = BTreeMap::new();
    let promised = admission::promised(chart);
    for document in chart.documents().iter().filter(|document| document.is_sound()) {
        let Some(targets) = admission::targets(world::schemas(), promised, document) else { continue };
        let mappings =
            document.tree().ids().map(|id| document.node(id)).filter(|node| node.is_mapping() && !node.is_alias());
        for (key, value) in mappings.flat_map(Node::entries) {
            let Some((at, spot)) = spot(world, key, value, targets.releases) else { continue };
            // Where renderings differ, nobody can say what is right.
            spots.entry(at).and_modify(|known| *known = None).or_insert(Some(spot));
        }
    }
    spots.into_values().flatten().collect()
}

/// The schemas of the mapping around a key, one for each release; `None` where one of them takes any field.
fn around<'w>(key: Node<'w>, releases: ReleaseSet) -> Option<Vec<Schema<'w>>> {
    let strict =
        |schema: &Schema| !schema.preserve_unknown && schema.additional().is_none() && schema.properties().len() > 0;
    let schemas = releases.iter().map(|release| {
        let (mapping, schema) = trail(world::schemas(), key, release).pop()?;
        (key.parent() == Some(mapping) && strict(&schema)).then_some(schema)
    });
    schemas.collect()
}

type At = (Utf8PathBuf, usize);

fn spot<'w>(world: &World, key: Node<'w>, value: Node<'w>, releases: ReleaseSet) -> Option<(At, Spot)> {
    let name = key.text().filter(|name| name.len() > 2 && !key.is_quoted())?;
    let path = key.path();
    if !path.contains('.') || path.starts_with("metadata") {
        return None;
    }
    let place = key.place().filter(|place| place.verbatim)?;
    let source = world.source(place.span.file)?;
    let start = source.lines.line_col(place.span.range.start, Encoding::Utf8);
    let line = source.text.lines().nth(start.line as usize)?;
    let key_at = start.col as usize..start.col as usize + name.len();
    let lead = &line[..key_at.start];
    if !source.path.as_str().contains("/templates/") || !lead.trim_start().trim_start_matches("- ").is_empty() {
        return None;
    }
    let schemas = around(key, releases)?;
    if !schemas.iter().all(|schema| schema.property(name).is_some()) {
        return None;
    }
    let siblings = schemas.iter().flat_map(|schema| schema.properties()).map(|(name, _)| name.to_owned()).collect();
    let rest = line[key_at.end..].strip_prefix(": ").map(str::trim).unwrap_or_default();
    // One line that says all.
    let scalar =
        !rest.is_empty() && !rest.starts_with(['|', '>', '&', '*', '{', '[', '#', '!']) && !line.contains("{{");
    let whole = scalar && value.text().is_some_and(|text| rest.trim_matches(['"', '\'']) == text);
    let of = |schema: &Schema<'w>| schema.property(name);
    let kinds: BTreeSet<Option<&str>> = schemas.iter().filter_map(of).map(wrong).collect();
    let mistyped = match (kinds.len(), kinds.first()) {
        (1, Some(Some(wrong))) if whole && !matches!(said(value), Said::Null) => Some(match *wrong {
            "12" => "12",
            "many" => "many",
            _ => "maybe",
        }),
        _ => None,
    };
    // What becomes empty is null, and null is dropped: that the object may do without.
    let others = key.parent().is_some_and(|mapping| mapping.entries().count() > 1);
    let required =
        (whole && others && lead.trim().is_empty() && needed(name, &schemas)).then(|| heading(world, key)).flatten();
    let mut strange = Vec::new();
    if whole && lead.trim().is_empty() {
        strange = strange_columns(world, key, name, start.line as usize, key_at.start, releases);
    }
    let spot = Spot {
        path: source.path.clone(),
        line: start.line as usize,
        name: name.to_owned(),
        key: key_at,
        siblings,
        mistyped,
        required,
        strange,
    };
    Some(((spot.path.clone(), spot.line), spot))
}

/// A value that a field cannot have.
fn wrong(schema: Schema) -> Option<&'static str> {
    if schema.int_or_string {
        return None;
    }
    match schema.kind? {
        Type::String => Some("12"),
        Type::Integer | Type::Number => Some("many"),
        Type::Boolean => Some("maybe"),
        Type::Object | Type::Array => None,
    }
}

fn needed(name: &str, schemas: &[Schema]) -> bool {
    let without_default = |schema: &Schema| schema.property(name).is_some_and(|field| field.node().default.is_none());
    schemas.iter().all(|schema| schema.node().requires(name) && without_default(schema))
}

/// The line of what a reader takes for the name of the mapping around a key.
fn heading(world: &World, key: Node) -> Option<usize> {
    let place = key.parent()?.heading().place().filter(|place| place.verbatim)?;
    Some(world.source(place.span.file)?.lines.line_col(place.span.range.start, Encoding::Utf8).line as usize)
}

/// Where the line can be moved to so that it belongs to a mapping that does not know it: the one around, and that of
/// the field above.
fn strange_columns(
    world: &World,
    key: Node,
    name: &str,
    line: usize,
    column: usize,
    releases: ReleaseSet,
) -> Vec<usize> {
    let mut columns = Vec::new();
    let of = |node: Node| {
        let place = node.place().filter(|place| place.verbatim)?;
        let at = world.source(place.span.file)?.lines.line_col(place.span.range.start, Encoding::Utf8);
        Some((at.line as usize, at.col as usize, place.span.file))
    };
    let Some(mapping) = key.parent() else { return columns };
    let Some((_, _, file)) = of(key) else { return columns };
    let last = mapping.entries().last().is_some_and(|(last, _)| last == key);
    let outer = mapping.parent().filter(|outer| outer.is_mapping()).map(|_| mapping.heading());
    // Only the last line of a mapping can leave it without taking others along.
    if let Some((above, to, own)) = outer.filter(|_| last && mapping.entries().count() > 1).and_then(of) {
        let unknown = outer.and_then(|outer| around(outer, releases));
        if own == file
            && above < line
            && to < column
            && unknown.is_some_and(|schemas| schemas.iter().all(|schema| schema.property(name).is_none()))
        {
            columns.push(to);
        }
    }
    let before = mapping.entries().take_while(|(other, _)| *other != key).last();
    if let Some((_, value)) = before.filter(|(_, value)| value.is_mapping() && !value.is_alias()) {
        let inner = value.entries().last().map(|(key, _)| key);
        if let (Some(inner), Some((above, to, own))) = (inner, inner.and_then(of)) {
            let unknown = around(inner, releases);
            if own == file
                && above < line
                && to > column
                && unknown.is_some_and(|schemas| schemas.iter().all(|schema| schema.property(name).is_none()))
            {
                columns.push(to);
            }
        }
    }
    columns
}

/// The name with one slip of a finger, which is no other name of the mapping.
fn misspell(name: &str, siblings: &BTreeSet<String>, dice: &mut Dice) -> Option<String> {
    for _ in 0..8 {
        let mut letters: Vec<char> = name.chars().collect();
        let at = dice.below(letters.len());
        match dice.below(4) {
            0 => drop(letters.remove(at)),
            1 => letters.insert(at, letters[at]),
            2 if at + 1 < letters.len() => letters.swap(at, at + 1),
            _ => letters[at] = char::from(b'a' + dice.below(26) as u8),
        }
        let wrong: String = letters.into_iter().collect();
        if wrong != name && !siblings.contains(&wrong) {
            return Some(wrong);
        }
    }
    None
}

fn plant(source: &str, spot: &Spot, sort: Sort, dice: &mut Dice) -> Option<Mistake> {
    let mut lines: Vec<String> = source.split('\n').map(str::to_owned).collect();
    let line = lines.get_mut(spot.line)?;
    let before = line.clone();
    let mut told = vec![spot.line];
    match sort {
        Sort::Misspelled => line.replace_range(spot.key.clone(), &misspell(&spot.name, &spot.siblings, dice)?),
        Sort::Mistyped => line.replace_range(spot.key.end.., &format!(": {}", spot.mistyped?)),
        Sort::Dropped => {
            told = vec![spot.required?];
            lines.remove(spot.line);
        }
        Sort::Indented => {
            let to = *spot.strange.get(dice.below(spot.strange.len()))?;
            *line = format!("{}{}", " ".repeat(to), line.trim_start());
        }
    }
    let now = lines.get(spot.line).cloned().unwrap_or_default();
    Some(Mistake {
        path: spot.path.clone(),
        text: lines.join("\n"),
        lines: told,
        name: spot.name.clone(),
        what: format!("{}:{}: {sort:?}: {} -> {}", spot.path, spot.line + 1, before.trim_end(), now.trim_end()),
    })
}

/// What is told of the mistake at its line.
fn told(host: &mut Host, mistake: &Mistake, known: &BTreeSet<(usize, String)>) -> Vec<Diagnostic> {
    host.apply(vec![Change::Open(mistake.path.clone(), mistake.text.as_str().into())]);
    let world = host.world();
    let found = at_lines(&world, &mistake.path);
    host.apply(vec![Change::Close(mistake.path.clone())]);
    let new = found.into_iter().filter(|(line, finding)| !known.contains(&(*line, finding.message.clone())));
    new.filter(|(line, _)| mistake.lines.contains(line)).map(|(_, finding)| finding).collect()
}

fn at_lines(world: &World, path: &Utf8Path) -> Vec<(usize, Diagnostic)> {
    let found = rules::check(world).into_iter().filter(|finding| finding.severity != Severity::Info);
    let placed = found.filter_map(|finding| {
        let source = world.source(finding.span.file)?;
        let line = source.lines.line_col(finding.span.range.start, Encoding::Utf8).line as usize;
        (source.path == path).then_some((line, finding))
    });
    placed.collect()
}

/// Found, and the name that was meant is said.
struct Outcome {
    sort: Sort,
    found: bool,
    named: bool,
    what: String,
}

fn planted_in(root: &Utf8Path, seed: u64, count: usize) -> Vec<Outcome> {
    let mut host = host_of(root);
    let world = host.world();
    let Some(chart) = world.charts.get(root) else { return Vec::new() };
    let spots = spots(&world, chart);
    let mut dice = Dice(seed);
    let mut outcomes = Vec::new();
    let mut known: BTreeMap<Utf8PathBuf, BTreeSet<(usize, String)>> = BTreeMap::new();
    for number in 0..count * 4 {
        if spots.is_empty() || outcomes.len() >= count {
            break;
        }
        let sort = [Sort::Misspelled, Sort::Mistyped, Sort::Dropped, Sort::Indented][number % 4];
        let able = |spot: &&Spot| match sort {
            Sort::Misspelled => true,
            Sort::Mistyped => spot.mistyped.is_some(),
            Sort::Dropped => spot.required.is_some(),
            Sort::Indented => !spot.strange.is_empty(),
        };
        let able: Vec<&Spot> = spots.iter().filter(able).collect();
        if able.is_empty() {
            continue;
        }
        let spot = *dice.pick(&able);
        let Some(source) = host.read(&spot.path) else { continue };
        let Some(mistake) = plant(&source.text, spot, sort, &mut dice) else { continue };
        let known = known.entry(spot.path.clone()).or_insert_with(|| {
            at_lines(&world, &spot.path).into_iter().map(|(line, finding)| (line, finding.message)).collect()
        });
        let found = told(&mut host, &mistake, known);
        let meant = format!("`{}`", mistake.name);
        let named = found.iter().any(|finding| finding.help.as_ref().is_some_and(|help| help.contains(&meant)));
        outcomes.push(Outcome { sort, found: !found.is_empty(), named, what: mistake.what });
    }
    outcomes
}

fn planted(split: &str, seed: u64) {
    let Some(root) = corpus(&format!("corpus/{split}")) else { return };
    let charts = charts(root);
    let count = std::env::var("PLANTED").ok().and_then(|count| count.parse().ok()).unwrap_or(MISTAKES);
    let each = count.div_ceil(charts.len()) + 2;
    let seeds: Vec<_> = charts.iter().enumerate().map(|(at, chart)| (chart, seed + at as u64)).collect();
    let outcomes =
        in_parallel(&seeds, |(chart, seed)| planted_in(chart, seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), each));
    let outcomes: Vec<Outcome> = outcomes.into_iter().flatten().collect();
    let missed: Vec<&str> = outcomes.iter().filter(|outcome| !outcome.found).map(|outcome| &*outcome.what).collect();
    let misspelled: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.sort == Sort::Misspelled).collect();
    let unnamed: Vec<&str> = misspelled.iter().filter(|outcome| !outcome.named).map(|outcome| &*outcome.what).collect();
    let mut sorts: BTreeMap<Sort, (usize, usize)> = BTreeMap::new();
    for outcome in &outcomes {
        let counts = sorts.entry(outcome.sort).or_default();
        *counts = (counts.0 + usize::from(outcome.found), counts.1 + 1);
    }
    println!(
        "{split}: {} mistakes, {} missed, {} of {} names unsaid: {sorts:?}",
        outcomes.len(),
        missed.len(),
        unnamed.len(),
        misspelled.len()
    );
    println!("missed:\n{}\nunnamed:\n{}", missed.join("\n"), unnamed.join("\n"));
    assert!(outcomes.len() >= count, "only {} mistakes", outcomes.len());
    assert!(missed.len() * 100 <= outcomes.len(), "{} of {} are missed", missed.len(), outcomes.len());
    assert!(unnamed.len() * 10 <= misspelled.len(), "{} of {} names are not said", unnamed.len(), misspelled.len());
}

#[test]
fn in_kubeblocks_0_7() {
    planted("kb-0.7", 7);
}

#[test]
fn in_addons_0_8() {
    planted("addons-0.8", 8);
}

#[test]
fn in_addons_1_0() {
    planted("addons-1.0", 10);
}
