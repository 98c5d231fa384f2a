//! A script that is called broken is one that bash refuses, with the scripts of real charts and with faults in them.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use kubeblocks_ls::model::commands;
use kubeblocks_ls::model::shell::flaw;

use crate::admission;
use crate::support::{Dice, corpus, in_parallel};

/// What a fault takes away.
const MARKS: [&str; 11] = ["fi", "done", "then", "do", "esac", ";;", "{", "}", "\"", "'", ")"];

/// Faults of each script.
const FAULTS: usize = 8;

/// `None` where there is no bash.
fn bash_reads(script: &str) -> Option<bool> {
    let bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut bash = bash.ok()?;
    // It may stop to read at the first fault.
    _ = bash.stdin.take()?.write_all(script.as_bytes());
    Some(bash.wait().ok()?.success())
}

/// The text without one of its marks.
fn with_fault(text: &str, dice: &mut Dice) -> String {
    let all: Vec<(usize, &str)> = MARKS.iter().flat_map(|mark| text.match_indices(mark)).collect();
    let Some((at, mark)) = all.get(dice.below(all.len())) else { return text.to_owned() };
    format!("{}{}", &text[..*at], &text[at + mark.len()..])
}

#[test]
fn what_is_broken_bash_refuses() {
    let Some(folder) = corpus("corpus-goldens/addons-1.0") else { return };
    let mut scripts = BTreeSet::new();
    for path in admission::files(&folder).iter().filter(|path| !path.to_string_lossy().contains(".values-")) {
        let text = std::fs::read_to_string(path).unwrap();
        for document in admission::documents("", &text).iter().filter(|_| text.contains("-c\n")) {
            scripts.extend(commands::scripts(document).into_iter().filter_map(|node| node.text().map(str::to_owned)));
        }
    }
    let scripts: Vec<String> = scripts.into_iter().filter(|text| !text.contains("{{")).collect();
    let answers = in_parallel(&scripts, |script| {
        let mut dice = Dice(script.len() as u64 + 1);
        let texts = std::iter::once(script.clone()).chain((0..FAULTS).map(|_| with_fault(script, &mut dice)));
        let answers = texts.filter_map(|text| {
            // A bracket without blanks is a command that nobody has: bash sees that later.
            let flaw = flaw(&text).filter(|flaw| !flaw.range.of(&text).contains('['))?;
            Some((bash_reads(&text)?, format!("{}: {text}", flaw.words)))
        });
        answers.collect::<Vec<_>>()
    });
    let (wrong, right): (Vec<_>, Vec<_>) = answers.into_iter().flatten().partition(|(reads, _)| *reads);
    println!("{} scripts, {} broken ones", scripts.len(), right.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    let bash_is_here = bash_reads("").is_some();
    assert!(!bash_is_here || right.len() > 100, "{} of {}", right.len(), scripts.len());
}
