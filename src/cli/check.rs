//! `--check`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use camino::Utf8PathBuf;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{Checking, Format};
use super::{CLEAN, FAULT, FINDINGS, USAGE, locate, print, say, working_directory};
use crate::config::Config;
use crate::helm::chart::ChartProblemKind;
use crate::host::{Change, Host};
use crate::report::{Report, Totals, json, text};
use crate::rules;
use crate::vfs::OsDisk;
use crate::world::{Chart, Contents, World};

pub(super) fn check(args: &Checking) -> u8 {
    let folder = working_directory();
    let mut code = CLEAN;
    let given = if args.paths.is_empty() { &[Utf8PathBuf::from(".")][..] } else { &args.paths };
    let mut roots = Vec::new();
    for path in given {
        match locate(&folder, path) {
            Ok(path) => roots.push(path),
            Err(error) => {
                say(&format!("cannot read `{path}`: {error}"));
                code = USAGE;
            }
        }
    }
    let mut host = Host::new(Arc::new(OsDisk));
    let mut changes = vec![Change::Config(Config {
        rules: args.rule.iter().cloned().collect(),
        ignore: args.ignore.clone(),
        ..Config::default()
    })];
    if let Some(path) = &args.config {
        match locate(&folder, path) {
            Ok(path) => changes.push(Change::ConfigFile(path)),
            Err(error) => {
                say(&format!("cannot read `{path}`: {error}"));
                return USAGE;
            }
        }
    }
    changes.push(Change::Roots(roots));
    host.apply(changes);
    let world = host.world();
    for (path, problem) in unreadable(&world) {
        say(&format!("cannot read `{}`: {problem}", crate::report::relative(&folder, &path)));
        code = USAGE;
    }
    warm(&world);
    let mut checked = rules::check_all(&world);
    if !args.show_suppressed {
        checked.retain(|finding| finding.allowed.is_none());
    }
    checked.retain(|finding| args.info || !finding.quiet);
    let totals = totals(&world);
    if totals == Totals::default() && code == CLEAN {
        say("there are no charts and no KubeBlocks manifests here");
    }
    let canonical = folder.canonicalize_utf8().unwrap_or(folder);
    let report = Report { world: &world, findings: &checked, totals, folder: &canonical };
    print(&match args.format {
        Format::Text => text::render(&report),
        Format::Json => match serde_json::to_string_pretty(&json::Document::of(&report)) {
            Ok(text) => text + "\n",
            Err(error) => {
                say(&format!("internal fault: {error}"));
                return FAULT;
            }
        },
    });
    if checked.iter().any(|finding| finding.rule == rules::INTERNAL_FAULT) {
        return FAULT;
    }
    let worst = checked.iter().filter(|finding| finding.allowed.is_none()).map(|finding| finding.severity).max();
    if code == CLEAN && worst >= Some(args.fail_on.into()) { FINDINGS } else { code }
}

/// Works every chart out, all processors at once; what is asked later is remembered in the charts.
fn warm(world: &World) {
    let charts: Vec<&Chart> = world.charts.values().flat_map(|chart| chart.views()).collect();
    let bar = progress(charts.len());
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(charts.len().max(1));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(chart) = charts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    rules::check_chart(chart);
                    bar.inc(1);
                }
            });
        }
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

fn unreadable(world: &World) -> Vec<(Utf8PathBuf, String)> {
    let problems = world.charts.values().filter_map(|chart| chart.package()).flat_map(|package| &package.problems);
    problems
        .filter_map(|problem| match &problem.kind {
            ChartProblemKind::Unreadable(words) => Some((world.source(problem.span.file)?.path.clone(), words.clone())),
            _ => None,
        })
        .collect()
}
