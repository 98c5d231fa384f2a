//! See `unknown_config.md`.

use super::prelude::*;
use super::support::parts::judge;
use crate::model::index::Object;
use crate::model::parameters::{Manager, managers};
use crate::model::pods::plain;
use crate::model::resolve::{CONFIG_MAP, GroupKind, PARAM_CONFIG_RENDERER, PARAMETERS_DEFINITION, Resolution, resolve};
use crate::model::volumes::{Component, Template, components_of, objects};
use crate::model::wanted::{Member, Wanted, wanted};

pub(super) static RULE: Rule = Rule {
    name: "unknown-config",
    summary: "a key or a script that the named template does not have",
    severity: Severity::Warning,
    since: "0.1.0",
    page: include_str!("unknown_config.md"),
    check: Check::Linked(check),
};

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    sink.each(chart.documents(), |document, sink| {
        check_parts(uses, document, sink);
        check_constraint(uses, chart, document, sink);
        check_pods(chart, document, sink);
    });
    sink.apart(|sink| check_files(uses, chart, sink));
    sink.each(components_of(uses, chart), |component, sink| {
        for template in component.all_templates() {
            check_keys(uses.world, &component, template, sink);
        }
        let scripts: Vec<&str> = component.templates().filter(|t| t.script).map(Template::name).collect();
        for selector in component.script_selectors() {
            let Some(name) = selector.known_text() else { continue };
            if !scripts.contains(&name) {
                sink.report(&selector, format!("{} `{}` has no script `{name}`", component.kind(), component.name))
                    .why("The job runs without the scripts it is meant to run, and nothing says so.")
                    .help(format!(
                        "A selector names an entry of `{}` by its `name`.",
                        if component.legacy { "scriptSpecs" } else { "scripts" }
                    ))
                    .nearest(name, scripts.iter().copied());
            }
        }
    });
}

/// Names of configs, and of their files, that other objects give (v1 spec R105, R142, R143, R153, R154).
fn check_parts<'w>(uses: &Uses<'w>, document: &'w Document, sink: &mut Sink) {
    for part in wanted(uses, document, Member::Config) {
        judge(uses, &part, "config", Severity::Error, sink);
        let file = match part.node.document.kind() {
            Some("ParametersDefinition") => part.node.parent().and_then(|spec| spec.get("fileName")),
            _ => part.node.parent().and_then(|config| config.get("name")),
        };
        if let Some(file) = file {
            check_file(uses.world, &part, file, sink);
        }
        if let Some((file, format)) = file.zip(part.node.parent().and_then(|config| config.get("fileFormatConfig"))) {
            check_section(maps_of(uses.world, &configs_of(&part)), file, format, sink);
        }
    }
    for part in wanted(uses, document, Member::Template) {
        judge(uses, &part, "config", Severity::Error, sink);
    }
}

/// A file of a config is a key of its ConfigMap.
fn check_file(world: &World, part: &Wanted, file: Node, sink: &mut Sink) {
    check_key(world, &configs_of(part), file, sink);
}

/// The configs that are meant.
fn configs_of<'w>(part: &Wanted<'w>) -> Vec<Node<'w>> {
    let configs = part.owners.iter().flat_map(|owner| owner.spec.list("configs"));
    configs.filter(|config| config.text_at("name") == Some(part.name)).collect()
}

