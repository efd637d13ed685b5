//! One call leg (RFC 3261 §13–15): its state between the messages. What happens to it is in
//! `core/incoming.rs`, `core/outgoing.rs` and `core/session.rs`.

use crate::command::OutgoingCall;
use crate::config::Config;
use crate::dialog::Dialog;
use crate::digest::ClientCredentials;
use crate::event::CallId;
use crate::flow::Flow;
use crate::header::{Name, Reason, SessionExpires};
use crate::message::Message;
use crate::method::Method;
use crate::time::Time;
use crate::timer::earlier;
use crate::transaction::Backoff;
use bytes::Bytes;
use std::collections::VecDeque;
use std::time::Duration;

/// How far a call is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// They called; no final response yet.
    Ringing,
    /// We called; no final response yet.
    Calling,
    /// Answered.
    Up,
    /// BYE sent.
    Leaving,
}

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) id: CallId,
    pub(crate) stage: Stage,
    /// The last event was given; the rest happens in silence.
    pub(crate) muted: bool,
    /// Until answered, for a call we make: what all forks have in common.
    pub(crate) dialog: Dialog,
    /// Early dialogs of a call we make, in the order they appeared.
    pub(crate) forks: Vec<Fork>,
    pub(crate) outgoing: Option<Box<Outgoing>>,
    /// The transaction of the first INVITE, while it is open.
    pub(crate) invite: Option<u64>,
    /// Our last description.
    pub(crate) sdp: Option<Bytes>,
    /// CSeq of an answer with an offer, which waits for `Acknowledge`.
    pub(crate) unsent_ack: Option<u32>,
    /// Our 2xx that waits for its ACK.
    pub(crate) unacked: Option<Unacked>,
    /// The peer's offer that waits for our answer: its transaction.
    pub(crate) offer_in: Option<u64>,
    /// Our offer, under way or waiting to be.
    pub(crate) offer_out: Option<OfferOut>,
    /// A re-INVITE of ours is under way.
    pub(crate) reinvite: bool,
    /// The peer's REFER that waits for our answer: its transaction.
    pub(crate) refer: Option<u64>,
    /// The REFER whose outcome is not yet known.
    pub(crate) referral: Option<Referral>,
    pub(crate) session: Option<SessionTimer>,
    pub(crate) reliable: Reliable,
    /// BYE to be sent once our answer is acknowledged.
    pub(crate) bye_after_ack: Option<Option<Reason>>,
    pub(crate) bye_reason: Option<Reason>,
    /// When the last provisional response is sent again, so that proxies keep waiting.
    pub(crate) remind: Option<Time>,
    /// When a cancelled INVITE is given up.
    pub(crate) give_up: Option<Time>,
    pub(crate) credentials: Option<ClientCredentials>,
    /// Challenges answered in a row.
    pub(crate) challenges: u8,
    pub(crate) peer_takes_update: bool,
}

/// A REFER of the peer and the subscription that comes with it (RFC 3515 §2.4.4).
#[derive(Debug)]
pub(crate) struct Referral {
    /// Its CSeq, the `id` of the event.
    pub(crate) cseq: u32,
    /// The peer wants no NOTIFY (`Refer-Sub: false`, RFC 4488).
    pub(crate) silent: bool,
    /// When the subscription is over.
    pub(crate) until: Time,
}

/// An early dialog.
#[derive(Debug)]
pub(crate) struct Fork {
    pub(crate) dialog: Dialog,
    /// Last RSeq acknowledged.
    pub(crate) rseq: Option<u32>,
}

/// What a call we make needs to repeat its INVITE.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) call: OutgoingCall,
    /// Answers to challenges, header name and value.
    pub(crate) authorization: Vec<(&'static str, String)>,
    pub(crate) session_expires: Option<Duration>,
    pub(crate) min_se: Option<Duration>,
    /// Ways not tried yet.
    pub(crate) ways: VecDeque<Flow>,
    /// Cancel as soon as a provisional response allows it (RFC 3261 §9.1).
    pub(crate) cancel: bool,
    pub(crate) cancelled: bool,
}

/// A 2xx to an INVITE, repeated until acknowledged.
#[derive(Debug)]
pub(crate) struct Unacked {
    pub(crate) cseq: u32,
    pub(crate) response: Bytes,
    pub(crate) reply_to: Flow,
    pub(crate) backoff: Backoff,
    pub(crate) until: Time,
    /// Of the first INVITE of the call.
    pub(crate) first: bool,
    /// It carried an offer, so the ACK carries the answer.
    pub(crate) offers: bool,
}

/// Our re-INVITE.
#[derive(Clone, Debug)]
pub(crate) struct OfferOut {
    pub(crate) sdp: Bytes,
    /// Only to refresh the session timer: not reported.
    pub(crate) refresh: bool,
    /// Authorization to send along.
    pub(crate) authorization: Option<(&'static str, String)>,
    /// After a 491: when to try again.
    pub(crate) retry_at: Option<Time>,
}

/// RFC 4028
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionTimer {
    pub(crate) interval: Duration,
    pub(crate) ours: bool,
    /// Our refresh is under way; `at` is when its failure ends the call.
    pub(crate) refreshing: bool,
    /// When to refresh, if that is ours, else when to give up.
    pub(crate) at: Time,
}

impl SessionTimer {
    pub(crate) fn new(now: Time, interval: Duration, ours: bool) -> SessionTimer {
        let wait = if ours {
            interval / 2
        } else {
            interval - (interval / 3).min(Duration::from_secs(32))
        };
        SessionTimer {
            interval,
            ours,
            refreshing: false,
            at: now + wait,
        }
    }

