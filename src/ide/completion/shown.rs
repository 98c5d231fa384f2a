//! Files of the chart that ConfigMaps bring into containers: variables in scripts, and names and functions in what
//! KubeBlocks itself renders.

use std::collections::HashSet;

use super::environment::{Open, shown};
use super::{Item, Kind, Question, functions, variables};
use crate::ide::typed::{self, Root, What};
use crate::model::config_template::{function_names, is_credential};
use crate::model::vars::Var;
use crate::text::{Span, TextRange};

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
    if given.is_empty() || is_executed(question) {
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
    let open = Open::at(question, start as u32, true)?;
    let names = given.iter().filter_map(|given| Some((given.name.text()?.to_owned(), "variable")));
    Some((open.range, open.items(names.collect())))
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
