//! What a chart is made of: Chart.yaml, its files, its dependencies.
//!
//! Reading them from a folder is in `load.rs`.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

pub use super::load::{is_packed, load};
use super::{files, load};

use crate::text::{FileId, Span};
use crate::vfs::Source;

/// A chart's files and dependencies as they were read; nothing is rendered yet.
#[derive(Clone)]
pub struct Package {
    /// Absolute folder of Chart.yaml.
    pub root: Utf8PathBuf,
    /// Text files by path relative to `root` (`templates/x.yaml`), after `.helmignore`, without those of `charts/`.
    pub files: BTreeMap<Utf8PathBuf, Arc<Source>>,
    /// Files that are not UTF-8, as `.Files` shows them.
    pub binaries: BTreeMap<Utf8PathBuf, Arc<[u8]>>,
    pub metadata: Metadata,
    /// The charts below this one that exist: vendored, packaged, or found through `file://`.
    pub dependencies: Vec<Dependency>,
    pub problems: Vec<ChartProblem>,
}

/// A chart that is no more than this template.
pub fn of_template(root: &Utf8Path, template: Arc<Source>) -> Package {
    let path = Utf8Path::new("templates").join(root.file_name().unwrap_or_default());
    Package {
        root: root.to_owned(),
        files: BTreeMap::from([(path, template)]),
        binaries: BTreeMap::new(),
        metadata: Metadata::default(),
        dependencies: Vec::new(),
        problems: Vec::new(),
    }
}

impl Package {
    /// Chart.yaml's name; the folder's where there is none.
    pub fn name(&self) -> &str {
        let name = self.metadata.name.as_str();
        if name.is_empty() { self.root.file_name().unwrap_or_default() } else { name }
    }

    /// A file of it, or of what it depends on, is there and could not be read.
    pub fn is_unread(&self) -> bool {
        self.problems.iter().any(|problem| matches!(problem.kind, ChartProblemKind::Unreadable(_)))
            || self.dependencies.iter().any(|dependency| dependency.package.is_unread())
    }

    /// Every chart that it and its dependencies name is there, whether the values switch it on or not.
    pub fn is_whole(&self) -> bool {
        let has = |entry: &Entry| self.dependencies.iter().any(|dependency| dependency.name == entry.key());
        self.metadata.dependencies.iter().all(has)
            && self.dependencies.iter().all(|dependency| dependency.package.is_whole())
    }

    /// Nothing is wrong with it, nor with what it depends on.
    fn is_sound(&self) -> bool {
        self.problems.is_empty() && self.dependencies.iter().all(|dependency| dependency.package.is_sound())
    }

    /// Only templates ask for what a file of the chart or of its dependencies says: with this text in it the package would
    /// be put together the same way.
    pub fn only_prints(&self, source: &Source) -> bool {
        let mut places = Vec::new();
        self.find(source.id, &mut places);
        let is_printed = |(package, path): &(&Self, &Utf8Path)| match path.as_str() {
            // With other values a dependency that is not there may be wanted.
            "values.yaml" => self.is_whole() && self.is_sound() && load::read_values(source).is_ok(),
            ".helmignore" => false,
            _ => path.starts_with("templates") || files::is_shown(package, path) && !path.starts_with("ci"),
        };
        !places.is_empty() && places.iter().all(is_printed)
    }

    /// The packages that have a file, each with its path there.
    fn find<'p>(&'p self, id: FileId, found: &mut Vec<(&'p Self, &'p Utf8Path)>) {
        let here = self.files.iter().filter(|(_, source)| source.id == id);
        found.extend(here.map(|(path, _)| (self, path.as_path())));
        self.dependencies.iter().for_each(|dependency| dependency.package.find(id, found));
    }

    /// The same with other texts in its files and in those of its dependencies. Chart.yaml was read before.
    pub fn with_sources(&self, source: &dyn Fn(&Arc<Source>) -> Arc<Source>) -> Self {
        let mut package = self.clone();
        for file in package.files.values_mut() {
            *file = source(file);
        }
        for dependency in &mut package.dependencies {
            dependency.package = Arc::new(dependency.package.with_sources(source));
        }
        package
    }
}

