//! Texts of ConfigMaps that KubeBlocks itself renders for a component, as Go templates (v1 spec §6.2, §6.3).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::definition::Definition;
use super::given::{Given, Unknown};
use super::index::Object;
use super::joins::{Seam, seams};
use super::object::{Document, Node};
use super::resolve::{CLUSTER, COMPONENT_DEFINITION, CONFIG_MAP};
use super::uses::Uses;
use super::vars::{Source, Var, vars};
use super::volumes::{components_of, objects, of_definition};
use crate::reads::{Mark, Marked};
use crate::template::ast::{BranchKind, Define, Expr, ExprKind, Node as Part, Pipeline, Segment};
use crate::template::eval::FaultKind;
use crate::template::{Syntax, funcs, parse};
use crate::text::{FileId, TextRange};
use crate::world::{Chart, World};

/// The value of a key in a ConfigMap that a `configs` or `scripts` entry names.
pub struct ConfigText<'w> {
    pub node: Node<'w>,
    pub users: Vec<User<'w>>,
}

impl<'w> ConfigText<'w> {
    /// For the first that uses it.
    pub fn first(&self) -> EntryText<'w> {
        EntryText { node: self.node, entry: self.users[0].entry }
    }
}

impl Marked for ConfigText<'_> {
    fn mark(&self) -> Mark {
        self.node.document.mark()
    }
}

/// A definition that uses such a text.
#[derive(Clone, Copy)]
pub struct User<'w> {
    pub definition: Definition<'w>,
    /// The entry of `configs` or `scripts`.
    pub entry: Node<'w>,
    /// Rendered with the functions and objects for parameters.
    pub managed: bool,
}

/// A name read from what the template is given: `.X` or `$.X` at the top.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Read<'t> {
    pub name: &'t str,
    pub range: TextRange,
    /// Something around it asks whether the name is there, in a way that does not fail.
    pub guarded: bool,
    /// An `if` or a `with` stands around it.
    pub conditional: bool,
}

/// Something that makes the text no template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// In Go's words.
    Syntax(TextRange, String),
    /// A function that is there for parameters only.
    Managed(TextRange),
    /// A function, or a field, of Helm's.
    Helm(TextRange),
    /// A function that nobody has.
    Unknown(TextRange),
}

/// What is there with a ParametersDefinition alone: functions, what they take, and what they are for.
const MANAGED_FUNCTIONS: [(&str, &str, &str); 18] = [
    ("getVolumePathByName", "container volume", "Where the container mounts the volume."),
    ("getPVCByName", "volumes name", "The volume of this name."),
    ("getEnvByName", "container name", "The value of the container's variable."),
    ("getArgByName", "container name", "Always an empty text."),
    ("getPortByName", "container name", "The container's port, with its `containerPort`."),
    ("getContainerByName", "containers name", "The container of this name."),
    ("getContainerCPU", "container", "The container's limit of processors."),
    ("getContainerMemory", "container", "The container's limit of memory, in bytes."),
    ("getContainerRequestMemory", "container", "The memory that the container asks for, in bytes."),
    ("getComponentPVCSizeByName", "component name", "The size of the component's volume claim, in bytes."),
    ("getPVCSize", "claim", "The size of a volume claim, in bytes."),
    ("callBufferSizeByResource", "container", "How much of the container's memory a buffer may take."),
    ("failed", "message", "Ends the rendering with a message."),
    ("import", "configMap", "Makes the templates of another ConfigMap, `namespace.name`, known to `call`."),
    ("call", "name value…", "What an imported template makes of the values."),
    ("regexStringSubmatch", "pattern text", "What the groups of the pattern match in the text."),
    ("fromYaml", "text", "A YAML text as a map."),
    ("fromYamlArray", "text", "A YAML text as a list."),
];

/// Objects that are there with a ParametersDefinition alone.
pub const MANAGED_NAMES: [&str; 4] = ["cluster", "component", "podSpec", "clusterDomain"];

/// Functions of Helm that sprig does not have.
const HELM_FUNCTIONS: [&str; 7] = ["include", "tpl", "required", "lookup", "toYaml", "toToml", "fromToml"];

