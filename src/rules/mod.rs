//! Rules: judgements on nodes. A rule never sees an offset, a line, a file or a URI.

mod judge;
mod support;

use std::sync::Arc;

use crate::allow::Allow;
use crate::diagnostic::{Severity, Sink};
use crate::model::object::Document;
use crate::model::uses::Uses;
use crate::world::{Chart, File, World};

pub use judge::{News, check, check_all, check_chart, findings_in, news_among, news_while};

/// What rules name most.
pub mod prelude {
    pub use std::sync::Arc;

    pub use super::{Check, Rule};
    pub use crate::diagnostic::{Located, Severity, Sink, listed};
    pub use crate::model::object::{Document, Node};
    pub use crate::model::uses::Uses;
    pub use crate::world::{Chart, File, World};
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
    /// A document, also of the chart's plain files.
    Yaml(fn(&Document, &mut Sink)),
    /// A document of a chart, of which no more is read than the releases it promises, what they say of the document, and
    /// the files that the document's text comes from.
    Part(fn(&Chart, &Document, &mut Sink)),
    Chart(fn(&Chart, &mut Sink)),
    /// A chart among the others: what it refers to, and who refers to it. It speaks of places in files of that chart
    /// alone (what it says of others is not heard), so whoever asks for the findings of a file has judged enough with
    /// the charts that hold it.
    Linked(for<'w> fn(&Uses<'w>, &'w Arc<Chart>, &mut Sink)),
    /// A file as it stands, whoever reads it.
    File(fn(&World, &File, &mut Sink)),
    /// What comments of a file allow and no other rule said.
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
    broken_parameter_schema,
    broken_script,
    capped_action_timeout,
    changed_definition,
    chart_namespace_object,
    cluster_version_mismatch,
    combined_secret_var,
    competing_action_containers,
    competing_parameters_definitions,
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
    empty_list,
    field_not_in_release,
    foreign_container_field,
    hard_coded_namespace,
    ignored_parameters_definition,
    incomplete_object,
    invalid_chart,
    invalid_component_ref_env,
    invalid_config,
    invalid_cue,
    invalid_pattern,
    inverted_condition,
    joined_lines,
    loose_pattern,
    lost_scope,
    method_without_action,
    mislabelled_object,
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
    missing_volume_claim,
    missing_wait,
    never_waits,
    omitted_component,
    order_cycle,
    order_mismatch,
    out_of_limit,
    overlapping_backup_policies,
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
    service_descriptor_mismatch,
    sidecar_conflict,
    swapped_default,
    tab_indentation,
    template_failure,
    template_syntax,
    unbound_service_ref,
    uncovered_definition,
    uncovered_service_version,
    undeclared_backup_parameter,
    undefined_alias,
    undefined_helper,
    undefined_template_variable,
    undefined_value,
    undefined_variable,
    unexecutable_script,
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
    unknown_parameter,
    unknown_permission,
    unknown_pod_host,
    unknown_port,
    unknown_release,
    unknown_role,
    unknown_rule,
    unknown_service,
    unknown_service_ref,
    unknown_template_field,
    unknown_topology,
    unknown_volume,
    unmanaged_config,
    unmatched_pattern,
    unmounted_volume,
    unmounted_volume_claim,
    unprovisioned_service,
    unreferenced_object,
    unresolved_external,
    unstable_output,
    unsupported_service_version,
    unsupported_setting,
    unsupported_tls,
    unusable_name,
    unused_allow,
    unused_anchor,
    unused_helper,
    unused_release,
    unused_template_variable,
    unused_value,
    unused_variable,
    unversioned_definition,
    values_schema_drift,
    values_schema_violation,
    var_without_option,
    volume_collision,
    workload_type_mismatch,
    wrong_indent,
    wrong_type,
    wrong_wait_target,
    yaml_syntax,
}

/// The name under which a rule that failed is reported; no rule has it.
pub const INTERNAL_FAULT: &str = "internal-fault";

/// What a rule's page says under *Why*.
pub fn why(rule: &Rule) -> &'static str {
    let text = rule.page.split_once("## Why\n").map_or("", |(_, rest)| rest);
    text.split("\n## ").next().unwrap_or(text).trim()
}

/// The rule of that name.
pub fn find(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name).copied()
}
