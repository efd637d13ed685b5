//! The registrar (RFC 3261 §10.3): contacts of addresses of record, as pure state.

use crate::config::Interval;
use crate::event::UnregisterCause;
use crate::flow::{Flow, FlowId};
use crate::header::{Name, NameAddr};
use crate::message::Message;
use crate::time::Time;
use crate::uri::Uri;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// One contact of an address of record.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Where requests are addressed to.
    pub contact: Uri,
    /// The flow the phone registered on: requests go out on it, so that they pass its NAT.
    pub flow: Flow,
    /// Preference, 0 to 1000 thousandths (`q`).
    pub q: u16,
    /// When it ends, unless refreshed.
    pub expires_at: Time,
    /// `+sip.instance` (RFC 5626), if given: one device, whatever its contact.
    pub instance: Option<String>,
    /// `reg-id`, if given.
    pub reg_id: Option<String>,
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// `Path` (RFC 3327), to be the `Route` of requests to this contact.
    pub path: Vec<String>,
    /// `Call-ID` of the REGISTER.
    pub call_id: String,
    /// `CSeq` of the REGISTER; an older one of the same `Call-ID` changes nothing.
    pub cseq: u32,
}

/// Something that changed in the registrar.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Added {
        binding: Box<Binding>,
        refreshed: bool,
    },
    Removed {
        contact: Uri,
        cause: UnregisterCause,
    },
}

/// Why a REGISTER is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// 400
    Malformed,
    /// 423 with `Min-Expires`
    TooBrief,
    /// 500: an older request overtook a newer one
    OutOfOrder,
    /// 503
    Full,
}

/// All registrations.
#[derive(Debug)]
pub(crate) struct Registrar {
    interval: Interval,
    contacts_per_aor: usize,
    max_aors: usize,
    bindings: BTreeMap<String, Vec<Binding>>,
    expiries: BTreeSet<(Time, String)>,
}

/// A contact as asked for, checked.
struct Wish {
    contact: NameAddr,
    expires: Duration,
}

