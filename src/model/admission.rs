//! What the API server would say of a chart's objects, for the releases the chart is for.

use std::collections::{BTreeSet, HashMap};

use crate::diagnostic::Severity;
use crate::model::admit::{Fault, What, admit};
use crate::model::kinds::Kinds;
use crate::model::object::{Document, Node};
use crate::schema::Schemas;
use crate::schema::release::{Release, ReleaseSet};
use crate::world::{self, Chart};
use crate::yaml::tree::NodeId;

/// Chart.yaml's annotation that says which releases of KubeBlocks a chart is for.
pub const RANGE: &str = "addon.kubeblocks.io/kubeblocks-version";

/// The releases an object must work on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Targets {
    /// Not empty; all serve the object's kind. Kinds of Kubernetes have all releases.
    pub releases: ReleaseSet,
    /// The chart says so. Else they are a guess from the apiVersion, and only what is wrong in all of them is wrong.
    pub promised: bool,
}

/// What the API server would say of a document.
#[derive(Debug)]
pub struct Admitted<'w> {
    pub targets: Targets,
    pub dated: Dated,
    pub faults: &'w [Fault],
}

/// What all objects of a chart that promises no release tell of the one it is for.
#[derive(Debug)]
pub struct Dating {
    /// For each object of KubeBlocks the releases that serve it.
    serving: BTreeSet<ReleaseSet>,
    /// The releases that serve all of them, and know their fields but for those that none knows.
    fitting: ReleaseSet,
}

impl Dating {
    /// See [`Chart::dating`].
    pub fn of(chart: &Chart) -> Self {
        let schemas = world::schemas();
        let served = chart.documents().iter().filter_map(|document| serving(schemas, document));
        let serving: BTreeSet<ReleaseSet> = served.collect();
        let judged = chart.documents().iter().filter_map(|document| Some((document, judged(None, document)?)));
        let knowing = judged.map(|(document, (targets, faults))| {
            // What does not serve an object at all is another question.
            knowing(document, targets.releases, faults).or(ReleaseSet::ALL.without(targets.releases))
        });
        let knowing = knowing.fold(ReleaseSet::ALL, ReleaseSet::and);
        let fitting = serving.iter().fold(knowing, |rest, releases| rest.and(*releases));
        Self { serving, fitting }
    }

    fn dated(&self, document: &Document) -> Dated {
        match serving(world::schemas(), document) {
            Some(own) if self.serving.iter().any(|other| other.and(own).is_empty()) => Dated::Odd,
            Some(_) if self.fitting.first().is_none_or(|first| first == Release::V0_5) => Dated::Old,
            Some(_) => Dated::Known(self.fitting),
            None => Dated::KNOWN,
        }
    }
}

/// What the objects of a chart that promises no release tell of the one it was written for. There were releases before
/// the oldest we know, with the same kinds and other fields in them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dated {
    /// The chart says it, or there are releases that know what it has, these, and the oldest is not among them.
    Known(ReleaseSet),
    /// The oldest release knows what the chart has, or none knows all of it: it may be for one before.
    Old,
    /// No release serves both this object and another one of the chart, so nobody knows what this one should be.
    Odd,
}

impl Dated {
    /// Nothing but the object itself tells of its release.
    pub const KNOWN: Self = Self::Known(ReleaseSet::ALL);
}

/// See [`Chart::promised`].
pub fn promised(chart: &Chart) -> Option<ReleaseSet> {
    let named: ReleaseSet = chart.settings.releases.iter().filter_map(|name| Release::named(name)).collect();
    if !named.is_empty() {
        return Some(named);
    }
    let range = chart.package()?.metadata.annotations.get(RANGE)?;
    ReleaseSet::in_range(range).ok().filter(|releases| !releases.is_empty())
}

/// The node of that range in Chart.yaml.
pub fn range(chart: &Chart) -> Option<Node<'_>> {
    let charts = chart.plain().iter().filter(|document| document.path().file_name() == Some("Chart.yaml"));
    charts.filter_map(Document::root).find_map(|root| root.get("annotations")?.get(RANGE))
}

/// What an object of the chart must work on; `None` for kinds without a schema.
pub fn targets(schemas: &Schemas, promised: Option<ReleaseSet>, document: &Document) -> Option<Targets> {
    let serving = schemas.serving(document.api_version()?, document.kind()?);
    let common = promised.map(|promised| promised.and(serving)).filter(|common| !common.is_empty());
    let releases = common.unwrap_or(serving);
    (!releases.is_empty()).then_some(Targets { releases, promised: common.is_some() })
}

