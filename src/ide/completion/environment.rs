//! Names of environment variables: `$(X)` in values, commands and arguments, `$X` and `${X}` in shell text.

use super::{About, Item, Kind, Question, names};
use crate::helm::outline::{EntryId, Outline, Slot, SlotKind};
use crate::ide::Cursor;
use crate::ide::environment::{Given, given_at};
use crate::ide::locate::{ancestors, key_of};
use crate::model::builtins;
use crate::model::index::Object;
use crate::model::object::{Document, Node};
use crate::model::resolve::CONFIG_MAP;
use crate::model::shell;
use crate::text::{Span, TextRange};
use crate::world::World;
use crate::yaml::path::node_at;

/// The variables that a container has, where the cursor is behind `$`; `None` where it is not.
pub(super) fn items(question: &Question<'_>, slot: &Slot) -> Option<(TextRange, Vec<Item>)> {
    if !matches!(slot.kind, SlotKind::Value | SlotKind::Either | SlotKind::Block) {
        return None;
    }
    let outline = question.file.outline();
    // Nobody looks for variables in other texts; where helpers come to stand is not asked.
    let keys: Vec<&str> = outline.ancestors(slot.parent).filter_map(|id| outline.key(id)).collect();
    let has = |wanted: &[&str]| keys.iter().any(|key| wanted.contains(key));
    if outline.define(slot.document()).is_none() && !has(&shell::READ) {
        return None;
    }
    let shell = slot.kind == SlotKind::Block || has(&["command", "args", "statement"]);
    let open = Open::at(question, slot.range.start, Form { shell, kubernetes: true })?;
    let text = |key| outline.at_root(slot.document(), key).and_then(|id| outline.value(id)).unwrap_or_default();
    let builtins = builtins::given(text("apiVersion"), text("kind"), keys.iter().copied());
    let builtins = builtins.into_iter().map(|name| variable(name, "KubeBlocks"));
    if has(&["connectionCredential"]) {
        let ports = credential_ports(outline, slot.document());
        let ports = ports.into_iter().map(|port| variable(&format!("SVC_PORT_{port}"), "port"));
        return Some((open.range, open.items(builtins.chain(ports))));
    }
    let (typed, shown) = (typed_here(question, slot), shown(question, question.at.offset));
    let known = typed.into_iter().chain(rendered(question)).chain(shown.items()).chain(builtins);
    Some((open.range, open.items(known)))
}

/// A variable, by its name.
pub(super) fn variable(name: &str, detail: &str) -> Item {
    Item::new(name, Kind::Variable).detail(detail)
}

/// The ports of the service that the connection credential is made for, as they are typed: the first one's.
fn credential_ports(outline: &Outline, document: u32) -> Vec<&str> {
    let components = outline.at_root(document, "spec").and_then(|spec| outline.child(spec, "componentDefs"));
    let components = components.into_iter().flat_map(|list| outline.children(Some(list), document));
    let service = components.filter_map(|item| outline.child(item, "service")).next();
    let ports = service.and_then(|service| outline.child(service, "ports")).into_iter();
    let ports = ports.flat_map(|list| outline.children(Some(list), document));
    ports.filter_map(|port| outline.value(outline.child(port, "name")?)).collect()
}

/// A `$` with what is typed of a name behind it.
pub(super) struct Open {
    pub(super) range: TextRange,
    /// What is missing behind the name.
    close: &'static str,
}

impl Open {
    /// Before the cursor, and not before `start`.
    pub(super) fn at(question: &Question<'_>, start: u32, form: Form) -> Option<Self> {
        let (text, offset) = (question.text(), question.at.offset as usize);
        let before = &text[start as usize..offset.max(start as usize)];
        let is_word = |c: char| c == '_' || c.is_ascii_alphanumeric();
        let name = before.len() - before.trim_end_matches(is_word).len();
        let opener = &before[..before.len() - name];
        let Form { shell, kubernetes } = form;
        let close = if kubernetes && opener.ends_with("$(") && !opener.ends_with("$$(") {
            ")"
        } else if shell && opener.ends_with("${") {
            "}"
        } else if shell && opener.ends_with('$') && !opener.ends_with("$$") {
            ""
        } else {
            return None;
        };
        let rest = text[offset..].chars().take_while(|c| is_word(*c)).count();
        let closed = text[offset + rest..].starts_with(close);
        Some(Self { range: TextRange::new(offset - name, offset + rest), close: if closed { "" } else { close } })
    }

    /// Each name once.
    pub(super) fn items(&self, variables: impl Iterator<Item = Item>) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        for item in variables {
            if !item.label.is_empty() && !items.iter().any(|known| known.label == item.label) {
                let insert = format!("{}{}", item.label, self.close);
                items.push(item.insert(insert));
            }
        }
        items
    }
}

/// Which forms mean a variable.
#[derive(Clone, Copy)]
pub(super) struct Form {
    /// `$X` and `${X}`
    pub(super) shell: bool,
    /// `$(X)`, which to a shell is a command.
    pub(super) kubernetes: bool,
}

