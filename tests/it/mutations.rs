//! A fault of each rule, planted with a seed in charts that people wrote: the rule must find it where it is.

mod grafts;
mod planters;
mod properties;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use kubeblocks_ls::diagnostic::{Diagnostic, Located, Sink};
use kubeblocks_ls::host::{self, Host};
use kubeblocks_ls::model::object::{Document, Node};
use kubeblocks_ls::model::uses::Uses;
use kubeblocks_ls::rules::{self, Check, RULES};
use kubeblocks_ls::text::{Encoding, Span, TextRange};
use kubeblocks_ls::vfs::Source;
use kubeblocks_ls::world::{Chart, World};

use crate::support::{Dice, corpus, in_parallel, memory_host};
use planters::{At, Change, How, Planter};

/// Faults of each planter.
const TIMES: usize = 5;

/// Some charts of the corpus that belong together, as files below `/w`.
pub(super) struct Group {
    name: String,
    files: BTreeMap<Utf8PathBuf, String>,
}

/// The charts of an engine, with what they depend on.
pub(super) fn groups() -> Option<Vec<Group>> {
    let splits =
        [("kb-0.7", &["deploy"][..]), ("addons-0.8", &["addons"]), ("addons-1.0", &["addons", "addons-cluster"])];
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for (split, folders) in splits {
        let root = Utf8PathBuf::from_path_buf(corpus(&format!("corpus/{split}"))?).unwrap();
        for folder in folders {
            let mut charts: Vec<_> = root.join(folder).read_dir_utf8().unwrap().map(|entry| entry.unwrap()).collect();
            charts.sort_by_key(|entry| entry.file_name().to_owned());
            for chart in charts.iter().filter(|entry| entry.path().join("Chart.yaml").exists()) {
                let engine = chart.file_name().trim_end_matches("-cluster");
                let name = format!("{split}/{engine}");
                let group = groups.entry(name.clone()).or_insert_with(|| Group { name, files: BTreeMap::new() });
                read(&root, chart.path(), group);
            }
        }
    }
    Some(groups.into_values().collect())
}

/// The chart, and those that it takes from folders beside it.
fn read(root: &Utf8Path, chart: &Utf8Path, group: &mut Group) {
    let Ok(about) = std::fs::read_to_string(chart.join("Chart.yaml")) else { return };
    let seen = Utf8Path::new("/w").join(chart.strip_prefix(root).unwrap());
    if group.files.contains_key(&seen.join("Chart.yaml")) {
        return;
    }
    for entry in ignore::WalkBuilder::new(chart).standard_filters(false).build().flatten() {
        let path = Utf8Path::from_path(entry.path()).unwrap();
        if let Ok(text) = std::fs::read_to_string(path) {
            group.files.insert(seen.join(path.strip_prefix(chart).unwrap()), text);
        }
    }
    for line in about.lines() {
        if let Some((_, beside)) = line.split_once("file://") {
            let beside = chart.join(beside.trim_matches(['"', '\'', ' ']));
            if let Ok(beside) = beside.canonicalize_utf8() {
                read(root, &beside, group);
            }
        }
    }
}

/// One place where a fault can be planted: the file and the lines (from 0) where it is then, and the new texts.
struct Spot {
    group: usize,
    path: Utf8PathBuf,
    lines: std::ops::RangeInclusive<usize>,
    texts: BTreeMap<Utf8PathBuf, String>,
}

/// What a rule says, where: file, line, message.
type Said = (Utf8PathBuf, usize, String);

