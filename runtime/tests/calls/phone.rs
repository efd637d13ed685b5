//! A phone of our own: the SIP core of the project over a real socket, with real RTP.

use crate::link::Link;
use crate::raw::Raw;
use crate::rtp::Rtp;
use crate::seen::Order;
pub use crate::seen::{Incoming, Seen};
use bytes::Bytes;
use sip::action::{AuthRequest, Credentials, Verdict};
use sip::command::{Command, Hop, OutgoingCall};
use sip::digest::{self, Algorithm, ClientCredentials};
use sip::event::{CallId, EndCause, Event};
use sip::header::{AuthValue, Name, NameAddr};
use sip::message::{Framer, Message, ResponseBuilder};
use sip::replaces::Replaces;
use sip::uri::Uri;
use sip::{Action, Config, Core, Flow, FlowId, Time, Transport};
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{mpsc, oneshot};
use tokio_rustls::client::TlsStream;

pub const PASSWORD: &str = "rustling-meadow-42";
/// Far longer than anything here takes: a test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A phone.
pub struct Phone {
    pub user: String,
    realm: String,
    password: String,
    /// The digest algorithm that it knows; otherwise it takes the first challenge.
    algorithm: Option<Algorithm>,
    orders: mpsc::Sender<Order>,
    seen: mpsc::UnboundedReceiver<Seen>,
    kept: VecDeque<Seen>,
    pub rtp: Rtp,
    slow: Arc<AtomicBool>,
    demanding: Arc<AtomicBool>,
    /// Where it takes SIP.
    pub local: SocketAddr,
}

fn description(media: &str) -> Bytes {
    let head = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n";
    Bytes::from(format!("{head}{media}"))
}

impl Phone {
    pub async fn udp(exchange: SocketAddr, user: &str, realm: &str) -> Phone {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        let local = socket.local_addr().expect("an address");
        Phone::over(
            Link::Udp(socket),
            Transport::Udp,
            local,
            exchange,
            user,
            realm,
        )
        .await
    }

    pub async fn tcp(exchange: SocketAddr, user: &str, realm: &str) -> Phone {
        let stream = TcpStream::connect(exchange).await.expect("a connection");
        let local = stream.local_addr().expect("an address");
        let link = Link::Tcp(stream, Framer::default());
        Phone::over(link, Transport::Tcp, local, exchange, user, realm).await
    }

    /// A phone, or a carrier's server, on a connection over TLS.
    pub async fn tls(stream: TlsStream<TcpStream>, user: &str, realm: &str) -> Phone {
        let tcp = stream.get_ref().0;
        let (local, exchange) = (tcp.local_addr(), tcp.peer_addr());
        let (local, exchange) = (local.expect("ours"), exchange.expect("the exchange's"));
        let link = Link::Tls(Box::new(stream), Framer::default());
        Phone::over(link, Transport::Tls, local, exchange, user, realm).await
    }

    /// A server that takes a connection, such as a carrier's.
    pub async fn behind_tcp(exchange: SocketAddr, user: &str, realm: &str) -> Phone {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let local = listener.local_addr().expect("an address");
        let link = Link::Listening(listener);
        Phone::over(link, Transport::Tcp, local, exchange, user, realm).await
    }

    async fn over(
        link: Link,
        transport: Transport,
        local: SocketAddr,
        exchange: SocketAddr,
        user: &str,
        realm: &str,
    ) -> Phone {
        let (orders, inbox) = mpsc::channel(16);
        let (tell, seen) = mpsc::unbounded_channel();
        let rtp = Rtp::new().await;
        let flow = Flow {
            id: FlowId(1),
            transport,
            local,
            peer: exchange,
        };
        let slow = Arc::new(AtomicBool::new(false));
        let demanding = Arc::new(AtomicBool::new(false));
        let worker = Worker {
            demands: (Arc::clone(&demanding), user.to_owned(), realm.to_owned()),
            core: Core::new(Config::default(), rand::random()),
            started: Instant::now(),
            link,
            flow,
            tell,
            raw: HashMap::new(),
            count: 0,
            rtp: rtp.clone(),
            slow: Arc::clone(&slow),
        };
        tokio::spawn(worker.run(inbox));
        Phone {
            user: user.to_owned(),
            realm: realm.to_owned(),
            password: PASSWORD.to_owned(),
            algorithm: None,
            slow,
            demanding,
            local,
            orders,
            seen,
            kept: VecDeque::new(),
            rtp,
        }
    }