impl Registrar {
    pub(crate) fn new(interval: Interval, contacts_per_aor: usize, max_aors: usize) -> Registrar {
        Registrar {
            interval,
            contacts_per_aor: contacts_per_aor.max(1),
            max_aors,
            bindings: BTreeMap::new(),
            expiries: BTreeSet::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.bindings.len()
    }

    pub(crate) fn min_expires(&self) -> Duration {
        self.interval.min
    }

    /// Contacts of an address of record, best first.
    pub(crate) fn bindings(&self, aor: &str) -> &[Binding] {
        self.bindings.get(aor).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn next_expiry(&self) -> Option<Time> {
        self.expiries.first().map(|(at, _)| *at)
    }

    /// Carries out a REGISTER completely or not at all.
    pub(crate) fn register(
        &mut self,
        now: Time,
        aor: &str,
        request: &Message,
        flow: Flow,
    ) -> Result<Vec<Change>, Refusal> {
        let call_id = request.call_id().ok_or(Refusal::Malformed)?;
        let cseq = request.cseq().ok_or(Refusal::Malformed)?.number;
        let star = request.values(Name::Contact).any(|value| value == "*");
        if star {
            if request.values(Name::Contact).count() > 1 || request.number(Name::Expires) != Some(0)
            {
                return Err(Refusal::Malformed);
            }
            return self.remove_all(aor, call_id, cseq);
        }
        let wishes = self.wishes(request)?;
        if wishes.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.bindings.get(aor);
        if known.is_none() && self.bindings.len() >= self.max_aors {
            return Err(Refusal::Full);
        }
        let mut bindings = known.cloned().unwrap_or_default();
        let mut changes = Vec::new();
        for wish in wishes {
            let new = binding(now, request, flow, call_id, cseq, &wish);
            let place = bindings.iter().position(|old| old.is_same(&new));
            let old = place.map(|at| bindings.remove(at));
            if let Some(old) = &old
                && old.call_id == new.call_id
                && new.cseq <= old.cseq
            {
                return Err(Refusal::OutOfOrder);
            }
            if wish.expires.is_zero() {
                if let Some(old) = old {
                    let cause = UnregisterCause::Removed;
                    changes.push(Change::Removed {
                        contact: old.contact,
                        cause,
                    });
                }
                continue;
            }
            if let Some(old) = &old
                && !old.contact.is_equivalent(&new.contact)
            {
                let (contact, cause) = (old.contact.clone(), UnregisterCause::Replaced);
                changes.push(Change::Removed { contact, cause });
            }
            if bindings.len() >= self.contacts_per_aor
                && let Some(first) = earliest(&bindings)
            {
                let (contact, cause) = (bindings.remove(first).contact, UnregisterCause::Replaced);
                changes.push(Change::Removed { contact, cause });
            }
            let refreshed = old.is_some();
            changes.push(Change::Added {
                binding: Box::new(new.clone()),
                refreshed,
            });
            bindings.push(new);
        }
        self.store(aor, bindings);
        Ok(changes)
    }

    fn wishes(&self, request: &Message) -> Result<Vec<Wish>, Refusal> {
        let general = request.number(Name::Expires);
        let mut wishes = Vec::new();
        for value in request.values(Name::Contact) {
            let contact = NameAddr::parse(value).ok_or(Refusal::Malformed)?;
            // An unreadable value counts as absent (RFC 3261 §20.10).
            let own = contact
                .param("expires")
                .and_then(|seconds| seconds.parse::<u32>().ok());
            let expires = match own.or(general) {
                Some(seconds) => Duration::from_secs(seconds.into()),
                None => self.interval.default,
            };
            if !expires.is_zero() && expires < self.interval.min {
                return Err(Refusal::TooBrief);
            }
            let expires = expires.min(self.interval.max);
            wishes.push(Wish { contact, expires });
            if wishes.len() > self.contacts_per_aor {
                return Err(Refusal::Malformed);
            }
        }
        Ok(wishes)
    }

    fn remove_all(&mut self, aor: &str, call_id: &str, cseq: u32) -> Result<Vec<Change>, Refusal> {
        let bindings = self.bindings(aor).to_vec();
        if bindings
            .iter()
            .any(|old| old.call_id == call_id && cseq <= old.cseq)
        {
            return Err(Refusal::OutOfOrder);
        }
        self.store(aor, Vec::new());
        let cause = UnregisterCause::Removed;
        let gone = |old: Binding| Change::Removed {
            contact: old.contact,
            cause,
        };
        Ok(bindings.into_iter().map(gone).collect())
    }

    /// Puts back a contact from before a restart, unless the phone has registered since. Whether it was.
    pub(crate) fn restore(&mut self, aor: &str, binding: Binding) -> bool {
        let mut bindings = self.bindings(aor).to_vec();
        let known = bindings.iter().any(|other| other.is_same(&binding));
        let full = bindings.is_empty() && self.bindings.len() >= self.max_aors;
        if known || full || bindings.len() >= self.contacts_per_aor {
            return false;
        }
        bindings.push(binding);
        self.store(aor, bindings);
        true
    }

    /// Removes what has expired.
    pub(crate) fn expire(&mut self, now: Time) -> Vec<(String, Change)> {
        let mut changes = Vec::new();
        while let Some((at, aor)) = self.expiries.first().cloned() {
            if at > now {
                break;
            }
            let cause = UnregisterCause::Expired;
            self.remove_where(
                &aor,
                cause,
                |binding| binding.expires_at <= now,
                &mut changes,
            );
        }
        changes
    }

    /// Removes all contacts of an address of record that may no longer have them.
    pub(crate) fn revoke(&mut self, aor: &str) -> Vec<(String, Change)> {
        let mut changes = Vec::new();
        self.remove_where(aor, UnregisterCause::Revoked, |_| true, &mut changes);
        changes
    }

    /// Removes the contacts that were reachable on a connection that is gone.
    pub(crate) fn flow_closed(&mut self, flow: FlowId) -> Vec<(String, Change)> {
        let on_flow =
            |binding: &Binding| binding.flow.id == flow && binding.flow.transport.is_reliable();
        let aors: Vec<String> = self
            .bindings
            .iter()
            .filter(|(_, bindings)| bindings.iter().any(on_flow))
            .map(|(aor, _)| aor.clone())
            .collect();
        let mut changes = Vec::new();
        for aor in aors {
            self.remove_where(&aor, UnregisterCause::FlowClosed, on_flow, &mut changes);
        }
        changes
    }

    fn remove_where(
        &mut self,
        aor: &str,
        cause: UnregisterCause,
        gone: impl Fn(&Binding) -> bool,
        changes: &mut Vec<(String, Change)>,
    ) {
        let (removed, kept): (Vec<_>, Vec<_>) = self
            .bindings(aor)
            .iter()
            .cloned()
            .partition(|binding| gone(binding));
        for binding in removed {
            let contact = binding.contact;
            changes.push((aor.to_owned(), Change::Removed { contact, cause }));
        }
        self.store(aor, kept);
    }

    fn store(&mut self, aor: &str, mut bindings: Vec<Binding>) {
        for old in self.bindings(aor).to_vec() {
            self.expiries.remove(&(old.expires_at, aor.to_owned()));
        }
        if bindings.is_empty() {
            self.bindings.remove(aor);
            return;
        }
        bindings.sort_by(|a, b| b.q.cmp(&a.q).then(b.expires_at.cmp(&a.expires_at)));
        for binding in &bindings {
            self.expiries.insert((binding.expires_at, aor.to_owned()));
        }
        self.bindings.insert(aor.to_owned(), bindings);
    }
}

impl Binding {
    fn is_same(&self, other: &Binding) -> bool {
        match (&self.instance, &other.instance) {
            (Some(a), Some(b)) if self.reg_id.is_some() || other.reg_id.is_some() => {
                a == b && self.reg_id == other.reg_id
            }
            _ => self.contact.is_equivalent(&other.contact),
        }
    }
}

fn binding(
    now: Time,
    request: &Message,
    flow: Flow,
    call_id: &str,
    cseq: u32,
    wish: &Wish,
) -> Binding {
    let contact = &wish.contact;
    Binding {
        contact: contact.uri.clone(),
        flow,
        q: quality(contact.param("q")),
        expires_at: now + wish.expires,
        instance: contact.param("+sip.instance").map(str::to_owned),
        reg_id: contact.param("reg-id").map(str::to_owned),
        user_agent: request
            .header(Name::UserAgent)
            .map(|agent| agent.chars().take(256).collect()),
        path: request
            .values(Name::Path)
            .take(8)
            .map(str::to_owned)
            .collect(),
        call_id: call_id.to_owned(),
        cseq,
    }
}

/// `q` in thousandths; 1 if absent or unreadable.
fn quality(text: Option<&str>) -> u16 {
    let q: f32 = text.and_then(|text| text.parse().ok()).unwrap_or(1.0);
    (q.clamp(0.0, 1.0) * 1000.0).round() as u16
}

fn earliest(bindings: &[Binding]) -> Option<usize> {
    (0..bindings.len()).min_by_key(|at| bindings.get(*at).map(|binding| binding.expires_at))
}
