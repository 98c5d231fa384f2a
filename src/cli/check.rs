//! `--check`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{Checking, Format};
use super::watch::Watch;
use super::{CLEAN, FAULT, FINDINGS, USAGE, changed, fixing, inputs, locate, print, say, working_directory};
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::helm::chart::ChartProblemKind;
use crate::host::{Change, Host};
use crate::report::baseline::{self, Baseline};
use crate::report::{
    Report, Totals, checkstyle, concise, github, gitlab, json, jsonl, junit, rdjson, sarif, statistics, text,
};
use crate::rules;
use crate::threads;
use crate::vfs::{Disk, OsDisk};
use crate::world::{Chart, Contents, World};

pub(super) fn check(args: &Checking) -> u8 {
    match look(args) {
        Ok(code) => code,
        Err(words) => {
            say(&words);
            USAGE
        }
    }
}

/// The exit code.
///
/// # Errors
/// What is wrong with the arguments.
fn look(args: &Checking) -> Result<u8, String> {
    let mut clock = Clock { started: Instant::now(), told: args.timings };
    let folder = working_directory();
    let folder = folder.canonicalize_utf8().unwrap_or(folder);
    let unreadable = |path: &Utf8Path, error: std::io::Error| format!("cannot read `{path}`: {error}");
    let mut host = Host::new(Arc::new(OsDisk));
    let mut changes = vec![Change::Config(Config {
        rules: args.rule.iter().cloned().collect(),
        ignore: args.ignore.clone(),
        ..Config::default()
    })];
    if let Some(path) = &args.config {
        changes.push(Change::ConfigFile(locate(&folder, path).map_err(|error| unreadable(path, error))?));
    }
    changes.push(Change::TrySwitches);
    let (roots, good) = inputs::roots(args, &folder);
    changes.extend(roots);
    if let Some(revision) = &args.installed {
        let mut before = Host::new(Arc::new(changed::disk(&folder, revision)?));
        before.apply(changes.iter().filter_map(again).collect());
        changes.push(Change::Installed(before.world()));
    }
    host.apply(changes);
    clock.lap("reading");
    let code = tell(args, &folder, &mut host, good, &mut clock)?;
    if !args.watch {
        // The process ends: to take the world apart would cost as much as many a rule.
        std::mem::forget(host);
        return Ok(code);
    }
    let mut watch = Watch::new()?;
    loop {
        watch.follow(&host.world())?;
        let Some(changed) = watch.wait() else { return Ok(code) };
        if host.apply(changed.iter().cloned().map(Change::Disk).collect()) {
            let names = changed.iter().map(|path| crate::report::relative(&folder, path)).collect::<Vec<_>>();
            say(&format!("changed: {}", names.join(", ")));
            tell(args, &folder, &mut host, good, &mut clock)?;
        }
    }
}

