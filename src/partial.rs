//! Files that hold no objects but parts of some: what Kustomize puts over others, what tests expect to see, what becomes
//! YAML later.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::vfs::normalize;
use crate::yaml::parser;
use crate::yaml::tree::{Kind, NodeId, Tree};

/// Files that say so of others, which lie beside or below them.
pub const LISTS: [&str; 6] = [
    Kustomization::NAMES[0],
    Kustomization::NAMES[1],
    Kustomization::NAMES[2],
    "chainsaw-test.yaml",
    "chainsaw-test.yml",
    ".chainsaw-test.yaml",
];

/// What a kustomization takes together.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Kustomization {
    /// Files, and folders of other kustomizations.
    pub taken: Vec<Utf8PathBuf>,
    /// It changes some of that.
    pub changes: bool,
}

impl Kustomization {
    /// Under these names one lies in its folder.
    pub const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

    /// `path` is the file's.
    pub fn of(path: &Utf8Path, text: &str) -> Self {
        let folder = path.parent().unwrap_or(path);
        let mut all = Self::default();
        for range in parser::documents(text) {
            let tree = parser::parse(text, range);
            let entries = tree.ids().flat_map(|id| match tree.node(id).kind {
                Kind::Mapping(entries) if tree.node(id).parent.is_none() => entries.iter().collect(),
                _ => Vec::new(),
            });
            for (key, value) in entries {
                let items = match tree.node(tree.resolve(*value)).kind {
                    Kind::Sequence(items) if !items.is_empty() => items,
                    _ => continue,
                };
                let key = tree.scalar(*key).unwrap_or_default();
                all.changes |=
                    key.starts_with("patches") || ["components", "replacements", "transformers", "vars"].contains(&key);
                if ["resources", "bases"].contains(&key) {
                    let names = items.iter().filter_map(|item| tree.scalar(*item));
                    all.taken.extend(names.map(|name| normalize(&folder.join(name))));
                }
            }
        }
        all
    }
}

/// Marks the objects by which the controllers of Flux and of Argo CD are told what to apply.
pub const STEERS: [&str; 3] = ["kustomize.toolkit.fluxcd.io/", "helm.toolkit.fluxcd.io/", "argoproj.io/"];

/// What objects of [`STEERS`] in a file change: Kustomizations with patches, releases of charts with
/// renderers behind them. Which folder their paths start at is not known, so each of `bases` may be it.
pub fn steered(text: &str, bases: &[&Utf8Path]) -> Kustomization {
    let mut all = Kustomization { changes: true, ..Kustomization::default() };
    for range in parser::documents(text) {
        let tree = parser::parse(text, range);
        for id in tree.ids() {
            let is_filled = |key: &str| match tree.get(id, key).map(|id| tree.node(tree.resolve(id)).kind) {
                Some(Kind::Sequence(items)) => !items.is_empty(),
                Some(Kind::Mapping(entries)) => !entries.is_empty(),
                _ => false,
            };
            let at = |keys: [&str; 3]| keys.into_iter().try_fold(id, |id, key| tree.get(id, key));
            let path = if ["patches", "patchesStrategicMerge", "patchesJson6902", "components", "kustomize"]
                .into_iter()
                .any(is_filled)
            {
                tree.get(id, "path")
            } else if is_filled("postRenderers") {
                at(["chart", "spec", "chart"])
            } else {
                None
            };
            let path = path.and_then(|path| tree.scalar(path)).map(|path| path.trim_start_matches(['.', '/']));
            all.taken
                .extend(path.into_iter().flat_map(|path| bases.iter().map(move |base| normalize(&base.join(path)))));
        }
    }
    all
}

/// What some of the kustomizations take, also by way of others; `all` are there by their folders, those of controllers
/// by their files.
pub fn taken(all: &BTreeMap<Utf8PathBuf, Kustomization>, by: impl Fn(&Kustomization) -> bool) -> BTreeSet<&Utf8Path> {
    let mut open: Vec<&Utf8PathBuf> = all.values().filter(|it| by(it)).flat_map(|it| &it.taken).collect();
    let mut found = BTreeSet::new();
    while let Some(path) = open.pop() {
        if found.insert(path.as_path()) {
            open.extend(all.get(path).into_iter().flat_map(|it| &it.taken));
        }
    }
    found
}

