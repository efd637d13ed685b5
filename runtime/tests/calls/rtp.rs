//! The audio of a test phone: A-law frames of one byte, so that it is plain who is heard.

use crate::phone::PATIENCE;
use bytes::Bytes;
use rtcp_types::prelude::*;
use rtcp_types::{Compound, Packet, ReceiverReport, ReportBlock, SenderReport};
use sip::sdp::{Direction, Session};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::sync::{Notify, mpsc};

/// Payload type of telephone events.
const EVENTS: u8 = 101;
/// A-law.
const PCMA: u8 = 8;
/// Who the phone is in its packets.
const SSRC: u32 = 7;
/// What silence is in A-law.
const SILENCE: u8 = 0xd5;

/// RTP of a phone. Copies speak of the same one.
#[derive(Clone)]
pub struct Rtp(Arc<Inner>);

struct Inner {
    socket: UdpSocket,
    peer: Mutex<Option<SocketAddr>>,
    sends: AtomicBool,
    /// Whether it asks for reports on the port of sound, and answers them.
    reports: AtomicBool,
    reported: AtomicBool,
    voice: AtomicU8,
    version: AtomicU64,
    sent: AtomicU64,
    heard: Mutex<HashMap<u8, u64>>,
    keys: Mutex<Vec<u8>>,
    changed: Notify,
    press: mpsc::UnboundedSender<u8>,
}

impl Rtp {
    pub async fn new() -> Rtp {
        let (press, pressed) = mpsc::unbounded_channel();
        let inner = Arc::new(Inner {
            socket: UdpSocket::bind("127.0.0.1:0").await.expect("a port"),
            peer: Mutex::new(None),
            sends: AtomicBool::new(true),
            reports: AtomicBool::new(false),
            reported: AtomicBool::new(false),
            voice: AtomicU8::new(SILENCE),
            version: AtomicU64::new(1),
            sent: AtomicU64::new(0),
            heard: Mutex::default(),
            keys: Mutex::default(),
            changed: Notify::new(),
            press,
        });
        tokio::spawn(send(Arc::clone(&inner), pressed));
        tokio::spawn(receive(Arc::clone(&inner)));
        Rtp(inner)
    }

    /// Our session description.
    pub fn description(&self, direction: &str) -> Bytes {
        let port = self.0.socket.local_addr().expect("an address").port();
        let version = self.0.version.fetch_add(1, Ordering::Relaxed);
        let mux = if self.0.reports.load(Ordering::Relaxed) {
            "a=rtcp-mux\r\n"
        } else {
            ""
        };
        self.0.sends.store(
            matches!(direction, "sendrecv" | "sendonly"),
            Ordering::Relaxed,
        );
        Bytes::from(format!(
            "v=0\r\no=- 7 {version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP {PCMA} {EVENTS}\r\na=rtpmap:{EVENTS} telephone-event/8000\r\na={direction}\r\n{mux}"
        ))
    }

    /// Exchanges reports from the next description on: every one of the exchange's is answered at once with one that
    /// tells of three lost packets.
    pub fn reports(&self) {
        self.0.reports.store(true, Ordering::Relaxed);
    }

