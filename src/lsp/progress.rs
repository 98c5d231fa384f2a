//! What the client is shown of the first analysis, if that takes long.

use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tower_lsp::ls_types::ProgressToken;

/// Work that takes less long is not shown.
const PATIENCE: Duration = Duration::from_millis(300);

const TOKEN: &str = "kubeblocks-ls/first";

/// The first analysis, until it is dropped.
pub(super) struct First {
    _end: oneshot::Sender<()>,
    /// Steps that are done, and all.
    pub(super) steps: watch::Sender<(usize, usize)>,
}

impl First {
    /// Shows that it is under way.
    pub(super) fn shown(front: tower_lsp::Client) -> Self {
        let (end, done) = oneshot::channel::<()>();
        let (steps, seen) = watch::channel((0, 0));
        tokio::spawn(show(front, done, seen));
        Self { _end: end, steps }
    }

    /// It is what the client speaks of.
    pub(super) fn is(token: &ProgressToken) -> bool {
        matches!(token, ProgressToken::String(token) if token == TOKEN)
    }
}

async fn show(front: tower_lsp::Client, done: oneshot::Receiver<()>, mut seen: watch::Receiver<(usize, usize)>) {
    tokio::pin!(done);
    // It is done when the sender is dropped.
    if tokio::time::timeout(PATIENCE, &mut done).await.is_ok() {
        return;
    }
    let token = ProgressToken::String(TOKEN.into());
    if front.create_work_done_progress(token.clone()).await.is_err() {
        return;
    }
    let mut told = percent(*seen.borrow_and_update());
    let shown = front.progress(token, "KubeBlocks").with_message("reading charts");
    let shown = shown.with_percentage(told).with_cancel_button().begin().await;
    loop {
        tokio::select! {
            biased;
            _ = &mut done => break,
            news = seen.changed() => {
                let now = percent(*seen.borrow_and_update());
                if news.is_ok() && now > told {
                    told = now;
                    shown.report(now, None).await;
                }
                if news.is_err() {
                    let _ = done.await;
                    break;
                }
            }
        }
    }
    shown.finish().await;
}

fn percent((done, all): (usize, usize)) -> u32 {
    u32::try_from(done * 100 / all.max(1)).unwrap_or(100).min(100)
}
