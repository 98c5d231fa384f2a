//! `--import-crds`: the schemas of a release, written anew.

use std::collections::BTreeMap;

use anyhow::Context;
use camino::Utf8Path;

use super::{CLEAN, USAGE, say, working_directory};
use crate::schema;
use crate::schema::release::Release;
use crate::vfs::{Disk, OsDisk};

/// Rewrites the schemas of a release, below the working directory.
pub(super) fn import_schemas(source: &Utf8Path, release: &str) -> u8 {
    let folder = working_directory();
    let source = folder.join(source);
    let (target, files) = match Release::named(release) {
        Some(release) => (format!("schemas/kubeblocks/{}", release.name()), crds_in(&source)),
        None if release == "kubernetes" => ("schemas/kubernetes".to_owned(), definitions_in(&source)),
        None => {
            let names: Vec<_> = Release::ALL.into_iter().map(Release::name).collect();
            say(&format!("--release is none of kubernetes, {}", names.join(", ")));
            return USAGE;
        }
    };
    match files.and_then(|files| write_schemas(&folder.join(&target), &files)) {
        Ok(count) => {
            say(&format!("wrote {count} files to `{target}`"));
            CLEAN
        }
        Err(error) => {
            say(&format!("{error:#}"));
            USAGE
        }
    }
}

/// What the CRDs of a folder become.
fn crds_in(folder: &Utf8Path) -> anyhow::Result<BTreeMap<String, String>> {
    let names = OsDisk.list(folder).with_context(|| format!("cannot read `{folder}`"))?;
    let mut texts = Vec::new();
    for name in names.into_iter().map(|entry| entry.name).filter(|name| name.ends_with(".yaml")) {
        let bytes = OsDisk.read(&folder.join(&name)).with_context(|| format!("cannot read `{name}`"))?;
        texts.push((name, String::from_utf8(bytes)?));
    }
    let crds = texts.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let files = schema::import::import(crds).map_err(anyhow::Error::msg)?;
    anyhow::ensure!(!files.is_empty(), "there are no CRDs in `{folder}`");
    Ok(files)
}

/// What the OpenAPI definitions in a folder become: `swagger.json`, or `_definitions.json` of a collection of JSON
/// schemas.
fn definitions_in(folder: &Utf8Path) -> anyhow::Result<BTreeMap<String, String>> {
    let bytes = OsDisk.read(&folder.join("swagger.json")).or_else(|_| OsDisk.read(&folder.join("_definitions.json")));
    let document: serde_json::Value =
        serde_json::from_slice(&bytes.with_context(|| format!("cannot read definitions in `{folder}`"))?)?;
    let definitions = ["definitions", "$defs"].iter().find_map(|key| document[*key].as_object());
    schema::openapi::import(definitions.context("there are no definitions")?).map_err(anyhow::Error::msg)
}

/// Writes the files of a release in place of those that are there.
fn write_schemas(folder: &Utf8Path, files: &BTreeMap<String, String>) -> anyhow::Result<usize> {
    std::fs::create_dir_all(folder)?;
    for old in
        OsDisk.list(folder)?.into_iter().filter(|old| old.name.ends_with(".yaml") && !files.contains_key(&old.name))
    {
        std::fs::remove_file(folder.join(old.name))?;
    }
    for (name, text) in files {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(files.len())
}
