//! Files of the chart that ConfigMaps bring into containers, and such texts in its values: variables in scripts, and names
//! and functions in what KubeBlocks itself renders.

use std::collections::HashSet;

use camino::Utf8Path;

use super::environment::{self, Form, Open, Shown};
use super::{About, Item, Kind, Question, functions, variables};
use crate::helm::outline::SlotKind;
use crate::ide::environment::Given;
use crate::ide::locate::Spot;
use crate::ide::parameters;
use crate::ide::typed::{self, Root, What};
use crate::model::config_template::{MANAGED_NAMES, function_names, is_credential, managed};
use crate::model::given::Given as Objects;
use crate::model::knobs::{self, Knob};
use crate::model::resolve::CONFIG_MAP;
use crate::model::vars::Var;
use crate::schema::release::ReleaseSet;
use crate::schema::walk::Field;
use crate::text::{Span, TextRange};
use crate::world::schemas;
use crate::yaml::path::node_at;

/// The bytes of the file that are shown elsewhere as they are, the cursor among them: all, or a block scalar. `None` in
/// templates of Helm's and in settings, but for blocks in values.
pub(super) fn text(question: &Question<'_>) -> Option<TextRange> {
    let path = &question.source().path;
    let name = path.file_name().unwrap_or_default();
    let own = question.charts.iter().filter(|chart| chart.package().is_some());
    let mut own = own.filter_map(|chart| path.strip_prefix(&chart.root).ok());
    let is_template = |path: &Utf8Path| path.iter().any(|part| ["templates", "charts"].contains(&part));
    if question.world.config.holds(question.file) || own.all(is_template) {
        return None;
    }
    let is_shown = |offset: usize| environment::shown(question, offset as u32).anywhere;
    let is_whole = !name.starts_with("values") && !["Chart.yaml", "Chart.lock"].contains(&name);
    // Behind the last line nothing is shown yet.
    let whole = TextRange::new(0, question.text().len());
    if is_whole && is_shown(first(whole, question.text())) {
        return Some(whole);
    }
    let slot = question.file.outline().slot(question.at.offset).filter(|slot| slot.kind == SlotKind::Block);
    let block = slot.map(|slot| slot.range).filter(|block| is_shown(first(*block, question.text())));
    block.or_else(|| (is_whole && is_shown(question.at.offset as usize)).then_some(whole))
}

/// The first byte of the text that is no blank.
fn first(within: TextRange, text: &str) -> usize {
    let text = within.of(text);
    within.start as usize + (text.len() - text.trim_start().len())
}

/// What can be written there; `None` where Helm executes the text.
pub(super) fn items(question: &Question<'_>, within: TextRange) -> Option<(TextRange, Vec<Item>)> {
    if is_executed(question, within) {
        return None;
    }
    let here = environment::shown(question, question.at.offset);
    let start = first(within, question.text()) as u32;
    let shown = if here.anywhere { here } else { environment::shown(question, start) };
    // It is no manifest, whatever it looks like.
    let nothing = (TextRange::empty(question.at.offset as usize), Vec::new());
    if let Some(typed) = typed::typed(question.text(), question.file.syntax(), question.at.offset) {
        let items = match &typed.what {
            What::Field { root: Root::Dot | Root::Variable("$"), path } if path.is_empty() => {
                let is_visible =
                    |given: &Given<'_>| given.name.parent().is_none_or(|node| !is_credential(Var { node }));
                let visible = Shown { given: shown.given.into_iter().filter(is_visible).collect(), ..Shown::default() };
                let objects = MANAGED_NAMES.iter().map(|name| Item::new(*name, Kind::Member).detail("for parameters"));
                visible.items().chain(objects).collect()
            }
            What::Word { first } => {
                let known: HashSet<&str> = function_names().collect();
                let mut items = functions::items(question, &typed, *first);
                items.retain(|item| item.kind != Kind::Function || known.contains(item.label.as_str()));
                items.extend(managed().map(|(name, params, words)| {
                    Item::new(name, Kind::Function).detail(params).about(About::Text(words.to_owned()))
                }));
                items
            }
            What::Variable => variables::items(question),
            What::Field { root: Root::Dot | Root::Variable("$"), path } => members(path),
            What::Field { .. } | What::Text => Vec::new(),
        };
        return Some((typed.range, items));
    }
    let start = question.text()[..question.at.offset as usize].rfind('\n').map_or(0, |end| end + 1);
    let form = Form { shell: true, kubernetes: !shown.in_files };
    let Some(open) = Open::at(question, start as u32, form) else {
        return Some(settings(question, within).unwrap_or(nothing));
    };
    Some((open.range, open.items(shown.items())))
}

