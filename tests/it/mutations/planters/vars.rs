//! Faults of variables and of what they ask for.

use kubeblocks_ls::model::vars::vars;

use super::*;

pub(super) static PLANTERS: &[Planter] = &[
    newer("unguarded-optional-variable", CMPD, "spec.vars[].valueFrom", Among(|_, source| unasked(source))).told(File),
    newer("competing-var-sources", CMPD, "spec.vars[].valueFrom", Beside("value: zz")).told(File),
    newer("unknown-service-ref", CMPD, "spec.vars[].valueFrom.serviceRefVarRef.name", Put("zz")),
    newer("passwordless-account", CMPD, "spec.systemAccounts[].passwordGenerationPolicy", Key("passwordConfig"))
        .when(|node| lacks(node, "passwordConfig")),
    newer("undefined-variable", CMPD, "spec.runtime.containers[].env[].value", With(other_variable)),
    newer("undefined-variable", CMPD, "spec.vars[].value", With(other_variable)).when(no_whole_maps),
    newer("undefined-variable", CMPD, "spec.lifecycleActions{}.exec.env[].value", With(other_variable))
        .when(no_whole_maps),
    newer("unknown-account", CMPD, "spec.vars[].valueFrom.credentialVarRef.name", Put("zz")),
    plant("unknown-account", BPT, "spec.backupPolicies[].target.account", Put("zz"))
        .of(&["addons-0.8/postgresql"])
        .when(of_definitions),
    older("unknown-service", CMPD, "spec.vars[].valueFrom.serviceVarRef.name", Put("zz")),
    older("unknown-account", CMPD, "spec.vars[].valueFrom.credentialVarRef.name", Put("zz")),
    older("undefined-variable", CMPD, "spec.runtime.containers[].env[].value", With(other_variable))
        .when(|node| !node.text().is_some_and(|text| text.contains("$(KB_"))),
    newer("unknown-service", CMPD, "spec.vars[].valueFrom.serviceVarRef.name", Put("zz")),
    newer("var-without-option", CMPD, "spec.vars[].valueFrom.credentialVarRef.password", Gone).told(File),
    newer("var-without-option", CMPD, "spec.vars[].valueFrom.credentialVarRef.username", Gone).told(File),
    newer("combined-secret-var", CMPD, "spec.vars[].valueFrom.credentialVarRef.password", Beside(COMBINED))
        .told(File)
        .when(|node| lacks(node, "multipleClusterObjectOption")),
    newer("required-var-of-optional-feature", CMPD, "spec.vars[].valueFrom.tlsVarRef.enabled", Put("Required")).when(
        |node| {
            node.parent().and_then(Node::parent).and_then(Node::parent).is_some_and(|var| var.get("optional").is_none())
        },
    ),
    newer("required-var-of-optional-feature", CMPD, "spec.vars[].valueFrom.hostNetworkVarRef.optional", Put("false"))
        .told(File),
    newer("ambiguous-var-reference", CMPD, "spec.vars[].valueFrom{}.compDef", Among(two_others)),
    newer("self-matching-var", CMPD, "spec.vars[].valueFrom{}.compDef", Among(itself_too)),
    newer("unprovisioned-service", CMPD, "spec.services[].spec", Among(not_provisioned)).told(At::World),
    newer("early-role-var", CMPD, "spec.vars[]", Among(own_role)),
    newer("removed-builtin-variable", CMPD, "spec.runtime.containers[].env[].value", Put("$(KB_POD_FQDN)")),
    newer("unknown-pod-host", CMPD, "spec.runtime.containers[].env[].value", With(no_headless)),
    newer("unbound-service-ref", CMPD, "spec.runtime", Among(new_declaration)).told(At::World),
    newer("misordered-reference", CMPD, "spec.vars[]", Among(later_component)).told(At::World),
    newer("order-cycle", CMPD, "spec.vars[]", Among(own_headless)).told(At::World),
    newer("serial-sharding-wait", CMPD, "spec.vars[]", Among(all_shards)).told(At::World),
];

