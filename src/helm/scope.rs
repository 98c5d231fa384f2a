//! What templates see: `.Values`, `.Chart`, `.Release`, `.Capabilities`, `.Files`, `.Template`, `.Subcharts` of each
//! chart (Helm's `engine.recAllTpls`).

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::files::Files;
use super::objects;
use super::reuse::{Basis, Reads};
use super::unit::Unit;
use super::values;
use crate::template::HelmVersion;
use crate::template::value::{Data, Map, Value};
use crate::vfs::Source;

/// The Go type of `.Values`, of the root and of `.Template`.
fn values_type(version: HelmVersion) -> &'static str {
    match version {
        HelmVersion::V3 => "chartutil.Values",
        HelmVersion::V4 => "common.Values",
    }
}

/// A template file of some chart of the rendering.
pub(super) struct Template {
    /// Helm's name: `t/charts/sub/templates/x.yaml`.
    pub(super) name: String,
    pub(super) source: Arc<Source>,
    /// The root context of the chart, shared by its templates.
    scope: Map,
    /// The folder of the chart's templates: `t/charts/sub/templates`.
    base: String,
    version: HelmVersion,
}

impl Template {
    /// Partials and helpers are parsed but print nothing of their own.
    pub(super) fn is_partial(&self) -> bool {
        self.name.rsplit('/').next().is_some_and(|name| name.starts_with('_'))
    }

    /// The root context with `.Template` set to this template.
    pub(super) fn enter(&self) -> Value {
        let of = [("Name", self.name.as_str()), ("BasePath", self.base.as_str())];
        let of = of.into_iter().map(|(key, text)| (Rc::from(key), Value::str(text))).collect();
        self.scope.entries.borrow_mut().insert(Rc::from("Template"), typed(Map::new(of), self.version));
        typed(self.scope.clone(), self.version)
    }
}

/// What is executed, and what that may see.
pub(super) struct Scope {
    /// All templates of a chart and of its dependencies, in the order in which Helm parses and executes them.
    pub(super) templates: Vec<Template>,
    /// The root context of the root chart.
    pub(super) root: Map,
    pub(super) basis: Basis,
    pub(super) reads: Rc<Reads>,
}

pub(super) fn scope(root: &Unit<'_>, values: Map, release: &Value, capabilities: &Value, basis: Basis) -> Scope {
    let reads = Rc::new(Reads::default());
    let mut collect = Collect { version: basis.version(), release, capabilities, basis, reads, found: BTreeMap::new() };
    let context = collect.unit(root, values, &root.name, true);
    let mut templates: Vec<_> = collect.found.into_values().collect();
    let depth = |template: &Template| template.name.matches('/').count();
    templates.sort_by(|a, b| depth(b).cmp(&depth(a)).then_with(|| b.name.cmp(&a.name)));
    Scope { templates, root: context, basis: collect.basis, reads: collect.reads }
}

struct Collect<'c> {
    version: HelmVersion,
    release: &'c Value,
    capabilities: &'c Value,
    basis: Basis,
    reads: Rc<Reads>,
    found: BTreeMap<String, Template>,
}

impl Collect<'_> {
    /// The root context of one chart; `path` is the chart's full name.
    fn unit(&mut self, unit: &Unit<'_>, values: Map, path: &str, root: bool) -> Map {
        let metadata = &unit.package.metadata;
        self.basis.add(unit.package, path);
        let children = Map::new(BTreeMap::new());
        let entries = [
            ("Chart", objects::chart(metadata, &unit.name, &unit.entries, root, self.version)),
            ("Files", Value::object(Files::of(unit.package, path, &self.reads))),
            ("Release", self.release.clone()),
            ("Capabilities", self.capabilities.clone()),
            ("Values", typed(values.clone(), self.version)),
            ("Subcharts", Data::Map(children.clone()).into()),
        ];
        let scope = Map::new(entries.into_iter().map(|(key, value)| (Rc::from(key), value)).collect());
        for child in &unit.dependencies {
            let table = values::table(&values, &child.name).unwrap_or_else(|| Map::new(BTreeMap::new()));
            let inner = self.unit(child, table, &format!("{path}/charts/{}", child.name), false);
            children.entries.borrow_mut().insert(Rc::from(child.name.as_str()), Data::Map(inner).into());
        }
        for (file, source) in &unit.package.files {
            if !file.starts_with("templates") || file.as_str() == "templates" {
                continue;
            }
            let template = Template {
                name: format!("{path}/{file}"),
                source: source.clone(),
                scope: scope.clone(),
                base: format!("{path}/templates"),
                version: self.version,
            };
            if !metadata.library || template.is_partial() {
                self.found.insert(template.name.clone(), template);
            }
        }
        scope
    }
}

fn typed(map: Map, version: HelmVersion) -> Value {
    Data::Map(Map { type_name: values_type(version), ..map }).into()
}