/// Chart.yaml.
#[derive(Clone, Default, Debug)]
pub struct Metadata {
    pub api_version: String,
    pub name: String,
    pub version: String,
    pub app_version: String,
    pub kube_version: String,
    pub description: String,
    /// `type: library`: a chart of helpers, which is rendered only inside others.
    pub library: bool,
    /// `type` as it is written; empty means `application`.
    pub kind: String,
    pub annotations: BTreeMap<String, String>,
    pub home: String,
    pub icon: String,
    pub sources: Vec<String>,
    pub keywords: Vec<String>,
    /// Name, email, URL.
    pub maintainers: Vec<[String; 3]>,
    pub condition: String,
    pub tags: String,
    pub deprecated: bool,
    /// Where the scalars of Chart.yaml stand, by their keys.
    pub places: BTreeMap<String, Span>,
    /// Those of requirements.yaml, if a chart of `apiVersion: v1` has them there.
    pub dependencies: Vec<Entry>,
}

/// A dependency that was found.
#[derive(Clone)]
pub struct Dependency {
    /// The name it has in the parent: alias, or the chart's own.
    pub name: String,
    pub package: Arc<Package>,
    /// The entry of Chart.yaml; `None` for a folder in `charts/` that no entry names.
    pub entry: Option<Entry>,
}

/// One item of Chart.yaml's `dependencies`.
#[derive(Clone, Default, Debug)]
pub struct Entry {
    pub name: String,
    pub version: String,
    pub repository: String,
    pub alias: String,
    pub condition: String,
    pub tags: Vec<String>,
    pub imports: Vec<Import>,
    /// Where the item's name stands.
    pub span: Option<Span>,
}

impl Entry {
    /// The name the dependency has in the parent: alias, or its own.
    pub fn key(&self) -> &str {
        if self.alias.is_empty() { &self.name } else { &self.alias }
    }
}

/// One item of `import-values`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Import {
    /// `exports.<name>` of the child into the parent's root.
    Export(String),
    /// A table of the child to a path of the parent, `.` being the root.
    Path { child: String, parent: String },
}

/// A fault of the chart itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChartProblem {
    pub span: Span,
    pub kind: ChartProblemKind,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ChartProblemKind {
    /// Chart.yaml is not what Helm needs; Helm's words.
    Invalid(String),
    /// The named dependency is neither vendored nor reachable by `file://`. From a `remote` repository Helm fetches it.
    MissingDependency { name: String, remote: bool },
    /// A file or folder could not be read; the words say why.
    Unreadable(String),
}

/// Reads files and folders for [`load`]; the host answers with the editor's text over the disk's.
pub trait Reader {
    /// `None` where there is no such text file (absent, not UTF-8, too long).
    fn source(&mut self, path: &Utf8Path) -> Option<Arc<Source>>;
    /// A text that stands in no file of its own (a member of `charts/x.tgz`), under a made-up path.
    fn member(&mut self, path: &Utf8Path, text: String) -> Arc<Source>;
    /// The bytes of a file, for archives and what is no text.
    ///
    /// # Errors
    /// As for [`crate::vfs::Disk::read`].
    fn bytes(&mut self, path: &Utf8Path) -> io::Result<Vec<u8>>;
    /// The entries of a folder; empty where there is none.
    fn list(&mut self, folder: &Utf8Path) -> Vec<crate::vfs::Entry>;
    /// Why the system does not tell the entries of a folder, if it does not.
    fn refusal(&mut self, folder: &Utf8Path) -> Option<String>;
    /// Whether a path may be read at all: it lies in the workspace, also when links are followed.
    fn allowed(&mut self, path: &Utf8Path) -> bool;
}