/// What Helm gives to its templates.
const HELM_NAMES: [&str; 6] = ["Values", "Release", "Chart", "Files", "Capabilities", "Template"];

/// Functions of sprig that are not in the library as Helm has it.
const SPRIG_ONLY: [&str; 10] = [
    "env",
    "expandenv",
    "fromJson",
    "mustFromJson",
    "toJson",
    "mustToJson",
    "toPrettyJson",
    "mustToPrettyJson",
    "toRawJson",
    "mustToRawJson",
];

/// Every such text in the ConfigMaps of a chart, with all that use it.
pub fn texts<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>) -> Vec<ConfigText<'w>> {
    let maps = Object::of_chart(chart, CONFIG_MAP);
    let names: BTreeSet<&str> = maps.filter_map(Object::name).collect();
    let mut found: Vec<ConfigText> = Vec::new();
    let mut places: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let owners = names.iter().flat_map(|name| uses.world.index().charts_asking(CONFIG_MAP, name));
    let owners: BTreeMap<_, _> = owners.map(|other| (&other.root, other)).collect();
    let components = owners.into_values().flat_map(|other| Object::of_chart(other, COMPONENT_DEFINITION));
    for component in components.filter_map(of_definition) {
        let Some(definition) = Definition::current(component.document).filter(|_| !component.chart.failed()) else {
            continue;
        };
        for template in component.templates() {
            let name = template.config_map().and_then(Node::known_text);
            let Some(name) = name.filter(|name| names.contains(name)) else { continue };
            let external = template.node.text_at("externalManaged") == Some("true");
            let user = User { definition, entry: template.node, managed: external && !template.script };
            let map = config_map(uses.world, component.chart, name);
            let Some(map) = map.filter(|map| std::ptr::eq(&**map.chart, &**chart)) else { continue };
            let data = map.document.root().and_then(|root| root.get("data"));
            for (_, node) in data.into_iter().flat_map(Node::entries) {
                if !node.text().is_some_and(|text| text.contains("{{")) || !node.known() {
                    continue;
                }
                let place = (std::ptr::from_ref::<Document>(map.document) as usize, node.start() as usize);
                match places.get(&place) {
                    Some(at) => found[*at].users.push(user),
                    None => {
                        places.insert(place, found.len());
                        found.push(ConfigText { node, users: vec![user] });
                    }
                }
            }
        }
    }
    found
}

/// Such a text with the entry, or one of the entries, that it is rendered for.
#[derive(Clone, Copy)]
pub struct EntryText<'w> {
    pub node: Node<'w>,
    pub entry: Node<'w>,
}

impl Marked for EntryText<'_> {
    fn mark(&self) -> Mark {
        self.node.document.mark()
    }
}

/// As [`texts`], for component definitions before `apps.kubeblocks.io/v1`. Who uses what is looked for in the chart itself.
pub fn legacy_texts<'w>(uses: &Uses<'w>, chart: &'w Arc<Chart>) -> Vec<EntryText<'w>> {
    let mut found: Vec<EntryText> = Vec::new();
    if chart.failed() {
        return found;
    }
    let components = components_of(uses, chart);
    for component in components.iter().filter(|component| Definition::current(component.document).is_none()) {
        for template in component.all_templates() {
            let name = template.config_map().and_then(Node::known_text);
            let map = name.and_then(|name| config_map(uses.world, chart, name));
            let Some(map) = map.filter(|map| std::ptr::eq(&**map.chart, &**chart)) else { continue };
            let data = map.root().and_then(|root| root.get("data"));
            for (_, node) in data.into_iter().flat_map(Node::entries) {
                let is_template = node.known() && node.text().is_some_and(|text| text.contains("{{"));
                if is_template && !found.iter().any(|known| known.node == node) {
                    found.push(EntryText { node, entry: template.node });
                }
            }
        }
    }
    found
}

/// The ConfigMap that a definition of `chart` means, if that is sure, and it is no library of templates.
fn config_map<'w>(world: &'w World, chart: &Chart, name: &str) -> Option<Object<'w>> {
    let found = objects(world.index(), chart, CONFIG_MAP, name);
    let own = found.iter().filter(|object| std::ptr::eq(&**object.chart, chart)).count();
    let first = *found.first().filter(|object| (own == 1 || found.len() == 1) && !object.chart.failed())?;
    let readable = first.document.is_sound();
    let library = first.root()?.get("metadata")?.get("annotations").is_some_and(|annotations| {
        annotations.entries().any(|(key, _)| key.text().is_some_and(|key| key.ends_with("go-template-library")))
    });
    (readable && !library).then_some(first)
}

