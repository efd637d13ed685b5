//! The SIP messages of a call, arranged as a ladder.

use super::Desk;
use super::calls::{Leg, legs};
use crate::calls::{Arrow, LadderView, Lane, Meaning, Sound};
use crate::trouble::Trouble;
use crate::ui::number::spaced;
use callflow::{Directory, ResourceKind};
use jiff::Timestamp;
use leptos::prelude::use_context;
use serde::Deserialize;
use std::pin::Pin;
use std::sync::Arc;
use store::{Access, Call, SipTrace};

type Answer = Pin<Box<dyn Future<Output = Option<SipTrace>> + Send>>;

/// Asks for the messages of a call in progress, by the ids of account and call. Put into the context of pages and
/// server functions beside the store; whoever runs the exchange knows.
#[derive(Clone)]
pub struct SipMessages(Arc<dyn Fn(String, String) -> Answer + Send + Sync>);

impl SipMessages {
    /// Asks in this way.
    pub fn new<F>(ask: impl Fn(String, String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Option<SipTrace>> + Send + 'static,
    {
        Self(Arc::new(move |account, call| Box::pin(ask(account, call))))
    }
}

/// A message as it is kept.
#[derive(Deserialize)]
struct Message {
    at: Timestamp,
    sent: bool,
    transport: String,
    local: String,
    peer: String,
    times: u32,
    what: String,
    code: Option<u16>,
    user: Option<String>,
    bytes: u64,
    text: String,
}

/// See [`crate::calls::load_ladder`].
pub(crate) async fn ladder(account: &str, id: &str) -> Result<Option<LadderView>, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let call = desk.store.call(&access, id).await?;
    let legs = legs(&desk, &access, &call.id).await?;
    let directory = desk.store.directory(&access).await?;
    of(&desk, &access, &call, &legs, &directory).await
}

/// The ladder of a call whose legs and account are known.
pub(super) async fn of(
    desk: &Desk,
    access: &Access,
    call: &Call,
    legs: &[Leg],
    directory: &Directory,
) -> Result<Option<LadderView>, Trouble> {
    let Some(trace) = trace(desk, access, &call.id).await? else {
        return Ok(None);
    };
    let messages = trace.messages.into_iter();
    let messages: Vec<Message> = messages
        .filter_map(|message| serde_json::from_value(message).ok())
        .collect();
    if messages.is_empty() {
        return Ok(None);
    }
    let caller = match call.caller_name.as_str() {
        "" => spaced(&call.caller_number),
        name => name.to_owned(),
    };
    Ok(Some(LadderView {
        about: format!(
            "{caller} to {}, Call-ID {}",
            spaced(&call.callee_number),
            call.sip_call_id
        ),
        left_out: trace.left_out,
        ..arranged(&messages, legs, directory)
    }))
}

/// The messages of a running call are with the exchange.
async fn trace(desk: &Desk, access: &Access, call: &str) -> Result<Option<SipTrace>, Trouble> {
    if let Some(SipMessages(ask)) = use_context() {
        let running = ask(access.account_id().to_owned(), call.to_owned()).await;
        if running.is_some() {
            return Ok(running);
        }
    }
    Ok(desk.store.sip_trace(access, call).await?)
}

fn arranged(messages: &[Message], legs: &[Leg], directory: &Directory) -> LadderView {
    let mut peers: Vec<&str> = Vec::new();
    for message in messages {
        if !peers.contains(&message.peer.as_str()) {
            peers.push(&message.peer);
        }
    }
    // The exchange stands beside the caller, and its phones to its right.
    let lane = |peer: &str| match peers.iter().position(|known| *known == peer) {
        Some(0) | None => 0,
        Some(place) => place + 1,
    };
    let named = |peer: &&str| Lane {
        name: name(peer, messages, legs, directory),
        address: (*peer).to_owned(),
    };
    let mut lanes: Vec<Lane> = peers.iter().map(named).collect();
    let local = messages.first().map(|first| first.local.clone());
    let exchange = Lane {
        name: "Patchcord".to_owned(),
        address: local.unwrap_or_default(),
    };
    lanes.insert(lanes.len().min(1), exchange);
    let began = messages.first().map(|first| first.at).unwrap_or_default();
    let arrows = messages
        .iter()
        .map(|message| arrow(message, lane(&message.peer), began));
    let sounds = legs.iter().filter_map(|leg| {
        let peer = leg.peer.as_deref().filter(|peer| peers.contains(peer))?;
        let words = match leg.media.as_ref()?.mos {
            Some(mos) => format!("RTP, MOS {mos:.1}"),
            None => "RTP".to_owned(),
        };
        Some(Sound {
            lane: lane(peer),
            words,
        })
    });
    LadderView {
        arrows: arrows.collect(),
        sounds: sounds.collect(),
        lanes,
        ..LadderView::default()
    }
}

fn arrow(message: &Message, peer: usize, began: Timestamp) -> Arrow {
    let (from, to) = if message.sent { (1, peer) } else { (peer, 1) };
    let mut words = match message.code {
        Some(code) => format!("{code} {}", message.what),
        None => message.what.clone(),
    };
    if message.times > 1 {
        words = format!("{words} ×{}", message.times);
    }
    let length = spaced_thousands(message.bytes);
    Arrow {
        at: since(message.at.as_millisecond() - began.as_millisecond()),
        from,
        to,
        meaning: meaning(message),
        carried: format!("{}, {length} bytes", message.transport),
        words,
        text: message.text.clone(),
    }
}

fn meaning(message: &Message) -> Meaning {
    match message.code {
        None if message.what == "CANCEL" => Meaning::Bad,
        None => Meaning::Asks,
        // A challenge is part of every call that a phone makes.
        Some(100..=199 | 401 | 407) => Meaning::OnTheWay,
        Some(200..=299) => Meaning::Good,
        Some(_) => Meaning::Bad,
    }
}

/// The device of a leg or of a SIP user, else the number, else what the user is called.
fn name(peer: &str, messages: &[Message], legs: &[Leg], directory: &Directory) -> String {
    let device = |id: &str| directory.name(ResourceKind::Device, id);
    let leg = legs.iter().find(|leg| leg.peer.as_deref() == Some(peer));
    let known = leg.and_then(|leg| match &leg.device {
        Some(id) => device(id),
        None => leg.number.as_deref().map(spaced),
    });
    let user = || {
        let of_peer = messages.iter().filter(|message| message.peer == peer);
        let user = of_peer
            .filter_map(|message| message.user.as_deref())
            .next()?;
        let mut devices = directory.all(ResourceKind::Device);
        let own = devices.find(|(_, device)| device.get("sip.username") == user);
        Some(own.map_or_else(|| spaced(user), |(_, device)| device.name()))
    };
    known.or_else(user).unwrap_or_else(|| "Unknown".to_owned())
}

/// "07.164", "1:07.164".
fn since(ms: i64) -> String {
    let ms = ms.max(0);
    let (minutes, seconds, ms) = (ms / 60_000, ms / 1_000 % 60, ms % 1_000);
    match minutes {
        0 => format!("{seconds:02}.{ms:03}"),
        _ => format!("{minutes}:{seconds:02}.{ms:03}"),
    }
}

fn spaced_thousands(number: u64) -> String {
    match number / 1_000 {
        0 => number.to_string(),
        thousands => format!("{thousands}\u{a0}{:03}", number % 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn message(sent: bool, peer: &str, what: &str, code: Option<u16>, ms: i64) -> Message {
        serde_json::from_value(json!({
            "at": Timestamp::from_millisecond(1_000 + ms).unwrap().to_string(),
            "sent": sent, "transport": "UDP", "local": "198.51.100.5:5060", "peer": peer, "times": 1,
            "what": what, "code": code, "bytes": 1_182, "text": "",
            "user": (code.is_none() && what == "INVITE").then_some(if sent { "desk2101" } else { "+447700900142" }),
        }))
        .unwrap()
    }

    #[test]
    fn phones_stand_right_of_the_exchange_and_the_caller_left() {
        let mut directory = Directory::default();
        let device = json!({"name": "Desk 2101", "sip": {"username": "desk2101"}});
        directory.insert(
            ResourceKind::Device,
            "d",
            device.as_object().unwrap().clone(),
        );
        let (carrier, desk) = ("203.0.113.20:5060", "192.0.2.41:5060");
        let messages = [
            message(false, carrier, "INVITE", None, 0),
            message(true, carrier, "Trying", Some(100), 1),
            message(true, desk, "INVITE", None, 67_164),
            message(false, desk, "OK", Some(200), 67_200),
            message(true, desk, "CANCEL", None, 67_201),
            message(false, desk, "Request Terminated", Some(487), 67_202),
        ];
        let legs = [json!({
            "role": "callee", "peer": desk, "started_at": "2026-11-27T10:00:00Z",
            "media": {"mos": 4.31, "packets_received": 500, "packets_lost": 0, "jitter_us": 0},
        })];
        let legs = legs.map(|leg| serde_json::from_value(leg).unwrap());
        let view = arranged(&messages, &legs, &directory);
        let names: Vec<_> = view.lanes.iter().map(|lane| lane.name.as_str()).collect();
        assert_eq!(names, ["+44 7700 900142", "Patchcord", "Desk 2101"]);
        let ways: Vec<_> = view
            .arrows
            .iter()
            .map(|it| (it.from, it.to, it.meaning))
            .collect();
        let expected = [
            (0, 1, Meaning::Asks),
            (1, 0, Meaning::OnTheWay),
            (1, 2, Meaning::Asks),
            (2, 1, Meaning::Good),
            (1, 2, Meaning::Bad),
            (2, 1, Meaning::Bad),
        ];
        assert_eq!(ways, expected);
        let third = &view.arrows[2];
        assert_eq!(
            (third.at.as_str(), third.carried.as_str()),
            ("1:07.164", "UDP, 1\u{a0}182 bytes")
        );
        let sounds = [Sound {
            lane: 2,
            words: "RTP, MOS 4.3".to_owned(),
        }];
        assert_eq!(view.sounds, sounds);
    }

    #[test]
    fn repetitions_are_told_once() {
        let mut again = message(false, "192.0.2.1:5060", "INVITE", None, 0);
        again.times = 3;
        let view = arranged(&[again], &[], &Directory::default());
        assert_eq!(view.arrows[0].words, "INVITE ×3");
    }
}
