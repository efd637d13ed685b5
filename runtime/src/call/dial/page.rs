//! Paging: the caller speaks to many phones at once, which answer by themselves.

use super::super::audio::{self, Audio};
use super::super::record::LegIndex;
use super::super::{Call, Due, callee_leg};
use super::outgoing;
use crate::media::{Part, Room};
use callflow::command::{Left, Leg, OpId, Page, Privacy};
use callflow::{Cause, Event};
use sip::command::Command as SipCommand;
use sip::event::{CallId, Failure};
use sip::subscribe::DialogPhase;

/// A page in progress.
pub(crate) struct Paging {
    op: OpId,
    two_way: bool,
    room: Room,
    phones: Vec<Phone>,
    /// Somebody has listened.
    heard: bool,
}

/// A contact of a paged device.
struct Phone {
    call: CallId,
    device: String,
    audio: Audio,
    record: LegIndex,
    listens: bool,
}

impl Paging {
    pub(crate) fn op(&self) -> OpId {
        self.op
    }

    /// Whether it rang this phone.
    pub(crate) fn has(&self, call: CallId) -> bool {
        self.phones.iter().any(|phone| phone.call == call)
    }

    /// The audio of a phone that listens.
    pub(crate) fn audio_of(&mut self, call: CallId) -> Option<&mut Audio> {
        let mut phones = self.phones.iter_mut();
        let phone = phones.find(|phone| phone.call == call)?;
        Some(&mut phone.audio)
    }
}

impl Call {
    /// Rings the phones of a page.
    pub(crate) async fn start_page(&mut self, op: OpId, page: Page) {
        self.drop_page().await;
        if let Err(reason) = self.open_page(op, &page).await {
            self.events.push_back(Event::Failed { op, reason });
            return;
        }
        let phones = self.invite_page(&page).await;
        if let Some(paging) = &mut self.paging {
            paging.phones = phones;
            self.timers.set(page.timeout_ms, Due::Page(op));
        }
        self.conclude_page().await;
    }

    async fn open_page(&mut self, op: OpId, page: &Page) -> Result<(), String> {
        self.answer().await?;
        let room = self.shared.media.room();
        let room = room.map_err(|error| error.to_string())?;
        let part = Part {
            speaks: true,
            hears: page.two_way,
        };
        let joined = self.caller.audio.leg.join(&room, part).await;
        joined.map_err(|error| error.to_string())?;
        self.paging = Some(Paging {
            op,
            two_way: page.two_way,
            room,
            phones: Vec::new(),
            heard: false,
        });
        Ok(())
    }

    async fn invite_page(&mut self, page: &Page) -> Vec<Phone> {
        let legs: Vec<&Leg> = page
            .legs
            .iter()
            .filter(|leg| leg.device().is_some())
            .collect();
        let aors = legs.iter().map(|leg| outgoing::aor(&self.account, leg));
        let contacts = self.shared.signalling.contacts(aors.collect()).await;
        let (mut calls, mut invited) = (Vec::new(), Vec::new());
        for (leg, contacts) in legs.into_iter().zip(contacts) {
            let mut leg = leg.clone();
            leg.auto_answer = true;
            for contact in contacts {
                match self.invitation(&leg, &page.caller, Privacy::default(), &contact) {
                    Ok((call, audio)) => {
                        calls.push(call);
                        invited.push((leg.id().to_owned(), contact.flow.peer, audio));
                    }
                    Err(error) => tracing::warn!(device = leg.id(), error, "a phone is not paged"),
                }
            }
        }
        let made = self.shared.signalling.calls(self.session, calls).await;
        let mut phones = Vec::new();
        for ((device, peer, audio), made) in invited.into_iter().zip(made) {
            match made {
                Ok(call) => phones.push(Phone {
                    call,
                    record: callee_leg(&mut self.record, &device, peer),
                    device,
                    audio,
                    listens: false,
                }),
                Err(error) => tracing::warn!(device, %error, "a phone is not paged"),
            }
        }
        phones
    }

