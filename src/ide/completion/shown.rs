//! Files of the chart that ConfigMaps bring into containers: variables in scripts, and names and functions in what
//! KubeBlocks itself renders.

use std::collections::HashSet;

use super::environment::{Open, shown};
use super::{Item, Kind, Question, functions, variables};
use crate::ide::locate::Spot;
use crate::ide::parameters;
use crate::ide::typed::{self, Root, What};
use crate::model::config_template::{function_names, is_credential};
use crate::model::knobs::{self, Knob};
use crate::model::resolve::CONFIG_MAP;
use crate::model::vars::Var;
use crate::text::{Span, TextRange};
use crate::yaml::path::node_at;

/// The cursor is in a file that is no template of Helm's and no file of settings.
pub(super) fn is_here(question: &Question<'_>) -> bool {
    let path = &question.source().path;
    let name = path.file_name().unwrap_or_default();
    let plain = !name.starts_with("values") && !["Chart.yaml", "Chart.lock"].contains(&name);
    let own = question.charts.iter().filter(|chart| chart.package().is_some());
    let own = own.filter_map(|chart| path.strip_prefix(&chart.root).ok());
    plain
        && !question.world.config.holds(question.file)
        && own.into_iter().any(|path| !path.iter().any(|part| ["templates", "charts"].contains(&part)))
}

/// What can be written there; `None` where the file is shown nowhere as it is.
pub(super) fn items(question: &Question<'_>) -> Option<(TextRange, Vec<Item>)> {
    let given = shown(question);
    let settings = settings(question);
    if given.is_empty() && settings.is_none() || is_executed(question) {
        return None;
    }
    if let Some(typed) = typed::typed(question.text(), question.file.syntax(), question.at.offset) {
        let items = match &typed.what {
            What::Field { root: Root::Dot, path } if path.is_empty() => {
                let visible =
                    given.iter().filter(|given| given.name.parent().is_none_or(|node| !is_credential(Var { node })));
                let mut names = HashSet::new();
                let names = visible.filter_map(|given| given.name.text()).filter(|name| names.insert(*name));
                names.map(|name| Item::new(name, Kind::Variable).detail("variable")).collect()
            }
            What::Word { first } => {
                let known: HashSet<&str> = function_names().collect();
                let mut items = functions::items(question, &typed, *first);
                items.retain(|item| item.kind != Kind::Function || known.contains(item.label.as_str()));
                items
            }
            What::Variable => variables::items(question),
            What::Field { .. } | What::Text => Vec::new(),
        };
        return Some((typed.range, items));
    }
    let start = question.text()[..question.at.offset as usize].rfind('\n').map_or(0, |end| end + 1);
    let Some(open) = Open::at(question, start as u32, true) else { return settings };
    let names = given.iter().filter_map(|given| Some((given.name.text()?.to_owned(), "variable")));
    Some((open.range, open.items(names.collect())))
}

/// The parameters that a line of a config may set; behind the name of one its values.
fn settings<'w>(question: &Question<'w>) -> Option<(TextRange, Vec<Item>)> {
    let (text, offset) = (question.text(), question.at.offset as usize);
    let start = text[..offset].rfind('\n').map_or(0, |end| end + 1);
    let line = &text[start..offset];
    let is_word = |c: char| c.is_alphanumeric() || "_-.$".contains(c);
    let mut around = knobs::around(&text[..offset]);
    // The parameter's name, where the cursor is behind it.
    let mut name = None;
    let typed = if knobs::is_xml(text) {
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
    let known = described(question);
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

/// What schemas describe for the text of the file: wherever the cursor is, it begins with the same key.
fn described<'w>(question: &Question<'w>) -> Vec<Knob<'w>> {
    let text = question.text();
    let start = text.len() - text.trim_start().len();
    let cursor = Span { file: question.at.file, range: TextRange::empty(start) };
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

/// Helm executes the file's actions: some template hands it to `tpl`.
fn is_executed(question: &Question<'_>) -> bool {
    let actions = question.file.syntax().actions.iter().map(|site| Span { file: question.at.file, range: site.range });
    let executed = |span: Span| {
        question.charts.iter().flat_map(|chart| chart.documents()).any(|document| {
            let text = &document.rendered().text;
            let places = text.places(span).into_iter();
            places.filter(|place| !place.is_empty()).any(|place| text.site(place).is_some_and(|site| !site.verbatim))
        })
    };
    actions.take(1).any(executed)
}
