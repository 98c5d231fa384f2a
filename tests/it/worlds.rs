//! Random edits: the world that grew by changes says what a world made from scratch says. And nothing panics on text
//! that somebody is in the middle of typing.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use kubeblocks_ls::config::{Config, Level};
use kubeblocks_ls::diagnostic::Diagnostic;
use kubeblocks_ls::host::{Change, Host};
use kubeblocks_ls::rules;
use kubeblocks_ls::vfs::{self, Disk, Entry, MemoryDisk};
use kubeblocks_ls::world::World;

use crate::support::{Dice, line_of, memory_host};

/// The charts of `tests/charts`, below `/w`.
pub(crate) fn own_charts() -> BTreeMap<Utf8PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts");
    let mut files = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = Utf8PathBuf::from_path_buf(path.strip_prefix(&root).unwrap().to_owned()).unwrap();
                files.insert(Utf8Path::new("/w").join(name), std::fs::read_to_string(path).unwrap());
            }
        }
    }
    files
}

/// Editors that do not watch files have the disk looked at again and again.
#[test]
fn looking_at_what_is_as_it_was_changes_nothing() {
    let files = own_charts();
    let mut host = memory_host(&files);
    let (path, text) = files.iter().find(|(path, _)| path.as_str().ends_with("/values.yaml")).unwrap();
    let look = Change::Look(path.parent().unwrap().to_owned());
    assert!(!host.apply(vec![look, Change::Open(path.clone(), text.as_str().into())]));
    assert!(host.apply(vec![Change::Open(path.clone(), format!("{text}zz: 1\n").into())]));
}

/// Who saves, closes, or writes beside all charts makes no other world; a manifest keeps what was said of all others.
#[test]
fn what_tells_nothing_new_leaves_the_world_as_it_was() {
    let mut files = own_charts();
    let [manifest, notes] = ["/w/clusters/one.yaml", "/w/notes/later.yaml"].map(Utf8PathBuf::from);
    let cluster =
        "apiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata:\n  name: one\nspec:\n  terminationPolicy: ";
    files.insert(manifest.clone(), format!("{cluster}Delete\n"));
    files.insert(notes.clone(), "a: 1\n".to_owned());
    let mut host = memory_host(&files);
    let (template, text) = files.iter().find(|(path, _)| path.as_str().contains("/templates/")).unwrap();
    let open = |path: &Utf8PathBuf, text: &str| Change::Open(path.clone(), text.into());
    assert!(!host.apply(vec![open(template, text), open(&manifest, &files[&manifest]), open(&notes, "a: 1\n")]));
    for path in [template, &manifest, &notes] {
        assert!(!host.apply(vec![Change::Disk(path.clone())]), "{path} is saved");
    }
    assert!(!host.apply(vec![open(&notes, "b: 2\n")]));
    assert!(!host.apply(vec![Change::Disk("/w/notes/new.txt".into())]));
    let said = rules::check(&host.world());
    let before = host.world();
    assert!(host.apply(vec![open(&manifest, &format!("{cluster}Never\n"))]));
    let world = host.world();
    for (old, new) in before.charts.values().zip(world.charts.values()) {
        assert_eq!(Arc::ptr_eq(old, new), old.root != manifest, "{}", old.root);
    }
    let known = (0..world.charts.len()).filter(|number| world.said_before(*number).is_some()).count();
    assert_eq!(known, world.charts.len());
    assert_eq!(rules::check(&world).len(), said.len() + 1);
    for path in [template, &notes] {
        assert!(!host.apply(vec![Change::Close(path.clone())]), "{path} is closed");
    }
    // What is no manifest any more is no chart, and becomes one again.
    assert!(host.apply(vec![open(&manifest, "a: 1\n")]));
    assert_eq!(host.world().charts.len(), world.charts.len() - 1);
    assert!(host.apply(vec![Change::Close(manifest)]));
    assert_eq!(told(&host), told(&memory_host(&files)));
}

