//! Faults of variables and of what they ask for.

use super::*;

pub(super) static PLANTERS: &[Planter] = &[
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