/// The name of a file in which KUTTL keeps what it expects: `01-assert.yaml`.
pub fn is_expectation(path: &Utf8Path) -> bool {
    step(path).is_some_and(|(_, rest)| rest.starts_with("assert") || rest.starts_with("errors"))
}

/// The file is called a patch, for whatever lays it over an object: `kubectl patch`, say.
pub fn is_patch(path: &Utf8Path) -> bool {
    let stem = path.file_stem().unwrap_or_default();
    let folder = path.parent().and_then(Utf8Path::file_name);
    stem.split(['-', '.', '_']).any(|word| word == "patch") || matches!(folder, Some("patch" | "patches"))
}

/// The name of a file that KUTTL may lay over what it made in an earlier step: `01-scale.yaml`.
pub fn is_later_step(path: &Utf8Path) -> bool {
    step(path).is_some_and(|(number, _)| number > 0)
}

/// The number of a step, and what follows it.
fn step(path: &Utf8Path) -> Option<(u32, &str)> {
    let (number, rest) = path.file_stem()?.split_once('-')?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| Some((number.parse().ok()?, rest)))?
}

/// What other programs than Helm write their actions with: Ansible, Terraform, ERB.
const ACTIONS: [&str; 4] = ["{{", "{%", "%{", "<%"];

/// The text becomes YAML only when another program than Helm (Ansible, say) has filled it in. Templates in block scalars
/// are the content of a file.
pub fn is_template(text: &str) -> bool {
    let is_action = |line: &str| {
        let line = line.trim_start();
        let value = line.split_once(": ").map_or(line, |(_, value)| value).trim_start_matches(['-', ' ']);
        line.trim_end() == "..."
            || line.contains("{{")
            || line.contains("${")
            || ACTIONS.iter().any(|action| line.starts_with(action))
            || is_fenced(value.trim_end())
            || has_verb(value.trim_end())
            || is_bracketed(value.trim_end())
    };
    if text.lines().any(is_annotated) {
        return true;
    }
    if !text.lines().any(is_action) {
        return false;
    }
    parser::documents(text).into_iter().any(|range| {
        let tree = parser::parse(text, range);
        // `{{ name }}` is a mapping whose key is a mapping, `[[ name ]]` a list in a list.
        let printed = tree.ids().any(|id| match tree.node(id).kind {
            Kind::Mapping(entries) => entries.iter().any(|(key, _)| matches!(tree.node(*key).kind, Kind::Mapping(_))),
            Kind::Sequence([list]) => is_bracketed(tree.node(id).range.of(text)) && tree.scalar(*list).is_none(),
            _ => false,
        });
        printed
            || tree.problems().iter().any(|problem| {
                let start = problem.range.start as usize;
                let begin = text.get(..start).and_then(|above| above.rfind('\n')).map_or(0, |at| at + 1);
                text[begin..].lines().next().is_some_and(is_action)
            })
    })
}

/// What others read in comments, ytt `#@ if x:` and `replicas: #@ data.values.size`, pipelines `replicas: #{SIZE}#`.
fn is_annotated(line: &str) -> bool {
    line.trim_end().rsplit_once(": ").is_some_and(|(_, value)| value.starts_with("#{") && is_bracketed(value))
        || line.find("#@").is_some_and(|at| {
            let (before, behind) = (&line[..at], &line[at + 2..]);
            let is_code = [" ", "overlay/", "schema/", "data/"].iter().any(|begin| behind.starts_with(begin));
            is_code && (before.trim().is_empty() || before.trim_end().ends_with([':', '-']))
        })
}

/// `@NAME@`, `%NAME%`, `__NAME__`, not behind a word: what `configure`, `sed` and their kin replace.
pub fn is_fenced(text: &str) -> bool {
    let in_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    ["@", "%", "__"].into_iter().any(|fence| {
        text.match_indices(fence).any(|(at, _)| {
            let name = text[at + fence.len()..].split_once(fence).map(|(name, _)| name);
            let is_name = |name: &str| {
                // `%Y%m` is a date.
                name.len() > 1
                    && name.starts_with(|c: char| c.is_ascii_alphabetic())
                    && name.ends_with(|c: char| c.is_ascii_alphanumeric())
                    && name.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.'))
            };
            !text[..at].ends_with(in_word) && name.is_some_and(is_name)
        })
    })
}

