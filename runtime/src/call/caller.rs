//! The caller's leg: answering, ringing, early audio, and its end.

use super::audio::{self, Audio};
use super::dial::Fork;
use super::record::{CALLER, LegIndex};
use super::{Call, Due};
use crate::live::{self, Change};
use crate::media::MediaEvent;
use crate::node::Shared;
use crate::occupied::Part;
use crate::report::Report;
use crate::router::{Refusal, Routed};
use bytes::Bytes;
use callflow::command::{OpId, Party};
use callflow::event::Side;
use callflow::{Cause, Event};
use jiff::Timestamp;
use sip::command::Command as SipCommand;
use sip::event::{CallId, IncomingCall};
use sip::header::Name;
use sip::sdp::NegotiationError;
use sip::subscribe::{DialogPhase, DialogState};
use std::net::IpAddr;
use tokio::sync::mpsc;

/// Proxies that may still be passed, when the caller names no number (RFC 3261 §8.1.1.6).
const MAX_FORWARDS: u32 = 70;
/// How long the files of recordings may take to close after the caller has gone, in milliseconds.
const CLOSING_MS: u64 = 5_000;

/// How far the caller's leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing but 100 has been sent.
    Trying,
    /// 180 has been sent.
    Ringing,
    /// 183 has been sent, with a session.
    Early,
    /// 200 has been sent.
    Answered,
    /// It has been acknowledged.
    Confirmed,
    /// The leg is over.
    Gone,
}

/// The caller's leg.
pub(crate) struct Caller {
    pub(crate) leg: CallId,
    pub(crate) audio: Audio,
    pub(crate) max_forwards: u8,
    /// Where the record tells of the leg.
    pub(crate) record: LegIndex,
    /// The phone, if it is one of the account's.
    pub(crate) device: Option<String>,
    /// Who it is.
    pub(crate) party: Party,
    /// The phone's part in the call.
    part: Option<Part>,
    phase: Phase,
    /// Our description: an answer, or an offer when the caller made none.
    description: Bytes,
    /// The caller made no offer: its answer comes with the ACK.
    late: bool,
    answering: Vec<OpId>,
    /// Why it ended, until the callflow has been told.
    cause: Option<Cause>,
    /// Why it ended, when the exchange ended it.
    forced: Option<Cause>,
    code: Option<u16>,
}

impl Caller {
    /// # Errors
    /// The response when no session is possible.
    pub(crate) fn new(
        shared: &Shared,
        call: &IncomingCall,
        routed: &Routed,
        events: mpsc::Sender<MediaEvent>,
    ) -> Result<Self, Refusal> {
        let hops = call.request.number(Name::MaxForwards);
        let hops = hops.unwrap_or(MAX_FORWARDS).min(MAX_FORWARDS);
        let Some(max_forwards) = hops.checked_sub(1).and_then(|n| u8::try_from(n).ok()) else {
            return Err(Refusal {
                code: 483,
                reason: "Too Many Hops",
            });
        };
        let our_ip = our_ip(shared, call.flow.local.ip());
        let peer = call.flow.peer.ip();
        let encryption = routed.encryption;
        let mut audio = Audio::open(&shared.media, None, our_ip, peer, encryption, events)
            .map_err(|error| {
                tracing::error!(%error, "a call has no audio and is refused");
                Refusal {
                    code: 503,
                    reason: "Service Unavailable",
                }
            })?;
        let description = match &call.sdp {
            Some(offer) => audio.answer(offer).map_err(|error| Refusal {
                code: 488,
                reason: match error {
                    NegotiationError::NothingInCommon => "Not Acceptable Here",
                    NegotiationError::Unprotected => "No Acceptable Encryption",
                },
            })?,
            None => audio.offer(),
        };
        let device = routed.device.clone();
        let account = &routed.account.id;
        let part = device
            .as_ref()
            .map(|device| shared.occupied.enter(account, device));
        Ok(Self {
            leg: call.call,
            audio,
            max_forwards,
            record: CALLER,
            device,
            party: routed.caller.clone(),
            part,
            phase: Phase::Trying,
            description,
            late: call.sdp.is_none(),
            answering: Vec::new(),
            cause: None,
            forced: None,
            code: None,
        })
    }

    /// A phone that talks, in the caller's place.
    pub(crate) fn of_phone(mut phone: Fork, party: Party, max_forwards: u8) -> Self {
        let part = phone.take_part();
        Self {
            leg: phone.call,
            audio: phone.audio,
            max_forwards,
            record: phone.record,
            device: phone.device,
            party,
            part,
            phase: Phase::Confirmed,
            description: Bytes::new(),
            late: false,
            answering: Vec::new(),
            cause: None,
            forced: None,
            code: None,
        }
    }