    /// The same phone with a wrong password.
    pub fn with_password(mut self, password: &str) -> Phone {
        password.clone_into(&mut self.password);
        self
    }

    /// From now on callers must know the password, as a carrier demands it.
    pub fn demands_password(&self) {
        self.demanding.store(true, Ordering::Relaxed);
    }

    /// The same phone, which passes over challenges of other algorithms.
    pub fn knowing(mut self, algorithm: Algorithm) -> Phone {
        self.algorithm = Some(algorithm);
        self
    }

    pub fn address(&self) -> String {
        format!("sip:{}@{}", self.user, self.realm)
    }

    fn credentials(&self) -> ClientCredentials {
        ClientCredentials {
            username: self.user.clone(),
            password: self.password.clone(),
            realm: None,
        }
    }

    async fn order(&self, order: Order) {
        assert!(self.orders.send(order).await.is_ok(), "the phone is on");
    }

    async fn raw(&self, request: Raw) -> (u16, Message) {
        let (reply, answer) = oneshot::channel();
        self.order(Order::Raw { request, reply }).await;
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        answer.expect("an answer in time").expect("the phone is on")
    }

    /// Sends a request and answers one challenge. The final code.
    pub async fn request(&self, method: &'static str, to: &str, extra: &[(&str, &str)]) -> u16 {
        self.ask(method, to, extra, None).await.0
    }

