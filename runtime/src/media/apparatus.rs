//! A machine on a leg in a phone's place: it hears the peer and speaks to it, 20 ms at a time.

use tokio::sync::mpsc;

use super::codec::Codec;
use super::event::OpId;
use super::jitter::{Frame, Jitter};
use super::rtp::Header;
use super::{FRAME_SAMPLES, SAMPLE_RATE};

/// Jitter that is evened out, in samples: 100 ms. Modems bear delay better than gaps.
const DELAY: u32 = 5 * FRAME_SAMPLES as u32;
/// For how many frames time stands still for a silent machine while the peer's packets are late: half a second.
const PATIENCE: u32 = 25;
/// What the machine has said is sent from when this much waits: its process may be late by as much.
const LEAD: usize = 8;
/// Frames that may wait on either side: half a second.
pub const APPARATUS_QUEUE: usize = SAMPLE_RATE as usize / FRAME_SAMPLES / 2;

/// A machine that is to be put on a leg, until it is cancelled or hears no more.
#[derive(Debug)]
pub struct ApparatusRequest {
    /// Named by the caller.
    pub op: OpId,
    /// Takes what the peer says, every 20 ms. When it is full, sound is lost; a machine that falls behind holds up nobody.
    pub heard: mpsc::Sender<Frame>,
    /// Gives what the peer is to hear. Silence is sent while it is empty.
    pub said: mpsc::Receiver<Frame>,
}

/// A machine on a leg.
#[derive(Debug)]
pub(crate) struct Apparatus {
    request: ApparatusRequest,
    queue: Jitter,
    /// The machine has its lead.
    speaks: bool,
    /// The last frame that it said was silence.
    silent: bool,
    begun: bool,
    waited: u32,
    lost: u64,
}

impl Apparatus {
    pub(crate) fn new(request: ApparatusRequest) -> Self {
        Self {
            request,
            queue: Jitter::new(DELAY),
            speaks: false,
            silent: true,
            begun: false,
            waited: 0,
            lost: 0,
        }
    }

    pub(crate) fn op(&self) -> OpId {
        self.request.op
    }

    /// Whether the machine has gone.
    pub(crate) fn is_over(&self) -> bool {
        self.request.heard.is_closed()
    }

    /// Takes one audio packet of the peer.
    pub(crate) fn put(&mut self, head: Header, codec: Codec, payload: &[u8]) {
        self.begun = true;
        self.queue.put(head, codec, payload);
    }

    /// Lets the machine hear 20 ms, and says what it has to say to that; silence when it is late.
    pub(crate) fn exchange(&mut self) -> Frame {
        self.listen();
        self.speaks = self.speaks || self.request.said.len() >= LEAD;
        let silence = [0; FRAME_SAMPLES];
        if !self.speaks {
            return silence;
        }
        match self.request.said.try_recv() {
            Ok(frame) => {
                self.silent = frame == silence;
                frame
            }
            Err(_) => {
                if self.silent {
                    self.speaks = false; // it takes its lead anew
                } else {
                    self.lost += 1;
                }
                silence
            }
        }
    }

    /// A gap in what it hears is the end of most faxes. So a machine that listens, and says nothing itself, is not told of
    /// time that passes while packets are late.
    fn listen(&mut self) {
        let late = self.begun && !self.queue.holds();
        if late && self.silent && self.waited < PATIENCE {
            self.waited += 1;
            return;
        }
        if !late {
            self.waited = 0;
        }
        let mut frame = [0; FRAME_SAMPLES];
        self.queue.take(&mut frame);
        if self.request.heard.try_send(frame).is_err() {
            self.lost += 1;
        }
    }
}

impl Drop for Apparatus {
    fn drop(&mut self) {
        if self.lost > 0 {
            let op = self.request.op.0;
            tracing::debug!(op, lost = self.lost, "a machine on a leg was late");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(timestamp: u32) -> Header {
        Header {
            payload_type: 0,
            marker: false,
            sequence: 0,
            timestamp,
            ssrc: 1,
        }
    }

    fn attached(capacity: usize) -> (Apparatus, mpsc::Receiver<Frame>, mpsc::Sender<Frame>) {
        let (heard, ear) = mpsc::channel(capacity);
        let (mouth, said) = mpsc::channel(capacity);
        let apparatus = Apparatus::new(ApparatusRequest {
            op: OpId(1),
            heard,
            said,
        });
        (apparatus, ear, mouth)
    }

    fn speak(apparatus: &mut Apparatus, frame: u32) {
        let loud = [Codec::Pcmu.encode(5_000); FRAME_SAMPLES];
        apparatus.put(head(frame * FRAME_SAMPLES as u32), Codec::Pcmu, &loud);
    }

    /// What has been heard: `#` for sound, `.` for silence.
    fn heard(ear: &mut mpsc::Receiver<Frame>) -> String {
        let sign = |frame: Frame| {
            if frame.iter().all(|it| *it > 4_000) {
                '#'
            } else {
                '.'
            }
        };
        std::iter::from_fn(|| ear.try_recv().ok())
            .map(sign)
            .collect()
    }

    #[test]
    fn machine_is_heard_once_it_has_a_lead() {
        let (mut apparatus, _ear, mouth) = attached(APPARATUS_QUEUE);
        let mut sent = Vec::new();
        for number in 1..=12_i16 {
            sent.push(apparatus.exchange()[0]);
            mouth.try_send([number; FRAME_SAMPLES]).unwrap();
        }
        assert_eq!(sent, [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
    }

    #[test]
    fn late_packets_leave_no_gap_in_what_a_silent_machine_hears() {
        let (mut apparatus, mut ear, _mouth) = attached(100);
        for frame in 0..10 {
            speak(&mut apparatus, frame);
            apparatus.exchange();
        }
        for _ in 0..15 {
            apparatus.exchange();
        }
        for frame in 10..20 {
            speak(&mut apparatus, frame);
            apparatus.exchange();
        }
        assert_eq!(heard(&mut ear), ".....".to_owned() + &"#".repeat(20));
    }

    #[test]
    fn machine_whose_peer_sends_no_more_hears_silence() {
        let (mut apparatus, mut ear, _mouth) = attached(100);
        speak(&mut apparatus, 0);
        for _ in 0..40 {
            apparatus.exchange();
        }
        assert_eq!(heard(&mut ear), ".....#.........");
    }

    #[test]
    fn machine_that_hears_no_more_is_over() {
        let (apparatus, ear, _mouth) = attached(1);
        assert!(!apparatus.is_over());
        drop(ear);
        assert!(apparatus.is_over());
    }

    #[test]
    fn machine_that_has_stopped_holds_up_nobody() {
        let (mut apparatus, _ear, _mouth) = attached(1);
        for _ in 0..100 {
            assert_eq!(apparatus.exchange(), [0; FRAME_SAMPLES]);
        }
        assert_eq!(apparatus.lost, 99);
    }
}
