//! Room for connections: who is not known yet gets a small part of it, so that nobody who opens thousands keeps phones
//! and carriers out.
//!
//! A connection is a stranger's until a request on it was allowed: a registration or a call. An office whose phones
//! share one address needs no more than they take until they have registered.

use super::throttle::source;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Connections of strangers from one source.
const STRANGERS: usize = 256;
/// Part of all connections that strangers may have together, and that one source may have, known or not.
const PART: usize = 2;
/// Between two complaints about refused connections.
const APART: Duration = Duration::from_secs(60);

/// Room for connections. Copies speak of the same.
#[derive(Clone)]
pub(crate) struct Places {
    most: usize,
    book: Arc<Mutex<Book>>,
}

#[derive(Default)]
struct Book {
    taken: usize,
    strangers: usize,
    sources: HashMap<IpAddr, Count>,
    refused: u64,
    complained: Option<Instant>,
}

/// Connections of one source.
#[derive(Clone, Copy, Default)]
struct Count {
    taken: usize,
    strangers: usize,
}

impl Places {
    /// Room for `most` connections.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            book: Arc::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a connection that somebody makes to us; none when too many are taken.
    pub(crate) fn stranger(&self, from: IpAddr) -> Option<Place> {
        let from = source(from);
        let part = self.most.div_ceil(PART);
        let mut book = self.lock();
        let of = book.sources.get(&from).copied().unwrap_or_default();
        let full = book.taken >= self.most
            || book.strangers >= part
            || of.taken >= part
            || of.strangers >= STRANGERS;
        if full {
            book.refuse(from);
            return None;
        }
        let count = book.sources.entry(from).or_default();
        count.taken += 1;
        count.strangers += 1;
        book.taken += 1;
        book.strangers += 1;
        drop(book);
        Some(self.place(from, false))
    }

    /// A place for a connection that we make; none when all are taken.
    pub(crate) fn ours(&self, to: IpAddr) -> Option<Place> {
        let to = source(to);
        let mut book = self.lock();
        if book.taken >= self.most {
            book.refuse(to);
            return None;
        }
        book.taken += 1;
        book.sources.entry(to).or_default().taken += 1;
        drop(book);
        Some(self.place(to, true))
    }

    fn place(&self, source: IpAddr, known: bool) -> Place {
        Place {
            places: self.clone(),
            source,
            known: AtomicBool::new(known),
        }
    }

    /// Connections for which there was no place.
    pub(crate) fn refused(&self) -> u64 {
        self.lock().refused
    }
}

impl Book {
    /// Counts a refusal. A flood of connections must not become a flood of lines in the log.
    fn refuse(&mut self, from: IpAddr) {
        self.refused += 1;
        if self.complained.is_none_or(|last| last.elapsed() >= APART) {
            self.complained = Some(Instant::now());
            let (refused, taken) = (self.refused, self.taken);
            tracing::warn!(%from, taken, refused, "too many SIP connections; further ones are refused");
        }
    }

    /// A source that has nothing is not remembered.
    fn change(&mut self, source: IpAddr, how: impl FnOnce(&mut Count)) {
        if let Some(count) = self.sources.get_mut(&source) {
            how(count);
            if count.taken == 0 {
                self.sources.remove(&source);
            }
        }
    }
}

/// The place of one connection. Dropping it frees it.
pub(crate) struct Place {
    places: Places,
    source: IpAddr,
    known: AtomicBool,
}

impl Place {
    /// Who is at the other end has been proved.
    pub(crate) fn know(&self) {
        // Swapped under the lock, so that whoever frees the place sees both or neither.
        let mut book = self.places.lock();
        if !self.known.swap(true, Ordering::Relaxed) {
            book.strangers = book.strangers.saturating_sub(1);
            book.change(self.source, |count| {
                count.strangers = count.strangers.saturating_sub(1);
            });
        }
    }

    /// Whether it has.
    pub(crate) fn is_known(&self) -> bool {
        self.known.load(Ordering::Relaxed)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.know();
        let mut book = self.places.lock();
        book.taken = book.taken.saturating_sub(1);
        book.change(self.source, |count| {
            count.taken = count.taken.saturating_sub(1);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn come(places: &Places, from: &str, connections: usize) -> Vec<Place> {
        let from = from.parse().unwrap();
        (0..connections)
            .filter_map(|_| places.stranger(from))
            .collect()
    }

    #[test]
    fn one_source_of_strangers_leaves_room_for_others() {
        let places = Places::new(4_096);
        let flood = come(&places, "192.0.2.1", 10_000);
        assert_eq!((flood.len(), places.refused()), (256, 9_744));
        assert_eq!(come(&places, "::ffff:192.0.2.1", 1).len(), 0);
        assert_eq!(come(&places, "192.0.2.2", 1).len(), 1);
        drop(flood);
        assert_eq!(come(&places, "192.0.2.1", 10).len(), 10);
    }

    #[test]
    fn strangers_of_many_sources_leave_half_the_room_to_carriers_that_we_call() {
        let places = Places::new(1_000);
        let flood: usize = (0..100)
            .map(|n| come(&places, &format!("192.0.2.{n}"), 100))
            .map(|them| them.into_iter().map(std::mem::forget).count())
            .sum();
        assert_eq!(flood, 500);
        let carrier = "198.51.100.1".parse().unwrap();
        let ours: Vec<_> = (0..600).filter_map(|_| places.ours(carrier)).collect();
        assert_eq!(ours.len(), 500);
    }

    #[test]
    fn phones_that_have_registered_make_room_for_the_next_of_their_office_up_to_half_of_all() {
        let places = Places::new(2_000);
        let mut office = Vec::new();
        for _ in 0..2_000 {
            for phone in come(&places, "192.0.2.1", 1) {
                phone.know();
                phone.know();
                office.push(phone);
            }
        }
        assert_eq!(office.len(), 1_000);
        assert_eq!(come(&places, "192.0.2.2", 300).len(), 256);
    }

    #[test]
    fn nothing_is_remembered_of_those_that_went() {
        let places = Places::new(1_000);
        let strangers = come(&places, "2001:db8::1", 3);
        strangers[0].know();
        let ours = places.ours("2001:db8::2".parse().unwrap());
        assert_eq!(places.lock().sources.len(), 1);
        drop((strangers, ours));
        let book = places.lock();
        assert_eq!((book.taken, book.strangers), (0, 0));
        assert!(book.sources.is_empty());
    }
}
