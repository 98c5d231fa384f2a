//! Rules: judgements on nodes. A rule never sees an offset, a line, a file or a URI.

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Severity, Sink};
use crate::model::object::Document;
use crate::world::{Chart, World};

/// What rules name most.
pub mod prelude {
    pub use super::{Check, Rule};
    pub use crate::diagnostic::{Located, Severity, Sink};
    pub use crate::model::object::{Document, Node};
    pub use crate::world::{Chart, World};
}

/// One rule: its words for people and its check.
pub struct Rule {
    /// Kebab-case name of the fault; never changes.
    pub name: &'static str,
    /// The fault in one line.
    pub summary: &'static str,
    pub severity: Severity,
    /// Version of this program that had the rule first.
    pub since: &'static str,
    /// The Markdown page: documentation, `--explain` text and test.
    pub page: &'static str,
    pub check: Check,
}

/// A rule's function, by the widest thing it reads.
pub enum Check {
    Document(fn(&Document, &mut Sink)),
    Chart(fn(&Chart, &mut Sink)),
    World(fn(&World, &mut Sink)),
}

macro_rules! rules {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*
        /// Every rule, by name.
        pub static RULES: &[&Rule] = &[$(&$name::RULE),*];
    };
}

rules! {}

/// All findings of a world, in the order of files and places.
pub fn check(world: &World) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    for chart in world.charts.values() {
        found.extend_from_slice(chart.findings(|| check_chart(chart)));
    }
    let mut sink = Sink::default();
    for rule in RULES {
        if let Check::World(check) = rule.check {
            sink.enter(rule.name, rule.severity);
            check(world, &mut sink);
        }
    }
    found.extend(sink.into_findings());
    found.retain(|finding| enabled(&world.config, finding.rule));
    found
}

fn check_chart(chart: &Chart) -> Vec<Diagnostic> {
    let mut sink = Sink::default();
    for rule in RULES {
        sink.enter(rule.name, rule.severity);
        match rule.check {
            Check::Document(check) => chart.documents().iter().for_each(|document| check(document, &mut sink)),
            Check::Chart(check) => check(chart, &mut sink),
            Check::World(_) => {}
        }
    }
    sink.into_findings()
}

fn enabled(config: &Config, rule: &str) -> bool {
    !config.disabled_rules.iter().any(|name| name == rule)
}

/// The rule of that name.
pub fn find(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name).copied()
}
