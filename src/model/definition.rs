//! ComponentDefinitions, seen by themselves: containers, roles, accounts, actions (v1 spec §2.2).

use super::object::{Document, Node};

/// A ComponentDefinition of `apps.kubeblocks.io`: containers, variables, services, roles and accounts are the same in both
/// versions of its API, lifecycle actions are not.
#[derive(Clone, Copy)]
pub struct Definition<'w> {
    pub document: &'w Document,
    pub spec: Node<'w>,
}

/// What KubeBlocks can be made to do at a point of a component's life.
#[derive(Clone, Copy)]
pub struct Action<'w> {
    /// `memberLeave`; of a config its `reconfigure`.
    pub key: Node<'w>,
    pub node: Node<'w>,
}

/// What an account's password is made from: the field of 1.0 and 1.1, and that of 1.1 and later.
pub const PASSWORD_FIELDS: [&str; 2] = ["passwordGenerationPolicy", "passwordConfig"];

/// The one action whose container, image and variables are not used.
const AVAILABLE_PROBE: &str = "availableProbe";

impl<'w> Definition<'w> {
    /// `None` for other documents, and for those of which a part cannot be read.
    pub fn of(document: &'w Document) -> Option<Self> {
        let versions = ["apps.kubeblocks.io/v1", "apps.kubeblocks.io/v1alpha1"];
        let fits = document.kind() == Some("ComponentDefinition")
            && document.api_version().is_some_and(|version| versions.contains(&version))
            && document.is_sound();
        let spec = document.spec().filter(|_| fits)?;
        Some(Self { document, spec })
    }

    /// As [`Definition::of`], for the API since 1.0 alone.
    pub fn current(document: &'w Document) -> Option<Self> {
        Self::of(document).filter(|definition| definition.is_current())
    }

    /// It is of the API since 1.0.
    pub fn is_current(self) -> bool {
        self.document.api_version() == Some("apps.kubeblocks.io/v1")
    }

    /// `metadata.name`; empty where there is none.
    pub fn name(self) -> &'w str {
        self.document.name_text().unwrap_or_default()
    }

    /// Without init containers.
    pub fn containers(self) -> impl Iterator<Item = Node<'w>> {
        self.spec.list("runtime.containers")
    }

    pub fn init_containers(self) -> impl Iterator<Item = Node<'w>> {
        self.spec.list("runtime.initContainers")
    }

    /// Init containers, and those behind them.
    pub fn all_containers(self) -> impl Iterator<Item = Node<'w>> {
        self.init_containers().chain(self.containers())
    }

    /// The item of `services` that a variable means by this name: an empty one is the service without `serviceName`.
    /// Before 1.0 it may be called by its `serviceName` too.
    pub fn service(self, name: &str) -> Option<Node<'w>> {
        self.spec.list("services").find(|service| match name {
            "" => service.get("serviceName").is_none_or(|own| !own.known() || own.text() == Some("")),
            name if service.text_at("name") == Some(name) => true,
            name => !self.is_current() && service.text_at("serviceName") == Some(name),
        })
    }

    /// The names of the items of `roles`.
    pub fn roles(self) -> impl Iterator<Item = Node<'w>> {
        self.spec.list("roles").filter_map(|role| role.get("name"))
    }

    /// Lifecycle actions; those of `systemAccounts` are statements, not actions.
    pub fn actions(self) -> impl Iterator<Item = Action<'w>> {
        actions(self.spec)
    }

    /// `availableProbe`, which runs in the agent as the other actions make it.
    pub fn available_probe(self) -> Option<Action<'w>> {
        self.actions().find(|action| action.key.text() == Some(AVAILABLE_PROBE))
    }

    /// Lifecycle actions and the `reconfigure` actions of configs, which share one agent (v1 spec R016, R027).
    pub fn agent_actions(self) -> impl Iterator<Item = Action<'w>> {
        let configs = self.spec.list("configs").filter_map(|config| {
            Some(Action {
                key: config.key("reconfigure")?,
                node: config.get("reconfigure").filter(|a| a.is_mapping())?,
            })
        });
        self.actions().chain(configs).filter(|action| action.key.text() != Some(AVAILABLE_PROBE))
    }
}

/// The `lifecycleActions` of a ComponentDefinition's `spec`, or of a ShardingDefinition's.
pub fn actions<'w>(spec: Node<'w>) -> impl Iterator<Item = Action<'w>> {
    let actions = spec.get("lifecycleActions").into_iter().flat_map(Node::entries);
    actions.filter(|(_, node)| !node.is_null()).map(|(key, node)| Action { key, node })
}

impl<'w> Action<'w> {
    pub fn name(self) -> &'w str {
        self.key.text().unwrap_or_default()
    }

    pub fn exec(self) -> Option<Node<'w>> {
        self.node.get("exec")
    }

    /// What it runs, and what says where and with which variables: before 1.0 that is its `customHandler`, and a
    /// switchover has one for each of its two sorts.
    pub fn runs(self) -> Vec<(Node<'w>, Node<'w>)> {
        let holders = ["customHandler", "withCandidate", "withoutCandidate"].into_iter();
        let older =
            holders.filter_map(|key| self.node.get(key)).filter_map(|holder| Some((holder, holder.get("exec")?)));
        older.chain(self.exec().map(|exec| (exec, exec))).collect()
    }

    /// The field is written there, with a value or without.
    pub fn writes(self, key: &str) -> bool {
        self.node.key(key).is_some() || self.exec().is_some_and(|exec| exec.key(key).is_some())
    }

    /// A field of the action itself, or the older one of its `exec`.
    pub fn field(self, key: &str) -> Option<Node<'w>> {
        self.node.get(key).or_else(|| self.exec()?.get(key))
    }
}

/// A place that names a role of its own component.
#[derive(Clone, Copy)]
pub struct RoleUse<'w> {
    pub node: Node<'w>,
    /// The text is compared with the pods' label as it stands; else capitals do not matter.
    pub verbatim: bool,
    /// What happens when there is no such role.
    pub without: &'static str,
}

/// Where a definition names its own roles (v1 spec R019, R022, R029).
pub fn role_uses<'w>(definition: Definition<'w>) -> impl Iterator<Item = RoleUse<'w>> {
    let refused = "KubeBlocks refuses the definition: it becomes Unavailable, and no Cluster can use it.";
    let services = definition.spec.list("services").filter_map(|service| service.get("roleSelector"));
    let services = services.map(move |node| RoleUse { node, verbatim: true, without: refused });
    let available = definition.spec.at("available.withRole");
    let available = available.into_iter().map(move |node| RoleUse { node, verbatim: false, without: refused });
    let actions = definition.actions().filter_map(|action| {
        let by_role = action.field("targetPodSelector").and_then(Node::text) == Some("Role");
        let node = action.field("matchingKey").filter(|_| by_role)?;
        let without =
            "No pod has such a label: each call of the action fails, with `no available pod to execute action`.";
        Some(RoleUse { node, verbatim: true, without })
    });
    services.chain(available).chain(actions)
}
