//! Folders that mean ill: whatever lies in them, the program ends in time, says what it could not read, reads nothing
//! outside of them and writes nothing.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use kubeblocks_ls::config::FILE;
use tempfile::TempDir;

/// Stands in every file outside of the workspace, and must stand in no output.
pub(crate) const CANARY: &str = "canary-3141592653";

/// Longer than any of these folders may take, also in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

const CHART: &str = "apiVersion: v2\nname: a\nversion: 0.1.0\n";
const MANIFEST: &str = "apiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata:\n  name: x\n";

/// A workspace with a repository of its own, and beside it a folder that is none of its business.
pub(crate) struct Hostile {
    pub(crate) root: PathBuf,
    pub(crate) outside: PathBuf,
    _folder: TempDir,
}

impl Hostile {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let top = folder.path().canonicalize().unwrap();
        let (root, outside) = (top.join("workspace"), top.join("outside"));
        std::fs::create_dir_all(root.join(".git")).unwrap();
        let hostile = Self { root, outside, _folder: folder };
        hostile
            .secret("Chart.yaml", &format!("apiVersion: v2\nname: outside\nversion: 0.1.0\ndescription: {CANARY}\n"));
        hostile.secret("values.yaml", &format!("secret: {CANARY}\n"));
        hostile.secret("templates/a.yaml", &format!("{MANIFEST}  {CANARY}: 1\n{CANARY}: 1\n"));
        hostile.secret("settings.yaml", &format!("{CANARY}: 1\n"));
        hostile
    }

    fn secret(&self, path: &str, text: &str) {
        write(&self.outside.join(path), text.as_bytes());
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        write(&self.root.join(path), text.as_ref());
    }

    /// A chart with one template.
    pub(crate) fn chart(&self, name: &str, template: &str) {
        self.write(&format!("{name}/Chart.yaml"), CHART.replace("name: a", &format!("name: {name}")));
        self.write(&format!("{name}/values.yaml"), "a: 1\n");
        self.write(&format!("{name}/templates/a.yaml"), template);
    }

    #[cfg(unix)]
    fn link(&self, path: &str, target: impl AsRef<Path>) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let _ = std::fs::remove_file(&path);
        std::os::unix::fs::symlink(target, path).unwrap();
    }

    #[cfg(unix)]
    fn pipe(&self, path: &str) {
        let path = self.root.join(path);
        let _ = std::fs::remove_file(&path);
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    /// All files with their sizes and times of change: to see that nothing was written.
    fn state(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut open = vec![self.root.parent().unwrap().to_owned()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let meta = std::fs::symlink_metadata(&path).unwrap();
                found.push(format!("{} {} {:?}", path.display(), meta.len(), meta.modified().unwrap()));
                if meta.is_dir() {
                    open.push(path);
                }
            }
        }
        found.sort();
        found
    }

    /// Runs the program in the workspace; nothing is written, and nothing of what is outside is told.
    fn run(&self, args: &[&str]) -> Output {
        let before = self.state();
        let output = run(&self.root, args);
        assert_eq!(before, self.state(), "{args:?}");
        for text in [&output.stdout, &output.stderr] {
            let text = String::from_utf8_lossy(text);
            assert!(!text.contains(CANARY), "{args:?}: {text}");
            assert!(!text.contains("panicked") && !text.contains("internal-fault"), "{args:?}: {text}");
        }
        assert!(matches!(output.status.code(), Some(0..=2)), "{args:?}: {output:?}");
        output
    }

    fn check(&self) -> String {
        let output = self.run(&["--check", "--info", "--format", "concise"]);
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    }
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// The program's output; it is killed when it takes too long.
fn run(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubeblocks-ls"));
    command.args(args).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let (id, start) = (child.id().to_string(), Instant::now());
    let (told, done) = std::sync::mpsc::channel();
    std::thread::spawn(move || told.send(child.wait_with_output()));
    let output = done.recv_timeout(PATIENCE);
    let Ok(output) = output else {
        let _ = Command::new("kill").args(["-9", &id]).status();
        panic!("{args:?} takes more than {PATIENCE:?} in {}", folder.display());
    };
    if std::env::var_os("TIMES").is_some() {
        eprintln!("{:?} {args:?}", start.elapsed());
    }
    output.unwrap()
}

