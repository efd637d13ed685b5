//! Calls and their way through the flow.

use super::Desk;
use super::when::told;
use crate::calls::{CallList, CallRow, CallView, PathStep};
use crate::trouble::Trouble;
use callflow::trace::{Entry, Step};
use callflow::{BranchKey, Callflow, Directory, NodeId, ResourceKind};
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

/// `NORMAL_CLEARING` as "Normal clearing".
fn in_words(cause: &str) -> String {
    let text = cause.replace('_', " ").to_lowercase();
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
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
    let mut number = 0;
    let path = entries
        .iter()
        .filter_map(|entry| {
            let flow = flows.get(&(entry.callflow.to_string(), entry.version));
            path_step(entry, began, flow, &directory, &mut number)
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
    directory: &Directory,
    number: &mut u32,
) -> Option<PathStep> {
    let node = |id: Option<NodeId>| flow?.flow.node(id?);
    let action = node(entry.node).map(|node| &node.action);
    let label = |key: &BranchKey| action.map(|a| a.branch_label(key.as_str(), directory));
    let mut step = None;
    let (title, detail) = match &entry.step {
        Step::Entered { module } => {
            *number += 1;
            step = Some(*number);
            match action {
                Some(action) => (
                    action.preset().label.to_owned(),
                    action.caption(directory).text,
                ),
                None => (module.clone(), String::new()),
            }
        }
        Step::Took { key, reason } => {
            let title = match label(key) {
                Some(_) if key.is_default() => "Goes on".to_owned(),
                Some(branch) => format!("Takes {}", branch.label),
                None => format!("Takes {key}"),
            };
            (title, reason.clone())
        }
        Step::Rang { devices } => {
            let names: Vec<String> = devices
                .iter()
                .map(|id| {
                    directory
                        .name(ResourceKind::Device, id)
                        .unwrap_or_else(|| id.clone())
                })
                .collect();
            (format!("Rings {}", names.join(", ")), String::new())
        }
        Step::PickedUp { device } => {
            let name = directory
                .name(ResourceKind::Device, device)
                .unwrap_or_else(|| device.clone());
            (format!("Answered by {name}"), String::new())
        }
        Step::Into { target } => {
            let id = target.to_string();
            let name = directory.name(ResourceKind::Callflow, &id).unwrap_or(id);
            (format!("Goes into callflow {name}"), String::new())
        }
        Step::Talked { duration_ms } => ("Conversation ended".to_owned(), seconds(*duration_ms)),
        Step::Recorded { duration_ms } => ("Recorded".to_owned(), seconds(*duration_ms)),
        Step::Trouble { message } => ("Did not work".to_owned(), message.clone()),
        Step::Ended { cause, reason } => (format!("Ends: {}", in_words(cause)), reason.clone()),
        other => {
            let text = other.text();
            let mut chars = text.chars();
            let first: String = chars
                .next()
                .into_iter()
                .flat_map(char::to_uppercase)
                .collect();
            (format!("{first}{}", chars.as_str()), String::new())
        }
    };
    let after_ms = entry.at.as_millisecond().saturating_sub(began_ms).max(0);
    Some(PathStep {
        at: format!("{}.{}", after_ms / 1_000, after_ms % 1_000 / 100),
        step,
        title,
        detail,
    })
}

fn seconds(ms: u64) -> String {
    format!("{}.{} s", ms / 1_000, ms % 1_000 / 100)
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn causes_read_as_words() {
        assert_eq!(in_words("NORMAL_CLEARING"), "Normal clearing");
        assert_eq!(in_words(""), "");
    }
}
