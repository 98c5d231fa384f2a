//! When a name of a definition is wrong: found, missing, or elsewhere (rules spec §2).
//!
//! Nothing in another chart that is not in view is ever called missing: a reason is needed to believe that the owner of
//! a name is here.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::index::{At, Index, Object};
use super::object::Document;
use super::pattern::{Pattern, family};
use super::sites::Site;
use crate::diagnostic::edit_distance;
use crate::text::Span;
use crate::world::{Chart, World};

/// A kind of object, as Kubernetes names it where the version does not matter (`schema.GroupKind`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct GroupKind<'s> {
    /// API group; empty for the core one.
    pub group: &'s str,
    pub kind: &'s str,
}

impl<'s> GroupKind<'s> {
    /// The document's; `None` where it has none, or its `apiVersion` none.
    pub fn of(document: &'s Document) -> Option<Self> {
        Some(Self { group: document.group()?, kind: document.kind()? })
    }
}

/// A document is of this kind.
pub fn is_of(document: &Document, target: GroupKind) -> bool {
    GroupKind::of(document) == Some(target)
}

const fn apps(kind: &'static str) -> GroupKind<'static> {
    GroupKind { group: super::legacy::APPS, kind }
}

const fn data(kind: &'static str) -> GroupKind<'static> {
    GroupKind { group: "dataprotection.kubeblocks.io", kind }
}

const fn parameters(kind: &'static str) -> GroupKind<'static> {
    GroupKind { group: "parameters.kubeblocks.io", kind }
}

pub const CONFIG_MAP: GroupKind = GroupKind { group: "", kind: "ConfigMap" };
pub const CONFIG_CONSTRAINT: GroupKind = apps("ConfigConstraint");
pub const CLUSTER_DEFINITION: GroupKind = apps("ClusterDefinition");
pub const CLUSTER_VERSION: GroupKind = apps("ClusterVersion");
pub const CLUSTER: GroupKind = apps("Cluster");
pub const COMPONENT_DEFINITION: GroupKind = apps("ComponentDefinition");
pub const COMPONENT_VERSION: GroupKind = apps("ComponentVersion");
pub const SHARDING_DEFINITION: GroupKind = apps("ShardingDefinition");
pub const SERVICE_DESCRIPTOR: GroupKind = apps("ServiceDescriptor");
pub const SIDECAR_DEFINITION: GroupKind = apps("SidecarDefinition");
pub const ACTION_SET: GroupKind = data("ActionSet");
pub const BACKUP: GroupKind = data("Backup");
pub const BACKUP_POLICY: GroupKind = data("BackupPolicy");
pub const BACKUP_POLICY_TEMPLATE: GroupKind = data("BackupPolicyTemplate");
/// Up to 0.9.
pub const OLD_POLICY_TEMPLATE: GroupKind = apps("BackupPolicyTemplate");
pub const BACKUP_REPO: GroupKind = data("BackupRepo");
pub const BACKUP_TOOL: GroupKind = data("BackupTool");
pub const STORAGE_PROVIDER: GroupKind = data("StorageProvider");
pub const PARAMETERS_DEFINITION: GroupKind = parameters("ParametersDefinition");
pub const PARAM_CONFIG_RENDERER: GroupKind = parameters("ParamConfigRenderer");
pub const OPS_DEFINITION: GroupKind = GroupKind { group: "operations.kubeblocks.io", kind: "OpsDefinition" };

/// The answer.
pub enum Resolution<'w> {
    /// The objects that match, the nearest chart's first, then by name.
    Found(Vec<Object<'w>>),
    /// A template of the own side has it, and renders it with other values only: the file, and where it says the name.
    Dormant(Span),
    /// Nothing matches, though the owner of such names is in view; all objects of the kind, the own side's first.
    Missing(Vec<Object<'w>>),
    /// Nothing in view matches. It may well be in some chart that is not in view.
    Elsewhere,
    /// Nobody can say: the text, or what it may match, depends on what the files do not tell.
    Open,
}

/// A [`Resolution`] as the index remembers it.
pub(super) enum Short {
    /// The objects, in the order of [`Resolution::Found`].
    Found(Vec<At>),
    Dormant(Span),
    Missing,
    Elsewhere,
    Open,
}

/// What the text of a site stands for.
pub fn resolve<'w>(world: &'w World, site: &Site<'w>) -> Resolution<'w> {
    let index = world.index();
    let found;
    let short = match index.resolution(site, || find(world, site)) {
        Some(short) => short,
        None => {
            found = find(world, site);
            &found
        }
    };
    match short {
        Short::Found(found) => Resolution::Found(found.iter().map(|at| index.object(*at)).collect()),
        Short::Dormant(span) => Resolution::Dormant(*span),
        Short::Missing => {
            let own_side = own_sides(world, site);
            let is_own = |chart: &Arc<Chart>| own_side.iter().any(|own| Arc::ptr_eq(own, chart));
            let mut all: Vec<Object> = candidates(world, site).collect();
            all.sort_by_cached_key(|object| (!is_own(object.chart), object.name()));
            Resolution::Missing(all)
        }
        Short::Elsewhere => Resolution::Elsewhere,
        Short::Open => Resolution::Open,
    }
}

fn candidates<'w>(world: &'w World, site: &Site<'w>) -> impl Iterator<Item = Object<'w>> + use<'w> {
    world.index().candidates(site.chart, site.field.target)
}

/// The charts of the own side: for the versions of a definition also those of the definition's side, since they come
/// with it.
fn own_sides<'w>(world: &'w World, site: &Site<'w>) -> Vec<&'w Arc<Chart>> {
    let owner = match site.field.target {
        CLUSTER_VERSION => definition_of(world, site),
        _ => None,
    };
    let chart: &'w Chart = site.chart;
    let side = |chart: &'w Chart| world.index().side(chart).map(|other| (&other.root, other));
    let sides: BTreeMap<_, _> = side(chart).chain(owner.into_iter().flat_map(side)).collect();
    sides.into_values().collect()
}

fn find<'w>(world: &'w World, site: &Site<'w>) -> Short {
    let (index, chart, target) = (world.index(), &**site.chart, site.field.target);
    let pattern = site.pattern();
    // In a manifest an action is another program's.
    if !site.is_known() || pattern.is_unsure() || site.text().contains("{{") {
        return Short::Open;
    }
    let mut found = index.matches(site);
    if !found.is_empty() {
        found.sort_by_cached_key(|object| (distance(object.chart, chart), object.name()));
        return Short::Found(found.iter().filter_map(|object| index.at(object.document)).collect());
    }
    let literal = site.text().trim_start_matches('^');
    let literal = &literal[..literal.find(|c: char| r"\.$*+?()[]{}|".contains(c)).unwrap_or(literal.len())];
    if chart.settings.is_external(target.kind, literal) {
        return Short::Open;
    }
    let own_side = own_sides(world, site);
    if site.node.names_release() || index.has_unknown(chart, target) || listed(world, &pattern, target) {
        return Short::Open;
    }
    match dormant(own_side.iter().map(|chart| &***chart), &pattern, target) {
        Some(Sleeper::Named(span)) => return Short::Dormant(span),
        Some(Sleeper::Unnamed) => return Short::Open,
        None => {}
    }
    let wanted = family(site.text());
    let failed = index.failed().any(|other| {
        let family = other.name().trim_end_matches("-cluster");
        own_side.iter().any(|own| Arc::ptr_eq(own, other)) || (!family.is_empty() && wanted.starts_with(family))
    });
    if failed {
        return Short::Elsewhere;
    }
    let side: Vec<Object> = own_side.into_iter().flat_map(|own| Object::of_chart(own, target)).collect();
    if owned(index, chart, &wanted, target, &side) { Short::Missing } else { Short::Elsewhere }
}

/// The chart of the ClusterDefinition that a Cluster names beside its ClusterVersion.
fn definition_of<'w>(world: &'w World, site: &Site<'w>) -> Option<&'w Chart> {
    let definition = site.node.document.root()?.at("spec.clusterDefinitionRef")?;
    match resolve(world, &world.index().site_at(definition)?) {
        Resolution::Found(found) => found.first().map(|object| &**object.chart),
        _ => None,
    }
}

/// There is reason to believe that whoever defines names of the family `wanted` is in view; `side` are the objects of
/// the kind on the own side.
fn owned(index: &Index, chart: &Chart, wanted: &str, target: GroupKind, side: &[Object<'_>]) -> bool {
    if target == CONFIG_MAP && !side.is_empty() {
        return true;
    }
    if wanted.is_empty() {
        return false;
    }
    let first = |family: &str| family.split('-').next().unwrap_or_default().to_owned();
    let near = match wanted.chars().count() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    };
    let family_of = |candidate: &Object| family(candidate.name().unwrap_or_default());
    index.families(chart, target).any(|family| edit_distance(family, wanted, near).is_some())
        || side.iter().any(|candidate| first(&family_of(candidate)) == first(wanted))
}

/// `other` is the chart itself, one of its dependencies, or its partner: `X` and `X-cluster`.
pub fn own_side(other: &Chart, chart: &Chart) -> bool {
    if std::ptr::eq(other, chart) {
        return true;
    }
    let (a, b) = (other.name(), chart.name());
    if a.strip_suffix("-cluster") == Some(b) || b.strip_suffix("-cluster") == Some(a) {
        return true;
    }
    let above = |chart: &Chart| {
        let name = chart.root.parent().and_then(|parent| parent.file_name());
        name.is_some_and(|name| name.ends_with("-cluster"))
    };
    let beside = other.root.file_name() == chart.root.file_name()
        && above(other) != above(chart)
        && other.root.parent().and_then(|p| p.parent()) == chart.root.parent().and_then(|p| p.parent());
    // A library that both depend on does not make them partners.
    let holds = other.package().is_some_and(|it| chart.root != it.root && chart.root.starts_with(&it.root));
    beside || holds && chart.files.keys().any(|file| other.files.contains_key(file))
}

/// How far a chart is: itself, its own side, others.
fn distance(other: &Chart, chart: &Chart) -> u8 {
    if std::ptr::eq(other, chart) {
        0
    } else if own_side(other, chart) {
        1
    } else {
        2
    }
}

/// What a template holds that renders nothing with these values.
enum Sleeper {
    /// An object that the pattern takes, and where its name stands.
    Named(Span),
    /// An object whose name an expression makes, which the pattern may take.
    Unnamed,
}

/// A template of the own side holds an object of this kind that it did not render with these values.
fn dormant<'c>(own_side: impl Iterator<Item = &'c Chart>, pattern: &Pattern<'_>, target: GroupKind) -> Option<Sleeper> {
    let mut unnamed = None;
    for other in own_side {
        for file in other.own_templates() {
            let id = file.source.id;
            let written = || file.written().iter().filter(|written| &*written.kind == target.kind);
            let of_template = |document: &&Document| document.file() == id && document.kind() == Some(target.kind);
            let rendered = || other.documents().iter().filter(of_template);
            if written().next().is_none() || written().count() <= rendered().count() {
                continue;
            }
            for name in written().filter_map(|written| written.name.as_ref()) {
                let literal = name.text.split("{{").next().unwrap_or_default();
                if literal.len() == name.text.len() {
                    let shown = rendered().any(|document| document.name_text() == Some(&*name.text));
                    if !shown && pattern.matches(&name.text) && other.failed() {
                        // It is there, if what failed goes well where all of the chart is in view.
                        unnamed = Some(Sleeper::Unnamed);
                    } else if !shown && pattern.matches(&name.text) {
                        return Some(Sleeper::Named(Span { file: id, range: name.range }));
                    }
                } else if may_begin(pattern, literal) && pattern.whole().is_none_or(|wanted| may_be(wanted, &name.text))
                {
                    unnamed = Some(Sleeper::Unnamed);
                }
            }
        }
    }
    unnamed
}

/// A name with this literal beginning may be one that the pattern takes.
fn may_begin(pattern: &Pattern<'_>, literal: &str) -> bool {
    let wanted = pattern.literal_beginning();
    pattern.is_regex() || wanted.starts_with(literal) || literal.starts_with(&wanted)
}

/// Names that a chart cuts off have about this length.
const CUT: usize = 60;

/// A name that is written with actions in it may become `wanted`: what stands between them, and in their formats, is in
/// it, in this order.
fn may_be(wanted: &str, name: &str) -> bool {
    let mut parts = vec![String::new()];
    let mut rest = name;
    while let Some((before, behind)) = rest.split_once("{{") {
        let Some((action, after)) = behind.split_once("}}") else { return true };
        parts.last_mut().into_iter().for_each(|last| last.push_str(before));
        match format_of(action) {
            Some(format) => {
                let mut pieces = format.split("%s");
                parts.last_mut().into_iter().zip(pieces.next()).for_each(|(last, piece)| last.push_str(piece));
                parts.extend(pieces.map(str::to_owned));
            }
            None => parts.push(String::new()),
        }
        rest = after;
    }
    parts.last_mut().into_iter().for_each(|last| last.push_str(rest));
    let [first, inner @ .., last] = parts.as_slice() else { return true };
    let inside = wanted.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.trim_end_matches('-')));
    let found =
        inside.and_then(|inside| inner.iter().try_fold(inside, |rest, part| Some(rest.split_once(part.as_str())?.1)));
    found.is_some() || wanted.len() >= CUT
}

