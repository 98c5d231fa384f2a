//! Who names the thing under the cursor: from its definition or from a use, over all charts.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::candidates::{self, Found, Sought};
use super::locate::{self, Spot, content, spots};
use super::reference::{self, Lookup, Thing};
use super::shapes;
use super::template::{self, Meaning};
use super::{Cursor, Target, addons};
use crate::model::cue;
use crate::model::index::Object;
use crate::model::object::{Document, Node};
use crate::model::owners::Name;
use crate::model::parts::{Part, What};
use crate::model::resolve::{CONFIG_MAP, OPS_DEFINITION, PARAMETERS_DEFINITION};
use crate::text::{FileId, Span, TextRange};
use crate::world::{Chart, World};
use crate::yaml::parser;

/// As many documents have those that they name, or that name them, looked into as well, one step away and two.
const MAX_AROUND: usize = 100;

/// A place that names the thing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Use {
    /// The name alone.
    pub span: Span,
    /// A pattern, of which the name is one match.
    pub by_pattern: bool,
}

/// What kind of thing is named.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Subject {
    /// A variable of templates.
    Variable,
    /// A `define`.
    Helper,
    /// A key of the values.
    Value,
    /// A key of Chart.yaml, or a file of the chart.
    File,
    Anchor,
    /// A variable of containers.
    Environment,
    /// What may be named where nobody sees it: actions, parameters, versions, variables of scripts.
    Fixed,
    /// Something else that has its name in YAML.
    #[default]
    Name,
}

/// A thing and who names it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct References {
    pub subject: Subject,
    /// Its name as it is rendered; empty where there is none.
    pub name: String,
    /// Where it is given.
    pub definitions: Vec<Target>,
    /// In order, each once.
    pub uses: Vec<Use>,
}

/// Everything that names the thing under the cursor; `None` where nothing is known of it.
pub fn references(world: &World, at: Cursor) -> Option<References> {
    named(world, at, Within::World)
}

/// Where uses are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    World,
    /// The file of the cursor. (Some of the uses may stand elsewhere all the same.)
    File,
    /// The documents under the cursor, those that name them or are named by them, and those that do so with these.
    Around,
}

impl Within {
    fn takes(self, at: Cursor, file: FileId) -> bool {
        self == Self::World || at.file == file
    }

    /// The documents in which text of such files may be.
    fn documents<'w>(self, world: &'w World, at: Cursor, spots: &[Spot<'w>]) -> Vec<(&'w Arc<Chart>, &'w Document)> {
        if self == Self::Around {
            return around(world, spots);
        }
        // What a file defines may be printed by any other, and so may what renders nothing by itself.
        let alone = world.files.get(&at.file).is_none_or(|file| file.syntax().defines.is_empty());
        let alone = alone
            && world
                .charts_of(at.file)
                .into_iter()
                .any(|chart| chart.documents().iter().any(|it| it.file() == at.file));
        let charts = world.charts.values();
        let charts = charts.filter(move |chart| self == Self::World || chart.files.contains_key(&at.file));
        let all = charts.flat_map(|chart| chart.documents().iter().map(move |document| (chart, document)));
        all.filter(move |(_, document)| !alone || self.takes(at, document.file())).collect()
    }
}

/// The documents of [`Within::Around`].
fn around<'w>(world: &'w World, spots: &[Spot<'w>]) -> Vec<(&'w Arc<Chart>, &'w Document)> {
    let index = world.index();
    let mut found: Vec<(&Arc<Chart>, &Document)> = Vec::new();
    let mut known: HashSet<*const Document> = HashSet::new();
    let mut add = |found: &mut Vec<_>, chart, document| {
        if known.insert(std::ptr::from_ref(document)) {
            found.push((chart, document));
        }
    };
    for spot in spots {
        add(&mut found, spot.chart, spot.node.document);
        // Not all of these say whose names they mean.
        for object in Object::of_chart(spot.chart, OPS_DEFINITION) {
            add(&mut found, object.chart, object.document);
        }
    }
    // What sets parameters is another step away: before 1.2 a renderer says whose they are.
    let of_parameters = spots.iter().any(|spot| spot.node.document.kind() == Some(PARAMETERS_DEFINITION.kind));
    let mut from = 0;
    for _ in 0..if of_parameters { 3 } else { 2 } {
        let to = found.len();
        for at in from..to.min(from + MAX_AROUND) {
            let (chart, document) = found[at];
            for user in index.matched_by(Object { chart, document }) {
                add(&mut found, user.chart, user.node.document);
            }
            for object in index.sites_in(document).flat_map(|site| index.matches(&site)) {
                if let Some(chart) = index.chart_of(object.document) {
                    add(&mut found, chart, object.document);
                }
            }
        }
        from = to;
    }
    found
}

