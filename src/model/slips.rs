//! Slips in the names of variables that KubeBlocks gives itself, wherever a kubelet, a shell or a job reads them.

use std::collections::BTreeSet;

use super::builtins;
use super::commands::script_files;
use super::object::{Document, Node};
use super::shell;
use crate::diagnostic::edit_distance;
use crate::text::TextRange;

/// A name that is nearly one of KubeBlocks' own, and that nobody here gives.
pub struct Slip<'w> {
    pub node: Node<'w>,
    /// The name alone, in the node's text.
    pub range: TextRange,
    pub name: &'w str,
    pub near: &'w str,
}

/// Objects with commands, and with variables for them.
const KINDS: [&str; 6] =
    ["ActionSet", "ClusterDefinition", "ClusterVersion", "ComponentDefinition", "OpsDefinition", "SidecarDefinition"];

/// What has placeholders of its own, and rules for them; and what is there for people.
const OTHERS: [&str; 4] = ["connectionCredential", "customLabelSpecs", "componentRefEnv", "description"];

/// Every such slip of a document.
pub fn slips(document: &Document) -> Vec<Slip<'_>> {
    let ours = document.group().is_some_and(|group| group.ends_with("kubeblocks.io"));
    let fits = ours && document.is_sound() && document.kind().is_some_and(|kind| KINDS.contains(&kind));
    let Some(spec) = document.spec().filter(|_| fits) else { return Vec::new() };
    let scalars = spec.scalars();
    let own: Vec<&str> = declared(spec).filter_map(Node::text).filter(|name| is_telling(name)).collect();
    let mut found = Vec::new();
    for (node, text) in
        scalars.iter().filter_map(|node| Some((*node, node.text()?))).filter(|(_, text)| text.contains('$'))
    {
        for used in shell::uses(text) {
            let name = used.name;
            let ours = name.starts_with("KB_") || name.starts_with("DP_");
            let near = match ours {
                true => builtins::near(name),
                // What backups had up to 0.6, before they had ActionSets.
                false if name == "BACKUP_NAME" && document.kind() == Some("ActionSet") => Some("DP_BACKUP_NAME"),
                // Of `$(X)` the rule itself knows what is declared where.
                false if used.form == shell::Form::Parentheses => None,
                false => near(name, &own),
            };
            let Some(near) = near.filter(|_| node.known()) else { continue };
            // What has another value where it is not there may not be there.
            if used.modifier.trim_start_matches(':').starts_with(['-', '=', '+']) || is_given(&scalars, name) {
                continue;
            }
            let path = node.path();
            if !OTHERS.iter().any(|key| path.split('.').any(|part| part.split('[').next() == Some(key))) {
                found.push(Slip { node, range: used.name_range, name, near });
            }
        }
    }
    found
}