/// Later steps of KUTTL say of an object what changes, and no more.
#[test]
fn later_steps_of_a_test_are_parts() {
    let cluster = "apiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata:\n  name: one\nspec:\n";
    let [first, later, lone] =
        ["/w/e2e/00-make.yaml", "/w/e2e/01-grow.yaml", "/w/clusters/01-grow.yaml"].map(Utf8PathBuf::from);
    let mut files: BTreeMap<_, _> = [&first, &later, &lone].map(|path| (path.clone(), cluster.to_owned())).into();
    files.insert("/w/e2e/01-assert.yaml".into(), cluster.to_owned());
    let host = memory_host(&files);
    assert_eq!(host.world().charts.keys().collect::<Vec<_>>(), [&lone, &first]);
}

/// Objects of KubeBlocks make a manifest wherever they stand in it, and whatever else does.
#[test]
fn manifests_are_known_by_their_objects() {
    let other = format!("apiVersion: v1\nkind: ConfigMap\ndata:\n  a: {}\n---\n", "b".repeat(100_000));
    let ours = "\"apiVersion\": \"apps.kubeblocks.io/v1\"\nkind: Cluster\n";
    let within = "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n    apiVersion: apps.kubeblocks.io/v1\n";
    let list = "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: apps.kubeblocks.io/v1\n    kind: Cluster\n";
    let json = "{\"kind\": \"Cluster\", \"apiVersion\" : \"apps.kubeblocks.io/v1\"}";
    let files = [
        ("/w/a.yaml", format!("{other}{ours}")),
        ("/w/b.yaml", other.clone()),
        ("/w/c.yaml", within.into()),
        ("/w/d.yaml", list.into()),
        ("/w/e.json", json.into()),
        ("/w/f.json", "{\"group\": \"apps.kubeblocks.io/v1\"}".into()),
    ];
    let files = files.map(|(path, text)| (Utf8PathBuf::from(path), text)).into();
    let found = ["/w/a.yaml", "/w/d.yaml", "/w/e.json"];
    assert_eq!(memory_host(&files).world().charts.keys().collect::<Vec<_>>(), found);
}

/// What Kustomize changes before it is applied lacks nothing as it stands.
#[test]
fn bases_are_judged_as_far_as_they_stay() {
    let cluster = "apiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata:\n  name: one\nspec:\n  wrong: 1\n";
    let told = |over: &str, root: &str| {
        let mut files: BTreeMap<Utf8PathBuf, String> = BTreeMap::new();
        let mut put = |path: &str, text: &str| files.insert(path.into(), text.to_owned());
        put("/w/base/one #1.yaml", cluster);
        put("/w/base/kustomization.yaml", "resources: ['one #1.yaml']\n");
        put("/w/over/kustomization.yaml", over);
        put("/w/over/more.yaml", "spec:\n  terminationPolicy: Delete\n");
        let mut host = memory_host(&files);
        host.apply(vec![Change::Roots(vec![root.into()])]);
        let mut rules: Vec<_> = rules::check(&host.world()).into_iter().map(|finding| finding.rule).collect();
        rules.sort_unstable();
        rules
    };
    let all = ["incomplete-object", "missing-field", "unknown-field"];
    let plain = "resources: [../base]\nlabels:\n- {pairs: {a: b}}\n";
    assert_eq!(told(plain, "/w"), all);
    assert_eq!(told("resources: [../base]\npatches:\n- path: more.yaml\n", "/w"), all[2..]);
    // Nobody sees what is beside it.
    assert_eq!(told(plain, "/w/base/one #1.yaml"), all[2..]);
}

/// So does what Flux and Argo CD change, and an edit of what tells them so is seen.
#[test]
fn what_controllers_change_is_judged_as_far_as_it_stays() {
    let cluster = "apiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata:\n  name: one\nspec: {wrong: 1}\n";
    let flux = |patches: &str| {
        let head = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec:\n  path: ./apps/db\n";
        format!("{head}  patches: {patches}\n")
    };
    let files = [("/w/apps/db/one.yaml", cluster.to_owned()), ("/w/flux/db.yaml", flux("[{patch: x}]"))];
    let mut host = memory_host(&files.map(|(path, text)| (Utf8PathBuf::from(path), text)).into());
    let told = |host: &Host| rules::check(&host.world()).into_iter().map(|finding| finding.rule).collect::<Vec<_>>();
    assert_eq!(told(&host), ["unknown-field"]);
    assert!(host.apply(vec![Change::Open("/w/flux/db.yaml".into(), flux("[]").into())]));
    assert_eq!(told(&host).len(), 3);
    assert!(host.apply(vec![Change::Close("/w/flux/db.yaml".into())]));
    assert_eq!(told(&host).len(), 1);
}