/// The policy around names ComponentDefinitions.
fn of_definitions(node: Node<'_>) -> bool {
    node.parent().and_then(Node::parent).is_some_and(|policy| policy.list("componentDefs").next().is_some())
}

/// No container takes variables from a ConfigMap.
fn no_whole_maps(node: Node<'_>) -> bool {
    let paths = ["spec.runtime.containers[].envFrom", "spec.runtime.initContainers[].envFrom"];
    node.document.root().is_some_and(|root| paths.iter().all(|path| root.each(path).is_empty()))
}

/// Where a variable is used, one that is called nearly so.
fn other_variable(node: Node<'_>) -> Option<String> {
    let (before, rest) = node.text()?.split_once("$(")?;
    let (name, after) = rest.split_once(')')?;
    Some(format!("{before}$({name}_ZZ){after}"))
}

const COMBINED: &str = "multipleClusterObjectOption: {strategy: combined}";

/// The names of the definitions of each other component in a topology of the one around a node.
fn others<'w>(world: &'w World, own: Definition<'w>) -> Vec<Vec<&'w str>> {
    let Some(places) = Uses::new(world).topologies_with(own).into_iter().next() else { return Vec::new() };
    let known = places.entities.into_iter().filter(|(entity, _)| !entity.is_template());
    let names = known.filter_map(|(_, found)| Some(found?.into_iter().map(Definition::name).collect()));
    names.filter(|names: &Vec<&str>| !names.is_empty() && !names.contains(&own.name())).collect()
}

fn pattern(names: &[&str]) -> String {
    format!("'^({})$'", names.join("|").replace('.', "\\."))
}

/// A pattern that takes two components of a topology.
fn two_others<'w>(world: &'w World, node: Node<'w>) -> Option<Changes<'w>> {
    let others = others(world, owner(node)?);
    let [first, second, ..] = others.as_slice() else { return None };
    Some(vec![(node, Change::Put(pattern(&[first.as_slice(), second].concat())))])
}

/// A pattern that takes its own definition besides those of another component.
fn itself_too<'w>(world: &'w World, node: Node<'w>) -> Option<Changes<'w>> {
    let own = owner(node)?;
    let mut names = others(world, own).into_iter().next()?;
    let family = |name: &str| name.split('-').take(2).collect::<String>();
    if names.iter().any(|name| family(name) == family(own.name())) {
        return None;
    }
    names.push(own.name());
    Some(vec![(node, Change::Put(pattern(&names)))])
}

/// The service that a required variable asks for.
fn not_provisioned<'w>(world: &'w World, node: Node<'w>) -> Option<Changes<'w>> {
    let own = owner(node).filter(|_| lacks(node, "disableAutoProvision"))?;
    let name = node.parent()?.text_at("name")?;
    let documents = world.charts.values().flat_map(|chart| chart.documents());
    let mut asking =
        documents.filter_map(Definition::of).flat_map(|owner| vars(owner.document).map(move |var| (owner, var)));
    asking.find(|(owner, var)| {
        let source = var.source().filter(|source| source.kind() == "serviceVarRef" && !source.is_optional());
        let source = source.filter(|source| source.name().and_then(Node::text) == Some(name));
        let asked = source.and_then(|source| Uses::new(world).of_var(*owner, source));
        asked.is_some_and(|asked| asked.iter().any(|definition| definition.name() == own.name()))
    })?;
    beside(node, "disableAutoProvision: true")
}

fn own_role<'w>(_: &'w World, item: Node<'w>) -> Option<Changes<'w>> {
    let role = owner(item)?.roles().next()?.text()?;
    let source = format!("componentVarRef: {{podNamesForRole: {{role: {role}, option: Required}}}}");
    beside(item, format!("- {{name: ZZ_PODS, valueFrom: {{{source}}}}}"))
}

/// A pod's host name without the headless Service in it.
fn no_headless(node: Node<'_>) -> Option<String> {
    let text = node.text()?;
    (text.contains("POD_NAME).") && text.contains(")-headless")).then(|| text.replace(")-headless", ")"))
}