/// The findings of one rule, which does not wait for the others.
fn findings(world: &World, name: &str) -> Vec<Diagnostic> {
    let Some(rule) = RULES.iter().find(|rule| rule.name == name) else { return Vec::new() };
    let mut sink = Sink::default();
    sink.enter(rule.name, rule.severity);
    let documents = || world.charts.values().flat_map(|chart| chart.documents());
    match rule.check {
        Check::Document(check) => documents().for_each(|document| check(document, &mut sink)),
        Check::Yaml(check) => {
            let plain = world.charts.values().flat_map(|chart| chart.plain());
            documents().chain(plain).for_each(|document| check(document, &mut sink));
        }
        Check::Part(check) => {
            let of = |chart: &Chart, sink: &mut Sink| {
                chart.documents().iter().for_each(|document| check(chart, document, sink));
            };
            world.charts.values().for_each(|chart| of(chart, &mut sink));
        }
        Check::Chart(check) => world.charts.values().for_each(|chart| check(chart, &mut sink)),
        Check::Linked(check) => {
            let uses = Uses::new(world);
            world.charts.values().for_each(|chart| check(&uses, chart, &mut sink));
        }
        Check::File(check) => world.files.values().for_each(|file| check(world, file, &mut sink)),
        Check::Unused(_) => return rules::check(world).into_iter().filter(|finding| finding.rule == name).collect(),
    }
    sink.into_findings()
}

fn said(world: &World, rule: &str) -> Vec<Said> {
    let told = findings(world, rule).into_iter().filter_map(|finding| {
        let source = world.source(finding.span.file)?;
        let line = source.lines.line_col(finding.span.range.start, Encoding::Utf8).line as usize;
        Some((source.path.clone(), line, finding.message))
    });
    told.collect()
}

/// The places in a group.
fn spots(planter: &Planter, group: usize, files: &Group, world: &World) -> Vec<Spot> {
    let mut found: BTreeMap<(Utf8PathBuf, usize), Spot> = BTreeMap::new();
    let kinds = || world.charts.values().flat_map(|chart| chart.documents()).filter_map(|document| document.kind());
    let fits = planter.groups.iter().any(|groups| files.name.starts_with(groups));
    if !fits || kinds().any(|kind| kind == planter.without) {
        return Vec::new();
    }
    if let How::Text(edit) = planter.how {
        let of_library = |path: &Utf8Path| path.as_str().contains("/kblib/") || path.as_str().contains("/charts/");
        let of_planter = |path: &Utf8Path| match planter.path {
            "/templates/" => path.as_str().contains("/templates/") && path.extension() == Some("yaml"),
            name => path.as_str().ends_with(name),
        };
        for (path, text) in files.files.iter().filter(|(path, _)| of_planter(path) && !of_library(path)) {
            let source = world.file(path).map(|file| &file.source);
            for (range, new) in edit(text).into_iter().filter(|(range, _)| is_executed(world, source, range.start)) {
                let line = text[..range.start].matches('\n').count();
                let last = line + new.trim_end_matches('\n').matches('\n').count();
                let text = format!("{}{new}{}", &text[..range.start], &text[range.end..]);
                let texts = BTreeMap::from([(path.clone(), text)]);
                found
                    .insert((path.clone(), range.start), Spot { group, path: path.clone(), lines: line..=last, texts });
            }
        }
        return found.into_values().collect();
    }
    let of_kind = |document: &&Document| {
        let kind = document.kind().unwrap_or_default();
        planter.kinds.is_empty() || planter.kinds.split('|').any(|wanted| wanted == kind)
    };
    for chart in world.charts.values() {
        for document in chart.documents().iter().filter(of_kind) {
            let Some(root) = document.root().filter(|_| document.is_sound()) else { continue };
            for node in root.each(planter.path).into_iter().filter(|node| planter.when.is_none_or(|when| when(*node))) {
                if let Some(spot) = spot(planter, group, world, node) {
                    found.insert((spot.path.clone(), *spot.lines.start()), spot);
                }
            }
        }
    }
    found.into_values().collect()
}

/// Some text of the line came to the output, or the line stands at the start, or outside of all templates.
fn is_executed(world: &World, source: Option<&Arc<Source>>, at: usize) -> bool {
    // What the chart does not read is in no world.
    let Some(source) = source else { return false };
    if source.path.extension() != Some("yaml") || !source.path.as_str().contains("/templates/") {
        return true;
    }
    let line = source.lines.line_col(at as u32, Encoding::Utf8).line;
    let own = source.lines.line_range(line);
    // Of what comes from files nothing is printed by the line.
    let whole = at == 0 || at == source.text.len() || own.of(&source.text).contains(".Files.");
    let range = if whole { TextRange::new(0, source.text.len()) } else { own };
    let span = Span { file: source.id, range };
    let mut files = world.charts.values().flat_map(|chart| chart.rendering()).flat_map(|render| &render.files);
    files.any(|file| file.text.places(span).iter().any(|place| !place.is_empty()))
}

