//! ParametersDefinitions and ParamConfigRenderers: which configs of a definition they manage (v1 spec §2.6).

use std::collections::BTreeSet;

use super::cue;
use super::definition::Definition;
use super::index::Object;
use super::object::Node;
use super::pattern::{Mode, Pattern};
use super::resolve::{PARAM_CONFIG_RENDERER, PARAMETERS_DEFINITION};
use super::uses::Uses;
use crate::schema::release::{Release, ReleaseSet};
use crate::world::{Chart, World};

/// A ParametersDefinition or a ParamConfigRenderer.
pub struct Manager<'w> {
    pub object: Object<'w>,
    pub spec: Node<'w>,
    /// A ParamConfigRenderer: the way before 1.2, which later ones still know.
    pub renderer: bool,
    /// `componentDef`; a ParametersDefinition without one is for renderers only.
    pattern: Option<(&'w str, Pattern<'w>)>,
}

/// A release that the chart allows reads `componentDef` of a ParametersDefinition: before 1.2 it names no definition.
pub fn names_definitions(chart: &Chart) -> bool {
    chart.promised().is_none_or(|promised| promised.contains(Release::V1_2))
}

/// All that a chart's definitions may be managed by; `None` where one of them cannot be read.
pub fn managers<'w>(world: &'w World, chart: &'w Chart) -> Option<Vec<Manager<'w>>> {
    let of = |renderer, target: super::resolve::GroupKind<'static>| {
        let objects = world.index().candidates(chart, target);
        objects.map(move |object| (object, renderer))
    };
    let all = of(false, PARAMETERS_DEFINITION).chain(of(true, PARAM_CONFIG_RENDERER));
    all.map(|(object, renderer)| {
        let spec = object.root()?.get("spec").filter(|_| object.document.is_sound())?;
        let name = spec.get("componentDef").filter(|name| name.text() != Some(""));
        let pattern = match name {
            Some(name) => {
                let text = name.known_text()?;
                Some((text, Pattern::new(Mode::PrefixOrRegex, text)))
            }
            None => None,
        };
        let sure = pattern.as_ref().is_none_or(|(_, pattern)| !pattern.is_unsure());
        sure.then_some(Manager { object, spec, renderer, pattern })
    })
    .collect()
}

impl<'w> Manager<'w> {
    /// It is an object of this chart.
    pub fn is_of(&self, chart: &Chart) -> bool {
        std::ptr::eq(&**self.object.chart, chart)
    }

    /// The text of `componentDef`; empty where there is none.
    pub fn wants(&self) -> &'w str {
        self.pattern.as_ref().map_or("", |(text, _)| text)
    }

    /// Its `componentDef` takes the definition.
    pub fn takes(&self, definition: Definition<'_>) -> bool {
        self.pattern.as_ref().is_some_and(|(_, pattern)| pattern.matches(definition.name()))
    }

    /// Its `serviceVersion`, if it has one, is the definition's to the letter (v1 spec R141).
    pub fn is_of_version(&self, definition: Definition<'_>) -> bool {
        let wanted = self.spec.text_at("serviceVersion").unwrap_or_default();
        wanted.is_empty() || definition.spec.text_at("serviceVersion").unwrap_or_default() == wanted
    }

    /// A renderer names it, so that it works in the old way.
    pub fn is_rendered(&self, all: &[Manager<'_>]) -> bool {
        let name = self.object.name();
        let renderers = all.iter().filter(|other| other.renderer);
        renderers.flat_map(|renderer| renderer.spec.list("parametersDefs")).any(|entry| entry.text() == name)
    }

    /// The definitions whose files it is for: those of its own `componentDef`, and those of the renderers that name it;
    /// `None` where some are not known.
    pub fn definitions(&self, uses: &Uses<'w>, all: &[Manager<'w>]) -> Option<Vec<Definition<'w>>> {
        let name = self.object.name();
        let names = |other: &&Manager| {
            other.renderer && other.spec.list("parametersDefs").any(|entry| entry.text() == name || !entry.known())
        };
        let own = self.spec.get("componentDef").filter(|name| name.text() != Some(""));
        let renderers = all.iter().filter(names).map(|renderer| renderer.spec.get("componentDef"));
        let found: Option<Vec<_>> = renderers.chain(own.map(Some)).map(|node| uses.of_node(node?)).collect();
        found.map(|found| found.concat())
    }

    /// The releases in which it manages a config of the definition.
    fn manages(&self, definition: Definition<'_>, config: &str) -> ReleaseSet {
        if !self.takes(definition) {
            return ReleaseSet::NONE;
        }
        let exact = self.wants() == definition.name();
        let new = self.spec.text_at("templateName") == Some(config) && self.is_of_version(definition);
        let releases: &[Release] = match (self.renderer, exact) {
            (true, true) => &[Release::V1_0, Release::V1_1, Release::V1_2],
            (true, false) => &[Release::V1_1, Release::V1_2],
            (false, _) if new => &[Release::V1_2],
            (false, _) => &[],
        };
        releases.iter().copied().collect()
    }

    /// The parameters that its schema knows; `None` where the schema is open, or cannot be read.
    fn parameters(&self) -> Option<BTreeSet<&'w str>> {
        schema_of(self.spec)
    }
}

/// The parameters that the schema of a ParametersDefinition or a ConfigConstraint knows; `None` where it is open, or
/// cannot be read.
pub fn schema_of(spec: Node<'_>) -> Option<BTreeSet<&str>> {
    let older = spec.get("configurationSchema");
    let (schema, key) = match older {
        Some(schema) => (schema, spec.text_at("cfgSchemaTopLevelName")),
        None => (spec.get("parametersSchema")?, spec.text_at("parametersSchema.topLevelKey")),
    };
    if ["schema", "schemaInJSON"].into_iter().any(|key| schema.key(key).is_some()) {
        return None;
    }
    let cue = schema.get("cue")?.known_text()?;
    Some(cue::fields(cue, key.filter(|key| !key.is_empty()))?.into_iter().collect())
}

/// The releases in which something manages a config of a definition.
pub fn managed_in(all: &[Manager<'_>], definition: Definition<'_>, config: &str) -> ReleaseSet {
    all.iter().fold(ReleaseSet::NONE, |found, manager| found.or(manager.manages(definition, config)))
}

/// The parameters that the schemas for a definition know together; `None` where one is open, or there is none.
pub fn parameters_of<'w>(world: &'w World, chart: &'w Chart, definition: Definition<'_>) -> Option<BTreeSet<&'w str>> {
    let all = managers(world, chart)?;
    let named = all.iter().filter(|manager| manager.renderer && manager.takes(definition));
    let named: Vec<&str> =
        named.flat_map(|renderer| renderer.spec.list("parametersDefs")).filter_map(Node::text).collect();
    let is_named = |manager: &Manager| manager.object.name().is_some_and(|name| named.contains(&name));
    let own: Vec<&Manager> =
        all.iter().filter(|manager| !manager.renderer && (manager.takes(definition) || is_named(manager))).collect();
    let there = |name: &&str| own.iter().any(|manager| manager.object.name() == Some(name));
    if own.is_empty() || !named.iter().all(there) {
        return None;
    }
    let known: Vec<_> = own.into_iter().map(Manager::parameters).collect::<Option<_>>()?;
    Some(known.into_iter().flatten().collect())
}

/// Some parameters' names may be those of one: `a.b` also of a structure `a`.
pub fn knows(parameters: &BTreeSet<&str>, name: &str) -> bool {
    let first = name.split('.').next().unwrap_or_default();
    parameters.contains(name) || parameters.contains(first)
}
