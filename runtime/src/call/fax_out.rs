//! Sending a fax: a call that nobody has made, to a carrier, with a fax machine on it.

use super::MEDIA_EVENTS;
use super::audio::{self, Audio};
use super::dial::{Abroad, is_of_carrier, request_uri};
use super::record::{CALLER, LegIndex, Record};
use super::supervise::isolate;
use crate::active::ActiveCall;
use crate::carriers::{self, Candidate};
use crate::fax::{self, Line, Work};
use crate::limits::Room;
use crate::media::{self, APPARATUS_QUEUE, ApparatusRequest, MediaEvent};
use crate::net::{self, SessionId, Way};
use crate::node::Shared;
use crate::registry::Accounts;
use crate::report::{CallStart, Direction, Report};
use ::fax::{Identity, Outcome};
use callflow::command::{Outside, Privacy};
use callflow::{Account, AccountId, Cause, OutgoingFax};
use jiff::Timestamp;
use sip::command::Command as SipCommand;
use sip::event::{CallId, Event};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// How long the other side may ring, on all carriers together.
const RINGING: Duration = Duration::from_secs(90);
/// Proxies that may be passed (RFC 3261 §8.1.1.6).
const MAX_FORWARDS: u8 = 70;
/// The machine is all there is on its leg.
const MACHINE: media::OpId = media::OpId(1);

/// A fax to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaxOrder {
    /// The account.
    pub account: AccountId,
    /// The fax box's id.
    pub fax_box: String,
    /// The number, as it was written.
    pub number: String,
    /// TIFF, a page each.
    pub file: PathBuf,
    /// How many pages there are.
    pub pages: u32,
}

/// How a fax went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaxSent {
    /// The call; none when there was none.
    pub call: Option<String>,
    /// Pages that got through.
    pub pages: u32,
    /// The other machine's station id, may be empty.
    pub station_id: String,
    /// Bits per second of the pages.
    pub bit_rate: u32,
    /// With error correction.
    pub corrected: bool,
    /// What became of it.
    pub end: FaxEnd,
}

/// What became of a fax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaxEnd {
    /// All pages got through.
    Sent,
    /// Why not; another attempt may do better.
    Failed(String),
    /// Why not, and why not on another attempt either.
    Hopeless(String),
    /// The exchange stops.
    Stopped,
}

impl FaxSent {
    fn without_call(end: FaxEnd) -> Self {
        Self {
            call: None,
            pages: 0,
            station_id: String::new(),
            bit_rate: 0,
            corrected: false,
            end,
        }
    }
}

/// Sends a fax by a call of its own, until it is done or `end` is cancelled.
pub(crate) async fn send_fax(
    shared: &Arc<Shared>,
    order: FaxOrder,
    end: CancellationToken,
) -> FaxSent {
    let (call, servers, room) = match prepare(shared, order, end).await {
        Ok(prepared) => prepared,
        Err(end) => return FaxSent::without_call(end),
    };
    let (id, session) = (call.record.start().id.clone(), call.session);
    let account = call.record.start().account.clone();
    let (told, outcome) = oneshot::channel();
    let running = async move {
        let sent = call.run(servers).await;
        drop(room);
        // Whoever ordered it may have gone; the call is reported all the same.
        let _gone = told.send(sent);
        Some(account)
    };
    isolate(shared, &id, session, running).await;
    outcome.await.unwrap_or_else(|_| {
        FaxSent::without_call(FaxEnd::Failed("the call has failed inside".to_owned()))
    })
}

