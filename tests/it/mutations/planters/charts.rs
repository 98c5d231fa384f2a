//! Faults of charts, templates and YAML.

use super::*;

pub(super) static PLANTERS: &[Planter] = &[
    edit("undefined-value", "/templates/", |text| {
        after(text, "namespace: {{ .Release.Namespace", "s").into_iter().take(1).collect()
    }),
    edit("ambiguous-scalar", "/values.yaml", short_tags).told(File).of(&["kb-0.7/a", "kb-0.7/o", "kb-0.7/r"]),
    edit("empty-list", "/templates/", lone_items).of(NEWER),
    edit("unused-value", "/values.yaml", |text| first_line(text, "zzUnused: 1\n")).of(NEWER),
    edit("duplicate-object", "/templates/", file_twice).told(At::World),
    edit("values-schema-drift", "_helpers.tpl", other_mode).of(&["addons-1.0/m", "addons-1.0/o"]),
    edit("values-schema-violation", "values.schema.json", other_types).told(At::World),
    edit("invalid-chart", "/Chart.yaml", neighbour),
    plant("duplicate-key", "", "spec{}", Twice),
    plant("hard-coded-namespace", "ConfigMap", "metadata.name", Beside("namespace: zz"))
        .when(|node| lacks(node, "namespace")),
    edit("invalid-chart", "Chart.yaml", no_version),
    edit("invalid-chart", "Chart.yaml", no_range),
    edit("invalid-chart", "Chart.yaml", no_version_wanted).told(File),
    edit("invalid-chart", "values.schema.json", |text| vec![(text.len()..text.len(), "}".to_owned())]).told(At::World),
    edit("joined-lines", "/templates/", joined).told(File),
    edit("lost-scope", "/templates/", scope),
    edit("missing-chart-file", "/templates/", file_name),
    edit("missing-dependency", "Chart.yaml", dependency),
    plant("redefined-anchor", "", "spec{}", Beside("zq: &zz 1\nzr: *zz\nzs: &zz 2\nzt: *zz")),
    edit("redefined-helper", "/templates/", helper_again).told(At::World),
    edit("tab-indentation", "/templates/", tabs),
    edit("template-failure", "/templates/", |text| after(text, "{{ .Values.", "zz.")),
    edit("template-syntax", "/templates/", |text| after(text, "{{- include \"", "\"")).told(File),
    plant(
        "undefined-alias",
        "",
        "spec{}",
        With(|node| node.text().filter(|text| !text.contains('\n')).map(|_| "*zz".to_owned())),
    ),
    edit("undefined-helper", "/templates/", |text| after(text, "include \"", "zz.")),
    edit("undefined-value", "/templates/", value),
    edit("undefined-value", "/templates/", misspelt_condition),
    edit("unknown-rule", "/templates/", |text| first_line(text, "# kubeblocks-ls: allow(zz-no-rule) x\n")),
    edit("unused-allow", "/templates/", |text| first_line(text, "# kubeblocks-ls: allow(unused-anchor) x\n")),
    newer("unstable-output", CMPD, "spec.serviceKind", Put("{{ randAlphaNum 8 }}")),
    plant("unused-anchor", "", "spec{}", Beside("zz: &zz 1")),
    edit("swapped-default", "/templates/", swapped),
    edit("inverted-condition", "/templates/", inverted),
    edit("lost-scope", "/templates/", |text| first_line(text, "# {{ with .zzLost }}{{ . }}{{ end }}\n"))
        .of(&["addons-1.0/rabbitmq", "addons-1.0/zookeeper"]),
    edit("unused-template-variable", "/templates/", |text| {
        first_line(text, "# {{ $zz := 1 }}{{ $zz }}{{ $zz = 2 }}\n")
    }),
    edit("values-schema-drift", "values.schema.json", |text| {
        after(text, "\"properties\": {", "\"zzIdle\": {\"type\": \"string\"}, ").into_iter().take(1).collect()
    })
    .of(&["addons-1.0/redis", "addons-1.0/mongodb"]),
    edit("undefined-value", "/templates/", below_nothing).of(&["addons-1.0/q", "addons-1.0/z"]),
    edit("unstable-output", "config.tpl", |text| first_line(text, "{{ randAlphaNum 8 }}\n"))
        .of(&["addons-1.0/redis", "addons-1.0/mongodb"]),
    edit("unused-helper", "_helpers.tpl", |text| first_line(text, "{{ define \"zz.unused\" }}x{{ end }}\n")),
    edit("unused-template-variable", "/templates/", |text| first_line(text, "{{- $zz := 1 }}\n")),
    plant("yaml-syntax", "", "spec{}", Beside("zz: [1,")).told(File),
    edit("wrong-indent", "/templates/", shallow),
];

