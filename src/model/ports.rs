//! The ports of a component's containers, as they are after a ClusterVersion was merged in (legacy spec §7.2, §7.6).

use super::object::Node;
use super::volumes::Component;

/// An item of a container's `ports`.
#[derive(Clone, Copy)]
pub struct Port<'w> {
    pub node: Node<'w>,
    /// The container's name; empty where it has none.
    pub container: &'w str,
}

impl<'w> Port<'w> {
    pub fn name(self) -> Option<&'w str> {
        self.node.text_at("name")
    }

    pub fn number(self) -> Option<i64> {
        self.node.get("containerPort")?.integer()
    }

    /// `TCP` where nothing is written.
    pub fn protocol(self) -> &'w str {
        self.node.text_at("protocol").unwrap_or("TCP")
    }
}

/// The containers of a pod as one version of a component has them.
pub struct View<'w> {
    /// Each container with what its ClusterVersion has for it.
    pub containers: Vec<(Option<Node<'w>>, Option<Node<'w>>)>,
}

/// What the containers of a component are: with each ClusterVersion in view, or without where there is none.
pub fn views<'w>(component: &Component<'w>) -> Vec<View<'w>> {
    let own = || component.pod().into_iter().flat_map(|pod| pod.list("containers"));
    if component.versions.is_empty() {
        return vec![View { containers: own().map(|container| (Some(container), None)).collect() }];
    }
    let with = |version: &Node<'w>| {
        let name = |container: Node<'w>| container.text_at("name").unwrap_or_default();
        let given: Vec<Node> = version.list("versionsContext.containers").collect();
        let twin = |container: Node<'w>| given.iter().find(|twin| name(**twin) == name(container)).copied();
        let mut containers: Vec<_> = own().map(|container| (Some(container), twin(container))).collect();
        let added = given.iter().filter(|given| !own().any(|container| name(container) == name(**given)));
        containers.extend(added.map(|container| (None, Some(*container))));
        View { containers }
    };
    component.versions.iter().map(with).collect()
}

impl<'w> View<'w> {
    /// The ports of all containers: a version's list, where it has one, takes the place of the definition's.
    pub fn ports(&self) -> impl Iterator<Item = Port<'w>> {
        self.containers.iter().flat_map(|(own, given)| {
            let lists = |container: &Option<Node<'w>>| container.is_some_and(|c| c.list("ports").next().is_some());
            let source = if lists(given) { *given } else { own.or(*given) };
            let container = own.or(*given).and_then(|container| container.text_at("name")).unwrap_or_default();
            source.into_iter().flat_map(move |source| source.list("ports")).map(move |node| Port { node, container })
        })
    }

    /// Names and numbers of all ports are known.
    pub fn is_known(&self) -> bool {
        let fields = |port: Port<'w>| [port.node.get("name"), port.node.get("containerPort")];
        !self.containers.is_empty() && self.ports().flat_map(fields).flatten().all(Node::known)
    }
}