    /// `Session-Expires`, when we are the client (`uac`) or server of the transaction.
    pub(crate) fn header(&self, we_are_uac: bool) -> String {
        let refresher = if self.ours == we_are_uac {
            "uac"
        } else {
            "uas"
        };
        format!("{};refresher={refresher}", self.interval.as_secs())
    }

    /// What the request asks for, decided as the UAS (RFC 4028 §9).
    pub(crate) fn of_request(
        now: Time,
        request: &Message,
        config: &Config,
    ) -> Option<SessionTimer> {
        let asked = request
            .header(Name::SessionExpires)
            .and_then(SessionExpires::parse);
        let supported = takes_timer(request);
        match asked {
            Some(asked) => {
                let interval = asked.interval.max(config.min_session_expires);
                let ours = !supported || asked.refresher_is_uac == Some(false);
                Some(SessionTimer::new(now, interval, ours))
            }
            None => {
                let floor = Duration::from_secs(request.number(Name::MinSe).unwrap_or(0).into());
                let interval = config.session_expires.filter(|_| supported)?.max(floor);
                Some(SessionTimer::new(now, interval, true))
            }
        }
    }

    /// What the peer decided, when we are the UAC.
    pub(crate) fn of_response(now: Time, response: &Message) -> Option<SessionTimer> {
        let decided = SessionExpires::parse(response.header(Name::SessionExpires)?)?;
        let interval = decided.interval.max(Duration::from_secs(30));
        Some(SessionTimer::new(
            now,
            interval,
            decided.refresher_is_uac != Some(false),
        ))
    }
}

pub(crate) fn takes_timer(message: &Message) -> bool {
    message.has_token(Name::Supported, "timer") || message.has_token(Name::Require, "timer")
}

/// Reliable provisional responses of a call they make (RFC 3262).
#[derive(Default, Debug)]
pub(crate) struct Reliable {
    pub(crate) required: bool,
    pub(crate) rseq: u32,
    pub(crate) pending: Option<PendingPrack>,
    /// The last response was not acknowledged before the answer; its PRACK may still come.
    pub(crate) late: bool,
    /// Responses to be sent after the pending one.
    pub(crate) queue: VecDeque<(u16, Option<Bytes>)>,
    /// The answer, held back until then.
    pub(crate) answer: Option<Bytes>,
}

#[derive(Debug)]
pub(crate) struct PendingPrack {
    pub(crate) response: Bytes,
    pub(crate) backoff: Backoff,
    pub(crate) until: Time,
    pub(crate) has_sdp: bool,
}

impl Call {
    pub(crate) fn new(id: CallId, stage: Stage, dialog: Dialog) -> Call {
        Call {
            id,
            stage,
            muted: false,
            dialog,
            forks: Vec::new(),
            outgoing: None,
            invite: None,
            sdp: None,
            unsent_ack: None,
            unacked: None,
            offer_in: None,
            offer_out: None,
            reinvite: false,
            refer: None,
            referral: None,
            session: None,
            reliable: Reliable::default(),
            bye_after_ack: None,
            bye_reason: None,
            remind: None,
            give_up: None,
            credentials: None,
            challenges: 0,
            peer_takes_update: false,
        }
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        let mut first = self.give_up;
        if let Some(unacked) = &self.unacked {
            first = earlier(first, Some(unacked.backoff.at.min(unacked.until)));
        }
        if let Some(pending) = &self.reliable.pending {
            first = earlier(first, Some(pending.backoff.at.min(pending.until)));
        }
        if self.stage == Stage::Ringing {
            first = earlier(first, self.remind);
        }
        if self.stage == Stage::Up && !self.muted {
            first = earlier(first, self.session.map(|session| session.at));
            first = earlier(
                first,
                self.offer_out.as_ref().and_then(|offer| offer.retry_at),
            );
        }
        first
    }

    /// The dialog with that remote tag: the established one or a fork.
    pub(crate) fn dialog_with(&mut self, remote_tag: &str) -> Option<&mut Dialog> {
        if self.stage == Stage::Calling {
            return self
                .forks
                .iter_mut()
                .map(|fork| &mut fork.dialog)
                .find(|dialog| dialog.remote_tag == remote_tag);
        }
        (self.dialog.remote_tag == remote_tag).then_some(&mut self.dialog)
    }

    /// Whether the peer has that tag, in the established dialog or a fork.
    pub(crate) fn has_peer(&self, remote_tag: &str) -> bool {
        if self.stage == Stage::Calling {
            let mut forks = self.forks.iter();
            return forks.any(|fork| fork.dialog.remote_tag == remote_tag);
        }
        self.dialog.remote_tag == remote_tag
    }

    /// Takes note of what the peer can.
    pub(crate) fn learn(&mut self, message: &Message) {
        if message.header(Name::Allow).is_some() {
            self.peer_takes_update = message.has_token(Name::Allow, Method::Update.name());
        }
    }
}
