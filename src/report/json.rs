//! `--format json`. The schema is in `schemas/report.json`, generated from these types.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Report, url, word};
use crate::diagnostic::{Diagnostic, Safety, Severity};
use crate::text::Span;

/// What `kubeblocks-ls --check --format json` prints.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "kubeblocks-ls report")]
pub struct Document {
    /// Version of this form; a change that breaks readers makes it larger.
    version: u32,
    /// By path, place and rule.
    findings: Vec<Finding>,
    summary: Summary,
}

/// One fault.
#[derive(Serialize, JsonSchema)]
pub struct Finding {
    /// Name of the rule, in kebab-case.
    rule: &'static str,
    /// `error`, `warning` or `info`.
    severity: &'static str,
    /// What is wrong, in one line.
    message: String,
    /// Relative to the working directory, with `/`.
    path: String,
    range: Range,
    /// Why it is wrong.
    why: Option<String>,
    /// What to do.
    help: Option<String>,
    /// Other places that belong to it, the callers of a helper among them.
    related: Vec<Related>,
    /// KubeBlocks releases it holds for; empty means all that the chart allows.
    releases: Vec<String>,
    /// Value sets it holds for; empty means all.
    values: Vec<String>,
    fixes: Vec<Fix>,
    /// The reason that a comment gives for allowing it. Only with `--show-suppressed`, and then it does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed: Option<String>,
    /// The rule's page.
    url: String,
}

/// A half-open range of text.
#[derive(Serialize, JsonSchema)]
struct Range {
    start: Position,
    end: Position,
}

/// Counted from 1; columns in Unicode scalar values.
#[derive(Serialize, JsonSchema)]
struct Position {
    line: u32,
    column: u32,
}

/// A place that belongs to a finding.
#[derive(Serialize, JsonSchema)]
struct Related {
    path: String,
    range: Range,
    message: String,
}

/// A remedy as edits of source text.
#[derive(Serialize, JsonSchema)]
struct Fix {
    title: String,
    /// `safe`: only the broken place is repaired, in the one possible way. `unsafe`: a guess, or a change of meaning.
    safety: &'static str,
    edits: Vec<Edit>,
}

/// `text` in place of a range.
#[derive(Serialize, JsonSchema)]
struct Edit {
    path: String,
    range: Range,
    text: String,
}

/// Counts.
#[derive(Serialize, JsonSchema)]
struct Summary {
    charts: usize,
    manifests: usize,
    errors: usize,
    warnings: usize,
    infos: usize,
    /// Start orders, as far as references and waits make them.
    orders: Vec<Order>,
}

/// In which order the components of a ClusterDefinition start.
#[derive(Serialize, JsonSchema)]
struct Order {
    /// `metadata.name` of the ClusterDefinition.
    definition: String,
    /// `etcd > meta > {datanode, frontend}`: what stands left is there before what stands right of it starts.
    order: String,
    path: String,
}

impl Document {
    pub fn of(report: &Report<'_>) -> Self {
        Self {
            version: 1,
            findings: findings(report).collect(),
            summary: Summary {
                charts: report.totals.charts,
                manifests: report.totals.manifests,
                errors: report.count(Severity::Error),
                warnings: report.count(Severity::Warning),
                infos: report.count(Severity::Info),
                orders: report
                    .orders()
                    .into_iter()
                    .map(|found| Order { definition: found.definition, order: found.order, path: found.path })
                    .collect(),
            },
        }
    }
}

impl Finding {
    fn of(report: &Report<'_>, finding: &Diagnostic) -> Option<Self> {
        let (path, range) = place(report, finding.span)?;
        let related = finding.related.iter().filter_map(|related| {
            let (path, range) = place(report, related.span)?;
            Some(Related { path, range, message: related.message.clone() })
        });
        let fixes = finding.fixes.iter().map(|fix| Fix {
            title: fix.title.clone(),
            safety: match fix.safety {
                Safety::Safe => "safe",
                Safety::Unsafe => "unsafe",
            },
            edits: fix
                .edits
                .iter()
                .filter_map(|edit| {
                    let (path, range) = place(report, edit.span)?;
                    Some(Edit { path, range, text: edit.text.clone() })
                })
                .collect(),
        });
        Some(Self {
            rule: finding.rule,
            severity: word(finding.severity),
            message: finding.message.clone(),
            path,
            range,
            why: finding.why.clone(),
            help: finding.help.clone(),
            related: related.collect(),
            releases: finding.releases.clone(),
            values: finding.values.clone(),
            fixes: fixes.collect(),
            allowed: finding.allowed.clone(),
            url: url(finding.rule),
        })
    }
}

fn place(report: &Report<'_>, span: Span) -> Option<(String, Range)> {
    let at = report.place(span)?;
    let position = |(line, column)| Position { line, column };
    Some((at.path, Range { start: position(at.start), end: position(at.end) }))
}

/// All findings in their JSON form.
pub fn findings<'r>(report: &'r Report<'_>) -> impl Iterator<Item = Finding> + 'r {
    report.findings.iter().filter_map(|finding| Finding::of(report, finding))
}

/// The whole report.
pub fn render(report: &Report<'_>) -> String {
    super::pretty(&Document::of(report))
}

/// The schema of [`Document`], as `schemas/report.json` holds it.
pub fn schema() -> String {
    let mut text = serde_json::to_string_pretty(&schemars::schema_for!(Document)).unwrap_or_default();
    text.push('\n');
    text
}