/// Everything that must be so before anybody is called.
async fn prepare(
    shared: &Arc<Shared>,
    order: FaxOrder,
    end: CancellationToken,
) -> Result<(FaxCall, Vec<Candidate>, Room), FaxEnd> {
    let accounts = shared.registry.load();
    let published = accounts.get(&order.account).filter(|it| it.enabled);
    let account = published.map(|it| Arc::clone(&it.account)).ok_or_else(|| {
        FaxEnd::Hopeless("the account is disabled, or not there any more".to_owned())
    })?;
    let wanted = callflow::outgoing_fax(&account.directory, &order.fax_box, &order.number)
        .map_err(|barred| FaxEnd::Hopeless(barred.to_string()))?;
    let servers = servers(&accounts, &account, &wanted, &shared.config.country_code);
    if servers.is_empty() {
        return Err(FaxEnd::Hopeless("no carrier takes the number".to_owned()));
    }
    let limits = accounts.limits(&account.id);
    drop(accounts);
    let room = shared
        .meter
        .begin(&account.id, &limits, true, Instant::now())
        .map_err(|reached| FaxEnd::Failed(reached.to_string()))?;
    let begun = shared.signalling.begin().await.ok_or(FaxEnd::Stopped)?;
    let call = FaxCall {
        shared: Arc::clone(shared),
        record: Record::new(start(&account, &order, &wanted), None),
        timezone: account.timezone.clone(),
        order,
        wanted,
        session: begun.session,
        events: begun.events,
        media: mpsc::channel(MEDIA_EVENTS),
        end,
    };
    Ok((call, servers, room))
}

/// The servers that take the number: of the account's own carriers, then of those above it.
fn servers(
    accounts: &Accounts,
    account: &Account,
    wanted: &OutgoingFax,
    country_code: &str,
) -> Vec<Candidate> {
    let own = Outside {
        carriers_of: Some(account.id.to_string()),
        ..wanted.outside.clone()
    };
    let take = |outside| carriers::candidates(accounts, &account.id, outside, country_code);
    let mut servers = take(&own);
    let others = take(&wanted.outside);
    // An account at the top has but its own.
    let known: BTreeSet<String> = servers.iter().map(|it| it.carrier.clone()).collect();
    servers.extend(others.into_iter().filter(|it| !known.contains(&it.carrier)));
    servers
}

fn start(account: &Account, order: &FaxOrder, wanted: &OutgoingFax) -> CallStart {
    let kind = callflow::ResourceKind::FaxBox;
    let fax_box = account.directory.name(kind, &order.fax_box);
    CallStart {
        id: uuid::Uuid::now_v7().to_string(),
        sip_call_id: String::new(),
        account: account.id.clone(),
        direction: Direction::Outbound,
        caller: wanted.caller.clone(),
        device: None,
        dialled: wanted.outside.number.clone(),
        started_at: Timestamp::now(),
        // No callflow is run.
        callflow: "".into(),
        callflow_name: format!("Fax from {}", fax_box.unwrap_or_default()),
        version: 0,
    }
}

/// A call that sends a fax.
struct FaxCall {
    shared: Arc<Shared>,
    order: FaxOrder,
    wanted: OutgoingFax,
    /// The account's.
    timezone: String,
    record: Record,
    session: SessionId,
    events: mpsc::Receiver<Event>,
    media: (mpsc::Sender<MediaEvent>, mpsc::Receiver<MediaEvent>),
    end: CancellationToken,
}

/// The leg to the other machine.
struct Leg {
    call: CallId,
    audio: Audio,
    record: LegIndex,
}

/// Why nobody was reached.
struct Lost {
    end: FaxEnd,
    cause: Cause,
    code: Option<u16>,
    /// Another server may do better.
    goes_on: bool,
}

impl Lost {
    fn failed(why: impl Into<String>, cause: Cause) -> Self {
        Self {
            end: FaxEnd::Failed(why.into()),
            cause,
            code: None,
            goes_on: false,
        }
    }

    fn unreachable() -> Self {
        Self {
            goes_on: true,
            ..Self::failed(
                "no carrier could be reached",
                Cause::NORMAL_TEMPORARY_FAILURE,
            )
        }
    }

    fn refused(code: u16, phrase: &str) -> Self {
        let why = match code {
            486 | 600 => "the line is busy".to_owned(),
            _ => format!("the call was refused: {code} {phrase}"),
        };
        Self {
            code: Some(code),
            goes_on: is_of_carrier(code),
            ..Self::failed(why, Cause::from_sip(code))
        }
    }
}

