//! Connections: each has a task that cuts its stream into messages. Those over WebSocket come in messages already.

use super::locate::Located;
use super::patience::Patience;
use super::places::{Place, Places};
use super::tls::{Acceptor, Connector, Proof, refused_certificate};
use bytes::Bytes;
use sip::message::{FrameError, Framer};
use sip::{Flow, FlowId, Transport};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Messages that may wait for a slow peer; then the connection is given up.
const WAITING: usize = 256;
/// What a peer may take to accept what we write.
const WRITE: Duration = Duration::from_secs(30);
/// A refused certificate is told of at most once in this time.
const TELL: Duration = Duration::from_secs(1);
/// Keep-alives do not make a partial message.
const KEEP_ALIVE: usize = 4;

/// What connections tell the signalling thread.
pub(crate) enum FromStream {
    /// A connection is there.
    Opened {
        /// Its flow.
        flow: Flow,
        /// Takes messages; dropping it closes the connection.
        writer: mpsc::Sender<Bytes>,
        /// Its place, to be told when it is known who is there.
        place: Arc<Place>,
        /// Who connected, if a certificate proves it.
        proof: Option<Proof>,
    },
    /// A message came.
    Message {
        /// On which.
        flow: Flow,
        /// One message or keep-alive.
        bytes: Bytes,
    },
    /// A connection is gone.
    Closed {
        /// Which.
        flow: FlowId,
    },
    /// A next hop was found, connected if need be.
    Located(Located),
}

/// What all connections share.
#[derive(Clone)]
pub(crate) struct Streams {
    to_core: mpsc::Sender<FromStream>,
    next: Arc<AtomicU64>,
    places: Places,
    connector: Connector,
    stop: CancellationToken,
}

impl Streams {
    /// `first` is the first flow number that no UDP port has.
    pub(crate) fn new(
        to_core: mpsc::Sender<FromStream>,
        first: u64,
        places: Places,
        connector: Connector,
        stop: CancellationToken,
    ) -> Self {
        Self {
            to_core,
            next: Arc::new(AtomicU64::new(first)),
            places,
            connector,
            stop,
        }
    }

    /// Tells the signalling thread.
    pub(crate) async fn tell(&self, news: FromStream) {
        // When the thread has ended there is nobody to tell.
        let _ended = self.to_core.send(news).await;
    }

    /// Connects to a peer, which over TLS must prove that it is `host`.
    pub(crate) async fn connect(
        &self,
        peer: SocketAddr,
        transport: Transport,
        host: &str,
    ) -> std::io::Result<Flow> {
        let place = self.places.ours(peer.ip()).ok_or_else(full)?;
        let stream = TcpStream::connect(peer).await?;
        let ends = ends(&stream)?;
        if transport == Transport::Tls {
            let stream = self.connector.connect(stream, host).await?;
            return Ok(self.adopt(transport, stream, ends, place, None).await);
        }
        Ok(self.adopt(transport, stream, ends, place, None).await)
    }

    /// Makes a connection known; what is to be written to it comes on the receiver, until it is to be closed.
    async fn open(
        &self,
        transport: Transport,
        ends: Ends,
        place: Arc<Place>,
        proof: Option<Proof>,
    ) -> (Flow, mpsc::Receiver<Bytes>) {
        let flow = Flow {
            id: FlowId(self.next.fetch_add(1, Ordering::Relaxed)),
            transport,
            local: ends.local,
            peer: ends.peer,
        };
        let (writer, outgoing) = mpsc::channel(WAITING);
        self.tell(FromStream::Opened {
            flow,
            writer,
            place,
            proof,
        })
        .await;
        (flow, outgoing)
    }

    /// Takes a connection that comes in messages. What is to be written to it comes on the receiver, until it is to be
    /// closed; it is gone when `incoming` ends. None when there is no place for it.
    pub(crate) async fn attach(
        &self,
        transport: Transport,
        ends: Ends,
        mut incoming: mpsc::Receiver<Bytes>,
    ) -> Option<mpsc::Receiver<Bytes>> {
        let place = Arc::new(self.places.stranger(ends.peer.ip())?);
        let opened = self.open(transport, ends, Arc::clone(&place), None);
        let (flow, outgoing) = opened.await;
        let streams = self.clone();
        tokio::spawn(async move {
            let mut patience = Patience::new(Instant::now());
            while let Some(Some(bytes)) = in_time(&patience, &place, incoming.recv()).await {
                patience.heard(Instant::now(), !is_keep_alive(&bytes), false);
                streams.tell(FromStream::Message { flow, bytes }).await;
            }
            streams.tell(FromStream::Closed { flow: flow.id }).await;
        });
        Some(outgoing)
    }

