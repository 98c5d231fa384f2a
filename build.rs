//! Packs the files under `schemas/` for the binary: see `src/schema/pack.rs`.

// The modules are those of the library, which uses more of them.
#![allow(dead_code, unreachable_pub)]
#![allow(clippy::disallowed_methods, reason = "a build script has no other door")]

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use serde_json::{Map, Number, Value};
use yaml_rust2::{Yaml, YamlLoader};

#[path = "src/schema/node.rs"]
mod node;
#[path = "src/schema/pack.rs"]
mod pack;
#[path = "src/schema/read.rs"]
mod read;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=schemas/kubeblocks");
    println!("cargo::rerun-if-changed=schemas/kubernetes");
    let mut files = Vec::new();
    let mut folders = vec!["schemas/kubernetes".into()];
    for release in fs::read_dir("schemas/kubeblocks")? {
        folders.push(release?.path());
    }
    folders.sort();
    for folder in folders {
        let mut paths = fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
        paths.sort();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
        for path in paths {
            let documents = YamlLoader::load_from_str(&fs::read_to_string(&path)?)?;
            let [document] = documents.as_slice() else {
                return Err(format!("{}: no document", path.display()).into());
            };
            files.push((name(&folder), name(&path), value(document)));
        }
    }
    let graph = read::folders(files.iter().map(|(folder, name, value)| (&**folder, &**name, value.clone())))?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("schemas.bin"), pack::pack(&graph)?)?;
    Ok(())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn value(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::String(text) => text.as_str().into(),
        Yaml::Boolean(truth) => (*truth).into(),
        Yaml::Integer(number) => (*number).into(),
        Yaml::Real(text) => text.parse().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number),
        Yaml::Array(items) => items.iter().map(value).collect(),
        Yaml::Hash(map) => {
            let entries = map.iter().filter_map(|(key, item)| Some((key.as_str()?.to_owned(), value(item))));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Yaml::Alias(_) | Yaml::Null | Yaml::BadValue => Value::Null,
    }
}