fn spot(planter: &Planter, group: usize, world: &World, node: Node<'_>) -> Option<Spot> {
    let changes = planter.how.changes(world, node)?;
    let mut edits = Vec::new();
    for (node, change) in changes {
        edits.push(edit(world, node, change)?);
    }
    let (source, first) = edits.first().map(|(source, range, _)| (*source, range.clone()))?;
    if edits.iter().any(|(source, ..)| !source.path.as_str().contains("/templates/")) {
        return None;
    }
    edits.sort_by_key(|(_, range, _)| range.start);
    let mut texts: BTreeMap<Utf8PathBuf, String> = BTreeMap::new();
    let mut lines = 0..=0;
    // From behind, so that places stay what they are.
    for (other, range, new) in edits.iter().rev() {
        let text = texts.entry(other.path.clone()).or_insert_with(|| other.text.to_string());
        text.replace_range(range.clone(), new);
        if other.id == source.id && *range == first {
            let before = edits.iter().filter(|(other, range, _)| other.id == source.id && range.start < first.start);
            let moved = |(_, range, new): &(&Arc<Source>, std::ops::Range<usize>, String)| {
                new.matches('\n').count() - source.text[range.clone()].matches('\n').count()
            };
            let line = source.text[..first.start].matches('\n').count() + before.map(moved).sum::<usize>();
            lines = line..=line + new.trim_end_matches('\n').matches('\n').count();
        }
    }
    Some(Spot { group, path: source.path.clone(), lines, texts })
}

/// A change as an edit of a text.
fn edit<'w>(
    world: &'w World,
    node: Node<'w>,
    change: Change,
) -> Option<(&'w Arc<Source>, std::ops::Range<usize>, String)> {
    let heading = node.heading();
    let at = if matches!(change, Change::Put(_)) { node } else { heading };
    let span = at.place().filter(|place| place.verbatim && place.calls.is_empty())?.span;
    let source = world.source(span.file)?;
    let (start, end) = (span.range.start as usize, span.range.end as usize);
    let text = &*source.text;
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
    let (lead, whole) = (&text[line_start..start], &text[line_start..line_end]);
    // Lines of their own, which say all there is: without an action, and not the head of more.
    let plain =
        !whole.contains("{{") && !whole.trim_end().ends_with([':', '|', '>', '{', '[']) && lead.trim().is_empty();
    let (range, new) = match change {
        Change::Put(text) => (start..end, text),
        Change::Key(name) => (start..end, name.to_owned()),
        Change::Beside(lines) if lead.trim().is_empty() || lines.starts_with("- ") && lead.trim() == "-" => {
            let indent = &lead[..lead.len() - lead.trim_start().len()];
            (line_start..line_start, lines.lines().map(|line| format!("{indent}{line}\n")).collect())
        }
        Change::Gone if plain && heading.parent()?.entries().count() > 1 => (line_start..line_end, String::new()),
        Change::Twice if plain => (line_end..line_end, whole.to_owned()),
        _ => return None,
    };
    Some((source, range, new))
}

/// Plants and looks.
fn misses(planter: &Planter, spot: &Spot, host: &mut Host, known: &[Said]) -> bool {
    let open = |(path, text): (&Utf8PathBuf, &String)| host::Change::Open(path.clone(), text.as_str().into());
    host.apply(spot.texts.iter().map(open).collect());
    let world = host.world();
    let mut old: BTreeMap<&str, usize> = BTreeMap::new();
    for (.., message) in known {
        *old.entry(message).or_default() += 1;
    }
    let found = said(&world, planter.rule);
    host.apply(spot.texts.keys().cloned().map(host::Change::Close).collect());
    !found.iter().any(|(path, line, message)| {
        let there = match planter.at {
            At::Line => *path == spot.path && spot.lines.contains(line),
            At::File => *path == spot.path,
            At::World => true,
        };
        let now = found.iter().filter(|new| new.2 == *message).count();
        there && now > old.get(message.as_str()).copied().unwrap_or_default()
    })
}