    /// Gives a connection its task.
    async fn adopt<S>(
        &self,
        transport: Transport,
        stream: S,
        ends: Ends,
        place: Place,
        proof: Option<Proof>,
    ) -> Flow
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let place = Arc::new(place);
        let opened = self.open(transport, ends, Arc::clone(&place), proof);
        let (flow, outgoing) = opened.await;
        let streams = self.clone();
        tokio::spawn(async move { streams.serve(flow, stream, outgoing, &place).await });
        flow
    }

    async fn serve<S>(
        &self,
        flow: Flow,
        stream: S,
        mut outgoing: mpsc::Receiver<Bytes>,
        place: &Place,
    ) where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let (reader, mut writer) = tokio::io::split(stream);
        let writing = async {
            while let Some(bytes) = outgoing.recv().await {
                let written = async {
                    writer.write_all(&bytes).await?;
                    writer.flush().await
                };
                match tokio::time::timeout(WRITE, written).await {
                    Ok(Ok(())) => {}
                    _ => return,
                }
            }
            let _gone = tokio::time::timeout(WRITE, writer.shutdown()).await;
        };
        tokio::select! {
            () = self.read(flow, reader, place) => {}
            () = writing => {}
        }
        self.tell(FromStream::Closed { flow: flow.id }).await;
    }

    async fn read(&self, flow: Flow, mut reader: impl AsyncRead + Unpin, place: &Place) {
        let mut framer = Framer::default();
        let mut buffer = vec![0; 16_384];
        let mut partial = 0_usize;
        let mut patience = Patience::new(Instant::now());
        loop {
            let bytes = match in_time(&patience, place, reader.read(&mut buffer)).await {
                Some(Ok(length)) if length > 0 => buffer.get(..length).unwrap_or(&[]),
                _ => return,
            };
            framer.push(bytes);
            partial += bytes.len();
            let mut whole = false;
            loop {
                match framer.next() {
                    Ok(Some(message)) => {
                        whole |= !is_keep_alive(&message);
                        partial = partial.saturating_sub(message.len());
                        let bytes = message;
                        self.tell(FromStream::Message { flow, bytes }).await;
                    }
                    Ok(None) => break,
                    Err(error) => {
                        tracing::debug!(%error, peer = %flow.peer, "a SIP connection is closed");
                        if error == FrameError::Length {
                            // The core answers the head and closes; leaving now would cut its answer off.
                            tokio::time::sleep(WRITE).await;
                        }
                        return;
                    }
                }
            }
            patience.heard(Instant::now(), whole, partial > KEEP_ALIVE);
        }
    }
}

/// What comes next; none when it did not come in time. A connection that becomes known meanwhile has longer.
async fn in_time<T>(
    patience: &Patience,
    place: &Place,
    coming: impl Future<Output = T>,
) -> Option<T> {
    let mut coming = pin!(coming);
    loop {
        let deadline = patience.deadline(place.is_known());
        if let Ok(come) = tokio::time::timeout_at(deadline, &mut coming).await {
            return Some(come);
        }
        if patience.deadline(place.is_known()) <= Instant::now() {
            return None;
        }
    }
}

fn is_keep_alive(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}

/// Both ends of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    /// Ours.
    pub(crate) local: SocketAddr,
    /// The peer's.
    pub(crate) peer: SocketAddr,
}

fn ends(stream: &TcpStream) -> std::io::Result<Ends> {
    stream.set_nodelay(true)?;
    Ok(Ends {
        local: stream.local_addr()?,
        peer: stream.peer_addr()?,
    })
}

fn full() -> std::io::Error {
    std::io::Error::other("the limit of connections is reached")
}

/// A port that takes connections.
pub(crate) struct Listener {
    listener: TcpListener,
    tls: Option<Acceptor>,
    /// When a certificate that was refused was told of last: strangers could fill the log with them.
    told: Arc<Mutex<Option<Instant>>>,
}

impl Listener {
    pub(crate) fn new(listener: TcpListener, tls: Option<Acceptor>) -> Self {
        Self {
            listener,
            tls,
            told: Arc::default(),
        }
    }

    /// Takes connections until the runtime stops.
    pub(crate) async fn run(self, streams: Streams) {
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = streams.stop.cancelled() => return,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of descriptors, as a rule: trying again at once would only burn the processor.
                    tracing::warn!(%error, "a SIP connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let Some(place) = streams.places.stranger(peer.ip()) else {
                continue;
            };
            let (streams, tls) = (streams.clone(), self.tls.clone());
            let told = Arc::clone(&self.told);
            // A peer that is slow to shake hands holds nobody else up.
            tokio::spawn(async move {
                let Err(error) = take(&streams, stream, tls, place).await else {
                    return;
                };
                match refused_certificate(&error) {
                    Some(why) if is_time(&told) => tracing::warn!(
                        %peer, why,
                        "a SIP connection is refused, because its client certificate cannot be believed; \
                         check PATCHCORD_TLS_CLIENT_AUTHORITIES"
                    ),
                    _ => {
                        tracing::debug!(%peer, %error, "a SIP connection went before it was there");
                    }
                }
            });
        }
    }
}

/// Whether there was silence for long enough; from now on there was not.
fn is_time(told: &Mutex<Option<Instant>>) -> bool {
    let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
    let now = Instant::now();
    let is_time = told.is_none_or(|at| now.duration_since(at) >= TELL);
    if is_time {
        *told = Some(now);
    }
    is_time
}

async fn take(
    streams: &Streams,
    stream: TcpStream,
    tls: Option<Acceptor>,
    place: Place,
) -> std::io::Result<()> {
    let ends = ends(&stream)?;
    match tls {
        None => {
            let adopted = streams.adopt(Transport::Tcp, stream, ends, place, None);
            adopted.await
        }
        Some(acceptor) => {
            let (stream, proof) = acceptor.accept(stream).await?;
            let adopted = streams.adopt(Transport::Tls, stream, ends, place, proof);
            adopted.await
        }
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_awaited_of_a_stranger_that_said_nothing_in_time_but_of_a_known_one() {
        let places = Places::new(10);
        let place = places.stranger("192.0.2.1".parse().unwrap()).unwrap();
        let late = Patience::new(Instant::now() - Duration::from_secs(10));
        let silence = std::future::pending::<()>();
        assert!(in_time(&late, &place, silence).await.is_none());
        place.know();
        let (say, hear) = tokio::sync::oneshot::channel();
        let speaker = tokio::spawn(async move { say.send(7) });
        assert_eq!(in_time(&late, &place, hear).await, Some(Ok(7)));
        speaker.await.unwrap().unwrap();
    }
}
