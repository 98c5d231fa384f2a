//! Arguments → door → exit code.

use std::process::ExitCode;

use kubeblocks_ls::cli::{self, Args, Door};

fn main() -> ExitCode {
    match cli::run(&Args::read()) {
        Door::Done(code) => code,
        Door::Server => match kubeblocks_ls::lsp::serve() {
            Ok(code) => code,
            Err(_) => ExitCode::from(3),
        },
    }
}