/// What the call waited for.
enum Woken {
    Sip(Option<Event>),
    Media(MediaEvent),
    /// It is to be ended, and whether that is because the exchange stops.
    End(bool),
}

impl FaxCall {
    async fn run(mut self, servers: Vec<Candidate>) -> FaxSent {
        let start = self.record.start().clone();
        let (id, pages) = (start.id.clone(), self.order.pages);
        tracing::info!(call = id, account = %start.account, to = start.dialled, pages, "a fax is sent");
        let active = ActiveCall::new(start.clone());
        let end = self.end.clone();
        self.shared.active.add(active, self.session, end);
        self.shared
            .report(Report::CallStarted(Box::new(start)))
            .await;
        self.record.note(&format!("Fax, pages to be sent: {pages}"));
        let (sent, cause, code) = match self.reach(servers).await {
            Ok(leg) => {
                self.answered().await;
                (self.talk(leg).await, Cause::NORMAL_CLEARING, None)
            }
            Err(lost) => (FaxSent::without_call(lost.end), lost.cause, lost.code),
        };
        self.record.note(&match &sent.end {
            FaxEnd::Sent => format!("Fax sent, pages: {}", sent.pages),
            FaxEnd::Failed(why) | FaxEnd::Hopeless(why) => {
                format!(
                    "Fax not sent, pages that got through: {}: {why}",
                    sent.pages
                )
            }
            FaxEnd::Stopped => "Fax not sent: the exchange stops".to_owned(),
        });
        tracing::info!(call = id, end = ?sent.end, pages = sent.pages, "a fax call is over");
        let record = self.record.finish(cause.as_str(), code);
        self.shared.active.remove(&id);
        self.shared
            .report(Report::CallEnded(Box::new(record)))
            .await;
        FaxSent {
            call: Some(id),
            ..sent
        }
    }

    /// Calls, on one carrier after another.
    async fn reach(&mut self, servers: Vec<Candidate>) -> Result<Leg, Lost> {
        let given_up = Instant::now() + RINGING;
        let mut last = Lost::unreachable();
        for server in servers {
            let uri = match request_uri(&server) {
                Ok(uri) => uri,
                Err(error) => {
                    tracing::warn!(carrier = server.name, error, "a carrier is passed over");
                    continue;
                }
            };
            for way in net::ways_to(&self.shared.names, &uri).await {
                match self.call(&server, way, given_up).await {
                    Ok(leg) => return Ok(leg),
                    Err(lost) if lost.goes_on => last = lost,
                    Err(lost) => return Err(lost),
                }
            }
        }
        Err(last)
    }

    /// Calls by one way, and waits for the answer.
    async fn call(&mut self, server: &Candidate, way: Way, given_up: Instant) -> Result<Leg, Lost> {
        let mut leg = self.invite(server, way).await.map_err(|error| {
            let peer = way.peer;
            tracing::warn!(carrier = server.name, %peer, error, "a carrier is passed over");
            Lost::unreachable()
        })?;
        let patience = Instant::now() + self.shared.config.carrier_patience;
        let mut heard = false;
        let lost = loop {
            let until = if heard {
                given_up
            } else {
                patience.min(given_up)
            };
            let Ok(woken) = tokio::time::timeout_at(until.into(), self.wait()).await else {
                break match heard {
                    true => Lost::failed("nobody answers", Cause::NO_ANSWER),
                    false => Lost::unreachable(),
                };
            };
            match woken {
                Woken::Sip(Some(Event::Trying { call })) if call == leg.call => heard = true,
                Woken::Sip(Some(Event::Progress { call, code, .. })) if call == leg.call => {
                    heard = true;
                    if code >= 180 {
                        self.record.ringing(leg.record);
                    }
                }
                Woken::Sip(Some(Event::Answered { call, sdp, .. })) if call == leg.call => {
                    let described = sdp.is_some_and(|sdp| leg.audio.accept(&sdp).is_ok());
                    if described && leg.audio.is_agreed() {
                        self.record.answered(leg.record);
                        return Ok(leg);
                    }
                    let why = "the other side talks of codecs that were not offered";
                    break Lost::failed(why, Cause::BEARERCAPABILITY_NOTIMPL);
                }
                Woken::Sip(Some(Event::Failed(failure))) if failure.call == leg.call => {
                    break Lost::refused(failure.code, &failure.phrase);
                }
                Woken::Sip(Some(Event::Ended { call, .. })) if call == leg.call => {
                    break Lost::unreachable();
                }
                Woken::Sip(None) => {
                    break Lost::failed("the call was given up", Cause::NORMAL_TEMPORARY_FAILURE);
                }
                Woken::End(stops) => break ended(stops),
                Woken::Sip(Some(_)) | Woken::Media(_) => {}
            }
        };
        self.hang_up(&leg).await;
        let (cause, code) = (lost.cause.as_str(), lost.code);
        self.record.ended(leg.record, cause, code);
        Err(lost)
    }

