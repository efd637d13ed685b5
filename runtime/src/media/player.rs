//! A playback in progress.

use super::FRAME_SAMPLES;
use super::codec::Codec;
use super::event::OpId;
use super::key::{Key, KeySet};
use super::request::{Loops, PlayRequest, PlaySource};

/// Milliseconds in one frame.
const FRAME_MS: u32 = 20;

/// Walks through a play list frame by frame.
#[derive(Debug)]
pub(crate) struct Player {
    op: OpId,
    sources: Vec<PlaySource>,
    stop_keys: KeySet,
    /// Rounds still to come after the current one, `None` without end.
    rounds_left: Option<u32>,
    source: usize,
    frame: usize,
    /// Whether the current round has produced anything; a list without content
    /// must not be repeated for ever.
    heard: bool,
}

impl Player {
    pub(crate) fn new(request: PlayRequest) -> Self {
        Self {
            op: request.op,
            sources: request.sources,
            stop_keys: request.stop_keys,
            rounds_left: match request.loops {
                Loops::Times(times) => Some(times.saturating_sub(1)),
                Loops::Endless => None,
            },
            source: 0,
            frame: 0,
            heard: false,
        }
    }

    pub(crate) fn op(&self) -> OpId {
        self.op
    }

    /// Whether `key` ends the playback.
    pub(crate) fn stops_on(&self, key: Key) -> bool {
        self.stop_keys.contains(key)
    }

    /// Writes the next frame into `out`, which holds at least one frame. False
    /// when everything has been played.
    pub(crate) fn next_frame(&mut self, codec: Codec, out: &mut [u8]) -> bool {
        loop {
            let Some(source) = self.sources.get(self.source) else {
                if !self.begin_next_round() {
                    return false;
                }
                continue;
            };
            let written = write_frame(source, self.frame, codec, &mut out[..FRAME_SAMPLES]);
            if written {
                self.frame += 1;
                self.heard = true;
                return true;
            }
            self.source += 1;
            self.frame = 0;
        }
    }

    fn begin_next_round(&mut self) -> bool {
        if !self.heard {
            return false;
        }
        if let Some(left) = &mut self.rounds_left {
            if *left == 0 {
                return false;
            }
            *left -= 1;
        }
        self.source = 0;
        self.frame = 0;
        self.heard = false;
        true
    }
}

/// Writes frame `index` of a source; false past its end.
fn write_frame(source: &PlaySource, index: usize, codec: Codec, out: &mut [u8]) -> bool {
    let frame = match source {
        PlaySource::Audio(audio) => audio.frame(codec, index),
        PlaySource::Repeated(audio, loops) => {
            let length = audio.frames().max(1);
            let over = match loops {
                Loops::Times(times) => index / length >= (*times).max(1) as usize,
                Loops::Endless => false,
            };
            if over {
                None
            } else {
                audio.frame(codec, index % length)
            }
        }
        PlaySource::Silence(ms) => {
            out.fill(codec.encode(0));
            return index < ms.div_ceil(FRAME_MS) as usize;
        }
    };
    let Some(frame) = frame else {
        return false;
    };
    out.copy_from_slice(frame);
    true
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::media::PreparedAudio;

    fn audio(samples: usize) -> PlaySource {
        PlaySource::Audio(Arc::new(PreparedAudio::from_samples(&vec![1000; samples])))
    }

    fn frames(request: PlayRequest, most: usize) -> usize {
        let mut player = Player::new(request);
        let mut out = [0; FRAME_SAMPLES];
        (0..most)
            .take_while(|_| player.next_frame(Codec::Pcma, &mut out))
            .count()
    }

    #[test]
    fn list_is_played_in_order_and_repeated() {
        let list = || PlayRequest::new(OpId(1), [audio(320), PlaySource::Silence(50), audio(160)]);
        assert_eq!(frames(list(), 100), 2 + 3 + 1);
        assert_eq!(frames(list().with_loops(Loops::Times(3)), 100), 18);
        assert_eq!(frames(list().with_loops(Loops::Times(0)), 100), 6);
        assert_eq!(frames(list().with_loops(Loops::Endless), 100), 100);
    }

    #[test]
    fn one_source_is_repeated_within_the_list() {
        let two = Arc::new(PreparedAudio::from_samples(&[1000; 320]));
        let list = |loops| {
            let repeated = PlaySource::Repeated(two.clone(), loops);
            PlayRequest::new(OpId(1), [audio(160), repeated, audio(160)])
        };
        assert_eq!(frames(list(Loops::Times(3)), 100), 8);
        assert_eq!(frames(list(Loops::Times(0)), 100), 4);
        assert_eq!(frames(list(Loops::Endless), 100), 100);
        let nothing = Arc::new(PreparedAudio::from_samples(&[]));
        let nothing = PlaySource::Repeated(nothing, Loops::Endless);
        assert_eq!(frames(PlayRequest::new(OpId(1), [nothing]), 100), 0);
    }

    #[test]
    fn endless_loop_of_nothing_ends() {
        let empty = PlayRequest::new(OpId(1), [audio(0), PlaySource::Silence(0)]);
        assert_eq!(frames(empty.with_loops(Loops::Endless), 100), 0);
        let none = PlayRequest::new(OpId(1), []);
        assert_eq!(frames(none.with_loops(Loops::Endless), 100), 0);
    }
}
