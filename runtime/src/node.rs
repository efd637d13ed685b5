//! A running exchange: its parts, how it starts and ends, and what it can be asked.

use crate::active::{ActiveCall, ActiveCalls, CallCounts};
use crate::call::{self, FaxOrder, FaxSent};
use crate::config::{Listening, RuntimeConfig, StartError};
use crate::limits::Meter;
use crate::live::{self, Change};
use crate::media::{MediaConfig, MediaPlane};
use crate::net::{
    self, Acceptor, Bounds, Connector, Ends, Identity, Incoming, Names, Proof, Signalling,
    SignallingStats, Sockets, Tape, UdpPort,
};
use crate::occupied::Occupied;
use crate::publication::{MailboxCounts, Publication};
use crate::registrations::{KeptRegistration, RegistrationChange, Waiting};
use crate::registry::Registry;
use crate::report::{CallName, Registration, Report, SipTrace};
use crate::rooms::{Conference, ConferenceChange, Rooms};
use crate::router;
use crate::sound::Sounds;
use crate::switchboard::Switchboard;
use crate::switches::Switches;
use crate::web::Web;
use bytes::Bytes;
use callflow::AccountId;
use jiff::Timestamp;
use sip::Transport;
use sip::action::{AuthRequest, Verdict};
use sip::event::UnregisterCause;
use sip::register::Binding;
use sip::uri::Uri;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// How long calls that were told to end may take before they are left.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// What all calls share.
pub(crate) struct Shared {
    pub(crate) config: RuntimeConfig,
    pub(crate) registry: Registry,
    pub(crate) signalling: Signalling,
    pub(crate) names: Names,
    pub(crate) media: MediaPlane,
    pub(crate) sounds: Sounds,
    pub(crate) reports: mpsc::Sender<Report>,
    pub(crate) active: ActiveCalls,
    pub(crate) mailboxes: Mailboxes,
    pub(crate) switches: Switches,
    pub(crate) rooms: Arc<Rooms>,
    pub(crate) switchboard: Switchboard,
    pub(crate) occupied: Occupied,
    pub(crate) meter: Meter,
    pub(crate) web: Web,
    /// Cancelled when running calls must end.
    pub(crate) ending: CancellationToken,
    draining: AtomicBool,
    /// Registration reports that nobody took.
    lost: AtomicU64,
    pub(crate) tasks: tokio::runtime::Handle,
    /// Registrations that have changed and were not reported yet.
    pub(crate) waiting: Waiting,
}

/// Starts exchanges.
pub struct Runtime;

/// A running exchange. Copies speak of the same one; when the last is dropped, it stops without grace.
#[derive(Clone)]
pub struct RuntimeHandle {
    shared: Arc<Shared>,
    listening: Arc<Listening>,
    thread: Arc<SignallingThread>,
}

/// Where a connection from a browser comes from and where it arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebConnection {
    /// Our address.
    pub local: SocketAddr,
    /// The browser's.
    pub peer: SocketAddr,
    /// Whether it came by TLS, here or at a proxy in front.
    pub secure: bool,
}

