//! Words beside the text: what an expression becomes, and what a pattern takes.

use std::collections::{BTreeMap, BTreeSet};

use super::{hover, template};
use crate::diagnostic::Located;
use crate::helm::{RELEASE_NAME, RELEASE_NAMESPACE};
use crate::template::ast::ActionKind;
use crate::template::traced::Origin;
use crate::text::{Span, TextRange};
use crate::world::World;

/// Longer values (in characters) are not shown.
const MAX_VALUE: usize = 40;
/// Names of objects that are listed when somebody wants to know more.
const MAX_NAMES: usize = 10;

/// Which hints are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// The values of expressions.
    pub values: bool,
    /// What references take.
    pub references: bool,
}

/// A word that nobody wrote.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Hint {
    /// Behind which byte it stands.
    pub at: u32,
    pub label: String,
    /// More of it; may be empty.
    pub more: String,
    /// Where it leads.
    pub place: Option<Span>,
}

/// The hints inside `at`, in order.
pub fn hints(world: &World, at: Span, wanted: Wanted) -> Vec<Hint> {
    let mut found = BTreeSet::new();
    if wanted.values {
        found.extend(values(world, at));
    }
    if wanted.references {
        found.extend(references(world, at));
    }
    found.into_iter().collect()
}

/// What actions print, where that is one short text in every rendering.
fn values(world: &World, at: Span) -> Vec<Hint> {
    let Some(file) = world.files.get(&at.file) else { return Vec::new() };
    let syntax = file.syntax();
    let actions =
        syntax.actions.iter().filter(|action| action.kind == ActionKind::Print && at.range.contains(action.range));
    let secrets: Vec<TextRange> =
        template::symbols(file).into_iter().filter(hover::is_secret_value).map(|symbol| symbol.origin).collect();
    let shown = actions.filter(|action| !secrets.iter().any(|secret| action.range.contains(*secret)));
    // `None` where an action printed more than one text.
    let mut printed: BTreeMap<TextRange, Option<&str>> = shown.map(|action| (action.range, Some(""))).collect();
    if printed.is_empty() {
        return Vec::new();
    }
    let own = |chart: &&std::sync::Arc<crate::world::Chart>| file.source.path.starts_with(&chart.root);
    let charts = world.charts_of(at.file);
    let helper = file.source.path.file_name().is_some_and(|name| name.starts_with('_'));
    for chart in charts.iter().filter(|chart| helper || own(chart)) {
        for rendered in chart.rendering().into_iter().flat_map(|render| &render.files) {
            if !helper && rendered.source.id != at.file {
                continue;
            }
            let text = rendered.text.as_str();
            let mut last: Option<(TextRange, TextRange)> = None;
            let mut take = |last: Option<(TextRange, TextRange)>| {
                let Some((action, text_range)) = last else { return };
                let Some(known) = printed.get_mut(&action) else { return };
                let new = text_range.of(text);
                *known = match *known {
                    Some("") => Some(new),
                    Some(old) if old == new => Some(old),
                    _ => None,
                };
            };
            for (range, piece) in rendered.text.pieces() {
                let mine = match piece.origin {
                    Origin::Computed { action, made } if action.file == at.file && made.known => Some(action.range),
                    _ => None,
                };
                last = match (last, mine) {
                    (Some((action, text)), Some(mine)) if action == mine && text.end == range.start => {
                        Some((action, text.cover(range)))
                    }
                    (old, mine) => {
                        take(old);
                        mine.map(|mine| (mine, range))
                    }
                };
            }
            take(last);
        }
    }
    let hint = |(action, text): (TextRange, Option<&str>)| {
        let text = text?.trim();
        let plain = !text.is_empty() && !text.contains('\n') && text.chars().count() <= MAX_VALUE;
        let named = text.contains(RELEASE_NAME) || text.contains(RELEASE_NAMESPACE);
        (plain && !named).then(|| Hint { at: action.end, label: text.to_owned(), more: String::new(), place: None })
    };
    printed.into_iter().filter_map(hint).collect()
}

