//! Request bodies that are refused before their end: the rest is read and thrown away, so that whoever is still sending
//! hears the answer. A connection that is closed with data on its way takes the answer with it.

use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::extract::Request;
use futures_util::{Stream, StreamExt};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// The most that is thrown away, in bytes.
const MOST: usize = 64 * 1024 * 1024;
/// How long the rest of a body may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Has the rest of a request's body read when nobody wants it.
pub(crate) async fn discard(request: Request) -> Request {
    request.map(|body| {
        if body.is_end_stream() {
            body
        } else {
            Body::from_stream(Wanted(Some(body.into_data_stream())))
        }
    })
}

/// A body as long as somebody reads it.
struct Wanted(Option<BodyDataStream>);

impl Stream for Wanted {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(body) = self.0.as_mut() else {
            return Poll::Ready(None);
        };
        let next = body.poll_next_unpin(context);
        if matches!(next, Poll::Ready(None | Some(Err(_)))) {
            self.0 = None;
        }
        next
    }
}

impl Drop for Wanted {
    fn drop(&mut self) {
        let (Some(rest), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        if !rest.is_end_stream() {
            runtime.spawn(tokio::time::timeout(PATIENCE, throw_away(rest)));
        }
    }
}

async fn throw_away(mut rest: BodyDataStream) {
    let mut thrown = 0;
    while let Some(Ok(bytes)) = rest.next().await {
        thrown += bytes.len();
        if thrown > MOST {
            return;
        }
    }
}
