//! Mounts without a volume.

use crate::diagnostic::nearest;
use crate::model::object::Node;
use crate::model::volumes::Component;

/// The mounts without a volume, each with the volume without a mount that is likely meant.
pub(in crate::rules) fn unprovided<'w>(component: &Component<'w>) -> Vec<(Node<'w>, Option<Node<'w>>)> {
    let templates = component.all_templates();
    let offered = templates.filter_map(|template| template.volume()).chain(component.claims().map(|(_, claim)| claim));
    let offered = offered.chain(component.pod_volumes().filter_map(|volume| volume.get("name")));
    let unmounted: Vec<Node> =
        offered.filter(|volume| volume.text().is_some_and(|name| !component.is_mounted(name))).collect();
    let names: Vec<&str> = unmounted.iter().filter_map(|volume| volume.text()).collect();
    let unprovided: Vec<Node> = component.unprovided_mounts().into_iter().filter(|mount| mount.known()).collect();
    let meant = |mount: &Node| {
        let name = mount.text()?;
        let twin = nearest(name, names.iter().copied()).or_else(|| twin(name, &names, &unprovided));
        twin.and_then(|twin| unmounted.iter().copied().find(|volume| volume.text() == Some(twin)))
    };
    unprovided.iter().map(|mount| (*mount, meant(mount))).collect()
}

/// The one volume without a mount that ends in the same word as this mount without a volume, which is the only one that
/// does.
fn twin<'n>(mount: &str, volumes: &[&'n str], mounts: &[Node]) -> Option<&'n str> {
    let last = |name: &str| name.rsplit('-').next().unwrap_or_default().to_owned();
    let same = |name: &&str| name.contains('-') && last(name) == last(mount);
    let mut found = volumes.iter().copied().filter(same);
    let first = found.next().filter(|_| mount.contains('-'))?;
    let alone = mounts.iter().filter_map(|mount| mount.text()).filter(same).count() == 1;
    (alone && found.next().is_none()).then_some(first)
}