    /// Sends a request, with a body of some media type, and answers one challenge. The final code and its response.
    pub async fn ask(
        &self,
        method: &'static str,
        to: &str,
        extra: &[(&str, &str)],
        body: Option<(&'static str, String)>,
    ) -> (u16, Message) {
        let extra = extra
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        let from = [("From".to_owned(), self.address())];
        let mut request = Raw {
            method,
            to: to.to_owned(),
            headers: from.into_iter().chain(extra).collect(),
            body,
        };
        let (code, response) = self.raw(request.clone()).await;
        let mut challenges = response
            .all(Name::WwwAuthenticate)
            .chain(response.all(Name::ProxyAuthenticate))
            .map(|value| AuthValue::parse(value).expect("a challenge"))
            .filter(|value| self.algorithm.is_none() || self.algorithm == Algorithm::of(value));
        let challenge = challenges.next().filter(|_| code == 401 || code == 407);
        let Some(challenge) = challenge else {
            drop(challenges);
            return (code, response);
        };
        let uri = request.uri();
        let answer = digest::answer(&challenge, &self.credentials(), method, &uri, "c0ffee")
            .expect("an answer");
        let name = if code == 401 {
            "Authorization"
        } else {
            "Proxy-Authorization"
        };
        request.headers.push((name.to_owned(), answer));
        self.raw(request).await
    }

    /// Registers; the final code.
    pub async fn try_register(&self) -> u16 {
        self.request("REGISTER", &self.address(), &[("Expires", "600")])
            .await
    }

    pub async fn register(&self) {
        assert_eq!(self.try_register().await, 200, "{} registers", self.user);
    }

    /// Watches a resource.
    pub async fn subscribe(&self, resource: &str, package: &str) {
        let extra = [("Event", package), ("Expires", "600")];
        let code = self
            .request("SUBSCRIBE", &format!("sip:{resource}"), &extra)
            .await;
        assert_eq!(code, 200, "{} watches {resource}", self.user);
    }

    /// Calls a number of the realm.
    pub async fn call(&self, number: &str) -> CallId {
        let to = format!("sip:{number}@{}", self.realm);
        self.call_as(&to, &self.address()).await
    }

    pub async fn call_as(&self, to: &str, from: &str) -> CallId {
        let sdp = Some(self.rtp.description("sendrecv"));
        self.call_with(to, from, sdp, None).await
    }

    /// Calls to take the place of a leg.
    pub async fn call_replacing(&self, number: &str, replaces: Replaces) -> CallId {
        let to = format!("sip:{number}@{}", self.realm);
        let sdp = Some(self.rtp.description("sendrecv"));
        self.call_with(&to, &self.address(), sdp, Some(replaces))
            .await
    }

    /// How a leg is named to whoever is to take its place.
    pub async fn replaces(&self, call: CallId) -> Replaces {
        self.may_replace(call).await.expect("a call that is up")
    }

    /// The same, for a call that may be over.
    pub async fn may_replace(&self, call: CallId) -> Option<Replaces> {
        let (reply, told) = oneshot::channel();
        self.order(Order::Replaces(call, reply)).await;
        told.await.expect("the phone is on")
    }

    /// Calls without an offer: the exchange makes it, and our answer goes with the ACK.
    pub async fn call_without_offer(&self, number: &str) -> CallId {
        let to = format!("sip:{number}@{}", self.realm);
        self.call_with(&to, &self.address(), None, None).await
    }

    /// Calls with an offer of our own making.
    pub async fn call_offering(&self, number: &str, media: &str) -> CallId {
        let to = format!("sip:{number}@{}", self.realm);
        let sdp = description(media);
        self.call_with(&to, &self.address(), Some(sdp), None).await
    }

    async fn call_with(
        &self,
        to: &str,
        from: &str,
        sdp: Option<Bytes>,
        replaces: Option<Replaces>,
    ) -> CallId {
        let (reply, made) = oneshot::channel();
        self.order(Order::Call {
            to: to.to_owned(),
            from: from.to_owned(),
            sdp,
            credentials: Some(self.credentials()),
            replaces,
            reply,
        })
        .await;
        made.await.expect("a call")
    }

    pub async fn command(&self, call: CallId, command: Command) {
        self.order(Order::Command(call, command)).await;
    }

    pub async fn answer(&self, call: CallId) {
        let sdp = self.rtp.description("sendrecv");
        self.command(call, Command::Answer { sdp }).await;
    }

    /// Answers with this medium, whose sound goes nowhere.
    pub async fn answer_with(&self, call: CallId, media: &str) {
        let sdp = description(media);
        self.command(call, Command::Answer { sdp }).await;
    }

    /// Lets the caller hear us before we answer.
    pub async fn speak_early(&self, call: CallId) {
        let sdp = Some(self.rtp.description("sendrecv"));
        let progress = Command::Progress { code: 183, sdp };
        self.command(call, progress).await;
    }

    pub async fn ring(&self, call: CallId) {
        self.command(call, Command::Ring).await;
    }

    pub async fn reject(&self, call: CallId, code: u16) {
        self.command(
            call,
            Command::Reject {
                code,
                phrase: None,
                headers: Vec::new(),
            },
        )
        .await;
    }

    pub async fn hang_up(&self, call: CallId) {
        self.command(call, Command::Hangup { reason: None }).await;
    }

    /// The next thing noticed, whatever it is.
    pub async fn next(&mut self) -> Option<Seen> {
        self.seen.recv().await
    }

    /// The next thing noticed that `wanted` takes. What comes before it is kept for later.
    pub async fn expect<T>(&mut self, what: &str, wanted: impl Fn(&Seen) -> Option<T>) -> T {
        for at in 0..self.kept.len() {
            if let Some(found) = self.kept.get(at).and_then(&wanted) {
                self.kept.remove(at);
                return found;
            }
        }
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            match tokio::time::timeout_at(deadline, self.seen.recv()).await {
                Ok(Some(seen)) => match wanted(&seen) {
                    Some(found) => return found,
                    None => self.kept.push_back(seen),
                },
                Ok(None) => panic!("{} is off while waiting for {what}", self.user),
                Err(_) => panic!("{} waited for {what}; it saw {:?}", self.user, self.kept),
            }
        }
    }

    /// The call that comes in; the phone rings.
    pub async fn incoming(&mut self) -> Incoming {
        let incoming = self
            .expect("a call", |seen| match seen {
                Seen::Incoming(it) => Some(Incoming {
                    call: it.call,
                    request: it.request.clone(),
                    from: it.from.clone(),
                    alert_info: it.alert_info.clone(),
                    asserted: it.asserted.clone(),
                }),
                _ => None,
            })
            .await;
        self.ring(incoming.call).await;
        incoming
    }

    pub async fn ringing(&mut self) {
        self.expect("ringing", |seen| {
            matches!(seen, Seen::Ringing).then_some(())
        })
        .await;
    }

    pub async fn early(&mut self) {
        self.expect("early audio", |seen| {
            matches!(seen, Seen::Early).then_some(())
        })
        .await;
    }

    pub async fn answered(&mut self) {
        self.expect("an answer", |seen| {
            matches!(seen, Seen::Answered).then_some(())
        })
        .await;
    }

    pub async fn failed(&mut self) -> u16 {
        self.expect("a refusal", |seen| match seen {
            Seen::Failed(code) => Some(*code),
            _ => None,
        })
        .await
    }

