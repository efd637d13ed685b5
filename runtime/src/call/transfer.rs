//! Blind transfer: a party of a conversation asks that the other one be connected elsewhere (RFC 3515, RFC 5589 §6).
//!
//! The party that is transferred becomes the caller of the callflow that the target's number has. The callflow before and
//! its conversation wait: when the target cannot be reached, they go on as they were.

use super::bridge::Bridged;
use super::caller::Caller;
use super::consult::Consulting;
use super::line::Said;
use super::party::Party;
use super::{Call, audio};
use crate::router;
use callflow::call::CallInfo;
use callflow::command;
use callflow::route::Route;
use callflow::{Account, Callflow, Cause, Command, Event, Interpreter, Origin, Program};
use jiff::Timestamp;
use serde_json::json;
use sip::command::Command as SipCommand;
use sip::event::{CallId, Replaced};
use sip::header::NameAddr;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a callflow may still store after its conversation was transferred.
const LAST_UPDATES: usize = 16;
/// How long the transferor's phone rings when the call comes back, in seconds.
const RETURN_S: u32 = 30;
/// Told when the target's callflow ended without a code for it (RFC 3261 §21.4.18).
const UNAVAILABLE: u16 = 480;

/// A transfer whose outcome is not known.
pub(crate) struct Transfer {
    /// The callflow before, which waits for the end of its conversation.
    pub(super) before: Interpreter,
    pub(super) account: Arc<Account>,
    /// The device that transfers.
    pub(super) by: String,
    /// Where to.
    pub(super) dialled: String,
    /// The conversation, in which the transferor now is the phone; `None` once the transferor has gone.
    pub(super) conversation: Option<Bridged>,
    /// Where the party stood that is transferred.
    pub(super) place: Place,
    /// How the callflow before had ended, if it had.
    pub(super) outcome: Option<(Cause, Option<u16>)>,
    /// The transferor knows that the target rings.
    pub(super) rings: bool,
    /// The one who transfers asks the target first, while the other party waits; what is known of that.
    pub(super) asks: Option<Consulting>,
}

impl Transfer {
    /// The transferor's leg, while it is there.
    fn leg(&self) -> Option<CallId> {
        let conversation = self.conversation.as_ref()?;
        conversation.party.phone().map(|phone| phone.call)
    }

    pub(crate) fn conversation_mut(&mut self) -> Option<&mut Bridged> {
        self.conversation.as_mut()
    }
}

/// Where the party stood that is transferred, before it became the caller.
pub(super) enum Place {
    /// It was the caller.
    Caller,
    /// It was the phone that this one had called, who now is the phone.
    Phone(command::Party),
    /// It was the phone that this caller had called, whose place somebody else had taken.
    Left(Box<Caller>),
}

/// The cause of a leg whose phone transferred the call.
fn blind_transfer() -> Cause {
    Cause::named("BLIND_TRANSFER")
}

/// Where a transfer leads.
pub(super) struct Target {
    account: Arc<Account>,
    pub(super) route: Route,
    dialled: String,
}

impl Call {
    /// A phone asks for a transfer. What cannot be done is refused, and the call stays as it is.
    pub(crate) async fn referred(
        &mut self,
        leg: CallId,
        refer_to: &NameAddr,
        replaces: Option<Replaced>,
    ) {
        if let Some(replaced) = replaces {
            self.attend(leg, replaced).await;
            return;
        }
        let found = self.transferor(leg).and_then(|device| {
            let dialled = router::dialled(&refer_to.uri);
            Ok((device, self.target(&dialled)?))
        });
        let code = found.as_ref().err().copied().unwrap_or(202);
        self.tell(leg, SipCommand::AnswerRefer { code }).await;
        if let Ok((device, target)) = found {
            self.transfer_far(leg, device, target).await;
        }
    }

    /// Transfers whom the transferor talks with, here or in another call.
    pub(super) async fn transfer_far(&mut self, leg: CallId, device: String, target: Target) {
        let bridged = self.bridged.as_ref();
        let Some(neighbour) = bridged.and_then(Bridged::neighbour) else {
            self.start_transfer(Some(leg), device, target).await;
            return;
        };
        let said = Said::Transfer {
            by: device,
            dialled: target.dialled,
            capture: target.route.capture,
        };
        if !neighbour.line.say(said) {
            let code = UNAVAILABLE;
            self.tell(leg, SipCommand::ReportRefer { code }).await;
        }
    }