    /// Learns where to send to from a description of the exchange; the direction in it.
    pub fn learn(&self, sdp: Option<&[u8]>) -> String {
        let session = sdp.and_then(Session::parse);
        let Some((session, media)) = session.as_ref().and_then(|s| Some((s, s.media.first()?)))
        else {
            return String::new();
        };
        if let Some(ip) = session.address_of(media) {
            *self.0.peer.lock().unwrap() = Some(SocketAddr::new(ip, media.port));
        }
        match session.direction_of(media) {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
        .to_owned()
    }

    /// Speaks: every frame is full of this byte.
    pub fn speak(&self, byte: u8) {
        self.0.voice.store(byte, Ordering::Relaxed);
    }

    /// Sends nothing any more.
    pub fn mute(&self) {
        self.0.sends.store(false, Ordering::Relaxed);
    }

    /// Presses keys, one after another, as telephone events (RFC 4733).
    pub fn press(&self, keys: &str) {
        for key in keys.chars() {
            let code = "0123456789*#ABCD".find(key).expect("a key");
            self.0.press.send(code as u8).expect("the phone is on");
        }
    }

    /// Forgets what was heard.
    pub fn forget(&self) {
        self.0.heard.lock().unwrap().clear();
    }

    /// Waits until at least this many frames of this byte were heard.
    pub async fn hears(&self, byte: u8, frames: u64) {
        self.wait(&format!("{frames} frames of {byte:#x}"), || {
            self.0.heard.lock().unwrap().get(&byte).copied() >= Some(frames)
        })
        .await;
    }

    /// What has been heard besides silence: for each byte, in how many frames it was.
    pub fn sounds(&self) -> BTreeMap<u8, u64> {
        let heard = self.0.heard.lock().unwrap();
        let sounds = heard.iter().filter(|(byte, _)| **byte != SILENCE);
        sounds.map(|(byte, frames)| (*byte, *frames)).collect()
    }

    /// Waits until exactly these sounds were heard.
    pub async fn hears_all(&self, sounds: &BTreeMap<u8, u64>) {
        self.wait("all of a sound", || self.sounds() == *sounds)
            .await;
    }

    /// Whether this byte has been heard.
    pub fn has_heard(&self, byte: u8) -> bool {
        self.0.heard.lock().unwrap().contains_key(&byte)
    }

    /// Waits until anything but silence is heard.
    pub async fn hears_something(&self) {
        self.wait("a sound", || {
            let heard = self.0.heard.lock().unwrap();
            heard.keys().any(|byte| *byte != SILENCE)
        })
        .await;
    }

    /// Waits until anything but silence and this byte is heard.
    pub async fn hears_other_than(&self, byte: u8) {
        self.wait("another sound", || {
            let heard = self.0.heard.lock().unwrap();
            heard.keys().any(|it| *it != SILENCE && *it != byte)
        })
        .await;
    }

    /// Waits until a report of the exchange has been answered.
    pub async fn has_reported(&self) {
        self.wait("a report", || self.0.reported.load(Ordering::Relaxed))
            .await;
    }

    /// Packets sent so far.
    pub fn sent(&self) -> u64 {
        self.0.sent.load(Ordering::Relaxed)
    }

    /// Waits until this many packets have been sent in all.
    pub async fn sends(&self, packets: u64) {
        self.wait("packets to be sent", || self.sent() >= packets)
            .await;
    }

    /// Waits for keys pressed by the other side.
    pub async fn hears_keys(&self, keys: &str) {
        let codes: Vec<u8> = keys
            .chars()
            .map(|key| "0123456789*#ABCD".find(key).expect("a key") as u8)
            .collect();
        self.wait(&format!("keys {keys}"), || {
            *self.0.keys.lock().unwrap() == codes
        })
        .await;
    }

    async fn wait(&self, what: &str, done: impl Fn() -> bool) {
        let waiting = async {
            loop {
                let changed = self.0.changed.notified();
                if done() {
                    return;
                }
                changed.await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        if waited.is_err() {
            panic!(
                "waited for {what}; heard {:?}",
                self.0.heard.lock().unwrap()
            );
        }
    }
}

async fn send(inner: Arc<Inner>, mut pressed: mpsc::UnboundedReceiver<u8>) {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let (mut sequence, mut timestamp) = (1_u16, 160_u32);
    let mut event: Option<(u8, u16, u32)> = None;
    let mut pause = 0;
    loop {
        tick.tick().await;
        let Some(peer) = *inner.peer.lock().unwrap() else {
            continue;
        };
        if event.is_none() && pause == 0 {
            event = pressed.try_recv().ok().map(|code| (code, 0, timestamp));
        }
        pause = if event.is_some() {
            0
        } else {
            i32::max(pause - 1, 0)
        };
        let mut packet = vec![0x80];
        let packets = match &mut event {
            Some((code, frames, began)) => {
                *frames += 1;
                let last = *frames >= 5;
                packet.push(EVENTS | if *frames == 1 { 0x80 } else { 0 });
                packet.extend(sequence.to_be_bytes());
                packet.extend(began.to_be_bytes());
                packet.extend(SSRC.to_be_bytes());
                packet.extend([*code, 10 | if last { 0x80 } else { 0 }]);
                packet.extend((*frames * 160).to_be_bytes());
                if last { 3 } else { 1 }
            }
            None => {
                packet.push(PCMA);
                packet.extend(sequence.to_be_bytes());
                packet.extend(timestamp.to_be_bytes());
                packet.extend(SSRC.to_be_bytes());
                packet.extend([inner.voice.load(Ordering::Relaxed); 160]);
                1
            }
        };
        if packets == 3 {
            event = None;
            pause = 3;
        }
        timestamp = timestamp.wrapping_add(160);
        if !inner.sends.load(Ordering::Relaxed) {
            continue;
        }
        for _ in 0..packets {
            packet[2..4].copy_from_slice(&sequence.to_be_bytes());
            sequence = sequence.wrapping_add(1);
            drop(inner.socket.send_to(&packet, peer).await);
            inner.sent.fetch_add(1, Ordering::Relaxed);
            inner.changed.notify_waiters();
        }
    }
}

async fn receive(inner: Arc<Inner>) {
    let mut buffer = [0; 2048];
    let mut last_key = None;
    while let Ok((length, source)) = inner.socket.recv_from(&mut buffer).await {
        let packet = &buffer[..length];
        if let Some(Ok(Packet::Sr(report))) =
            Compound::parse(packet).ok().and_then(|mut all| all.next())
        {
            if inner.reports.load(Ordering::Relaxed) {
                drop(inner.socket.send_to(&answer(&report), source).await);
                inner.reported.store(true, Ordering::Relaxed);
                inner.changed.notify_waiters();
            }
            continue;
        }
        let (Some(kind), Some(payload)) = (packet.get(1), packet.get(12..)) else {
            continue;
        };
        if kind & 0x7f == EVENTS {
            let timestamp = packet[4..8].to_vec();
            if last_key.as_ref() != Some(&timestamp) {
                last_key = Some(timestamp);
                inner.keys.lock().unwrap().extend(payload.first());
            }
        } else if kind & 0x7f == PCMA {
            let distinct: BTreeSet<u8> = payload.iter().copied().collect();
            for byte in distinct {
                *inner.heard.lock().unwrap().entry(byte).or_default() += 1;
            }
        }
        inner.changed.notify_waiters();
    }
}

/// What a phone answers to a report.
fn answer(report: &SenderReport<'_>) -> Vec<u8> {
    let block = ReportBlock::builder(report.ssrc())
        .cumulative_lost(3)
        .last_sender_report_timestamp((report.ntp_timestamp() >> 16) as u32);
    let answer = ReceiverReport::builder(SSRC).add_report_block(block);
    let mut bytes = vec![0; 100];
    let length = answer.write_into(&mut bytes).expect("room");
    bytes.truncate(length);
    bytes
}
