//! See `unknown_ops_name.md`.

use super::prelude::*;
use super::support::parts::judge;
use super::support::vars::given_elsewhere;
use crate::model::definition::Definition;
use crate::model::index::Object;
use crate::model::pattern::{Mode, Pattern};
use crate::model::resolve::{COMPONENT_DEFINITION, OPS_DEFINITION, own_side};
use crate::model::shell;
use crate::model::vars::{Source, Var, vars};
use crate::model::wanted::{Member, Wanted, names, wanted};
use crate::text::TextRange;

pub(super) static RULE: Rule = Rule {
    name: "unknown-ops-name",
    summary: "a name in an operation or an Addon that nothing there has",
    severity: Severity::Error,
    since: "0.1.0",
    page: include_str!("unknown_ops_name.md"),
    check: Check::Linked(check),
};

const OPERATIONS: &str = "operations.kubeblocks.io";

fn check<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>, sink: &mut Sink) {
    for document in chart.documents() {
        let spec = document.root().and_then(|root| root.get("spec")).filter(|_| document.is_sound());
        let Some(spec) = spec else { continue };
        if document.kind() == Some("OpsDefinition") && !chart.failed() {
            check_ports(uses.world, spec, sink);
        }
        match (document.group(), document.kind()) {
            (Some(OPERATIONS), Some("OpsDefinition")) => check_actions(spec, sink),
            (Some(OPERATIONS), Some("OpsRequest")) => check_parameters(uses.world, spec, sink),
            (Some("extensions.kubeblocks.io"), Some("Addon")) => check_extras(spec, sink),
            _ => {}
        }
    }
    // v1 spec R216, R218
    let of = |member| {
        let parts = chart.documents().iter().flat_map(move |document| wanted(uses, document, member));
        parts.filter(|part| !is_optional(part))
    };
    for part in of(Member::Workplace).filter(|part| !ADDED.contains(&part.name)) {
        judge(uses, &part, "container", Severity::Warning, sink);
    }
    // Up to 0.9 every pod has variables of the operator's.
    let given = |part: &Wanted| part.name.starts_with("KB_") && !part.owners.iter().all(|owner| owner.is_current());
    for part in of(Member::Variable).filter(|part| !given(part)) {
        if !part.owners.iter().any(|owner| is_of_one(of_several(*owner), part.name)) {
            judge(uses, &part, "variable", Severity::Warning, sink);
        }
    }
    let operations = chart.documents().iter().filter(|document| document.kind() == Some("OpsDefinition"));
    sink.each(operations.filter(|_| !chart.failed()), |document, sink| check_extractors(uses, chart, document, sink));
}

/// An operation that names no definitions still takes all variables of a `podInfoExtractor` from one pod.
fn check_extractors(uses: &Uses, chart: &Chart, document: &Document, sink: &mut Sink) {
    let names_none =
        |spec: &Node| ["componentInfos", "componentDefinitionRefs"].iter().all(|key| spec.key(key).is_none());
    let Some(spec) = document.spec().filter(|_| document.is_sound()).filter(names_none) else { return };
    let (mut own, mut unread) = (Vec::new(), definitions(uses, chart, true));
    for extractor in spec.list("podInfoExtractors") {
        let asked = extractor.list("env").filter(|entry| entry.text_at("optional").is_none());
        let asked: Vec<Node> = asked.filter_map(|entry| entry.at("valueFrom.envRef.envName")).collect();
        if asked.len() < 2 || asked.iter().any(|name| !name.known()) {
            continue;
        }
        // Few have to be read to meet one that has all.
        let mut found = own.iter().any(|known: &Known| known.lacking(&asked).is_empty());
        while !found && let Some(next) = unread.next() {
            // It may be the one that is meant.
            let Some(next) = next else { return };
            found = next.lacking(&asked).is_empty();
            own.push(next);
        }
        let Some((meant, lacking)) = meant(&own, &asked).filter(|_| !found) else { continue };
        if definitions(uses, chart, false).any(|other| other.is_none_or(|other| other.lacking(&asked).is_empty())) {
            continue;
        }
        let given = given_elsewhere(uses.world);
        for name in lacking.into_iter().filter(|name| !given.iter().any(|given| name.text() == Some(given))) {
            let text = name.text().unwrap_or_default();
            sink.report(&name, format!("no definition has `{text}` beside the other variables that are taken here"))
                .severity(Severity::Warning)
                .why("One pod has to have all of them: without this one the operation fails.")
                .related(&meant.owner.document.name(), "this one has the others")
                .nearest(text, meant.names.iter().copied());
        }
    }
}

/// A definition and the variables that its pods have.
struct Known<'w> {
    owner: Definition<'w>,
    names: Vec<&'w str>,
    /// Variables that ask several components.
    several: Vec<&'w str>,
}