pub(super) fn named(world: &World, at: Cursor, within: Within) -> Option<References> {
    let file = world.files.get(&at.file)?;
    if let Some(found) = variable(world, at) {
        return Some(found);
    }
    if let Some(symbol) = template::symbol(file, at.offset) {
        return Some(match &symbol.meaning {
            Meaning::Value(path) => value(world, world.charts_of(at.file), path),
            meaning => of_meaning(world, at, meaning, within),
        });
    }
    if let Some(path) = value_key(world, at) {
        return Some(value(world, world.charts_of(at.file), &path));
    }
    let here = spots(world, at);
    if let Some(path) = here.iter().find_map(|spot| addons::path_at(world, *spot)) {
        return Some(value(world, vec![path.chart], &path.keys));
    }
    in_yaml(world, at, &here, within).map(|(_, found)| found)
}

/// What is given its name under the cursor, of which these are the `spots`, and those who name it in the documents around.
pub(super) fn given<'w>(world: &'w World, at: Cursor, spots: &[Spot<'w>]) -> Option<(Thing<'w>, References)> {
    // Most text is no name, and nobody has to be looked for who uses it.
    if !spots.iter().any(may_be_given) && anchors(world, at).is_empty() {
        return None;
    }
    if let Some((thing, found)) = in_yaml(world, at, spots, Within::Around) {
        return Some((thing?, found));
    }
    let thing = spots.iter().find_map(|spot| unused(*spot))?;
    let definitions = locate::targets(thing.item.document, thing.name, thing.name);
    Some((thing, References { definitions, ..References::default() }))
}

/// A spot may be where something gets its name.
fn may_be_given(spot: &Spot<'_>) -> bool {
    let key = locate::key_of(spot.node).and_then(Node::text);
    matches!(key, Some("name" | "volumeName" | "cue")) || Part::given(spot.node).is_some()
}

