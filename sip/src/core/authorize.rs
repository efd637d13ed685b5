//! Who may make a request, and what happens once that is known.

use super::Core;
use crate::action::{Action, AuthId, AuthRequest, Verdict};
use crate::digest::{self, NonceState};
use crate::event::Event;
use crate::flow::Flow;
use crate::header::{AuthValue, Name, Via};
use crate::message::Message;
use crate::method::Method;
use crate::register::Refusal;
use crate::time::Time;
use crate::transaction::ServerOwner;
use std::net::IpAddr;

impl Core {
    /// Opens the transaction and asks the host for a verdict.
    pub(super) fn ask_who(&mut self, now: Time, flow: Flow, request: Message, via: &Via) {
        if self.guard.is_locked(now, flow.peer.ip()) {
            return self.refuse(flow, &request, 403, &[], None);
        }
        let (Some(request_uri), Some(from), Some(to)) =
            (request.request_uri(), request.from(), request.to())
        else {
            return;
        };
        let method = request.method().unwrap_or(Method::Other);
        let answered = self.answered_challenge(now, flow.peer.ip(), &request);
        let auth = self.id();
        let id = self.open_server(now, flow, request, via, ServerOwner::Authorizing(auth));
        let mut ask = AuthRequest {
            id: AuthId(auth),
            method,
            flow,
            request_uri,
            from: from.uri,
            to: to.uri,
            username: None,
            realm: None,
        };
        match answered {
            Some((value, NonceState::Stale)) => {
                let realm = value.param("realm").unwrap_or("").to_owned();
                return self.challenge(now, id, &realm, true);
            }
            Some((value, _)) => {
                ask.username = value.param("username").map(str::to_owned);
                ask.realm = value.param("realm").map(str::to_owned);
            }
            None => {}
        }
        self.authorizing.insert(auth, id);
        self.actions.push_back(Action::Authorize(Box::new(ask)));
    }

    /// The answer to a challenge we sent to that address, the best if there are several.
    fn answered_challenge(
        &self,
        now: Time,
        peer: IpAddr,
        request: &Message,
    ) -> Option<(AuthValue, NonceState)> {
        let mut stale = None;
        let values = request
            .all(Name::Authorization)
            .chain(request.all(Name::ProxyAuthorization));
        for value in values.take(8).filter_map(AuthValue::parse) {
            match self.nonces.judge(now, peer, &value) {
                NonceState::Fresh => return Some((value, NonceState::Fresh)),
                NonceState::Stale => stale = stale.or(Some((value, NonceState::Stale))),
                NonceState::Foreign => {}
            }
        }
        stale
    }

    /// Answers [`Action::Authorize`]. An answer that comes too late is ignored.
    pub fn authorize(&mut self, now: Time, id: AuthId, verdict: Verdict) {
        let Some(tx) = self.authorizing.remove(&id.0) else {
            return;
        };
        let Some(server) = self.servers.get(&tx) else {
            return;
        };
        let Some(request) = server.request.clone() else {
            return;
        };
        let address = server.flow.peer.ip();
        let answered = self.answered_challenge(now, address, &request);
        match verdict {
            Verdict::Allow { aor } => self.admit(now, tx, request, aor),
            Verdict::Reject { code } => {
                let code = if (300..700).contains(&code) {
                    code
                } else {
                    403
                };
                self.reply(now, tx, code, &[], None);
            }
            Verdict::Challenge { realm } => {
                if answered.is_some() {
                    self.count_failure(now, address);
                }
                let stale = answered.is_none() && answers_realm(&request, &realm);
                self.challenge(now, tx, &realm, stale);
            }
            Verdict::Verify(credentials) => match answered {
                None => {
                    let stale = answers_realm(&request, &credentials.realm);
                    self.challenge(now, tx, &credentials.realm, stale);
                }
                // The count was used by another request while this one waited.
                Some((_, NonceState::Stale)) => self.challenge(now, tx, &credentials.realm, true),
                Some((value, _)) => {
                    let method = request.method_name().unwrap_or("");
                    if digest::verify(&value, &credentials, method) {
                        // Failures stay counted: whoever has one password may guess others.
                        self.nonces.note(now, address, &value);
                        self.admit(now, tx, request, credentials.aor);
                    } else {
                        self.count_failure(now, address);
                        self.challenge(now, tx, &credentials.realm, false);
                    }
                }
            },
        }
    }

