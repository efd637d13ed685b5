//! What phones publish of themselves (RFC 3903), as pure state.

use crate::config::Interval;
use crate::presence::Presence;
use crate::time::Time;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// One publication, named by its entity-tag.
#[derive(Debug)]
struct Publication {
    tag: String,
    presence: Presence,
    expires_at: Time,
}

/// All publications. Of several of one address of record the last that was begun or modified counts: a phone that
/// was restarted has forgotten the tag of the one before.
#[derive(Debug)]
pub(crate) struct Publications {
    interval: Interval,
    per_aor: usize,
    max_aors: usize,
    /// By address of record; the last counts.
    of: BTreeMap<String, Vec<Publication>>,
    expiries: BTreeSet<(Time, String)>,
}

/// There is no room for another address of record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Full;

impl Publications {
    pub(crate) fn new(interval: Interval, per_aor: usize, max_aors: usize) -> Publications {
        Publications {
            interval,
            per_aor: per_aor.max(1),
            max_aors,
            of: BTreeMap::new(),
            expiries: BTreeSet::new(),
        }
    }

    /// Addresses of record with publications.
    pub(crate) fn len(&self) -> usize {
        self.of.len()
    }

    pub(crate) fn interval(&self) -> Interval {
        self.interval
    }

    /// What counts for an address of record.
    pub(crate) fn current(&self, aor: &str) -> Option<&Presence> {
        let last = self.of.get(aor)?.last()?;
        Some(&last.presence)
    }

    pub(crate) fn knows(&self, aor: &str, tag: &str) -> bool {
        let known = self.of.get(aor).into_iter().flatten();
        known.into_iter().any(|publication| publication.tag == tag)
    }

    pub(crate) fn next_expiry(&self) -> Option<Time> {
        self.expiries.first().map(|(at, _)| *at)
    }

    /// Keeps a new publication. The oldest makes room where there are too many of the address of record.
    ///
    /// # Errors
    /// When there is room for no further address of record.
    pub(crate) fn begin(
        &mut self,
        aor: &str,
        tag: String,
        presence: Presence,
        expires_at: Time,
    ) -> Result<(), Full> {
        if !self.of.contains_key(aor) && self.of.len() >= self.max_aors {
            return Err(Full);
        }
        let mut all = self.take(aor);
        if all.len() >= self.per_aor {
            all.remove(0);
        }
        all.push(Publication {
            tag,
            presence,
            expires_at,
        });
        self.put(aor, all);
        Ok(())
    }

    /// Prolongs a publication under a new tag. With a presence it says that from now on, and counts.
    pub(crate) fn renew(
        &mut self,
        aor: &str,
        (old, new): (&str, String),
        presence: Option<Presence>,
        expires_at: Time,
    ) {
        let mut all = self.take(aor);
        if let Some(at) = all.iter().position(|publication| publication.tag == old) {
            let mut publication = all.remove(at);
            let modified = presence.is_some();
            publication.tag = new;
            publication.expires_at = expires_at;
            publication.presence = presence.unwrap_or(publication.presence);
            all.insert(if modified { all.len() } else { at }, publication);
        }
        self.put(aor, all);
    }

    /// Withdraws a publication.
    pub(crate) fn remove(&mut self, aor: &str, tag: &str) {
        let mut all = self.take(aor);
        all.retain(|publication| publication.tag != tag);
        self.put(aor, all);
    }

    /// Forgets all that an address of record has published.
    pub(crate) fn revoke(&mut self, aor: &str) {
        drop(self.take(aor));
    }

    /// Whose publication is to end next, if it is due.
    pub(crate) fn due(&self, now: Time) -> Option<String> {
        let (at, aor) = self.expiries.first()?;
        (*at <= now).then(|| aor.clone())
    }

    /// Forgets what an address of record has that has run out.
    pub(crate) fn expire(&mut self, aor: &str, now: Time) {
        let mut all = self.take(aor);
        all.retain(|publication| publication.expires_at > now);
        self.put(aor, all);
    }

    /// How long what is asked for is kept, in seconds; `None` when that is too short. Zero withdraws, and is granted.
    pub(crate) fn granted(&self, wanted: Option<u32>) -> Option<Duration> {
        let wanted = match wanted {
            Some(seconds) => Duration::from_secs(seconds.into()),
            None => self.interval.default,
        };
        let brief = !wanted.is_zero() && wanted < self.interval.min;
        (!brief).then(|| wanted.min(self.interval.max))
    }

    fn take(&mut self, aor: &str) -> Vec<Publication> {
        let all = self.of.remove(aor).unwrap_or_default();
        for publication in &all {
            self.expiries
                .remove(&(publication.expires_at, aor.to_owned()));
        }
        all
    }

    fn put(&mut self, aor: &str, all: Vec<Publication>) {
        if all.is_empty() {
            return;
        }
        for publication in &all {
            self.expiries
                .insert((publication.expires_at, aor.to_owned()));
        }
        self.of.insert(aor.to_owned(), all);
    }
}