/// A text as a template of KubeBlocks.
pub struct Template<'t> {
    text: &'t str,
    syntax: Syntax,
}

impl<'t> Template<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, syntax: parse(FileId(0), text) }
    }

    /// Why KubeBlocks cannot render the text; `managed`: with the functions for parameters.
    pub fn refusals(&self, managed: bool) -> Vec<Refusal> {
        let mut found = Vec::new();
        if let Some(fault) = self.syntax.faults.first() {
            if fault.kind == FaultKind::Syntax {
                found.push(Refusal::Syntax(fault.span.range, fault.message.clone()));
            }
            return found;
        }
        for range in self.syntax.functions() {
            let name = range.of(self.text);
            if !managed && is_managed(name) && name != "call" {
                found.push(Refusal::Managed(range));
            } else if HELM_FUNCTIONS.contains(&name) {
                found.push(Refusal::Helm(range));
            } else if !is_function(name) {
                found.push(Refusal::Unknown(range));
            }
        }
        let of_helm = self.reads().into_iter().filter(|read| HELM_NAMES.contains(&read.name) && !read.guarded);
        found.extend(of_helm.map(|read| Refusal::Helm(read.range)));
        found
    }

    /// Names that the template reads; empty for what is no template. Those of Helm are not among them.
    pub fn names(&self) -> Vec<Read<'_>> {
        let mut reads = if self.syntax.faults.is_empty() { self.reads() } else { Vec::new() };
        reads.retain(|read| !HELM_NAMES.contains(&read.name));
        reads
    }

    /// Fields that the template reads of the objects it is given, and that no such object has.
    pub fn unknown_fields<'s>(&self, given: &Given<'s>) -> Vec<Unknown<'s>> {
        given.unknown(self.text, &self.syntax)
    }

    /// Functions in what is printed whatever the conditions are.
    pub fn always_called(&self) -> Vec<TextRange> {
        fn walk(nodes: &[Part], found: &mut Vec<TextRange>) {
            for node in nodes {
                match node {
                    Part::Action(action) if action.pipeline.declared.is_empty() => found.push(action.range),
                    Part::Branch(branch) if branch.kind == BranchKind::Range => walk(&branch.arms[0].body, found),
                    _ => {}
                }
            }
        }
        let mut printed = Vec::new();
        if self.syntax.faults.is_empty() {
            walk(&self.syntax.nodes, &mut printed);
        }
        let is_printed = |call: &TextRange| printed.iter().any(|action| action.touches(call.start));
        self.syntax.functions().filter(is_printed).collect()
    }

    /// Where trim markers make one line of two.
    pub fn seams(&self) -> Vec<Seam> {
        if self.syntax.faults.is_empty() { seams(self.text, &self.syntax) } else { Vec::new() }
    }

    /// Fields that the template reads of `component`; empty for what is no template.
    pub fn of_component(&self) -> Vec<Read<'_>> {
        if self.syntax.faults.is_empty() { self.walked().of_component } else { Vec::new() }
    }

    fn reads(&self) -> Vec<Read<'_>> {
        self.walked().found
    }

    fn walked(&self) -> Walk<'_> {
        let mut walk = Walk { uncalled: self.syntax.defines.iter().collect(), ..Walk::default() };
        walk.nodes(&self.syntax.nodes, true);
        walk
    }
}

/// KubeBlocks or sprig or Go has the function.
fn is_function(name: &str) -> bool {
    is_managed(name)
        || SPRIG_ONLY.contains(&name)
        || funcs::BUILTINS.contains(&name)
        || funcs::library().any(|function| function.name == name)
}

fn is_managed(name: &str) -> bool {
    managed().any(|(known, ..)| known == name)
}

/// The functions that are there for parameters alone: name, what it takes, what it is for.
pub fn managed() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    MANAGED_FUNCTIONS.into_iter()
}