/// What patterns take.
fn references(world: &World, at: Span) -> Vec<Hint> {
    let index = world.index();
    let Some(chart) = world.charts_of(at.file).into_iter().next() else { return Vec::new() };
    let mut found: BTreeMap<Span, Hint> = BTreeMap::new();
    for (document, node, _) in &chart.facts().sites {
        let node = chart.documents()[*document].node(*node);
        let place = node.place().filter(|place| place.span.file == at.file && at.range.contains(place.span.range));
        let Some(place) = place else { continue };
        let Some(site) = index.site_at(node).filter(|site| site.is_known()) else { continue };
        let objects = index.matches(&site);
        let names: Vec<&str> = objects.iter().filter_map(|object| object.name()).collect();
        let label = match names.as_slice() {
            [] => continue,
            [name] if *name == site.text() => continue,
            [name] => format!("→ {name}"),
            [first, ..] if *first == site.text() => continue,
            many => format!("→ {} {}s", many.len(), site.field.target.kind),
        };
        let mut lines: Vec<String> = names.iter().take(MAX_NAMES).map(|name| (*name).to_owned()).collect();
        if names.len() > MAX_NAMES {
            lines.push("…".into());
        }
        let target = objects[0].document.name().and_then(|name| name.place()).map(|place| place.span);
        let hint = Hint { at: place.span.range.end, label, more: lines.join("\n"), place: target };
        found.entry(place.span).or_insert(hint);
    }
    found.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    fn check(fixture: &str, wanted: Wanted, expected: &[&str]) {
        let fixture = Fixture::of(fixture);
        let (source, _) = fixture.cursor();
        let at = Span::new(source.id, 0, source.text.len());
        let line = |hint: &Hint| source.lines.line_col(hint.at, Default::default()).line + 1;
        let found: Vec<_> =
            hints(&fixture.world, at, wanted).iter().map(|hint| format!("{} {}", line(hint), hint.label)).collect();
        assert_eq!(found, expected);
    }

    const ALL: Wanted = Wanted { values: true, references: true };

    #[test]
    fn values_of_expressions() {
        let text = r#"#- templates/a.yaml
<|>a: {{ .Values.a }}
b: {{ .Values.password }}
{{- range list 1 2 }}
c{{ . }}: 1
d{{ . }}: {{ $.Values.a | upper }}
{{- end }}
e: {{ .Release.Name }}
f: {{ .Values.long }}
#- values.yaml
a: one
password: two
long: 0123456789 0123456789 0123456789 0123456789
"#;
        check(text, ALL, &["1 one", "5 ONE"]);
        check(text, Wanted { values: false, ..ALL }, &[]);
    }

    #[test]
    fn values_in_helpers() {
        check(
            "#- templates/_h.tpl\n<|>{{ define \"h\" }}{{ .Values.a }}{{ end }}\n#- templates/a.yaml\na: {{ include \"h\" . }}\n#- values.yaml\na: one\n",
            ALL,
            &["1 one"],
        );
    }

    #[test]
    fn what_patterns_take() {
        let definition = |name: &str| {
            format!(
                "---\napiVersion: apps.kubeblocks.io/v1\nkind: ComponentDefinition\nmetadata: {{name: {name}}}\nspec: {{}}\n"
            )
        };
        let text = format!(
            "#- templates/a.yaml\n<|>apiVersion: apps.kubeblocks.io/v1\nkind: ClusterDefinition\nmetadata: {{name: x}}\nspec:\n  \
             topologies:\n    - name: t\n      components:\n        - name: a\n          compDef: demo-\n        - name: b\n          \
             compDef: demo-b-1\n        - name: c\n          compDef: ^demo-a\n#- templates/b.yaml\n{}{}",
            definition("demo-a-1"),
            definition("demo-b-1"),
        );
        check(&text, ALL, &["9 → 2 ComponentDefinitions", "13 → demo-a-1"]);
    }
}
