//! Registrations that outlive the program: what is kept of them, and how changes are gathered.
//!
//! Phones refresh all the time. Their changes wait half a second for each other, so that what keeps them writes once
//! for many; of several changes of one contact the last counts. None is lost because too much is reported.

use crate::node::Shared;
use crate::report::Report;
use callflow::AccountId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sip::register::Binding;
use sip::uri::Uri;
use sip::{Flow, FlowId, Time, Transport};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long changes wait for others.
const GATHER: Duration = Duration::from_millis(500);

/// A registration as it is kept: enough to reach the phone again without it registering anew. Only of phones over
/// UDP: a connection ends with the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptRegistration {
    /// The address of record.
    pub aor: String,
    /// The contact, as a URI.
    pub contact: String,
    /// Our address that it registered at.
    pub local: SocketAddr,
    /// Where its packets come from.
    pub peer: SocketAddr,
    /// Preference in thousandths.
    pub q: u16,
    /// `+sip.instance`.
    pub instance: Option<String>,
    /// `reg-id`.
    pub reg_id: Option<String>,
    /// Its `User-Agent`.
    pub user_agent: Option<String>,
    /// `Path`, the `Route` to it.
    pub path: Vec<String>,
    /// `Call-ID` of its last REGISTER.
    pub call_id: String,
    /// `CSeq` of its last REGISTER.
    pub cseq: u32,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A contact that was registered, refreshed or lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationChange {
    /// The account.
    pub account: AccountId,
    /// The address of record.
    pub aor: String,
    /// The contact, as a URI.
    pub contact: String,
    /// What is to be kept of it; none when it is gone or cannot be reached after a restart.
    pub kept: Option<KeptRegistration>,
}

/// Changes that wait to be reported, by address of record and contact.
#[derive(Default)]
pub(crate) struct Waiting(Mutex<BTreeMap<(String, String), RegistrationChange>>);

impl Waiting {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<(String, String), RegistrationChange>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// Notes a change; it is reported soon.
    pub(crate) fn registration_changed(self: &Arc<Self>, change: RegistrationChange) {
        let key = (change.aor.clone(), change.contact.clone());
        let mut waiting = self.waiting.lock();
        let first = waiting.is_empty();
        waiting.insert(key, change);
        drop(waiting);
        if first {
            let shared = Arc::clone(self);
            self.tasks.spawn(async move {
                tokio::time::sleep(GATHER).await;
                shared.report_registrations().await;
            });
        }
    }

    /// Reports what waits.
    pub(crate) async fn report_registrations(&self) {
        let waiting = std::mem::take(&mut *self.waiting.lock());
        if !waiting.is_empty() {
            let changes = waiting.into_values().collect();
            self.report(Report::Registrations(changes)).await;
        }
    }
}

impl KeptRegistration {
    /// What is kept of a contact that ends in `expires_in`; none where it is reached on a connection.
    pub(crate) fn of(aor: &str, binding: &Binding, expires_in: Duration) -> Option<Self> {
        let flow = &binding.flow;
        (flow.transport == Transport::Udp).then(|| Self {
            aor: aor.to_owned(),
            contact: binding.contact.to_string(),
            local: flow.local,
            peer: flow.peer,
            q: binding.q,
            instance: binding.instance.clone(),
            reg_id: binding.reg_id.clone(),
            user_agent: binding.user_agent.clone(),
            path: binding.path.clone(),
            call_id: binding.call_id.clone(),
            cseq: binding.cseq,
            expires_at: crate::node::later(Timestamp::now(), expires_in),
        })
    }

    /// The contact again, on one of these UDP sockets; none when it is over or no socket fits.
    pub(crate) fn binding(self, now: Time, sockets: &[(FlowId, SocketAddr)]) -> Option<Binding> {
        let left = self.expires_at.duration_since(Timestamp::now());
        let left = Duration::try_from(left)
            .ok()
            .filter(|left| !left.is_zero())?;
        let family = |local: &SocketAddr| local.is_ipv4() == self.peer.is_ipv4();
        let mut fitting = sockets.iter().filter(|(_, local)| family(local));
        let same = fitting
            .clone()
            .find(|(_, it)| it.port() == self.local.port());
        let (id, socket) = same.or_else(|| fitting.next())?;
        Some(Binding {
            contact: Uri::parse(&self.contact)?,
            flow: Flow {
                id: *id,
                transport: Transport::Udp,
                local: SocketAddr::new(self.local.ip(), socket.port()),
                peer: self.peer,
            },
            q: self.q.min(1_000),
            expires_at: now + left,
            instance: self.instance,
            reg_id: self.reg_id,
            user_agent: self.user_agent,
            path: self.path,
            call_id: self.call_id,
            cseq: self.cseq,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> KeptRegistration {
        KeptRegistration {
            aor: "desk2001@fernhill.example".to_owned(),
            contact: "sip:desk2001@192.0.2.7:5062".to_owned(),
            local: "192.0.2.1:5060".parse().unwrap(),
            peer: "192.0.2.7:5062".parse().unwrap(),
            q: 500,
            instance: None,
            reg_id: None,
            user_agent: Some("Desk".to_owned()),
            path: Vec::new(),
            call_id: "a".to_owned(),
            cseq: 7,
            expires_at: crate::node::later(Timestamp::now(), Duration::from_secs(60)),
        }
    }

    fn sockets() -> Vec<(FlowId, SocketAddr)> {
        ["[::]:5060", "0.0.0.0:5070", "0.0.0.0:5060"]
            .iter()
            .zip(1..)
            .map(|(at, id)| (FlowId(id), at.parse().unwrap()))
            .collect()
    }

    #[test]
    fn contact_comes_back_on_the_socket_it_registered_at() {
        let binding = kept().binding(Time::ZERO, &sockets()).unwrap();
        assert_eq!(binding.flow.id, FlowId(3));
        assert_eq!(binding.flow.local.to_string(), "192.0.2.1:5060");
        assert!(binding.expires_at > Time::ZERO + Duration::from_secs(55));
        let again = KeptRegistration::of(&kept().aor, &binding, Duration::from_secs(60));
        let times = |mut it: KeptRegistration| {
            it.expires_at = Timestamp::UNIX_EPOCH;
            it
        };
        assert_eq!(again.map(times), Some(times(kept())));
    }

    #[test]
    fn contact_comes_back_on_another_socket_when_the_port_was_changed() {
        let mut moved = kept();
        moved.local.set_port(5999);
        let binding = moved.binding(Time::ZERO, &sockets()).unwrap();
        assert_eq!(binding.flow.id, FlowId(2));
        assert_eq!(binding.flow.local.to_string(), "192.0.2.1:5070");
    }

    #[test]
    fn contact_that_is_over_or_has_no_socket_stays_gone() {
        let mut over = kept();
        over.expires_at = Timestamp::UNIX_EPOCH;
        assert!(over.binding(Time::ZERO, &sockets()).is_none());
        assert!(kept().binding(Time::ZERO, &sockets()[..1]).is_none());
    }
}