/// Every name of a function, for suggestions.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    funcs::library().map(|function| function.name).chain(funcs::BUILTINS).chain(managed().map(|(name, ..)| name))
}

/// Functions that read a name without failing where there is none.
const CAREFUL: [&str; 5] = ["index", "get", "hasKey", "dig", "pluck"];

/// The argument is all that the template is given.
fn is_all(argument: &Pipeline, root: bool) -> bool {
    let [command] = &*argument.commands else { return false };
    match &*command.operands {
        [Expr { kind: ExprKind::Dot, .. }] => root,
        [Expr { kind: ExprKind::Variable(name, segments), .. }] => name == "$" && segments.is_empty(),
        _ => false,
    }
}

#[derive(Default)]
struct Walk<'s> {
    /// Defines that were not called yet with all that the template is given: each is read for the first call.
    uncalled: Vec<&'s Define>,
    found: Vec<Read<'s>>,
    /// The fields of `component`.
    of_component: Vec<Read<'s>>,
    /// What conditions around ask for.
    guards: Vec<&'s str>,
    /// Variables, and the names that their values were asked from.
    variables: Vec<(&'s str, Vec<&'s str>)>,
    conditions: usize,
}

impl<'s> Walk<'s> {
    fn nodes(&mut self, nodes: &'s [Part], root: bool) {
        for node in nodes {
            match node {
                Part::Text(_) | Part::Break(_) | Part::Continue(_) => {}
                Part::Action(action) => self.pipeline(&action.pipeline, root),
                Part::Template(call) => {
                    if let Some(argument) = &call.argument {
                        self.pipeline(argument, root);
                        if is_all(argument, root) {
                            self.call(&call.name.text);
                        }
                    }
                }
                Part::Branch(branch) => {
                    let (guards, conditions) = (self.guards.len(), self.conditions);
                    for arm in &branch.arms {
                        self.pipeline(&arm.pipeline, root);
                        let asked = self.asked(&arm.pipeline);
                        self.guards.extend(asked);
                        self.conditions += usize::from(branch.kind != BranchKind::Range);
                        self.nodes(&arm.body, root && branch.kind == BranchKind::If);
                    }
                    if let Some(otherwise) = &branch.otherwise {
                        self.nodes(&otherwise.body, root);
                    }
                    self.guards.truncate(guards);
                    self.conditions = conditions;
                }
            }
        }
    }

    fn call(&mut self, name: &str) {
        let Some(define) = Define::first_called(&mut self.uncalled, name) else { return };
        let variables = std::mem::take(&mut self.variables);
        self.nodes(&define.body, true);
        self.variables = variables;
    }

    fn pipeline(&mut self, pipeline: &'s Pipeline, root: bool) {
        let own = self.asked(pipeline);
        for command in &pipeline.commands {
            for operand in &command.operands {
                self.expr(operand, &own, root);
            }
        }
        for variable in &pipeline.declared {
            self.variables.push((&variable.name, own.clone()));
        }
    }

    fn expr(&mut self, expr: &'s Expr, own: &[&str], root: bool) {
        let segments: &[Segment] = match &expr.kind {
            ExprKind::Field(segments) if root => segments,
            ExprKind::Variable(name, segments) if name == "$" => segments,
            ExprKind::Paren(pipeline) => return self.pipeline_within(pipeline, own, root),
            ExprKind::Chain(inner, _) => return self.expr(inner, own, root),
            _ => return,
        };
        let Some(first) = segments.first() else { return };
        let read = |segment: &'s Segment| {
            let name = segment.name.as_str();
            let guarded = self.guards.contains(&name) || own.contains(&name);
            Read { name, range: segment.dotted(), guarded, conditional: self.conditions > 0 }
        };
        let field = segments.get(1).filter(|_| first.name == "component").map(read);
        let first = read(first);
        self.of_component.extend(field);
        self.found.push(first);
    }

    fn pipeline_within(&mut self, pipeline: &'s Pipeline, own: &[&str], root: bool) {
        for operand in pipeline.commands.iter().flat_map(|command| &command.operands) {
            self.expr(operand, own, root);
        }
    }

    /// The names that a pipeline asks for by careful functions, itself or through variables.
    fn asked(&self, pipeline: &'s Pipeline) -> Vec<&'s str> {
        let mut found = Vec::new();
        for command in &pipeline.commands {
            let careful = command
                .operands
                .iter()
                .any(|operand| matches!(&operand.kind, ExprKind::Function(name) if CAREFUL.contains(&name.as_str())));
            for operand in &command.operands {
                match &operand.kind {
                    ExprKind::String(text) if careful => found.push(text.as_str()),
                    ExprKind::Paren(inner) => found.extend(self.asked(inner)),
                    ExprKind::Variable(name, _) => {
                        let of = self.variables.iter().rev().find(|(variable, _)| variable == name);
                        found.extend(of.into_iter().flat_map(|(_, names)| names.iter().copied()));
                    }
                    _ => {}
                }
            }
        }
        found
    }
}

