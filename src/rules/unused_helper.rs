//! See `unused_helper.md`.

use super::prelude::*;
use crate::helm::chart::Package;
use crate::text::Span;

pub(super) static RULE: Rule = Rule {
    name: "unused-helper",
    summary: "a helper that nothing includes",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("unused_helper.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let world = uses.world;
    // The charts that a library is for may be anywhere, and one that is missing may make the name of what it includes.
    let is_open = |package: &Package| package.is_unread() || !package.is_whole();
    if chart.is_library() || chart.package().is_some_and(is_open) {
        return;
    }
    sink.each(chart.own_templates(), |file, sink| {
        let syntax = file.syntax();
        for define in syntax.defines.iter().filter(|define| !define.block) {
            let name = &define.name;
            // Those who include it mostly stand near.
            let is_near = chart.files.values().any(|file| file.mentions().may_mean(&name.text));
            if is_near || world.files.may_mean(&name.text) {
                continue;
            }
            sink.report(
                &Span { file: syntax.file, range: name.range },
                format!("nothing includes helper `{}`", name.text),
            )
            .why("No template of the workspace has its name.")
            .help("Remove it, if no chart elsewhere includes it.")
            .unnecessary();
        }
    });
}
