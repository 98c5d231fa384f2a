//! Writes a workspace of any size, to measure with: `cargo run --example workspace -- FOLDER TIMES`. Each time is fifty
//! engines: the charts of TideDB under fifty names.
#![allow(clippy::disallowed_methods, reason = "no world is needed to copy files")]

use std::error::Error;
use std::fs;
use std::path::Path;

/// Engines in a workspace of size 1.
const ENGINES: usize = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (folder, times) = arguments.next().zip(arguments.next()).ok_or("FOLDER and TIMES are wanted")?;
    let charts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts");
    for number in 0..ENGINES * times.parse::<usize>()? {
        // Letters only, and none is the beginning of another: names are patterns too.
        let letters: String = format!("{number:05}").bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
        for chart in ["tidedb", "tidedb-cluster"] {
            let name = format!("{letters}db");
            copy(&charts.join(chart), &Path::new(&folder).join(chart.replace("tidedb", &name)), &name)?;
        }
    }
    Ok(())
}

/// Copies a folder, with another name for the engine.
fn copy(from: &Path, to: &Path, name: &str) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let file = path.file_name().and_then(|file| file.to_str()).ok_or("a name that is no text")?;
        let to = to.join(file.replace("tidedb", name));
        if path.is_dir() {
            copy(&path, &to, name)?;
        } else {
            let text = fs::read_to_string(&path)?;
            let capitals = name[..1].to_uppercase() + &name[1..name.len() - 2] + "DB";
            fs::write(to, text.replace("tidedb", name).replace("TideDB", &capitals))?;
        }
    }
    Ok(())
}
