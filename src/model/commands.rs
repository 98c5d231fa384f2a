//! Commands of containers and actions: words that do not do what their author means, whoever runs them.

use super::definition::{Action, Definition};
use super::object::{Document, Node, Part};
use super::operator::Refused;
use super::pods;
use super::shell::{self, Form, is_shell};
use crate::text::TextRange;

/// A program with its arguments, as they are executed.
struct Command<'w> {
    words: Vec<(Node<'w>, &'w str)>,
    /// The first word is the program; else the image knows it.
    whole: bool,
}

/// What puts commands together, for shells alone.
const OF_SHELLS: [&str; 6] = ["|", "&&", "||", ">", ">>", "2>&1"];

/// Programs that know some of these as operators of their own.
const CALCULATING: [&str; 3] = ["expr", "test", "["];

/// Programs that put values of variables into texts themselves.
const EXPANDING: [&str; 2] = ["envsubst", "env"];

/// Every word of a document's commands that cannot be meant.
pub(super) fn refused<'w>(document: &'w Document, found: &mut Vec<Refused<'w>>) {
    let holders = holders(document);
    if holders.is_empty() {
        return;
    }
    let spec = document.spec();
    for holder in holders {
        let Some(command) = Command::of(holder) else { continue };
        let known = |name: &str| {
            let is = |entry: &Node| entry.text_at("name") == Some(name);
            // Up to 0.9 the references of a component give variables to its containers.
            let mut around = std::iter::successors(holder.parent(), |node| node.parent());
            let mut given = around.find(|node| node.key("componentDefRef").is_some()).into_iter();
            let given = given.any(|component| component.each("componentDefRef[].componentRefEnv[]").iter().any(is));
            let vars = || spec.is_some_and(|spec| spec.list("vars").any(|var| is(&var)));
            holder.list("env").any(|entry| is(&entry)) || given || vars()
        };
        command.judge(&known, found);
    }
}

/// What has a `command`, with `args` or without.
fn holders(document: &Document) -> Vec<Node<'_>> {
    let Some(root) = document.root().filter(|_| document.is_sound()) else { return Vec::new() };
    let mut found: Vec<Node> = pods::pods(document).into_iter().flat_map(pods::containers).collect();
    let paths: &[&str] = match (document.group().unwrap_or_default(), document.kind().unwrap_or_default()) {
        ("apps.kubeblocks.io", "ClusterDefinition") => &[
            "spec.componentDefs[].systemAccounts.cmdExecutorConfig",
            "spec.componentDefs[].switchoverSpec{}.cmdExecutorConfig",
        ],
        ("apps.kubeblocks.io", "ClusterVersion") => &[
            "spec.componentVersions[].versionsContext.containers[]",
            "spec.componentVersions[].versionsContext.initContainers[]",
        ],
        ("apps.kubeblocks.io", "SidecarDefinition") => &["spec.containers[]"],
        ("apps.kubeblocks.io", "ShardingDefinition") => &["spec.lifecycleActions{}.exec"],
        ("operations.kubeblocks.io", "OpsDefinition") => &["spec.actions[].exec"],
        ("dataprotection.kubeblocks.io", "ActionSet") => &[
            "spec.backup.backupData",
            "spec.backup.preBackup[].job",
            "spec.backup.preBackup[].exec",
            "spec.backup.postBackup[].job",
            "spec.backup.postBackup[].exec",
            "spec.backup.preDelete",
            "spec.restore.prepareData",
            "spec.restore.postReady[].job",
            "spec.restore.postReady[].exec",
        ],
        _ => &[],
    };
    found.extend(paths.iter().flat_map(|path| root.each(path)));
    if let Some(definition) = Definition::of(document) {
        let actions = definition.agent_actions().chain(definition.available_probe());
        found.extend(actions.flat_map(Action::runs).map(|(_, exec)| exec));
    }
    let hooks = ["livenessProbe", "readinessProbe", "startupProbe", "lifecycle.postStart", "lifecycle.preStop"];
    let probes: Vec<Node> =
        found.iter().flat_map(|holder| hooks.iter().filter_map(|hook| holder.at(hook)?.get("exec"))).collect();
    found.extend(probes);
    found
}