/// Documents that were never saved are read from no disk, and their findings are their own.
#[test]
fn what_was_never_saved_is_on_no_disk() {
    struct Nowhere;
    impl Disk for Nowhere {
        fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
            panic!("somebody reads {path}")
        }

        fn list(&self, folder: &Utf8Path) -> io::Result<Vec<Entry>> {
            panic!("somebody lists {folder}")
        }

        fn has(&self, path: &Utf8Path) -> bool {
            panic!("somebody looks for {path}")
        }

        fn real(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
            panic!("somebody follows {path}")
        }

        fn is_link(&self, path: &Utf8Path) -> bool {
            panic!("somebody looks at {path}")
        }
    }
    let mut host = Host::new(Arc::new(Nowhere));
    let path = vfs::unsaved("Untitled-1").unwrap();
    assert_eq!(host.home(&path), None);
    let text =
        "apiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata: {name: c}\nspec: {terminationPolicy: Never}\n";
    let open = |text: &str| Change::Open(path.clone(), text.into());
    assert!(host.apply(vec![Change::Roots(Vec::new()), Change::Look("/untitled:".into()), open(text)]));
    assert_ne!(rules::check(&host.world()), []);
    let quiet = Config {
        rules: ["bad-value", "incomplete-object"].map(|rule| (rule.into(), Level::Off)).into(),
        ..Config::default()
    };
    assert!(host.apply(vec![Change::Config(quiet)]));
    assert_eq!(rules::check(&host.world()), []);
    // As a template it has no chart that could tell what it lacks.
    assert!(host.apply(vec![open(&format!("{text}{{{{ include \"x\" . }}}}\n"))]));
    assert_eq!(rules::check(&host.world()), []);
    assert!(host.apply(vec![Change::Close(path)]));
    assert!(host.world().charts.is_empty());
}

/// All that a world says, a line for each finding.
pub(crate) fn told(host: &Host) -> Vec<String> {
    let world = host.world();
    let mut lines = lines(&world, &rules::check(&world));
    lines.sort();
    lines
}

/// All that findings say.
pub(crate) fn lines(world: &World, found: &[Diagnostic]) -> Vec<String> {
    let words = |finding: &Diagnostic| {
        let mut line = line_of(world, Utf8Path::new("/w"), finding);
        for related in &finding.related {
            let path = world.source(related.span.file).map(|source| source.path.as_str());
            line.push_str(&format!(" | {path:?} {:?} {}", related.span.range, related.message));
        }
        let edits = finding.fixes.iter().flat_map(|fix| &fix.edits).map(|edit| (edit.span.range, &edit.text));
        let ways = finding.ways.iter().flatten().map(|way| way.range);
        let (edits, ways): (Vec<_>, Vec<_>) = (edits.collect(), ways.collect());
        line.push_str(&format!(" | {edits:?} {ways:?} {:?}", finding.why));
        line
    };
    found.iter().map(words).collect()
}

/// What authors type, break and delete.
const SNIPPETS: &[&str] = &[
    "",
    " ",
    "\n",
    "  ",
    "meta",
    "{{ ",
    " }}",
    "- ",
    ": ",
    "*metaRef",
    "&x ",
    "$(",
    ")",
    "é漢😀",
    "\t",
    "{{- end }}",
    "#",
    "'",
];

