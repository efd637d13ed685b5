//! What the core asks of its host.

use crate::event::Event;
use crate::flow::Flow;
use crate::method::Method;
use crate::uri::Uri;
use bytes::Bytes;

/// One thing to do, in the order given.
#[derive(Clone, Debug)]
pub enum Action {
    /// Send these bytes to `flow.peer` on `flow.id`: one datagram, one WebSocket message, or bytes of a stream.
    Send {
        /// Where.
        flow: Flow,
        /// One whole message.
        bytes: Bytes,
    },
    /// Close this connection once everything before has been sent: its stream cannot be framed any more.
    Close {
        /// Which.
        flow: Flow,
    },
    /// Decide who may make a request; answer with [`Core::authorize`](crate::Core::authorize).
    Authorize(Box<AuthRequest>),
    /// Find the next hop (RFC 3263), connect if its transport needs it, and answer with
    /// [`Core::located`](crate::Core::located). An empty answer fails the request.
    Locate {
        /// To be given back.
        id: LocateId,
        /// The URI to be reached.
        uri: Uri,
    },
    /// Something the user of the core wants to know.
    Event(Event),
}

/// Names one [`Action::Locate`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct LocateId(pub(crate) u64);

/// Names one [`Action::Authorize`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct AuthId(pub(crate) u64);

/// A request outside any dialog (INVITE, REGISTER, SUBSCRIBE, PUBLISH) that waits for a decision.
///
/// Unanswered, it is refused with 500 after 32 s.
#[derive(Clone, Debug)]
pub struct AuthRequest {
    /// To be given back.
    pub id: AuthId,
    /// INVITE, REGISTER, SUBSCRIBE or PUBLISH.
    pub method: Method,
    /// Where it came from.
    pub flow: Flow,
    /// Request-URI.
    pub request_uri: Uri,
    /// URI of `From`.
    pub from: Uri,
    /// URI of `To`: for REGISTER, the address of record.
    pub to: Uri,
    /// Digest user name, if the request answers a challenge of ours that is still valid.
    pub username: Option<String>,
    /// Realm of that answer. It is one this core has challenged with.
    pub realm: Option<String>,
}

/// The decision on an [`AuthRequest`].
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Ask for a password. If the request did carry a user name, that user is unknown: it counts as a failure.
    Challenge {
        /// Realm of the challenge.
        realm: String,
    },
    /// Compare the password; a request without any is challenged in the realm of the credentials.
    Verify(Credentials),
    /// Let it through, because of its source address or because it needs no password.
    Allow {
        /// See [`Credentials::aor`].
        aor: String,
    },
    /// Refuse it.
    Reject {
        /// 300 to 699; 403 says "not you".
        code: u16,
    },
}

/// What is kept of a password: `H(username:realm:password)` in hexadecimal (RFC 7616 §3.4.2).
#[derive(Clone, Default)]
pub struct Credentials {
    /// Digest user name.
    pub username: String,
    /// Realm.
    pub realm: String,
    /// 32 hexadecimal digits, if kept.
    pub ha1_md5: Option<String>,
    /// 64 hexadecimal digits, if kept.
    pub ha1_sha256: Option<String>,
    /// The address of record the user speaks for, as `user@realm`: the key of the registration
    /// and the identity given in [`IncomingCall`](crate::event::IncomingCall).
    pub aor: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .field("realm", &self.realm)
            .field("aor", &self.aor)
            .finish_non_exhaustive()
    }
}