/// What has its name in a spot, whoever uses it.
fn unused(spot: Spot<'_>) -> Option<Thing<'_>> {
    let Spot { chart, node, .. } = spot;
    let document = node.document;
    let ours = document.group().is_some_and(|group| group.ends_with(".kubeblocks.io"));
    if document.name() == Some(node) {
        let kind = reference::Kind::Object;
        return reference::thing(chart, kind, document.root()?, Some(node)).filter(|_| ours || is_config_map(document));
    }
    let is_name = ours && locate::key_of(node).and_then(Node::text) == Some("name");
    if is_name && node.parent().and_then(locate::list_of) == Some("vars") {
        return reference::thing(chart, reference::Kind::Env, node.parent()?, Some(node));
    }
    let object = Object { chart, document };
    if let Some((range, _)) = label(spot).filter(|_| ours) {
        return Some(reference::given_name(What::Property, Name { object, node, range }));
    }
    let what = Part::given(node).filter(|what| !matches!(what, What::Key | What::Property))?;
    Some(reference::given_name(what, Name::whole(object, node)?))
}

fn is_config_map(document: &Document) -> bool {
    document.kind() == Some(CONFIG_MAP.kind)
}

/// A variable of templates: its declaration, assignments and uses in scope.
fn variable(world: &World, at: Cursor) -> Option<References> {
    let file = world.files.get(&at.file)?;
    let (all, own) = shapes::variables(file, at.offset)?;
    let span = |range| Span { file: at.file, range };
    let name = own.of(&file.source.text).to_owned();
    let declared = Target { full: span(own), name: span(own) };
    let uses = all.into_iter().filter(|range| *range != own).map(|range| Use { span: span(range), by_pattern: false });
    Some(References { subject: Subject::Variable, name, definitions: vec![declared], uses: uses.collect() })
}

/// Helpers, files and keys of Chart.yaml: wherever the same is meant, in all charts that have the file.
fn of_meaning(world: &World, at: Cursor, meaning: &Meaning, within: Within) -> References {
    let definitions = template::targets(world, at, meaning);
    let names: BTreeSet<Span> = definitions.iter().map(|target| target.name).collect();
    let subject = if matches!(meaning, Meaning::Helper(_)) { Subject::Helper } else { Subject::File };
    let mut found = References { subject, definitions, ..References::default() };
    found.name = match meaning {
        Meaning::Helper(name) | Meaning::File(name) | Meaning::Files(name) | Meaning::ChartKey(name) => name.clone(),
        Meaning::Value(path) => path.last().cloned().unwrap_or_default(),
    };
    let mut uses = BTreeSet::new();
    for chart in world.charts_of(at.file) {
        for file in chart.files.values().filter(|file| within.takes(at, file.source.id)) {
            for symbol in template::symbols(file).into_iter().filter(|symbol| symbol.meaning == *meaning) {
                let span = Span { file: file.source.id, range: symbol.origin };
                if !names.contains(&span) {
                    uses.insert(Use { span, by_pattern: false });
                }
            }
        }
    }
    found.uses = uses.into_iter().collect();
    found
}

/// The path of the key under the cursor in a values file of its chart, or in the schema of its values.
pub(super) fn value_key(world: &World, at: Cursor) -> Option<Vec<String>> {
    let file = world.files.get(&at.file)?;
    let chart = world.charts_of(at.file).into_iter().find(|chart| file.source.path.starts_with(&chart.root))?;
    if let Some(path) = template::described(chart, at) {
        return Some(path);
    }
    let own = |path: &camino::Utf8Path| {
        chart.package().and_then(|package| package.files.get(path)).is_some_and(|source| source.id == at.file)
    };
    let set = chart.values.files.iter().any(|source| source.id == at.file);
    if !set && !own("values.yaml".into()) {
        return None;
    }
    let outline = file.outline();
    let id = outline.ids().find(|id| outline.key(*id).is_some() && outline.entry(*id).range.touches(at.offset))?;
    let keys = outline.path(Some(id)).steps.iter().map(|step| step.key().unwrap_or(shapes::ITEM).to_owned()).collect();
    Some(keys)
}

/// A value of charts: its keys in all values files, every template that reads it, and the Addons that set it.
fn value(world: &World, charts: Vec<&Arc<Chart>>, path: &[String]) -> References {
    let mut uses = BTreeSet::new();
    let mut definitions: Vec<Target> = Vec::new();
    for chart in charts {
        for target in template::values_of(chart, path) {
            if !definitions.contains(&target) {
                definitions.push(target);
            }
        }
        for read in shapes::of(chart).reads.iter().filter(|read| !read.whole) {
            if read.path.first().is_some_and(|root| root == "Values") && read.path[1..] == *path {
                uses.insert(Use { span: read.key, by_pattern: false });
            }
        }
        for (document, range) in addons::uses(world, chart, path) {
            let site = document.rendered().text.site(range);
            uses.extend(site.map(|site| Use { span: site.span, by_pattern: false }));
        }
    }
    let name = path.last().cloned().unwrap_or_default();
    References { subject: Subject::Value, name, definitions, uses: uses.into_iter().collect() }
}

/// What the text under the cursor became, and who names that.
///
/// Of what is given its name here, the thing comes along where somebody uses it.
fn in_yaml<'w>(
    world: &'w World,
    at: Cursor,
    here: &[Spot<'w>],
    within: Within,
) -> Option<(Option<Thing<'w>>, References)> {
    let index = world.index();
    let mut lookup = Lookup::new(world);
    let mut sought = Sought::default();
    let mut definitions: Vec<Target> = Vec::new();
    let mut add = |document, item, name| {
        sought.add(index, document, name);
        for target in locate::targets(document, item, name) {
            sought.wanted.insert(target.name);
            if !definitions.contains(&target) {
                definitions.push(target);
            }
        }
    };
    let (mut from_use, mut own) = (false, Vec::new());
    for spot in here {
        let Some(found) = reference::reference(&mut lookup, *spot) else { continue };
        from_use = true;
        // Others may mean this very use, as they do a mount.
        own.extend(locate::written(spot.node.document, found.origin));
        for thing in found.things {
            add(thing.item.document, thing.item.document.tree().node(thing.item.id).range, thing.name);
        }
    }
    if !from_use {
        for spot in here.iter().filter(|spot| !spot.node.is_alias()) {
            let item = spot.node.parent().filter(|parent| parent.parent().is_some()).unwrap_or(spot.node);
            add(spot.node.document, item.document.tree().node(item.id).range, own_name(spot));
        }
        for (document, name, item) in anchors(world, at) {
            add(document, item, name);
        }
    }
    sought.wanted.extend(own);
    if sought.names.is_empty() {
        return None;
    }
    let mut uses: BTreeMap<Span, bool> = BTreeMap::new();
    let mut subject = Subject::Name;
    let mut given = None;
    for (chart, document) in within.documents(world, at, here) {
        let Some(node) = document.root() else { continue };
        for Found { thing, origin } in sought.uses(&mut lookup, Spot { chart, node, range: TextRange::empty(0) }) {
            given.get_or_insert(thing);
            subject = candidates::subject(&thing).unwrap_or(subject);
            let text = origin.of(document.rendered().text.as_str());
            let by_pattern =
                !sought.names.contains(text) && !matches!(thing.kind, reference::Kind::Part(What::Property));
            // What a helper writes is named where it is included, and in the helper.
            for span in locate::written(document, origin) {
                *uses.entry(span).or_insert(by_pattern) &= by_pattern;
            }
        }
    }
    if uses.is_empty() && !from_use {
        return None;
    }
    let is_definition = |span: &Span| match from_use {
        true => definitions.iter().any(|target| target.name == *span),
        false => sought.wanted.contains(span),
    };
    let uses = uses.into_iter().filter(|(span, _)| !is_definition(span));
    let uses = uses.map(|(span, by_pattern)| Use { span, by_pattern }).collect();
    let name = sought.names.into_iter().next().unwrap_or_default();
    Some((given, References { subject, name, definitions, uses }))
}

/// What a spot gives a name to: the scalar, or the field of a CUE text that stands there.
fn own_name(spot: &Spot<'_>) -> TextRange {
    label(*spot).map_or_else(|| content(spot.node), |(_, place)| place)
}

/// The field of a CUE text that a spot is the name of: bytes of the text, and of what is rendered.
fn label(spot: Spot<'_>) -> Option<(TextRange, TextRange)> {
    let node = spot.node;
    let text = node.text().filter(|_| locate::key_of(node).and_then(Node::text) == Some("cue"))?;
    let rendered = node.document.rendered().text.as_str();
    let here = spot.range.start as usize;
    let line = rendered[..here].rfind('\n').map_or(0, |found| found + 1);
    let line = &rendered[line..rendered[here..].find('\n').map_or(rendered.len(), |found| here + found)];
    // Places are dear: only what stands in the line may be it.
    let labels = cue::labels(text).into_iter().filter(|range| line.contains(range.of(text)));
    let mut labels = labels.map(|range| (range, parser::part(rendered, node.document.tree(), node.id, range)));
    labels.find(|(_, place)| place.contains(spot.range))
}

/// The anchors at the cursor: their names and what they name, in every rendering.
pub(super) fn anchors(world: &World, at: Cursor) -> Vec<(&Document, TextRange, TextRange)> {
    let cursor = Span { file: at.file, range: TextRange::empty(at.offset as usize) };
    let mut found = Vec::new();
    for chart in world.charts_of(at.file) {
        for document in chart.documents() {
            let anchors = document.tree().anchors();
            if anchors.is_empty() {
                continue;
            }
            let places = document.rendered().text.places(cursor);
            for anchor in anchors {
                let name = TextRange { start: (anchor.range.start + 1).min(anchor.range.end), ..anchor.range };
                if places.iter().any(|place| name.touches(place.start)) {
                    found.push((document, name, document.tree().node(anchor.node).range));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    /// Carets mark the definitions (`definition`) and the uses (`use`, `pattern`).
    fn check(fixture: &str) {
        let fixture = Fixture::of(fixture);
        let (_, cursor) = fixture.cursor();
        let mut found = Vec::new();
        if let Some(references) = references(&fixture.world, cursor) {
            found.extend(references.definitions.iter().map(|target| fixture.mark(target.name, "definition")));
            let uses = references.uses.iter();
            found.extend(uses.map(|used| fixture.mark(used.span, if used.by_pattern { "pattern" } else { "use" })));
        }
        found.sort();
        let mut expected = fixture.marks;
        expected.sort();
        assert_eq!(found, expected);
        if let Some(links) = crate::ide::definition::definition(&fixture.world, cursor) {
            assert!(!links.targets.is_empty());
        }
    }

    /// The same from the first and from the second place that is marked `~`.
    fn check_both(fixture: &str) {
        for nth in 0..2 {
            let mut parts = fixture.split('~');
            let mut text = parts.next().unwrap().to_owned();
            for (at, part) in parts.enumerate() {
                text.push_str(if at == nth { "<|>" } else { "" });
                text.push_str(part);
            }
            check(&text);
        }
    }

    #[test]
    fn helpers_values_and_variables() {
        check_both(
            "#- templates/_h.tpl\n{{ define \"tide.na~me\" }}x{{ end }}\n#          ^^^^^^^^^ definition\n#- templates/a.yaml\n\
             a: {{ include \"tide.na~me\" . }}\n#              ^^^^^^^^^ use\nb: {{ template \"tide.name\" }}\n#               ^^^^^^^^^ use\n",
        );
        check_both(
            "#- values.yaml\nimage:\n  ta~g: v1\n# ^^^ definition\n  repo: tag\n#- templates/a.yaml\na: {{ .Values.image.ta~g }}\n\
             #                   ^^^ use\nb: {{ with .Values.image }}{{ .tag }}{{ end }}\n#                              ^^^ use\n\
             c: {{ index .Values \"image\" \"tag\" }}\n#                            ^^^ use\n",
        );
        check_both(
            "#- templates/a.yaml\n{{- $na~me := 1 }}\n#   ^^^^^ definition\na: {{ $na~me }}\n#     ^^^^^ use\n\
             {{- if $name }}\n#      ^^^^^ use\n{{- $name = 2 }}\n#   ^^^^^ use\n{{- end }}\n{{ range $name := list 1 }}{{ $name }}{{ end }}\n",
        );
    }

    #[test]
    fn anchors_stay_in_their_document() {
        check_both(
            "#- templates/a.yaml\na: &o~ne {b: 1}\n#   ^^^ definition\nc: *o~ne\n#   ^^^ use\nd: [*one]\n#    ^^^ use\n---\na: &one 2\nc: *one\n",
        );
    }

    const DEFINITION: &str = "#- templates/a.yaml\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\nmetadata:\n  name: tide-1\nspec:\n";

    #[test]
    fn from_a_mount_as_from_its_volume() {
        check(&format!(
            "{DEFINITION}  volumes:\n    - name: data\n    #       ^^^^ definition\n  runtime:\n    containers:\n      - name: x\n        \
             volumeMounts:\n          - name: da<|>ta\n          #       ^^^^ use\n---\napiVersion: \
             dataprotection.kubeblocks.io/v1alpha1\nkind: BackupPolicyTemplate\nmetadata: {{name: p}}\nspec:\n  compDefs: \
             [tide-1]\n  backupMethods:\n    - name: full\n      targetVolumes:\n        volumeMounts:\n          - name: \
             data\n          #       ^^^^ use\n"
        ));
    }

    #[test]
    fn parts_of_definitions() {
        check_both(&format!(
            "{DEFINITION}  roles:\n    - name: lea~der\n    #       ^^^^^^ definition\n  services:\n    - name: rw\n      roleSelector: lea~der\n      #             ^^^^^^ use\n"
        ));
        check_both(&format!(
            "{DEFINITION}  vars:\n    - name: HO~ST\n    #       ^^^^ definition\n      value: x\n  runtime:\n    containers:\n      - name: a\n        args: [\"$(HO~ST):$(HOST)\"]\n        #         ^^^^ use\n        #                 ^^^^ use\n"
        ));
        check_both(&format!(
            "{DEFINITION}  runtime:\n    containers:\n      - name: a~b\n      #       ^^ definition\n        image: x\n  lifecycleActions:\n    roleProbe:\n      exec:\n        container: a~b\n        #          ^^ use\n"
        ));
    }

    #[test]
    fn over_all_charts() {
        let fixture = format!(
            "{DEFINITION}  systemAccounts:\n    - name: ro~ot\n    #       ^^^^ definition\n#- /w/c-cluster/templates/b.yaml\napiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata:\n  name: x\nspec:\n  componentSpecs:\n    - name: one\n      componentDef: tide\n      systemAccounts:\n        - name: ro~ot\n        #       ^^^^ use\n"
        );
        check_both(&fixture);
        check(&format!(
            "{DEFINITION}  provider: x\n#- templates/b.yaml\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentVersion\nmetadata:\n  name: x\nspec:\n  compatibilityRules:\n    - compDefs: [^tide-, tide-1]\n    #            ^^^^^^ pattern\n    #                    ^^^^^^ use\n      releases: [a]\n  releases:\n    - name: a\n"
        ).replace("name: tide-1\n", "name: tide<|>-1\n  #     ^^^^^^ definition\n"));
    }

    #[test]
    fn order_lists() {
        check_both(
            "#- templates/a.yaml\napiVersion: apps.kubeblocks.io/v1\nkind: ClusterDefinition\nmetadata:\n  name: tide\nspec:\n  topologies:\n    - name: t\n      components:\n        - name: on~e\n        #       ^^^ definition\n          compDef: x\n        - name: two\n          compDef: y\n      orders:\n        provision:\n          - two,on~e\n          #     ^^^ use\n",
        );
    }
}