/// `[[ name ]]`, `((NAME))`, `$(params.name)`, `#{NAME}#` and their kin, alone or in a text without blanks: what
/// templates of other programs have between brackets.
pub fn is_bracketed(text: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_name = |name: &str| name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(letters);
    const DOUBLE: [(&str, &str); 5] = [("[[", "]]"), ("((", "))"), ("{%", "%}"), ("@@", "@@"), ("!!", "!!")];
    const SINGLE: [(&str, &str); 3] = [("#{", "}"), ("$[", "]"), ("$(", ")")];
    DOUBLE.into_iter().chain(SINGLE).any(|(open, close)| {
        let Some((before, (name, behind))) = text.split_once(open).and_then(|(a, b)| Some((a, b.split_once(close)?)))
        else {
            return false;
        };
        let name = name.trim().trim_start_matches(['.', '$']);
        // Alone, `$(NAME)` is a variable of containers.
        let is_path = open != "$(" || name.contains('.');
        is_name(name)
            && is_path
            && ![before, behind].iter().any(|part| part.contains(|c: char| c.is_whitespace() || "[]()|".contains(c)))
    })
}

/// `%s`, `db-%d`: what a program prints a value into.
pub fn has_verb(text: &str) -> bool {
    let goes_on = |c: char| c.is_ascii_alphanumeric() || c == '%';
    text.match_indices('%').any(|(at, _)| {
        let rest = text[at + 1..].strip_prefix(['s', 'd', 'v', 'q']);
        rest.is_some_and(|rest| !rest.starts_with(goes_on))
    })
}

/// The files that a file of [`LISTS`] takes for parts of objects.
pub fn listed(list: &Utf8Path, text: &str) -> Vec<Utf8PathBuf> {
    let folder = list.parent().unwrap_or(list);
    let mut found = Vec::new();
    for range in parser::documents(text) {
        let tree = parser::parse(text, range);
        let names = tree.ids().flat_map(|id| match tree.node(id).kind {
            Kind::Mapping(entries) => entries.iter().flat_map(|(key, value)| named(&tree, *key, *value)).collect(),
            _ => Vec::new(),
        });
        found.extend(names.map(|name| normalize(&folder.join(name))));
    }
    found
}