/// The ConfigMaps of configs; `None` where one is not known.
fn maps_of<'w>(world: &'w World, configs: &[Node<'w>]) -> Option<Vec<Object<'w>>> {
    let mut maps = Vec::new();
    for config in configs {
        let site = config.get("template").and_then(|template| world.index().site_at(template));
        match site.map(|site| resolve(world, &site)) {
            Some(Resolution::Found(found)) if found.iter().all(|map| !map.chart.failed()) => maps.extend(found),
            _ => return None,
        }
    }
    Some(maps)
}

/// The section that holds the parameters is in the file of a config.
fn check_section(maps: Option<Vec<Object>>, file: Node, format: Node, sink: &mut Sink) {
    let Some(name) = file.known_text() else { return };
    let texts = maps.into_iter().flatten().map(|map| text_of(map.root()?.get("data")?.get(name)?));
    if let Some(texts) = texts.collect::<Option<Vec<&str>>>() {
        report_section(&texts, &format!("`{name}` has no"), format, sink);
    }
}

/// Up to 0.9 it is in one of the files that have the constraint.
fn check_constraint<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, document: &'w Document, sink: &mut Sink) {
    let spec = match document.kind() {
        Some("ConfigConstraint") if document.is_sound() => document.spec(),
        _ => None,
    };
    let format = spec.and_then(|spec| spec.get("formatterConfig").or_else(|| spec.get("fileFormatConfig")));
    let Some(format) = format.filter(|format| format.at("iniConfig.sectionName").is_some()) else { return };
    let mut texts = Vec::new();
    for site in uses.world.index().matched_by(Object { chart, document }) {
        let config = site.node.parent().filter(|config| config.get("templateRef").is_some_and(Node::known));
        let Some((config, name)) = config.and_then(|config| Some((config, config.text_at("templateRef")?))) else {
            return;
        };
        let found = objects(uses.world.index(), site.chart, CONFIG_MAP, name);
        let Some(map) = found.first().filter(|map| !map.chart.failed()).and_then(|map| map.root()) else { return };
        let keys: Vec<&str> = config.list("keys").filter_map(Node::text).collect();
        let files = map.get("data").into_iter().flat_map(Node::entries);
        let files = files.filter(|(key, _)| keys.is_empty() || key.text().is_some_and(|key| keys.contains(&key)));
        for (_, file) in files {
            let Some(text) = text_of(file) else { return };
            texts.push(text);
        }
    }
    report_section(&texts, "no file of the config has a", format, sink);
}

fn text_of(file: Node<'_>) -> Option<&str> {
    file.known_text()
}

/// What is read below the section of an ini file has to stand there (`generateKey` in `pkg/parameters/core/config.go`).
fn report_section(texts: &[&str], what: &str, format: Node, sink: &mut Sink) {
    let section = format.at("iniConfig.sectionName").filter(|_| format.text_at("format") == Some("ini"));
    let Some(node) = section.filter(|section| section.known()) else { return };
    let Some(name) = node.text().filter(|name| !name.is_empty()) else { return };
    let present: Vec<&str> = texts.iter().flat_map(|text| sections(text)).collect();
    // A section may be made of a template, or come from another.
    let open = |text: &&str| text.contains("{{ template") || text.contains("{{- template") || text.contains("[{{");
    let is_there = present.iter().any(|section| section.eq_ignore_ascii_case(name));
    if present.is_empty() || is_there || texts.iter().any(open) {
        return;
    }
    sink.report(&node, format!("{what} section `{name}`"))
        .why("Parameters are read and written below this name alone: a change makes a section that the engine does not know.")
        .help(format!("Its sections are {}.", listed(&present)))
        .nearest(name, present.iter().copied());
}

/// The names in brackets that stand alone on their lines.
fn sections(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.trim().strip_prefix('[')?.strip_suffix(']').map(str::trim))
}

/// Of a file whose config nobody names, some config of the definitions has to be the one (v1 spec R153; R143 through a
/// renderer).
fn check_files<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    let of_kind = |target: GroupKind<'static>| Object::of_chart(chart, target);
    if of_kind(PARAM_CONFIG_RENDERER).chain(of_kind(PARAMETERS_DEFINITION)).next().is_none() {
        return;
    }
    let Some(managers) = managers(uses.world, chart) else { return };
    let configs_of = |manager: &Manager<'w>| {
        let definitions = uses.of_node(manager.spec.get("componentDef")?)?;
        Some(definitions.iter().flat_map(|definition| definition.spec.list("configs")).collect::<Vec<_>>())
    };
    for manager in managers.iter().filter(|manager| manager.is_of(chart)) {
        if manager.renderer {
            let Some(configs) = configs_of(manager) else { continue };
            let files = manager.spec.list("configs").filter(|config| config.key("templateName").is_none());
            files.filter_map(|config| config.get("name")).for_each(|file| check_key(uses.world, &configs, file, sink));
            continue;
        }
        let name = manager.object.name();
        let names = |other: &&Manager| {
            other.renderer && other.spec.list("parametersDefs").any(|entry| entry.text() == name || !entry.known())
        };
        let renderers: Option<Vec<Vec<Node>>> = managers.iter().filter(names).map(configs_of).collect();
        let configs = renderers.map(|found| found.concat()).unwrap_or_default();
        let file = manager.spec.get("fileName").filter(|_| manager.spec.key("templateName").is_none());
        if let Some(file) = file.filter(|_| !configs.is_empty()) {
            check_key(uses.world, &configs, file, sink);
        }
    }
}

