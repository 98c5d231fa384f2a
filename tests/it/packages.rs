//! What a chart is made of: dependencies wherever they are, and what is said where they are not; rendering that goes
//! as far as it can.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use camino::Utf8PathBuf;
use kubeblocks_ls::helm::chart::{ChartProblemKind, Package};
use kubeblocks_ls::helm::render::Options;
use kubeblocks_ls::helm::set::SetKind;
use kubeblocks_ls::helm::sets::ValueSet;
use kubeblocks_ls::host::{Change, Host};
use kubeblocks_ls::vfs::MemoryDisk;
use kubeblocks_ls::world::World;

use crate::support::memory_host;

/// A world of `/w` with files at these paths below it.
fn world(files: &[(&str, &str)]) -> Arc<World> {
    let files: BTreeMap<_, _> =
        files.iter().map(|(path, text)| (Utf8PathBuf::from(format!("/w/{path}")), (*text).to_owned())).collect();
    memory_host(&files).world()
}

fn package<'w>(world: &'w World, chart: &str) -> &'w Package {
    world.charts[&Utf8PathBuf::from(format!("/w/{chart}"))].package().unwrap()
}

/// `text under the span: what`, for each problem.
fn problems(world: &World, chart: &str) -> Vec<String> {
    let package = package(world, chart);
    let told = package.problems.iter().map(|problem| {
        let at = world.source(problem.span.file).map_or("", |source| problem.span.range.of(&source.text));
        match &problem.kind {
            ChartProblemKind::Invalid(words) => format!("{at}: {words}"),
            ChartProblemKind::MissingDependency { name, .. } => format!("{at}: missing {name}"),
            ChartProblemKind::Unreadable(words) => format!("{at}: unreadable {words}"),
        }
    });
    told.collect()
}

fn template(world: &World, chart: &str) -> Result<String, String> {
    let chart = &world.charts[&Utf8PathBuf::from(format!("/w/{chart}"))];
    chart.template(&ValueSet::default(), &Options::default())
}

const LIB: (&str, &str) = ("lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 0.1.0\ntype: library\n");
const HELPER: (&str, &str) = ("lib/templates/_h.tpl", "{{ define \"say\" }}hi {{ .Values.who }}{{ end }}");

#[test]
fn a_neighbour_under_an_alias() {
    let world = world(&[
        LIB,
        HELPER,
        ("lib/values.yaml", "who: all\n"),
        (
            "a/Chart.yaml",
            "name: a\nversion: 0.1.0\ndependencies:\n- name: lib\n  version: 0.1.x\n  repository: file://../lib\n  \
             alias: extra\n",
        ),
        ("a/templates/t.yaml", "say: {{ include \"say\" . }}\nextra: {{ .Values.extra.who }}\n"),
    ]);
    assert_eq!(problems(&world, "a"), Vec::<String>::new());
    let dependency = &package(&world, "a").dependencies[0];
    assert_eq!((dependency.name.as_str(), dependency.package.root.as_str()), ("extra", "/w/lib"));
    assert_eq!(template(&world, "a").unwrap(), "---\n# Source: a/templates/t.yaml\nsay: hi \nextra: all\n");
    let files = &world.charts[&Utf8PathBuf::from("/w/a")].files;
    assert!(files.values().any(|file| file.source.path == "/w/lib/templates/_h.tpl"));
}

#[test]
fn dependencies_that_are_missing() {
    let entry =
        |name: &str, more: &str| format!("- name: {name}\n  version: '*'\n  repository: file://../{name}\n{more}");
    let chart = format!(
        "name: a\nversion: 0.1.0\ndependencies:\n{}{}{}{}",
        entry("gone", ""),
        entry("idle", "  condition: idle.enabled\n"),
        entry("tagged", "  tags: [t]\n"),
        entry("a", ""),
    );
    let world = world(&[("a/Chart.yaml", &chart), ("a/values.yaml", "idle: {enabled: false}\ntags: {t: false}\n")]);
    // A chart that depends on itself has not got itself.
    assert_eq!(problems(&world, "a"), ["gone: missing gone", "a: missing a"]);
    // Helm wants all of them, also those that are switched off.
    assert!(template(&world, "a").unwrap_err().ends_with("charts/ directory: gone, idle, tagged, a"));
}

