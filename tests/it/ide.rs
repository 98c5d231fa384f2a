//! Editor features at every place of real charts: nothing panics, and what is answered can be true.

use std::collections::{BTreeMap, BTreeSet};

use kubeblocks_ls::diagnostic::Located;
use kubeblocks_ls::ide::symbols::Symbol;
use kubeblocks_ls::ide::{
    Cursor, calls, definition, highlight, hints, hover, lenses, links, references, structure, symbols, tokens,
};
use kubeblocks_ls::model::resolve::{Resolution, resolve};
use kubeblocks_ls::text::{Span, TextRange};
use kubeblocks_ls::world::World;

use crate::support::{corpus, disk_world, memory_host};
use crate::worlds::own_charts;

/// Asks everything at every `step`th byte of every file of at most `limit` bytes.
fn ask_everywhere(world: &World, step: usize, limit: usize) -> (usize, usize) {
    let (mut links, mut hovers) = (0, 0);
    for file in world.files.values().filter(|file| file.source.text.len() <= limit) {
        let source = &file.source;
        let inside = |range: TextRange| range.end as usize <= source.text.len() && range.start <= range.end;
        let ids: BTreeSet<_> = [source.id].into();
        check_symbols(&symbols::symbols(world, source.id), TextRange::new(0, source.text.len()));
        for fold in structure::folds(file) {
            assert!(inside(fold.range) && fold.range.of(&source.text).contains('\n'), "{} {fold:?}", source.path);
        }
        let origins: Vec<_> = links::links(world, source.id).into_iter().map(|link| link.origin).collect();
        assert!(origins.iter().all(|origin| inside(*origin)) && origins.is_sorted_by_key(|origin| origin.start));
        let words = tokens::tokens(world, source.id);
        assert!(words.iter().all(|token| inside(token.range)));
        assert!(words.is_sorted_by(|one, next| one.range.end <= next.range.start), "{}", source.path);
        let whole = Span::new(source.id, 0, source.text.len());
        let wanted = hints::Wanted { values: true, references: true };
        assert!(hints::hints(world, whole, wanted).iter().all(|hint| inside(TextRange::empty(hint.at as usize))));
        let wanted = lenses::Wanted { references: true, includes: true };
        assert!(lenses::lenses(world, source.id, wanted).iter().all(|lens| inside(lens.at)));
        for offset in (0..source.text.len()).step_by(step) {
            let at = Cursor { file: source.id, offset: offset as u32 };
            if let Some(found) = definition::definition(world, at) {
                links += 1;
                assert!(ids.contains(&found.origin.file) && inside(found.origin.range));
                assert!(found.origin.range.touches(at.offset), "{} {offset} {found:?}", source.path);
                let targets: BTreeSet<_> = found.targets.iter().collect();
                assert!(!targets.is_empty() && targets.len() == found.targets.len());
                for target in found.targets {
                    assert_eq!(target.full.file, target.name.file);
                    assert!(target.full.range.contains(target.name.range), "{} {offset} {target:?}", source.path);
                    assert_place(world, target.full);
                }
            }
            let chain = structure::selection(file, at.offset);
            assert!(chain.is_sorted_by(|inner, outer| outer.contains(*inner) && outer != inner));
            assert!(chain.iter().all(|range| inside(*range) && range.touches(at.offset)));
            for callee in calls::prepare(world, at) {
                let of = |calls: Vec<calls::Calls>| calls.into_iter().flat_map(|calls| calls.names).count();
                assert!(of(calls::incoming(world, &callee)) > 0 || callee.place.name.range.touches(at.offset));
                of(calls::outgoing(world, &callee));
            }
            if offset % (step * 16) == 0 {
                let marks = highlight::highlights(world, at);
                assert!(marks.iter().all(|(range, _)| inside(*range)) && marks.is_sorted());
            }
            if let Some(found) = hover::hover(world, at) {
                hovers += 1;
                assert!(!found.blocks.is_empty() && found.origin.range.touches(at.offset), "{} {offset}", source.path);
            }
        }
    }
    (links, hovers)
}

fn assert_place(world: &World, span: Span) {
    let text = &world.source(span.file).unwrap().text;
    assert!(text.get(span.range.as_usize()).is_some(), "{span:?}");
}

fn check_symbols(symbols: &[Symbol], inside: TextRange) {
    for symbol in symbols {
        assert!(!symbol.name.is_empty());
        assert!(inside.contains(symbol.full) && symbol.full.contains(symbol.name_range), "{symbol:?}");
        check_symbols(&symbol.children, symbol.full);
    }
}

#[test]
fn everywhere_in_our_charts() {
    let world = memory_host(&own_charts()).world();
    let (links, hovers) = ask_everywhere(&world, 1, usize::MAX);
    assert!(links > 200 && hovers > 500, "{links} {hovers}");
}