/// The programs that a command runs, as words of its items: of a shell's script, those that it names.
pub fn programs(holder: Node<'_>) -> Vec<Part<'_>> {
    let Some(first) = holder.list("command").next() else { return Vec::new() };
    if !is_shell(known(first)) {
        return vec![first.part(TextRange::new(0, known(first).len()))];
    }
    let Some(script) = script_of(holder) else { return Vec::new() };
    shell::programs(known(script)).into_iter().map(|range| script.part(range)).collect()
}

/// The scripts that shells run in a document: behind `-c`, and files of a ConfigMap.
pub fn scripts(document: &Document) -> Vec<Node<'_>> {
    if document.kind() == Some("ConfigMap") {
        script_files(document)
    } else {
        holders(document).into_iter().filter_map(script_of).collect()
    }
}

/// The files of a ConfigMap that are scripts of a shell.
pub(super) fn script_files(document: &Document) -> Vec<Node<'_>> {
    let fits = document.kind() == Some("ConfigMap") && document.is_sound();
    let data = document.root().filter(|_| fits).and_then(|root| root.get("data"));
    let is_ours = |(key, file): &(Node, Node)| shell::is_script(known(*key), known(*file));
    data.into_iter().flat_map(Node::entries).filter(is_ours).map(|(_, file)| file).collect()
}

/// The script of a command that begins with a shell.
fn script_of(holder: Node<'_>) -> Option<Node<'_>> {
    let words: Vec<Node> = holder.list("command").chain(holder.list("args")).collect();
    let (_, rest) = words.split_first().filter(|(first, _)| is_shell(known(**first)))?;
    let options = rest.iter().take_while(|word| known(**word).starts_with(['-', '+']));
    let (count, is_script) = options.fold((0, false), |(n, is), word| (n + 1, is || is_command_option(known(*word))));
    rest.get(count).copied().filter(|_| is_script)
}

/// Nothing where a word is not known.
fn known<'w>(word: Node<'w>) -> &'w str {
    word.known_text().unwrap_or_default()
}

impl<'w> Command<'w> {
    /// `None` where a word is not known.
    fn of(holder: Node<'w>) -> Option<Self> {
        let whole = holder.list("command").next().is_some();
        let words = holder.list("command").chain(holder.list("args"));
        // A variable alone looks like something to be filled in.
        let known = |word: &Node<'w>, text: &str| word.known() || alone(text).is_some();
        let words = words.map(|word| Some((word, word.text().filter(|text| known(&word, text))?)));
        let words: Option<Vec<_>> = words.collect();
        words.filter(|words| !words.is_empty()).map(|words| Self { words, whole })
    }

    fn judge(&self, known: &dyn Fn(&str) -> bool, found: &mut Vec<Refused<'w>>) {
        let Some(((program, runs), rest)) = self.words.split_first().filter(|_| self.whole) else { return };
        let mut refuse = |node: Node<'w>, reason: String, why, mild| found.push(Refused { node, reason, why, mild });
        if runs.trim().contains([' ', '\n', '\t']) {
            let reason = "no program has this name: each word of a command is an item of its own".to_owned();
            return refuse(*program, reason, "It is not found, and nothing is run.", false);
        }
        if is_shell(runs) {
            if let Some((word, _)) = rest.first().filter(|(_, word)| is_script(word)) {
                let reason = format!("`{runs}` takes it for the name of a file; `-c` is missing before it");
                refuse(*word, reason, "There is no such file, and nothing is run.", false);
            } else if let Some(word) = unread(rest) {
                let reason = format!("`{runs}` runs the one word behind `-c`, which does not ask for others");
                refuse(word, reason, "It is passed over in silence.", true);
            }
            return;
        }
        let expands = |word: &str| is_shell(word) || EXPANDING.contains(&shell::program(word));
        if self.words.iter().any(|(_, word)| expands(word)) {
            return;
        }
        for (at, (word, text)) in rest.iter().enumerate() {
            // What follows on an option is its value.
            let value = at.checked_sub(1).is_some_and(|before| rest[before].1.starts_with('-'));
            if OF_SHELLS.contains(text) && at + 1 < rest.len() && !value && !CALCULATING.contains(&shell::program(runs))
            {
                let reason = format!("no shell reads it: `{runs}` takes it for an argument");
                refuse(*word, reason, "What stands behind it is not run by itself.", true);
                return;
            }
            if let Some(name) = alone(text).filter(|name| known(name)) {
                let reason = format!("no shell reads it, so it stays as it is; `$({name})` is replaced");
                refuse(*word, reason, "The program gets the dollar and the name.", true);
            }
        }
    }
}