/// `base` and nine aliases of it, each of the one before: 9^9 of the first.
fn laughs() -> String {
    let mut text = String::from("x0: &x0 [lol]\n");
    for n in 1..=9 {
        let aliases = vec![format!("*x{}", n - 1); 9].join(", ");
        text.push_str(&format!("x{n}: &x{n} [{aliases}]\n"));
    }
    text
}

#[test]
fn bombs_of_aliases_and_nesting() {
    let deep = |open: &str, close: &str, count: usize| open.repeat(count) + &close.repeat(count);
    let block: String = (0..1_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    let bombs = [
        laughs(),
        format!("x: {}\n", deep("[", "]", 100_000)),
        format!("x: {}\n", deep("{a: ", "}", 50_000)),
        format!("x: {}\n", "- ".repeat(20_000)),
        format!("x: {}\n", "[".repeat(100_000)),
        format!("x: {}\n", "? ".repeat(20_000)),
        block,
        "x: &a [*a]\n".into(),
        "x: &a {<<: *a}\n".into(),
        "---\n".repeat(20_000),
        (0..10_000).map(|n| format!("a{n}: {n}\n")).collect(),
        "a: 1\n".repeat(10_000),
        format!("x: \"{}\"\n", "\\\n".repeat(20_000)),
        format!("x: !{}\n", "t".repeat(100_000)),
        format!("x: {}\n", "a".repeat(500_000)),
    ];
    let hostile = Hostile::new();
    for (number, bomb) in bombs.iter().enumerate() {
        hostile.write(&format!("manifest-{number}.yaml"), format!("{MANIFEST}{bomb}"));
        hostile.chart(&format!("template-{number}"), bomb);
        for file in ["values.yaml", "Chart.yaml", "Chart.lock", "values.schema.json", "ci/x-values.yaml", FILE] {
            let name = format!("{}-{number}", file.replace(['/', '.'], "-").to_lowercase());
            hostile.chart(&name, "a: {{ .Values | toYaml | nindent 2 }}\n");
            let before = if file == "Chart.yaml" { CHART } else { "" };
            hostile.write(&format!("{name}/{file}"), format!("{before}{bomb}"));
        }
    }
    hostile.check();
}

#[cfg(unix)]
#[test]
fn links_pipes_and_paths_that_lead_out() {
    let hostile = Hostile::new();
    let outside = hostile.outside.clone();
    let root = hostile.root.clone();
    // The whole chart, its folders, each of its files.
    hostile.link("all", &outside);
    hostile.link("up", "..");
    hostile.link("self", "self");
    for (name, path, target) in [
        ("b", "templates", "templates"),
        ("c", "templates/a.yaml", "templates/a.yaml"),
        ("d", "values.yaml", "values.yaml"),
        ("e", "Chart.yaml", "Chart.yaml"),
        ("f", ".helmignore", "values.yaml"),
        ("g", "ci/x-values.yaml", "values.yaml"),
        ("h", "charts/outside", ""),
        ("i", ".kubeblocks-ls.yaml", "settings.yaml"),
        ("j", "values.schema.json", "values.yaml"),
        ("k", "files", ""),
    ] {
        let template = "a: {{ .Values | toYaml | nindent 2 }}\nb: {{ .Files.Get \"files/values.yaml\" | toYaml }}\n";
        hostile.chart(name, template);
        let place = hostile.root.join(name).join(path);
        let _ = std::fs::remove_dir_all(&place);
        hostile.link(&format!("{name}/{path}"), outside.join(target));
        // The same through a link of a link, by a path from here.
        hostile.chart(&format!("{name}2"), template);
        let _ = std::fs::remove_dir_all(hostile.root.join(format!("{name}2/{path}")));
        hostile.link(&format!("links/{name}"), Path::new("../../outside").join(target));
        hostile.link(&format!("{name}2/{path}"), root.join(format!("links/{name}")));
    }
    hostile.link("manifest.yaml", outside.join("templates/a.yaml"));
    // Words that lead out.
    let words = "../../outside";
    let reads = ["../../outside/values.yaml", "..\\\\..\\\\outside\\\\values.yaml", "/etc/passwd", "C:\\\\values.yaml"];
    let template: String =
        reads.iter().map(|path| format!("- {{{{ .Files.Get \"{path}\" | quote }}}}\n")).collect::<String>()
            + &format!(
                "- {{{{ (.Files.Glob \"{words}/**\").AsConfig }}}}\n- {{{{ .Files.Lines \"{words}/values.yaml\" }}}}\n"
            );
    hostile.chart("words", &template);
    let dependency = |path: &str| format!("- {{name: outside, version: 0.1.0, repository: 'file://{path}'}}\n");
    let paths = [words, "../up/outside", outside.to_str().unwrap(), "..\\..\\outside", "../all"];
    let dependencies: String = paths.map(dependency).concat();
    hostile.write("words/Chart.yaml", format!("{CHART}dependencies:\n{dependencies}"));
    let settings = format!("values: {{out: [{words}/values.yaml], far: [{}/values.yaml]}}\n", outside.display());
    hostile.write("words/.kubeblocks-ls.yaml", settings);
    // What blocks who opens it.
    hostile.chart("pipes", "a: 1\n");
    for path in
        ["pipe.yaml", "pipes/templates/p.yaml", "pipes/values.yaml", "pipes/.helmignore", "pipes/.kubeblocks-ls.yaml"]
    {
        hostile.pipe(path);
    }
    hostile.chart("piped", "a: 1\n");
    hostile.pipe("piped/Chart.yaml");
    hostile.link("zero.yaml", "/dev/zero");
    let told = hostile.check();
    for words in ["c/templates/a.yaml", "b/templates", "h/charts/outside"] {
        assert!(told.contains(&format!("cannot read `{words}`: it leads out of the workspace")), "{words}: {told}");
    }
    assert!(told.contains("cannot read `pipes/templates/p.yaml`: not a regular file"), "{told}");
    for format in ["json", "sarif", "text", "junit"] {
        hostile.run(&["--check", "--format", format]);
    }
    hostile.run(&["--graph"]);
    for chart in ["b", "c", "d", "e", "k", "words", "pipes"] {
        let output = run(&root, &["--render", chart]);
        assert!(!String::from_utf8_lossy(&output.stdout).contains(CANARY), "{chart}");
    }
    looked_at_by_the_system(&hostile);
}

/// The calls of the system tell the same: no file of the outside is opened. Where there is no `strace`, the canaries
/// have told already.
#[cfg(unix)]
fn looked_at_by_the_system(hostile: &Hostile) {
    let trace = hostile.root.parent().unwrap().join("trace");
    let program = env!("CARGO_BIN_EXE_kubeblocks-ls");
    let calls = "trace=openat,open,creat,rename,unlink,mkdir,connect,execve";
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", trace.to_str().unwrap(), "-e", calls, program, "--check"]);
    let command = command.current_dir(&hostile.root).stdin(Stdio::null()).output();
    if !command.is_ok_and(|output| matches!(output.status.code(), Some(0..=2))) {
        eprintln!("skipped: strace is not there or may not trace");
        return;
    }
    let trace = std::fs::read_to_string(trace).unwrap();
    assert!(trace.contains("words/Chart.yaml"), "{trace}");
    let bad = |line: &&str| {
        let opens_outside = line.contains("open") && !line.contains(" = -1 ") && line.contains("outside");
        // Others' words in the environment of the test bring coverage files and the like; ours are without.
        let writes = ["O_WRONLY", "O_RDWR", "O_CREAT", "creat(", "rename(", "unlink(", "mkdir(", "connect("];
        let other = line.matches("execve(").count() > 0 && !line.contains(program);
        opens_outside || other || writes.iter().any(|word| line.contains(word)) && line.contains("workspace")
    };
    let bad: Vec<_> = trace.lines().filter(bad).collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn bytes_that_are_no_text_and_names_that_are_no_names() {
    let hostile = Hostile::new();
    let utf16: Vec<u8> = MANIFEST.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let contents: [(&str, &[u8]); 8] = [
        ("latin", b"a: \xe9\xff\xfe\n"),
        ("nul", b"a: \0\0\n\0: {{ .Values.\0 }}\n"),
        ("nothing", b""),
        ("mark", "\u{feff}a: 1\r\nb: \u{feff}2\r\n".as_bytes()),
        ("returns", b"a: 1\rb: 2\r\r\nc:\r\n  - 1\r"),
        ("wide", &utf16),
        ("separators", "a: \u{2028}1\u{85}b: \u{b}2\u{c}\n".as_bytes()),
        ("binary", &[0x1f, 0x8b, 8, 0, 0, 0]),
    ];
    for (name, bytes) in contents {
        for file in ["Chart.yaml", "values.yaml", "templates/b.yaml", "templates/_h.tpl", ".helmignore", FILE] {
            let chart = format!("{name}-{}", file.replace(['/', '.', '_'], "-").to_lowercase());
            hostile.chart(&chart, "a: {{ .Values.a | quote }}\n");
            hostile.write(&format!("{chart}/{file}"), bytes);
        }
        hostile.write(&format!("{name}.yaml"), [MANIFEST.as_bytes(), bytes].concat());
    }
    let bad = format!("{MANIFEST}  nme: x\n");
    for name in [
        "a\nb",
        "::error::x",
        "%0A",
        "<b>&\"'",
        "\u{202e}lmay",
        "-rf",
        "@x",
        "*?[",
        "\\..\\x",
        " ",
        "é\u{301}",
        "\u{1b}[31m",
    ] {
        hostile.write(&format!("names/{name}.yaml"), bad.replace("name: x", &format!("name: x{}", name.len())));
    }
    hostile.chart("names-of-files", "a: {{ .Files.Glob \"**\" | len }}\n");
    hostile.write(&format!("names-of-files/{}", "n".repeat(250)), "x");
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::ffi::OsStrExt;
        for name in [&b"\xff.yaml"[..], b"a\xfe"] {
            write(&hostile.root.join("names").join(std::ffi::OsStr::from_bytes(name)), bad.as_bytes());
        }
    }
    hostile.check();
    for format in ["github", "junit", "checkstyle", "gitlab", "rdjson", "sarif", "json"] {
        let output = hostile.run(&["--check", "--format", format]);
        let text = String::from_utf8(output.stdout).unwrap();
        match format {
            "github" => {
                let lines = text.lines().filter(|line| !line.is_empty());
                lines.for_each(|line| assert!(line.starts_with("::") && !line.starts_with("::error::x"), "{line}"));
            }
            "junit" | "checkstyle" => drop(roxmltree::Document::parse(&text).unwrap()),
            _ => drop(serde_json::from_str::<serde_json::Value>(&text).unwrap()),
        }
    }
}

/// A tar in which the names are as they are given.
/// Runs the program as somebody whom files may be closed to; the superuser reads everything.
#[cfg(unix)]
fn run_as_nobody(folder: &Path) -> Output {
    use std::os::unix::fs::PermissionsExt;

    let program = env!("CARGO_BIN_EXE_kubeblocks-ls");
    let locked = folder.join("locked");
    std::fs::write(&locked, "").unwrap();
    std::fs::set_permissions(&locked, PermissionsExt::from_mode(0o000)).unwrap();
    let mut command = match std::fs::read(&locked) {
        Err(_) => Command::new(program),
        Ok(_) => {
            // The folders above are closed to others as well.
            let open = |path: &Path| std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
            folder.ancestors().take_while(|above| *above != std::env::temp_dir()).for_each(open);
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", program]);
            command
        }
    };
    std::fs::remove_file(&locked).unwrap();
    command.args(["--check", "--format", "concise", "--exit-zero", "."]).current_dir(folder).output().unwrap()
}

#[test]
#[cfg(unix)]
fn files_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;

    let hostile = Hostile::new();
    let broken = "a: *nothing\n";
    for name in ["a", "b", "c", "d", "e"] {
        hostile.chart(name, broken);
    }
    for path in ["a/templates/a.yaml", "b/values.yaml", "c/Chart.yaml", "d/templates", FILE] {
        if path == FILE {
            hostile.write(path, "rules:\n  undefined-alias: off\n");
        }
        std::fs::set_permissions(hostile.root.join(path), PermissionsExt::from_mode(0o000)).unwrap();
    }
    let output = run_as_nobody(&hostile.root);
    std::fs::set_permissions(hostile.root.join("d/templates"), PermissionsExt::from_mode(0o755)).unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}{words}");
    for closed in ["a/templates/a.yaml", "b/values.yaml", "c/Chart.yaml", "d/templates"] {
        assert!(words.contains(&format!("cannot read `{closed}`: Permission denied")), "{words}");
    }
    assert!(
        told.contains(&format!("{FILE}:1:1: error[invalid-config] this cannot be read: Permission denied")),
        "{told}"
    );
    // What could be read is judged, and by settings that could not be read nothing is hidden.
    assert!(told.contains("e/templates/a.yaml:1:4: error[undefined-alias]"), "{told}{words}");
    // What could not be read may use it.
    for part in ["a", "d"] {
        assert!(!told.contains(&format!("{part}/values.yaml:1:1: info[unused-value]")), "{told}");
    }
}