fn named(tree: &Tree, key: NodeId, value: NodeId) -> Vec<String> {
    let field = |id: NodeId, field: &str| tree.get(id, field).and_then(|id| tree.scalar(id));
    let items = match tree.node(tree.resolve(value)).kind {
        Kind::Sequence(items) => items,
        _ => &[],
    };
    let names: Vec<&str> = match tree.scalar(key) {
        Some("patches" | "patchesJson6902") => items.iter().filter_map(|item| field(*item, "path")).collect(),
        Some("patchesStrategicMerge") => items.iter().filter_map(|item| tree.scalar(*item)).collect(),
        Some("assert" | "error" | "patch") => field(value, "file").into_iter().collect(),
        _ => Vec::new(),
    };
    names.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_name_parts() {
        let kustomization =
            "resources: [cluster.yaml]\npatches:\n- path: more/replicas.yaml\npatchesStrategicMerge: [../size.yaml]\n";
        let found = listed("/demo/over/kustomization.yaml".into(), kustomization);
        assert_eq!(found, ["/demo/over/more/replicas.yaml", "/demo/size.yaml"]);
        let test = "spec:\n  steps:\n  - try:\n    - apply: {file: cluster.yaml}\n    - assert: {file: running.yaml}\n";
        assert_eq!(listed("/demo/chainsaw-test.yaml".into(), test), ["/demo/running.yaml"]);
    }

    #[test]
    fn kustomizations_take_and_change() {
        let text = "resources:\n- ../base\n- more.yaml\npatches:\n- path: size.yaml\n";
        let over = Kustomization::of("/demo/over/kustomization.yaml".into(), text);
        assert_eq!(over.taken, ["/demo/base", "/demo/over/more.yaml"]);
        assert!(over.changes);
        assert!(!Kustomization::of("/demo/kustomization.yaml".into(), "resources: [a.yaml]\npatches: []\n").changes);
    }

    #[test]
    fn controllers_change_what_is_in_folders() {
        let flux = "kind: Kustomization\nspec:\n  path: ./app\n  patches: [{patch: x}]\n---\n\
                    kind: HelmRelease\nspec:\n  chart: {spec: {chart: ./db}}\n  postRenderers: [{kustomize: {}}]\n";
        let taken = steered(flux, &["/demo".into(), "/demo/flux".into()]).taken;
        assert_eq!(taken, ["/demo/app", "/demo/flux/app", "/demo/db", "/demo/flux/db"]);
        assert!(steered("spec:\n  path: ./app\n  patches: []\n", &["/demo".into()]).taken.is_empty());
        let argo = "spec:\n  source:\n    path: app\n    kustomize:\n      patches: []\n";
        assert_eq!(steered(argo, &["/demo".into()]).taken, ["/demo/app"]);
    }

    #[test]
    fn templates_of_others_are_no_yaml() {
        assert!(is_template("metadata:\n  name: {{ name }}\n"));
        assert!(is_template("a: 1\n{% for c in all %}\nb: 2\n{% endfor %}\n"));
        assert!(!is_template("a: \"{{ quoted }}\"\nb: |\n  {{- if .MODE }}\n  mode = {{ .MODE }}\n  {{- end }}\n"));
        assert!(is_template("a: 1\n%{ if more }\nb: 2\n%{ endif }\n"));
        assert!(is_template("metadata:\n  name: @NAME@\n"));
        assert!(is_template("a: {cpu: 1, memory: ${SIZE}}\n") && !is_template("a: ${SIZE}\n"));
        assert!(is_template("spec:\n  replicas: #@ data.values.size\n") && is_template("#@overlay/match by=x\na: 1\n"));
        assert!(is_template("spec:\n  a: 1\n  ...\n"));
        assert!(is_template("a:\n- %NAME%-1\n"));
        assert!(!is_template("a: {b: {c: 1}}\nd: [\n"));
        assert!(!is_template("a: `\nb: \"@NAME@\"\n"));
        assert!(!is_template("a: @store\nb: 50%\n"));
        assert!(!is_template("a: x#@ y\nb: c@d\n# me#@home\n"));
        assert!(
            is_template("a: [[ name ]]\n")
                && is_template("a: %s\n")
                && is_template("a: @@B@@\n")
                && is_template("a: #{SIZE}#\n")
        );
        assert!(!is_template("a: [[1, 2]]\nb: [[c, d]]\nc: [[e], [f]]\nd: 1 #{e}\n"));
    }

    #[test]
    fn names_stand_between_fences() {
        for text in ["@NAME@", "%NAME%-1", "db-__NAME__", "example/@IMAGE@:1"] {
            assert!(is_fenced(text), "{text}");
        }
        for text in ["me@home@work", "log-%Y-%m-%d", "%Y%m%d", "a__b__c", "100%", "__a_"] {
            assert!(!is_fenced(text), "{text}");
        }
    }

    #[test]
    fn names_stand_in_brackets() {
        for text in ["[[ .name ]]", "((NAME))-db", "$(params.name)", "$[NAME]", "@@NAME@@", "!!NAME!!", "x-{% name %}"]
        {
            assert!(is_bracketed(text), "{text}");
        }
        for text in
            ["[[:alpha:]]", "((a|b))", "^((a)|b)", "$(NAME)", "echo $(params.name)", "[[ $a == b ]]", "[a]", "!!"]
        {
            assert!(!is_bracketed(text), "{text}");
        }
        assert!(
            has_verb("%s") && has_verb("db-%d-x") && !has_verb("50%") && !has_verb("%d%m%y") && !has_verb("a%select")
        );
    }

    #[test]
    fn names_tell_of_parts() {
        assert!(is_expectation("/demo/01-assert.yaml".into()));
        assert!(!is_expectation("/demo/01-cluster.yaml".into()));
        assert!(is_patch("/demo/size-patch.yaml".into()) && is_patch("/demo/patches/size.yaml".into()));
        assert!(!is_patch("/demo/dispatch.yaml".into()));
        assert!(is_later_step("/demo/01-scale.yaml".into()) && !is_later_step("/demo/00-cluster.yaml".into()));
        assert!(!is_later_step("/demo/-a.yaml".into()) && !is_later_step("/demo/v1-a.yaml".into()));
        assert!(!is_expectation("/demo/no-assert.yaml".into()));
    }
}