/// Several words, and no option.
fn is_script(word: &str) -> bool {
    !word.starts_with(['-', '+']) && word.trim().contains([' ', '\n'])
}

/// The first word behind the script of `-c` that the script does not ask for.
fn unread<'w>(words: &[(Node<'w>, &'w str)]) -> Option<Node<'w>> {
    let at = words.iter().position(|(_, word)| !word.starts_with(['-', '+']))?;
    let (options, rest) = words.split_at(at);
    let ((_, script), rest) = rest.split_first().filter(|_| options.iter().any(|(_, word)| is_command_option(word)))?;
    // The first of them is the script's name: often something stands there for its own sake.
    let named = |word: &str| matches!(word, "" | "-" | "--" | "_") || is_shell(word);
    let (first, _) = rest.iter().find(|(_, word)| !named(word))?;
    (!asks(script)).then_some(*first)
}

/// `-c`, `-ec`, `-lc` …
fn is_command_option(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|rest| rest.ends_with('c') && rest.bytes().all(|byte| byte.is_ascii_lowercase()))
}

/// A script may read the words behind it: it names one of them, or does what would.
fn asks(script: &str) -> bool {
    let mut dollars = script.match_indices('$').map(|(at, _)| script[at + 1..].trim_start_matches(['{', '!']));
    let named = dollars.any(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || "@*#".contains(c)));
    let ways = ["shift", "getopts", "source", ".", "eval"];
    let mut words = script.split([' ', '\n', ';', '\t']);
    // A loop over no list is one over the words.
    let lists = script.matches("for ").count() <= script.matches(" in ").count();
    named || script.contains("set --") || !lists || words.any(|word| ways.contains(&word))
}

/// The name where a word, or what follows on an option's `=`, is one variable in a shell's writing.
fn alone(word: &str) -> Option<&str> {
    let value = match word.strip_prefix('-').and(word.split_once('=')) {
        Some((_, value)) => value,
        None => word,
    };
    let uses = shell::uses(value);
    let [used] = uses.as_slice() else { return None };
    let all = used.range.start == 0 && used.range.end as usize == value.len();
    (all && used.form != Form::Parentheses && used.modifier.is_empty()).then_some(used.name)
}

#[cfg(test)]
mod tests {
    use super::{alone, asks, is_command_option};

    #[test]
    fn variables_alone() {
        for (word, want) in [
            ("$HOST", Some("HOST")),
            ("${HOST}", Some("HOST")),
            ("--host=${HOST}", Some("HOST")),
            ("$(HOST)", None),
            ("${HOST:-a}", None),
            ("a=$HOST", None),
            ("$HOST:80", None),
        ] {
            assert_eq!(alone(word), want, "{word}");
        }
    }

    #[test]
    fn scripts_that_ask() {
        for (script, want) in [
            ("exec \"$@\"", true),
            ("echo ${1}", true),
            ("echo $#", true),
            (". /lib.sh; run", true),
            ("run ${NAME}", false),
            ("/scripts/start.sh", false),
            ("set -e; for x in a b; do run $x; done", false),
            ("for x; do run $x; done", true),
            ("while getopts a x; do true; done", true),
        ] {
            assert_eq!(asks(script), want, "{script}");
        }
    }

    #[test]
    fn options() {
        for (word, want) in [("-c", true), ("-ec", true), ("-x", false), ("--c", false), ("c", false)] {
            assert_eq!(is_command_option(word), want, "{word}");
        }
    }
}
