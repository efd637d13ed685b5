//! SIP over WebSocket on the web port (RFC 7118): browsers as phones.

use crate::auth;
use crate::state::App;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use runtime::WebConnection;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::sync::mpsc;

/// The protocol that both sides must name.
const PROTOCOL: &str = "sip";
/// Longest message; the longest that SIP is taken in elsewhere.
const LONGEST: usize = 65_535;
/// Messages that may wait for the exchange; then the browser is read no further.
const WAITING: usize = 64;
/// How often a browser is asked whether it is there. Proxies end connections on which nothing goes for a minute.
const PING: Duration = Duration::from_secs(25);
/// A browser from which nothing has come for this long is gone.
const SILENCE: Duration = Duration::from_secs(80);
/// What a browser may take to accept what is sent.
const WRITE: Duration = Duration::from_secs(30);

/// Takes a connection. Nothing is asked here: each request proves who sends it, as over every other transport.
pub(crate) async fn connect(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let upgrade = upgrade.protocols([PROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        let said = "Patchcord speaks SIP here. Name the subprotocol “sip”.";
        return (StatusCode::BAD_REQUEST, said).into_response();
    }
    let web = WebConnection {
        local: own_address(&app),
        peer: SocketAddr::new(auth::source(&app, &headers, peer), peer.port()),
        secure: auth::secure(&app, &headers),
    };
    upgrade
        .max_message_size(LONGEST)
        .max_frame_size(LONGEST)
        .on_upgrade(move |socket| serve(app, web, socket))
}

/// What browsers are told as our address; they answer on their connection whatever it is.
fn own_address(app: &App) -> SocketAddr {
    let http = app.leptos.site_addr;
    let known = app.config.external_address;
    let ip = known.unwrap_or(match http.ip() {
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    });
    SocketAddr::new(ip, http.port())
}

async fn serve(app: App, web: WebConnection, mut socket: WebSocket) {
    let (to_exchange, incoming) = mpsc::channel(WAITING);
    let Some(mut outgoing) = app.runtime.websocket(web, incoming).await else {
        tracing::debug!("there is no place for a browser's SIP connection");
        return;
    };
    let mut ping = tokio::time::interval(PING);
    let mut last = tokio::time::Instant::now();
    loop {
        let send = tokio::select! {
            message = socket.recv() => {
                last = tokio::time::Instant::now();
                let bytes = match message {
                    Some(Ok(Message::Text(text))) => Bytes::from(text),
                    Some(Ok(Message::Binary(bytes))) => bytes,
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                };
                if to_exchange.send(bytes).await.is_err() {
                    break;
                }
                continue;
            }
            bytes = outgoing.recv() => match bytes {
                Some(bytes) => said(bytes),
                None => Message::Close(None),
            },
            _ = ping.tick() => {
                if last.elapsed() > SILENCE {
                    break;
                }
                Message::Ping(Bytes::new())
            }
        };
        let ends = matches!(send, Message::Close(_));
        let sent = tokio::time::timeout(WRITE, socket.send(send)).await;
        if ends || !matches!(sent, Ok(Ok(()))) {
            break;
        }
    }
}

/// SIP is text, but for what a body may hold.
fn said(bytes: Bytes) -> Message {
    match axum::extract::ws::Utf8Bytes::try_from(bytes.clone()) {
        Ok(text) => Message::Text(text),
        Err(_) => Message::Binary(bytes),
    }
}
