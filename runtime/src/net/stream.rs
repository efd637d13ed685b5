//! TCP connections: each has a task that cuts its stream into messages.

use super::locate::Located;
use bytes::Bytes;
use sip::message::{FrameError, Framer};
use sip::{Flow, FlowId, Transport};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

/// Messages that may wait for a slow peer; then the connection is given up.
const WAITING: usize = 256;
/// A message must be complete this long after its first byte, and the first one this long after connecting.
const PARTIAL: Duration = Duration::from_secs(30);
/// A connection without any traffic ends after this time: longer than the longest registration.
const IDLE: Duration = Duration::from_secs(7_500);
/// What a peer may take to accept what we write.
const WRITE: Duration = Duration::from_secs(30);
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
    room: Arc<Semaphore>,
    stop: CancellationToken,
}

impl Streams {
    /// `first` is the first flow number that no UDP port has.
    pub(crate) fn new(
        to_core: mpsc::Sender<FromStream>,
        first: u64,
        most: usize,
        stop: CancellationToken,
    ) -> Self {
        Self {
            to_core,
            next: Arc::new(AtomicU64::new(first)),
            room: Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))),
            stop,
        }
    }

    /// Tells the signalling thread.
    pub(crate) async fn tell(&self, news: FromStream) {
        // When the thread has ended there is nobody to tell.
        let _ended = self.to_core.send(news).await;
    }

    /// Connects to a peer.
    pub(crate) async fn connect(&self, peer: SocketAddr) -> std::io::Result<Flow> {
        let permit = Arc::clone(&self.room)
            .try_acquire_owned()
            .map_err(|_| std::io::Error::other("the limit of connections is reached"))?;
        let stream = TcpStream::connect(peer).await?;
        self.adopt(stream, permit).await
    }

    /// Gives a connection its task.
    async fn adopt(
        &self,
        stream: TcpStream,
        permit: OwnedSemaphorePermit,
    ) -> std::io::Result<Flow> {
        let flow = Flow {
            id: FlowId(self.next.fetch_add(1, Ordering::Relaxed)),
            transport: Transport::Tcp,
            local: stream.local_addr()?,
            peer: stream.peer_addr()?,
        };
        stream.set_nodelay(true)?;
        let (writer, outgoing) = mpsc::channel(WAITING);
        self.tell(FromStream::Opened { flow, writer }).await;
        let streams = self.clone();
        tokio::spawn(async move {
            streams.serve(flow, stream, outgoing).await;
            drop(permit);
        });
        Ok(flow)
    }

    async fn serve(&self, flow: Flow, stream: TcpStream, mut outgoing: mpsc::Receiver<Bytes>) {
        let (reader, mut writer) = stream.into_split();
        let writing = async {
            while let Some(bytes) = outgoing.recv().await {
                match tokio::time::timeout(WRITE, writer.write_all(&bytes)).await {
                    Ok(Ok(())) => {}
                    _ => return,
                }
            }
            let _gone = tokio::time::timeout(WRITE, writer.shutdown()).await;
        };
        tokio::select! {
            () = self.read(flow, reader) => {}
            () = writing => {}
        }
        self.tell(FromStream::Closed { flow: flow.id }).await;
    }

    async fn read(&self, flow: Flow, mut reader: tokio::net::tcp::OwnedReadHalf) {
        let mut framer = Framer::default();
        let mut buffer = vec![0; 16_384];
        let mut partial = 0_usize;
        let mut deadline = tokio::time::Instant::now() + PARTIAL;
        loop {
            let read = tokio::time::timeout_at(deadline, reader.read(&mut buffer)).await;
            let bytes = match read {
                Ok(Ok(length)) if length > 0 => buffer.get(..length).unwrap_or(&[]),
                _ => return,
            };
            framer.push(bytes);
            partial += bytes.len();
            let mut whole = false;
            loop {
                match framer.next() {
                    Ok(Some(message)) => {
                        whole = true;
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
            let now = tokio::time::Instant::now();
            if partial <= KEEP_ALIVE {
                deadline = now + IDLE;
            } else if whole || deadline > now + PARTIAL {
                deadline = now + PARTIAL;
            }
        }
    }
}

/// A port that takes connections.
pub(crate) struct Listener {
    listener: TcpListener,
}

impl Listener {
    pub(crate) fn new(listener: TcpListener) -> Self {
        Self { listener }
    }

    /// Takes connections until the runtime stops.
    pub(crate) async fn run(self, streams: Streams) {
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = streams.stop.cancelled() => return,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of descriptors, as a rule: trying again at once would only burn the processor.
                    tracing::warn!(%error, "a SIP connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let Ok(permit) = Arc::clone(&streams.room).try_acquire_owned() else {
                tracing::warn!("the limit of SIP connections is reached; one is refused");
                continue;
            };
            if let Err(error) = streams.adopt(stream, permit).await {
                tracing::debug!(%error, "a SIP connection went before it was there");
            }
        }
    }
}