    /// A paged phone has answered: it listens.
    pub(crate) async fn page_answered(&mut self, call: CallId, sdp: Option<&[u8]>) {
        let Some(paging) = &mut self.paging else {
            return;
        };
        let part = Part {
            speaks: paging.two_way,
            hears: true,
        };
        let mut phones = paging.phones.iter_mut();
        let Some(phone) = phones.find(|phone| phone.call == call) else {
            return;
        };
        let described = sdp.is_none_or(|sdp| phone.audio.accept(sdp).is_ok());
        let listens = described
            && phone.audio.is_agreed()
            && phone.audio.leg.join(&paging.room, part).await.is_ok();
        if !listens {
            // It talks of codecs that were not offered: as if it had refused.
            self.hang_up_paged(|phone| phone.call == call, &Cause::BEARERCAPABILITY_NOTIMPL)
                .await;
            self.conclude_page().await;
            return;
        }
        phone.listens = true;
        paging.heard = true;
        let device = phone.device.clone();
        self.record.answered(phone.record);
        self.show_callee(Some(&device), DialogPhase::Confirmed)
            .await;
    }

    /// A paged phone has refused, or cannot be reached.
    pub(crate) async fn page_failed(&mut self, failure: &Failure) {
        let cause = Cause::from_sip(failure.code);
        self.page_lost(failure.call, &cause, Some(failure.code))
            .await;
    }

    /// A paged phone has hung up.
    pub(crate) async fn page_left(&mut self, call: CallId) {
        self.page_lost(call, &Cause::NORMAL_CLEARING, None).await;
    }

    async fn page_lost(&mut self, call: CallId, cause: &Cause, code: Option<u16>) {
        let Some(paging) = &mut self.paging else {
            return;
        };
        if let Some(at) = paging.phones.iter().position(|phone| phone.call == call) {
            let phone = paging.phones.swap_remove(at);
            self.record.ended(phone.record, cause.as_str(), code);
            self.close_paged(phone).await;
        }
        self.conclude_page().await;
    }

    /// Phones have had time enough to answer.
    pub(crate) async fn page_over(&mut self, op: OpId) {
        if self.paging.as_ref().is_some_and(|it| it.op == op) {
            self.hang_up_paged(|phone| !phone.listens, &Cause::NO_ANSWER)
                .await;
            self.conclude_page().await;
        }
    }

    /// Ends the page when no phone is left.
    async fn conclude_page(&mut self) {
        let Some(paging) = self.paging.take_if(|it| it.phones.is_empty()) else {
            return;
        };
        let op = paging.op;
        self.timers.cancel(op);
        audio::warn(self.caller.audio.leg.unbridge());
        self.events.push_back(if paging.heard {
            let why = Left::Closed;
            Event::Left { op, why }
        } else {
            let reason = "no phone has answered".to_owned();
            Event::Failed { op, reason }
        });
    }

    /// Ends the page and its phones; nobody is told.
    pub(crate) async fn drop_page(&mut self) {
        self.hang_up_paged(|_| true, &Cause::NORMAL_CLEARING).await;
        if let Some(paging) = self.paging.take() {
            self.timers.cancel(paging.op);
            audio::warn(self.caller.audio.leg.unbridge());
        }
    }

    async fn hang_up_paged(&mut self, which: impl Fn(&Phone) -> bool, cause: &Cause) {
        let Some(paging) = &mut self.paging else {
            return;
        };
        let phones = std::mem::take(&mut paging.phones);
        let (gone, left) = phones.into_iter().partition(|phone| which(phone));
        paging.phones = left;
        let gone: Vec<Phone> = gone;
        for phone in gone {
            let hangup = SipCommand::Hangup { reason: None };
            self.tell(phone.call, hangup).await;
            self.record.ended(phone.record, cause.as_str(), None);
            self.close_paged(phone).await;
        }
    }

    async fn close_paged(&mut self, phone: Phone) {
        if phone.listens
            && let Ok(stats) = phone.audio.leg.stats().await
        {
            self.record.media(phone.record, stats);
        }
        let phones = self.paging.iter().flat_map(|paging| &paging.phones);
        let mut others = phones.filter(|other| other.listens && other.device == phone.device);
        // Another contact of the same phone may still listen.
        if phone.listens && others.next().is_none() {
            self.stop_showing(&phone.device).await;
        }
    }
}
