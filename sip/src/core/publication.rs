//! PUBLISH: the event state compositor of RFC 3903, for presence.

use super::Core;
use crate::event::Event;
use crate::header::{EventHeader, Name};
use crate::message::Message;
use crate::presence::{self, Presence};
use crate::subscribe::Package;
use crate::time::Time;
use crate::timer::Owner;
use std::collections::BTreeSet;
use std::time::Duration;

/// Why a PUBLISH is refused.
enum Refusal {
    /// 400 with this phrase
    Malformed(&'static str),
    /// 412: the entity-tag is not known
    UnknownTag,
    /// 413
    TooLong,
    /// 415: another kind of document, or an encoded one
    Foreign,
    /// 423 with `Min-Expires`
    TooBrief,
    /// 489: another event package
    BadEvent,
    /// 503
    Full,
}

/// A publication as it was done.
struct Done {
    tag: String,
    expires: Duration,
}

impl Core {
    /// A PUBLISH was admitted: carries it out completely or not at all.
    pub(super) fn published(&mut self, now: Time, tx: u64, request: &Message, aor: &str) {
        let before = self.publications.current(aor).cloned();
        let done = match self.carry_out(now, request, aor) {
            Ok(done) => done,
            Err(refusal) => return self.refuse_publication(now, tx, &refusal),
        };
        let expires = done.expires.as_secs().to_string();
        let headers = [("SIP-ETag", done.tag.as_str()), ("Expires", &expires)];
        self.reply(now, tx, 200, &headers, None);
        self.report_publication(aor, before.as_ref());
        self.schedule_publications();
    }

    /// The steps of RFC 3903 §6, in their order.
    fn carry_out(&mut self, now: Time, request: &Message, aor: &str) -> Result<Done, Refusal> {
        let event = request.header(Name::Event).and_then(EventHeader::parse);
        let package = event.and_then(|event| Package::from_name(&event.package));
        if package != Some(Package::Presence) {
            return Err(Refusal::BadEvent);
        }
        let old = condition(request)?;
        if old.is_some_and(|tag| !self.publications.knows(aor, tag)) {
            return Err(Refusal::UnknownTag);
        }
        let wanted = request.number(Name::Expires);
        let expires = self.publications.granted(wanted).ok_or(Refusal::TooBrief)?;
        // What is withdrawn is not read.
        let presence = match (old, expires.is_zero()) {
            (Some(_), true) => None,
            _ => self.document(request)?,
        };
        let (tag, expires_at) = (self.random.token(), now + expires);
        match (old, presence) {
            (None, None) => return Err(Refusal::Malformed("Missing Body")),
            (Some(old), _) if expires.is_zero() => self.publications.remove(aor, old),
            (Some(old), presence) => {
                let tags = (old, tag.clone());
                self.publications.renew(aor, tags, presence, expires_at);
            }
            // It ends as it begins.
            (None, Some(_)) if expires.is_zero() => {}
            (None, Some(presence)) => {
                let begun = self
                    .publications
                    .begin(aor, tag.clone(), presence, expires_at);
                begun.map_err(|_| Refusal::Full)?;
            }
        }
        Ok(Done { tag, expires })
    }

    /// The document, if there is one.
    fn document(&self, request: &Message) -> Result<Option<Presence>, Refusal> {
        let body = request.body();
        if body.is_empty() {
            return Ok(None);
        }
        if body.len() > self.config.limits.publication_bytes {
            return Err(Refusal::TooLong);
        }
        let encoding = request.header_named("Content-Encoding").unwrap_or("");
        let plain = encoding.is_empty() || encoding.eq_ignore_ascii_case("identity");
        let media_type = Package::Presence.media_type();
        if !plain || request.body_of(media_type).is_none() {
            return Err(Refusal::Foreign);
        }
        let text = std::str::from_utf8(&body).map_err(|_| Refusal::Malformed("Body Not UTF-8"))?;
        presence::read(text).map(Some).map_err(Refusal::Malformed)
    }

    fn refuse_publication(&mut self, now: Time, tx: u64, refusal: &Refusal) {
        let package = Package::Presence;
        match refusal {
            Refusal::Malformed(phrase) => self.reply(now, tx, 400, &[], Some(phrase)),
            Refusal::UnknownTag => self.reply(now, tx, 412, &[], None),
            Refusal::TooLong => self.reply(now, tx, 413, &[], None),
            Refusal::Foreign => {
                let headers = [
                    ("Accept", package.media_type()),
                    ("Accept-Encoding", "identity"),
                ];
                self.reply(now, tx, 415, &headers, None);
            }
            Refusal::TooBrief => {
                let min = self.publications.interval().min.as_secs().to_string();
                self.reply(now, tx, 423, &[("Min-Expires", &min)], None);
            }
            Refusal::BadEvent => {
                self.reply(now, tx, 489, &[("Allow-Events", package.name())], None);
            }
            Refusal::Full => {
                let wait = self.config.limits.retry_after_s.to_string();
                self.reply(now, tx, 503, &[("Retry-After", &wait)], None);
            }
        }
    }

    /// Tells what an address of record says now, if it said something else before.
    fn report_publication(&mut self, aor: &str, before: Option<&Presence>) {
        let presence = self.publications.current(aor);
        if presence != before {
            let presence = presence.cloned();
            let aor = aor.to_owned();
            self.emit(Event::Published { aor, presence });
        }
    }

    pub(super) fn expire_publications(&mut self, now: Time) {
        while let Some(aor) = self.publications.due(now) {
            let before = self.publications.current(&aor).cloned();
            self.publications.expire(&aor, now);
            self.report_publication(&aor, before.as_ref());
        }
        self.schedule_publications();
    }

    pub(super) fn revoke_publications(&mut self, aors: &BTreeSet<String>) {
        for aor in aors {
            let before = self.publications.current(aor).cloned();
            self.publications.revoke(aor);
            self.report_publication(aor, before.as_ref());
        }
        self.schedule_publications();
    }

    fn schedule_publications(&mut self) {
        self.deadlines
            .set(Owner::Publications, self.publications.next_expiry());
    }
}

/// The entity-tag that must be known, if one is named.
fn condition(request: &Message) -> Result<Option<&str>, Refusal> {
    let named = |(name, _): &(&str, &str)| name.eq_ignore_ascii_case("SIP-If-Match");
    let mut tags = request.headers().filter(named).map(|(_, tag)| tag.trim());
    match (tags.next(), tags.next()) {
        (None, _) => Ok(None),
        (Some(tag), None) if !tag.is_empty() => Ok(Some(tag)),
        _ => Err(Refusal::Malformed("Bad SIP-If-Match")),
    }
}