fn no_version(text: &str) -> Edits {
    text.match_indices("\nversion: ")
        .map(|(at, mark)| (at + mark.len()..at + mark.len(), "not-a-version-".into()))
        .collect()
}

/// A range of releases that is none.
fn no_range(text: &str) -> Edits {
    after(text, "addon.kubeblocks.io/kubeblocks-version: ", "newest # ")
}

/// The first dependency asks for no version.
fn no_version_wanted(text: &str) -> Edits {
    let list = text.find("\ndependencies:").unwrap_or(text.len());
    let found = text[list..].find(" version: ").map(|at| list + at + 1);
    found.map(|at| (at..at + 7, "# version".to_owned())).into_iter().collect()
}

/// Versions of images become such as YAML takes for numbers.
fn short_tags(text: &str) -> Edits {
    let found = text.match_indices("\n  tag: ").filter_map(|(at, mark)| {
        let start = at + mark.len();
        let end = start + text[start..].find('\n')?;
        Some((start..end, "1.10".to_owned()))
    });
    found.collect()
}

/// The only item of a list, in a branch that no values take.
fn lone_items(text: &str) -> Edits {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut edits = Edits::new();
    let mut start = 0;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for three in lines.windows(3) {
        let [key, item, next] = three else { continue };
        let alone = next.trim_start().starts_with(char::is_lowercase) && indent(next) <= indent(key);
        if key.trim_end().ends_with(':') && item.trim_start().starts_with("- ") && alone && !item.contains("{{") {
            edits.push((
                start..start + key.len() + item.len(),
                format!("{key}{{{{- if false }}}}\n{item}{{{{- end }}}}\n"),
            ));
        }
        start += key.len();
    }
    edits
}

fn file_twice(text: &str) -> Edits {
    let plain = text.contains("\nkind: ConfigMap") && !text.contains("define \"") && !text.contains("\n---");
    if plain { vec![(text.len()..text.len(), format!("\n---\n{text}"))] } else { Vec::new() }
}

/// Numbers are wanted to be truth values.
fn other_types(text: &str) -> Edits {
    let new = text.replace("\"integer\"", "\"boolean\"").replace("\"number\"", "\"boolean\"");
    if new == text { Vec::new() } else { vec![(0..text.len(), new)] }
}

/// `x: {{ y }}` at the end of a line, and an entry below it.
fn joined(text: &str) -> Edits {
    let ends = text.match_indices(" }}\n");
    let alone = ends.filter(|(at, end)| {
        let line = text[..*at].rfind('\n').map_or(&text[..*at], |start| &text[start + 1..*at]);
        let below = text[at + end.len()..].lines().next().unwrap_or_default();
        let key = |line: &str| line.trim_start().starts_with(char::is_lowercase) && line.contains(": ");
        key(line) && line.matches("{{").count() == 1 && key(below)
    });
    alone.map(|(at, _)| (at..at + 3, " -}}".to_owned())).collect()
}

/// `$.Values` right inside of a loop without its `$`.
fn scope(text: &str) -> Edits {
    let found = text.match_indices("{{ $.Values.").filter(|(at, _)| {
        let before = &text[..*at];
        let opened = before.rfind("{{- range ").max(before.rfind("{{ range "));
        opened.is_some_and(|opened| !before[opened..].contains("end }}"))
    });
    found.map(|(at, _)| (at + 3..at + 4, String::new())).collect()
}

/// A mode that no schema lists.
fn other_mode(text: &str) -> Edits {
    after(text, "eq .Values.mode \"", "zz")
}

/// A file that is read, and not in a comment.
fn file_name(text: &str) -> Edits {
    let mut edits = after(text, ".Files.Get \"", "zz-");
    edits.retain(|(range, _)| {
        let before = &text[..range.start];
        before.rfind("{{/*") <= before.rfind("*/}}") && before.rfind("{{- /*") <= before.rfind("*/ -}}")
    });
    edits
}

/// The first dependency gets another name.
fn dependency(text: &str) -> Edits {
    let Some(list) = text.find("\ndependencies:") else { return Vec::new() };
    let Some(at) = text[list..].find("- name: ") else { return Vec::new() };
    vec![(list + at + 8..list + at + 8, "zz-".to_owned())]
}

/// The last part of the path of a value that a field must have.
fn value(text: &str) -> Edits {
    const FIELDS: [&str; 8] =
        ["name", "containerPort", "port", "key", "mountPath", "volumeName", "kind", "componentDef"];
    let found = text.match_indices("{{ .Values.").filter_map(|(at, mark)| {
        let line = text[..at].rsplit('\n').next().unwrap_or_default().trim_start_matches([' ', '-']);
        let rest = text[at + mark.len()..].split('\n').next()?;
        let path = rest.split(' ').next()?;
        let plain = path.contains('.') && path.chars().all(|c| c.is_alphanumeric() || c == '.');
        let whole = rest[path.len()..] == *" }}" && FIELDS.iter().any(|key| line.trim_end() == format!("{key}:"));
        let end = at + mark.len() + path.len();
        (plain && whole).then(|| (end..end, "Zz".to_owned()))
    });
    found.collect()
}

