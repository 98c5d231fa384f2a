//! `--graph`.

use std::sync::Arc;

use camino::Utf8PathBuf;

use super::args::Picture;
use super::{CLEAN, USAGE, locate, print, say, working_directory};
use crate::host::{Change, Host};
use crate::report::graph::Graph;
use crate::vfs::OsDisk;

/// Prints the picture of the charts at or below some paths.
pub(super) fn graph(form: Picture, paths: &[Utf8PathBuf]) -> u8 {
    let folder = working_directory();
    let given = if paths.is_empty() { &[Utf8PathBuf::from(".")][..] } else { paths };
    let roots: Result<Vec<_>, _> = given
        .iter()
        .map(|path| locate(&folder, path).map_err(|error| format!("cannot read `{path}`: {error}")))
        .collect();
    let roots = match roots {
        Ok(roots) => roots,
        Err(error) => {
            say(&error);
            return USAGE;
        }
    };
    let mut host = Host::new(Arc::new(OsDisk));
    host.apply(vec![Change::Roots(roots)]);
    let world = host.world();
    let graph = Graph::of(&world, world.charts.values().map(|chart| &**chart));
    if graph.is_empty() {
        say("there are no components and no references here");
    }
    print(&match form {
        Picture::Mermaid => graph.mermaid(),
        Picture::Dot => graph.dot(),
        Picture::Svg => graph.svg(),
    });
    CLEAN
}
