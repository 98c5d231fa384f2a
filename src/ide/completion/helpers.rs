//! Names of `define`s, in `include` and `template`.

use std::collections::{HashMap, HashSet};

use super::guess::{Near, key_before};
use super::{About, Item, Kind, Question};
use crate::ide::Target;
use crate::ide::typed::{Typed, What};
use crate::text::Span;
use crate::world::Chart;

/// The helpers that can be included here: those of the chart first.
pub(super) fn items(question: &Question<'_>, typed: &Typed<'_>) -> Vec<Item> {
    if !typed.calls.first().is_some_and(|call| matches!(call.words[..], ["include" | "template"])) {
        return Vec::new();
    }
    let rest = question.text()[typed.range.end as usize..].lines().next().unwrap_or_default();
    let (closed, rest) = rest.strip_prefix(['"', '`']).map_or((false, rest), |rest| (true, rest));
    // With a name alone, what the helper gets is written too.
    let bare = !rest.trim_start().starts_with(['.', '$', '(']);
    let before = question.text()[..typed.range.start as usize].chars().next_back();
    let (open, close) = match typed.what {
        What::Text => ("", before.unwrap_or('"')),
        _ => ("\"", '"'),
    };
    let given = if !bare {
        ""
    } else if in_other_scope(question) {
        " $"
    } else {
        " ."
    };
    let mut items: Vec<(Item, usize)> = Vec::new();
    for chart in &question.charts {
        let habits = Habits::of(question, chart, typed.range.start);
        for file in chart.files.values() {
            let own = file.source.path.starts_with(&chart.root);
            for define in file.syntax().defines.iter().filter(|define| !define.name.text.is_empty()) {
                let span = |range| Span { file: file.source.id, range };
                let target = Target { full: span(define.range), name: span(define.name.range) };
                let mut item = Item::new(define.name.text.as_str(), Kind::Helper).about(About::Helper(target));
                item.detail = file.source.path.file_name().unwrap_or_default().to_owned();
                if closed {
                    item.also = Some((typed.range.end + 1, given)).filter(|_| bare);
                } else {
                    item.insert = format!("{open}{}{close}{given}", define.name.text);
                }
                items.push((item, habits.score(&define.name.text, own)));
            }
        }
    }
    items.sort_by(|(a, score), (b, other)| other.cmp(score).then_with(|| a.label.cmp(&b.label)));
    items.into_iter().map(|(item, _)| item).collect()
}

/// What is included where, to guess what is wanted here.
struct Habits<'w> {
    /// Uses of each helper, and how many of them stand behind the key at the cursor.
    uses: HashMap<&'w str, (usize, usize)>,
    /// Last parts of the names of helpers that stand behind that key.
    endings: HashSet<&'w str>,
    near: Near,
    /// The helper that was included before the cursor.
    last: &'w str,
}

impl<'w> Habits<'w> {
    fn of(question: &Question<'w>, chart: &'w Chart, at: u32) -> Self {
        let key = key_before(question.text(), at);
        let mut uses: HashMap<&str, (usize, usize)> = HashMap::new();
        let mut endings = HashSet::new();
        for file in chart.files.values() {
            for call in file.syntax().named_calls() {
                let (all, same) = uses.entry(call.name).or_default();
                *all += 1;
                if key_before(&file.source.text, call.range.start) == key {
                    *same += 1;
                    endings.insert(ending(call.name));
                }
            }
        }
        let before = question.file.syntax().named_calls().into_iter().rfind(|call| call.range.end < at);
        Self { uses, endings, near: Near::of(question, at), last: before.map_or("", |call| call.name) }
    }

    /// The more the likelier.
    fn score(&self, name: &str, own: bool) -> usize {
        let (all, same) = self.uses.get(name).copied().unwrap_or_default();
        let family = |name: &str| name.rsplit_once('.').map_or(String::new(), |(family, _)| family.to_owned());
        let related = !self.last.is_empty() && family(self.last) == family(name);
        // What nobody includes yet may be what is missing.
        let unused = if all == 0 { 15 } else { 0 };
        let used = if same > 0 { 60 + same.min(9) } else { all.min(9) };
        let alike = if self.endings.contains(ending(name)) { 30 } else { 0 };
        used + unused + alike + 40 * self.near.akin(name) + if related { 35 } else { 0 } + if own { 20 } else { 0 }
    }
}

fn ending(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// `.` is not the chart's root where the cursor stands.
fn in_other_scope(question: &Question<'_>) -> bool {
    use crate::ide::shapes::{self, Shape};
    let Some(chart) = question.charts.first() else { return false };
    let scopes = shapes::scopes(&shapes::of(chart), question.file, question.at.offset);
    let is_root = |shape: &Shape| matches!(shape, Shape::Path(path) if path.is_empty());
    scopes.iter().any(|scope| !is_root(&scope.dot) && scope.variable("$").is_some_and(|root| is_root(&root.shape)))
}
