//! Calls and their way through the flow.

use super::when::told;
use super::{Desk, system_prompts};
use crate::calls::{CallList, CallRow, CallView, LegSound, LegView, PathStep, Wanted};
use crate::trouble::Trouble;
use crate::words::{Words, in_words, tenths};
use callflow::trace::{Entry, Step};
use callflow::{Callflow, Directory, ResourceKind};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::collections::HashMap;
use store::{Access, Call, CallFilter, Direction, Moment, Page};

/// Calls on one page.
const CALLS_ON_A_PAGE: u32 = 50;

/// See [`crate::calls::load_calls`].
pub(crate) async fn calls(account: &str, wanted: Wanted) -> Result<CallList, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let zone = desk.store.account(&access).await?.time_zone;
    let page = Page {
        cursor: wanted.from.clone(),
        limit: Some(CALLS_ON_A_PAGE),
        search: Some(wanted.search.replace('\0', "")),
    };
    let filter = filter(&wanted, &zone);
    let listed = desk.store.calls(&access, &filter, &page).await?;
    Ok(CallList {
        calls: listed
            .items
            .into_iter()
            .map(|call| row(call, &zone))
            .collect(),
        next: listed.next,
    })
}

/// What is wanted, in the words of the store. What cannot be read asks for nothing.
fn filter(wanted: &Wanted, zone: &str) -> CallFilter {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let midnight = |day: Option<Date>| {
        let at = day?.to_zoned(zone.clone()).ok()?;
        Some(Moment::from_millis(at.timestamp().as_millisecond()))
    };
    let day = |text: &str| text.parse::<Date>().ok();
    CallFilter {
        direction: match wanted.direction.as_str() {
            "inbound" => Some(Direction::Inbound),
            "outbound" => Some(Direction::Outbound),
            "internal" => Some(Direction::Internal),
            _ => None,
        },
        answered: match wanted.result.as_str() {
            "answered" => Some(true),
            "missed" => Some(false),
            _ => None,
        },
        since: midnight(day(&wanted.first)),
        before: midnight(day(&wanted.last).and_then(|day| day.tomorrow().ok())),
        ..CallFilter::default()
    }
}

fn row(call: Call, zone: &str) -> CallRow {
    let duration_s = call
        .ended_at
        .map(|end| (end.millis() - call.started_at.millis()).max(0) / 1_000);
    let followed = match (call.callflow_name, call.callflow_version) {
        // No version was run where the exchange called by itself.
        (Some(name), Some(version)) if version > 0 => format!("{name} v{version}"),
        (Some(name), _) => name,
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
    let own = desk.store.account(&access).await?;
    let zone = own.time_zone;
    let call = desk.store.call(&access, id).await?;
    let trace = desk.store.call_trace(&access, &call.id).await?;
    let entries: Vec<Entry> = serde_json::from_value(trace).unwrap_or_default();
    let directory = desk.store.directory(&access).await?;
    let flows = flows(&desk, &access, &entries).await;
    let began = call.started_at.millis();
    let prompts = system_prompts(&own.language);
    let words = Words {
        directory: &directory,
        prompts: &prompts,
    };
    let mut number = 0;
    let path = entries
        .iter()
        .map(|entry| {
            let flow = flows.get(&(entry.callflow.to_string(), entry.version));
            path_step(entry, began, flow, words, &mut number)
        })
        .collect();
    let legs = legs(&desk, &access, &call.id).await?;
    let ladder = super::ladder::of(&desk, &access, &call, &legs, &directory).await?;
    let legs = legs.into_iter().map(|leg| leg_view(leg, began, &directory));
    Ok(CallView {
        legs: legs.collect(),
        ladder,
        call: row(call, &zone),
        path,
    })
}

/// A leg as call records keep it.
#[derive(Deserialize)]
pub(super) struct Leg {
    role: String,
    pub(super) device: Option<String>,
    pub(super) number: Option<String>,
    pub(super) peer: Option<String>,
    started_at: Timestamp,
    ringing_at: Option<Timestamp>,
    answered_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    #[serde(default)]
    cause: String,
    sip_code: Option<u16>,
    pub(super) media: Option<Media>,
}

#[derive(Deserialize)]
pub(super) struct Media {
    packets_received: u64,
    #[serde(default)]
    packets_sent: u64,
    packets_lost: u64,
    jitter_us: u32,
    #[serde(default)]
    pub(super) mos: Option<f64>,
    #[serde(default)]
    round_trip_ms: Option<u32>,
    #[serde(default)]
    far_lost: Option<u64>,
    #[serde(default)]
    encrypted: bool,
}

/// The legs of a call; one that cannot be read is left out.
pub(super) async fn legs(desk: &Desk, access: &Access, call: &str) -> Result<Vec<Leg>, Trouble> {
    let documents = desk.store.call_legs(access, call).await?.into_iter();
    let read = documents.filter_map(|document| serde_json::from_value(document).ok());
    Ok(read.collect())
}

fn leg_view(leg: Leg, began_ms: i64, directory: &Directory) -> LegView {
    let after = |at: Timestamp| tenths(at.as_millisecond().saturating_sub(began_ms));
    let device = leg
        .device
        .map(|id| directory.name(ResourceKind::Device, &id).unwrap_or(id));
    let who = device.or(leg.number).unwrap_or_else(|| {
        if leg.role == "caller" {
            "Caller".to_owned()
        } else {
            "Callee".to_owned()
        }
    });
    let mut cause = in_words(&leg.cause);
    if let Some(code) = leg.sip_code {
        cause = format!("{cause} ({code})").trim().to_owned();
    }
    LegView {
        caller: leg.role == "caller",
        who,
        address: leg.peer.unwrap_or_default(),
        times: [
            Some(after(leg.started_at)),
            leg.ringing_at.map(after),
            leg.answered_at.map(after),
            leg.ended_at.map(after),
        ],
        cause,
        sound: leg.media.map(sound),
    }
}

fn sound(media: Media) -> LegSound {
    let expected = media.packets_received.saturating_add(media.packets_lost);
    LegSound {
        mos: media.mos,
        lost: percent(media.packets_lost, expected),
        jitter: format!("{} ms", (media.jitter_us + 500) / 1_000),
        packets: media.packets_received,
        encrypted: media.encrypted,
        round_trip: media.round_trip_ms.map(|ms| format!("{ms} ms")),
        far_lost: media.far_lost.map(|lost| percent(lost, media.packets_sent)),
    }
}

/// "0.4 %".
fn percent(part: u64, whole: u64) -> String {
    let thousandths = part.saturating_mul(1_000) / whole.max(1);
    format!("{}.{} %", thousandths / 10, thousandths % 10)
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
