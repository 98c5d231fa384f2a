//! The fuzzer's corpus, and some thousand texts made of it, always the same ones: no fuzzer is needed for that.

#[allow(unreachable_pub, reason = "the targets are packages of their own")]
#[path = "../fuzz/checks.rs"]
mod checks;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::Dice;

/// Time for each target, in a debug build; what is not reached by then is not tried.
const PATIENCE: Duration = Duration::from_secs(12);

/// What grammars have a meaning for.
const WORDS: [&str; 40] = [
    "{{",
    "}}",
    "{{-",
    "-}}",
    "{{/*",
    "*/}}",
    "{{ end }}",
    "{{ if ",
    "{{ range $i, $x := ",
    "{{ define \"a\" }}",
    "{{ include \"a\" . }}",
    "{{ with .Values }}",
    "`",
    "\"",
    "'",
    "\\",
    "|",
    " | quote",
    "(",
    ")",
    "$",
    ".Values.a",
    "&a ",
    "*a",
    "<<: ",
    "- ",
    ": ",
    "? ",
    "[",
    "]",
    "{",
    "}",
    "#",
    "---\n",
    "|+2\n",
    ">-\n",
    "!!int ",
    "\t",
    "\r\n",
    "\u{feff}é\u{2028}😀",
];

/// A text made of others: parts cut out, doubled, swapped, and words put in.
fn mutated(dice: &mut Dice, seeds: &[String]) -> String {
    let mut text = dice.pick(seeds).clone();
    for _ in 0..=dice.below(6) {
        let place =
            |dice: &mut Dice, text: &str| kubeblocks_ls::text::floor_char_boundary(text, dice.below(text.len() + 1));
        let (a, b) = (place(dice, &text), place(dice, &text));
        let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 80));
        let to = kubeblocks_ls::text::floor_char_boundary(&text, to).max(from);
        match dice.below(6) {
            0 => text.replace_range(from..to, ""),
            1 => text.insert_str(from, &text[from..to].repeat(1 + dice.below(3))),
            2 => text.truncate(to),
            3 => text.insert(from, char::from(dice.below(128) as u8)),
            _ => text.insert_str(from, WORDS[dice.below(WORDS.len())]),
        }
    }
    text
}

fn replay(target: &str, count: usize, check: impl Fn(&str)) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds").join(target);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let seeds: Vec<String> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    assert!(!seeds.is_empty());
    let (mut dice, start) = (Dice(0x9e37_79b9_7f4a_7c15), Instant::now());
    let made = std::iter::repeat_with(|| mutated(&mut dice, &seeds)).take(count);
    let mut done = 0;
    for text in seeds.iter().cloned().chain(made) {
        if start.elapsed() > PATIENCE {
            break;
        }
        let before = Instant::now();
        let fails = catch_unwind(AssertUnwindSafe(|| check(&text))).is_err();
        assert!(!fails, "this text fails; keep it in tests/fuzz/seeds/{target}:\n{text:?}");
        assert!(before.elapsed() < PATIENCE, "this text takes too long:\n{text:?}");
        done += 1;
    }
    println!("{target}: {done} texts in {:?}", start.elapsed());
    assert!(done > seeds.len(), "there was no time for more than the corpus");
}

#[test]
fn templates() {
    replay("template", 6_000, checks::template);
}

#[test]
fn trees() {
    replay("yaml", 10_000, checks::yaml);
}

#[test]
fn charts() {
    replay("render", 600, checks::render);
}

#[test]
fn manifests() {
    replay("admission", 400, checks::admission);
}

#[test]
fn conversations() {
    replay("messages", 800, |text| assert!(checks::messages(text) || text.contains("older") || text.contains("root")));
}