    pub async fn ended(&mut self) {
        self.expect("the end of the call", |seen| {
            matches!(seen, Seen::Ended { by_us: false }).then_some(())
        })
        .await;
    }

    /// The end of a call that somebody else got: before our answer or after it.
    pub async fn lost(&mut self) {
        self.expect("a lost race", |seen| {
            let lost = matches!(seen, Seen::Cancelled { .. } | Seen::Ended { by_us: false });
            lost.then_some(())
        })
        .await;
    }

    pub async fn cancelled(&mut self) -> Option<String> {
        self.expect("a CANCEL", |seen| match seen {
            Seen::Cancelled { reason } => Some(reason.clone()),
            _ => None,
        })
        .await
    }

    /// From now on offers in a conversation wait for [`Phone::accept_offer`].
    pub fn answers_offers_late(&self) {
        self.slow.store(true, Ordering::Relaxed);
    }

    pub async fn accept_offer(&self, call: CallId, direction: &str) {
        let sdp = self.rtp.description(direction);
        self.command(call, Command::AcceptOffer { sdp }).await;
    }

    /// The direction of the session that the exchange offers.
    pub async fn offered(&mut self) -> String {
        self.expect("an offer", |seen| match seen {
            Seen::Offered(direction) => Some(direction.clone()),
            _ => None,
        })
        .await
    }

    /// A notification whose body holds this text.
    pub async fn notified(&mut self, package: &str, text: &str) -> String {
        self.expect(text, |seen| match seen {
            Seen::Notify {
                package: p, body, ..
            } if p == package && body.contains(text) => Some(body.clone()),
            _ => None,
        })
        .await
    }

    /// Waits until the exchange ends a subscription.
    pub async fn watches_no_more(&mut self, package: &str) {
        self.expect("the end of a subscription", |seen| match seen {
            Seen::Notify {
                package: p,
                standing,
                ..
            } if p == package && standing.starts_with("terminated") => Some(()),
            _ => None,
        })
        .await;
    }
}

struct Worker {
    core: Core,
    started: Instant,
    link: Link,
    flow: Flow,
    tell: mpsc::UnboundedSender<Seen>,
    raw: HashMap<String, oneshot::Sender<(u16, Message)>>,
    count: u32,
    rtp: Rtp,
    /// Offers in a conversation are answered by the test.
    slow: Arc<AtomicBool>,
    /// Whether callers must know the password; user and realm that it belongs to.
    demands: (Arc<AtomicBool>, String, String),
}

impl Worker {
    fn now(&self) -> Time {
        Time::from_duration(self.started.elapsed())
    }