/// Settings that are there and say nothing hide nothing either.
#[test]
fn settings_that_cannot_be_read() {
    let hostile = Hostile::new();
    hostile.chart("a", "a: *nothing\n");
    let said = |words: &str| {
        let told = hostile.check();
        for finding in
            [&format!("{FILE}:1:1: error[invalid-config] this cannot be read: {words}"), "a.yaml:1:4: error["]
        {
            assert!(told.contains(finding), "{finding}: {told}");
        }
    };
    hostile.write(FILE, b"rules:\n  undefined-alias: off # \xff\n");
    said("it is not UTF-8");
    std::fs::remove_file(hostile.root.join(FILE)).unwrap();
    hostile.write(&format!("{FILE}/x"), "");
    said("not a regular file");
}

fn tar(members: &[(&str, tar::EntryType, &str)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, kind, text) in members {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        if *kind == tar::EntryType::Regular {
            header.set_size(text.len() as u64);
            header.set_cksum();
            archive.append(&header, text.as_bytes()).unwrap();
        } else {
            header.set_link_name(text).unwrap();
            header.set_size(0);
            header.set_cksum();
            archive.append(&header, &[][..]).unwrap();
        }
    }
    zip(&archive.into_inner().unwrap())
}

fn zip(bytes: &[u8]) -> Vec<u8> {
    let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    zip.write_all(bytes).unwrap();
    zip.finish().unwrap()
}

