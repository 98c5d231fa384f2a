//! From rendered files to what `helm template` prints: documents, their order, hooks (spec §8).

use super::data;
use super::decode::{self, Struct, Type};
use super::glob::PathGlob;
use super::render::{Options, Rendered};
use crate::template::HelmVersion;
use crate::template::bytes;
use crate::template::value::Value;
use crate::text::TextRange;
use crate::yaml::parser;

/// Kinds in the order in which Helm installs them.
const INSTALL_ORDER: &[&str] = &[
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
];

/// What Helm 4 installs after those.
const WEBHOOKS: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

const HOOKS: &[&str] = &[
    "pre-install",
    "post-install",
    "pre-delete",
    "post-delete",
    "pre-upgrade",
    "post-upgrade",
    "pre-rollback",
    "post-rollback",
    "test",
    "test-success",
];

const HOOK_ANNOTATION: &str = "helm.sh/hook";

/// What Helm reads of a document.
static HEAD: Struct = Struct {
    name: "SimpleHead",
    go: "releaseutil.SimpleHead",
    fields: &[("apiVersion", Type::Text), ("kind", Type::Text), ("metadata", Type::Struct(&METADATA))],
};

static METADATA: Struct = Struct {
    name: "",
    go: r#"struct { Name string "json:\"name\""; Annotations map[string]string "json:\"annotations\"" }"#,
    fields: &[("name", Type::Text), ("annotations", Type::TextMap)],
};

/// The documents of rendered text: bytes without the separators and the white space at both ends. Comments alone are
/// a document too. A separator (`releaseutil`'s `sep`) is `---` that begins a line, with all white space around it: one
/// right behind another is none, since its line's beginning is taken already.
pub(super) fn split(text: &str) -> Vec<TextRange> {
    let body = text.trim();
    let base = text.len() - text.trim_start().len();
    let mut documents = Vec::new();
    let mut push = |start: usize, end: usize| {
        let document = &body[start..end];
        if !document.is_empty() {
            let from = base + start + (document.len() - document.trim_start().len());
            documents.push(TextRange::new(from, from + document.trim().len()));
        }
    };
    let behind = |dashes: usize| body.len() - body[dashes + 3..].trim_start_matches(is_space).len();
    let mut start = if body.starts_with("---") { behind(0) } else { 0 };
    for (newline, _) in body.match_indices("\n---") {
        if newline >= start {
            push(start, start + body[start..newline].trim_end_matches(is_space).len());
            start = behind(newline + 1);
        }
    }
    push(start, body.len());
    documents
}

/// The white space of Go's regular expressions.
fn is_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\x0c' | '\r' | ' ')
}

/// A document on its way to the output.
struct Manifest<'r> {
    /// Helm's name of the template.
    source: &'r str,
    kind: String,
    text: &'r str,
    hook: bool,
    test: bool,
}