/// The format by which an action prints its value, where nothing but its length is changed behind.
fn format_of(action: &str) -> Option<&str> {
    let (format, rest) = action.trim_matches(['-', ' ']).strip_prefix("printf \"")?.split_once('"')?;
    let kept = |stage: &str| ["trunc ", "trimSuffix ", "quote"].iter().any(|kept| stage.trim().starts_with(kept));
    let plain = !format.contains('\\') && format.split("%s").all(|piece| !piece.contains('%'));
    (plain && rest.split('|').skip(1).all(kept)).then_some(format)
}

/// A list of one kind (`ConfigMapList`) holds an object of this kind that the pattern takes, or of a name
/// nobody knows.
fn listed(world: &World, pattern: &Pattern<'_>, target: GroupKind) -> bool {
    let of_kind = format!("{}List", target.kind);
    let index = world.index();
    let own = index.objects(GroupKind { kind: &of_kind, ..target }).flat_map(|list| list.document.root());
    own.flat_map(|root| root.list("items")).any(|item| {
        item.at("metadata.name")
            .is_none_or(|found| !found.known() || found.text().is_none_or(|name| pattern.matches(name)))
    })
}

#[cfg(test)]
mod tests {
    use super::may_be;

    #[test]
    fn names_with_actions() {
        let dashboards =
            r#"{{ printf "%s-grafana-%s" (include "demo.fullname" $) $name | trunc 63 | trimSuffix "-" }}"#;
        let long = "x".repeat(63);
        for (name, wanted, may) in [
            (dashboards, "demo-grafana-main", true),
            (dashboards, "demo-scripts", false),
            (dashboards, &long, true),
            (r#"{{ include "demo.fullname" . }}-scripts"#, "demo-scripts", true),
            (r#"{{ include "demo.fullname" . }}-scripts"#, "demo-config", false),
            (r#"demo-{{ .Values.a }}-{{ .Values.b }}-x"#, "demo-1-2-x", true),
            (r#"demo-{{ .Values.a }}-{{ .Values.b }}-x"#, "demo-1-x", false),
            (r#"{{ printf "%s-%d" .Values.a .Values.b }}"#, "demo", true),
            (r#"{{ printf "%s-a" .Values.a | replace "-" "." }}"#, "demo", true),
            ("{{ .Values.name }}", "demo", true),
        ] {
            assert_eq!(may_be(wanted, name), may, "{name}: {wanted}");
        }
    }
}