/// What is below the objects that are there for parameters, as far as schemas know them.
fn members(path: &[&str]) -> Vec<Item> {
    let api_versions = ["apps.kubeblocks.io/v1", "apps.kubeblocks.io/v1alpha1"];
    let place = Objects::new(schemas(), &api_versions, ReleaseSet::ALL).at(path);
    let fields = place.map(|place| place.fields()).unwrap_or_default().into_iter();
    let item = |field: Field<'_>| {
        let form = field.place.forms().into_iter().next().map(|(form, _)| form);
        Item::new(field.name, Kind::Member).detail(form.unwrap_or_default())
    };
    fields.map(item).collect()
}

/// The parameters that a line of a config may set; behind the name of one its values.
fn settings<'w>(question: &Question<'w>, within: TextRange) -> Option<(TextRange, Vec<Item>)> {
    let (text, offset) = (question.text(), question.at.offset as usize);
    let before = &text[within.start as usize..offset];
    let line = &before[before.rfind('\n').map_or(0, |end| end + 1)..];
    let is_word = |c: char| c.is_alphanumeric() || "_-.$".contains(c);
    let mut around = knobs::around(before);
    // The parameter's name, where the cursor is behind it.
    let mut name = None;
    let typed = if knobs::is_xml(within.of(text)) {
        let at = line.rfind(['<', '>'])?;
        if line[at..].starts_with('>') {
            name = around.pop();
        }
        &line[at + 1..]
    } else {
        let typed = line.trim_start_matches([' ', '\t', '"']);
        if !typed.chars().all(is_word) {
            name = knobs::setting(line).map(|(name, _)| name.of(line));
        }
        typed
    };
    if name.is_none() && !typed.chars().all(is_word) {
        return None;
    }
    let rest = text[offset..].find(|c| !is_word(c)).unwrap_or(text.len() - offset);
    let known = described(question, within);
    let prefixes: Vec<String> = knobs::prefixes(&around).collect();
    // A name without those of what it stands in here.
    let short = |knob: &Knob<'w>| prefixes.iter().find_map(|prefix| knob.name.text().strip_prefix(prefix.as_str()));
    let items: Vec<Item> = if let Some(name) = name {
        let (values, usual) = known.iter().find(|knob| short(knob) == Some(name))?.choices();
        let detail = |value: &String| if usual.as_ref() == Some(value) { "default" } else { "" };
        let values = values.iter().chain(usual.iter().filter(|usual| !values.contains(usual)));
        values.map(|value| Item::new(value.as_str(), Kind::Value).detail(detail(value))).collect()
    } else {
        let item = |knob: &Knob<'w>| {
            let (_, usual) = knob.choices();
            let detail = usual.map_or("parameter".to_owned(), |usual| format!("usually {usual}"));
            Item::new(short(knob).unwrap_or(knob.name.text()), Kind::Member).detail(detail)
        };
        known.iter().map(item).collect()
    };
    let word = line.len() - line.trim_end_matches(is_word).len();
    (!items.is_empty()).then(|| (TextRange::new(offset - word, offset + rest), items))
}

/// What schemas describe for the text: wherever the cursor is, it begins with the same key.
fn described<'w>(question: &Question<'w>, within: TextRange) -> Vec<Knob<'w>> {
    let cursor = Span { file: question.at.file, range: TextRange::empty(first(within, question.text())) };
    for chart in &question.charts {
        for document in chart.documents().iter().filter(|document| document.kind() == Some(CONFIG_MAP.kind)) {
            let places = document.rendered().text.places(cursor).into_iter();
            let nodes = places.filter_map(|place| node_at(document.tree(), place.start).map(|id| document.node(id)));
            let found =
                nodes.map(|node| parameters::known(question.world, Spot { chart, node, range: TextRange::empty(0) }));
            if let Some(known) = found.into_iter().find(|known| !known.is_empty()) {
                return known;
            }
        }
    }
    Vec::new()
}

/// Helm executes the actions there: some template hands them to `tpl`.
fn is_executed(question: &Question<'_>, within: TextRange) -> bool {
    let actions = question.file.syntax().actions.iter().filter(|site| within.contains(site.range));
    let actions = actions.map(|site| Span { file: question.at.file, range: site.range });
    let executed = |span: Span| {
        question.charts.iter().flat_map(|chart| chart.documents()).any(|document| {
            let text = &document.rendered().text;
            let places = text.places(span).into_iter();
            places.filter(|place| !place.is_empty()).any(|place| text.site(place).is_some_and(|site| !site.verbatim))
        })
    };
    actions.take(1).any(executed)
}