#[test]
fn neighbours_in_a_circle() {
    let chart = |name: &str, other: &str| {
        format!(
            "name: {name}\nversion: 0.1.0\ndependencies: [{{name: {other}, version: 0.1.0, repository: 'file://../{other}'}}]\n"
        )
    };
    let world = world(&[("a/Chart.yaml", &chart("a", "b")), ("b/Chart.yaml", &chart("b", "a"))]);
    assert_eq!(problems(&world, "a"), Vec::<String>::new());
    let b = &package(&world, "a").dependencies[0].package;
    assert_eq!((b.metadata.name.as_str(), b.dependencies.len()), ("b", 0));
}

#[test]
fn nothing_outside_the_workspace_is_read() {
    let chart =
        "name: a\nversion: 0.1.0\ndependencies: [{name: x, version: '*', repository: 'file://../../../etc/x'}]\n";
    let world = world(&[
        ("repo/.git/HEAD", ""),
        ("repo/a/Chart.yaml", chart),
        ("../etc/x/Chart.yaml", "name: x\nversion: 0.1.0\n"),
    ]);
    assert_eq!(problems(&world, "repo/a"), ["x: missing x"]);
}

#[test]
fn old_requirements() {
    let world = world(&[
        LIB,
        HELPER,
        ("a/Chart.yaml", "apiVersion: v1\nname: a\nversion: 0.1.0\n"),
        ("a/requirements.yaml", "dependencies:\n- {name: lib, version: 0.1.0, repository: file://../lib}\n"),
        ("a/templates/t.yaml", "say: {{ include \"say\" . }}\n"),
    ]);
    assert_eq!(problems(&world, "a"), Vec::<String>::new());
    assert_eq!(template(&world, "a").unwrap(), "---\n# Source: a/templates/t.yaml\nsay: hi\n");
}

#[test]
fn a_packaged_dependency() {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, text) in [
        ("sub/Chart.yaml", "name: sub\nversion: 0.2.0\n"),
        ("sub/values.yaml", "num: 1\n"),
        ("sub/templates/s.yaml", "n: {{ .Values.num }}\n"),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&archive.into_inner().unwrap()).unwrap();
    let mut disk = MemoryDisk::default();
    let chart = "name: a\nversion: 0.1.0\ndependencies: [{name: sub, version: 0.x, repository: 'https://x.test'}]\n";
    disk.files.insert("/w/a/Chart.yaml".into(), chart.into());
    disk.files.insert("/w/a/values.yaml".into(), "sub: {num: 2}\n".into());
    disk.files.insert("/w/a/charts/sub-0.2.0.tgz".into(), packed.finish().unwrap());
    let open = |disk: MemoryDisk| {
        let mut host = Host::new(Arc::new(disk));
        host.apply(vec![Change::Roots(vec!["/w".into()])]);
        host.world()
    };
    let world = open(disk.clone());
    assert_eq!(problems(&world, "a"), Vec::<String>::new());
    assert_eq!(template(&world, "a").unwrap(), "---\n# Source: a/charts/sub/templates/s.yaml\nn: 2\n");
    disk.files.insert("/w/a/charts/broken.tgz".into(), b"no archive".to_vec());
    let world = open(disk);
    assert_eq!(problems(&world, "a"), [": unreadable charts/broken.tgz: invalid gzip header"]);
    assert_eq!(template(&world, "a").unwrap_err(), "charts/broken.tgz: invalid gzip header");
}

#[test]
fn subcharts_that_helm_refuses() {
    let world = world(&[
        ("a/Chart.yaml", "name: a\nversion: 0.1.0\n"),
        ("a/charts/README.md", "text"),
        ("a/charts/bad/Chart.yaml", "name: bad\nversion: x\n"),
        ("a/charts/_kept/Chart.yaml", "nonsense"),
    ]);
    assert_eq!(
        problems(&world, "a"),
        [
            ": error unpacking subchart README.md in a: Chart.yaml file is missing",
            "x: error unpacking subchart bad in a: validation: chart.metadata.version \"x\" is invalid",
        ]
    );
}