    async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        loop {
            let due = self
                .core
                .next_timeout()
                .map(|due| self.started + due.as_duration());
            let timer = async {
                match due {
                    Some(due) => tokio::time::sleep_until(due.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                bytes = self.link.receive() => match bytes {
                    Some(bytes) => self.receive(bytes).await,
                    None => return,
                },
                order = orders.recv() => match order {
                    Some(order) => self.obey(order).await,
                    None => return,
                },
                () = timer => {}
            }
            let now = self.now();
            self.core.poll(now);
            self.act().await;
        }
    }

    async fn receive(&mut self, bytes: Bytes) {
        if let Ok(message) = Message::parse(bytes.clone()) {
            if message.method_name() == Some("NOTIFY") {
                let package = message.header(Name::Event).unwrap_or("").to_owned();
                let body = String::from_utf8_lossy(&message.body()).into_owned();
                let response = ResponseBuilder::new(&message, &self.flow, 200, None, "").empty();
                self.link.send(self.flow.peer, &response).await;
                let standing = message.header(Name::SubscriptionState).unwrap_or("");
                drop(self.tell.send(Seen::Notify {
                    package,
                    body,
                    standing: standing.to_owned(),
                }));
                return;
            }
            if let Some(code) = message.code()
                && message.cseq().is_some_and(|cseq| cseq.method == "REFER")
            {
                drop(self.tell.send(Seen::Referred(code)));
            }
            if let Some(code) = message.code()
                && let Some(id) = message.call_id()
                && id.starts_with("raw-")
            {
                if code >= 200
                    && let Some(reply) = self.raw.remove(id)
                {
                    drop(reply.send((code, message)));
                }
                return;
            }
        }
        let now = self.now();
        self.core.input(now, self.flow, bytes);
    }

    async fn obey(&mut self, order: Order) {
        let now = self.now();
        match order {
            Order::Raw { request, reply } => {
                self.count += 1;
                let (id, bytes) = request.message(self.count, self.flow);
                self.raw.insert(id, reply);
                self.link.send(self.flow.peer, &bytes).await;
            }
            Order::Call {
                to,
                from,
                sdp,
                credentials,
                replaces,
                reply,
            } => {
                let address = |text: &str| NameAddr::new(Uri::parse(text).expect("a URI"));
                let call = OutgoingCall {
                    target: Uri::parse(&to).expect("a URI"),
                    hop: Hop::Flow(self.flow),
                    from: address(&from),
                    to: address(&to),
                    sdp,
                    headers: replaces
                        .map(|it| ("Replaces".to_owned(), it.to_string()))
                        .into_iter()
                        .collect(),
                    route: Vec::new(),
                    credentials,
                    max_forwards: 70,
                };
                let call = self.core.call(now, call).expect("a call");
                let _ = reply.send(call);
            }
            Order::Replaces(call, reply) => {
                let _ = reply.send(self.core.replaces(call));
            }
            Order::Command(call, command) => {
                // A call that is over takes no commands; tests that hang up late rely on it.
                let _ = self.core.command(now, call, command);
            }
        }
    }

    async fn act(&mut self) {
        loop {
            let actions: Vec<Action> = self.core.actions().collect();
            if actions.is_empty() {
                return;
            }
            for action in actions {
                let now = self.now();
                match action {
                    Action::Send { flow, bytes } => self.link.send(flow.peer, &bytes).await,
                    Action::Authorize(request) => {
                        let verdict = self.verdict(&request);
                        self.core.authorize(now, request.id, verdict);
                    }
                    // Everything goes through the exchange.
                    Action::Locate { id, .. } => self.core.located(now, id, vec![self.flow]),
                    Action::Close { .. } => {}
                    Action::Event(event) => self.notice(event),
                }
            }
        }
    }

    fn verdict(&self, request: &AuthRequest) -> Verdict {
        let (demanding, username, realm) = &self.demands;
        let aor = String::new();
        if !demanding.load(Ordering::Relaxed) {
            return Verdict::Allow { aor };
        }
        if request.username.is_none() {
            let realm = realm.clone();
            return Verdict::Challenge { realm };
        }
        Verdict::Verify(Credentials {
            username: username.clone(),
            realm: realm.clone(),
            ha1_md5: Some(Algorithm::Md5.ha1(username, realm, PASSWORD)),
            ha1_sha256: None,
            aor,
        })
    }

    fn notice(&mut self, event: Event) {
        let now = self.now();
        let seen = match event {
            Event::IncomingCall(call) => {
                self.rtp.learn(call.sdp.as_deref());
                Seen::Incoming(Box::new(Incoming {
                    call: call.call,
                    request: call.request.clone(),
                    from: call.from.to_string(),
                    alert_info: call.request.header_named("Alert-Info").map(str::to_owned),
                    asserted: call
                        .request
                        .header_named("P-Asserted-Identity")
                        .map(str::to_owned),
                }))
            }
            Event::Cancelled { reason, .. } => Seen::Cancelled {
                reason: reason.and_then(|reason| reason.text),
            },
            Event::Progress { sdp: Some(sdp), .. } => {
                self.rtp.learn(Some(&sdp));
                Seen::Early
            }
            Event::Progress { code: 180, .. } => Seen::Ringing,
            Event::Answered { call, sdp, .. } => {
                self.rtp.learn(sdp.as_deref());
                // Taken only when the 200 carried an offer.
                let sdp = self.rtp.description("sendrecv");
                let _ = self.core.command(now, call, Command::Acknowledge { sdp });
                Seen::Answered
            }
            Event::Failed(failure) => Seen::Failed(failure.code),
            Event::Ended { cause, .. } => Seen::Ended {
                by_us: cause == EndCause::Local,
            },
            Event::Offer { call, sdp } => {
                let direction = self.rtp.learn(sdp.as_deref());
                let mirrored = match direction.as_str() {
                    "sendonly" => "recvonly",
                    "recvonly" => "sendonly",
                    other => other,
                };
                if !self.slow.load(Ordering::Relaxed) {
                    let sdp = self.rtp.description(mirrored);
                    let _ = self.core.command(now, call, Command::AcceptOffer { sdp });
                }
                Seen::Offered(direction)
            }
            Event::OfferAnswered { sdp, .. } => Seen::OfferAnswered(self.rtp.learn(sdp.as_deref())),
            _ => return,
        };
        drop(self.tell.send(seen));
    }
}