/// What the text at the cursor is shown as: keys of ConfigMaps, commands.
#[derive(Default)]
pub(super) struct Shown<'w> {
    /// It is text of some object that another file has.
    pub(super) anywhere: bool,
    /// It is text of a ConfigMap's alone: whoever reads it finds it in a file.
    pub(super) in_files: bool,
    /// The variables that can be used there.
    pub(super) given: Vec<Given<'w>>,
    /// The same that KubeBlocks gives.
    pub(super) builtins: Vec<&'static str>,
}

impl Shown<'_> {
    /// The variables, each with its object.
    pub(super) fn items(&self) -> impl Iterator<Item = Item> {
        let given = self.given.iter().map(|given| {
            let of = given.object.name().unwrap_or_default();
            let item = variable(given.name.text().unwrap_or_default(), of);
            item.about(names::about(given.object.document, given.name))
        });
        given.chain(self.builtins.iter().map(|name| variable(name, "KubeBlocks")))
    }
}

/// What the text at an offset is shown as.
pub(super) fn shown<'w>(question: &Question<'w>, offset: u32) -> Shown<'w> {
    let cursor = Span { file: question.at.file, range: TextRange::empty(offset as usize) };
    let mut found = Shown { in_files: true, ..Shown::default() };
    for chart in &question.charts {
        for document in chart.documents() {
            let places = document.rendered().text.places(cursor).into_iter();
            let Some(place) = places.into_iter().find(|place| document.range.contains(*place)) else { continue };
            found.anywhere |= document.file() != question.at.file;
            let node = node_at(document.tree(), place.start).map(|id| document.node(id));
            let object = Object { chart, document };
            found.in_files &= document.kind() == Some(CONFIG_MAP.kind);
            found.given.extend(node.map(|node| given_at(question.world, object, node)).unwrap_or_default());
            found.builtins.extend(builtins_at(question.world, object, node));
        }
    }
    found
}

/// What KubeBlocks gives to whoever reads the text of a node.
fn builtins_at(world: &World, object: Object<'_>, node: Option<Node<'_>>) -> Vec<&'static str> {
    let of = |document: &Document, keys: &mut dyn Iterator<Item = &str>| {
        builtins::given(document.api_version().unwrap_or_default(), document.kind().unwrap_or_default(), keys)
    };
    if object.document.kind() != Some(CONFIG_MAP.kind) {
        let keys = node.into_iter().flat_map(ancestors).filter_map(key_of).filter_map(|key| key.text());
        return of(object.document, &mut { keys });
    }
    // Which of its actions reads it, a definition does not say.
    let users = world.index().matched_by(object);
    let found = users.flat_map(|site| {
        let document = site.node.document;
        let actions = document.root().and_then(|root| root.at("spec.lifecycleActions"));
        let keys = actions.into_iter().flat_map(Node::entries).filter_map(|(key, _)| key.text());
        of(document, &mut { keys })
    });
    found.collect()
}

/// The variables of the container that holds the slot, then those of the definition, as they are typed.
fn typed_here(question: &Question<'_>, slot: &Slot) -> Vec<Item> {
    let outline = question.file.outline();
    let names = |list: EntryId, detail| {
        let items: Vec<EntryId> = outline.children(Some(list), outline.document_of(list)).collect();
        items.into_iter().filter_map(move |item| {
            let id = outline.child(item, "name")?;
            let at = Cursor { offset: outline.entry(id).value?.range.start, ..question.at };
            Some(variable(outline.value(id)?, detail).about(About::Given(at)))
        })
    };
    let mut found: Vec<Item> = Vec::new();
    for id in outline.ancestors(slot.parent) {
        for (list, detail) in [("env", "env"), ("vars", "vars"), ("componentRefEnv", "componentRefEnv")] {
            found.extend(outline.child(id, list).into_iter().flat_map(|list| names(list, detail)));
        }
        let references: Vec<EntryId> = outline
            .child(id, "componentDefRef")
            .map_or_else(Vec::new, |list| outline.children(Some(list), outline.document_of(list)).collect());
        for list in references.into_iter().filter_map(|item| outline.child(item, "componentRefEnv")) {
            found.extend(names(list, "componentRefEnv"));
        }
    }
    found
}

/// The variables of the definitions that the file renders.
fn rendered(question: &Question<'_>) -> Vec<Item> {
    let mut found = Vec::new();
    let documents = question.charts.iter().flat_map(|chart| chart.documents());
    for document in documents.filter(|document| document.file() == question.at.file) {
        let Some(root) = document.root() else { continue };
        let vars = root.list("spec.vars").map(|item| (item, "vars"));
        let containers = ["spec.runtime.containers", "spec.runtime.initContainers"];
        let env = containers.into_iter().flat_map(|path| root.list(path)).flat_map(|c| c.list("env"));
        for (item, detail) in vars.chain(env.map(|item| (item, "env"))) {
            let Some(name) = item.get("name") else { continue };
            let about = names::about(document, name);
            found.extend(name.text().map(|name| variable(name, detail).about(about)));
        }
    }
    found
}
