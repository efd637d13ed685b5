//! Whole calls over loopback: the exchange with its real sockets, phones with real RTP.
#![allow(clippy::unwrap_used)]

#[path = "calls/domain.rs"]
mod domain;
#[path = "calls/exchange.rs"]
mod exchange;
#[path = "calls/link.rs"]
mod link;
#[path = "calls/phone.rs"]
mod phone;
#[path = "calls/raw.rs"]
mod raw;
#[path = "calls/rtp.rs"]
mod rtp;
#[path = "calls/seen.rs"]
mod seen;

#[path = "calls/answering.rs"]
mod answering;
#[path = "calls/attended.rs"]
mod attended;
#[path = "calls/certificates.rs"]
mod certificates;
#[path = "calls/conference.rs"]
mod conference;
#[path = "calls/consulting.rs"]
mod consulting;
#[path = "calls/conversation.rs"]
mod conversation;
#[path = "calls/encrypting.rs"]
mod encrypting;
#[path = "calls/lamps.rs"]
mod lamps;
#[path = "calls/languages.rs"]
mod languages;
#[path = "calls/messages.rs"]
mod messages;
#[path = "calls/metaflows.rs"]
mod metaflows;
#[path = "calls/outside.rs"]
mod outside;
#[path = "calls/paging.rs"]
mod paging;
#[path = "calls/parking.rs"]
mod parking;
#[path = "calls/pickup.rs"]
mod pickup;
#[path = "calls/presence.rs"]
mod presence;
#[path = "calls/recording.rs"]
mod recording;
#[path = "calls/ringing.rs"]
mod ringing;
#[path = "calls/robustness.rs"]
mod robustness;
#[path = "calls/routing.rs"]
mod routing;
#[path = "calls/switches.rs"]
mod switches;
#[path = "calls/takeover.rs"]
mod takeover;
#[path = "calls/transfer.rs"]
mod transfer;
