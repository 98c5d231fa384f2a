//! Helm itself is the measure: what it printed for real charts and for small probes, byte for byte.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use kubeblocks_ls::helm::render::Options;
use kubeblocks_ls::helm::set::SetKind;
use kubeblocks_ls::helm::sets::ValueSet;
use kubeblocks_ls::host::{Change, Host};
use kubeblocks_ls::template::HelmVersion;
use kubeblocks_ls::template::traced::Origin;
use kubeblocks_ls::vfs::{Disk, MemoryDisk, OsDisk};
use serde_json::Value as Json;

use crate::support::{corpus, diff, golden, in_parallel, update};

/// What Helm prints behind some errors.
const HINT: &str = "Use --debug flag to render out invalid YAML";

/// `helm template` on a chart's folder: stdout, or the error.
fn template(host: &mut Host, root: &Utf8Path, values: &[Utf8PathBuf], options: &Options) -> Result<String, String> {
    let world = host.world();
    let Some(chart) = world.charts.get(root) else { return Err("no such chart".into()) };
    let files = values.iter().filter_map(|path| host.read(path)).collect();
    chart.template(&ValueSet { files, ..ValueSet::default() }, options)
}

fn host(disk: Arc<dyn Disk>, root: &Utf8Path) -> Host {
    let mut host = Host::new(disk);
    host.apply(vec![Change::Roots(vec![root.to_owned()])]);
    host
}

/// One run of Helm on a chart of the corpus.
struct Case {
    /// `deploy/kafka`, or `deploy/kafka.values-1`.
    name: String,
    chart: Utf8PathBuf,
    values: Vec<Utf8PathBuf>,
    expected: Result<String, String>,
    /// Lines (from 1) with random text.
    random: Vec<(usize, usize)>,
}

/// The cases of a split; of Helm 4 only those in which it answers otherwise.
fn cases(split: &str, version: HelmVersion) -> Option<Vec<Case>> {
    let goldens = corpus(&format!("corpus-goldens/{split}"))?;
    let charts = corpus(&format!("corpus/{split}"))?;
    let random = std::fs::read_to_string(goldens.join("nondeterministic.txt")).unwrap_or_default();
    let mut paths = Vec::new();
    files_below(&goldens, &mut paths);
    paths.sort();
    let utf8 = |path: &Path| Utf8PathBuf::from_path_buf(path.to_owned()).unwrap();
    let mut cases = Vec::new();
    for path in paths {
        let path = utf8(&path);
        let name = path.strip_prefix(utf8(&goldens)).unwrap().as_str().to_owned();
        let Some((stem, ok)) =
            name.strip_suffix(".yaml").map(|s| (s, true)).or(name.strip_suffix(".err").map(|s| (s, false)))
        else {
            continue;
        };
        let stem = match (stem.strip_suffix(".helm4"), version) {
            (Some(stem), HelmVersion::V4) => stem,
            (None, HelmVersion::V3) => stem,
            _ => continue,
        };
        let text = std::fs::read_to_string(&path).unwrap();
        let (stem, values) = match stem.strip_suffix(".out") {
            Some(stem) => (stem, vec![utf8(&goldens).join(format!("{stem}.yaml"))]),
            None if stem.contains(".values-") => continue,
            None => (stem, Vec::new()),
        };
        let chart = stem.rsplit_once(".values-").map_or(stem, |(chart, _)| chart);
        let error = text.strip_prefix("Error: ").unwrap_or(&text);
        let error = error.strip_suffix(&format!("\n\n{HINT}\n")).unwrap_or(error).trim_end_matches('\n').to_owned();
        let lines = random.lines().filter_map(|line| line.strip_prefix(&format!("{stem}\tlines ")));
        let lines = lines.flat_map(|lines| lines.split(',')).map(|lines| {
            let (from, to) = lines.split_once('-').unwrap_or((lines, lines));
            (from.trim().parse().unwrap(), to.trim().parse().unwrap())
        });
        cases.push(Case {
            name: stem.to_owned(),
            chart: utf8(&charts).join(chart),
            values,
            expected: if ok { Ok(text) } else { Err(error) },
            random: lines.collect(),
        });
    }
    Some(cases)
}

fn files_below(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files_below(&path, out) } else { out.push(path) }
    }
}

