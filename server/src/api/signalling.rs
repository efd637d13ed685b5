//! `…/calls/{call}/messages` and `…/pcap`: the SIP messages of a call, running or past.

use crate::api::body::answer;
use crate::api::operation::Operation;
use crate::api::problem::Problem;
use crate::auth::Signed;
use crate::feed;
use crate::pcap;
use crate::state::App;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use callflow::AccountId;
use runtime::SipMessage;
use serde_json::json;
use store::{Caller, SipTrace};

pub(super) fn operations() -> Vec<Operation> {
    const TAG: &str = "Calls";
    let one = |rest: &str| format!("/accounts/{{account}}/calls/{{call}}/{rest}");
    vec![
        Operation::get(
            one("messages"),
            TAG,
            "Read the SIP messages of a call",
            get(messages),
        )
        .detail(
            "Those of all its legs in the order of the wire, while it runs and for some days after it. Answers to \
             challenges and keys of encrypted sound are hidden. Repetitions are counted in `times`.",
        )
        .answers(200, "SipTrace"),
        Operation::get(
            one("pcap"),
            TAG,
            "Get the SIP messages of a call for Wireshark",
            get(capture),
        )
        .detail("Each message is a UDP packet, whatever carried it; secrets are hidden as in `messages`.")
        .media("application/vnd.tcpdump.pcap"),
    ]
}

type Ids = Path<(String, String)>;

async fn messages(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Ids,
) -> Result<Response, Problem> {
    let (_, trace) = trace(&app, &caller, &account, &id).await?;
    let body = json!({"messages": trace.messages, "left_out": trace.left_out});
    Ok(answer(StatusCode::OK, body))
}

async fn capture(
    State(app): State<App>,
    Signed(caller): Signed,
    Path((account, id)): Ids,
) -> Result<Response, Problem> {
    let (id, trace) = trace(&app, &caller, &account, &id).await?;
    let messages = trace.messages.into_iter().map(serde_json::from_value);
    let messages = messages
        .collect::<Result<Vec<SipMessage>, _>>()
        .map_err(|error| {
            tracing::error!(call = id, %error, "the messages of a call cannot be read");
            Problem::new(
                StatusCode::NOT_FOUND,
                "messages_damaged",
                "The SIP messages of this call cannot be read any more.",
            )
        })?;
    let file = pcap::file(&messages).map_err(|error| {
        tracing::error!(call = id, %error, "the messages of a call cannot be made a capture");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "capture_failed",
            "The messages of this call cannot be made a capture. Read them as `messages` instead.",
        )
    })?;
    let name = format!("attachment; filename=\"call-{id}.pcap\"");
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.tcpdump.pcap"),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::CONTENT_DISPOSITION, name.as_str()),
    ];
    Ok((headers, file).into_response())
}

/// The call's identifier and its messages: those of a running call are with the exchange.
async fn trace(
    app: &App,
    caller: &Caller,
    account: &str,
    id: &str,
) -> Result<(String, SipTrace), Problem> {
    let access = app.store.access(caller, account).await?;
    let id = app.store.call(&access, id).await?.id;
    let account = AccountId::from(access.account_id());
    if let Some(running) = app.runtime.sip_messages(&account, &id).await {
        return Ok((id, feed::kept(&running)));
    }
    let kept = app.store.sip_trace(&access, &id).await?;
    let kept = kept.ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "messages_not_kept",
            "The SIP messages of this call are not there. They are complete some seconds after its end and kept for as \
             many days as PATCHCORD_SIP_TRACE_DAYS says.",
        )
    })?;
    Ok((id, kept))
}