/// The text that `helm template` prints. `files` are in path order, `crds` are paths and texts of `crds/`.
///
/// # Errors
/// Helm's words where a document is no YAML, or no mapping, or a file asked for is not there.
pub(super) fn print(files: &[&Rendered], crds: &[(String, &str)], options: &Options) -> Result<String, String> {
    let mut plain = Vec::new();
    let mut hooks = Vec::new();
    for rendered in files {
        let text = rendered.text.as_str();
        if text.trim().is_empty() {
            continue;
        }
        for range in split(text) {
            let Some(manifest) = manifest(&rendered.name, range.of(text), options.version)? else { continue };
            if manifest.hook { hooks.push(manifest) } else { plain.push(manifest) }
        }
    }
    for manifests in [&mut plain, &mut hooks] {
        let order = |of: &Manifest<'_>, than: &Manifest<'_>| {
            install_order(&of.kind, options.version).cmp(&install_order(&than.kind, options.version))
        };
        manifests.sort_by(order);
    }
    let mut out = String::with_capacity(files.iter().map(|file| file.text.len() + 200).sum());
    let push = |out: &mut String, source: &str, text: &str| {
        for part in ["---\n# Source: ", source, "\n", text, "\n"] {
            out.push_str(part);
        }
    };
    for (source, text) in crds {
        push(&mut out, source, text);
    }
    for manifest in &plain {
        push(&mut out, manifest.source, manifest.text);
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    if options.hooks {
        for manifest in hooks.iter().filter(|hook| !(options.skip_tests && hook.test)) {
            push(&mut out, manifest.source, manifest.text);
        }
    }
    if options.show_only.is_empty() { Ok(out) } else { pick(&out, &options.show_only) }
}

/// Reads a document's head; `None` for a hook that Helm does not know.
fn manifest<'r>(source: &'r str, text: &'r str, version: HelmVersion) -> Result<Option<Manifest<'r>>, String> {
    let head = readable(text).and_then(|()| head(text)).map_err(|message| {
        let message = match version {
            HelmVersion::V3 => message,
            HelmVersion::V4 => message.replace("releaseutil.SimpleHead", "util.SimpleHead"),
        };
        format!("YAML parse error on {source}: {message}")
    })?;
    let kind = decode::text(&head, "kind");
    let annotations = decode::field(&head, "metadata").map(|meta| decode::text_map(&meta, "annotations"));
    let hook = annotations.as_ref().and_then(|annotations| annotations.get(HOOK_ANNOTATION));
    let events: Vec<_> = hook.iter().flat_map(|hook| hook.split(',')).map(|e| e.trim().to_lowercase()).collect();
    if events.iter().any(|event| !HOOKS.contains(&event.as_str())) {
        return Ok(None);
    }
    let test = events.iter().any(|event| event.starts_with("test"));
    Ok(Some(Manifest { source, kind, text, hook: hook.is_some(), test }))
}

/// go-yaml's reader takes UTF-8 only (`yaml_parser_update_buffer`).
fn readable(text: &str) -> Result<(), String> {
    let refused = |why: &str| Err(format!("error converting YAML to JSON: yaml: {why}"));
    let bytes = bytes::of(text);
    let Err(error) = std::str::from_utf8(&bytes) else { return Ok(()) };
    let rest = bytes.get(error.valid_up_to()..).unwrap_or_default();
    let width = match rest.first() {
        Some(0xc0..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf7) => 4,
        _ => return refused("invalid leading UTF-8 octet"),
    };
    match rest.get(1..width) {
        None => refused("incomplete UTF-8 octet sequence"),
        Some(trailing) if trailing.iter().all(|byte| byte & 0xc0 == 0x80) => {
            refused("invalid length of a UTF-8 sequence")
        }
        Some(_) => refused("invalid trailing UTF-8 octet"),
    }
}

/// The document as Helm unmarshals it.
fn head(text: &str) -> Result<Value, String> {
    let range = parser::documents(text).first().copied().unwrap_or_default();
    let value = data::read(&parser::parse(text, range), None)?;
    match decode::check(&value, &HEAD) {
        Some(misfit) => Err(format!("error unmarshaling JSON: while decoding JSON: {}", misfit.message)),
        None => Ok(value),
    }
}

/// Known kinds by their place, then the others by name.
fn install_order(kind: &str, version: HelmVersion) -> (usize, &str) {
    let newer = if version == HelmVersion::V4 { WEBHOOKS } else { &[] };
    match INSTALL_ORDER.iter().chain(newer).position(|known| *known == kind) {
        Some(place) => (place, ""),
        None => (INSTALL_ORDER.len() + WEBHOOKS.len(), kind),
    }
}

/// `--show-only`: the documents whose paths match.
fn pick(output: &str, wanted: &[String]) -> Result<String, String> {
    let mut picked = String::new();
    for wanted in wanted {
        let glob = PathGlob::new(wanted);
        let mut missing = true;
        for range in split(output) {
            let text = range.of(output);
            let source = text.lines().find_map(|line| line.strip_prefix("# Source: "));
            let Some((_, path)) = source.and_then(|source| source.split_once('/')) else { continue };
            if glob.as_ref().is_some_and(|glob| glob.matches(path)) {
                missing = false;
                picked.push_str(&format!("---\n{text}\n"));
            }
        }
        if missing {
            return Err(format!("could not find template {wanted} in chart"));
        }
    }
    Ok(picked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents() {
        for (text, expected) in [
            ("---\na: 1\n---\nb: 2\n", &["a: 1", "b: 2"][..]),
            ("a: 1\n---b: 2\n", &["a: 1", "b: 2"]),
            ("a: 1\n--- # c\nb: 2", &["a: 1", "# c\nb: 2"]),
            ("---\n---\n---\n", &["---"]),
            ("\n---\n\n---\na: 1", &["---\na: 1"]),
            ("a: |\n---\nb: 1\n", &["a: |", "b: 1"]),
            ("  a: 1\n  b: 2\n", &["a: 1\n  b: 2"]),
            ("a: x---\n", &["a: x---"]),
            (" \n", &[]),
            ("a: 1\r\n---\r\nb: 1\r\n", &["a: 1", "b: 1"]),
        ] {
            let found: Vec<_> = split(text).into_iter().map(|range| range.of(text)).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn order_of_kinds() {
        let mut kinds = ["Zed", "Service", "", "ConfigMap", "Alpha", "Namespace"];
        kinds.sort_by_key(|kind| install_order(kind, HelmVersion::V3));
        assert_eq!(kinds, ["Namespace", "ConfigMap", "Service", "", "Alpha", "Zed"]);
    }
}