    fn count_failure(&mut self, now: Time, address: IpAddr) {
        if self.guard.failed(now, address) {
            self.emit(Event::LockedOut { address });
        }
    }

    /// 401, with one header per algorithm in order of preference (RFC 8760 §2.4).
    fn challenge(&mut self, now: Time, tx: u64, realm: &str, stale: bool) {
        let Some(peer) = self.servers.get(&tx).map(|server| server.flow.peer.ip()) else {
            return;
        };
        let Some(mut builder) = self.response_to(tx, 401, None) else {
            return;
        };
        for algorithm in self.config.digest.algorithms.clone() {
            let nonce = self.nonces.issue(now, self.random.next_u64(), peer, realm);
            let value = digest::challenge(realm, algorithm, &nonce, stale);
            builder = builder.header("WWW-Authenticate", value);
        }
        self.respond(now, tx, 401, builder.empty());
    }

    fn admit(&mut self, now: Time, tx: u64, request: Message, aor: String) {
        if let Some(server) = self.servers.get_mut(&tx) {
            server.owner = ServerOwner::None;
        }
        match request.method() {
            Some(Method::Invite) => self.invited(now, tx, request, aor),
            Some(Method::Register) => self.register(now, tx, &request, &aor),
            Some(Method::Subscribe) => self.subscribe(now, tx, &request, aor),
            Some(Method::Publish) => self.published(now, tx, &request, &aor),
            _ => self.reply(now, tx, 500, &[], None),
        }
    }

    fn register(&mut self, now: Time, tx: u64, request: &Message, aor: &str) {
        let Some(flow) = self.servers.get(&tx).map(|server| server.flow) else {
            return;
        };
        match self.registrar.register(now, aor, request, flow) {
            Ok(changes) => {
                self.registered(now, tx, request, aor);
                for change in changes {
                    self.report_registration(aor.to_owned(), change);
                }
                self.schedule_registrar();
            }
            Err(Refusal::Malformed) => self.reply(now, tx, 400, &[], None),
            Err(Refusal::OutOfOrder) => self.reply(now, tx, 500, &[], Some("CSeq Out Of Order")),
            Err(Refusal::TooBrief) => {
                let min = self.registrar.min_expires().as_secs().to_string();
                self.reply(now, tx, 423, &[("Min-Expires", &min)], None);
            }
            Err(Refusal::Full) => {
                let wait = self.config.limits.retry_after_s.to_string();
                self.reply(now, tx, 503, &[("Retry-After", &wait)], None);
            }
        }
    }

    /// 200 with all contacts (RFC 3261 §10.3 step 8).
    fn registered(&mut self, now: Time, tx: u64, request: &Message, aor: &str) {
        let Some(mut builder) = self.response_to(tx, 200, None) else {
            return;
        };
        for binding in self.registrar.bindings(aor) {
            let left = binding.expires_at.since(now).as_secs();
            builder = builder.header(
                "Contact",
                format_args!("<{}>;expires={left}", binding.contact),
            );
        }
        let bytes = builder.repeat(request, Name::Path).empty();
        self.respond(now, tx, 200, bytes);
    }
}

/// Whether the request answers a challenge of this realm, though with a nonce we do not know: one
/// from before a restart, or issued to another address the phone had. Phones take up a new nonce without asking their user only if told the
/// old one is stale.
fn answers_realm(request: &Message, realm: &str) -> bool {
    request
        .all(Name::Authorization)
        .chain(request.all(Name::ProxyAuthorization))
        .take(8)
        .filter_map(AuthValue::parse)
        .any(|value| value.param("realm") == Some(realm))
}