    /// The party of another call asks that the one here be connected elsewhere.
    pub(super) async fn transfer_for(
        &mut self,
        by: String,
        dialled: &str,
        capture: Option<String>,
    ) {
        let free = self.transfer.is_none().then_some(()).ok_or(603);
        match free.and_then(|()| self.target(dialled)) {
            Ok(mut target) => {
                target.route.capture = capture.or(target.route.capture);
                self.start_transfer(None, by, target).await;
            }
            Err(code) => {
                let neighbour = self.bridged.as_ref().and_then(Bridged::neighbour);
                if let Some(neighbour) = neighbour {
                    neighbour.line.say(Said::Progress(code));
                }
            }
        }
    }

    /// The other call tells how the transfer goes that the phone here has asked for.
    pub(super) async fn transfer_goes(&mut self, code: u16) {
        let side = self.own_side();
        self.tell(side, SipCommand::ReportRefer { code }).await;
        // What comes back is on hold as it was before.
        if code >= 300 && self.audio_of(side).is_some_and(|audio| audio.is_held()) {
            self.pass_hold(side, true).await;
        }
    }

    /// The device that may transfer the other party of its conversation.
    ///
    /// # Errors
    /// The response to its request.
    pub(super) fn transferor(&self, leg: CallId) -> Result<String, u16> {
        let Some(bridged) = &self.bridged else {
            return Err(603); // there is nobody to be transferred
        };
        let far = bridged.neighbour().map(|it| it.line.far.is_some());
        if far == Some(false) || self.attending.is_some() || self.transfer.is_some() {
            return Err(603); // they are just being connected, or somebody waits already
        }
        let device = if leg == self.caller.leg {
            self.caller.device.as_ref()
        } else {
            let phone = bridged.party.phone().filter(|fork| fork.call == leg);
            phone.and_then(|fork| fork.device.as_ref())
        };
        // Whoever is outside has no say in what the account dials.
        device.cloned().ok_or(403)
    }

    /// The callflow that a number has for the account's phones, as published now.
    ///
    /// # Errors
    /// The response when there is none.
    pub(super) fn target(&self, dialled: &str) -> Result<Target, u16> {
        let published = self.shared.registry.load().get(&self.account.id).cloned();
        let published = published.filter(|it| it.enabled).ok_or(403_u16)?;
        let account = Arc::clone(&published.account);
        let country_code = &self.shared.config.country_code;
        let (route, dialled) = router::by_phone(&account, dialled, country_code).ok_or(404_u16)?;
        if !account.programs.contains_key(&route.callflow) {
            return Err(404);
        }
        Ok(Target {
            account,
            route,
            dialled,
        })
    }

    /// Begins the callflow of the target with the party that is transferred: the one that `leg` talks with; that of
    /// this call, when another call asks for it.
    async fn start_transfer(&mut self, leg: Option<CallId>, device: String, target: Target) {
        let Some(mut conversation) = self.bridged.take() else {
            return;
        };
        conversation.listeners.clear();
        let (conversation, place) = self.make_caller(conversation, leg);
        self.go_to(target, device.clone(), conversation, place, None)
            .await;
        let begins = Event::Transferred { by: device };
        let commands = self.interpreter.handle(Timestamp::now(), begins);
        self.perform(commands).await;
    }

    /// Makes ready for the caller to go to the target, while a conversation waits.
    pub(super) async fn go_to(
        &mut self,
        target: Target,
        device: String,
        conversation: Bridged,
        place: Place,
        asks: Option<Consulting>,
    ) {
        let Some(program) = target.account.programs.get(&target.route.callflow).cloned() else {
            return;
        };
        audio::warn(self.caller.audio.leg.unbridge());
        // The target, or its ringing, is to be heard instead of the music.
        self.hold(self.caller.leg, false, None).await;
        let dialled = target.dialled.clone();
        let info = CallInfo {
            id: self.id().to_owned(),
            caller: self.caller.party.clone(),
            dialled: target.dialled,
            origin: Origin::Internal,
            device: Some(device.clone()),
            capture: target.route.capture,
            captures: target.route.captures,
        };
        let account = std::mem::replace(&mut self.account, target.account);
        let mut next = Interpreter::new(Arc::clone(&self.account), program, info, rand::random());
        next.follow(&self.interpreter);
        let mut before = std::mem::replace(&mut self.interpreter, next);
        self.record.trace(before.take_trace());
        let phone = self.account.directory.device(&device);
        let phone = phone.map_or(device.as_str(), |phone| phone.name.0.as_str());
        self.record.note(&match asks {
            None => format!("transferred to {dialled} by {phone}"),
            Some(_) => format!("{phone} asks {dialled} before a transfer"),
        });
        self.transfer = Some(Transfer {
            before,
            account,
            by: device,
            dialled,
            conversation: Some(conversation),
            place,
            outcome: self.outcome.take(),
            rings: false,
            asks,
        });
    }

