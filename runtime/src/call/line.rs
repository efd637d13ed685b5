//! The line between two calls whose parties have been connected.
//!
//! Each call keeps its own legs and its own task; the media plane bridges one leg of either. What one side must know of
//! the other is said on the line. It is closed when one of its ends is dropped, also by a task that fails.

use crate::media::{Key, LegRef};
use crate::switchboard::Wanted;
use callflow::command::{PickupMode, Sound};
use std::net::SocketAddr;
use tokio::sync::mpsc;

/// What may be said on a line before the other side listens.
const SAID: usize = 64;
/// Room that keys leave for everything else.
const RESERVED: usize = 32;

/// One end of a line.
#[derive(Debug)]
pub(crate) struct Line {
    to: mpsc::Sender<Said>,
    from: mpsc::Receiver<Said>,
    /// Who is at the other end, once that is known.
    pub(crate) far: Option<Far>,
}

/// Who is at the other end of a line.
#[derive(Clone, Debug)]
pub(crate) struct Far {
    pub(crate) leg: LegRef,
    /// The device, if it is one of the account's.
    pub(crate) device: Option<String>,
    /// Where it signals from.
    pub(crate) peer: Option<SocketAddr>,
}

/// What one call says to the other.
#[derive(Debug)]
pub(crate) enum Said {
    /// You have the call: this is its party. Come near and say that you are here.
    Taken(Far),
    /// You have the call: its party is at the other end of this line. Go on with that one.
    Instead(Box<Line>),
    /// I am with nobody whom you could have: what my caller had dialled is there for you to dial, with these digits as what
    /// its pattern captured.
    Dial {
        dialled: String,
        capture: Option<String>,
    },
    /// You may listen to these two.
    Listen([LegRef; 2]),
    /// My leg is near yours now: connect them.
    Here(Far),
    /// My party wants yours to be connected with this number, with these digits as what its pattern captured.
    Transfer {
        /// The device of my party.
        by: String,
        dialled: String,
        capture: Option<String>,
    },
    /// How the transfer goes that your party wanted: the status of the call to the target.
    Progress(u16),
    /// My party has put yours on hold, with this music.
    Hold(Option<Sound>),
    /// My party talks again.
    Resume,
    /// My party has pressed a key that came by signalling.
    Key(Key),
}

/// A call asks another one for its party.
pub(crate) struct Request {
    pub(crate) mode: PickupMode,
    pub(crate) wanted: Wanted,
    /// A party is to be transferred here; it may dial instead what the caller had dialled.
    pub(crate) transfer: bool,
    /// Who asks.
    pub(crate) taker: Taker,
    /// The end for whom is asked. Dropping it says no.
    pub(crate) line: Line,
}

/// Who asks for another call's party.
#[derive(Clone, Debug)]
pub(crate) struct Taker {
    pub(crate) device: Option<String>,
    /// The number shown.
    pub(crate) number: String,
    /// Where it signals from.
    pub(crate) peer: Option<SocketAddr>,
}

impl Line {
    /// A line with both its ends.
    pub(crate) fn new() -> (Self, Self) {
        let (to_one, from_other) = mpsc::channel(SAID);
        let (to_other, from_one) = mpsc::channel(SAID);
        let end = |to, from| Self {
            to,
            from,
            far: None,
        };
        (end(to_other, from_other), end(to_one, from_one))
    }

    /// Says something. Whether the other end is there and takes it.
    pub(crate) fn say(&self, said: Said) -> bool {
        if matches!(said, Said::Key(_)) && self.to.capacity() <= RESERVED {
            return true; // a flood of keys, of which some are lost
        }
        self.to.try_send(said).is_ok()
    }

    /// What the other end says next; `None` when it is gone.
    pub(crate) async fn hear(&mut self) -> Option<Said> {
        self.from.recv().await
    }

    /// Whether the other end is gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.to.is_closed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn line_ends_for_both_sides_when_one_of_them_fails() {
        let (mut one, other) = Line::new();
        let failing = tokio::spawn(async move {
            assert!(other.say(Said::Resume));
            panic!("a fault with {other:?}");
        });
        assert!(failing.await.is_err());
        assert!(matches!(one.hear().await, Some(Said::Resume)));
        assert!(one.hear().await.is_none());
        assert!(one.is_closed() && !one.say(Said::Resume));
    }

    #[tokio::test]
    async fn flood_of_keys_leaves_room_for_what_must_not_be_lost() {
        let (one, mut other) = Line::new();
        let key = Key::from_char('5').unwrap();
        for _ in 0..10 * SAID {
            assert!(one.say(Said::Key(key)));
        }
        assert!(one.say(Said::Hold(None)));
        drop(one);
        let mut last = None;
        while let Some(said) = other.hear().await {
            last = Some(said);
        }
        assert!(matches!(last, Some(Said::Hold(None))));
    }
}
