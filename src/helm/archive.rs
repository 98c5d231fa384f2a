//! Packaged charts: the members of `charts/x.tgz`.

use std::io::Read;

/// An unpacked archive longer than this (bytes) is not read.
const MAX_BYTES: u64 = 32 << 20;
/// An archive with more members is not read.
const MAX_MEMBERS: usize = 4096;

/// A regular file of an archive: its path below the chart's folder, and its bytes.
pub(super) type Member = (String, Vec<u8>);

/// The regular files of a gzipped tar, without the first folder of their paths, byte order marks cut off.
///
/// # Errors
/// What is wrong with the archive.
pub(super) fn members(bytes: &[u8]) -> Result<Vec<Member>, String> {
    let unpacked = flate2::read::GzDecoder::new(bytes).take(MAX_BYTES);
    let mut archive = tar::Archive::new(unpacked);
    let mut members = Vec::new();
    let entries = archive.entries().map_err(|error| error.to_string())?;
    for entry in entries {
        let mut entry = entry.map_err(|error| error.to_string())?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry.path().map_err(|error| error.to_string())?.to_string_lossy().replace('\\', "/");
        let Some((_, path)) = path.trim_start_matches("./").split_once('/') else {
            return Err("chart illegally contains content outside the base directory".into());
        };
        if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err("chart illegally references parent directory".into());
        }
        let path = path.to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        if bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        members.push((path, bytes));
        if members.len() > MAX_MEMBERS {
            return Err(format!("more than {MAX_MEMBERS} files"));
        }
    }
    if members.is_empty() {
        return Err("no files in chart archive".into());
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// A packaged chart of the given files.
    fn pack(files: &[(&str, &str)]) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        for (path, text) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            archive.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
        let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        zip.write_all(&archive.into_inner().unwrap()).unwrap();
        zip.finish().unwrap()
    }

    #[test]
    fn paths_and_faults() {
        let packed = pack(&[("x/Chart.yaml", "\u{feff}name: x"), ("x/templates/a.yaml", "a: 1")]);
        let members = members(&packed).unwrap();
        let paths: Vec<_> = members.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["Chart.yaml", "templates/a.yaml"]);
        assert_eq!(members[0].1, b"name: x");
        assert!(super::members(b"no archive").is_err());
        assert!(super::members(&packed[..40]).is_err());
        assert_eq!(
            super::members(&pack(&[("stray", "")])),
            Err("chart illegally contains content outside the base directory".into())
        );
    }
}