#[test]
fn archives_that_mean_ill() {
    use tar::EntryType::{Link, Regular, Symlink};
    let hostile = Hostile::new();
    let chart = CHART.replace("name: a", "name: x");
    let file = ("x/Chart.yaml", Regular, &*chart);
    let outside = hostile.outside.join("values.yaml");
    let outside = outside.to_str().unwrap();
    let mut nested = tar(&[file]);
    for _ in 0..40 {
        let text = String::from_utf8_lossy(&nested).into_owned();
        nested = tar(&[file, ("x/charts/x.tgz", Regular, &text)]);
    }
    let good = tar(&[file, ("x/templates/a.yaml", Regular, "a: {{ .Values | toYaml }}\n")]);
    let many: Vec<String> = (0..6_000).map(|n| format!("x/f{n}")).collect();
    let many: Vec<_> = many.iter().map(|name| (&**name, Regular, "")).chain([file]).collect();
    for (name, bytes) in [
        ("slip", tar(&[file, ("../../outside/new.yaml", Regular, "x"), ("x/../../slip", Regular, "x")])),
        ("absolute", tar(&[("/etc/x", Regular, "x"), file])),
        ("link", tar(&[file, ("x/values.yaml", Symlink, outside), ("x/templates/a.yaml", Link, outside)])),
        ("zeros", zip(&vec![0; 64 << 20])),
        ("bomb", tar(&[file, ("x/values.yaml", Regular, &format!("a: {}\n", "0".repeat(40 << 20)))])),
        ("cut", good[..good.len() / 2].to_vec()),
        ("nested", nested),
        ("many", tar(&many)),
        ("nothing", Vec::new()),
        ("twice", [good.clone(), good.clone()].concat()),
    ] {
        hostile.chart(name, "a: 1\n");
        hostile.write(&format!("{name}/charts/x.tgz"), &bytes);
    }
    let told = hostile.check();
    for words in ["slip", "zeros", "bomb", "cut", "many"] {
        assert!(told.contains(&format!("cannot read `{words}/Chart.yaml`: charts/x.tgz: ")), "{words}: {told}");
    }
}
