//! See `unused_helper.md`.

use std::collections::BTreeSet;

use super::prelude::*;
use crate::template::ast::{Command, Expr, ExprKind, Node as Part, Visitor};
use crate::text::Span;

pub(super) static RULE: Rule = Rule {
    name: "unused-helper",
    summary: "a helper that nothing includes",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("unused_helper.md"),
    check: Check::World(check),
};

/// Everything in the texts of a world that can be the name of a helper, or a part of one.
#[derive(Default)]
struct Names<'s> {
    whole: BTreeSet<&'s str>,
    /// Texts that names are put together from: formats, and arguments of computed includes.
    parts: BTreeSet<&'s str>,
}

impl<'s> Visitor<'s> for Names<'s> {
    fn node(&mut self, node: &'s Part) {
        if let Part::Template(call) = node {
            self.whole.insert(&call.name.text);
        }
    }

    fn command(&mut self, command: &'s Command) {
        let [called, rest @ ..] = command.operands.as_slice() else { return };
        let builds = matches!(&called.kind, ExprKind::Function(name) if matches!(name.as_str(), "printf" | "print" | "cat" | "join" | "replace"));
        if builds {
            self.parts.extend(rest.iter().filter_map(Expr::as_string));
        }
    }

    fn expr(&mut self, expr: &'s Expr) {
        self.whole.extend(expr.as_string());
    }
}

impl Names<'_> {
    fn mention(&self, name: &str) -> bool {
        let part = |text: &str| {
            let mut words = text.split('%').map(|word| word.trim_start_matches(['s', 'v', 'd', 'q']));
            words.any(|word| word.len() > 2 && name.contains(word))
        };
        self.whole.contains(name) || self.parts.iter().any(|text| part(text))
    }
}

fn check(world: &World, sink: &mut Sink) {
    let mut names = Names::default();
    for file in world.files.values() {
        file.syntax().visit(&mut names);
    }
    for chart in world.charts.values() {
        let depends = |other: &Chart| other.files.keys().any(|file| chart.files.contains_key(file));
        let served = !chart.is_library()
            || world.charts.values().any(|other| !std::ptr::eq(&**other, &**chart) && depends(other));
        if !served {
            continue;
        }
        for file in chart.own_templates() {
            let syntax = file.syntax();
            let unused = syntax.defines.iter().filter(|define| !define.block && !names.mention(&define.name.text));
            for define in unused {
                let at = Span { file: syntax.file, range: define.name.range };
                sink.report(&at, format!("nothing includes helper `{}`", define.name.text))
                    .why("No template of the workspace has its name.")
                    .help("Remove it, if no chart elsewhere includes it.")
                    .unnecessary();
            }
        }
    }
}