/// What the API server would say of a document of the chart; `None` where the document has no schema, or cannot be read
/// as a whole: what a line held that is missing from the tree cannot be missed.
pub fn admitted<'w>(chart: &Chart, document: &'w Document) -> Option<Admitted<'w>> {
    let (targets, faults) = judged(chart.promised(), document)?;
    Some(Admitted { targets, dated: dated(chart, document), faults })
}

fn judged(promised: Option<ReleaseSet>, document: &Document) -> Option<(Targets, &[Fault])> {
    let schemas = world::schemas();
    let targets = targets(schemas, promised, document).filter(|_| document.is_sound())?;
    Some((targets, document.faults(|| faults(schemas, document, targets.releases))))
}

/// The releases that a chart is for: those it promises, or else those that have all its kinds, and its fields but for
/// those that none has. None are left where it is for one that we do not know.
pub fn fitting(chart: &Chart) -> ReleaseSet {
    chart.promised().unwrap_or_else(|| chart.dating().fitting)
}

/// The releases that serve an object of KubeBlocks: none where a kind of it stands in a group that only releases before
/// ours had.
fn serving(schemas: &Schemas, document: &Document) -> Option<ReleaseSet> {
    let (group, kind) = (document.group()?, document.kind()?);
    let serving = schemas.serving(document.api_version()?, kind);
    let kinds = Kinds(schemas);
    let is_bygone = || !kinds.has_group(group) && !kinds.versions(kind).is_empty();
    (group.ends_with(".kubeblocks.io") && (!serving.is_empty() || is_bygone())).then_some(serving)
}

/// What the other objects of the chart tell of a document's release.
pub fn dated(chart: &Chart, document: &Document) -> Dated {
    match chart.promised() {
        Some(_) => Dated::KNOWN,
        None if targets(world::schemas(), None, document).is_none() || !document.is_sound() => Dated::KNOWN,
        None => chart.dating().dated(document),
    }
}

/// What is wrong with a document in some of the releases.
fn faults(schemas: &Schemas, document: &Document, releases: ReleaseSet) -> Vec<Fault> {
    let mut faults = admit(schemas, document, releases);
    if !faults.is_empty() {
        let holes = holes(document);
        faults.retain(|fault| !is_hole(document, &holes, fault));
    }
    faults
}

/// Where nothing was printed because a value does not exist: bytes of the rendered text.
fn holes(document: &Document) -> Vec<u32> {
    let holes = document.rendered().holes.iter().filter_map(|hole| hole.at);
    holes.filter(|offset| document.range.touches(*offset)).collect()
}

/// What stands there is not what the author means, but what was left of it: `undefined-value` speaks of it.
fn is_hole(document: &Document, holes: &[u32], fault: &Fault) -> bool {
    let touches = |id: NodeId| {
        let node = document.tree().node(id);
        holes.iter().any(|offset| node.range.touches(*offset))
    };
    let unwritten =
        |key: NodeId| holes.iter().any(|offset| document.entry_at(*offset).is_some_and(|(of, _)| of.id == key));
    match &fault.what {
        What::Missing { key, .. } => key.is_some_and(|key| touches(key) || unwritten(key)),
        What::Unknown | What::Slip => touches(fault.at),
        _ => {
            let node = document.node(fault.at).resolved();
            !node.is_mapping() && !node.is_sequence() && touches(node.id)
        }
    }
}

/// The faults of one kind at one place, over all releases.
#[derive(Clone, Debug)]
pub struct Verdict<'w> {
    pub at: Node<'w>,
    /// As the newest faulty release says it.
    pub what: &'w What,
    /// The releases it holds for, where those are not all that the chart promises.
    pub only: Option<ReleaseSet>,
    pub targets: Targets,
    pub dated: Dated,
}

impl Verdict<'_> {
    /// The releases it holds for.
    pub fn releases(&self) -> ReleaseSet {
        self.only.unwrap_or(self.targets.releases)
    }

    /// `severity`, or a hint: charts for releases before 1.0 name no last release, so what holds for a part of them
    /// may be what the author left behind.
    pub fn severity(&self, severity: Severity) -> Severity {
        let legacy = self.targets.releases.first().is_some_and(|first| first < Release::V1_0);
        if legacy && self.only.is_some() { Severity::Info } else { severity }
    }

    /// ` in KubeBlocks 1.0 and 1.1`; nothing where it holds for all.
    pub fn suffix(&self) -> String {
        self.only.map_or_else(String::new, |only| format!(" in KubeBlocks {only}"))
    }

    /// The releases that a report names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.only.into_iter().flat_map(|only| only.iter().map(Release::name).collect::<Vec<_>>())
    }
}

