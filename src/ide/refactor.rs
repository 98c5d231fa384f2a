//! What can be rewritten without a finding.

use super::Cursor;
use super::locate::{ancestors, list_of, spots};
use crate::diagnostic::Edit;
use crate::model::kubernetes;
use crate::model::lines;
use crate::model::object::Node;
use crate::model::resolve::{COMPONENT_DEFINITION, CONFIG_MAP};
use crate::world::{Chart, World};

/// A rewriting: its name, and what it changes.
pub(super) struct Rewriting {
    pub(super) title: String,
    pub(super) edits: Vec<Edit>,
}

/// Makes a ConfigMap that a pod mounts as it is one that KubeBlocks renders: the volume becomes an item of `configs`. The
/// mounts stay. (In ClusterDefinitions a rule says that it must be so.)
pub(super) fn extract(world: &World, at: Cursor) -> Option<Rewriting> {
    spots(world, at).into_iter().find_map(|spot| {
        let item = ancestors(spot.node).find(|above| list_of(*above) == Some("volumes"))?;
        let source = item.get("configMap")?;
        // What else a volume says has no place there.
        let is_plain = |node: Node<'_>, known: &[&str]| {
            node.entries().all(|(key, _)| key.text().is_some_and(|key| known.contains(&key)))
        };
        if !is_plain(item, &["name", "configMap"]) || !is_plain(source, &["name"]) {
            return None;
        }
        let (volume, name) = (item.text_at("name")?, source.text_at("name")?);
        kubernetes::objects(world, spot.chart, CONFIG_MAP, name).first()?;
        let root = lines::root_at(spot.chart, item.get("name")?)?;
        let edits = vec![lines::removed_item(spot.chart, item)?, added(spot.chart, item, volume, name, root)?];
        Some(Rewriting { title: format!("Move the volume `{volume}` into `configs`"), edits })
    })
}

/// The item of `configs`, in its place.
fn added(chart: &Chart, volume: Node<'_>, name: &str, map: &str, root: &str) -> Option<Edit> {
    let document = volume.document;
    let spec = document.spec().filter(|_| document.kind() == Some(COMPONENT_DEFINITION.kind))?;
    let dot = if root == "." { "" } else { root };
    let key = if document.api_version() == Some("apps.kubeblocks.io/v1") { "template" } else { "templateRef" };
    let text = format!(
        "- name: {name}\n  {key}: {map}\n  namespace: {{{{ {dot}.Release.Namespace }}}}\n  volumeName: {name}\n"
    );
    match spec.get("configs") {
        Some(items) => lines::put_item(chart, items, &text),
        None if spec.key("configs").is_some() => None,
        None => lines::put_entry(chart, spec, &format!("configs:\n{}", lines::indented(&text, 2))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;
    use crate::rules;

    const MAP: &str = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: texts}\ndata: {a: x}\n";

    /// The file after the rewriting; `None` where there is none.
    fn after(text: &str) -> Option<String> {
        let fixture = Fixture::of(&format!("#- templates/a.yaml\n{text}{MAP}"));
        let (source, cursor) = fixture.cursor();
        let mut edits = extract(&fixture.world, cursor)?.edits;
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.span));
        let text = edits.iter().fold(source.text.to_string(), |text, edit| {
            crate::text::replace(&text, edit.span.range, &edit.text).to_string()
        });
        // Nobody has anything against it.
        let again = Fixture::of(&format!("#- templates/a.yaml\n<|>{text}"));
        let found = |fixture: &Fixture| rules::check(&fixture.world).iter().map(|it| it.rule).collect::<Vec<_>>();
        let before = found(&fixture);
        assert!(found(&again).iter().all(|rule| before.contains(rule)), "{:?}: {text}", found(&again));
        Some(text.strip_suffix(MAP).unwrap().to_owned())
    }

    #[test]
    fn volumes_become_configs() {
        let current = "apiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\nmetadata: {name: tide-1}\nspec:\n  serviceVersion: 1.0.0\n  runtime:\n    volumes:\n      - name: conf\n        configMap:\n          name: tex<|>ts\n    containers:\n      - name: a\n        image: example/a:1\n        volumeMounts: [{name: conf, mountPath: /conf}]\n";
        let expected = "apiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\nmetadata: {name: tide-1}\nspec:\n  configs:\n    - name: conf\n      template: texts\n      namespace: {{ .Release.Namespace }}\n      volumeName: conf\n  serviceVersion: 1.0.0\n  runtime:\n    containers:\n      - name: a\n        image: example/a:1\n        volumeMounts: [{name: conf, mountPath: /conf}]\n";
        assert_eq!(after(current).as_deref(), Some(expected));
        for other in ["          optional: true\n", "          items: [{key: a, path: b}]\n"] {
            assert_eq!(after(&current.replace("tex<|>ts\n", &format!("tex<|>ts\n{other}"))), None);
        }
        assert_eq!(after(&current.replace("tex<|>ts", "oth<|>ers")), None);
        assert_eq!(after(&current.replace("tex<|>ts", "texts").replace("1.0.0", "1.0.<|>0")), None);
    }
}