    /// Makes the party that is transferred the caller. The conversation then has the transferor as its party.
    pub(super) fn make_caller(
        &mut self,
        mut conversation: Bridged,
        leg: Option<CallId>,
    ) -> (Bridged, Place) {
        let who = self.who(&conversation.party);
        if let Some(stand_in) = conversation.stand_in.take() {
            let party = std::mem::replace(&mut conversation.party, Party::Call(stand_in));
            let Party::Phone(phone) = party else {
                return (conversation, Place::Caller);
            };
            let hops = self.caller.max_forwards;
            let caller = Caller::of_phone(phone, who, hops);
            let gone = std::mem::replace(&mut self.caller, caller);
            return (conversation, Place::Left(Box::new(gone)));
        }
        if leg == Some(self.caller.leg) {
            let caller = self.caller.party.clone();
            return (self.swap(conversation, who), Place::Phone(caller));
        }
        (conversation, Place::Caller)
    }

    /// Gives everybody the place back that they had.
    pub(super) fn unmake_caller(&mut self, mut conversation: Bridged, place: Place) -> Bridged {
        match place {
            Place::Caller => conversation,
            Place::Phone(who) => self.swap(conversation, who),
            Place::Left(gone) => {
                let phone = std::mem::replace(&mut self.caller, *gone).into_phone();
                let party = std::mem::replace(&mut conversation.party, Party::Phone(phone));
                if let Party::Call(neighbour) = party {
                    conversation.stand_in = Some(neighbour);
                }
                conversation
            }
        }
    }

    /// Lets the caller and the phone of a conversation change places. Whoever becomes the caller is `who`.
    fn swap(&mut self, mut conversation: Bridged, who: command::Party) -> Bridged {
        conversation.party = match conversation.party {
            Party::Phone(phone) => {
                let hops = self.caller.max_forwards;
                let caller = Caller::of_phone(phone, who, hops);
                let before = std::mem::replace(&mut self.caller, caller);
                Party::Phone(before.into_phone())
            }
            party @ Party::Call(_) => party,
        };
        conversation
    }

    /// Whom the phone of a conversation belongs to.
    fn who(&self, party: &Party) -> command::Party {
        let nobody = command::Party::default;
        party.phone().map_or_else(nobody, |it| self.who_is(it))
    }

    /// Tells the transferor how far the call to the target is: once that it rings, and then the outcome.
    pub(crate) async fn report_transfer(&mut self, code: u16) {
        let transfer = self.transfer.as_mut();
        let Some(transfer) = transfer.filter(|it| it.asks.is_none()) else {
            return;
        };
        if code < 200 && std::mem::replace(&mut transfer.rings, true) {
            return;
        }
        match transfer.conversation.as_ref().map(|it| &it.party) {
            Some(Party::Phone(phone)) => {
                let leg = phone.call;
                self.tell(leg, SipCommand::ReportRefer { code }).await;
            }
            Some(Party::Call(neighbour)) => {
                neighbour.line.say(Said::Progress(code));
            }
            None => {}
        }
    }

    /// The target has answered, or the exchange in its place: the transfer is done, and the transferor goes.
    pub(crate) async fn transferred(&mut self) {
        self.report_transfer(200).await;
        let done = |it: &mut Transfer| it.asks.is_none();
        let Some(transfer) = self.transfer.take_if(done) else {
            return;
        };
        if let Some(conversation) = transfer.conversation {
            self.leave(conversation.party, &blind_transfer()).await;
        }
        self.record.tag(vec![
            ("transferred_to".to_owned(), transfer.dialled),
            ("transferred_by".to_owned(), transfer.by),
        ]);
        if let Place::Left(gone) = transfer.place
            && let Ok(stats) = gone.audio.leg.stats().await
        {
            self.record.media(gone.record, stats);
        }
        self.conclude(transfer.before).await;
    }

    /// The target's callflow has ended without an answer. Whether the conversation before goes on.
    pub(crate) async fn goes_back(&mut self, code: u16) -> bool {
        let gone = self.caller.is_gone();
        let code = match code {
            _ if gone => 487,
            300..700 => code,
            _ => UNAVAILABLE,
        };
        self.report_transfer(code).await;
        let Some(transfer) = self.transfer.take() else {
            return false;
        };
        let asked = transfer.asks.is_some();
        let Some(conversation) = transfer.conversation else {
            self.conclude(transfer.before).await;
            return !gone && self.ring_transferor(&transfer.by).await;
        };
        if gone {
            self.leave(conversation.party, &Cause::NORMAL_CLEARING)
                .await;
            self.conclude(transfer.before).await;
            return false;
        }
        let ended = std::mem::replace(&mut self.interpreter, transfer.before);
        self.interpreter.follow(&ended);
        self.account = transfer.account;
        self.outcome = transfer.outcome;
        let conversation = self.unmake_caller(conversation, transfer.place);
        self.record
            .note("the call goes back to the phone that transferred it");
        self.bridged = Some(conversation);
        if asked {
            self.pass_hold(self.transferring_side(&transfer.by), false)
                .await;
        }
        self.reconnect().await;
        true
    }

