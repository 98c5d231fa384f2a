//! Completion in real charts: at many places nothing panics, and what was deleted is offered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use camino::Utf8PathBuf;
use kubeblocks_ls::diagnostic::Located;
use kubeblocks_ls::helm::outline::EntryKind;
use kubeblocks_ls::host::{Change, Host};
use kubeblocks_ls::ide::{Cursor, completion, definition};
use kubeblocks_ls::model::parts::Part;
use kubeblocks_ls::schema::release::ReleaseSet;
use kubeblocks_ls::schema::walk::Place;
use kubeblocks_ls::template::ast::{Command, Expr, ExprKind, Visitor};
use kubeblocks_ls::text::{Span, TextRange};
use kubeblocks_ls::vfs::OsDisk;
use kubeblocks_ls::world::{File, World, schemas};

use crate::support::{Dice, corpus};

/// Charts of different sizes and habits; where the variable `CORPUS` names a folder of the corpus, all that is in it.
const CHARTS: [&str; 4] = ["kafka", "redis", "etcd", "kblib"];
/// Sites of each family, unless the variable `SITES` asks for more; `SEED` takes others.
const SITES: usize = 12;

fn host() -> Option<Host> {
    let roots = if let Ok(folder) = std::env::var("CORPUS") {
        vec![corpus(&format!("corpus/{folder}"))?]
    } else {
        let root = corpus("corpus/addons-1.0")?;
        let both = |chart| [root.join("addons").join(chart), root.join("addons-cluster").join(chart)];
        CHARTS.iter().flat_map(both).filter(|path| path.exists()).collect()
    };
    let mut host = Host::new(Arc::new(OsDisk));
    host.apply(vec![Change::Roots(roots.into_iter().map(|path| Utf8PathBuf::from_path_buf(path).unwrap()).collect())]);
    Some(host)
}

/// So many of them, in a random order.
fn some<T>(mut all: Vec<T>, count: usize, dice: &mut Dice) -> Vec<T> {
    while all.len() > count {
        let at = dice.below(all.len());
        all.swap_remove(at);
    }
    all
}

#[test]
fn nothing_panics_at_many_places() {
    let Some(host) = host() else { return };
    let world = host.world();
    let mut dice = Dice(7);
    let (mut asked, mut answered) = (0, 0);
    for file in world.files.values().filter(|file| file.source.text.len() < 60_000) {
        for _ in 0..4 {
            let offset = dice.below(file.source.text.len() + 1) as u32;
            let at = Cursor { file: file.source.id, offset };
            asked += 1;
            if let Some(found) = completion::completion(&world, at) {
                answered += 1;
                let text = found.range.of(&file.source.text);
                assert!(found.range.start <= offset && offset <= found.range.end + 3 && !text.contains('\n'));
                assert!(!found.items.is_empty());
            }
        }
    }
    assert!(answered > 100, "{answered} of {asked}");
}

/// A token that can be deleted, and the label that should be offered in its place.
struct Token {
    span: Span,
    label: String,
}

/// Tokens of one template file by family; those that are names come from what is rendered.
fn tokens(file: &File, found: &mut BTreeMap<&'static str, Vec<Token>>) {
    let (outline, id, text) = (file.outline(), file.source.id, &file.source.text);
    let mut add = |family, range: TextRange, label: &str| {
        let span = Span { file: id, range };
        found.entry(family).or_default().push(Token { span, label: label.to_owned() });
    };
    for entry_id in outline.ids() {
        let entry = outline.entry(entry_id);
        let document = outline.document_of(entry_id);
        let root = |key| outline.at_root(document, key).and_then(|id| outline.value(id));
        let (Some(api_version), Some(kind)) = (root("apiVersion"), root("kind")) else { continue };
        let at = |path: &_| Place::at(schemas(), api_version, kind, ReleaseSet::ALL, path);
        if let (EntryKind::Key, Some(key)) = (entry.kind, outline.key(entry_id))
            && !entry.flow
            && at(&outline.path(entry.parent)).fields().iter().any(|field| field.name == key)
        {
            add("field", entry.range, key);
        }
        if let (Some(value), Some(scalar)) = (outline.value(entry_id), entry.value)
            && at(&outline.path(Some(entry_id))).values().iter().any(|(known, _)| known.as_str() == Some(value))
        {
            add("value", scalar.range, value);
        }
    }
    for (at, _) in text.match_indices(": *") {
        let length = text[at + 3..].find(|c: char| !c.is_alphanumeric() && !"_-.".contains(c)).unwrap_or_default();
        if length > 0 && !text[..at].rsplit('\n').next().unwrap().contains('#') {
            let range = TextRange::new(at + 3, at + 3 + length);
            add("alias", range, range.of(text));
        }
    }
    for call in file.syntax().named_calls() {
        add("helper", call.name_range, call.name);
    }
    struct Expressions<'s>(Vec<&'s Expr>, Vec<&'s Command>);
    impl<'s> Visitor<'s> for Expressions<'s> {
        fn expr(&mut self, expr: &'s Expr) {
            self.0.push(expr);
        }
        fn command(&mut self, command: &'s Command) {
            self.1.push(command);
        }
    }
    let mut expressions = Expressions(Vec::new(), Vec::new());
    file.syntax().visit(&mut expressions);
    for expr in expressions.0 {
        match &expr.kind {
            ExprKind::Function(name) => add("function", expr.range, name),
            ExprKind::Variable(name, rest) if name.len() > 1 && rest.is_empty() => add("variable", expr.range, name),
            ExprKind::Field(segments) if segments[0].name != "Values" => {
                if let [first, second, ..] = &**segments
                    && ["Release", "Chart", "Files", "Capabilities"].contains(&first.name.as_str())
                {
                    add("member", second.range, &second.name);
                }
            }
            _ => {}
        }
        if let Some(segments) = expr.value_path()
            && let Some(last) = segments.last()
        {
            add("values", last.range, &last.name);
        }
    }
    for command in expressions.1 {
        if let [head, path] = &*command.operands
            && let (ExprKind::Field(segments), ExprKind::String(name)) = (&head.kind, &path.kind)
            && segments.last().is_some_and(|segment| segment.name == "Get")
        {
            add("file", TextRange { start: path.range.start + 1, end: path.range.end - 1 }, name);
        }
    }
}

