//! What can be rewritten without a finding.

use super::Cursor;
use super::locate::{ancestors, list_of, spots};
use crate::diagnostic::Edit;
use crate::helm::outline::{EntryId, EntryKind};
use crate::model::kubernetes;
use crate::model::lines;
use crate::model::object::Node;
use crate::model::resolve::{COMPONENT_DEFINITION, CONFIG_MAP};
use crate::text::Span;
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
        let (removal, map) = removed(world, at)?;
        let edits = vec![removal, added(spot.chart, item, volume, &map, root)?];
        Some(Rewriting { title: format!("Move the volume `{volume}` into `configs`"), edits })
    })
}

/// The lines of the item of `volumes` at the cursor taken out, the list with them where nothing else is in it; and how the
/// ConfigMap's name is written there.
fn removed(world: &World, at: Cursor) -> Option<(Edit, String)> {
    let file = world.files.get(&at.file)?;
    let (outline, text) = (file.outline(), file.text());
    let line_of = |id: EntryId| text[..outline.entry(id).range.start as usize].rfind('\n').map_or(0, |end| end + 1);
    let is_volume = |id: &EntryId| {
        let entry = outline.entry(*id);
        let list = entry.parent.and_then(|list| outline.key(list));
        entry.kind == EntryKind::Item && !entry.flow && list == Some("volumes") && line_of(*id) <= at.offset as usize
    };
    let item = outline.ids().rfind(is_volume)?;
    let name = outline.entry(outline.child(outline.child(item, "configMap")?, "name")?).value?;
    let quote = name.quote.map(String::from).unwrap_or_default();
    let name = format!("{quote}{}{quote}", name.range.of(text));
    let list = outline.entry(item).parent?;
    let alone = outline.children(Some(list), outline.document_of(list)).count() == 1;
    let start = line_of(item);
    let mut end = start;
    for (number, line) in text[start..].split_inclusive('\n').enumerate() {
        let inside = line.len() - line.trim_start().len() > outline.entry(item).column as usize;
        // Nobody knows what would be left of a condition.
        if number > 0 && inside && line.trim_start().starts_with("{{") {
            return None;
        }
        if number > 0 && !inside {
            break;
        }
        end += line.len();
    }
    let start = if alone { line_of(list) } else { start };
    Some((Edit { span: Span::new(at.file, start, end), text: String::new() }, name))
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
        after_with(text, "")
    }

    fn after_with(text: &str, others: &str) -> Option<String> {
        let fixture = Fixture::of(&format!("#- templates/a.yaml\n{text}{MAP}{others}"));
        let (source, cursor) = fixture.cursor();
        let mut edits = extract(&fixture.world, cursor)?.edits;
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.span));
        let text = edits.iter().fold(source.text.to_string(), |text, edit| {
            crate::text::replace(&text, edit.span.range, &edit.text).to_string()
        });
        // Nobody has anything against it.
        let again = Fixture::of(&format!("#- templates/a.yaml\n<|>{text}{others}"));
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
        let computed = current.replace("tex<|>ts", "{{ inc<|>lude \"map\" . }}");
        let helper = "#- templates/_h.tpl\n{{ define \"map\" }}texts{{ end }}\n";
        let expected = expected.replace("template: texts", "template: {{ include \"map\" . }}");
        assert_eq!(after_with(&computed, helper).as_deref(), Some(&*expected));
        for other in ["          optional: true\n", "          items: [{key: a, path: b}]\n"] {
            assert_eq!(after(&current.replace("tex<|>ts\n", &format!("tex<|>ts\n{other}"))), None);
        }
        assert_eq!(after(&current.replace("tex<|>ts", "oth<|>ers")), None);
        assert_eq!(after(&current.replace("tex<|>ts", "texts").replace("1.0.0", "1.0.<|>0")), None);
    }
}
