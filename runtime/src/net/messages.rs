//! The SIP messages of calls, kept until the call is over: what its ladder is drawn from.
//!
//! Both ends of every leg are heard here. Which call a message belongs to is told by its `Call-ID`, so a leg that
//! comes back to this exchange under the same `Call-ID` stays with the call that made it.

use super::request::SessionId;
use crate::report::{CallName, SipTrace};
use bytes::Bytes;
use jiff::Timestamp;
use sip::message::Glance;
use sip::{Flow, Time};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// Messages of a call kept from its beginning.
const FIRST: usize = 200;
/// Messages of a call kept from its end.
const LAST: usize = 50;
/// Bytes of messages kept of one call.
const MOST_BYTES: usize = 256 << 10;
/// Looked back so far for the message that one repeats.
const REPEATS: usize = 16;
/// A call's last messages come after its end: the BYE to the other side, and what is said to it.
const AFTER: Duration = Duration::from_secs(5);
/// `Call-ID`s of INVITEs kept that have not become a call.
const STRANGERS: usize = 256;
/// Messages of each of them: a challenge, what it is answered with, and repetitions.
const OF_A_STRANGER: usize = 12;

/// A message as it went over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) at: Timestamp,
    /// We sent it.
    pub(crate) sent: bool,
    pub(crate) flow: Flow,
    pub(crate) bytes: Bytes,
    /// How often, with its repetitions.
    pub(crate) times: u32,
}

/// The messages of one call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tape {
    first: Vec<Heard>,
    last: VecDeque<Heard>,
    /// Further messages that were not kept.
    left_out: u32,
    bytes: usize,
    call_ids: Vec<Box<str>>,
}