impl<'w> Known<'w> {
    /// `None` where a variable is open.
    fn of(uses: &Uses<'w>, owner: Definition<'w>) -> Option<Self> {
        let names = names(uses, owner, Member::Variable)?.into_iter().filter_map(Node::text).collect();
        Some(Self { owner, names, several: of_several(owner).collect() })
    }

    fn lacking<'a>(&self, asked: &[Node<'a>]) -> Vec<Node<'a>> {
        let given = |name: &str| {
            self.names.contains(&name) || name.starts_with("KB_") || is_of_one(self.several.iter().copied(), name)
        };
        asked.iter().filter(|name| !name.text().is_some_and(given)).copied().collect()
    }
}

/// The ComponentDefinitions in view, the chart's `own` ones or those of others; `None` in the place of what cannot be read.
fn definitions<'w>(uses: &Uses<'w>, chart: &Chart, own: bool) -> impl Iterator<Item = Option<Known<'w>>> {
    let all = uses.world.index().objects(COMPONENT_DEFINITION);
    all.filter(move |object| own_side(object.chart, chart) == own)
        .map(|object| Known::of(uses, Definition::of(object.document)?))
}

/// The definition that lacks the fewest of `asked`, and these. An operation may be for the definitions of another chart,
/// unless it asks for nearly all that these have.
fn meant<'k, 'w, 'a>(own: &'k [Known<'w>], asked: &[Node<'a>]) -> Option<(&'k Known<'w>, Vec<Node<'a>>)> {
    let (meant, lacking) =
        own.iter().map(|known| (known, known.lacking(asked))).min_by_key(|(_, lacking)| lacking.len())?;
    (lacking.len() * 3 <= asked.len()).then_some((meant, lacking))
}

/// The entry of `env` says that it may be left out: the operator passes over it then (`buildEnvVars` in
/// `pkg/operations/custom/utils.go`).
fn is_optional(part: &Wanted) -> bool {
    let entry = part.node.parent().and_then(Node::parent).and_then(Node::parent);
    entry
        .and_then(|entry| entry.get("optional"))
        .is_some_and(|optional| !optional.known() || optional.text() == Some("true"))
}

/// Containers that the operator adds to pods.
const ADDED: [&str; 4] = ["kbagent", "kbagent-worker", "lorry", "config-manager"];

/// What the operator calls the port of the service that an operation asks for.
const PORT: &str = "KB_COMP_SVC_PORT_";

/// `KB_COMP_SVC_PORT_<NAME>` is there for each port of the service that `serviceName` names.
fn check_ports(world: &World, spec: Node, sink: &mut Sink) {
    let used: Vec<(Node, TextRange, String)> = spec
        .scalars()
        .into_iter()
        .filter(|node| node.known())
        .flat_map(|node| {
            let uses = shell::uses(node.text().unwrap_or_default()).into_iter();
            let ports = uses
                .filter(|used| used.modifier.is_empty() && used.name.len() > PORT.len() && used.name.starts_with(PORT));
            ports.map(move |used| (node, used.name_range, used.name.to_owned()))
        })
        .collect();
    if used.is_empty() {
        return;
    }
    let mut names: Vec<String> = Vec::new();
    let mut services: Vec<Node> = Vec::new();
    // Some definition is not in view.
    let mut partly = false;
    let current = spec.list("componentInfos").map(|item| (item, "componentDefinitionName"));
    for (item, key) in current.chain(spec.list("componentDefinitionRefs").map(|item| (item, "name"))) {
        let service = item.get("serviceName").and_then(Node::known_text);
        let Some(pattern) = item.get(key).and_then(Node::known_text) else { return };
        let pattern = Pattern::new(Mode::PrefixOrRegex, pattern);
        let definitions = world.index().objects(COMPONENT_DEFINITION);
        let found: Vec<Object> =
            definitions.filter(|object| object.name().is_some_and(|name| pattern.matches(name))).collect();
        if found.iter().any(|object| object.chart.failed()) {
            return;
        }
        partly |= found.is_empty();
        for root in found.iter().filter_map(|object| object.root()) {
            let Some(service) = root.list("spec.services").find(|item| item.text_at("name") == service) else { return };
            for port in service.list("spec.ports") {
                let Some(name) = port.get("name").and_then(Node::known_text) else { return };
                names.push(format!("{PORT}{}", name.to_uppercase().replace('-', "_")));
            }
            services.push(service);
        }
    }
    for (node, range, name) in used.iter().filter(|(.., name)| !names.contains(name)) {
        let Some(service) = services.first() else { return };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        sink.report(&node.part(*range), format!("the service has no port for `{name}`"))
            .severity(if partly { Severity::Info } else { Severity::Warning })
            .why("The operator makes this variable of the port's name. There is no such port, so the shell puts nothing there.")
            .help(format!("There are {}.", listed(names.iter().copied())))
            .related(&service.heading(), "the service")
            .nearest(name, names);
    }
}

