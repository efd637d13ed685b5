//! Calls and their way through the flow.

use super::when::told;
use super::{Desk, system_prompts};
use crate::calls::{CallList, CallRow, CallView, PathStep};
use crate::trouble::Trouble;
use crate::words::{Words, in_words, tenths};
use callflow::Callflow;
use callflow::trace::{Entry, Step};
use std::collections::HashMap;
use store::{Access, Call, CallFilter, Page};

/// Calls on one page.
const CALLS_ON_A_PAGE: u32 = 50;

/// See [`crate::calls::load_calls`].
pub(crate) async fn calls(
    account: &str,
    search: &str,
    cursor: Option<String>,
) -> Result<CallList, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let zone = desk.store.account(&access).await?.time_zone;
    let page = Page {
        cursor,
        limit: Some(CALLS_ON_A_PAGE),
        search: Some(search.to_owned()),
    };
    let listed = desk
        .store
        .calls(&access, &CallFilter::default(), &page)
        .await?;
    Ok(CallList {
        calls: listed
            .items
            .into_iter()
            .map(|call| row(call, &zone))
            .collect(),
        next: listed.next,
    })
}

fn row(call: Call, zone: &str) -> CallRow {
    let duration_s = call
        .ended_at
        .map(|end| (end.millis() - call.started_at.millis()).max(0) / 1_000);
    let followed = match (call.callflow_name, call.callflow_version) {
        (Some(name), Some(version)) => format!("{name} v{version}"),
        (Some(name), None) => name,
        (None, _) => String::new(),
    };
    let mut cause = call
        .hangup_cause
        .map(|cause| in_words(&cause))
        .unwrap_or_default();
    if let Some(code) = call.sip_code {
        cause = format!("{cause} ({code})").trim().to_owned();
    }
    CallRow {
        id: call.id,
        caller: call.caller_number,
        caller_name: call.caller_name,
        callee: call.callee_number,
        began: told(call.started_at, zone),
        began_at: call.started_at.to_string(),
        duration_s,
        answered: call.answered_at.is_some(),
        cause,
        followed,
    }
}

/// See [`crate::calls::load_call`].
pub(crate) async fn call(account: &str, id: &str) -> Result<CallView, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let zone = desk.store.account(&access).await?.time_zone;
    let call = desk.store.call(&access, id).await?;
    let trace = desk.store.call_trace(&access, &call.id).await?;
    let entries: Vec<Entry> = serde_json::from_value(trace).unwrap_or_default();
    let directory = desk.store.directory(&access).await?;
    let flows = flows(&desk, &access, &entries).await;
    let began = call.started_at.millis();
    let prompts = system_prompts();
    let words = Words {
        directory: &directory,
        prompts: &prompts.0,
    };
    let mut number = 0;
    let path = entries
        .iter()
        .map(|entry| {
            let flow = flows.get(&(entry.callflow.to_string(), entry.version));
            path_step(entry, began, flow, words, &mut number)
        })
        .collect();
    Ok(CallView {
        call: row(call, &zone),
        path,
    })
}

type Flows = HashMap<(String, u32), Callflow>;

/// The versions that the call went through. One that is gone leaves its steps without captions.
async fn flows(desk: &Desk, access: &Access, entries: &[Entry]) -> Flows {
    let mut flows = Flows::new();
    for entry in entries {
        let key = (entry.callflow.to_string(), entry.version);
        if flows.contains_key(&key) {
            continue;
        }
        if let Ok(publication) = desk.store.version(access, &key.0, i64::from(key.1)).await {
            flows.insert(key, publication.callflow);
        }
    }
    flows
}

fn path_step(
    entry: &Entry,
    began_ms: i64,
    flow: Option<&Callflow>,
    words: Words<'_>,
    number: &mut u32,
) -> PathStep {
    let step = matches!(entry.step, Step::Entered { .. }).then(|| {
        *number += 1;
        *number
    });
    let (title, detail) = words.tell(entry, flow);
    let after_ms = entry.at.as_millisecond().saturating_sub(began_ms);
    PathStep {
        at: tenths(after_ms),
        step,
        title,
        detail,
    }
}