/// A letter too many in what a condition asks for.
fn misspelt_condition(text: &str) -> Edits {
    let found = text.match_indices("if .Values.").filter_map(|(at, mark)| {
        let rest = &text[at + mark.len()..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '.')?;
        let long = rest[..end].rsplit('.').next()?.len() > 4;
        long.then(|| (at + mark.len() + end..at + mark.len() + end, "z".to_owned()))
    });
    found.collect()
}

/// A value and its constant fallback change places: `.Values.x | default "y"`.
fn swapped(text: &str) -> Edits {
    let found = text.match_indices(" | default \"").filter_map(|(at, mark)| {
        let start = text[..at].rfind(' ')? + 1;
        let end = at + mark.len() + text[at + mark.len()..].find('"')? + 1;
        let (value, constant) = (&text[start..at], &text[at + mark.len() - 1..end]);
        let plain = value.starts_with(".Values.") && !value.contains('(') && constant.len() > 2;
        plain.then(|| (start..end, format!("default {value} {constant}")))
    });
    found.collect()
}

/// A text is printed where there is none.
fn inverted(text: &str) -> Edits {
    let end = text.find("repository }}").map(|at| at + "repository".len());
    let path = end.and_then(|end| Some(&text[text[..end].rfind(' ')? + 1..end]));
    let path = path.filter(|path| path.starts_with(".Values."));
    path.into_iter()
        .flat_map(|path| first_line(text, &format!("# {{{{ if not {path} }}}}x-{{{{ {path} }}}}{{{{ end }}}}\n")))
        .collect()
}

/// Something is read from what nobody gives, where the values do not lead.
fn below_nothing(text: &str) -> Edits {
    let fits = text.contains(".Values.images.");
    let line = "# {{ if false }}{{ .Values.images.zzNowhere.name }}{{ end }}\n";
    if fits { first_line(text, line) } else { Vec::new() }
}

fn tabs(text: &str) -> Edits {
    let lines = text.match_indices("\n  ");
    let entries = lines.filter(|(at, _)| {
        let line = text[at + 1..].lines().next().unwrap_or_default();
        line.trim_start().starts_with(char::is_lowercase) && line.contains(": ") && !line.contains("{{")
    });
    entries.map(|(at, _)| (at + 1..at + 3, "\t".to_owned())).collect()
}

/// The first helper that a file includes, defined there too.
fn helper_again(text: &str) -> Edits {
    let Some((_, rest)) = text.split_once("include \"") else { return Vec::new() };
    let name = rest.split('"').next().unwrap_or_default();
    vec![(text.len()..text.len(), format!("\n{{{{- define \"{name}\" }}}}zz{{{{ end }}}}\n"))]
}

/// Another version of a chart that stands beside.
fn neighbour(text: &str) -> Edits {
    let mut at = 0;
    let lines: Vec<(usize, &str)> = text
        .split_inclusive('\n')
        .map(|line| {
            at += line.len();
            (at - line.len(), line)
        })
        .collect();
    let of_neighbour = |at: &usize| {
        let from = text[..*at].rfind("- name:").unwrap_or(*at);
        let item = text[from..].split("- name:").nth(1).unwrap_or_default();
        item.contains("file://")
    };
    let versions = lines.into_iter().filter(|(at, line)| line.trim_start().starts_with("version:") && of_neighbour(at));
    let versions = versions.filter(|(_, line)| line.starts_with(' '));
    versions
        .map(|(at, line)| {
            (at + line.find(':').unwrap_or_default() + 1..at + line.trim_end().len(), " 99.0.0".to_owned())
        })
        .collect()
}

/// What is included below a key stands beside it.
fn shallow(text: &str) -> Edits {
    let (mut edits, mut start) = (Edits::new(), 0);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for two in lines.windows(2) {
        let [key, action] = two else { continue };
        let deep = key.len() - key.trim_start().len();
        let (right, wrong) = (format!("nindent {} ", deep + 2), format!("nindent {deep} "));
        let heads = key.trim_end().ends_with("labels:") && action.trim_start().starts_with("{{- include");
        if heads && action.contains(&right) {
            let new = format!("{key}{}", action.replace(&right, &wrong));
            edits.push((start..start + key.len() + action.len(), new));
        }
        start += key.len();
    }
    edits
}
