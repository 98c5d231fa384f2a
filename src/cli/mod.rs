//! The command line: arguments → an answer on stdout → an exit code.
//!
//! Exit codes: 0 clean, 1 findings at or above `--fail-on`, 2 wrong usage or unreadable input, 3 an internal fault.

mod args;
mod changed;
mod check;
mod fixing;
mod graph;
mod import;
mod inputs;
mod page;
mod render;
mod rules;
mod watch;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use camino::{Utf8Path, Utf8PathBuf};

use clap::CommandFactory;

pub use self::args::Args;
use crate::vfs::normalize;

const CLEAN: u8 = 0;
const FINDINGS: u8 = 1;
const USAGE: u8 = 2;
const FAULT: u8 = 3;

/// Which door was asked for.
pub enum Door {
    /// The language server.
    Server,
    /// The command line has answered.
    Done(ExitCode),
}

/// Carries out what the arguments ask for, except for the server.
pub fn run(args: &Args) -> Door {
    if args.stdio {
        return Door::Server;
    }
    let code = if args.check {
        check::check(&args.checking)
    } else if let Some(chart) = &args.render {
        render::render(chart, &args.template)
    } else if let Some(form) = args.graph {
        graph::graph(form, &args.checking.paths)
    } else if let Some(rule) = &args.explain {
        rules::explain(rule)
    } else if args.list_rules {
        rules::list_rules(args.checking.reports.first().map(|(format, _)| *format))
    } else if let Some(folder) = &args.import_crds {
        import::import_schemas(folder, &args.template.release)
    } else if let Some(folder) = &args.docs {
        rules::write_pages(folder)
    } else if let Some(shell) = args.completions {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Args::command(), "kubeblocks-ls", &mut script);
        print(&String::from_utf8_lossy(&script));
        CLEAN
    } else if args.man {
        let mut page = Vec::new();
        let _ = clap_mangen::Man::new(Args::command()).render(&mut page);
        print(&String::from_utf8_lossy(&page));
        CLEAN
    } else if io::stdin().is_terminal() {
        print(&Args::command().render_help().ansi().to_string());
        CLEAN
    } else {
        return Door::Server;
    };
    Door::Done(ExitCode::from(code))
}

/// Prints to stdout what holds colours, where they are wanted there. A reader that went away (`| head`) is no fault.
fn print(text: &str) {
    let mut out = anstream::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints to stdout, byte for byte.
fn print_raw(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Says a line on stderr.
fn say(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "kubeblocks-ls: {text}");
}

/// The working directory, absolute.
fn working_directory() -> Utf8PathBuf {
    let folder = std::env::current_dir().ok().and_then(|folder| Utf8PathBuf::from_path_buf(folder).ok());
    folder.unwrap_or_else(|| Utf8PathBuf::from("/"))
}

/// Where a path of the command line really lies: absolute, links resolved.
fn locate(folder: &Utf8Path, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
    normalize(&folder.join(path)).canonicalize_utf8()
}