/// A service that no Cluster binds.
fn new_declaration<'w>(world: &'w World, runtime: Node<'w>) -> Option<Changes<'w>> {
    let own =
        owner(runtime).filter(|own| lacks(runtime, "serviceRefDeclarations") && Uses::new(world).in_clusters(*own));
    own?;
    let specs = "[{serviceKind: zz, serviceVersion: ^1}]";
    beside(runtime, format!("serviceRefDeclarations: [{{name: zz, serviceRefDeclarationSpecs: {specs}}}]"))
}

/// A component asks one of a later stage.
fn later_component<'w>(world: &'w World, item: Node<'w>) -> Option<Changes<'w>> {
    let own = owner(item)?;
    for places in Uses::new(world).topologies_with(own) {
        let stages = places.topology.stages("provision");
        let of = |name: &str| stages.iter().position(|(_, names)| names.contains(&name));
        let takes = |found: &Option<Vec<Definition>>| {
            found.as_ref().is_some_and(|found| found.len() == 1 && found[0].name() == own.name())
        };
        let Some(at) = places.entities.iter().find(|(_, found)| takes(found)).and_then(|(entity, _)| of(entity.name()))
        else {
            continue;
        };
        for (entity, found) in &places.entities {
            if of(entity.name()).is_some_and(|other| other > at)
                && let Some(other) = found.iter().flatten().next().filter(|other| other.name() != own.name())
                && !asks(world, *other, own)
            {
                let source = format!("componentVarRef: {{compDef: {}, componentName: Required}}", other.name());
                return beside(item, format!("- {{name: ZZ_NAME, valueFrom: {{{source}}}}}"));
            }
        }
    }
    None
}

/// A variable of the one definition asks the other.
fn asks<'w>(world: &'w World, one: Definition<'w>, other: Definition<'w>) -> bool {
    let mut sources = vars(one.document).filter_map(|var| var.source());
    sources.any(|source| {
        let asked = Uses::new(world).of_var(one, source).unwrap_or_default();
        asked.iter().any(|asked| asked.name() == other.name())
    })
}

/// A component waits for its own pods.
fn own_headless<'w>(world: &'w World, item: Node<'w>) -> Option<Changes<'w>> {
    let own = owner(item).filter(|own| !Uses::new(world).topologies_with(*own).is_empty())?;
    let source = format!("serviceVarRef: {{compDef: {}, name: headless, host: Required}}", own.name());
    beside(item, format!("- {{name: ZZ_HOST, valueFrom: {{{source}}}}}"))
}

/// Shards are made one by one, and each waits for all of them.
fn all_shards<'w>(world: &'w World, item: Node<'w>) -> Option<Changes<'w>> {
    let own = owner(item)?;
    let documents = world.charts.values().flat_map(|chart| chart.documents());
    let shardings = documents.filter(|document| document.kind() == Some("ShardingDefinition"));
    let strategy = shardings.filter_map(|sharding| sharding.spec()).find_map(|spec| {
        let found = Uses::new(world).of_node(spec.at("template.compDef")?)?;
        found.iter().find(|definition| definition.name() == own.name())?;
        spec.get("provisionStrategy")
    })?;
    let many = "{strategy: combined, requireAllComponentObjects: true}";
    let source = format!("compDef: {}, podFQDNs: Required, multipleClusterObjectOption: {many}", own.name());
    let mut changes = beside(item, format!("- {{name: ZZ_PODS, valueFrom: {{componentVarRef: {{{source}}}}}}}"))?;
    changes.push((strategy, Change::Put("Serial".to_owned())));
    Some(changes)
}

/// An expression that reads its own variable, where the source may have no value.
fn unasked(from: Node<'_>) -> Option<Changes<'_>> {
    let var = vars(from.document).find(|var| Some(var.node) == from.parent())?;
    kubeblocks_ls::model::config_template::may_get_nothing(var).filter(|_| lacks(from, "expression"))?;
    beside(from, format!("expression: {{{{ `'{{{{ .{} }}}}'` }}}}", var.name()))
}