/// Names of objects and of parts that are written as they are.
fn names(world: &World, found: &mut BTreeMap<&'static str, Vec<Token>>) {
    for chart in world.charts.values() {
        for document in chart.documents() {
            for node in document.tree().ids().map(|id| document.node(id)) {
                let Some(text) = node.text().filter(|text| !text.is_empty() && !node.is_alias()) else { continue };
                let site = world.index().site_at(node);
                let object = site
                    .is_some_and(|site| world.index().matches(&site).iter().any(|object| object.name() == Some(text)));
                let part = || Part::at(node).is_some_and(|part| !part.is_list() && !part.path.contains("{key}"));
                if !object && !part() {
                    continue;
                }
                let Some(place) = node.place().filter(|place| place.verbatim) else { continue };
                let source = world.source(place.span.file).unwrap();
                if place.span.range.of(&source.text) == text && place.calls.is_empty() {
                    let family = if object { "object" } else { "part" };
                    found.entry(family).or_default().push(Token { span: place.span, label: text.to_owned() });
                }
            }
        }
    }
}

#[test]
fn what_was_deleted_is_offered() {
    let Some(mut host) = host() else { return };
    let world = host.world();
    let mut found = BTreeMap::new();
    let is_template = |file: &&Arc<File>| file.source.path.iter().any(|part| part == "templates");
    for file in world.files.values().filter(is_template) {
        tokens(file, &mut found);
    }
    names(&world, &mut found);
    let variable = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let mut dice = Dice(variable("SEED").unwrap_or(11));
    let sites = variable("SITES").map_or(SITES, |sites| sites as usize);
    // Names that nothing else has are given there, not used.
    if let Some(parts) = found.remove("part") {
        let parts = some(parts, 3 * sites, &mut dice).into_iter().filter(|token| {
            let at = Cursor { file: token.span.file, offset: token.span.range.start };
            definition::definition(&world, at).is_some_and(|links| links.origin == token.span)
        });
        found.insert("part", parts.collect());
    }
    let mut before = None;
    let mut table = String::new();
    let (mut all, mut offered, mut near) = (0, 0, 0);
    for (family, tokens) in found {
        let mut sum = (0, 0, 0);
        let mut missed = Vec::new();
        for token in some(tokens, sites, &mut dice) {
            let source = world.source(token.span.file).unwrap();
            let mut text = source.text.to_string();
            text.replace_range(token.span.range.as_usize(), "");
            let close = before.replace(source.path.clone()).filter(|path| *path != source.path).map(Change::Close);
            host.apply(close.into_iter().chain([Change::Open(source.path.clone(), text.into())]).collect());
            let at = Cursor { file: token.span.file, offset: token.span.range.start };
            let items = completion::completion(&host.world(), at).map(|found| found.items).unwrap_or_default();
            let rank = items.iter().position(|item| item.label == token.label);
            sum = (
                sum.0 + 1,
                sum.1 + usize::from(rank.is_some()),
                sum.2 + usize::from(rank.is_some_and(|rank| rank < 10)),
            );
            if rank.is_none_or(|rank| rank >= 10) {
                let line = source.text[..token.span.range.start as usize].matches('\n').count() + 1;
                missed.push(format!("{}:{line} {} {rank:?}", source.path.file_name().unwrap(), token.label));
            }
        }
        table.push_str(&format!(
            "{family:<10} {:>3} of {:>3} offered, {:>3} among the first ten\n",
            sum.1, sum.0, sum.2
        ));
        if std::env::var_os("MISSED").is_some() {
            table.push_str(&format!("{missed:#?}\n"));
        }
        (all, offered, near) = (all + sum.0, offered + sum.1, near + sum.2);
    }
    println!("{table}all        {offered} of {all} offered, {near} among the first ten");
    assert!(all > 70 && offered * 100 >= all * 95 && near * 100 >= all * 90, "{table}");
}

/// How long an answer takes; of use in a release build (`cargo test --release -- --nocapture completion::`).
#[test]
fn answers_come_soon() {
    let Some(host) = host() else { return };
    let world = host.world();
    let mut dice = Dice(3);
    let files: Vec<_> = world.files.values().filter(|file| file.source.text.len() < 60_000).collect();
    let mut times = Vec::new();
    for _ in 0..120 {
        let file = dice.pick(&files);
        let at = Cursor { file: file.source.id, offset: dice.below(file.source.text.len() + 1) as u32 };
        let start = Instant::now();
        completion::completion(&world, at);
        times.push(start.elapsed());
    }
    times.sort();
    println!("completion: p50 {:?}, p95 {:?}, most {:?}", times[60], times[114], times[119]);
    assert!(times[60].as_millis() < 500, "{:?}", times[60]);
}