    /// The transferor has hung up, trusting that it would go well: its phone rings. Whether that is possible.
    async fn ring_transferor(&mut self, device: &str) -> bool {
        let document = json!({
            "name": "A transferred call comes back",
            "flow": {"module": "device", "data": {"id": device, "timeout": RETURN_S}, "children": {}},
        });
        let Ok(callflow) = Callflow::from_json(&document) else {
            return false;
        };
        let start = self.record.start();
        let program = Program::trusted(start.callflow.clone(), start.version, callflow);
        let info = CallInfo {
            id: start.id.clone(),
            caller: self.caller.party.clone(),
            dialled: start.dialled.clone(),
            // Nobody of the account calls: what its phones may not do does not count.
            origin: Origin::External,
            device: None,
            capture: None,
            captures: BTreeMap::new(),
        };
        let account = Arc::clone(&self.account);
        let mut next = Interpreter::new(account, Arc::new(program), info, rand::random());
        next.follow(&self.interpreter);
        self.interpreter = next;
        self.record
            .note("the phone that transferred the call is rung");
        let commands = self.interpreter.start(Timestamp::now());
        Box::pin(self.perform(commands)).await;
        true
    }

    /// Connects the caller and the phone of a conversation that goes on.
    pub(super) async fn reconnect(&mut self) {
        if self.bridged.as_ref().and_then(Bridged::neighbour).is_some() {
            self.connect().await;
            return;
        }
        let bridged = self.bridged.as_mut();
        let Some(phone) = bridged.and_then(|it| it.party.phone_mut()) else {
            return;
        };
        // A conference may have moved the caller meanwhile.
        let near = phone.audio.leg.move_near(&self.caller.audio.leg).await;
        audio::warn(near);
        audio::warn(self.caller.audio.leg.bridge(&phone.audio.leg));
        let holds = [
            (phone.call, phone.audio.is_held()),
            (self.caller.leg, self.caller.audio.is_held()),
        ];
        for (side, holds) in holds {
            if holds {
                self.pass_hold(side, true).await;
            }
        }
    }

    /// Whether a leg is that of the phone that transfers the call.
    pub(crate) fn is_transferor(&self, leg: CallId) -> bool {
        let transfer = self.transfer.as_ref();
        transfer.and_then(Transfer::leg) == Some(leg)
    }

    /// Whether it is the transferor's call that this one listens to: nobody else is at the end of a line.
    pub(super) fn hears_transferor(&self) -> bool {
        let conversation = self
            .transfer
            .as_ref()
            .and_then(|it| it.conversation.as_ref());
        let by_line = conversation.is_some_and(|it| it.neighbour().is_some());
        let bridged = self.bridged.as_ref().and_then(Bridged::neighbour).is_some();
        by_line && !bridged && self.winner.is_none() && self.pickup.is_none()
    }

    /// The transferor has hung up and does not want the call back.
    pub(crate) async fn transferor_gone(&mut self) {
        if self.transfer.as_ref().is_some_and(|it| it.asks.is_some()) {
            return self.nobody_waits().await;
        }
        let transfer = self.transfer.as_mut();
        let conversation = transfer.and_then(|it| it.conversation.take());
        let cause = blind_transfer();
        match conversation.map(|it| it.party) {
            Some(Party::Phone(phone)) => {
                self.record.ended(phone.record, cause.as_str(), None);
                self.let_go(phone).await;
            }
            Some(party @ Party::Call(_)) => self.leave(party, &cause).await,
            None => {}
        }
    }

    /// Ends the transfer and what waits for its outcome.
    pub(crate) async fn drop_transfer(&mut self) {
        if let Some(transfer) = self.transfer.take()
            && let Some(conversation) = transfer.conversation
        {
            self.leave(conversation.party, &Cause::NORMAL_CLEARING)
                .await;
        }
    }

    /// Lets the callflow whose conversation was transferred do what it does at its end, such as sending notices.
    pub(super) async fn conclude(&mut self, mut before: Interpreter) {
        let now = Timestamp::now();
        let cause = blind_transfer();
        let mut commands = before.handle(now, Event::HungUp { cause });
        for _ in 0..LAST_UPDATES {
            let mut next = Vec::new();
            for command in commands {
                if let Command::Update { op, update } = command {
                    // Its operations are no others', so whatever comes of it is told to nobody.
                    self.update(op, update).await;
                    next.extend(before.handle(now, Event::Done { op }));
                }
            }
            if next.is_empty() {
                return;
            }
            commands = next;
        }
    }
}