#[test]
fn what_can_be_rendered_is() {
    let world = world(&[
        ("a/Chart.yaml", "name: a\nversion: 0.1.0\nkubeVersion: '<1.0'\n"),
        ("a/values.yaml", "num: text\n"),
        ("a/values.schema.json", "{\"properties\": {\"num\": {\"type\": \"integer\"}}}"),
        ("a/templates/_broken.tpl", "{{ define \"help\" }}{{ if }}{{ end }}{{ end }}{{ .x. }}"),
        ("a/templates/fails.yaml", "{{ fail \"no\" }}"),
        ("a/templates/needs.yaml", "a: {{ include \"help\" . }}"),
        ("a/templates/unknown.yaml", "a: {{ include \"nowhere\" . }}"),
        ("a/templates/good.yaml", "a: {{ .Values.num }}"),
        ("a/templates/NOTES.txt", "notes"),
    ]);
    let chart = &world.charts[&Utf8PathBuf::from("/w/a")];
    let render = chart.rendering().unwrap();
    let files: Vec<_> = render.files.iter().map(|file| (file.name.as_str(), file.text.as_str())).collect();
    let want = [("fails.yaml", ""), ("good.yaml", "a: text"), ("needs.yaml", "a: "), ("unknown.yaml", "a: ")];
    assert_eq!(
        files,
        want.map(|(name, text)| (format!("a/templates/{name}"), text)).each_ref().map(|(n, t)| (n.as_str(), *t))
    );
    let [document] = chart.documents() else { panic!("only one document is whole") };
    assert_eq!(document.template(), "a/templates/good.yaml");
    let faults: Vec<_> = render.faults.iter().map(|fault| fault.template.path.file_name().unwrap()).collect();
    assert_eq!(faults, ["_broken.tpl", "_broken.tpl", "unknown.yaml", "fails.yaml"]);
    let refused = render.refused.as_ref().unwrap();
    assert!(refused.message.ends_with("a:\n- num: Invalid type. Expected: integer, given: string"));
    let span = refused.span.unwrap();
    assert_eq!(span.range.of(&world.source(span.file).unwrap().text), "text");
}

#[test]
fn charts_are_checked_as_beside_kubeblocks_and_printed_as_helm_does() {
    let world = world(&[
        ("a/Chart.yaml", "name: a\nversion: 0.1.0\n"),
        ("a/templates/t.yaml", "a: {{ .Capabilities.APIVersions.Has \"monitoring.coreos.com/v1/PodMonitor\" }}\n"),
    ]);
    let chart = &world.charts[&Utf8PathBuf::from("/w/a")];
    assert_eq!(chart.rendering().unwrap().files[0].text.as_str(), "a: true\n");
    assert!(template(&world, "a").unwrap().ends_with("a: false\n"));
}

/// `.Values` as JSON, of a chart `a` with these files besides its templates.
fn values(chart: &str, values: &str, sub: &str, set: &[&str]) -> String {
    let world = world(&[
        ("a/Chart.yaml", &format!("name: a\nversion: 0.1.0\n{chart}")),
        ("a/values.yaml", values),
        ("a/templates/t.yaml", "v: {{ .Values | toJson }}"),
        ("a/charts/sub/Chart.yaml", "name: sub\nversion: 0.1.0\n"),
        ("a/charts/sub/values.yaml", sub),
    ]);
    let set = set.iter().map(|argument| (SetKind::Typed, (*argument).to_owned())).collect();
    let options = Options { set, ..Options::default() };
    let printed = world.charts[&Utf8PathBuf::from("/w/a")].template(&ValueSet::default(), &options);
    match printed {
        Ok(text) => text.lines().find_map(|line| line.strip_prefix("v: ")).unwrap().to_owned(),
        Err(error) => error,
    }
}

