//! Files from ConfigMaps that a component's containers can run (legacy spec §4.3, §5.1).

use super::legacy::{ComponentDef, commands};
use super::object::Node;
use crate::world::Chart;

/// What a component's `configSpecs` and `scriptSpecs` bring in, as far as the chart has it.
pub struct Files<'w> {
    files: Vec<File<'w>>,
}

#[derive(Clone, Copy)]
struct File<'w> {
    /// The name of the volume it lies in.
    volume: &'w str,
    key: &'w str,
    text: Node<'w>,
}

const ENDINGS: [&str; 5] = [".sh", ".bash", ".py", ".pl", ".rb"];

impl<'w> Files<'w> {
    /// The files of a component definition and of the items that ClusterVersions have for it.
    pub fn new(component: ComponentDef<'w>, versions: &[Node<'w>], chart: &'w Chart) -> Self {
        let items = std::iter::once(component.node).chain(versions.iter().copied());
        let specs = items.flat_map(|item| item.list("configSpecs").chain(item.list("scriptSpecs")));
        let files = specs.flat_map(|spec| {
            let volume = spec.text_at("volumeName").unwrap_or_default();
            let name = spec.text_at("templateRef");
            let maps = chart.documents().iter().filter(move |document| {
                name.is_some() && document.kind() == Some("ConfigMap") && document.name_text() == name
            });
            let data = maps.filter_map(|document| document.root()?.get("data")).flat_map(Node::entries);
            data.filter_map(move |(key, text)| Some(File { volume, key: key.text()?, text }))
        });
        Self { files: files.collect() }
    }

    pub fn texts(&self) -> impl Iterator<Item = Node<'w>> {
        self.files.iter().map(|file| file.text)
    }

    /// The file at `path` in a container, where the chart has it and it holds more than comments.
    pub fn find(&self, container: Node<'_>, path: &str) -> Option<&'w str> {
        let lies_there = |file: &File| {
            container.list("volumeMounts").filter(|mount| mount.text_at("name") == Some(file.volume)).any(|mount| {
                let folder = mount.text_at("mountPath").unwrap_or_default();
                match mount.text_at("subPath") {
                    Some(key) => key == file.key && path == folder,
                    None => {
                        path.strip_prefix(folder.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'))
                            == Some(file.key)
                    }
                }
            })
        };
        let text = self.files.iter().find(|file| lies_there(file))?.text.text()?;
        text.lines().map(str::trim).any(|line| !line.is_empty() && !line.starts_with('#')).then_some(text)
    }

    /// The texts of all files that a container names and that can be read.
    pub fn run_by(&self, container: Node<'_>) -> Vec<&'w str> {
        let words: Vec<&str> = commands(container).filter_map(Node::text).flat_map(words).collect();
        words.into_iter().filter_map(|path| self.find(container, path)).collect()
    }

    /// The container runs a script file that we cannot read, or one that runs others.
    pub fn opaque(&self, container: Node<'_>) -> bool {
        let mut scripts = commands(container).filter_map(Node::text).flat_map(words).filter(|word| is_script(word));
        scripts.any(|path| self.find(container, path).is_none_or(|text| words(text).any(is_script)))
    }
}

/// The words of a text that can be paths.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || ";&|()<>\"'`=".contains(c)).filter(|word| !word.is_empty())
}

fn is_script(word: &str) -> bool {
    ENDINGS.iter().any(|ending| word.len() > ending.len() && word.ends_with(ending))
}

/// A script with its first nine arguments put in.
pub fn with_arguments(script: &str, arguments: &[&str]) -> String {
    let mut text = script.to_owned();
    for (number, argument) in (1..=9).zip(arguments) {
        text = text.replace(&format!("${{{number}}}"), argument).replace(&format!("${number}"), argument);
    }
    text
}