fn without_lines(text: &str, skipped: &[(usize, usize)]) -> String {
    let kept = text.split_inclusive('\n').enumerate();
    kept.filter(|(at, _)| !skipped.iter().any(|(from, to)| (*from..=*to).contains(&(at + 1)))).map(|(_, l)| l).collect()
}

/// Renders every chart of a split; `tests/helm/<split>-charts.txt` names those that differ, each with a reason.
fn goldens(split: &str, at_least: usize, version: HelmVersion) {
    let Some(cases) = cases(split, version) else { return };
    let only = std::env::var("CHART").ok();
    let answers = in_parallel(&cases, |case| {
        if only.as_ref().is_some_and(|only| *only != case.name) {
            return None;
        }
        let mut host = host(Arc::new(OsDisk), &case.chart);
        let options = Options {
            release: "r".into(),
            namespace: "ns".into(),
            kube_version: Some("1.29.0".into()),
            version,
            ..Options::default()
        };
        let answer = template(&mut host, &case.chart, &case.values, &options);
        let same = match (&answer, &case.expected) {
            (Ok(text), Ok(expected)) => without_lines(text, &case.random) == without_lines(expected, &case.random),
            (answer, expected) => answer == expected,
        };
        if same { None } else { Some(answer) }
    });
    let mut failing = Vec::new();
    for (case, answer) in cases.iter().zip(answers) {
        let Some(answer) = answer else { continue };
        if only.is_some() {
            let text = |result: &Result<String, String>| match result {
                Ok(text) => text.clone(),
                Err(text) => format!("ERROR {text}"),
            };
            println!("{}", diff(&text(&case.expected), &text(&answer)));
        }
        failing.push(case.name.clone());
    }
    if only.is_some() {
        return;
    }
    let rendered = cases.iter().filter(|case| case.expected.is_ok() && case.values.is_empty());
    let right = rendered.filter(|case| !failing.contains(&case.name)).count();
    println!(
        "{split}, {version:?}: {} of {} as Helm; {right} charts with default values",
        cases.len() - failing.len(),
        cases.len()
    );
    let list = format!("tests/helm/{split}-charts{}.txt", if version == HelmVersion::V4 { "-4" } else { "" });
    known(&list, &failing, |name| name.to_owned());
    assert!(right >= at_least, "{right} charts of {split} render as Helm does, not {at_least}");
}

/// Compares with a list of what is known to differ: lines `name: reason`, where `group` gives the name. `UPDATE=1`
/// writes the list anew and keeps the reasons.
fn known(path: &str, failing: &[String], group: impl Fn(&str) -> String) {
    let old = std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_default();
    let reasons: BTreeMap<&str, &str> = old.lines().filter_map(|line| line.split_once(": ")).collect();
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for name in failing {
        groups.entry(group(name)).or_default().push(name);
    }
    let mut text = String::new();
    for (group, names) in groups {
        let reason = reasons.get(group.as_str()).copied().unwrap_or("not looked into");
        text.push_str(&format!("{group}: {reason}\n"));
        for name in names.into_iter().filter(|name| **name != group) {
            text.push_str(&format!("    {name}\n"));
        }
    }
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    if update() && text.is_empty() {
        drop(std::fs::remove_file(file));
    } else {
        let listed = |list: &str| -> BTreeSet<String> {
            list.lines().map(|line| line.split(": ").next().unwrap().trim().to_owned()).collect()
        };
        let (old, new) = (listed(&old), listed(&text));
        for name in new.difference(&old) {
            println!("differs from Helm now: {name}");
        }
        for name in old.difference(&new) {
            println!("is as Helm now: {name}");
        }
        golden(path, &text);
    }
}

#[test]
fn charts_of_greptimedb() {
    goldens("greptimedb", 12, HelmVersion::V3);
}

#[test]
fn charts_of_kubeblocks_0_7() {
    goldens("kb-0.7", 67, HelmVersion::V3);
}

#[test]
fn charts_of_addons_0_8() {
    goldens("addons-0.8", 85, HelmVersion::V3);
}

#[test]
fn charts_of_addons_1_0() {
    goldens("addons-1.0", 78, HelmVersion::V3);
}