    /// A caller that talks, as one of the phones of its call.
    pub(crate) fn into_phone(self) -> Fork {
        Fork::talking(self.leg, self.device, self.audio, self.record, self.part)
    }

    pub(crate) fn is_answered(&self) -> bool {
        matches!(self.phase, Phase::Answered | Phase::Confirmed)
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.phase == Phase::Gone
    }

    /// Whether the caller hears what is played: early audio or an answered call.
    pub(crate) fn hears(&self) -> bool {
        matches!(
            self.phase,
            Phase::Early | Phase::Answered | Phase::Confirmed
        )
    }

    /// The cause for the record: what ended the leg says more than the end of the flow that followed.
    pub(crate) fn final_cause(&self, of_flow: Cause) -> Cause {
        match &self.forced {
            Some(cause) if of_flow == Cause::NORMAL_CLEARING => cause.clone(),
            _ => of_flow,
        }
    }

    /// The final response for the record: of the refusal, or of the caller's own doing.
    pub(crate) fn final_code(&self, refused: Option<u16>) -> Option<u16> {
        self.code.or(refused)
    }
}

/// The address peers are told, on the side where ours is `local`.
pub(crate) fn our_ip(shared: &Shared, local: IpAddr) -> IpAddr {
    shared.config.external_address.unwrap_or(local)
}

impl Call {
    /// Sends 180, unless the caller already hears or has been told.
    pub(crate) async fn ring_caller(&mut self) {
        if self.caller.phase == Phase::Trying {
            self.caller.phase = Phase::Ringing;
            self.tell(self.caller.leg, SipCommand::Ring).await;
        }
    }

    /// Makes the caller hear what is played before the answer. Whether that is possible.
    pub(crate) async fn open_early(&mut self) -> bool {
        if self.caller.hears() {
            return true;
        }
        if self.caller.is_gone() || self.caller.late {
            return false;
        }
        let progress = SipCommand::Progress {
            code: 183,
            sdp: Some(self.caller.description.clone()),
        };
        let told = self
            .shared
            .signalling
            .command(self.caller.leg, progress)
            .await;
        if told.is_ok() {
            self.caller.phase = Phase::Early;
        }
        told.is_ok()
    }

    /// Answers the caller for the callflow.
    pub(crate) async fn answer_for(&mut self, op: OpId) {
        if self.caller.phase == Phase::Confirmed {
            self.transferred().await;
        }
        match self.caller.phase {
            Phase::Confirmed => self.events.push_back(Event::Done { op }),
            Phase::Answered => self.caller.answering.push(op),
            _ => match self.answer().await {
                // Prompts begin when the caller has acknowledged, so that none is cut at its beginning.
                Ok(()) => self.caller.answering.push(op),
                Err(reason) => self.events.push_back(Event::Failed { op, reason }),
            },
        }
    }

    /// Sends 200, unless that is done.
    ///
    /// # Errors
    /// When the caller has gone.
    pub(crate) async fn answer(&mut self) -> Result<(), String> {
        match self.caller.phase {
            Phase::Answered | Phase::Confirmed => {
                self.transferred().await;
                return Ok(());
            }
            Phase::Gone => return Err("the caller has gone".to_owned()),
            Phase::Trying | Phase::Ringing | Phase::Early => {}
        }
        let sdp = self.caller.description.clone();
        let answer = SipCommand::Answer { sdp };
        let told = self.shared.signalling.command(self.caller.leg, answer);
        told.await.map_err(|error| error.to_string())?;
        self.caller.phase = Phase::Answered;
        self.record.answered(self.caller.record);
        self.begin_tapes();
        let at = self.record.answered_at().unwrap_or_else(Timestamp::now);
        let (account, id) = (self.account.id.clone(), self.id().to_owned());
        self.shared.active.answered(&id, at);
        self.shared
            .report(Report::CallAnswered { account, id, at })
            .await;
        self.show_caller().await;
        audio::warn(
            self.caller
                .audio
                .leg
                .set_rtp_timeout(self.shared.config.rtp_timeout),
        );
        Ok(())
    }

