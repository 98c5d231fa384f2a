//! Edits of real charts, as somebody makes them who types: what was said before and is taken over is what a world made
//! from scratch says. `EDITS=n` makes as many for each set of charts.

use std::collections::BTreeMap;
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};
use kubeblocks_ls::host::Change;
use kubeblocks_ls::rules;
use kubeblocks_ls::text::FileId;
use kubeblocks_ls::world::{Spoken, World};

use crate::support::{Dice, corpus, memory_host};
use crate::worlds::{lines, told};

/// Charts that refer to each other, of both generations.
const SETS: [(&str, &[&str]); 5] = [
    ("addons-1.0", &["addons/redis", "addons-cluster/redis", "addons/kblib", "addons-cluster/kblib"]),
    ("addons-1.0", &["addons/greptimedb", "addons-cluster/greptimedb", "addons/etcd", "addons/kblib"]),
    ("addons-1.0", &["addons/mongodb", "addons-cluster/mongodb", "addons/postgresql", "addons/kblib"]),
    ("addons-0.8", &["addons/kafka", "addons-cluster/kafka", "addons/zookeeper", "addons/kblib"]),
    ("kb-0.7", &["deploy/greptimedb", "deploy/greptimedb-cluster", "deploy/clickhouse", "deploy/clickhouse-cluster"]),
];

fn read(folder: &Path, name: &Utf8Path, files: &mut BTreeMap<Utf8PathBuf, String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = name.join(entry.file_name().to_string_lossy().as_ref());
        match entry.path().is_dir() {
            true => read(&entry.path(), &name, files),
            false => files.extend(std::fs::read_to_string(entry.path()).ok().map(|text| (name, text))),
        }
    }
}

/// A place in a line that has something to say.
fn line(lines: &[&str], dice: &mut Dice) -> usize {
    (0..20).map(|_| dice.below(lines.len())).find(|at| lines[*at].contains(": ")).unwrap_or_default()
}

/// One edit. `other` is a text whose lines may be pasted.
pub(crate) fn edit(text: &str, other: &str, dice: &mut Dice) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let borrowed: Vec<&str> = text.split_inclusive('\n').collect();
    let theirs: Vec<&str> = other.split_inclusive('\n').collect();
    if lines.is_empty() {
        return "a: b\n".into();
    }
    let at = line(&borrowed, dice);
    match dice.below(10) {
        0 => _ = lines.remove(at),
        1 => lines.insert(at, lines[at].clone()),
        2 => lines.insert(at, "# a word\n".into()),
        3 => lines[at] = lines[at].replacen(": ", ": x", 1),
        4 => lines[at] = lines[at].replace(['0', '1', '3'], "2"),
        5 => lines[at] = lines[at].replace("true", "false").replace("name:", "nmae:"),
        6 if !theirs.is_empty() => lines[at] = theirs[line(&theirs, dice)].to_owned(),
        7 => lines[at] = lines[at].trim_end().to_owned() + "y\n",
        8 => lines.insert(
            at,
            format!("{}optional: true\n", " ".repeat(borrowed[at].len() - borrowed[at].trim_start().len())),
        ),
        _ => return crate::worlds::edit(text, dice),
    }
    lines.concat()
}

fn one_of<'p>(lists: &[&'p Vec<Utf8PathBuf>], dice: &mut Dice) -> &'p Utf8PathBuf {
    let list = *dice.pick(lists);
    dice.pick(list)
}

/// Objects of the charts, of each kind one, as they are handed to `kubectl`.
fn manifests(world: &World) -> BTreeMap<Utf8PathBuf, String> {
    let documents = world.charts.values().flat_map(|chart| chart.documents());
    let ours = documents.filter(|document| document.group().is_some_and(|group| group.ends_with("kubeblocks.io")));
    let texts = ours.filter_map(|document| {
        let path = Utf8Path::new("/w/loose").join(document.kind()?).with_extension("yaml");
        Some((path, document.text().to_owned()))
    });
    texts.filter(|(_, text)| text.contains("\napiVersion:") || text.starts_with("apiVersion:")).collect()
}

/// Values under which other branches are taken.
fn other_values(values: &str) -> String {
    let swapped = values.replace("true", "\0").replace("false", "true").replace('\0', "false");
    swapped.replace(": 1\n", ": 3\n")
}

/// Somebody who hears what is new.
#[derive(Default)]
struct Listener {
    spoken: Option<Spoken>,
    heard: BTreeMap<FileId, Vec<String>>,
}