/// The variables that ask several components.
fn of_several<'w>(definition: Definition<'w>) -> impl Iterator<Item = &'w str> {
    let several = |var: &Var| var.sources().any(Source::takes_many);
    vars(definition.document).filter(several).map(|var| var.name())
}

/// A variable that asks several components is there once for each, with the component's name behind its own.
fn is_of_one<'s>(several: impl IntoIterator<Item = &'s str>, name: &str) -> bool {
    several.into_iter().any(|var| name.strip_prefix(var).is_some_and(|rest| rest.starts_with('_')))
}

/// What an operation of one's own is called with (v1 spec R224).
fn check_parameters(world: &World, spec: Node, sink: &mut Sink) {
    let name = spec.at("custom.opsDefinitionName").filter(|name| name.known());
    let Some(name) = name.and_then(Node::text) else { return };
    let definitions: Vec<Node> = world.index().named(OPS_DEFINITION, name).filter_map(Object::root).collect();
    let [definition] = definitions.as_slice() else { return };
    let Some(known) = definition.get("spec").and_then(parameters).filter(|_| definition.document.is_sound()) else {
        return;
    };
    for component in spec.list("custom.components") {
        for parameter in component.list("parameters").filter_map(|parameter| parameter.get("name")) {
            let Some(text) = parameter.known_text().filter(|text| !known.contains(text)) else {
                continue;
            };
            sink.report(&parameter, format!("OpsDefinition `{name}` has no parameter `{text}`"))
                .severity(Severity::Warning)
                .why("Nothing of the operation asks for it.")
                .related(&definition.at("metadata.name").unwrap_or(*definition), "the OpsDefinition")
                .nearest(text, known.iter().copied());
        }
    }
}

/// The parameters of an OpsDefinition's schema; `None` where they are open.
fn parameters(spec: Node<'_>) -> Option<Vec<&str>> {
    let properties = spec.at("parametersSchema.openAPIV3Schema.properties").filter(|node| node.is_mapping());
    match properties {
        Some(properties) => texts(properties.entries().map(|(key, _)| key)),
        None => spec.key("parametersSchema").is_none().then(Vec::new),
    }
}

/// The texts of all nodes; `None` where one is open.
fn texts<'w>(nodes: impl Iterator<Item = Node<'w>>) -> Option<Vec<&'w str>> {
    nodes.map(|node| node.known_text()).collect()
}

fn check_actions(spec: Node, sink: &mut Sink) {
    let extractors = texts(spec.list("podInfoExtractors").filter_map(|item| item.get("name")));
    let parameters = parameters(spec);
    for action in spec.list("actions") {
        for kind in ["workload", "exec"] {
            let name = action.get(kind).and_then(|action| action.get("podInfoExtractorName"));
            if let (Some(name), Some(known)) = (name.filter(|name| name.text() != Some("")), &extractors) {
                let why = "An OpsRequest that comes to this action fails: `can not found the podInfoExtractor`.";
                check_name(name, known, "podInfoExtractor", why, sink);
            }
        }
        for name in action.list("parameters") {
            if let Some(known) = &parameters {
                let why = "Nobody can give it a value: the action runs without it, and nothing says so.";
                check_name(name, known, "parameter of `parametersSchema`", why, sink);
            }
        }
    }
}

/// What is mapped to values has to be installed under the same name (v1 spec R235).
fn check_extras(spec: Node, sink: &mut Sink) {
    let installs = spec.get("install").into_iter().chain(spec.list("defaultInstallValues"));
    let Some(known) = texts(installs.flat_map(|install| install.list("extras")).filter_map(|extra| extra.get("name")))
    else {
        return;
    };
    // Without any extra the mapping waits for those that users add.
    if known.is_empty() {
        return;
    }
    for name in spec.list("helm.valuesMapping.extras").filter_map(|extra| extra.get("name")) {
        let Some(text) = name.known_text().filter(|text| !known.contains(text)) else { continue };
        sink.report(&name, format!("no extra of this Addon is named `{text}`"))
            .severity(Severity::Warning)
            .why("The mapping is not used, and nothing says so.")
            .help(format!("The extras are {}.", listed(&known)))
            .nearest(text, known.iter().copied());
    }
}

fn check_name(name: Node, known: &[&str], what: &str, why: &str, sink: &mut Sink) {
    let Some(text) = name.known_text().filter(|text| !known.contains(text)) else { return };
    sink.report(&name, format!("no {what} is named `{text}`"))
        .why(why)
        .help(match known.is_empty() {
            true => "There are none.".to_owned(),
            false => format!("There are {}.", listed(known)),
        })
        .nearest(text, known.iter().copied());
}