pub(crate) fn edit(text: &str, dice: &mut Dice) -> String {
    let boundary = |at| kubeblocks_ls::text::floor_char_boundary(text, at);
    let start = boundary(dice.below(text.len() + 1));
    let end = boundary((start + dice.below(12)).min(text.len())).max(start);
    format!("{}{}{}", &text[..start], SNIPPETS[dice.below(SNIPPETS.len())], &text[end..])
}

#[test]
fn incremental_equals_scratch() {
    for seed in 1..=6u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut files = own_charts();
        let mut host = memory_host(&files);
        host.world();
        for step in 0..25 {
            let paths: Vec<_> = files.keys().cloned().collect();
            let path = dice.pick(&paths).clone();
            let text = edit(&files[&path], &mut dice);
            files.insert(path.clone(), text.clone());
            host.apply(vec![Change::Open(path.clone(), text.into())]);
            // Half of the worlds are asked, so that cells are filled before the next change.
            if step % 2 == 0 {
                let scratch = memory_host(&files);
                assert_eq!(told(&host), told(&scratch), "seed {seed}, step {step}, {path}");
            }
        }
    }
}

/// A template of 3,000 lines and many documents, each with faults of its own, some of them out of helpers.
fn long_template() -> String {
    let charts = own_charts();
    let of = |path: &str| charts[Utf8Path::new(path)].clone();
    let [one, other] =
        [of("/w/leakydb/templates/clusterdefinition.yaml"), of("/w/tidedb/templates/clusterdefinition.yaml")];
    let extra = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: again\n  name: again\n  labels:\n    \
                 {{- include \"tidedb.labels\" . | nindent 2 }}\ndata:\n  a: *nothing\nspec: {{ .Values.waitImage }}\n";
    let switched = "{{- if .Values.nothing }}\na: b\n{{- end }}\napiVersion: v1\nkind: List\nitems:\n{{- if false }}\n\
                    - a: b\n{{- end }}\n";
    let parts = [one.as_str(), &other, extra, switched, &other, extra];
    (0..6).flat_map(|_| parts).collect::<Vec<_>>().join("\n---\n")
}

#[test]
fn a_long_template_keeps_what_an_edit_leaves_alone() {
    let path = Utf8PathBuf::from("/w/tidedb/templates/many.yaml");
    let helpers = Utf8PathBuf::from("/w/tidedb/templates/_helpers.tpl");
    for seed in 1..=3u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut files = own_charts();
        files.insert(path.clone(), long_template());
        let mut host = memory_host(&files);
        assert!(!told(&host).is_empty());
        for step in 0..10 {
            let text = &files[&path];
            let lines: Vec<&str> = text.split_inclusive('\n').collect();
            let at = dice.below(lines.len());
            let text = match dice.below(6) {
                0 => [&lines[..at], &["# one more line\n", "\n"], &lines[at..]].concat().concat(),
                1 => [&lines[..at], &lines[(at + 1 + dice.below(3)).min(lines.len())..]].concat().concat(),
                2 => [&lines[..at], &["---\n"], &lines[at..]].concat().concat(),
                3 => long_template(),
                _ => edit(text, &mut dice),
            };
            let mut changes = vec![Change::Open(path.clone(), text.as_str().into())];
            files.insert(path.clone(), text);
            if step % 5 == 4 {
                let text = format!("\n{}", files[&helpers]);
                changes.push(Change::Open(helpers.clone(), text.as_str().into()));
                files.insert(helpers.clone(), text);
            }
            // One after the other, as an editor does it, or at once.
            match dice.below(2) {
                0 => _ = host.apply(changes),
                _ => changes.into_iter().for_each(|change| _ = host.apply(vec![change])),
            }
            assert_eq!(told(&host), told(&memory_host(&files)), "seed {seed}, step {step}");
        }
    }
}

#[test]
fn documents_outlive_edits_of_others() {
    let path = Utf8PathBuf::from("/w/tidedb/templates/many.yaml");
    let mut files = own_charts();
    files.insert(path.clone(), long_template());
    let mut host = memory_host(&files);
    let trees = |host: &Host| -> Vec<_> {
        let world = host.world();
        let documents = world.charts[Utf8Path::new("/w/tidedb")].documents().iter();
        documents.filter(|document| document.path() == path).map(|document| document.tree().clone()).collect()
    };
    let before = trees(&host);
    let text = long_template();
    let at = text.find("name: again").unwrap();
    host.apply(vec![Change::Open(path.clone(), format!("{}x{}", &text[..at], &text[at..]).into())]);
    let after = trees(&host);
    let kept: Vec<bool> = before.iter().zip(&after).map(|(before, after)| Arc::ptr_eq(before, after)).collect();
    assert_eq!((before.len(), kept[..5].to_vec()), (after.len(), vec![true, true, false, false, false]));
    assert_eq!(before[4].ids().count(), after[4].ids().count());
}

#[test]
fn files_come_and_go() {
    let mut files = own_charts();
    let gone = Utf8PathBuf::from("/w/tidedb/templates/clusterdefinition.yaml");
    let mut host = memory_host(&files);
    let whole = told(&host);
    let text = files.remove(&gone).unwrap();
    let disk = |files: &BTreeMap<Utf8PathBuf, String>| {
        let files = files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())).collect();
        Arc::new(MemoryDisk { files })
    };
    let mut without = Host::new(disk(&files));
    without.apply(vec![Change::Roots(vec!["/w".into()])]);
    assert_eq!(told(&without), told(&memory_host(&files)));
    // The editor has a file that the disk lacks; then gives it up again.
    without.apply(vec![Change::Open(gone.clone(), text.clone().into())]);
    assert_eq!(told(&without), whole);
    without.apply(vec![Change::Close(gone.clone())]);
    assert_eq!(told(&without), told(&memory_host(&files)));
    // A text that is the same makes no new world.
    assert!(!host.apply(vec![Change::Open(gone, text.into())]));
}