/// `RULE=name,name` narrows the run to some rules.
#[test]
fn planted_faults_are_found() {
    let Some(groups) = groups() else { return };
    let only = std::env::var("RULE").ok();
    let planters: Vec<&Planter> = planters::planters()
        .filter(|planter| only.as_ref().is_none_or(|rules| rules.split(',').any(|rule| rule == planter.rule)))
        .collect();
    let numbered: Vec<(usize, &Group)> = groups.iter().enumerate().collect();
    // Places first, in each group with all planters.
    let found: Vec<Vec<Vec<Spot>>> = in_parallel(&numbered, |(number, group)| {
        let host = memory_host(&group.files);
        let world = host.world();
        planters.iter().map(|planter| spots(planter, *number, group, &world)).collect()
    });
    let mut by_planter: Vec<Vec<Spot>> = planters.iter().map(|_| Vec::new()).collect();
    for group in found {
        for (all, spots) in by_planter.iter_mut().zip(group) {
            all.extend(spots);
        }
    }
    let mut work: BTreeMap<usize, Vec<(usize, Spot)>> = BTreeMap::new();
    let mut report: Vec<(usize, Vec<String>)> = Vec::new();
    for (at, mut spots) in by_planter.into_iter().enumerate() {
        let name = planters[at].rule.bytes().chain(planters[at].path.bytes());
        let mut dice = Dice(name.fold(0x9e37_79b9_7f4a_7c15, |seed, byte| seed.rotate_left(5) ^ u64::from(byte)));
        report.push((spots.len(), Vec::new()));
        for _ in 0..TIMES.min(spots.len()) {
            let spot = spots.swap_remove(dice.below(spots.len()));
            work.entry(spot.group).or_default().push((at, spot));
        }
    }
    let work: Vec<_> = work.into_iter().collect();
    let outcomes = in_parallel(&work, |(group, spots)| {
        let mut host = memory_host(&groups[*group].files);
        let world = host.world();
        // As it was, it is what is installed.
        host.apply(vec![host::Change::Installed(world.clone())]);
        let of: BTreeSet<&str> = spots.iter().map(|(at, _)| planters[*at].rule).collect();
        let known: BTreeMap<&str, Vec<Said>> = of.into_iter().map(|rule| (rule, said(&world, rule))).collect();
        let missed = spots.iter().filter(|(at, spot)| {
            let planter = planters[*at];
            misses(planter, spot, &mut host, &known[planter.rule])
        });
        missed
            .map(|(at, spot)| (*at, format!("{} {}:{}", groups[*group].name, spot.path, spot.lines.start() + 1)))
            .collect::<Vec<_>>()
    });
    for (at, place) in outcomes.into_iter().flatten() {
        report[at].1.push(place);
    }
    let mut faults = String::new();
    let mut places_of: BTreeMap<&str, usize> = BTreeMap::new();
    for (planter, (places, missed)) in planters.iter().zip(&report) {
        println!("{}: {places} places, {} of {} missed", planter.rule, missed.len(), TIMES.min(*places));
        *places_of.entry(planter.rule).or_default() += places;
        if *places == 0 {
            faults.push_str(&format!("{} at {}: no place\n", planter.rule, planter.path));
        }
        for place in missed {
            faults.push_str(&format!("{} at {}: not found: {place}\n", planter.rule, planter.path));
        }
    }
    for (rule, places) in places_of.into_iter().filter(|(_, places)| *places < TIMES) {
        faults.push_str(&format!("{rule}: {places} places only\n"));
    }
    assert!(faults.is_empty(), "\n{faults}");
}