#[test]
fn here_and_there_in_the_corpus() {
    let Some(root) = corpus("corpus/greptimedb") else { return };
    let world = disk_world(&[root.join("eee23bc133")]);
    let (links, hovers) = ask_everywhere(&world, 7, 64 << 10);
    assert!(links > 100 && hovers > 100, "{links} {hovers}");
}

#[test]
fn keys_tell_what_they_are_for() {
    let Some(root) = corpus("corpus/greptimedb") else { return };
    let world = disk_world(&[root.join("eee23bc133")]);
    let mut told = 0;
    for document in world.charts.values().flat_map(|chart| chart.documents()) {
        let Some(spec) = document.root().and_then(|root| root.key("spec")) else { continue };
        if !document.group().is_some_and(|group| group.ends_with(".kubeblocks.io")) {
            continue;
        }
        let mappings =
            document.tree().ids().map(|id| document.node(id)).filter(|node| node.is_mapping() && !node.is_alias());
        let keys =
            mappings.flat_map(|node| node.entries()).map(|(key, _)| key).filter(|key| key.path().starts_with("spec"));
        for key in keys.chain([spec]) {
            let Some(place) = key.place().filter(|place| place.verbatim) else { continue };
            let at = Cursor { file: place.span.file, offset: place.span.range.start };
            let blocks = hover::hover(&world, at).map(|hover| hover.blocks).unwrap_or_default();
            let path = key.path().replace(|c: char| c.is_ascii_digit(), "");
            let title = hover::Block::Text(format!("{} `{path}`", document.kind().unwrap()));
            assert!(blocks.contains(&title), "{title:?} {blocks:?}");
            told += 1;
        }
    }
    assert!(told > 250, "{told}");
}

/// So many things are asked who names them, unless the variable `THINGS` asks for more (`all` is all).
const THINGS: usize = 40;

/// Definition at every reference of a generation leads somewhere or the thing is in no chart in view; and who is asked
/// for the references of what it leads to names the place that one came from.
#[test]
fn references_lead_there_and_back() {
    let Some(root) = corpus("corpus/addons-1.0") else { return };
    let world = disk_world(&[root]);
    let (mut sites, mut elsewhere, mut lost) = (0, 0, Vec::new());
    // By the name of what is referred to: of each reference the places where it is written, in the helper and outside.
    let mut led: BTreeMap<Span, BTreeSet<Vec<Span>>> = BTreeMap::new();
    let show = |span: Span| {
        let source = world.source(span.file).unwrap();
        let line = source.text[..span.range.start as usize].matches('\n').count() + 1;
        format!("{}:{line} `{}`", source.path, span.range.of(&source.text))
    };
    for site in world.index().sites() {
        let Some(place) = site.node.place().filter(|_| !site.text().is_empty()) else { continue };
        sites += 1;
        let quote = u32::from(site.node.is_quoted());
        let written = place.calls.iter().map(|(call, _)| (*call, 0)).chain([(place.span, quote)]);
        let cursors = written.clone().map(|(span, quote)| Cursor { file: span.file, offset: span.range.start + quote });
        let found: Vec<_> = cursors.filter_map(|at| definition::definition(&world, at)).collect();
        for target in found.iter().flat_map(|found| &found.targets) {
            let places = written.clone().map(|(span, _)| span).collect();
            led.entry(target.name).or_default().insert(places);
        }
        if found.is_empty() && matches!(resolve(&world, &site), Resolution::Found(_)) {
            lost.push(show(place.span));
        }
        elsewhere += usize::from(found.is_empty());
    }
    let wanted = std::env::var("THINGS").ok();
    let count = wanted.as_deref().map_or(THINGS, |wanted| wanted.parse().unwrap_or(usize::MAX)).min(led.len());
    println!("{sites} references, {elsewhere} lead nowhere in view, {} things, {count} asked", led.len());
    let step = led.len().div_ceil(count.max(1));
    for (thing, origins) in led.iter().step_by(step) {
        let found = references::references(&world, Cursor { file: thing.file, offset: thing.range.start });
        let uses: Vec<Span> = found.iter().flat_map(|found| &found.uses).map(|used| used.span).collect();
        let back = |places: &Vec<Span>| {
            let at = |place: &Span| uses.iter().any(|used| used.file == place.file && place.range.contains(used.range));
            places.iter().any(at)
        };
        let missed = origins.iter().filter(|places| !back(places));
        lost.extend(missed.map(|places| format!("{} <- {}", show(*thing), show(places[0]))));
    }
    assert!(sites > 1000 && lost.is_empty(), "{} of {sites}:\n{}", lost.len(), lost.join("\n"));
}
