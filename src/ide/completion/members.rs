//! What stands behind a dot: members of the root object, values, keys of a `dict`.

use camino::Utf8Path;

use super::variables::shape_words;
use super::{About, Item, Kind, Question, values};
use crate::ide::shapes::{self, Shape};
use crate::ide::typed::{Root, Typed};
use crate::world::Chart;

/// Objects of templates, their members, and what those are.
const MEMBERS: [(&str, &[(&str, &str)]); 7] = [
    (
        "",
        &[
            ("Values", "The chart's values."),
            ("Release", "The release: its name, its namespace, what is done with it."),
            ("Chart", "Chart.yaml."),
            ("Files", "The chart's files outside of `templates/`."),
            ("Capabilities", "What the cluster is able to do."),
            ("Template", "The template that is rendered."),
            ("Subcharts", "The root objects of the charts below this one."),
        ],
    ),
    (
        "Release",
        &[
            ("Name", "The release's name. Who installs the chart gives it."),
            ("Namespace", "The namespace of the release."),
            ("IsInstall", "True for an installation."),
            ("IsUpgrade", "True for an upgrade, and for a rollback."),
            ("Revision", "Counts installations and upgrades, from 1."),
            ("Service", "Always `Helm`."),
        ],
    ),
    (
        "Capabilities",
        &[
            ("APIVersions", "The API versions of the cluster: `.Has \"apps/v1\"` asks for one."),
            ("KubeVersion", "The version of Kubernetes."),
            ("HelmVersion", "The version of Helm."),
        ],
    ),
    (
        "Capabilities.KubeVersion",
        &[
            ("Version", "As in `v1.29.0`."),
            ("Major", "The first number."),
            ("Minor", "The second number."),
            ("GitVersion", "The same as `Version`, by its old name."),
        ],
    ),
    ("Capabilities.APIVersions", &[("Has", "True if the cluster has this API version, or this kind of one.")]),
    (
        "Files",
        &[
            ("Get", "The text of a file."),
            ("GetBytes", "The bytes of a file."),
            ("Glob", "The files that match a pattern such as `scripts/*.sh`."),
            ("Lines", "The lines of a file."),
            ("AsConfig", "The files as `data` of a ConfigMap."),
            ("AsSecrets", "The files as `data` of a Secret."),
        ],
    ),
    (
        "Template",
        &[
            ("Name", "The path of the template, from the chart's name on."),
            ("BasePath", "The path of the chart's `templates`."),
        ],
    ),
];

/// Members of `.Chart`, with the keys of Chart.yaml behind them.
const CHART: [(&str, &str); 16] = [
    ("Name", "name"),
    ("Version", "version"),
    ("AppVersion", "appVersion"),
    ("Description", "description"),
    ("Type", "type"),
    ("APIVersion", "apiVersion"),
    ("KubeVersion", "kubeVersion"),
    ("Annotations", "annotations"),
    ("Keywords", "keywords"),
    ("Home", "home"),
    ("Sources", "sources"),
    ("Maintainers", "maintainers"),
    ("Icon", "icon"),
    ("Deprecated", "deprecated"),
    ("Dependencies", "dependencies"),
    ("IsRoot", ""),
];

/// What a member of the root object is, by its path.
pub(in crate::ide) fn words(path: &[&str]) -> Option<&'static str> {
    let (name, of) = path.split_last()?;
    let of = of.join(".");
    let (_, members) = MEMBERS.iter().find(|(known, _)| *known == of)?;
    members.iter().find(|(known, _)| known == name).map(|(_, words)| *words)
}

/// The key of Chart.yaml behind a member of `.Chart`.
pub(in crate::ide) fn chart_key(member: &str) -> Option<&'static str> {
    CHART.iter().find(|(known, key)| *known == member && !key.is_empty()).map(|(_, key)| *key)
}

/// What can stand behind `root` and the names of `path`. Where the dot is something else than the root, what is known of
/// the root comes behind, with the `$` that is missing.
pub(super) fn items(question: &Question<'_>, typed: &Typed<'_>, root: Root<'_>, path: &[&str]) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut of_root: Vec<Item> = Vec::new();
    let mut seen: Vec<Shape> = Vec::new();
    // Where the dot stands that begins the path.
    let dot = typed.range.start - 1 - path.iter().map(|name| name.len() as u32 + 1).sum::<u32>();
    for chart in &question.charts {
        let known = shapes::of(chart);
        for scope in shapes::scopes(&known, question.file, question.at.offset) {
            let base = match root {
                Root::Dot => scope.dot.clone(),
                Root::Variable(name) => match scope.variable(name) {
                    Some(variable) => variable.shape.clone(),
                    None => continue,
                },
                Root::Other => continue,
            };
            let is_root = |shape: &Shape| *shape == Shape::root();
            let member = path.first().is_none_or(|name| words(&[name]).is_some());
            if root == Root::Dot
                && member
                && of_root.is_empty()
                && !is_root(&scope.dot)
                && scope.variable("$").is_some_and(|root| is_root(&root.shape))
            {
                let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
                let all = of_path(question, chart, &path, &known).into_iter();
                of_root.extend(all.map(|item| Item { also: Some((dot, "$")), ..item }));
            }
            let shape = path.iter().fold(base, |shape, name| shape.key(name));
            if seen.contains(&shape) {
                continue;
            }
            match &shape {
                Shape::Path(path) => items.extend(of_path(question, chart, path, &known)),
                Shape::Dict(entries) => items.extend(
                    entries.iter().map(|(key, shape)| Item::new(key.as_str(), Kind::Member).detail(shape_words(shape))),
                ),
                Shape::Unknown => {}
            }
            seen.push(shape);
        }
    }
    items.extend(of_root);
    items
}

fn of_path(question: &Question<'_>, chart: &Chart, path: &[String], known: &shapes::Shapes) -> Vec<Item> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["Values", keys @ ..] => values::below(question, keys, known),
        ["Chart"] => {
            let text = |key: &str| {
                let source = chart.package()?.files.get(Utf8Path::new("Chart.yaml"))?;
                Some(chart.package()?.metadata.places.get(key)?.range.of(&source.text).to_owned())
            };
            let item =
                |(member, key): &(&str, &str)| Item::new(*member, Kind::Member).detail(text(key).unwrap_or_default());
            CHART.iter().map(item).collect()
        }
        path => {
            let path = path.join(".");
            let members = MEMBERS.iter().find(|(of, _)| *of == path).map_or(&[][..], |(_, members)| members);
            let item =
                |(name, words): &(&str, &str)| Item::new(*name, Kind::Member).about(About::Text((*words).to_owned()));
            members.iter().map(item).collect()
        }
    }
}