    async fn invite(&mut self, server: &Candidate, way: Way) -> Result<Leg, String> {
        let abroad = Abroad {
            outside: &self.wanted.outside,
            caller: &self.wanted.caller,
            privacy: Privacy::default(),
            headers: &[],
            max_forwards: MAX_FORWARDS,
            modem: true,
        };
        let events = self.media.0.clone();
        let (call, audio) = abroad.invitation(&self.shared, server, way, None, events)?;
        let made = self.shared.signalling.calls(self.session, vec![call]).await;
        let made = made.into_iter().next().ok_or("the exchange stops")?;
        let call = made.map_err(|error| error.to_string())?;
        let (carrier, number) = (server.carrier.clone(), server.number.clone());
        Ok(Leg {
            call,
            audio,
            record: self.record.carrier_leg(carrier, number, way.peer),
        })
    }

    /// The other side has answered.
    async fn answered(&mut self) {
        self.record.answered(CALLER);
        let start = self.record.start();
        let (account, id) = (start.account.clone(), start.id.clone());
        let at = self.record.answered_at().unwrap_or_else(Timestamp::now);
        self.shared.active.answered(&id, at);
        self.shared
            .report(Report::CallAnswered { account, id, at })
            .await;
    }

    /// Puts the machine on the leg, and waits until it is done.
    async fn talk(&mut self, mut leg: Leg) -> FaxSent {
        let (heard, ear) = mpsc::channel(APPARATUS_QUEUE);
        let (mouth, said) = mpsc::channel(APPARATUS_QUEUE);
        let request = ApparatusRequest {
            op: MACHINE,
            heard,
            said,
        };
        audio::warn(leg.audio.leg.attach(request));
        let silence = self.shared.config.rtp_timeout;
        audio::warn(leg.audio.leg.set_rtp_timeout(silence));
        let line = Line {
            heard: ear,
            said: mouth,
        };
        let zone = self.wanted.timezone.as_deref();
        let identity = Identity {
            station_id: self.wanted.station_id.clone(),
            header: self.wanted.header.clone(),
            zone: posix_zone(zone.unwrap_or(&self.timezone), Timestamp::now()),
        };
        let (program, file) = (self.shared.config.fax.clone(), self.order.file.clone());
        let work = async move { fax::work(&program, Work::Send(&file), &identity, line).await };
        let work = tokio::spawn(work);
        tokio::pin!(work);
        // Why it was cut off, and whether the other side is there to be told.
        let (mut cut, mut there) = (None, true);
        let outcome = loop {
            let woken = tokio::select! {
                biased;
                outcome = &mut work => break outcome,
                woken = self.wait(), if cut.is_none() => woken,
            };
            let why = match woken {
                Woken::Sip(Some(Event::Offer { call, sdp })) if call == leg.call => {
                    let response = leg.audio.respond(sdp.as_deref());
                    self.shared.signalling.tell(call, response).await;
                    continue;
                }
                Woken::Sip(Some(Event::Ended { call, .. })) if call == leg.call => {
                    there = false;
                    None
                }
                Woken::Sip(None) => None,
                Woken::Media(MediaEvent::RtpTimeout { .. }) => {
                    Some(FaxEnd::Failed("nothing is heard any more".to_owned()))
                }
                Woken::End(stops) => Some(ended(stops).end),
                Woken::Sip(Some(_)) | Woken::Media(_) => continue,
            };
            // The machine hears that the line is gone, and says how far it came.
            cut = Some(why);
            audio::warn(leg.audio.leg.cancel(MACHINE));
        };
        if there {
            self.hang_up(&leg).await;
        }
        if let Ok(stats) = leg.audio.leg.stats().await {
            self.record.media(leg.record, stats);
        }
        let cause = Cause::NORMAL_CLEARING;
        self.record.ended(leg.record, cause.as_str(), None);
        let outcome = outcome.unwrap_or_else(|error| Err(error.to_string()));
        self.judge(outcome, cut.flatten())
    }

