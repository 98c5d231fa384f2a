//! What a chart's templates say where they render nothing with the present values: a branch that is not taken, a helper
//! that nobody included.
//!
//! Whoever judges that nothing makes use of a name asks here first: with other values something may.

use crate::text::Span;
use crate::world::{Chart, File, World};

/// Some template of the chart holds `word`, as a whole word, in text that none of its renderings came from. Comments do
/// not count.
pub fn mentions(chart: &Chart, word: &str) -> bool {
    mentions_where(chart, word, |_, _| true)
}

/// As [`mentions`], but what stands in a helper that nothing can include says nothing.
pub fn may_mention(world: &World, chart: &Chart, word: &str) -> bool {
    mentions_where(chart, word, |file, at| {
        let is_own = chart.own_templates().any(|own| own.source.id == file.source.id);
        let mut around = file.syntax().defines.iter().filter(|define| !define.block && define.range.touches(at));
        around.all(|define| {
            let name = &define.name.text;
            let near = chart.all_templates().into_iter().any(|(_, file)| file.mentions().may_mean(name));
            near || is_own && world.files.may_mean(name)
        })
    })
}

fn mentions_where(chart: &Chart, word: &str, counts: impl Fn(&File, u32) -> bool) -> bool {
    let part_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let rendered = || chart.rendering().into_iter().flat_map(|render| &render.files);
    !word.is_empty()
        && chart.all_templates().into_iter().any(|(_, file)| {
            let text = file.text();
            let found = text.match_indices(word).filter(|(at, _)| {
                let before = text[..*at].chars().next_back().is_some_and(part_of_word);
                let after = text[at + word.len()..].chars().next().is_some_and(part_of_word);
                !before && !after && !in_comment(text, *at)
            });
            found.into_iter().any(|(at, _)| {
                let span = Span::new(file.source.id, at, at + word.len());
                let action = file.syntax().action_at(at as u32);
                action.is_none()
                    && counts(file, at as u32)
                    && rendered().all(|rendered| rendered.text.places(span).is_empty())
            })
        })
}

/// The line is a comment of YAML, or becomes one before `at`.
fn in_comment(text: &str, at: usize) -> bool {
    let line = text[..at].rfind('\n').map_or(0, |line_break| line_break + 1);
    let before = &text[line..at];
    before.trim_start().starts_with('#') || before.contains(" #")
}