/// What Helm 4 answers where it differs.
#[test]
fn charts_in_helm_4() {
    for split in ["kb-0.7", "addons-0.8", "addons-1.0"] {
        goldens(split, 0, HelmVersion::V4);
    }
}

/// A small chart and what Helm says of it.
struct Probe {
    id: String,
    family: String,
    disk: MemoryDisk,
    values: Vec<Utf8PathBuf>,
    options: Options,
    expected: Result<String, String>,
}

fn probe(line: &str, version: HelmVersion) -> Probe {
    use base64::Engine as _;
    let json: Json = serde_json::from_str(line).unwrap();
    let text = |key: &str| json[key].as_str().map(str::to_owned);
    let decode = |text: &str| base64::engine::general_purpose::STANDARD.decode(text).unwrap();
    let mut disk = MemoryDisk::default();
    let objects = |key: &str| json[key].as_object().cloned().unwrap_or_default();
    for (path, text) in objects("files") {
        disk.files.insert(Utf8Path::new("/w/c").join(path), text.as_str().unwrap().as_bytes().to_owned());
    }
    for (path, text) in objects("files_b64") {
        disk.files.insert(Utf8Path::new("/w/c").join(path), decode(text.as_str().unwrap()));
    }
    let strings = |key: &str| -> Vec<String> {
        json[key].as_array().into_iter().flatten().map(|item| item.as_str().unwrap().to_owned()).collect()
    };
    let mut values = Vec::new();
    for (index, text) in strings("values").into_iter().enumerate() {
        let path = Utf8PathBuf::from(format!("/w/v{index}.yaml"));
        disk.files.insert(path.clone(), text.into_bytes());
        values.push(path);
    }
    let mut options = Options {
        release: text("release").unwrap_or_else(|| "r".into()),
        namespace: text("namespace").unwrap_or_else(|| "ns".into()),
        version,
        ..Options::default()
    };
    options.set.extend(strings("set").into_iter().map(|argument| (SetKind::Typed, argument)));
    let mut args = strings("args").into_iter();
    while let Some(arg) = args.next() {
        let kinds = [SetKind::Json, SetKind::Typed, SetKind::Text, SetKind::File, SetKind::Literal];
        if let Some(kind) = kinds.into_iter().find(|kind| kind.option() == arg) {
            options.set.push((kind, args.next().unwrap()));
            continue;
        }
        match arg.as_str() {
            "--kube-version" => options.kube_version = args.next(),
            "--api-versions" | "-a" => options.api_versions.push(args.next().unwrap()),
            "--show-only" | "-s" => options.show_only.push(args.next().unwrap()),
            "--is-upgrade" => options.upgrade = true,
            "--include-crds" => options.crds = true,
            "--no-hooks" => options.hooks = false,
            "--skip-tests" => options.skip_tests = true,
            "--skip-schema-validation" => options.schemas = false,
            "--skip-crds" => {}
            other => panic!("{other}"),
        }
    }
    let expect = match version {
        HelmVersion::V4 if !json["expect_helm4"].is_null() => &json["expect_helm4"],
        _ => &json["expect"],
    };
    let expected = match (expect["stdout"].as_str(), expect["stdout_b64"].as_str(), expect["error"].as_str()) {
        (Some(text), ..) => Ok(text.to_owned()),
        (_, Some(bytes), _) => Ok(String::from_utf8_lossy(&decode(bytes)).into_owned()),
        (.., error) => Err(error.unwrap().replace("$DIR", "/w")),
    };
    Probe { id: text("id").unwrap(), family: text("family").unwrap(), disk, values, options, expected }
}

#[test]
fn probes_of_helm_3() {
    probes(HelmVersion::V3, "tests/helm/probes.txt");
}

#[test]
fn probes_of_helm_4() {
    probes(HelmVersion::V4, "tests/helm/probes-4.txt");
}

