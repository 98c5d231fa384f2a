//! Hosts in commands: the component that a name leads to, and by which of its services (legacy spec §3.2, §4.4, §7.1).

use std::collections::BTreeSet;

use super::legacy::{ComponentDef, Reference, Variable};
use super::object::Node;
use super::shell::{self, Form, Host, Use};

/// What a host stands for.
#[derive(Clone, Debug)]
pub enum Target {
    /// A component of the definition, by a reference's variable or by `$(KB_CLUSTER_NAME)-name`.
    Component { index: usize, name: Name },
    /// `$(KB_CLUSTER_NAME)-name`, where no component definition has that name.
    Unknown(String),
    /// A name that no service can have, and why; the component that was meant.
    Impossible { index: Option<usize>, why: String },
    /// Nothing that can be said.
    Open,
}

/// Which name of a component it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Name {
    /// `<cluster>-<component>`
    Service,
    /// `<cluster>-<component>-headless`
    Headless,
    /// A pod's, or a list of pods'.
    Pod,
    /// Something that a reference gave: a port, a part of a name.
    Other,
}

/// What the variable with the Cluster's name is called.
const CLUSTER_NAME: &str = "KB_CLUSTER_NAME";
/// Variables whose values use variables: no deeper than this.
const MAX_DEPTH: u32 = 8;

/// What variables mean in one container of one component.
#[derive(Clone)]
pub struct Scope<'o, 'w> {
    components: &'o [ComponentDef<'w>],
    from: usize,
    /// The container's `env`; `None` for values that come from elsewhere.
    env: Vec<(&'w str, Option<&'w str>)>,
    /// What the script assigns; `None` for what cannot be read off.
    assigned: Vec<(&'o str, Option<&'o str>)>,
}

/// How much of a scope can be seen: a value sees only what stands above it.
#[derive(Clone, Copy)]
struct View {
    env: usize,
    assigned: usize,
    depth: u32,
}

enum Meaning<'s, 'w> {
    Text(&'s str, View),
    Declared(Reference<'w>, Variable<'w>),
    ClusterName,
    Open,
}

impl<'o, 'w> Scope<'o, 'w> {
    pub fn new(components: &'o [ComponentDef<'w>], from: usize, container: Node<'w>) -> Self {
        let env = container.list("env").filter_map(|env| Some((env.text_at("name")?, env.text_at("value"))));
        Self { components, from, env: env.collect(), assigned: Vec::new() }
    }

    /// The same inside of a script.
    pub fn script(&self, text: &'o str) -> Self {
        Self { assigned: shell::assignments(text), ..self.clone() }
    }

    fn view(&self) -> View {
        View { env: self.env.len(), assigned: self.assigned.len(), depth: 0 }
    }

    /// The index of the component with this name.
    fn index(&self, name: &str) -> Option<usize> {
        (!name.is_empty()).then(|| self.components.iter().position(|component| component.name() == name)).flatten()
    }

    fn meaning(&self, used: &Use<'_>, view: View) -> Meaning<'_, 'w> {
        let deeper = View { depth: view.depth + 1, ..view };
        let assigned = self.assigned[..view.assigned].iter().enumerate();
        // The kubelet knows nothing of what a script assigns.
        let mut assigned = assigned.filter(|(_, (name, _))| *name == used.name && used.form != Form::Parentheses);
        match (assigned.next(), assigned.next()) {
            (Some((at, (_, Some(text)))), None) => return Meaning::Text(text, View { assigned: at, ..deeper }),
            (Some(_), _) => return Meaning::Open,
            (None, _) => {}
        }
        let env = self.env[..view.env].iter().enumerate().rfind(|(_, (name, _))| *name == used.name);
        match env {
            Some((at, (_, Some(text)))) => return Meaning::Text(text, View { env: at, assigned: 0, ..deeper }),
            Some(_) => return Meaning::Open,
            None => {}
        }
        match self.components[self.from].variables().filter(|(_, variable)| variable.name() == used.name).last() {
            Some((reference, variable)) => Meaning::Declared(reference, variable),
            None if used.name == CLUSTER_NAME => Meaning::ClusterName,
            None => Meaning::Open,
        }
    }

    /// The component that a variable leads to by a reference; `above` is the number of the `env` entries that the
    /// use can see.
    pub fn declared(&self, used: &Use<'_>, above: usize) -> Option<usize> {
        match self.meaning(used, View { env: above.min(self.env.len()), ..self.view() }) {
            Meaning::Declared(reference, _) => self.index(reference.target_name()),
            _ => None,
        }
    }

    /// What a host in a text of the container stands for.
    pub fn target(&self, host: &Host<'_>) -> Target {
        self.target_in(host, self.view())
    }

    fn target_in(&self, host: &Host<'_>, view: View) -> Target {
        let written = match self.meaning(&host.variable, view) {
            Meaning::Text(text, view) => (text, view),
            Meaning::Declared(reference, variable) => match variable.node.text_at("value") {
                Some(text) => (text, View { env: 0, assigned: 0, depth: view.depth + 1 }),
                None => return self.by_reference(host, reference, variable),
            },
            Meaning::ClusterName => return self.by_name(host),
            Meaning::Open => return Target::Open,
        };
        let (text, view) = written;
        if view.depth > MAX_DEPTH {
            return Target::Open;
        }
        let word = format!("{text}{}{}", host.suffix, host.rest);
        let targets = shell::hosts(&word).into_iter().map(|inner| {
            let prefixed = inner.prefixed || host.prefixed;
            self.target_in(&Host { prefixed, ..inner }, view)
        });
        targets.into_iter().find(|target| !matches!(target, Target::Open)).unwrap_or(Target::Open)
    }

