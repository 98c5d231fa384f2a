//! The charts that take part in one rendering: dependencies switched on and off, renamed, their values imported
//! (`chartutil/dependencies.go`, spec §11).

use std::collections::BTreeMap;
use std::rc::Rc;

use super::chart::{Entry, Import, Package};
use super::values::{self, Nulls};
use crate::template::value::{Data, Map, Value};

/// A chart in one rendering.
pub(super) struct Unit<'p> {
    pub(super) package: &'p Package,
    /// The alias, or the chart's own name.
    pub(super) name: String,
    /// values.yaml, and what was imported from dependencies.
    pub(super) defaults: Map,
    /// Items of Chart.yaml's `dependencies` that are switched on.
    pub(super) entries: Vec<&'p Entry>,
    /// Dependencies that are switched on.
    pub(super) dependencies: Vec<Unit<'p>>,
}

impl<'p> Unit<'p> {
    /// All dependencies of a chart, nothing switched off yet. `defaults` reads a chart's values.yaml.
    pub(super) fn new(package: &'p Package, name: &str, defaults: &dyn Fn(&Package) -> Map) -> Self {
        let dependencies = package.dependencies.iter();
        let dependencies =
            dependencies.map(|dependency| Unit::new(&dependency.package, &dependency.name, defaults)).collect();
        Self {
            package,
            name: name.to_owned(),
            defaults: defaults(package),
            entries: package.metadata.dependencies.iter().collect(),
            dependencies,
        }
    }

    /// Switches dependencies off and imports their values.
    ///
    /// # Errors
    /// Helm's words where values have the wrong shape.
    pub(super) fn process(&mut self, user: &Map, nulls: Nulls) -> Result<(), String> {
        self.switch(user, "", nulls)?;
        self.import()
    }

    fn switch(&mut self, user: &Map, path: &str, nulls: Nulls) -> Result<(), String> {
        if self.package.metadata.dependencies.is_empty() {
            return Ok(());
        }
        let values = values::coalesce(self, user, nulls)?;
        let off: Vec<_> = self.entries.iter().filter(|entry| !enabled(entry, &values, path)).map(|e| e.key()).collect();
        self.entries.retain(|entry| !off.contains(&entry.key()));
        self.dependencies.retain(|dependency| !off.contains(&dependency.name.as_str()));
        for dependency in &mut self.dependencies {
            let path = format!("{path}{}.", dependency.name);
            dependency.switch(&values, &path, nulls)?;
        }
        Ok(())
    }

    /// The paths of values that come from dependencies which are switched on and not there, as the chart itself knows
    /// them, and as charts below know their own. Empty for what a missing one brings to the root.
    pub(super) fn unseen(&self) -> Vec<String> {
        let here = |name: &str| self.package.dependencies.iter().any(|child| child.package.metadata.name == name);
        let absent = self.entries.iter().filter(|entry| !here(&entry.name));
        let mut found: Vec<String> = absent
            .flat_map(|entry| {
                let imports = entry.imports.iter().map(|import| match import {
                    Import::Export(_) => String::new(),
                    Import::Path { parent, .. } => parent.trim_matches('.').to_owned(),
                });
                imports.chain([entry.key().to_owned()]).collect::<Vec<_>>()
            })
            .collect();
        for dependency in &self.dependencies {
            for path in dependency.unseen() {
                found.push(format!("{}.{path}", dependency.name).trim_end_matches('.').to_owned());
                found.push(path);
            }
        }
        found
    }

    fn import(&mut self) -> Result<(), String> {
        for dependency in &mut self.dependencies {
            dependency.import()?;
        }
        if self.package.metadata.dependencies.is_empty() {
            return Ok(());
        }
        let values = values::coalesce(self, &Map::new(BTreeMap::new()), Nulls::Keep)?;
        let imported = Map::new(BTreeMap::new());
        for entry in &self.entries {
            for import in &entry.imports {
                let (child, parent) = match import {
                    Import::Export(name) => (format!("exports.{name}"), "."),
                    Import::Path { child, parent } => (child.clone(), parent.as_str()),
                };
                if let Some(table) = values::table(&values, &format!("{}.{child}", entry.key())) {
                    values::merge_tables(&imported, &at_path(parent, table), Nulls::Keep);
                }
            }
        }
        let values = values::copy_map(&values);
        values::merge_tables(&values, &values::copy_map(&imported), Nulls::Keep);
        self.defaults = values;
        Ok(())
    }
}

/// Whether an item of `dependencies` is switched on: by the first of its conditions that is a boolean, else by its
/// tags.
pub(super) fn enabled(entry: &Entry, values: &Map, path: &str) -> bool {
    for condition in entry.condition.trim().split(',').filter(|condition| !condition.is_empty()) {
        if let Some(Value { data: Data::Bool(on), .. }) = values::path_value(values, &format!("{path}{condition}")) {
            return on;
        }
    }
    let Some(Value { data: Data::Map(tags), .. }) = values.get("tags") else { return true };
    let set: Vec<bool> = entry
        .tags
        .iter()
        .filter_map(|tag| match tags.get(tag)?.data {
            Data::Bool(on) => Some(on),
            _ => None,
        })
        .collect();
    set.is_empty() || set.contains(&true)
}

/// `table` as the value at `path`; `.` is the root.
fn at_path(path: &str, table: Map) -> Map {
    if path == "." {
        return table;
    }
    path.rsplit('.').fold(table, |inner, key| Map::new([(Rc::from(key), Data::Map(inner).into())].into()))
}