/// The variable's value comes out of a Secret: templates do not see it.
pub fn is_credential(var: Var) -> bool {
    var.source().is_some_and(|source| {
        let taken = source.options().next().and_then(Node::text);
        matches!(source.kind(), "credentialVarRef" | "secretKeyRef")
            || source.kind() == "serviceRefVarRef" && matches!(taken, Some("username" | "password"))
    })
}

/// Why there may be no such variable at all, though it is defined; `None` where it always has a value.
pub fn may_be_absent(var: Var) -> Option<Node> {
    // An expression gives a value where the source has none.
    if var.node.key("expression").is_some() { None } else { may_get_nothing(var) }
}

/// Why the source of a variable may have no value for it.
pub fn may_get_nothing(var: Var) -> Option<Node> {
    let source = var.source().filter(|source| !source.takes_many())?;
    let taken = source.options().next()?;
    let foreign = source.definition().is_some();
    let object = match source.kind() {
        "serviceVarRef" | "serviceRefVarRef" | "hostNetworkVarRef" => true,
        "componentVarRef" | "resourceVarRef" | "tlsVarRef" => foreign,
        _ => return None,
    };
    if object && source.is_optional() {
        return source.node.key("optional");
    }
    let option = option(source, taken)?;
    let value = match (source.kind(), taken.text()?) {
        ("tlsVarRef" | "serviceRefVarRef" | "hostNetworkVarRef", _) => true,
        ("serviceVarRef", taken) => matches!(taken, "port" | "loadBalancer"),
        _ => false,
    };
    (value && option.text() == Some("Optional")).then_some(option)
}

/// `Required` or `Optional`, where it is written.
fn option<'w>(source: Source<'w>, taken: Node<'w>) -> Option<Node<'w>> {
    let key = taken.text()?;
    let of = if source.kind() == "hostNetworkVarRef" { source.node.get("container")? } else { source.node };
    let value = of.get(key)?;
    if value.is_mapping() { value.get("option") } else { Some(value) }
}

/// A Cluster in view gives this name to templates: in whatever values, and also in a template that no values render.
pub fn is_given_by_clusters(world: &World, name: &str) -> bool {
    world.charts.give(name)
}

/// The names that the Clusters of a chart give to templates.
pub fn given_by(chart: &Chart) -> BTreeSet<String> {
    let templates = chart.files.values().filter(|file| file.source.path.iter().any(|part| part == "templates"));
    let mut names: BTreeSet<String> = templates.flat_map(|file| file.variables()).cloned().collect();
    for chart in chart.views() {
        let clusters = chart.facts().objects(CLUSTER);
        for root in clusters.filter_map(|at| chart.documents()[at].root()) {
            let shards = root.list("spec.shardings").filter_map(|sharding| sharding.get("template"));
            let configs = root.list("spec.componentSpecs").chain(shards).flat_map(|item| item.list("configs"));
            let variables = configs.filter_map(|config| config.get("variables")).flat_map(Node::entries);
            names.extend(variables.filter_map(|(key, _)| key.text().map(str::to_owned)));
        }
    }
    names
}

/// The names that a text, perhaps a template of Clusters, gives to templates.
pub fn written_variables(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    // Nearly no text has any, and each edit asks.
    if text.contains("variables:") {
        written_below_variables(text, &mut names);
    }
    names
}

