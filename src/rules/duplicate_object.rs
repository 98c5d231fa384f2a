//! See `duplicate_object.md`.

use super::prelude::*;
use crate::helm::RELEASE_NAMESPACE;
use crate::model::index::Object;
use crate::model::resolve::GroupKind;
use crate::schema::release::Release;
use crate::world;

pub(super) static RULE: Rule = Rule {
    name: "duplicate-object",
    summary: "two objects, or two charts, that want the same name",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("duplicate_object.md"),
    check: Check::Linked(check),
};

/// Group, kind, namespace, name.
type Key<'w> = (&'w str, &'w str, &'w str, &'w str);

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    if chart.package().is_none() {
        return;
    }
    let objects = chart.documents().iter().map(|document| Object { chart, document });
    for (object, key) in objects.filter_map(|object| Some((object, key(object.document)?))) {
        check_object(uses.world, object, key, sink);
    }
    check_name(uses.world, chart, sink);
}

fn check_object(world: &World, object: Object, key: Key, sink: &mut Sink) {
    let (group, kind, _, name) = key;
    let of = GroupKind { group, kind };
    let same = |other: &Object| other.chart.package().is_some() && self::key(other.document) == Some(key);
    // Two releases have two names.
    let all: Vec<Object> = match object.document.name().is_none_or(Node::names_release) {
        true => Object::of_chart(object.chart, of).filter(same).collect(),
        false => world.index().named(of, name).filter(same).collect(),
    };
    let itself = |other: &Object| std::ptr::eq(other.document, object.document);
    let Some((before, from)) = all.iter().position(itself).map(|at| all.split_at(at)) else { return };
    if let Some(twin) = before.iter().find(|twin| std::ptr::eq(&**twin.chart, &**object.chart)) {
        report(key, object, *twin, "Helm refuses the chart, or one takes the place of the other.", sink);
    } else if let Some(twin) = before.iter().chain(&from[1..]).find(|twin| collide(key, object, **twin)) {
        let why = "Whichever chart is installed second is refused: Helm does not take over what belongs to another \
                   release.";
        report(key, object, *twin, why, sink);
    }
}

/// What the API server tells objects apart by; `None` where it is open, and for what does not stay: hooks and tests.
fn key(document: &Document) -> Option<Key<'_>> {
    let name = document.known_name().filter(|name| document.is_sound() && !name.is_empty())?;
    let namespace = document.namespace().and_then(Node::text);
    let namespace = namespace.filter(|namespace| *namespace != RELEASE_NAMESPACE).unwrap_or_default();
    document.hook().is_none().then_some((document.group()?, document.kind()?, namespace, name))
}

/// Two charts, installed side by side, want the same object.
fn collide((group, kind, namespace, _): Key<'_>, object: Object<'_>, twin: Object<'_>) -> bool {
    let Some(namespaced) = is_namespaced(object.document) else { return false };
    let free = |object: Object| object.document.name().is_none_or(Node::names_release);
    let vendored = |object: Object| {
        let path = object.document.path().strip_prefix(&object.chart.root);
        path.map_or(true, |path| path.starts_with("charts"))
    };
    let same_file = object.document.file() == twin.document.file();
    let together = std::ptr::eq(&**object.chart, &**twin.chart);
    // A Cluster is an example; who installs two of them names them.
    let user = group == "apps.kubeblocks.io" && kind == "Cluster";
    let alike = is_other_version(object.chart, twin.chart);
    !(together || same_file || user || alike || free(object) || vendored(object) || vendored(twin))
        && (!namespaced || namespace.is_empty())
}

/// The same chart twice, to choose from: `v1/store` and `v2/store`, `store` and `store-1.2`. A chart that was copied to
/// become another lies beside the first, under a name of its own.
fn is_other_version(chart: &Chart, twin: &Chart) -> bool {
    let (name, folder) = (chart.name(), |chart: &Chart| chart.root.file_name().unwrap_or_default().to_owned());
    let beside = chart.root.parent() == twin.root.parent();
    let other = [folder(chart), folder(twin)].into_iter().find(|folder| folder != name).unwrap_or_default();
    let version = other.strip_prefix(name).unwrap_or(&other).trim_start_matches(['-', '_', 'v']);
    name == twin.name() && (!beside || version.starts_with(|c: char| c.is_ascii_digit()))
}

/// `None` for kinds that we do not know.
fn is_namespaced(document: &Document) -> Option<bool> {
    let (version, kind) = (document.api_version()?, document.kind()?);
    let mut releases = Release::ALL.into_iter();
    releases.find_map(|release| world::schemas().find(release, version, kind)).map(|(kind, _)| kind.namespaced)
}

fn report((_, kind, ..): Key<'_>, object: Object<'_>, twin: Object<'_>, why: &str, sink: &mut Sink) {
    let (Some(name), Some(other)) = (object.document.name(), twin.document.name()) else { return };
    let text = name.text().unwrap_or_default();
    let own = std::ptr::eq(&**object.chart, &**twin.chart);
    let message = match own {
        true => format!("{kind} `{text}` is defined twice in this chart"),
        false => format!("{kind} `{text}` is also defined in chart `{}`", twin.chart.name()),
    };
    let report = sink.report(&name, message).why(why).related(&other, "the other one");
    if !own && is_namespaced(object.document) == Some(true) {
        report
            .severity(Severity::Warning)
            .help("Charts of addons are mostly installed into one namespace: name it after the chart.");
    }
}

/// Chart.yaml of a chart that was copied keeps the name of the other.
fn check_name(world: &World, chart: &Chart, sink: &mut Sink) {
    // The one that is called as its folder is has the older right.
    if chart.root.file_name() == Some(chart.name()) {
        return;
    }
    let mut packages = world.index().charts_named(chart.name()).filter(|other| other.package().is_some());
    let twin = packages.find(|twin| !std::ptr::eq(&***twin, chart) && !is_other_version(chart, twin));
    let names = twin.and_then(|twin| Some((name_of(chart)?, name_of(twin)?)));
    if let Some((name, other)) = names {
        sink.report(&name, format!("another chart is called `{}` too", chart.name()))
            .severity(Severity::Warning)
            .why("Releases, packages and Addons are named after the chart: one takes the place of the other.")
            .related(&other, "the other one");
    }
}

/// `name` of Chart.yaml.
fn name_of(chart: &Chart) -> Option<Node<'_>> {
    let charts = chart.plain().iter().filter(|d| d.path().file_name() == Some("Chart.yaml"));
    charts.filter_map(Document::root).find_map(|root| root.get("name"))
}