/// Stops the signalling thread when nobody is left to ask for it.
struct SignallingThread {
    signalling: Signalling,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl SignallingThread {
    fn lock(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SignallingThread {
    fn drop(&mut self) {
        self.signalling.try_stop();
    }
}

impl Runtime {
    /// Opens the sockets and starts the threads. Must be called inside a tokio runtime, on which the
    /// calls then run. The receiver must be emptied: when too many reports wait, calls wait for it.
    ///
    /// # Errors
    /// When a socket, a thread or a directory cannot be had.
    pub async fn start(
        config: RuntimeConfig,
    ) -> Result<(RuntimeHandle, mpsc::Receiver<Report>), StartError> {
        let recordings = config.recording_directory();
        let made = match tokio::fs::create_dir_all(&recordings).await {
            Ok(()) => call::remove_unsent(&recordings).await,
            Err(error) => Err(error),
        };
        if let Err(source) = made {
            let path = recordings;
            return Err(StartError::Directory { path, source });
        }
        let (reports, inbox) = mpsc::channel(config.report_queue.max(1));
        let sounds = Sounds::new(&config, reports.clone())?;
        let (sockets, listening) = listen(&config)?;
        let names = sockets.names.clone();
        let media = MediaPlane::new(MediaConfig {
            bind: config
                .rtp_address
                .unwrap_or_else(|| MediaConfig::default().bind),
            ports: config.rtp_ports,
            workers: config.media_workers,
            ..MediaConfig::default()
        })?;
        let (signalling, requests) = Signalling::channel();
        let core = sip::Config {
            external_address: config.external_address.or(config.sip_core.external_address),
            product: config.product.clone(),
            ..config.sip_core.clone()
        };
        let bounds = Bounds {
            connections: config.max_connections,
            messages: config.sip_messages,
        };
        let shared = Arc::new(Shared {
            sounds,
            registry: Registry::default(),
            signalling,
            names,
            media,
            reports,
            active: ActiveCalls::default(),
            mailboxes: Mailboxes::default(),
            switches: Switches::default(),
            rooms: Arc::default(),
            switchboard: Switchboard::default(),
            occupied: Occupied::default(),
            meter: Meter::default(),
            web: Web::new(&config.product, config.web_private),
            ending: CancellationToken::new(),
            draining: AtomicBool::new(false),
            lost: AtomicU64::new(0),
            waiting: Waiting::default(),
            tasks: tokio::runtime::Handle::current(),
            config,
        });
        let host = Arc::new(Host(Arc::clone(&shared)));
        let tasks = shared.tasks.clone();
        let thread = net::start(core, rand::random(), sockets, bounds, requests, host, tasks)
            .map_err(StartError::Thread)?;
        let handle = RuntimeHandle {
            listening: Arc::new(listening),
            thread: Arc::new(SignallingThread {
                signalling: shared.signalling.clone(),
                thread: Mutex::new(Some(thread)),
            }),
            shared,
        };
        Ok((handle, inbox))
    }
}

/// Opens UDP and TCP on each address; with port 0, TCP takes the port that UDP got, if it is free.
fn listen(config: &RuntimeConfig) -> Result<(Sockets, Listening), StartError> {
    if config.sip.is_empty() {
        return Err(StartError::NoAddress);
    }
    let identity = config.tls.clone().map(Identity::new).transpose()?;
    let mut sockets = Sockets {
        udp: Vec::new(),
        tcp: Vec::new(),
        tls: None,
        connector: connector(config, identity.clone())?,
        identity: identity.clone(),
        names: Names::new(config.dns),
    };
    let mut listening = Listening::default();
    for address in &config.sip {
        let udp = UdpPort::bind(*address).map_err(failed(*address, "UDP"))?;
        let local = udp.local_addr().map_err(failed(*address, "UDP"))?;
        let tcp = listener(local).or_else(|error| match address.port() {
            0 => listener(*address),
            _ => Err(error),
        });
        let tcp = tcp.map_err(failed(*address, "TCP"))?;
        listening.udp.push(local);
        let local = tcp.local_addr().map_err(failed(*address, "TCP"))?;
        listening.tcp.push(local);
        sockets.udp.push(udp);
        sockets.tcp.push(tcp);
    }
    if !config.sips.is_empty() {
        let identity = identity.ok_or(StartError::NoCertificate)?;
        let mut listeners = Vec::new();
        for address in &config.sips {
            let tls = listener(*address).map_err(failed(*address, "TLS"))?;
            let local = tls.local_addr().map_err(failed(*address, "TLS"))?;
            listening.tls.push(local);
            listeners.push(tls);
        }
        sockets.tls = Some((listeners, acceptor(config, identity)?));
    }
    Ok((sockets, listening))
}

fn failed(
    address: SocketAddr,
    transport: &'static str,
) -> impl FnOnce(std::io::Error) -> StartError {
    move |source| StartError::Listen {
        address,
        transport,
        source,
    }
}

fn listener(address: SocketAddr) -> std::io::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn acceptor(config: &RuntimeConfig, identity: Identity) -> Result<Acceptor, StartError> {
    let authorities = config.tls_client_authorities.as_deref();
    Acceptor::new(identity, authorities).map_err(|reason| StartError::ClientAuthorities {
        path: authorities.unwrap_or(Path::new("")).to_owned(),
        reason,
    })
}

fn connector(config: &RuntimeConfig, identity: Option<Identity>) -> Result<Connector, StartError> {
    let authorities = config.tls_authorities.as_deref();
    Connector::new(authorities, identity).map_err(|reason| StartError::Authorities {
        path: authorities.unwrap_or(Path::new("")).to_owned(),
        reason,
    })
}

impl RuntimeHandle {
    #[cfg(test)]
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Where the exchange listens, with real ports.
    #[must_use]
    pub fn listening(&self) -> &Listening {
        &self.listening
    }

    /// Whether signalling runs: false after [`RuntimeHandle::shutdown`], or should its thread have failed.
    #[must_use]
    pub fn is_running(&self) -> bool {
        let thread = self.thread.lock();
        thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Makes an account known, or replaces it for the next call. Calls in progress go on as they began. Phones that
    /// are gone, are disabled or have another password lose their registrations and what they watch.
    pub async fn publish(&self, publication: Publication) {
        let account = Arc::clone(&publication.account);
        let presence = publication.presence.clone();
        let mailboxes = publication.mailboxes.clone();
        self.shared
            .switches
            .set(&account.id, Arc::clone(&publication.live));
        let replaced = self.shared.registry.publish(publication);
        self.shared.signalling.revoke(replaced.revoked).await;
        self.shared.show_phones(&account.id).await;
        if replaced.new {
            for (id, state) in presence {
                let Some(resource) = live::qualified(&id, &account.realm) else {
                    tracing::warn!(account = %account.id, id, "a lamp of another realm is not set");
                    continue;
                };
                let change = Change::Manual { resource, state };
                self.shared.signalling.live(change).await;
            }
        }
        for (mailbox, counts) in mailboxes {
            self.shared.count(&account, &mailbox, counts).await;
        }
    }

    /// Forgets an account: its phones are refused from now on and lose what they have, its calls go on.
    pub async fn remove(&self, account: &AccountId) {
        let revoked = self.shared.registry.remove(account);
        self.shared.signalling.revoke(revoked).await;
        self.shared.mailboxes.forget(account);
        self.shared.switches.forget(account);
        self.shared.show_phones(account).await;
    }

    /// Tells how many messages a mailbox holds now; lamps of its owner's phones follow.
    pub async fn mailbox_counts(&self, account: &AccountId, mailbox: &str, counts: MailboxCounts) {
        let published = self.shared.registry.load().get(account).cloned();
        if let Some(published) = published {
            self.shared.count(&published.account, mailbox, counts).await;
        }
    }

    /// The calls in progress, oldest first.
    #[must_use]
    pub fn active_calls(&self) -> Vec<ActiveCall> {
        self.shared.active.all()
    }

    /// The calls in progress of an account, oldest first, `most` at most.
    #[must_use]
    pub fn calls_of(&self, account: &AccountId, most: usize) -> Vec<ActiveCall> {
        self.shared.active.of(account, most)
    }

    /// The SIP messages of a call in progress so far. `None` when there is no such call, or they are not kept.
    pub async fn sip_messages(&self, account: &AccountId, call: &str) -> Option<SipTrace> {
        let session = self.shared.active.session(account, call)?;
        let tape = self.shared.signalling.messages(session).await?;
        Some(tape.told(CallName {
            account: account.clone(),
            id: call.to_owned(),
        }))
    }

    /// Has a call of an account hung up at both sides. Whether there is such a call.
    #[must_use]
    pub fn hang_up(&self, account: &AccountId, call: &str) -> bool {
        self.shared.active.hang_up(account, call)
    }

    /// Sends a fax by a call of its own. Returns when it is over; cancelling `end` ends it before.
    pub async fn send_fax(&self, order: FaxOrder, end: CancellationToken) -> FaxSent {
        call::send_fax(&self.shared, order, end).await
    }

    /// How many calls there were since the start.
    #[must_use]
    pub fn call_counts(&self) -> CallCounts {
        self.shared.active.counts()
    }

    /// How often each limit of accounts was reached since the start, by its name.
    #[must_use]
    pub fn limits_reached(&self) -> [(&'static str, u64); 3] {
        self.shared.meter.reached()
    }

    /// Tells whenever a call begins, goes on or ends, in any account.
    #[must_use]
    pub fn call_changes(&self) -> watch::Receiver<u64> {
        self.shared.active.changes()
    }

    /// The conferences of an account that are going on, by id.
    #[must_use]
    pub fn conferences(&self, account: &AccountId) -> Vec<Conference> {
        self.shared.rooms.all(account)
    }

    /// Changes a conference that is going on. Whether there is such a conference and, where one is meant, such a member.
    pub fn change_conference(
        &self,
        account: &AccountId,
        conference: &str,
        change: &ConferenceChange,
    ) -> bool {
        self.shared.rooms.change(account, conference, change)
    }

    /// The phones of an account that can be reached.
    pub async fn registrations(&self, account: &AccountId) -> Vec<Registration> {
        let Some(published) = self.shared.registry.load().get(account).cloned() else {
            return Vec::new();
        };
        let now = Timestamp::now();
        let devices = published.devices.iter();
        let aors = devices.map(|device| crate::registry::aor(&device.digest));
        let contacts = self.shared.signalling.contacts(aors.collect()).await;
        let of_device = published.devices.iter().zip(contacts);
        of_device
            .flat_map(|(device, contacts)| contacts.into_iter().map(move |it| (device, it)))
            .map(|(device, contact)| Registration {
                device: device.device.clone(),
                contact: contact.uri.to_string(),
                peer: contact.flow.peer,
                transport: contact.flow.transport.via_name(),
                user_agent: contact.user_agent,
                expires_at: later(now, contact.expires_in),
            })
            .collect()
    }

    /// Puts back registrations from before a restart, of phones that may still have them and have not registered since.
    /// The accounts must have been published. How many could be put back.
    pub async fn restore(&self, mut kept: Vec<KeptRegistration>) -> usize {
        let accounts = self.shared.registry.load();
        kept.retain(|kept| router::device_of(&accounts, &kept.aor).is_some());
        drop(accounts);
        self.shared.signalling.restore(kept).await
    }

    /// Takes a connection of SIP over WebSocket (RFC 7118), whose messages come on `incoming`. What is to be sent on it
    /// comes on the receiver, until it is to be closed; it is over when `incoming` ends. None when there are too many
    /// connections.
    pub async fn websocket(
        &self,
        web: WebConnection,
        incoming: mpsc::Receiver<Bytes>,
    ) -> Option<mpsc::Receiver<Bytes>> {
        let streams = self.shared.signalling.streams().await?;
        let transport = match web.secure {
            true => Transport::Wss,
            false => Transport::Ws,
        };
        let ends = Ends {
            local: web.local,
            peer: web.peer,
        };
        streams.attach(transport, ends, incoming).await
    }

    /// What signalling remembers at the moment.
    pub async fn signalling(&self) -> SignallingStats {
        self.shared.signalling.stats().await
    }

    /// Registration reports that were dropped because too many reports waited.
    #[must_use]
    pub fn reports_lost(&self) -> u64 {
        self.shared.lost.load(Ordering::Relaxed)
    }

    /// Takes no further calls and lets those in progress go on, for `grace` at most. Whether all have ended.
    pub async fn drain(&self, grace: Duration) -> bool {
        self.shared.draining.store(true, Ordering::Relaxed);
        self.shared.signalling.drain().await;
        let over = tokio::time::timeout(grace, self.shared.active.none_left());
        over.await.is_ok()
    }

    /// Whether no further calls are taken.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.shared.draining.load(Ordering::Relaxed)
    }

    /// Takes no further calls, lets those in progress go on for `grace`, ends the rest, and stops.
    pub async fn shutdown(&self, grace: Duration) {
        self.drain(grace).await;
        self.shared.ending.cancel();
        if tokio::time::timeout(LAST_WORDS, self.shared.active.none_left())
            .await
            .is_err()
        {
            tracing::warn!("some calls did not end in time and are left");
        }
        self.shared.signalling.stop().await;
        self.shared.report_registrations().await;
        let thread = self.thread.lock().take();
        if let Some(thread) = thread {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the signalling thread had panicked");
            }
        }
    }
}

pub(crate) fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

impl Shared {
    async fn count(&self, account: &callflow::Account, mailbox: &str, counts: MailboxCounts) {
        self.mailboxes.set(&account.id, mailbox, counts);
        let change = Change::Mailbox {
            resources: live::mailbox_resources(account, mailbox),
            counts,
            listen: format!("sip:*97@{}", account.realm),
        };
        self.signalling.live(change).await;
    }

    /// Has watchers see the phones that an account has now, and which of them are not to be disturbed.
    pub(crate) async fn show_phones(&self, account: &AccountId) {
        let published = self.registry.load().get(account).cloned();
        let switches = self.switches.get(account);
        let phones = published.map(|published| live::lamps(&published, &switches));
        let account = account.clone();
        let phones = phones.unwrap_or_default();
        self.signalling
            .live(Change::Phones { account, phones })
            .await;
    }

    /// Tells the control side; waits while too many reports wait.
    pub(crate) async fn report(&self, report: Report) {
        if self.reports.send(report).await.is_err() {
            tracing::debug!("nobody takes reports any more");
        }
    }

    fn try_report(&self, report: Report) {
        if self.reports.try_send(report).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// What the signalling thread asks, answered at once.
struct Host(Arc<Shared>);

impl net::Host for Host {
    fn authorize(&self, request: &AuthRequest, proof: Option<&Proof>) -> Verdict {
        let shared = &self.0;
        if request.method == sip::Method::Invite {
            let full = shared.active.len() >= shared.config.max_calls;
            if full || shared.draining.load(Ordering::Relaxed) {
                return Verdict::Reject { code: 503 };
            }
        }
        let country_code = &shared.config.country_code;
        router::verdict(&shared.registry.load(), request, proof, country_code)
    }

    fn incoming(&self, incoming: Incoming) {
        let shared = Arc::clone(&self.0);
        self.0.tasks.spawn(call::supervise(shared, incoming));
    }

    fn registered(&self, aor: &str, binding: &Binding, expires_in: Duration, refreshed: bool) {
        if let Some((account, device)) = router::device_of(&self.0.registry.load(), aor) {
            self.0.registration_changed(RegistrationChange {
                account: account.clone(),
                aor: aor.to_owned(),
                contact: binding.contact.to_string(),
                kept: KeptRegistration::of(aor, binding, expires_in),
            });
            if refreshed {
                return;
            }
            let registration = Box::new(Registration {
                device,
                contact: binding.contact.to_string(),
                peer: binding.flow.peer,
                transport: binding.flow.transport.via_name(),
                user_agent: binding.user_agent.clone(),
                expires_at: later(Timestamp::now(), expires_in),
            });
            self.0.try_report(Report::Registered {
                account,
                registration,
            });
        }
    }

    fn unregistered(&self, aor: &str, contact: &Uri, _cause: UnregisterCause) {
        if let Some((account, device)) = router::device_of(&self.0.registry.load(), aor) {
            let contact = contact.to_string();
            self.0.registration_changed(RegistrationChange {
                account: account.clone(),
                aor: aor.to_owned(),
                contact: contact.clone(),
                kept: None,
            });
            self.0.try_report(Report::Unregistered {
                account,
                device,
                contact,
            });
        }
    }

    fn traced(&self, of: CallName, messages: Tape) {
        let shared = Arc::clone(&self.0);
        // Not here: texts are made, and it waits while too many reports wait.
        self.0.tasks.spawn(async move {
            let trace = Box::new(messages.told(of));
            shared.report(Report::Signalling(trace)).await;
        });
    }

    fn locked_out(&self, address: IpAddr) {
        tracing::warn!(%address, "too many wrong passwords: the address is refused for a while");
        self.0.try_report(Report::LockedOut { address });
    }
}

/// How many messages the mailboxes hold, as told last.
#[derive(Default)]
pub(crate) struct Mailboxes(Mutex<HashMap<AccountId, HashMap<String, MailboxCounts>>>);

impl Mailboxes {
    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, HashMap<String, MailboxCounts>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, account: &AccountId, mailbox: &str, counts: MailboxCounts) {
        let mut all = self.lock();
        let of_account = all.entry(account.clone()).or_default();
        of_account.insert(mailbox.to_owned(), counts);
    }

    pub(crate) fn get(&self, account: &AccountId, mailbox: &str) -> MailboxCounts {
        let all = self.lock();
        let counts = all.get(account).and_then(|boxes| boxes.get(mailbox));
        counts.copied().unwrap_or_default()
    }

    fn forget(&self, account: &AccountId) {
        self.lock().remove(account);
    }
}
