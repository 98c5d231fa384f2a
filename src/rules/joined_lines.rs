//! See `joined_lines.md`.

use super::prelude::*;
use crate::diagnostic::Safety;
use crate::model::config_template::{EntryText, Template, legacy_texts, texts};
use crate::model::joins::{joins, latent};

pub(super) static RULE: Rule = Rule {
    name: "joined-lines",
    summary: "a trim marker that makes one line of two YAML entries",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("joined_lines.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let texts = texts(uses, chart).into_iter().map(|text| text.first());
    sink.each(texts.chain(legacy_texts(uses, chart)), |EntryText { node, entry }, sink| {
        for seam in Template::new(node.text().unwrap_or_default()).seams() {
            sink.report(
                &node.part(seam.marker),
                format!("where nothing is printed above, two lines are one: `{}`", seam.line.trim()),
            )
            .why(
                "KubeBlocks renders this text. The markers at both ends take the line breaks, so that nothing is \
                         left between the lines before and behind when the condition is false.",
            )
            .help("Leave the marker out on one side.")
            .related(&entry, "rendered for this entry");
        }
    });
    let whole = |file: &&Arc<File>| file.syntax().faults.is_empty();
    sink.each(chart.own_templates(), |file, sink| {
        for join in Some(file).filter(whole).into_iter().flat_map(|file| latent(chart, file)) {
            sink.report(&join.marker, format!("the trim marker joins what is printed above with `{}`", join.line.trim()))
                .why("With these values the branch is not taken. When it is, one line holds the end of one entry and the beginning of another.")
                .help("Leave the marker out on the side where the line break has to stay.");
        }
    });
    sink.each(chart.documents(), |document, sink| {
        for join in joins(chart, document) {
            let (number, line) = join.line;
            let (other, without) = if join.behind { ("next", "}}") } else { ("last", "{{") };
            let report = sink
                .report(&join.marker, format!("the trim marker joins this line with the {other}: `{}`", line.trim()))
                .why(format!(
                    "A marker takes all blanks and line breaks on its side, so that the end of one entry and the \
                     beginning of another stand on line {number} of the rendered text."
                ))
                .help("Leave the marker out on the side where the line break has to stay.");
            if join.curable {
                report.replace("Remove the trim marker", Safety::Safe, without);
            }
        }
    });
}