    fn by_reference(&self, host: &Host<'_>, reference: Reference<'w>, variable: Variable<'w>) -> Target {
        let target = reference.target_name();
        let Some(index) = self.index(target) else { return Target::Open };
        let found = |name| Target::Component { index, name };
        let impossible = |why| Target::Impossible { index: Some(index), why };
        let source = variable.source().and_then(Node::text);
        let stateless = self.components[index].workload_type() == Some("Stateless");
        let stem = host.suffix.strip_suffix("-headless");
        match (source, stem) {
            (Some("ServiceRef" | "HeadlessServiceRef"), _) if host.prefixed => found(Name::Pod),
            (Some("ServiceRef"), Some("")) => found(Name::Headless),
            (Some("ServiceRef"), Some(stem)) if stem.ends_with("-headless") => {
                impossible("`-headless` is added twice.".to_owned())
            }
            (Some("ServiceRef"), Some(stem)) if stem.strip_prefix('-') == Some(target) => {
                impossible(format!("`{}` is `<cluster>-{target}` already.", host.variable.name))
            }
            (Some("ServiceRef"), None) if host.suffix.is_empty() => found(Name::Service),
            (Some("ServiceRef"), None) if is_ordinal(host.suffix) => found(Name::Pod),
            // Another rule says that pods of a Stateless component have no names.
            (Some("HeadlessServiceRef"), Some("")) if !stateless && lists_pods(variable) => {
                let name = host.variable.name;
                impossible(format!("`{name}` is a list of the pods' full names, not the name of a service."))
            }
            (Some("HeadlessServiceRef"), _) => found(Name::Pod),
            _ => found(Name::Other),
        }
    }

    /// `$(KB_CLUSTER_NAME)` and what follows.
    fn by_name(&self, host: &Host<'_>) -> Target {
        let Some(rest) = host.suffix.strip_prefix('-') else { return Target::Open };
        let found = |index, name| {
            let name = if host.prefixed { Name::Pod } else { name };
            Target::Component { index, name }
        };
        if let Some(index) = self.index(rest) {
            return found(index, Name::Service);
        }
        let stem = if rest == "headless" { Some("") } else { rest.strip_suffix("-headless") };
        if let Some(index) = stem.and_then(|stem| self.index(stem)) {
            return found(index, Name::Headless);
        }
        let pod = rest.rfind('-').filter(|at| is_ordinal(&rest[*at..])).and_then(|at| self.index(&rest[..at]));
        if let Some(index) = pod {
            return found(index, Name::Pod);
        }
        if host.prefixed {
            return Target::Open;
        }
        if stem == Some("") {
            let why = "A Cluster has no headless service; its components have.".to_owned();
            return Target::Impossible { index: None, why };
        }
        if let Some(index) = stem.and_then(|stem| self.index(stem.strip_suffix("-headless")?)) {
            return Target::Impossible { index: Some(index), why: "`-headless` is added twice.".to_owned() };
        }
        // A Cluster may have more services, and components with longer names.
        match self.longest(rest) {
            Some(_) => Target::Open,
            None => Target::Unknown(stem.unwrap_or(rest).to_owned()),
        }
    }

    /// The component with the longest name that `rest` begins with.
    fn longest(&self, rest: &str) -> Option<usize> {
        let begins = |name: &str| rest.strip_prefix(name).is_some_and(|more| more.is_empty() || more.starts_with('-'));
        let found = self.components.iter().enumerate().filter(|(_, c)| !c.name().is_empty() && begins(c.name()));
        found.max_by_key(|(_, component)| component.name().len()).map(|(index, _)| index)
    }

    /// Every component that a text may lead to, in whatever way.
    pub fn mentions(&self, text: &str) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        self.collect(text, self.view(), &mut found);
        // Programs other than shells read variables by name.
        let named = self.components[self.from]
            .variables()
            .filter(|(_, variable)| !variable.name().is_empty() && shell::mentions(text, variable.name()));
        found.extend(named.filter_map(|(reference, _)| self.index(reference.target_name())));
        found
    }

    fn collect(&self, text: &str, view: View, found: &mut BTreeSet<usize>) {
        for host in shell::hosts(text) {
            match self.meaning(&host.variable, view) {
                Meaning::Text(value, view) if view.depth <= MAX_DEPTH => {
                    self.collect(&format!("{value}{}", host.suffix), view, found);
                }
                Meaning::Declared(reference, _) => found.extend(self.index(reference.target_name())),
                Meaning::ClusterName => {
                    found.extend(host.suffix.strip_prefix('-').and_then(|rest| self.longest(rest)));
                }
                _ => {}
            }
        }
    }
}

/// `-0`
fn is_ordinal(suffix: &str) -> bool {
    suffix.strip_prefix('-').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The variable is a list with an item for each pod (legacy spec §3.2, §3.4).
fn lists_pods(variable: Variable<'_>) -> bool {
    variable.node.at("valueFrom.format").and_then(Node::text).is_none_or(|format| format.contains("$(POD_"))
}