/// Slips in KubeBlocks' own names, and in those that its users declare, in the shell scripts of a ConfigMap. Whether other
/// objects give such a variable is not looked for; see [`gives`].
pub fn slips_in_scripts<'w>(document: &'w Document, users: &[&'w Document]) -> Vec<Slip<'w>> {
    let own = users
        .iter()
        .filter_map(|user| user.spec())
        .flat_map(declared)
        .filter_map(Node::text)
        .filter(|name| is_telling(name));
    let own: BTreeSet<&str> = own.collect();
    let own: Vec<&str> = own.into_iter().collect();
    let mut found = Vec::new();
    for node in script_files(document) {
        let Some(text) = node.known_text() else { continue };
        if own.is_empty() && !["KB_", "DP_"].iter().any(|start| text.contains(start)) {
            continue;
        }
        for used in shell::uses(text).into_iter().filter(|used| used.form != shell::Form::Parentheses) {
            let ours = used.name.starts_with("KB_") || used.name.starts_with("DP_");
            let Some(near) = (if ours { builtins::near(used.name) } else { near(used.name, &own) }) else { continue };
            let line = text[..used.range.start as usize].rsplit('\n').next().unwrap_or_default();
            if used.modifier.is_empty() && !line.trim_start().starts_with('#') && !gives(document, used.name) {
                found.push(Slip { node, range: used.name_range, name: used.name, near });
            }
        }
    }
    found
}

/// Some entry of the document has the name, or some script in it gives it a value.
pub fn gives(document: &Document, name: &str) -> bool {
    document.root().is_some_and(|root| is_given(&root.scalars(), name))
}

/// The names of what variables a definition gives.
pub fn declared<'w>(spec: Node<'w>) -> impl Iterator<Item = Node<'w>> {
    let lists = [
        "vars[].name",
        "runtime.containers[].env[].name",
        "runtime.initContainers[].env[].name",
        "componentDefs[].componentDefRef[].componentRefEnv[].name",
        "componentDefs[].podSpec.containers[].env[].name",
        "componentDefs[].podSpec.initContainers[].env[].name",
        "componentVersions[].versionsContext.containers[].env[].name",
        "env[].name",
        "podInfoExtractors[].env[].name",
    ];
    lists.into_iter().flat_map(move |path| spec.each(path))
}

/// Capitals in several words.
fn is_telling(name: &str) -> bool {
    name.contains('_') && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// The declared name that is meant: all words but one are the same, and of that a letter is missing or too much, or two
/// have changed places. Other letters, plurals and words that are joined may be another variable, of the image.
fn near<'n>(name: &str, own: &[&'n str]) -> Option<&'n str> {
    if !is_telling(name) || own.contains(&name) {
        return None;
    }
    let mut found = own.iter().copied().filter(|own| {
        let (wrong, right): (Vec<&str>, Vec<&str>) = (name.split('_').collect(), own.split('_').collect());
        let mut other = wrong.iter().zip(&right).filter(|(wrong, right)| wrong != right);
        let (Some((wrong, right)), None) = (other.next(), other.next()) else { return false };
        name.matches('_').count() == own.matches('_').count() && is_slip(wrong, right)
    });
    let near = found.next()?;
    found.all(|other| other == near).then_some(near)
}

fn is_slip(wrong: &str, right: &str) -> bool {
    let plural = |one: &str, other: &str| one.strip_suffix('S') == Some(other);
    let long = wrong.len().min(right.len()) >= 4 && edit_distance(wrong, right, 1) == Some(1);
    let same_letters = || {
        let sorted = |text: &str| {
            let mut letters: Vec<u8> = text.bytes().collect();
            letters.sort_unstable();
            letters
        };
        wrong.len() != right.len() || sorted(wrong) == sorted(right)
    };
    long && same_letters() && !plural(wrong, right) && !plural(right, wrong)
}

/// Some entry has the name, or some script gives it a value.
fn is_given(scalars: &[Node<'_>], name: &str) -> bool {
    scalars.iter().filter_map(|node| node.text()).any(|text| text == name || shell::assigned(text).contains(&name))
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn slips_in_declared_names() {
        let own = ["STORE_CLUSTER_NAME", "STORE_HOST", "STORE_ROOT_DIR", "FIRST_PEER", "FIRST_PEERS", "STORE"];
        for (name, want) in [
            ("STORE_CLUSTR_NAME", Some("STORE_CLUSTER_NAME")),
            ("STORE_CLUTSER_NAME", Some("STORE_CLUSTER_NAME")),
            ("SSTORE_HOST", Some("STORE_HOST")),
            ("STORE_HOST", None),
            ("STORE_HOSTS", None),
            ("STORE_POST", None),
            ("STORE_ROOTDIR", None),
            ("STORE_CLUSTER_NAMES", None),
            ("FRST_PEER", Some("FIRST_PEER")),
            ("STOR", None),
        ] {
            assert_eq!(near(name, &own), want, "{name}");
        }
    }
}