#[test]
fn values_flow_down_and_up() {
    let listed = |more: &str| format!("dependencies:\n- name: sub\n  version: '*'\n{more}");
    for (chart, parent, sub, set, expected) in [
        ("", "", "k: 1", &[][..], r#"{"sub":{"global":{},"k":1}}"#),
        ("", "sub: {k: 2}", "k: 1", &[], r#"{"sub":{"global":{},"k":2}}"#),
        ("", "sub: {k: 2}", "k: 1", &["sub.k=null"], r#"{"sub":{"global":{}}}"#),
        ("", "x: {p: 1, q: 2}", "", &["x.p=null"], r#"{"sub":{"global":{}},"x":{"q":2}}"#),
        ("", "global: {g: 1}", "global: {g: 2, h: 3}", &[], r#"{"global":{"g":1},"sub":{"global":{"g":1,"h":3}}}"#),
        ("", "sub: text", "", &[], "type mismatch on sub: %!t(string=text)"),
        (&listed("  condition: sub.use\n"), "", "use: false", &[], r#"{}"#),
        (&listed("  condition: x.use,sub.use\n"), "", "use: true", &["x.use=false"], r#"{"x":{"use":false}}"#),
        (&listed("  tags: [s, t]\n"), "tags: {s: false}", "", &[], r#"{"tags":{"s":false}}"#),
        (
            &listed("  tags: [s, t]\n"),
            "tags: {s: false, t: true}",
            "",
            &[],
            r#"{"sub":{"global":{}},"tags":{"s":false,"t":true}}"#,
        ),
        (&listed("  alias: al\n"), "al: {k: 2}", "k: 1", &[], r#"{"al":{"global":{},"k":2}}"#),
        (
            &listed("  import-values: [data]\n"),
            "",
            "exports: {data: {k: 1}}",
            &[],
            r#"{"k":1,"sub":{"exports":{"data":{"k":1}},"global":{}}}"#,
        ),
        (
            &listed("  import-values: [{child: c, parent: p.q}]\n"),
            "p: {q: {k: 2}}",
            "c: {k: 1, l: 1}",
            &[],
            r#"{"p":{"q":{"k":2,"l":1}},"sub":{"c":{"k":1,"l":1},"global":{}}}"#,
        ),
    ] {
        assert_eq!(values(chart, parent, sub, set), expected, "{chart} {parent} {sub} {set:?}");
    }
}

#[test]
fn what_templates_see() {
    let see = "\
- {{ .Files.Get \"f.txt\" | quote }} {{ .Files.Get \"values.yaml\" | quote }} {{ len .Files }}
- {{ range $path, $_ := .Files.Glob \"d/**\" }}{{ $path }} {{ end }}{{ .Files.Lines \"f.txt\" | join \",\" }}
- {{ (.Files.Glob \"d/*\").AsConfig | quote }} {{ (.Files.Glob \"d/*\").AsSecrets | quote }}
- {{ .Chart.Name }} {{ .Chart.AppVersion }} {{ .Chart.IsRoot }} {{ (first .Chart.Maintainers).Name }}
- {{ .Release.Name }} {{ .Release.Revision }} {{ .Template.Name }} {{ .Template.BasePath }}
- {{ .Capabilities.KubeVersion }} {{ .Capabilities.APIVersions.Has \"apps/v1\" }} {{ len .Capabilities.APIVersions }}
- {{ lookup \"v1\" \"Pod\" \"\" \"\" }} {{ required \"needed\" .Chart.Name }}
";
    let world = world(&[
        ("a/Chart.yaml", "name: a\nversion: 0.1.0\nappVersion: 1.20\nmaintainers: [{name: Ann}]\n"),
        ("a/values.yaml", "x: 1\n"),
        ("a/templates/t.yaml", &format!("l: |\n{}", see.replace("- ", "  - "))),
        ("a/f.txt", "one\ntwo\n"),
        ("a/d/g.txt", "g"),
        ("a/.helmignore", "*.md\n"),
        ("a/README.md", "text"),
    ]);
    let expected = "\
---
# Source: a/templates/t.yaml
l: |
  - \"one\\ntwo\\n\" \"\" 3
  - d/g.txt one,two
  - \"g.txt: g\" \"g.txt: Zw==\"
  - a 1.2 true Ann
  - release-name 1 a/templates/t.yaml a/templates
  - v1.32.0 true 56
  - map[] a
";
    assert_eq!(template(&world, "a").unwrap(), expected);
}