    /// What came of it.
    fn judge(&self, outcome: Result<Outcome, String>, cut: Option<FaxEnd>) -> FaxSent {
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(why) => {
                let call = &self.record.start().id;
                tracing::error!(call, why, "a fax was not sent");
                return FaxSent::without_call(cut.unwrap_or(FaxEnd::Failed(why)));
            }
        };
        let end = match outcome.error {
            None if outcome.pages >= self.order.pages => FaxEnd::Sent,
            None => FaxEnd::Failed("not all pages got through".to_owned()),
            Some(why) => cut.unwrap_or(FaxEnd::Failed(why)),
        };
        FaxSent {
            call: None,
            pages: outcome.pages,
            station_id: outcome.station_id,
            bit_rate: outcome.bit_rate,
            corrected: outcome.corrected,
            end,
        }
    }

    async fn hang_up(&self, leg: &Leg) {
        let hangup = SipCommand::Hangup { reason: None };
        self.shared.signalling.tell(leg.call, hangup).await;
    }

    async fn wait(&mut self) -> Woken {
        tokio::select! {
            biased;
            event = self.events.recv() => Woken::Sip(event),
            Some(event) = self.media.1.recv() => Woken::Media(event),
            () = self.shared.ending.cancelled() => Woken::End(true),
            () = self.end.cancelled() => Woken::End(false),
        }
    }
}

/// The call was ended before its time.
fn ended(stops: bool) -> Lost {
    let cause = match stops {
        true => Cause::NORMAL_TEMPORARY_FAILURE,
        false => Cause::named("MANAGER_REQUEST"),
    };
    let lost = Lost::failed("somebody has ended the call", cause);
    match stops {
        true => Lost {
            end: FaxEnd::Stopped,
            ..lost
        },
        false => lost,
    }
}

/// What a zone is at this time, as POSIX's `TZ` has it; empty, which is UTC, for one that is not known.
fn posix_zone(name: &str, at: Timestamp) -> String {
    let Ok(zone) = jiff::tz::TimeZone::get(name) else {
        return String::new();
    };
    let offset = zone.to_offset(at).seconds();
    // Where clocks are ahead of Greenwich, POSIX counts down.
    let sign = if offset > 0 { "-" } else { "" };
    let minutes = offset.abs() / 60;
    format!("LOC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zone_is_told_by_how_far_it_is_from_greenwich_on_that_day() {
        let at = |name: &str, day: &str| posix_zone(name, day.parse().expect("an instant"));
        assert_eq!(at("Europe/London", "2026-01-15T12:00:00Z"), "LOC00:00");
        assert_eq!(at("Europe/London", "2026-07-15T12:00:00Z"), "LOC-01:00");
        assert_eq!(at("Asia/Kolkata", "2026-07-15T12:00:00Z"), "LOC-05:30");
        assert_eq!(at("America/St_Johns", "2026-01-15T12:00:00Z"), "LOC03:30");
        assert_eq!(at("Nowhere", "2026-01-15T12:00:00Z"), "");
    }
}