/// The faults of an object of a chart that `pick` picks, one for each place. What holds in some releases only, that the
/// chart does not promise, is left out, and so are objects whose release nobody knows.
pub fn verdicts<'w>(chart: &'w Chart, document: &'w Document, pick: impl Fn(&What) -> bool) -> Vec<Verdict<'w>> {
    let admitted = admitted(chart, document).filter(|admitted| admitted.dated != Dated::Odd);
    let Some(Admitted { targets, dated, faults }) = admitted else { return Vec::new() };
    let targets = Targets { releases: meant(document, targets, dated, faults), ..targets };
    let mut found: Vec<Verdict> = Vec::new();
    let mut by_node: HashMap<NodeId, Vec<usize>> = HashMap::new();
    let faults = faults.iter().filter(|fault| pick(&fault.what) && !fault.releases.and(targets.releases).is_empty());
    for fault in faults.filter(|fault| !document.node(fault.at).is_placeholder()) {
        let here = by_node.entry(fault.at).or_default();
        // A later release may say the same rule in other words.
        let reworded = |known: &Verdict| {
            let rules = matches!((known.what, &fault.what), (What::Rule(_), What::Rule(_)));
            rules && known.only.is_some_and(|only| only.and(fault.releases).is_empty())
        };
        let same = |known: &Verdict| same_fault(known.what, &fault.what) || reworded(known);
        match here.iter().find(|known| same(&found[**known])) {
            Some(known) => {
                let verdict = &mut found[*known];
                let known = verdict.only.unwrap_or_default();
                if fault.releases.last() > known.last() {
                    verdict.what = &fault.what;
                }
                verdict.only = Some(known.or(fault.releases.and(targets.releases)));
            }
            None => {
                here.push(found.len());
                let at = document.node(fault.at);
                let only = Some(fault.releases.and(targets.releases));
                found.push(Verdict { at, what: &fault.what, only, targets, dated });
            }
        }
    }
    for verdict in &mut found {
        verdict.only = verdict.only.filter(|only| !targets.releases.without(*only).is_empty());
    }
    found.retain(|verdict| verdict.only.is_none() || targets.promised);
    found
}

/// The releases that an object is for of which nobody says it: those that know its fields and those of its chart, but
/// for those that none knows. What is wrong with it in others says nothing.
fn meant(document: &Document, targets: Targets, dated: Dated, faults: &[Fault]) -> ReleaseSet {
    let all = targets.releases;
    let known = if targets.promised { all } else { knowing(document, all, faults) };
    let fitting = if let Dated::Known(fitting) = dated { known.and(fitting) } else { known };
    [fitting, known].into_iter().find(|releases| !releases.is_empty()).unwrap_or(all)
}

/// Those of `all` releases that know all fields of an object but for those that none knows.
fn knowing(document: &Document, all: ReleaseSet, faults: &[Fault]) -> ReleaseSet {
    let unknown = faults.iter().filter(|fault| matches!(fault.what, What::Unknown));
    if unknown.clone().all(|fault| all.without(fault.releases).is_empty()) {
        return all;
    }
    let unknown: Vec<(String, ReleaseSet)> =
        unknown.map(|fault| (document.node(fault.at).path(), fault.releases)).collect();
    let is_below = |path: &str, other: &str| path.strip_prefix(other).is_some_and(|rest| rest.starts_with(['.', '[']));
    let each = unknown.iter().map(|(path, releases)| {
        // Where a release drops what is around a field it says nothing of the field.
        let around = unknown.iter().filter(|(other, _)| is_below(path, other)).map(|(_, releases)| *releases);
        all.without(around.fold(*releases, ReleaseSet::or))
    });
    each.filter(|known| !known.is_empty()).fold(all, ReleaseSet::and)
}

/// Two faults at one node are about the same.
fn same_fault(a: &What, b: &What) -> bool {
    match (a, b) {
        (What::Missing { field: a, .. }, What::Missing { field: b, .. }) => a == b,
        (What::Rule(a), What::Rule(b)) => a == b,
        _ => std::mem::discriminant(a) == std::mem::discriminant(b) || (is_value(a) && is_value(b)),
    }
}

/// The type is right and the value is not.
pub fn is_value(what: &What) -> bool {
    use What::{Duplicate, Missing, Rule, Type, Unknown};
    !matches!(what, Unknown | Type { .. } | Missing { .. } | Duplicate { .. } | Rule(_))
}