/// A file is a key of the ConfigMap of one of these configs.
fn check_key(world: &World, configs: &[Node], file: Node, sink: &mut Sink) {
    let Some(name) = file.text().filter(|name| !name.is_empty() && file.known() && !file.names_release()) else {
        return;
    };
    let Some(maps) = maps_of(world, configs) else { return };
    let keys: Vec<Node> = maps.iter().flat_map(|map| keys_of(map.root())).collect();
    let open = keys.iter().any(|key| !key.known());
    let Some(first) = maps.first().filter(|_| !open && !keys.iter().any(|key| key.text() == Some(name))) else {
        return;
    };
    let several = maps.iter().any(|map| map.name() != first.name());
    let map = first.name().unwrap_or_default();
    let message = match several {
        true => format!("no config has a file `{name}`"),
        false => format!("ConfigMap `{map}` has no key `{name}`"),
    };
    let report = sink
        .report(&file, message)
        .severity(Severity::Error)
        .why("The parameters belong to a file that the config does not have: they are never written.");
    let report = match first.document.name() {
        Some(place) if several => report.related(&place, "one of the ConfigMaps"),
        Some(place) => report.related(&place, "the ConfigMap is defined here"),
        None => report,
    };
    report.nearest(name, keys.into_iter().filter_map(Node::text));
}

fn keys_of(map: Option<Node<'_>>) -> impl Iterator<Item = Node<'_>> {
    let data = ["data", "binaryData"].into_iter().filter_map(move |path| map?.get(path));
    data.flat_map(Node::entries).map(|(key, _)| key)
}

/// Keys that pods without KubeBlocks read of the chart's ConfigMaps and Secrets.
fn check_pods(chart: &Chart, document: &Document, sink: &mut Sink) {
    let Some(pods) = plain(document).filter(|_| !chart.failed()) else { return };
    let of_env = [("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")];
    let of_volumes = [("ConfigMap", "configMap", "name"), ("Secret", "secret", "secretName")];
    let sources = pods.containers().flat_map(|container| container.each("env[].valueFrom"));
    let own = sources.flat_map(|source| of_env.map(|(kind, key)| (kind, source.get(key), "name", "key")));
    let volumes = pods.spec.list("volumes");
    let all =
        own.chain(volumes.flat_map(|of| of_volumes.map(|(kind, key, name)| (kind, of.get(key), name, "items[].key"))));
    for (kind, source, name, path) in all {
        let Some(source) = source.filter(|source| source.text_at("optional") != Some("true")) else { continue };
        let Some(name) = source.get(name).and_then(Node::known_text) else { continue };
        let is_named = |other: &&Document| other.kind() == Some(kind) && other.name_text() == Some(name);
        let found: Vec<&Document> = chart.documents().iter().filter(is_named).collect();
        let [object] = found.as_slice() else { continue };
        let data = ["data", "stringData", "binaryData"].into_iter().filter_map(|path| object.root()?.get(path));
        let keys: Vec<Node> = data.flat_map(Node::entries).map(|(key, _)| key).collect();
        let keys: Option<Vec<&str>> = keys.iter().map(|key| key.known_text()).collect();
        // What is empty is filled by somebody else.
        let Some(keys) = keys.filter(|keys| !keys.is_empty() && object.is_sound()) else { continue };
        for key in source.each(path).into_iter().filter(|key| key.known()) {
            let Some(text) = key.text().filter(|text| !keys.contains(text)) else { continue };
            let report = sink
                .report(&key, format!("{kind} `{name}` has no key `{text}`"))
                .severity(Severity::Error)
                .why("The kubelet does not start the container without it.");
            report.related(&object.name(), format!("the {kind} is defined here")).nearest(text, keys.iter().copied());
        }
    }
}

/// `keys` of a template are keys of its ConfigMap.
fn check_keys(world: &World, component: &Component, template: Template, sink: &mut Sink) {
    let Some(config_map) = template.config_map().filter(|name| name.known()) else { return };
    let Some(text) = config_map.text() else { return };
    let found = objects(world.index(), component.chart, CONFIG_MAP, text);
    let Some(&Object { chart: owner, document }) = found.first().filter(|object| !object.chart.failed()) else {
        return;
    };
    if !std::ptr::eq(&**owner, component.chart) && found.len() > 1 {
        return;
    }
    let present: Vec<&str> = keys_of(document.root()).filter_map(Node::text).collect();
    for key in template.node.list("keys") {
        let Some(name) = key.known_text().filter(|name| !present.contains(name)) else { continue };
        let report = sink
            .report(&key, format!("ConfigMap `{text}` has no key `{name}`"))
            .why("A key that is not there is passed over: the file is neither checked nor reloaded.");
        report.related(&document.name(), "the ConfigMap is defined here").nearest(name, present.iter().copied());
    }
}