/// Every probe. `PROBES=strings cargo test probes -- --nocapture` shows what differs in one family, or in ids that
/// begin so.
fn probes(version: HelmVersion, list: &str) {
    let Some(folder) = corpus("helm-probes") else { return };
    let text = std::fs::read_to_string(folder.join("probes.jsonl")).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let only = std::env::var("PROBES").ok();
    let answers = in_parallel(&lines, |line| {
        let probe = probe(line, version);
        if only.as_ref().is_some_and(|only| !probe.id.starts_with(only.as_str())) {
            return None;
        }
        let mut host = host(Arc::new(probe.disk.clone()), Utf8Path::new("/w/c"));
        let answer = template(&mut host, Utf8Path::new("/w/c"), &probe.values, &probe.options);
        // Helm names values files as they are given on its command line.
        Some((probe, answer.map_err(|error| error.replace("/w/v", "v"))))
    });
    let mut families: BTreeMap<String, (usize, usize, usize)> = BTreeMap::new();
    let mut failing = Vec::new();
    for (probe, answer) in answers.into_iter().flatten() {
        let counts = families.entry(probe.family.clone()).or_default();
        counts.1 += 1;
        counts.2 += usize::from(answer.is_ok() == probe.expected.is_ok());
        if answer == probe.expected {
            counts.0 += 1;
            continue;
        }
        if only.is_some() {
            println!("== {}", probe.id);
            for (path, bytes) in probe.disk.files.iter().filter(|(path, _)| !path.ends_with("Chart.yaml")) {
                println!("-- {path}\n{}", String::from_utf8_lossy(bytes));
            }
            println!("expected {:?}\n  actual {answer:?}", probe.expected);
        }
        failing.push(probe.id);
    }
    let mut total = (0, 0, 0);
    for (family, (right, all, kind)) in &families {
        println!("{family}: {right} of {all} ({kind} fail or not as Helm)");
        total = (total.0 + right, total.1 + all, total.2 + kind);
    }
    println!("probes of {version:?}: {} of {} ({} fail or not as Helm)", total.0, total.1, total.2);
    if only.is_none() {
        failing.sort();
        known(list, &failing, |id| id.split('.').next().unwrap().to_owned());
    }
}

/// Templates of ours that try the edges of the language, and what Helm 4.1.4 said of them in a chart with the values
/// beside them.
#[test]
fn edges_in_helm_4() {
    let defaults = [
        ("Chart.yaml", "apiVersion: v2\nname: t\nversion: 0.1.0\n"),
        ("values.yaml", include_str!("../data/helm-4.values.yaml")),
    ];
    let lines: Vec<&str> = include_str!("../data/helm-4.jsonl").lines().collect();
    let failing = in_parallel(&lines, |line| {
        let mut probe = probe(line, HelmVersion::V4);
        for (path, text) in defaults {
            probe.disk.files.entry(Utf8Path::new("/w/c").join(path)).or_insert_with(|| text.into());
        }
        let answer = template(
            &mut host(Arc::new(probe.disk), Utf8Path::new("/w/c")),
            Utf8Path::new("/w/c"),
            &[],
            &probe.options,
        );
        (answer != probe.expected).then(|| format!("{line}\n  not {answer:?}"))
    });
    let failing: Vec<String> = failing.into_iter().flatten().collect();
    println!("{} edges of Helm 4, {} differ", lines.len(), failing.len());
    assert!(failing.is_empty(), "{}", failing.join("\n"));
}

/// Verbatim text of a rendering stands in the source exactly where it claims to stand.
#[test]
fn verbatim_text_is_in_its_source() {
    let splits = ["greptimedb", "kb-0.7", "addons-0.8", "addons-1.0"];
    let Some(all) = splits.iter().map(|split| cases(split, HelmVersion::V3)).collect::<Option<Vec<_>>>() else {
        return;
    };
    let cases: Vec<_> = all.into_iter().flatten().filter(|case| case.values.is_empty()).collect();
    let pieces: usize = in_parallel(&cases, |case| {
        let world = host(Arc::new(OsDisk), &case.chart).world();
        let Some(chart) = world.charts.get(&case.chart) else { return 0 };
        let mut pieces = 0;
        for rendered in chart.rendering().into_iter().flat_map(|render| &render.files) {
            for (range, piece) in rendered.text.pieces() {
                let Origin::Verbatim(span) = piece.origin else { continue };
                pieces += 1;
                assert_eq!(
                    range.of(rendered.text.as_str()),
                    span.range.of(&world.source(span.file).unwrap().text),
                    "{} {range:?}",
                    rendered.name
                );
            }
        }
        pieces
    })
    .into_iter()
    .sum();
    println!("{pieces} verbatim pieces");
    assert!(update() || pieces > 10_000, "{pieces} pieces only");
}
