//! Backup policies of both generations: methods, schedules, targets (v1 spec §2.7; legacy spec R26 to R31).

use super::object::{Document, Node};

/// What holds `backupMethods`: a BackupPolicyTemplate's `spec`, an item of its `backupPolicies` up to 0.9, or a
/// BackupPolicy's `spec`.
#[derive(Clone, Copy)]
pub struct Policy<'w> {
    pub node: Node<'w>,
}

/// The policies of a document; none for other kinds, and for documents of which a part cannot be read.
pub fn policies(document: &Document) -> Vec<Policy<'_>> {
    let spec = document.root().and_then(|root| root.get("spec")).filter(|_| document.is_sound());
    let Some(spec) = spec else { return Vec::new() };
    match (document.group(), document.kind()) {
        (Some("apps.kubeblocks.io"), Some("BackupPolicyTemplate")) => {
            spec.list("backupPolicies").map(|node| Policy { node }).collect()
        }
        (Some("dataprotection.kubeblocks.io"), Some("BackupPolicyTemplate" | "BackupPolicy")) => {
            vec![Policy { node: spec }]
        }
        _ => Vec::new(),
    }
}

impl<'w> Policy<'w> {
    pub fn methods(self) -> impl Iterator<Item = Node<'w>> {
        self.node.list("backupMethods")
    }

    /// The names of all methods; `None` where one of them is open, or where there is no list.
    pub fn method_names(self) -> Option<Vec<&'w str>> {
        self.node.get("backupMethods").filter(|methods| methods.is_sequence())?;
        let known = |method: Node<'w>| method.get("name").and_then(Node::known_text);
        self.methods().map(known).collect()
    }
}

/// The images of an ActionSet's jobs: fields of its `spec`.
const IMAGES: [&str; 6] = [
    "backup.backupData.image",
    "backup.preBackup[].job.image",
    "backup.postBackup[].job.image",
    "backup.preDelete.image",
    "restore.prepareData.image",
    "restore.postReady[].job.image",
];

/// The images in which an ActionSet reads a variable that it does not give itself; it then needs the method's.
pub fn images_with<'w>(action_set: Node<'w>, variable: &str) -> Vec<Node<'w>> {
    match own_value(action_set, variable) {
        Some(_) => Vec::new(),
        None => images_of(action_set, variable),
    }
}

/// The images in which an ActionSet reads a variable.
pub fn images_of<'w>(action_set: Node<'w>, variable: &str) -> Vec<Node<'w>> {
    let used = format!("$({variable})");
    images(action_set).filter(|image| image.text().is_some_and(|text| text.contains(&used))).collect()
}

/// The images of an ActionSet's jobs.
pub fn images<'w>(action_set: Node<'w>) -> impl Iterator<Item = Node<'w>> {
    IMAGES.into_iter().flat_map(move |path| action_set.get("spec").into_iter().flat_map(|spec| spec.each(path)))
}

/// The variables that jobs get from an ActionSet or a method: `env`, parameters, and what the tables of 0.7 to 0.9 give
/// (`envMapping`).
pub fn given<'w>(holder: Node<'w>) -> Vec<Node<'w>> {
    let variables = holder.each("env[].name").into_iter().chain(holder.each("envMapping[].key"));
    let properties = holder.at("parametersSchema.openAPIV3Schema.properties").into_iter().flat_map(Node::entries);
    variables.chain(properties.map(|(key, _)| key)).collect()
}

/// The entry of an ActionSet's own `env` that may be the variable.
pub fn own_value<'w>(action_set: Node<'w>, variable: &str) -> Option<Node<'w>> {
    action_set.list("spec.env").find(|own| own.text_at("name").is_none_or(|name| name == variable))
}
