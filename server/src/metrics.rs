//! Counters for `/metrics`, in the Prometheus text format.

use crate::auth;
use crate::state::App;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters since the program started.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// Answers by class of status: 1xx to 5xx.
    answers: [AtomicU64; 5],
    /// Callflows made live.
    pub(crate) publications: AtomicU64,
}

/// Counts the answer of every request.
pub(crate) async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let class = usize::from(response.status().as_u16() / 100).saturating_sub(1);
    if let Some(counter) = app.metrics.answers.get(class) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
    response
}

/// `/metrics`: for this machine only, unless configured otherwise.
pub(crate) async fn page(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    if !app.config.metrics_public && !auth::is_local(&app, &headers, peer) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut text = String::from("# TYPE patchcord_http_answers_total counter\n");
    for (class, counter) in (1..).zip(&app.metrics.answers) {
        let count = counter.load(Ordering::Relaxed);
        let _ = writeln!(
            text,
            "patchcord_http_answers_total{{class=\"{class}xx\"}} {count}"
        );
    }
    let _ = writeln!(
        text,
        "# TYPE patchcord_publications_total counter\npatchcord_publications_total {}",
        app.metrics.publications.load(Ordering::Relaxed)
    );
    let _ = writeln!(
        text,
        "# TYPE patchcord_calls_active gauge\npatchcord_calls_active {}\n\
         # TYPE patchcord_reports_lost_total counter\npatchcord_reports_lost_total {}",
        app.runtime.active_calls().len(),
        app.runtime.reports_lost()
    );
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        text,
    )
        .into_response()
}
