//! The wire before the transport: frames that the transport would choke on are answered, not passed on.
//!
//! The front's codec stops reading for good at the first frame that is no message, and it loses notifications that
//! arrive before `initialize` was answered. Both are mended here.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Notify, watch};

/// A longer header line (bytes) is no header.
const MAX_HEADER_BYTES: u64 = 8 << 10;
/// A longer message (bytes) is passed over.
const MAX_MESSAGE_BYTES: u64 = 256 << 20;
/// How long messages behind `initialize` wait for its answer.
const INITIALIZE_TIMEOUT: Duration = Duration::from_secs(10);

/// The method that stands in for a frame that is no JSON; it is answered with a parse error.
pub(super) const MALFORMED: &str = "kubeblocks/malformed";

/// The method that stands in for requests that begin with `$/`: the front passes over them, and they want an answer.
const UNKNOWN: &str = "kubeblocks/unknown";

/// Where the client's `workspace.textDocumentContent` is found among its experimental capabilities.
pub(super) const CONTENT: &str = "textDocumentContent";

/// How the client took its leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Farewell {
    /// `shutdown` and `exit`, or the end of the input.
    Orderly,
    /// `exit` without `shutdown`.
    Abrupt,
}

/// Copies messages from `input` to `output` until `exit` or the end of the input. `answered` tells that the server
/// wrote something.
pub(super) async fn pump<I, O>(mut input: I, mut output: O, answered: Arc<Notify>) -> Farewell
where
    I: AsyncBufRead + Unpin,
    O: AsyncWrite + Unpin,
{
    let mut shut_down = false;
    while let Ok(Some(body)) = read_frame(&mut input).await {
        let (body, method, is_request) = match serde_json::from_slice::<Value>(&body) {
            Ok(mut message) if is_message(&message) => {
                let method = message["method"].as_str().unwrap_or_default().to_owned();
                let is_request = message.get("id").is_some();
                let renamed = is_request && method.starts_with("$/");
                if renamed {
                    message["method"] = UNKNOWN.into();
                }
                let other = keep_content_capability(&mut message) || renamed;
                (if other { message.to_string().into_bytes() } else { body }, method, is_request)
            }
            _ => {
                let stand_in = format!(r#"{{"jsonrpc":"2.0","id":null,"method":"{MALFORMED}"}}"#);
                (stand_in.into_bytes(), String::new(), true)
            }
        };
        // The transport would throw away what it has not answered yet; at the end of its input it answers that first.
        if method == "exit" {
            return if shut_down { Farewell::Orderly } else { Farewell::Abrupt };
        }
        if write_frame(&mut output, &body).await.is_err() {
            break;
        }
        match method.as_str() {
            "initialize" if is_request => {
                let _ = tokio::time::timeout(INITIALIZE_TIMEOUT, answered.notified()).await;
            }
            "shutdown" => shut_down = true,
            _ => {}
        }
    }
    Farewell::Orderly
}

/// The front's types know nothing of `workspace.textDocumentContent`; it is copied to where they keep everything. True
/// where something was copied.
fn keep_content_capability(message: &mut Value) -> bool {
    if message["method"] != "initialize" {
        return false;
    }
    let capabilities = &mut message["params"]["capabilities"];
    let Some(content) = capabilities.pointer("/workspace/textDocumentContent").cloned() else { return false };
    if !capabilities["experimental"].is_object() {
        capabilities["experimental"] = Value::Object(serde_json::Map::new());
    }
    capabilities["experimental"][CONTENT] = content;
    true
}

/// The transport can read it: a request, a notification or a response of JSON-RPC 2.0.
fn is_message(message: &Value) -> bool {
    let id = match message.get("id") {
        None => true,
        Some(Value::Number(id)) => id.is_i64(),
        Some(id) => id.is_string() || id.is_null(),
    };
    let call = message.get("method").is_some_and(Value::is_string);
    let answer = message.get("id").is_some() && (message.get("result").is_some() != message.get("error").is_some());
    let error = message.get("error").is_none_or(|error| error["code"].is_i64() && error["message"].is_string());
    message["jsonrpc"] == "2.0" && id && error && (call || answer)
}

/// The next frame's body; `None` at the end of the input.
async fn read_frame<I: AsyncBufRead + Unpin>(input: &mut I) -> io::Result<Option<Vec<u8>>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        if (&mut *input).take(MAX_HEADER_BYTES).read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        match (line.split_once(':'), length) {
            // Where a length was too short, the rest of that body stands before the next header.
            (Some((name, value)), _) if name.to_ascii_lowercase().ends_with("content-length") => {
                length = value.trim().parse::<u64>().ok();
            }
            (_, Some(length)) if line.is_empty() => {
                let mut body = Vec::new();
                if length > MAX_MESSAGE_BYTES {
                    tokio::io::copy(&mut (&mut *input).take(length), &mut tokio::io::sink()).await?;
                } else if ((&mut *input).take(length).read_to_end(&mut body).await? as u64) < length {
                    return Ok(None);
                }
                return Ok(Some(body));
            }
            // Other headers say nothing that matters; what is no header at all is passed over.
            _ => {}
        }
    }
}

