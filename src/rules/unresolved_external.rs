//! See `unresolved_external.md`.

use super::prelude::*;
use crate::diagnostic::{Edit, Fix, Safety};
use crate::model::resolve::{Resolution, resolve};
use crate::model::sites::Class;
use crate::text::Span;

pub(super) static RULE: Rule = Rule {
    name: "unresolved-external",
    summary: "a definition that must come from a chart that is not in view",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("unresolved_external.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let sites = uses.world.index().sites_of(chart).filter(|site| site.field.class != Class::Live);
    sink.each(sites, |site, sink| {
        if !matches!(resolve(uses.world, &site), Resolution::Elsewhere) {
            return;
        }
        let kind = site.field.target.kind;
        let report = sink
            .report(&site.node, format!("{kind} `{}` is not in this workspace", site.text()))
            .quiet()
            .why("It must come from another chart, so nothing that depends on it is checked.")
            .help("Open the chart that defines it together with this one.");
        let pattern = site.pattern();
        let name = match pattern.whole() {
            Some(name) => name.to_owned(),
            None => format!("{}*", pattern.literal_beginning()),
        };
        let file = uses.world.config.file_for(&chart.root);
        if let Some(edit) = file.and_then(|file| declared(file, &format!("{kind}/{name}"))) {
            // It mends nothing, so nobody should get it unasked.
            report.fix(Fix {
                title: "Say in the settings that it is installed".into(),
                safety: Safety::Unsafe,
                edits: vec![edit],
            });
        }
    });
}

/// One more item of `external` in the settings.
fn declared(file: &File, name: &str) -> Option<Edit> {
    let text = file.text();
    let put = |at: usize, text: String| Some(Edit { span: Span::new(file.source.id, at, at), text });
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let mut lines = starts.map(|at| (at, text[at..].lines().next().unwrap_or_default()));
    match lines.find(|(_, line)| line.starts_with("external:")) {
        None if text.is_empty() || text.ends_with('\n') => put(text.len(), format!("external:\n  - {name}\n")),
        None => None,
        Some((_, line)) if line.trim_end() != "external:" => None,
        Some(_) => {
            let (at, first) = lines.next()?;
            let dash = first.find("- ").filter(|dash| first[..*dash].trim().is_empty())?;
            put(at, format!("{}- {name}\n", " ".repeat(dash)))
        }
    }
}
