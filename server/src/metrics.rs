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
    let mut text = String::new();
    http(&mut text, &app.metrics);
    calls(&mut text, &app.runtime.call_counts());
    let active = app.runtime.active_calls().len() as u64;
    gauge(&mut text, "calls_active", "Calls in progress.", active);
    let lost = app.runtime.reports_lost();
    let help = "Reports of registrations that were dropped because too many waited.";
    counter(&mut text, "reports_lost_total", help, lost);
    limits(&mut text, app.runtime.limits_reached());
    signalling(&mut text, &app.runtime.signalling().await);
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// What stands above the values of a metric.
fn head(text: &mut String, kind: &str, name: &str, help: &str) {
    let _ = writeln!(
        text,
        "# HELP patchcord_{name} {help}\n# TYPE patchcord_{name} {kind}"
    );
}

fn counter(text: &mut String, name: &str, help: &str, value: u64) {
    head(text, "counter", name, help);
    let _ = writeln!(text, "patchcord_{name} {value}");
}

fn gauge(text: &mut String, name: &str, help: &str, value: u64) {
    head(text, "gauge", name, help);
    let _ = writeln!(text, "patchcord_{name} {value}");
}

fn http(text: &mut String, metrics: &Metrics) {
    let name = "http_answers_total";
    head(text, "counter", name, "Answers by class of their status.");
    for (class, counter) in (1..).zip(&metrics.answers) {
        let count = counter.load(Ordering::Relaxed);
        let _ = writeln!(text, "patchcord_{name}{{class=\"{class}xx\"}} {count}");
    }
    let publications = metrics.publications.load(Ordering::Relaxed);
    let help = "Callflows made live.";
    counter(text, "publications_total", help, publications);
}

/// Calls since the start.
fn calls(text: &mut String, counts: &CallCounts) {
    let counters = [
        (
            "calls_begun_total",
            "Calls that began to run a callflow.",
            counts.begun,
        ),
        (
            "calls_answered_total",
            "Calls whose caller was answered.",
            counts.answered,
        ),
        ("calls_ended_total", "Calls that are over.", counts.ended),
        (
            "call_set_up_milliseconds_total",
            "From the INVITE to the answer, of all answered calls together.",
            counts.set_up_ms,
        ),
    ];
    for (name, help, value) in counters {
        counter(text, name, help, value);
    }
}

/// Calls that an account's limits refused.
fn limits(text: &mut String, reached: [(&str, u64); 3]) {
    let name = "limits_reached_total";
    head(
        text,
        "counter",
        name,
        "Calls refused by a limit of their account.",
    );
    for (limit, count) in reached {
        let _ = writeln!(text, "patchcord_{name}{{limit=\"{limit}\"}} {count}");
    }
}

/// What signalling remembers: where it only grows, something is not ended.
fn signalling(text: &mut String, stats: &SignallingStats) {
    let core = &stats.core;
    let gauges = [
        (
            "connections",
            "Connections of phones and carriers.",
            stats.connections,
        ),
        ("legs", "Legs of calls.", core.calls),
        (
            "dialogs",
            "Dialogs of calls and subscriptions.",
            core.dialogs,
        ),
        (
            "server_transactions",
            "Requests of others that are remembered.",
            core.server_transactions,
        ),
        (
            "client_transactions",
            "Requests of ours that are remembered.",
            core.client_transactions,
        ),
        (
            "subscriptions",
            "Lamps and the like that are watched.",
            core.subscriptions,
        ),
        (
            "registrations",
            "Addresses of record that phones are registered for.",
            core.registrations,
        ),
        (
            "publications",
            "Addresses of record whose phones publish their presence.",
            core.publications,
        ),
    ];
    for (name, help, value) in gauges {
        gauge(text, &format!("sip_{name}"), help, value as u64);
    }
    let counters = [
        (
            "sip_messages_dropped_total",
            "Messages that could not be read or belonged to nothing.",
            core.dropped,
        ),
        (
            "sip_retransmissions_total",
            "Messages sent once more because nothing came in answer.",
            core.retransmissions,
        ),
        (
            "sip_datagrams_refused_total",
            "Datagrams of strangers dropped unread because they sent too many.",
            stats.dropped_datagrams,
        ),
        (
            "sip_connections_refused_total",
            "Connections refused because too many were there, of their source or of strangers or at all.",
            stats.refused_connections,
        ),
    ];
    for (name, help, value) in counters {
        counter(text, name, help, value);
    }
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
        stats.core.publications = 6;
        stats.core.client_transactions = 7;
        stats.core.dropped = 11;
        stats.core.retransmissions = 13;
        stats.dropped_datagrams = 17;
        stats.refused_connections = 19;
        let mut text = String::new();
        signalling(&mut text, &stats);
        for line in [
            "patchcord_sip_connections 3",
            "# TYPE patchcord_sip_registrations gauge",
            "patchcord_sip_registrations 5",
            "patchcord_sip_publications 6",
            "patchcord_sip_client_transactions 7",
            "patchcord_sip_server_transactions 0",
            "# TYPE patchcord_sip_messages_dropped_total counter",
            "patchcord_sip_messages_dropped_total 11",
            "patchcord_sip_retransmissions_total 13",
            "# HELP patchcord_sip_datagrams_refused_total Datagrams of strangers dropped unread because they sent too many.",
            "patchcord_sip_datagrams_refused_total 17",
            "patchcord_sip_connections_refused_total 19",
        ] {
            assert!(text.lines().any(|it| it == line), "{line} in:\n{text}");
        }
    }
}