async fn write_frame<O: AsyncWrite + Unpin>(output: &mut O, body: &[u8]) -> io::Result<()> {
    output.write_all(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes()).await?;
    output.write_all(body).await?;
    output.flush().await
}

/// A writer that tells when something was written, and when all is.
pub(super) struct Telling<W> {
    pub(super) inner: W,
    pub(super) written: Arc<Notify>,
    pub(super) flushed: watch::Sender<()>,
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Telling<W> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.inner).poll_write(cx, buffer))?;
        self.written.notify_one();
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.inner).poll_flush(cx))?;
        self.flushed.send_replace(());
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// A reader for [`pump`] of what cannot be read by lines.
pub(super) fn buffered<I: AsyncRead>(input: I) -> tokio::io::BufReader<I> {
    tokio::io::BufReader::with_capacity(64 << 10, input)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    fn pumped(input: &str) -> (String, Farewell) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let mut output = Vec::new();
            let answered = Arc::new(Notify::new());
            answered.notify_one();
            let farewell = pump(buffered(input.as_bytes()), &mut output, answered).await;
            (String::from_utf8(output).unwrap(), farewell)
        })
    }

    #[test]
    fn good_frames_pass_as_they_are() {
        for body in [
            r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#,
            r#"{"jsonrpc":"2.0","method":"initialized"}"#,
            r#"{"jsonrpc":"2.0","id":"a","result":null}"#,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}"#,
        ] {
            assert_eq!(pumped(&frame(body)), (frame(body), Farewell::Orderly), "{body}");
        }
        let body = r#"{"jsonrpc":"2.0","method":"x"}"#;
        let headers = format!("Content-Type: x/y\r\ncontent-length: {}\r\nX: y\r\n\r\n{body}", body.len());
        assert_eq!(pumped(&headers).0, frame(body));
    }

    #[test]
    fn bad_frames_become_a_question_for_an_error() {
        let good = frame(r#"{"jsonrpc":"2.0","method":"a"}"#);
        let stand_in = frame(&format!(r#"{{"jsonrpc":"2.0","id":null,"method":"{MALFORMED}"}}"#));
        for body in ["{", "[]", "7", "{}", r#"{"jsonrpc":"1.0","method":"a"}"#, r#"{"jsonrpc":"2.0","id":{}}"#, "é"] {
            assert_eq!(pumped(&(frame(body) + &good)).0, format!("{stand_in}{good}"), "{body}");
        }
        assert_eq!(pumped(&format!("garbage\r\n\r\n{good}")).0, good);
    }

    #[test]
    fn requests_for_what_can_be_passed_over_are_answered() {
        let asked = frame(r#"{"jsonrpc":"2.0","id":1,"method":"$/x"}"#);
        assert!(pumped(&asked).0.contains(UNKNOWN));
        let told = frame(r#"{"jsonrpc":"2.0","method":"$/x"}"#);
        assert_eq!(pumped(&told).0, told);
    }

    #[test]
    fn farewells() {
        let shutdown = frame(r#"{"jsonrpc":"2.0","id":1,"method":"shutdown"}"#);
        let exit = frame(r#"{"jsonrpc":"2.0","method":"exit"}"#);
        let more = frame(r#"{"jsonrpc":"2.0","method":"more"}"#);
        assert_eq!(pumped(&format!("{shutdown}{exit}{more}")), (shutdown, Farewell::Orderly));
        assert_eq!(pumped(&format!("{exit}{more}")).1, Farewell::Abrupt);
        assert_eq!(pumped("Content-Length: 99\r\n\r\n{").1, Farewell::Orderly);
    }
}
