//! Rules: judgements on nodes. A rule never sees an offset, a line, a file or a URI.

mod support;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use crate::allow::{self, Allow};
use crate::config::Settings;
use crate::diagnostic::{Diagnostic, Severity, Sink};
use crate::helm::{RELEASE_NAME, RELEASE_NAMESPACE};
use crate::model::object::Document;
use crate::model::uses::Uses;
use crate::text::{FileId, Span};
use crate::world::{Chart, World};

/// What rules name most.
pub mod prelude {
    pub use std::sync::Arc;

    pub use super::{Check, Rule};
    pub use crate::diagnostic::{Located, Severity, Sink, listed};
    pub use crate::model::object::{Document, Node};
    pub use crate::model::uses::Uses;
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
    /// A chart among the others: what it refers to, and who refers to it. All findings lie in files of that chart, so
    /// whoever asks for those of a file has judged enough with the charts that hold it.
    Linked(for<'w> fn(&Uses<'w>, &'w Arc<Chart>, &mut Sink)),
    World(fn(&World, &mut Sink)),
    /// What comments allow and no other rule said.
    Unused(fn(&World, &[Unused<'_>], &mut Sink)),
}

/// A name in a comment that hides nothing.
pub struct Unused<'w> {
    pub allow: &'w Allow,
    /// Which of the comment's names.
    pub name: usize,
}

macro_rules! rules {
    ($($name:ident),* $(,)?) => {
        $(mod $name;)*
        /// Every rule, by name.
        pub static RULES: &[&Rule] = &[$(&$name::RULE),*];
    };
}

rules! {
    ambiguous_scalar,
    ambiguous_var_reference,
    bad_value,
    broken_cel_rule,
    broken_config_template,
    capped_action_timeout,
    chart_namespace_object,
    cluster_version_mismatch,
    combined_secret_var,
    competing_action_containers,
    competing_var_sources,
    configmap_namespace,
    cross_namespace_credential,
    crossed_port,
    dangling_reference,
    deprecated_field,
    direct_configmap_volume,
    disabled_init_account,
    duplicate_key,
    duplicate_name,
    duplicate_object,
    early_role_var,
    empty_action,
    field_not_in_release,
    hard_coded_namespace,
    incomplete_object,
    invalid_chart,
    invalid_component_ref_env,
    invalid_config,
    invalid_cue,
    invalid_pattern,
    joined_lines,
    loose_pattern,
    lost_scope,
    method_without_action,
    misleading_latest,
    misordered_reference,
    missing_action,
    missing_api_version_annotation,
    missing_chart_file,
    missing_dependency,
    missing_field,
    missing_image,
    missing_script,
    missing_statement,
    missing_wait,
    never_waits,
    omitted_component,
    order_cycle,
    order_mismatch,
    passwordless_account,
    port_conflict,
    redefined_anchor,
    redefined_helper,
    reference_without_service,
    removed_builtin_variable,
    removed_kind,
    required_var_of_optional_feature,
    reserved_name,
    role_case,
    self_matching_var,
    serial_sharding_wait,
    tab_indentation,
    template_failure,
    template_syntax,
    uncovered_definition,
    uncovered_service_version,
    undeclared_backup_parameter,
    undefined_alias,
    undefined_helper,
    undefined_template_variable,
    undefined_value,
    undefined_variable,
    unguarded_optional_variable,
    unknown_account,
    unknown_action_container,
    unknown_backup_method,
    unknown_component,
    unknown_component_def,
    unknown_config,
    unknown_field,
    unknown_image_key,
    unknown_ops_name,
    unknown_port,
    unknown_release,
    unknown_role,
    unknown_rule,
    unknown_service,
    unknown_service_ref,
    unknown_topology,
    unknown_volume,
    unmatched_pattern,
    unmounted_volume,
    unmounted_volume_claim,
    unprovisioned_service,
    unreferenced_object,
    unresolved_external,
    unsupported_service_version,
    unsupported_setting,
    unsupported_tls,
    unusable_name,
    unused_allow,
    unused_anchor,
    unused_helper,
    unused_release,
    unused_template_variable,
    unused_variable,
    unversioned_definition,
    values_schema_violation,
    var_without_option,
    volume_collision,
    workload_type_mismatch,
    wrong_type,
    wrong_wait_target,
    yaml_syntax,
}

/// The name under which a rule that failed is reported; no rule has it.
pub const INTERNAL_FAULT: &str = "internal-fault";

/// All findings of a world that nobody allowed, in the order of files and places.
pub fn check(world: &World) -> Vec<Diagnostic> {
    let mut found = check_all(world);
    found.retain(|finding| finding.allowed.is_none());
    found
}

/// All findings of a world, those that comments allow among them.
pub fn check_all(world: &World) -> Vec<Diagnostic> {
    let mut found = support::sets::with_other_values(world, judge);
    configure(world, &mut found);
    let allows: Vec<&Allow> = world.files.values().flat_map(|file| file.allows()).collect();
    let used = allow::mark(&mut found, &allows);
    let names =
        allows.iter().enumerate().flat_map(|(at, allow)| (0..allow.rules.len().max(1)).map(move |name| (at, name)));
    let unused = names.filter(|name| !used.contains(name)).map(|(at, name)| Unused { allow: allows[at], name });
    let unused: Vec<_> = unused.collect();
    let mut sink = Sink::default();
    for rule in RULES {
        if let Check::Unused(check) = rule.check {
            fence(rule, first_chart(world), &mut sink, |sink| check(world, &unused, sink));
        }
    }
    let mut spare = sink.into_findings();
    configure(world, &mut spare);
    found.extend(spare);
    let path = |finding: &Diagnostic| world.source(finding.span.file).map(|source| source.path.as_path());
    found.sort_by(|a, b| path(a).cmp(&path(b)).then_with(|| a.order().cmp(&b.order())));
    found
}

/// What the settings for the file of each finding say of it.
fn configure(world: &World, found: &mut Vec<Diagnostic>) {
    if world.config.files.is_empty() && world.config.chosen.is_empty() {
        return;
    }
    let mut known: HashMap<FileId, Settings> = HashMap::new();
    found.retain_mut(|finding| {
        let Some(source) = world.source(finding.span.file) else { return true };
        let settings = known.entry(finding.span.file).or_insert_with(|| world.config.at(&source.path));
        if settings.ignored && finding.rule != INTERNAL_FAULT {
            return false;
        }
        let Some(level) = settings.rules.get(finding.rule) else { return true };
        let usual = find(finding.rule).map_or(finding.severity, |rule| rule.severity);
        let severity = level.apply(usual, finding.severity);
        finding.severity = severity.unwrap_or(finding.severity);
        severity.is_some()
    });
}

/// The findings of a world with the values it has, whether they are allowed or not.
fn judge(world: &World) -> Vec<Diagnostic> {
    let mut sink = Sink::default();
    for rule in RULES {
        if let Check::World(check) = rule.check {
            fence(rule, first_chart(world), &mut sink, |sink| check(world, sink));
        }
    }
    let uses = Uses::new(world);
    let linked: Vec<Vec<Diagnostic>> = world.charts.values().map(|chart| check_linked(&uses, chart)).collect();
    let charts = world.charts.values().map(|chart| check_chart(chart));
    merge(charts.chain(linked.iter().map(Vec::as_slice)).chain([sink.into_findings().as_slice()]))
}

/// The findings of the rules that read a chart among the others.
fn check_linked<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>) -> Vec<Diagnostic> {
    let mut sink = Sink::default();
    for rule in RULES {
        if let Check::Linked(check) = rule.check {
            fence(rule, Some(chart), &mut sink, |sink| check(uses, chart, sink));
        }
    }
    let found = sink.into_findings();
    debug_assert!(found.iter().all(|finding| chart.files.contains_key(&finding.span.file)));
    found
}

/// As [`check`], worked out once.
pub fn findings(world: &World) -> &[Diagnostic] {
    world.findings(|| check(world))
}

/// The findings in one file, in order.
pub fn findings_in(world: &World, file: FileId) -> impl Iterator<Item = &Diagnostic> {
    findings(world).iter().filter(move |finding| finding.span.file == file)
}

/// Where the failure of a rule about the whole world is told.
fn first_chart(world: &World) -> Option<&Chart> {
    world.charts.values().next().map(|chart| &**chart)
}

/// The findings of the rules that read no more than this chart. Worked out once.
pub fn check_chart(chart: &Chart) -> &[Diagnostic] {
    chart.findings(|| {
        let mut sink = Sink::default();
        for rule in RULES {
            fence(rule, Some(chart), &mut sink, |sink| match rule.check {
                Check::Document(check) => chart.documents().iter().for_each(|document| check(document, sink)),
                Check::Chart(check) => check(chart, sink),
                Check::Linked(_) | Check::World(_) | Check::Unused(_) => {}
            });
        }
        sink.into_findings()
    })
}

/// One fault, one report: a library chart that many include says the same through each.
fn merge<'f>(lists: impl Iterator<Item = &'f [Diagnostic]>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut seen: HashMap<(&str, Span, &str), usize> = HashMap::new();
    for finding in lists.flatten() {
        match seen.entry((finding.rule, finding.span, finding.message.as_str())) {
            Entry::Occupied(known) => {
                let known = &mut found[*known.get()];
                let new = finding.related.iter().filter(|related| !known.related.contains(related));
                let new: Vec<_> = new.cloned().collect();
                known.related.extend(new);
                finding.ways.iter().for_each(|way| known.add_way(way.clone()));
            }
            Entry::Vacant(place) => {
                place.insert(found.len());
                found.push(in_the_authors_words(finding));
            }
        }
    }
    found
}

/// The release that charts are checked under has names that nobody wrote.
fn in_the_authors_words(finding: &Diagnostic) -> Diagnostic {
    let words = |text: &str| {
        let text = text.replace(RELEASE_NAMESPACE, "{{ .Release.Namespace }}");
        text.replace(RELEASE_NAME, "{{ .Release.Name }}")
    };
    let mut finding = finding.clone();
    finding.message = words(&finding.message);
    finding.why = finding.why.as_deref().map(words);
    finding.help = finding.help.as_deref().map(words);
    finding
}

/// Runs one rule. A rule that panics loses its own findings here, and says so; the other rules still speak.
fn fence(rule: &Rule, chart: Option<&Chart>, sink: &mut Sink, check: impl FnOnce(&mut Sink)) {
    sink.enter(rule.name, rule.severity);
    if std::panic::catch_unwind(AssertUnwindSafe(|| check(sink))).is_ok() {
        return;
    }
    tracing::error!(rule = rule.name, chart = chart.map(|chart| chart.root.as_str()), "a rule failed");
    if let Some(file) = chart.and_then(|chart| chart.files.keys().next()) {
        sink.enter(INTERNAL_FAULT, Severity::Error);
        sink.report(
            &Span::new(*file, 0, 0),
            format!("the rule `{}` failed on this chart; please report it", rule.name),
        );
    }
}

/// What a rule's page says under *Why*.
pub fn why(rule: &Rule) -> &'static str {
    let text = rule.page.split_once("## Why\n").map_or("", |(_, rest)| rest);
    text.split("\n## ").next().unwrap_or(text).trim()
}

/// The rule of that name.
pub fn find(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name).copied()
}
