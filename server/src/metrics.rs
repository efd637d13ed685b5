//! Counters for `/metrics`, in the Prometheus text format.

use crate::auth;
use crate::state::App;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use runtime::{CallCounts, SignallingStats};
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
    calls(&mut text, &app.runtime.call_counts());
    limits(&mut text, app.runtime.limits_reached());
    signalling(&mut text, &app.runtime.signalling().await);
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        text,
    )
        .into_response()
}

/// Calls since the start. The time to set up a call is its sum over the answered ones.
fn calls(text: &mut String, counts: &CallCounts) {
    let counters = [
        ("calls_begun_total", counts.begun),
        ("calls_answered_total", counts.answered),
        ("calls_ended_total", counts.ended),
        ("call_set_up_milliseconds_total", counts.set_up_ms),
    ];
    for (name, value) in counters {
        let _ = writeln!(
            text,
            "# TYPE patchcord_{name} counter\npatchcord_{name} {value}"
        );
    }
}

/// Calls that an account's limits refused.
fn limits(text: &mut String, reached: [(&str, u64); 3]) {
    let _ = writeln!(text, "# TYPE patchcord_limits_reached_total counter");
    for (limit, count) in reached {
        let _ = writeln!(
            text,
            "patchcord_limits_reached_total{{limit=\"{limit}\"}} {count}"
        );
    }
}

/// What signalling remembers: where it only grows, something is not ended.
fn signalling(text: &mut String, stats: &SignallingStats) {
    let core = &stats.core;
    let gauges = [
        ("connections", stats.connections),
        ("legs", core.calls),
        ("dialogs", core.dialogs),
        ("server_transactions", core.server_transactions),
        ("client_transactions", core.client_transactions),
        ("subscriptions", core.subscriptions),
        ("registrations", core.registrations),
    ];
    for (name, value) in gauges {
        let _ = writeln!(
            text,
            "# TYPE patchcord_sip_{name} gauge\npatchcord_sip_{name} {value}"
        );
    }
    let _ = writeln!(
        text,
        "# TYPE patchcord_sip_messages_dropped_total counter\npatchcord_sip_messages_dropped_total {}",
        core.dropped
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_signalling_remembers_is_told_each_under_its_own_name() {
        let mut stats = SignallingStats {
            connections: 3,
            ..SignallingStats::default()
        };
        stats.core.registrations = 5;
        stats.core.client_transactions = 7;
        stats.core.dropped = 11;
        let mut text = String::new();
        signalling(&mut text, &stats);
        for line in [
            "patchcord_sip_connections 3",
            "# TYPE patchcord_sip_registrations gauge",
            "patchcord_sip_registrations 5",
            "patchcord_sip_client_transactions 7",
            "patchcord_sip_server_transactions 0",
            "# TYPE patchcord_sip_messages_dropped_total counter",
            "patchcord_sip_messages_dropped_total 11",
        ] {
            assert!(text.lines().any(|it| it == line), "{line} in:\n{text}");
        }
    }
}
