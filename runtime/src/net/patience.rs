//! How long a connection may be silent, and how long a message may take.

use tokio::time::{Duration, Instant};

/// A stranger's first message must be complete this long after the connection is there: a phone opens one to register.
const FIRST: Duration = Duration::from_secs(10);
/// A message must be complete this long after its first byte.
const PARTIAL: Duration = Duration::from_secs(30);
/// A stranger's connection without further messages ends after this time.
const STRANGER: Duration = Duration::from_secs(180);
/// A known one's without any traffic ends after this time: longer than the longest registration.
const IDLE: Duration = Duration::from_secs(7_500);

/// What has come on a connection, and when.
pub(crate) struct Patience {
    opened: Instant,
    /// The last traffic.
    traffic: Instant,
    /// The last whole message.
    message: Option<Instant>,
    /// When the message began that is not whole yet.
    begun: Option<Instant>,
}

impl Patience {
    /// A connection is there.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            opened: now,
            traffic: now,
            message: None,
            begun: None,
        }
    }

    /// Something came: whether a message became whole with it, and whether one is left that is not whole.
    pub(crate) fn heard(&mut self, now: Instant, whole: bool, partial: bool) {
        self.traffic = now;
        if whole {
            self.message = Some(now);
            self.begun = None;
        }
        self.begun = partial.then(|| self.begun.unwrap_or(now));
    }

    /// When the connection is given up, unless something comes or it becomes known.
    pub(crate) fn deadline(&self, known: bool) -> Instant {
        let silent = match (known, self.message) {
            (true, _) => self.traffic + IDLE,
            (false, Some(message)) => message + STRANGER,
            (false, None) => self.opened + FIRST,
        };
        self.begun.map_or(silent, |at| silent.min(at + PARTIAL))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds after `opened` at which the connection is given up.
    fn left(patience: &Patience, known: bool) -> u64 {
        (patience.deadline(known) - patience.opened).as_secs()
    }

    fn after(patience: &Patience, seconds: u64) -> Instant {
        patience.opened + Duration::from_secs(seconds)
    }

    #[test]
    fn stranger_has_ten_seconds_for_a_whole_message_whatever_else_comes() {
        let mut patience = Patience::new(Instant::now());
        assert_eq!(left(&patience, false), 10);
        patience.heard(after(&patience, 3), false, false);
        assert_eq!(left(&patience, false), 10, "a keep-alive is no message");
        patience.heard(after(&patience, 8), false, true);
        assert_eq!(left(&patience, false), 10, "nor is the beginning of one");
        patience.heard(after(&patience, 9), true, false);
        assert_eq!(left(&patience, false), 189);
        patience.heard(after(&patience, 100), false, false);
        assert_eq!(left(&patience, false), 189, "keep-alives keep no stranger");
    }

    #[test]
    fn known_connection_lives_on_keep_alives_but_its_messages_must_end() {
        let mut patience = Patience::new(Instant::now());
        patience.heard(after(&patience, 1), true, false);
        patience.heard(after(&patience, 100), false, false);
        assert_eq!(left(&patience, true), 7_600);
        patience.heard(after(&patience, 200), false, true);
        patience.heard(after(&patience, 229), false, true);
        assert_eq!(left(&patience, true), 230, "trickled bytes win no time");
        patience.heard(after(&patience, 229), true, true);
        assert_eq!(left(&patience, true), 259, "the next has its own");
    }
}
