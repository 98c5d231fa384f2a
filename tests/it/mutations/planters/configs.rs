//! Faults of configurations, scripts and their parameters.

use kubeblocks_ls::model::cluster::units;

use super::*;

pub(super) static PLANTERS: &[Planter] = &[
    edit("undefined-template-variable", ".tpl", config_variable).of(NEWER),
    edit("unguarded-optional-variable", ".tpl", guard).of(NEWER),
    edit("broken-config-template", ".tpl", config_template).told(File).of(NEWER),
    edit("invalid-cue", ".cue", brackets).told(At::World).of(NEWER),
    plant("unknown-config", CD, "spec.componentDefs[].configSpecs[].keys[]", Put("zz.cnf")),
    older("invalid-cue", "ConfigConstraint", "spec.cfgSchemaTopLevelName", Put("Zz*")).when(has_plain_cue),
    older("dangling-reference", "ConfigConstraint", "spec.scriptConfigs[].scriptConfigMapRef", Put("*-zz")),
    edit("configmap-namespace", "/templates/", template_namespace),
    newer("dangling-reference", CMPD, "spec.configs[].template", Put("*-zz")),
    edit("unknown-template-field", ".tpl", cluster_field),
    newer("unmanaged-config", CMPD, "spec.configs[].template", Among(without_template)).told(File),
    newer("unknown-parameter", PARAMETERS, "spec.staticParameters[]", Put("zz_none")).when(has_schema),
    newer("unknown-parameter", PARAMETERS, "spec.fileName", Among(new_parameter)).told(File),
];

/// A function that nobody has, in a configuration that KubeBlocks renders.
fn config_template(text: &str) -> Edits {
    let ours = ["getVolumePathByName", "getContainerByName", "$.component"].iter().any(|word| text.contains(word));
    let first = text.find("{{").filter(|_| ours && !text.contains("define \""));
    first.map(|at| (at..at, "{{ zzNope }}\n".to_owned())).into_iter().collect()
}

/// Variables under another name, in a configuration that KubeBlocks renders.
fn config_variable(text: &str) -> Edits {
    let found = text.match_indices("{{ .").filter(|_| !text.contains("define \"")).filter_map(|(at, mark)| {
        let rest = &text[at + mark.len()..];
        let name = rest.split(' ').next()?;
        let variable = !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        (variable && rest[name.len()..].starts_with(" }}")).then(|| {
            let end = at + mark.len() + name.len();
            (end..end, "_ZZ".to_owned())
        })
    });
    found.collect()
}

/// `index . "X"` in a condition becomes `.X`.
fn guard(text: &str) -> Edits {
    let found = text.match_indices("index . \"").filter(|_| !text.contains("define \"")).filter_map(|(at, mark)| {
        let name = text[at + mark.len()..].split('"').next()?;
        // Of others Clusters give a value.
        let variable = ["TLS", "_PORT", "_HOST", "_FQDN"].iter().any(|part| name.contains(part));
        variable.then(|| (at..at + mark.len() + name.len() + 1, format!(".{name}")))
    });
    found.collect()
}

/// A field that no Cluster has, in a configuration that looks at its component too.
fn cluster_field(text: &str) -> Edits {
    if text.contains("$.component.") { after(text, "$.cluster.metadata.name", "Zz") } else { Vec::new() }
}

/// More brackets than were opened, in a text that is CUE all through.
fn brackets(text: &str) -> Edits {
    if text.contains(['`', '@']) { Vec::new() } else { vec![(text.len()..text.len(), "\n}}}\n".to_owned())] }
}

/// The namespace behind a template's name.
fn template_namespace(text: &str) -> Edits {
    const OWN: &str = "namespace: {{ .Release.Namespace }}";
    let found = text.match_indices("templateRef: ").filter_map(|(at, _)| {
        let near: usize = text[at..].split_inclusive('\n').take(4).map(str::len).sum();
        let start = at + text[at..at + near].find(OWN)?;
        Some((start..start + OWN.len(), "namespace: elsewhere".to_owned()))
    });
    found.collect()
}

/// The schema is there, without attributes and templates.
fn has_plain_cue(node: Node<'_>) -> bool {
    let cue = node.parent().and_then(|spec| spec.text_at("configurationSchema.cue"));
    cue.is_some_and(|cue| cue.contains('#') && !cue.contains(['@', '`']) && !cue.contains("{{"))
}

const PARAMETERS: &str = "ParametersDefinition";

/// The schema is there, and lists all there is.
fn has_schema(node: Node<'_>) -> bool {
    let cue = node.document.root().and_then(|root| root.text_at("spec.parametersSchema.cue"));
    cue.is_some_and(|cue| cue.contains('#') && !cue.contains("..."))
}

/// A parameter that the schema does not have.
fn new_parameter<'w>(_: &'w World, file: Node<'w>) -> Option<Changes<'w>> {
    if !has_schema(file) || !lacks(file, "dynamicParameters") {
        return None;
    }
    beside(file, "dynamicParameters: [zz_none]")
}

/// A configuration that no Cluster gives has no template.
fn without_template<'w>(world: &'w World, template: Node<'w>) -> Option<Changes<'w>> {
    let name = template.parent()?.get("name")?.text();
    let units = world.charts.values().flat_map(|chart| units(chart)).filter_map(|unit| unit.template());
    let mut given = units.flat_map(|component| component.list("configs"));
    let given = given.any(|config| config.text_at("name") == name);
    (!given && lacks(template, "externalManaged")).then(|| vec![(template, Change::Key("templates"))])
}