/// Judges the host's world and reports; the exit code.
///
/// # Errors
/// As for [`look`].
fn tell(args: &Checking, folder: &Utf8Path, host: &mut Host, good: bool, clock: &mut Clock) -> Result<u8, String> {
    let unreadable = |path: &Utf8Path, error: std::io::Error| format!("cannot read `{path}`: {error}");
    let mut code = if good { CLEAN } else { USAGE };
    for (path, problem) in missing(&host.world()) {
        say(&format!("cannot read `{}`: {problem}", crate::report::relative(folder, &path)));
        code = USAGE;
    }
    warm(&host.world(), args.quiet);
    clock.lap("rendering and the rules of single charts");
    let changed = args.changed_since.as_ref().map(|revision| changed::paths(folder, revision)).transpose()?;
    let narrow = |world: &World, findings: &mut Vec<Diagnostic>| {
        if let Some(changed) = &changed {
            changed::narrow(world, changed, findings);
        }
        findings.retain(|finding| args.info || !finding.quiet);
    };
    if args.fix || args.diff {
        let fixed = fixing::run(host, args.guesses, &narrow);
        clock.lap("fixing");
        if args.diff {
            print(&fixed.diff(folder));
            return Ok(if fixed.is_empty() || args.exit_zero { code } else { code.max(FINDINGS) });
        }
        fixed.write()?;
        if !args.quiet && !fixed.is_empty() {
            say(&format!("{} fixes in {} files", fixed.count, fixed.len()));
        }
    }
    let world = host.world();
    let mut checked = rules::check_all(&world);
    clock.lap("the rules of all charts together");
    if !args.show_suppressed {
        checked.retain(|finding| finding.allowed.is_none());
    }
    narrow(&world, &mut checked);
    let totals = totals(&world);
    if totals == Totals::default() && code == CLEAN && !args.quiet {
        say("there are no charts and no KubeBlocks manifests here");
    }
    if let Some(path) = &args.write_baseline {
        checked.retain(|finding| finding.allowed.is_none());
        let report = Report { world: &world, findings: &checked, totals, folder };
        write(path, &baseline::render(&report))?;
        return Ok(code);
    }
    if let Some(path) = &args.baseline {
        let bytes = OsDisk.read(&folder.join(path)).map_err(|error| unreadable(path, error))?;
        let known = Baseline::read(&bytes).map_err(|words| format!("cannot use `{path}`: {words}"))?;
        let (new, gone) = known.compare(&Report { world: &world, findings: &checked, totals, folder });
        let mut new = new.into_iter();
        checked.retain(|_| new.next().unwrap_or(true));
        if !gone.is_empty() && changed.is_none() && !args.quiet {
            say(&format!("of `{path}`, {} findings are no longer there; --write-baseline takes them out:", gone.len()));
            gone.iter().for_each(|gone| say(&format!("  {gone}")));
        }
    }
    let report = Report { world: &world, findings: &checked, totals, folder };
    for (format, file) in &args.reports {
        let text = match format {
            Format::Text if args.statistics => statistics::render(&report),
            Format::Text if args.quiet => text::frames(&report),
            Format::Text => text::render(&report),
            Format::Concise => concise::render(&report),
            Format::Json => json::render(&report),
            Format::Jsonl => jsonl::render(&report),
            Format::Sarif => sarif::render(&report),
            Format::Github => github::render(&report),
            Format::Gitlab => gitlab::render(&report),
            Format::Junit => junit::render(&report),
            Format::Checkstyle => checkstyle::render(&report),
            Format::Rdjson => rdjson::render(&report),
        };
        match file {
            Some(path) => write(path, &anstream::adapter::strip_str(&text).to_string())?,
            None => print(&text),
        }
    }
    clock.lap("reporting");
    if checked.iter().any(|finding| finding.rule == rules::INTERNAL_FAULT) {
        return Ok(FAULT);
    }
    let worst = checked.iter().filter(|finding| finding.allowed.is_none()).map(|finding| finding.severity).max();
    let bad = code == CLEAN && !args.exit_zero && worst >= Some(args.fail_on.into());
    Ok(if bad { FINDINGS } else { code })
}

/// What holds for an older revision too.
fn again(change: &Change) -> Option<Change> {
    match change {
        Change::Roots(roots) => Some(Change::Roots(roots.clone())),
        Change::Config(config) => Some(Change::Config(config.clone())),
        Change::ConfigFile(path) => Some(Change::ConfigFile(path.clone())),
        _ => None,
    }
}

fn write(path: &Utf8Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("cannot write `{path}`: {error}"))
}

/// Tells how long each step took.
struct Clock {
    started: Instant,
    told: bool,
}

impl Clock {
    fn lap(&mut self, step: &str) {
        if self.told {
            say(&format!("{:7.1} ms  {step}", self.started.elapsed().as_secs_f64() * 1000.0));
        }
        self.started = Instant::now();
    }
}

/// Works every chart out, all processors at once; what is asked later is remembered in the charts.
fn warm(world: &World, quiet: bool) {
    let charts: Vec<&Chart> = world.charts.values().flat_map(|chart| chart.views()).collect();
    let bar = if quiet { ProgressBar::hidden() } else { progress(charts.len()) };
    threads::for_each(&charts, |chart| {
        rules::check_chart(chart);
        bar.inc(1);
    });
    bar.finish_and_clear();
}

/// A bar on stderr, hidden where that is no terminal.
fn progress(charts: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(charts as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} charts") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn totals(world: &World) -> Totals {
    let (charts, manifests): (Vec<_>, Vec<_>) =
        world.charts.values().partition(|chart| matches!(chart.contents, Contents::Package(_)));
    Totals { charts: charts.len(), manifests: manifests.len() }
}

fn missing(world: &World) -> Vec<(Utf8PathBuf, String)> {
    let problems = world.charts.values().filter_map(|chart| chart.package()).flat_map(|package| &package.problems);
    problems
        .filter_map(|problem| match &problem.kind {
            ChartProblemKind::Unreadable(words) => Some((world.source(problem.span.file)?.path.clone(), words.clone())),
            _ => None,
        })
        .collect()
}