#[test]
fn prefixes_never_panic() {
    let files = own_charts();
    let mut host = memory_host(&files);
    for (path, text) in files.iter().filter(|(path, _)| path.starts_with("/w/tidedb/templates")) {
        let mut at = 0;
        while at < text.len() {
            let prefix = &text[..kubeblocks_ls::text::floor_char_boundary(text, at)];
            host.apply(vec![Change::Open(path.clone(), prefix.into())]);
            rules::check(&host.world());
            at += 37;
        }
        host.apply(vec![Change::Open(path.clone(), text.as_str().into())]);
    }
}

/// A chart whose templates hang on different things.
const CHART: [(&str, &str); 11] = [
    ("Chart.yaml", "apiVersion: v2\nname: a\nversion: 0.1.0\n"),
    ("values.yaml", "v: 1\n"),
    ("files/one.sh", "one"),
    ("files/two.sh", "two"),
    ("templates/_h.tpl", "{{ define \"h\" }}{{ include \"deep\" . }}{{ end }}"),
    ("templates/_deep.tpl", "{{ define \"deep\" }}x{{ end }}{{ define \"other\" }}y{{ end }}"),
    ("templates/helper.yaml", "a: {{ include \"h\" . }}\n"),
    ("templates/plain.yaml", "a: {{ .Values.v }}\n"),
    ("templates/one.yaml", "a: {{ .Files.Get \"files/one.sh\" }}\nb: {{ .Files.Get \"files/three.sh\" }}\n"),
    ("templates/all.yaml", "a: {{ (.Files.Glob \"files/t*\").AsConfig | quote }}\n"),
    ("templates/NOTES.txt", "{{ include \"other\" . }}"),
];

/// Edits files of [`CHART`] after `first`; the names of those that were rendered again.
fn rendered_again(first: &[(&str, &str)], edits: &[(&str, &str)]) -> String {
    let path = |name: &str| Utf8PathBuf::from(format!("/w/a/{name}"));
    let files = CHART.iter().chain(first).map(|(name, text)| (path(name), (*text).to_owned())).collect();
    let mut host = memory_host(&files);
    let before = host.world();
    let files = |world: &kubeblocks_ls::world::World| -> Vec<_> {
        let render = world.charts[&Utf8PathBuf::from("/w/a")].rendering().unwrap();
        render.files.iter().chain(&render.notes).cloned().collect()
    };
    let known = files(&before);
    host.apply(edits.iter().map(|(name, text)| Change::Open(path(name), (*text).into())).collect());
    let world = host.world();
    let again = files(&world).into_iter().filter(|file| !known.iter().any(|old| Arc::ptr_eq(old, file)));
    let again: Vec<_> = again.map(|file| file.name.trim_start_matches("a/templates/").to_owned()).collect();
    again.join(" ")
}

