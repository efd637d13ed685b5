//! Settings and bounds of a core.

use crate::digest::Algorithm;
use std::net::IpAddr;
use std::time::Duration;

/// Settings of a [`Core`](crate::Core). `Config::default()` suits a phone system on a LAN or the internet.
///
/// Phones are challenged with MD5 alone unless told otherwise; see [`DigestConfig::algorithms`] for
/// why. Where every phone ignores challenges it does not know, as RFC 8760 §2.4 asks, both are
/// enabled so:
///
/// ```
/// use sip::Config;
/// use sip::digest::Algorithm;
///
/// let mut config = Config::default();
/// assert_eq!(config.digest.algorithms, [Algorithm::Md5]);
/// config.digest.algorithms = vec![Algorithm::Sha256, Algorithm::Md5];
/// ```
///
/// The host must then give [`Credentials`](crate::action::Credentials) with both `ha1_sha256` and
/// `ha1_md5`: an answer in an algorithm whose `ha1` is missing counts as a wrong password.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address written into `Via` and `Contact` instead of the flow's local address.
    pub external_address: Option<IpAddr>,
    /// Value of `Server` and `User-Agent`; empty leaves the headers out.
    pub product: String,
    /// Base timers.
    pub timers: Timers,
    /// Bounds on what a network may make us remember.
    pub limits: Limits,
    /// Registration intervals.
    pub registration: Interval,
    /// Subscription intervals.
    pub subscription: Interval,
    /// How long what phones publish is kept.
    pub publication: Interval,
    /// Session interval proposed by us (RFC 4028); `None` proposes none, but accepts the peer's.
    pub session_expires: Option<Duration>,
    /// Smallest session interval accepted (RFC 4028 §5: at least 90 s).
    pub min_session_expires: Duration,
    /// Digest authentication.
    pub digest: DigestConfig,
    /// Changes of a watched resource are reported at most once in this time (RFC 6665 §4.2).
    pub notify_interval: Duration,
}

/// T1, T2 and T4 of RFC 3261 §17.
#[derive(Clone, Copy, Debug)]
pub struct Timers {
    /// Estimated round-trip time.
    pub t1: Duration,
    /// Largest interval between retransmissions.
    pub t2: Duration,
    /// Longest time a message stays in the network.
    pub t4: Duration,
}

impl Timers {
    /// 64·T1: how long an exchange is given before it is declared failed.
    pub fn timeout(&self) -> Duration {
        self.t1 * 64
    }
}

/// Bounds; above them requests are refused with 503 before anything is allocated.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Call legs.
    pub calls: usize,
    /// Server transactions; in-dialog requests may use a quarter more, so that calls can still be ended.
    pub transactions: usize,
    /// Subscriptions.
    pub subscriptions: usize,
    /// NOTIFYs of changes in 5 ms; further ones wait for their turn, one for each subscription.
    pub notify_burst: usize,
    /// Addresses of record with contacts.
    pub registrations: usize,
    /// Contacts of one address of record; a further one replaces the one that expires first.
    pub contacts_per_aor: usize,
    /// Addresses of record with something published.
    pub publications: usize,
    /// Publications of one address of record; a further one replaces the oldest.
    pub publications_per_aor: usize,
    /// Bytes of a published document; a longer one is refused with 413.
    pub publication_bytes: usize,
    /// Seconds written into `Retry-After` of a 503.
    pub retry_after_s: u32,
}

/// Bounds and default of an interval a peer asks for.
#[derive(Clone, Copy, Debug)]
pub struct Interval {
    /// Anything shorter, except 0, is refused with 423.
    pub min: Duration,
    /// Used when the peer names none.
    pub default: Duration,
    /// Anything longer is shortened.
    pub max: Duration,
}

/// Digest authentication (RFC 8760) and lock-out.
#[derive(Clone, Debug)]
pub struct DigestConfig {
    /// Algorithms offered, in order of preference, each in a header of its own.
    ///
    /// The default is MD5 alone: phones in use (baresip 1.0, JsSIP 3) give up when they meet an
    /// algorithm they do not know, whatever else is offered. `[Sha256, Md5]` is the order of RFC 8760.
    pub algorithms: Vec<Algorithm>,
    /// How long a nonce is good for.
    pub nonce_lifetime: Duration,
    /// Wrong answers from one source within `window` before it is locked out; 0 disables.
    ///
    /// A source is an IPv4 address or an IPv6 /64. Right answers in between clear nothing.
    pub max_failures: u32,
    /// See `max_failures`.
    pub window: Duration,
    /// How long a locked-out source is refused.
    pub lockout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            external_address: None,
            product: String::new(),
            timers: Timers {
                t1: Duration::from_millis(500),
                t2: Duration::from_secs(4),
                t4: Duration::from_secs(5),
            },
            limits: Limits {
                calls: 20_000,
                transactions: 100_000,
                subscriptions: 50_000,
                notify_burst: 200,
                registrations: 50_000,
                contacts_per_aor: 8,
                publications: 50_000,
                publications_per_aor: 4,
                publication_bytes: 16_384,
                retry_after_s: 10,
            },
            registration: Interval {
                min: Duration::from_secs(60),
                default: Duration::from_secs(3600),
                max: Duration::from_secs(7200),
            },
            subscription: Interval {
                min: Duration::from_secs(60),
                default: Duration::from_secs(3600),
                max: Duration::from_secs(7200),
            },
            publication: Interval {
                min: Duration::from_secs(60),
                default: Duration::from_secs(3600),
                max: Duration::from_secs(7200),
            },
            session_expires: Some(Duration::from_secs(1800)),
            min_session_expires: Duration::from_secs(90),
            digest: DigestConfig {
                algorithms: vec![Algorithm::Md5],
                nonce_lifetime: Duration::from_secs(300),
                max_failures: 20,
                window: Duration::from_secs(60),
                lockout: Duration::from_secs(300),
            },
            notify_interval: Duration::from_millis(200),
        }
    }
}
