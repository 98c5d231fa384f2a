//! What a template's output hangs on, and so which of them an edit leaves as they are.

use std::cell::{Cell, RefCell};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;

use super::chart::Package;
use super::files;
use super::render::{Options, Rendered};
use super::sets::ValueSet;
use crate::template::HelmVersion;
use crate::template::eval::Environment;
use crate::template::fmt;
use crate::template::value::{Data, Entries, Map, Value};
use crate::vfs::Source;

/// Everything that templates of one rendering can see, apart from each other.
#[derive(Debug)]
pub(super) struct Basis {
    options: Options,
    values: ValueSet,
    /// Files that templates do not read, but that decide what they see: Chart.yaml, values.yaml.
    fixed: BTreeMap<String, Contents>,
    /// What `.Files` shows, by Helm's name of the chart and path.
    shown: BTreeMap<String, Contents>,
}

/// Contents are the same where nothing was read anew.
#[derive(Clone, Debug)]
enum Contents {
    Text(Arc<Source>),
    Binary(Arc<[u8]>),
}

impl PartialEq for Contents {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => Arc::ptr_eq(one, other),
            (Self::Binary(one), Self::Binary(other)) => one == other,
            _ => false,
        }
    }
}

impl Basis {
    pub(super) fn new(options: &Options, values: &ValueSet) -> Self {
        let (options, values) = (options.clone(), values.clone());
        Self { options, values, fixed: BTreeMap::new(), shown: BTreeMap::new() }
    }

    pub(super) fn version(&self) -> HelmVersion {
        self.options.version
    }

    /// Adds the files of a chart of the rendering; `path` is Helm's name of it.
    pub(super) fn add(&mut self, package: &Package, path: &str) {
        let texts = package.files.iter().map(|(file, source)| (file, Contents::Text(source.clone())));
        let binaries = package.binaries.iter().map(|(file, bytes)| (file, Contents::Binary(bytes.clone())));
        for (file, contents) in texts.chain(binaries) {
            let name = format!("{path}/{file}");
            if files::is_shown(package, file) {
                self.shown.insert(name, contents);
            } else if !file.starts_with("templates") {
                self.fixed.insert(name, contents);
            }
        }
    }

    /// What changed since `old`; `None` where nothing can be taken over.
    pub(super) fn since(&self, old: &Self) -> Option<Changes> {
        if self.options != old.options || self.fixed != old.fixed || !self.values.is_same(&old.values) {
            return None;
        }
        let differs = |name: &&String| self.shown.get(*name) != old.shown.get(*name);
        let files: BTreeSet<_> = self.shown.keys().chain(old.shown.keys()).filter(differs).cloned().collect();
        let listing = files.iter().any(|name| self.shown.contains_key(name) != old.shown.contains_key(name));
        Some(Changes { files, listing })
    }
}

/// What is new in files that templates may read.
pub(super) struct Changes {
    files: BTreeSet<String>,
    /// Files came or went.
    listing: bool,
}

impl Changes {
    /// Whether a template would print the same again.
    pub(super) fn spare(&self, rendered: &Rendered, source: &Arc<Source>, environment: &Environment) -> bool {
        let same = |(name, text): &(Box<str>, Option<Arc<str>>)| match (environment.text(name), text) {
            (Some(new), Some(old)) => Arc::ptr_eq(&new, old),
            (new, old) => new.is_none() && old.is_none(),
        };
        let Needs { templates, files, listing, changes: _ } = &rendered.needs;
        Arc::ptr_eq(&rendered.source, source)
            && !(self.listing && *listing)
            && self.files.is_disjoint(files)
            && templates.iter().all(same)
    }
}

/// What one template used.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// The templates it called, each with the text that defines it.
    pub(super) templates: Vec<(Box<str>, Option<Arc<str>>)>,
    /// As in [`Basis::shown`], there or not.
    files: BTreeSet<String>,
    /// It saw which files there are.
    listing: bool,
    /// Those after it saw other values than it did.
    pub(super) changes: bool,
}

impl Needs {
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }
}

/// What was read through `.Files` since somebody last asked.
#[derive(Debug, Default)]
pub(super) struct Reads {
    files: RefCell<BTreeSet<String>>,
    listing: Cell<bool>,
}

impl Reads {
    pub(super) fn file(&self, name: String) {
        self.files.borrow_mut().insert(name);
    }

    pub(super) fn listing(&self) {
        self.listing.set(true);
    }

    pub(super) fn take(&self) -> Needs {
        let (files, listing) = (self.files.take(), self.listing.take());
        Needs { templates: Vec::new(), files, listing, changes: false }
    }
}

/// Parts of the values that are looked at for changes.
const MAX_VALUES: usize = 100_000;
const MAX_DEPTH: usize = 200;

/// A number that changes with the values that charts share, and with which of their maps are the same; `None` where they
/// are too many. `scope` is the context of the root chart.
pub(super) fn fingerprint(scope: &Map) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    let mut seen = HashMap::new();
    let mut scopes = vec![scope.clone()];
    while let Some(scope) = scopes.pop() {
        for (key, value) in &*scope.entries.borrow() {
            match (&**key, &value.data) {
                // It is set anew for each template.
                ("Template", _) => {}
                ("Subcharts", Data::Map(children)) => {
                    let children = children.entries.borrow();
                    scopes.extend(children.values().filter_map(|child| match &child.data {
                        Data::Map(scope) => Some(scope.clone()),
                        _ => None,
                    }));
                }
                _ => {
                    value.extent(MAX_VALUES, MAX_DEPTH)?;
                    key.hash(&mut hasher);
                    hash(value, &mut seen, &mut hasher);
                }
            }
        }
    }
    Some(hasher.finish())
}

/// Recursion ends because the extent was looked at before.
fn hash(value: &Value, seen: &mut HashMap<*const RefCell<Entries>, usize>, hasher: &mut DefaultHasher) {
    match &value.data {
        Data::Map(map) => {
            let next = seen.len();
            match seen.entry(Rc::as_ptr(&map.entries)) {
                Entry::Occupied(first) => return (true, *first.get()).hash(hasher),
                Entry::Vacant(place) => (false, *place.insert(next)).hash(hasher),
            }
            let entries = map.entries.borrow();
            entries.len().hash(hasher);
            for (key, value) in &*entries {
                key.hash(hasher);
                hash(value, seen, hasher);
            }
        }
        Data::List(list) => {
            list.items.len().hash(hasher);
            list.items.iter().for_each(|item| hash(item, seen, hasher));
        }
        // Nobody can change what `.Files` and `.Capabilities` hold.
        Data::Object(_) => {}
        _ => {
            fmt::type_name(value).hash(hasher);
            fmt::text(value).as_str().hash(hasher);
        }
    }
}
