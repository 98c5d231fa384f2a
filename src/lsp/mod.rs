//! The language server's door: the only place that speaks the Language Server Protocol.

mod backend;
mod capabilities;
mod convert;
mod display;
mod handlers;
mod progress;
mod server;
mod watch;
mod wire;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio::sync::mpsc::unbounded_channel;
use tower_lsp::{LspService, Server as Transport};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use backend::Backend;
use server::Server;
use wire::Farewell;

use crate::threads;

/// Bytes of messages that were read and wait for the transport.
const PIPE_BYTES: usize = 64 << 10;
/// How long the last answers may take when the client is gone.
const GRACE: Duration = Duration::from_secs(2);

/// Serves one client on stdin and stdout until it goes away: code 0, or 1 where it left with `exit` but without
/// `shutdown`.
///
/// Logs go to stderr, as the environment variable `RUST_LOG` asks for.
///
/// # Errors
/// What the runtime says when it cannot start, or a fault of the transport.
#[expect(clippy::disallowed_methods, reason = "a door: it reads the environment")]
pub fn serve() -> anyhow::Result<ExitCode> {
    let asked = std::env::var("RUST_LOG").ok().and_then(|asked| asked.parse().ok());
    let filter = asked.unwrap_or_else(|| Targets::new().with_default(tracing::Level::WARN));
    // A client that takes leave before the last word was said does not miss it.
    let filter = filter.with_target("tower_lsp_server::service::client", LevelFilter::OFF);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let _ = tracing_subscriber::registry().with(lines).with(filter).try_init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(threads::STACK_BYTES)
        .enable_time()
        .build()?;
    let code = runtime.block_on(converse(tokio::io::stdin(), tokio::io::stdout()));
    // A read of stdin may be under way, which nothing can end.
    runtime.shutdown_background();
    code
}

/// Serves one client, as [`serve`] does, on any pair of streams.
///
/// # Errors
/// A fault of the transport.
pub async fn converse<I, O>(input: I, output: O) -> anyhow::Result<ExitCode>
where
    I: AsyncRead + Unpin + Send + 'static,
    O: AsyncWrite + Unpin,
{
    Ok(match talk(input, output).await? {
        Farewell::Orderly => ExitCode::SUCCESS,
        Farewell::Abrupt => ExitCode::FAILURE,
    })
}

async fn talk<I, O>(input: I, output: O) -> anyhow::Result<Farewell>
where
    I: AsyncRead + Unpin + Send + 'static,
    O: AsyncWrite + Unpin,
{
    let written = Arc::new(Notify::new());
    let (pipe, mended) = tokio::io::duplex(PIPE_BYTES);
    let mut pump = tokio::spawn(wire::pump(wire::buffered(input), pipe, written.clone()));
    let (flushed, quiet) = tokio::sync::watch::channel(());
    let output = wire::Telling { inner: output, written, flushed };

    let (events, inbox) = unbounded_channel();
    let (service, socket) = LspService::build(|client| {
        tokio::spawn(Server::new(client.clone(), events.downgrade()).run(inbox));
        Backend::new(client, events, quiet)
    })
    .custom_method(wire::MALFORMED, Backend::malformed)
    .custom_method("workspace/textDocumentContent", Backend::content)
    .custom_method("window/workDoneProgress/cancel", Backend::stopped)
    .custom_method("kubeblocks/rendered", Backend::rendered)
    .custom_method("kubeblocks/renderedPosition", Backend::to_preview)
    .custom_method("kubeblocks/sourcePosition", Backend::to_source)
    .custom_method("kubeblocks/graph", Backend::graph)
    .custom_method("kubeblocks/status", Backend::status)
    .finish();
    // Handlers only forward, so there is nothing to limit; with the default limit of 4, slow requests would hold up
    // edits and cancellations.
    let serving = Transport::new(mended, output, socket).concurrency_level(usize::MAX).serve(service);
    tokio::pin!(serving);
    tokio::select! {
        () = &mut serving => Ok(pump.await?),
        farewell = &mut pump => {
            // What was asked before is still answered.
            let _ = tokio::time::timeout(GRACE, serving).await;
            Ok(farewell?)
        }
    }
}

/// Runs what may fail by panic. A failure is logged and the answer is `None`.
fn fence<T>(what: &str, work: impl FnOnce() -> T) -> Option<T> {
    let answer = catch_unwind(AssertUnwindSafe(work)).ok();
    if answer.is_none() {
        tracing::error!("{what} failed; please report it");
    }
    answer
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_panic_ends_at_the_fence() {
        assert_eq!(super::fence("nothing", || 1), Some(1));
        assert_eq!(super::fence::<u8>("this test", || panic!("on purpose")), None);
    }
}