impl Listener {
    fn look(&mut self, world: &World) {
        if let Some(spoken) = &self.spoken {
            let files = || world.files.keys().copied();
            let news = rules::news_among(world, spoken, files());
            for file in files().filter(|file| !news.contains(file)) {
                let found = lines(world, &rules::findings_in(world, file));
                assert_eq!(&found, self.heard.get(&file).unwrap_or(&vec![]), "{:?}", world.files[&file].source.path);
            }
        }
        let news = rules::news_while(world, self.spoken.as_ref(), &|_, _| true).expect("it is wanted");
        if news.all {
            self.heard.clear();
        }
        for file in news.files {
            self.heard.insert(file, lines(world, &rules::findings_in(world, file)));
        }
        self.spoken = Some(world.spoken());
    }

    fn told(&self) -> Vec<String> {
        let mut all: Vec<String> = self.heard.values().flatten().cloned().collect();
        all.sort();
        all
    }
}

#[test]
fn what_was_said_before_holds() {
    let steps = std::env::var("EDITS").ok().and_then(|steps| steps.parse().ok()).unwrap_or(12);
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1u64);
    for (number, (split, charts)) in SETS.into_iter().enumerate() {
        let Some(root) = corpus(&format!("corpus/{split}")) else { continue };
        let mut files = BTreeMap::new();
        charts.iter().for_each(|chart| read(&root.join(chart), &Utf8Path::new("/w").join(chart), &mut files));
        assert!(files.len() > 20, "{split} lacks {charts:?}");
        // Half of the sets have a chart that is seen with other values, too.
        if (seed + number as u64).is_multiple_of(2) {
            let chart = Utf8Path::new("/w").join(charts[0]);
            files.insert(chart.join("ci/other-values.yaml"), other_values(&files[&chart.join("values.yaml")]));
        }
        let loose = manifests(&memory_host(&files).world());
        assert!(loose.len() > 3, "{split} {charts:?}: {loose:?}");
        files.extend(loose.clone());
        let first = files.clone();
        let mut dice = Dice((seed * 5 + number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut host = memory_host(&files);
        let mut listener = Listener::default();
        listener.look(&host.world());
        let (paths, others): (Vec<_>, Vec<_>) = files
            .keys()
            .filter(|path| !loose.contains_key(*path))
            .cloned()
            .partition(|path| path.as_str().contains("/templates/"));
        let loose: Vec<_> = loose.into_keys().collect();
        let values: Vec<_> = others.iter().filter(|path| path.file_name() == Some("values.yaml")).cloned().collect();
        let mut path = paths[0].clone();
        for step in 0..steps {
            // Who edits a file goes on in it for a while.
            if step % 4 == 0 {
                path = one_of(&[&paths, &paths, &paths, &others, &values, &loose], &mut dice).clone();
            }
            let other = &first[dice.pick(&paths)];
            // Now and then two files change at once, or one is saved.
            let second = (dice.below(4) == 0).then(|| one_of(&[&paths, &loose], &mut dice).clone());
            let mut changes = Vec::new();
            for path in std::iter::once(&path).chain(&second) {
                let text = match dice.below(4) {
                    0 => first[path].clone(),
                    _ => edit(&files[path], other, &mut dice),
                };
                files.insert(path.clone(), text.clone());
                changes.push(Change::Open(path.clone(), text.into()));
            }
            if dice.below(4) == 0 {
                changes.push(Change::Disk(path.clone()));
            }
            host.apply(changes);
            match dice.below(4) {
                0 => {}
                1 => {
                    // Others type on before all is looked at.
                    let (world, judged) = (host.world(), dice.below(6));
                    let wanted = |done, _| done < world.charts.len() + judged;
                    _ = rules::news_while(&world, None, &wanted);
                }
                2 => {
                    let world = host.world();
                    let file = world.files.at(&path).map(|file| file.source.id);
                    file.into_iter().for_each(|file| drop(rules::findings_in(&world, file)));
                }
                _ => {
                    let (kept, scratch) = (told(&host), told(&memory_host(&files)));
                    let differ =
                        |a: &[String], b: &[String]| a.iter().filter(|line| !b.contains(line)).cloned().collect();
                    let [gone, new]: [Vec<String>; 2] = [differ(&scratch, &kept), differ(&kept, &scratch)];
                    assert_eq!((gone, new), (vec![], vec![]), "{split} {charts:?}, step {step}, {path}");
                    assert_eq!(kept, scratch);
                    listener.look(&host.world());
                    let heard = listener.told();
                    let [gone, new]: [Vec<String>; 2] = [differ(&scratch, &heard), differ(&heard, &scratch)];
                    assert_eq!((gone, new), (vec![], vec![]), "news of {split} {charts:?}, step {step}, {path}");
                }
            }
        }
    }
}