/// Keys of mappings called `variables`, as they stand in the text of a template.
fn written_below_variables(text: &str, names: &mut BTreeSet<String>) {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim().trim_start_matches("- ") != "variables:" {
            continue;
        }
        while let Some(next) = lines.peek() {
            let content = next.trim();
            let action = content.starts_with("{{") || content.is_empty() || content.starts_with('#');
            if !action && indent(next) <= indent(line) {
                break;
            }
            if let Some((key, _)) = content.split_once(':').filter(|_| !action) {
                names.insert(key.trim_matches(['"', '\'', ' ']).to_owned());
            }
            lines.next();
        }
    }
}

/// The names that a definition's templates may read, and the prefixes of those that stand for several components.
pub struct Known<'w> {
    pub vars: Vec<Var<'w>>,
    extra: Vec<&'w str>,
}

impl<'w> Known<'w> {
    /// `None` where some name is open.
    pub fn of(user: User<'w>) -> Option<Self> {
        let vars: Vec<Var> = vars(user.definition.document).collect();
        let known = |node: Option<Node<'w>>| node.and_then(Node::known_text);
        let all = vars.iter().all(|var| known(var.node.get("name")).is_some());
        let extra: Option<Vec<&str>> =
            user.entry.list("variables").map(|variable| known(variable.get("name"))).collect();
        let mut extra = extra.filter(|_| all)?;
        if user.managed {
            extra.extend(MANAGED_NAMES);
        }
        Some(Self { vars, extra })
    }

    /// The variable of this name.
    pub fn var(&self, name: &str) -> Option<Var<'w>> {
        self.vars.iter().copied().find(|var| var.name() == name)
    }

    /// Something else than a variable gives the name, or it stands for one of several components.
    pub fn gives(&self, name: &str) -> bool {
        let many = |var: &Var| {
            var.source().is_some_and(Source::takes_many)
                && name.strip_prefix(var.name()).is_some_and(|rest| rest.starts_with('_'))
        };
        self.extra.contains(&name) || self.vars.iter().any(many)
    }

    /// The names of variables that templates can see.
    pub fn visible(&self) -> impl Iterator<Item = &'w str> {
        self.vars.iter().filter(|var| !is_credential(**var)).map(|var| var.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_what_guards_them() {
        let text = "{{ .A }}{{ $x := index . \"B\" }}{{ if $x }}{{ .B }}{{ end }}{{ range .C }}{{ .d }}{{ $.E }}{{ end }}\
                    {{ if hasKey . \"F\" }}{{ .F.g }}{{ else }}{{ .G }}{{ end }}{{ with .H }}{{ .i }}{{ end }}\
                    {{ if and (index . \"K\") .K }}{{ end }}";
        let template = Template::new(text);
        let shown: Vec<String> = template
            .names()
            .iter()
            .map(|read| {
                let sign = if read.guarded { "?" } else { "" };
                format!("{}{sign}{}", read.name, if read.conditional { "!" } else { "" })
            })
            .collect();
        assert_eq!(shown, ["A", "B?!", "C", "E", "F?!", "G!", "H", "K?"]);
    }

    #[test]
    fn what_is_no_template() {
        for (text, managed, expected) in [
            ("{{ .A | default \"x\" }}", false, ""),
            ("{{ if .A }}", false, "Syntax"),
            ("{{ getContainerMemory .x }}", false, "Managed"),
            ("{{ getContainerMemory .x }}", true, ""),
            ("{{ .Values.a }}", false, "Helm"),
            ("{{ include \"a\" . }}", false, "Helm"),
            ("{{ upperr .A }}", false, "Unknown"),
        ] {
            let found = Template::new(text).refusals(managed);
            let name = found.first().map(|refusal| format!("{refusal:?}")).unwrap_or_default();
            assert!(
                name.starts_with(expected) && found.len() == usize::from(!expected.is_empty()),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn variables_in_templates() {
        let mut names = BTreeSet::new();
        let text = "configs:\n  - name: a\n    variables:\n      {{- if .Values.x }}\n      HOST: b\n      {{- end }}\n      port: c\n    other: d\n";
        written_below_variables(text, &mut names);
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["HOST", "port"]);
    }
}