#[test]
fn an_edit_renders_again_what_hangs_on_it() {
    let all = "all.yaml helper.yaml one.yaml plain.yaml NOTES.txt";
    for (edits, want) in [
        (&[("templates/plain.yaml", "a: 2\n")][..], "plain.yaml"),
        (&[("templates/new.yaml", "a: 2\n")], "new.yaml"),
        (&[("templates/_h.tpl", "{{ define \"h\" }}z{{ end }}")], "helper.yaml"),
        // Through another helper, and through one that nobody changed but whose file somebody did.
        (
            &[("templates/_deep.tpl", "{{ define \"deep\" }}z{{ end }}{{ define \"other\" }}y{{ end }}")],
            "helper.yaml NOTES.txt",
        ),
        // The last file that defines a name wins.
        (&[("templates/_new.tpl", "{{ define \"unused\" }}z{{ end }}")], ""),
        (&[("templates/_a.tpl", "{{ define \"other\" }}z{{ end }}")], "NOTES.txt"),
        (&[("files/one.sh", "1")], "one.yaml"),
        (&[("files/two.sh", "2")], "all.yaml"),
        (&[("files/three.sh", "3")], "all.yaml one.yaml"),
        (&[("values.yaml", "v: 2\n")], all),
        (&[("Chart.yaml", "apiVersion: v2\nname: a\nversion: 0.2.0\n")], all),
        (&[("templates/plain.yaml", "a: {{ .Values.v.w }}\n")], "plain.yaml"),
        (&[("templates/plain.yaml", "a: {{ if }}\n")], ""),
    ] {
        assert_eq!(rendered_again(&[], edits), want, "{edits:?}");
    }
}

#[test]
fn templates_see_what_those_before_them_left_in_the_values() {
    // They are executed from the last name to the first.
    let behind = "all.yaml helper.yaml one.yaml plain.yaml set.yaml NOTES.txt";
    let of_its_own = "{{ $d := dict }}{{ $_ := set $d \"w\" 1 }}";
    let one = "{{ $_ := set .Values \"w\" 1 }}";
    let two = "{{ $_ := set .Values \"w\" 2 }}";
    let plain = ("templates/plain.yaml", "a: {{ .Values.v }}{{ .Values.w }}\n");
    for (set, edit, want) in [
        (of_its_own, plain, "plain.yaml"),
        (of_its_own, ("templates/set.yaml", "a: 1\n"), "set.yaml"),
        // A value that was there already.
        ("{{ $_ := set .Values \"v\" (float64 1) }}", plain, "plain.yaml"),
        (one, plain, "plain.yaml"),
        (one, ("templates/zoo.yaml", "a: {{ .Values.w }}\n"), "zoo.yaml"),
        (one, ("templates/zoo.yaml", one), "all.yaml helper.yaml one.yaml plain.yaml set.yaml zoo.yaml NOTES.txt"),
        (one, ("templates/set.yaml", two), behind),
        // The same value, from another place.
        (one, ("templates/set.yaml", "{{ $_ := set .Values \"w\" 1 }} "), behind),
        (one, ("templates/set.yaml", "a: 1\n"), behind),
        (one, ("templates/set.yaml", "{{ if }}"), "all.yaml helper.yaml one.yaml plain.yaml NOTES.txt"),
        ("a: 1\n", ("templates/set.yaml", one), behind),
        ("{{ $_ := set .Values \"w\" (fail \"no\") }}", plain, "set.yaml"),
    ] {
        assert_eq!(rendered_again(&[("templates/set.yaml", set)], &[edit]), want, "{set} {edit:?}");
    }
}