    /// The ACK has come, with the caller's answer if we made the offer.
    pub(crate) async fn caller_confirmed(&mut self, sdp: Option<&[u8]>) {
        if let Some(sdp) = sdp
            && self.caller.audio.accept(sdp).is_err()
        {
            self.hang_up_caller(Cause::BEARERCAPABILITY_NOTIMPL).await;
            return;
        }
        if self.caller.late && !self.caller.audio.is_agreed() {
            self.hang_up_caller(Cause::BEARERCAPABILITY_NOTIMPL).await;
            return;
        }
        if self.caller.phase == Phase::Answered {
            self.caller.phase = Phase::Confirmed;
        }
        for op in std::mem::take(&mut self.caller.answering) {
            self.events.push_back(Event::Done { op });
        }
    }

    /// The exchange ends the caller's leg before the callflow does.
    pub(crate) async fn hang_up_caller(&mut self, cause: Cause) {
        if self.caller.is_gone() {
            return;
        }
        let response = cause.response();
        let (command, code) = if self.caller.is_answered() {
            (SipCommand::Hangup { reason: None }, None)
        } else {
            let reject = SipCommand::Reject {
                code: response.code,
                phrase: Some(response.reason.to_owned()),
                headers: Vec::new(),
            };
            (reject, Some(response.code))
        };
        self.tell(self.caller.leg, command).await;
        self.caller.forced = Some(cause.clone());
        self.caller_gone(cause, code).await;
    }

    /// The caller's leg is over, whoever ended it.
    pub(crate) async fn caller_gone(&mut self, cause: Cause, code: Option<u16>) {
        if self.caller.is_gone() {
            return;
        }
        // Whoever hangs up after having asked the target joins it with the party that waits.
        if self.caller.forced.is_none() && self.joins_the_waiting().await {
            return;
        }
        self.caller.phase = Phase::Gone;
        self.caller.code = code;
        self.record.ended(self.caller.record, cause.as_str(), code);
        self.stop_showing_caller().await;
        self.caller.cause = Some(cause);
        self.leave_room(None);
        self.stop_tapes();
        self.drop_page().await;
        self.drop_pickup();
        self.stop_parking().await;
        // Somebody who has taken the caller's place goes on.
        if !self.goes_on_without_caller() {
            self.end_bridge(Some(Side::Caller)).await;
        }
        if self.recordings.finish_all(&self.caller.audio) {
            self.timers.set(CLOSING_MS, Due::Recordings);
        } else {
            self.tell_gone();
        }
    }

    /// Tells the callflow that the caller has gone; once, and after the ends of recordings.
    pub(crate) fn tell_gone(&mut self) {
        if let Some(cause) = self.caller.cause.take() {
            self.events.push_back(Event::HungUp { cause });
        }
    }

    /// The callflow has ended.
    pub(crate) async fn end(&mut self, cause: Cause, code: u16, reason: String) {
        if self.goes_back(code).await {
            return; // to whoever transferred the caller: the callflow before goes on
        }
        let mut sent = None;
        if self.caller.is_answered() {
            let hangup = SipCommand::Hangup { reason: None };
            self.tell(self.caller.leg, hangup).await;
        } else if !self.caller.is_gone() {
            let reject = SipCommand::Reject {
                code,
                phrase: Some(reason),
                headers: Vec::new(),
            };
            self.tell(self.caller.leg, reject).await;
            sent = Some(code);
        }
        self.caller.phase = Phase::Gone;
        self.outcome = Some((cause, sent));
    }

    /// Lights the lamp of the calling phone.
    pub(crate) async fn show_caller(&mut self) {
        let Some(device) = &self.caller.device else {
            return;
        };
        let dialled = &self.record.start().dialled;
        let dialog = DialogState {
            id: self.lamp(device),
            initiator: true,
            phase: if self.caller.is_answered() {
                DialogPhase::Confirmed
            } else {
                DialogPhase::Proceeding
            },
            remote: Some((
                String::new(),
                format!("sip:{dialled}@{}", self.account.realm),
            )),
        };
        let resources = live::device_resources(&self.account, device);
        let change = Change::Dialog { resources, dialog };
        self.shared.signalling.live(change).await;
    }

    pub(crate) async fn stop_showing_caller(&mut self) {
        if let Some(device) = self.caller.device.clone() {
            self.stop_showing(&device).await;
        }
    }

    /// Darkens the lamp of a device, as far as this call lit it.
    pub(crate) async fn stop_showing(&mut self, device: &str) {
        let change = Change::DialogEnded {
            resources: live::device_resources(&self.account, device),
            id: self.lamp(device),
        };
        self.shared.signalling.live(change).await;
    }

    /// Names what a device does in this call.
    pub(crate) fn lamp(&self, device: &str) -> String {
        format!("{}/{device}", self.id())
    }
}