impl Tape {
    fn add(&mut self, heard: Heard) {
        let recent = self.last.iter_mut().rev();
        let recent = recent.chain(self.first.iter_mut().rev()).take(REPEATS);
        let same = |it: &&mut Heard| {
            it.sent == heard.sent && it.flow.peer == heard.flow.peer && it.bytes == heard.bytes
        };
        if let Some(known) = recent.into_iter().find(same) {
            known.times = known.times.saturating_add(1);
            return;
        }
        if self.bytes + heard.bytes.len() > MOST_BYTES {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        self.bytes += heard.bytes.len();
        if self.first.len() < FIRST {
            self.first.push(heard);
            return;
        }
        self.last.push_back(heard);
        if self.last.len() > LAST
            && let Some(forgotten) = self.last.pop_front()
        {
            self.bytes -= forgotten.bytes.len();
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// As it is told to those who look at it.
    pub(crate) fn told(self, of: CallName) -> SipTrace {
        let heard = self.first.into_iter().chain(self.last);
        SipTrace::new(of, heard, self.left_out)
    }
}

/// The messages of all calls.
#[derive(Default)]
pub(crate) struct Messages {
    /// They are kept at all.
    keep: bool,
    tapes: HashMap<SessionId, Tape>,
    owners: HashMap<Box<str>, SessionId>,
    strangers: HashMap<Box<str>, Vec<Heard>>,
    /// In the order they came; the oldest goes first.
    strangers_order: VecDeque<Box<str>>,
    /// Calls that are over, and when their messages are complete.
    over: VecDeque<(Time, SessionId, CallName)>,
}

impl Messages {
    pub(crate) fn new(keep: bool) -> Self {
        Self {
            keep,
            ..Self::default()
        }
    }

    /// A message came.
    pub(crate) fn received(&mut self, flow: Flow, bytes: &Bytes) {
        self.hear(false, flow, bytes);
    }

    /// A message is sent.
    pub(crate) fn sent(&mut self, flow: Flow, bytes: &Bytes) {
        self.hear(true, flow, bytes);
    }

    fn hear(&mut self, sent: bool, flow: Flow, bytes: &Bytes) {
        if !self.keep {
            return;
        }
        let Some(glance) = Glance::at(bytes) else {
            return;
        };
        let heard = || Heard {
            at: Timestamp::now(),
            sent,
            flow,
            bytes: bytes.clone(),
            times: 1,
        };
        if let Some(session) = self.owners.get(glance.call_id) {
            if let Some(tape) = self.tapes.get_mut(session) {
                tape.add(heard());
            }
        } else if glance.invites {
            self.hear_stranger(glance.call_id, heard());
        }
    }

    /// An INVITE becomes a call only after its sender has proved who it is.
    fn hear_stranger(&mut self, call_id: &str, heard: Heard) {
        if let Some(known) = self.strangers.get_mut(call_id) {
            if known.len() < OF_A_STRANGER {
                known.push(heard);
            }
            return;
        }
        if self.strangers_order.len() >= STRANGERS
            && let Some(oldest) = self.strangers_order.pop_front()
        {
            self.strangers.remove(&oldest);
        }
        self.strangers_order.push_back(call_id.into());
        self.strangers.insert(call_id.into(), vec![heard]);
    }

    /// A call begins that nobody has made.
    pub(crate) fn begun(&mut self, session: SessionId) {
        if self.keep {
            self.tapes.entry(session).or_default();
        }
    }

    /// A call has come in by this `Call-ID`.
    pub(crate) fn opened(&mut self, session: SessionId, call_id: &str) {
        if !self.keep {
            return;
        }
        self.begun(session);
        let before = self.strangers.remove(call_id).unwrap_or_default();
        if !before.is_empty() {
            self.strangers_order.retain(|known| **known != *call_id);
        }
        self.joined(session, call_id);
        if let Some(tape) = self.tapes.get_mut(&session) {
            before.into_iter().for_each(|heard| tape.add(heard));
        }
    }

    /// A call has got another leg. What was sent for it is heard from now on, so this comes before it is sent.
    pub(crate) fn joined(&mut self, session: SessionId, call_id: &str) {
        if let Some(tape) = self.tapes.get_mut(&session)
            && !self.owners.contains_key(call_id)
        {
            tape.call_ids.push(call_id.into());
            self.owners.insert(call_id.into(), session);
        }
    }

    /// A call is over; nothing is kept of one that has no name, because it never began.
    pub(crate) fn closed(&mut self, now: Time, session: SessionId, of: Option<CallName>) {
        match of.filter(|_| self.tapes.contains_key(&session)) {
            Some(of) => self.over.push_back((now + AFTER, session, of)),
            None => {
                self.take(session);
            }
        }
    }

    /// The messages of a running call so far.
    pub(crate) fn of(&self, session: SessionId) -> Option<Tape> {
        self.tapes.get(&session).cloned()
    }

    /// When [`Messages::take_due`] has something next.
    pub(crate) fn due(&self) -> Option<Time> {
        self.over.front().map(|(due, ..)| *due)
    }

    /// The messages of a call that was over long enough ago.
    pub(crate) fn take_due(&mut self, now: Time) -> Option<(CallName, Tape)> {
        let (_, session, of) = self.over.pop_front_if(|(due, ..)| *due <= now)?;
        Some((of, self.take(session)?))
    }

    /// The messages of all calls that are over, because the exchange stops.
    pub(crate) fn take_rest(&mut self) -> Vec<(CallName, Tape)> {
        let over = std::mem::take(&mut self.over);
        let tape = |(_, session, of)| Some((of, self.take(session)?));
        over.into_iter().filter_map(tape).collect()
    }

    fn take(&mut self, session: SessionId) -> Option<Tape> {
        let tape = self.tapes.remove(&session)?;
        for call_id in &tape.call_ids {
            self.owners.remove(call_id);
        }
        Some(tape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sip::{FlowId, Transport};

    fn flow() -> Flow {
        Flow {
            id: FlowId(1),
            transport: Transport::Udp,
            local: ([127, 0, 0, 1], 5060).into(),
            peer: ([127, 0, 0, 1], 5070).into(),
        }
    }

    fn message(method: &str, call_id: &str, number: usize) -> Bytes {
        format!("{method} sip:a SIP/2.0\r\nCall-ID: {call_id}\r\nCSeq: {number} {method}\r\n\r\n")
            .into()
    }

    fn name(id: &str) -> CallName {
        CallName {
            account: "a".into(),
            id: id.to_owned(),
        }
    }

    fn told(messages: &Messages, session: u64) -> SipTrace {
        messages.of(SessionId(session)).unwrap().told(name("1"))
    }

    #[test]
    fn repetitions_are_counted() {
        let mut messages = Messages::new(true);
        messages.received(flow(), &message("INVITE", "x", 1));
        messages.opened(SessionId(1), "x");
        messages.received(flow(), &message("INVITE", "x", 1));
        messages.sent(flow(), &message("INVITE", "x", 1));
        let trace = told(&messages, 1);
        let seen: Vec<_> = trace
            .messages
            .iter()
            .map(|it| (it.sent, it.times))
            .collect();
        assert_eq!(seen, [(false, 2), (true, 1)]);
    }

    #[test]
    fn of_too_many_messages_the_first_and_the_last_are_kept() {
        let mut messages = Messages::new(true);
        messages.opened(SessionId(1), "x");
        for number in 0..FIRST + LAST + 30 {
            messages.received(flow(), &message("INFO", "x", number));
        }
        let trace = told(&messages, 1);
        assert_eq!((trace.messages.len(), trace.left_out), (FIRST + LAST, 30));
        let last = trace
            .messages
            .last()
            .map(|it| it.text.contains("CSeq: 279 "));
        assert_eq!(last, Some(true));
    }

    #[test]
    fn bytes_of_a_call_are_bounded() {
        let mut messages = Messages::new(true);
        messages.opened(SessionId(1), "x");
        for number in 0..20 {
            let text = [message("INFO", "x", number), "z".repeat(60_000).into()].concat();
            messages.received(flow(), &text.into());
        }
        let trace = told(&messages, 1);
        assert_eq!((trace.messages.len(), trace.left_out), (4, 16));
    }

    #[test]
    fn strangers_are_forgotten_before_they_fill_the_memory() {
        let mut messages = Messages::new(true);
        for number in 0..STRANGERS + 1 {
            let call_id = number.to_string();
            (0..OF_A_STRANGER + 5)
                .for_each(|at| messages.received(flow(), &message("INVITE", &call_id, at)));
        }
        messages.opened(SessionId(1), "0");
        messages.opened(SessionId(2), "1");
        assert_eq!(told(&messages, 1).messages.len(), 0);
        assert_eq!(told(&messages, 2).messages.len(), OF_A_STRANGER);
        assert_eq!(messages.strangers.len(), messages.strangers_order.len());
    }

    #[test]
    fn messages_behind_the_end_belong_to_the_call_and_nothing_of_it_is_left() {
        let mut messages = Messages::new(true);
        messages.opened(SessionId(1), "x");
        messages.joined(SessionId(1), "y");
        messages.opened(SessionId(2), "z");
        messages.closed(Time::ZERO, SessionId(1), Some(name("1")));
        messages.closed(Time::ZERO, SessionId(2), None);
        messages.sent(flow(), &message("BYE", "y", 2));
        messages.sent(flow(), &message("BYE", "z", 2));
        assert!(messages.take_due(Time::ZERO).is_none());
        let due = messages.due().unwrap();
        let (of, tape) = messages.take_due(due).unwrap();
        assert_eq!(tape.told(of).messages.len(), 1);
        assert!(messages.owners.is_empty() && messages.tapes.is_empty());
        assert_eq!(messages.due(), None);
    }
}
