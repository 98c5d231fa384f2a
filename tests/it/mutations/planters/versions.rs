//! Faults of versions and of the patterns that take definitions.

use super::*;

pub(super) static PLANTERS: &[Planter] = &[
    plant("loose-pattern", BPT, "spec.compDefs[]", Put("-\\d")).of(&["addons-1.0/m", "addons-1.0/r"]),
    newer("unresolved-external", CMPV, "spec.compatibilityRules[].compDefs[]", Put("zz-nothing")),
    plant(
        "cluster-version-mismatch",
        "ClusterVersion",
        "spec.componentVersions[].versionsContext.containers[].name",
        Put("zz"),
    )
    .when(|node| lacks(node, "command") && lacks(node, "args")),
    newer("invalid-pattern", CMPV, "spec.compatibilityRules[].compDefs[]", Put("\"zz(\"")),
    plant("unknown-component-def", "ClusterVersion", "spec.componentVersions[].componentDefRef", Put("zz")),
    newer("unknown-image-key", CMPV, "spec.releases[].images{}", Key("zz")).without("OpsDefinition"),
    newer("unknown-release", CMPV, "spec.compatibilityRules[].releases[]", Put("zz")),
    newer("unmatched-pattern", CMPV, "spec.compatibilityRules[].compDefs[]", With(no_definition)),
    newer("unused-release", CMPV, "spec.compatibilityRules[].releases[]", Put("zz")).told(At::World),
];

/// A name of the same family that nothing has.
fn no_definition(node: Node<'_>) -> Option<String> {
    let text = node.text()?.trim_start_matches('^');
    let family = text.split(['-', '\\', '.', '$', '(', '[']).next()?;
    Some(format!("{family}-zz-nothing"))
}
