//! Sending keys, one step every 20 ms.

use std::collections::VecDeque;

use crate::media::event::OpId;
use crate::media::key::Key;

/// Frames of 20 ms a sent key lasts.
const KEY_FRAMES: u8 = 5;
/// Frames of 20 ms between sent keys.
const PAUSE_FRAMES: u8 = 3;
/// Volume of a sent key, in −dBm0 (RFC 4733 §2.3.4).
const VOLUME: u8 = 10;
/// The end of a key is sent this often (RFC 4733 §2.5.1.4).
const END_PACKETS: u8 = 3;

/// Sends keys one after the other, one step every 20 ms.
#[derive(Debug, Default)]
pub(crate) struct KeySender {
    queue: VecDeque<Item>,
    sending: Option<Sending>,
}

#[derive(Debug, Clone, Copy)]
enum Item {
    Key(Option<OpId>, Key),
    Done(OpId),
}

#[derive(Debug, Clone, Copy)]
struct Sending {
    key: Key,
    frame: u8,
}

/// What to do in one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyStep {
    /// Send this key's frame.
    Sound {
        /// The key.
        key: Key,
        /// Frame within the key, from 0.
        frame: u8,
        /// Payload as a telephone event.
        payload: [u8; 4],
    },
    /// Send the end of this key again if it is sent as an event.
    EndAgain {
        /// Payload as a telephone event.
        payload: [u8; 4],
    },
    /// Send nothing: the pause after a key.
    Pause,
    /// An operation is complete; ask for the next step at once.
    Done(OpId),
    /// Nothing is left to send.
    Idle,
}

impl KeySender {
    /// Appends the keys of an operation.
    pub(crate) fn push(&mut self, op: OpId, keys: &[Key]) {
        let items = keys.iter().map(|key| Item::Key(Some(op), *key));
        self.queue.extend(items);
        self.queue.push_back(Item::Done(op));
    }

    /// Appends one key that belongs to no operation. Ignored when very many are
    /// waiting already.
    pub(crate) fn push_key(&mut self, key: Key) {
        if self.queue.len() < 64 {
            self.queue.push_back(Item::Key(None, key));
        }
    }

    /// Drops the keys of an operation that have not begun; its `Done` stays.
    pub(crate) fn cancel(&mut self, op: OpId) {
        self.queue
            .retain(|item| !matches!(item, Item::Key(Some(of), _) if *of == op));
    }

    /// Drops everything and names the operations that were waiting.
    pub(crate) fn close(&mut self) -> Vec<OpId> {
        let operation = |item| match item {
            Item::Done(op) => Some(op),
            Item::Key(..) => None,
        };
        self.queue.drain(..).filter_map(operation).collect()
    }

    /// Whether nothing is being sent or waiting.
    pub(crate) fn is_idle(&self) -> bool {
        self.sending.is_none() && self.queue.is_empty()
    }

    /// The next step.
    pub(crate) fn step(&mut self) -> KeyStep {
        let Some(sending) = &mut self.sending else {
            return match self.queue.pop_front() {
                Some(Item::Key(_, key)) => {
                    self.sending = Some(Sending { key, frame: 0 });
                    self.step()
                }
                Some(Item::Done(op)) => KeyStep::Done(op),
                None => KeyStep::Idle,
            };
        };
        let Sending { key, frame } = *sending;
        sending.frame += 1;
        if frame + 1 == KEY_FRAMES + PAUSE_FRAMES {
            self.sending = None;
        }
        let end = frame + 1 >= KEY_FRAMES;
        let frames = (frame + 1).min(KEY_FRAMES);
        let [d0, d1] = (u16::from(frames) * 160).to_be_bytes();
        let flags = VOLUME | if end { 0x80 } else { 0 };
        let payload = [key.event(), flags, d0, d1];
        if frame < KEY_FRAMES {
            KeyStep::Sound {
                key,
                frame,
                payload,
            }
        } else if frame - KEY_FRAMES < END_PACKETS - 1 {
            KeyStep::EndAgain { payload }
        } else {
            KeyStep::Pause
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(symbol: char) -> Key {
        Key::from_char(symbol).expect("a key")
    }

    #[test]
    fn sent_key_grows_and_ends_three_times() {
        let mut sender = KeySender::default();
        sender.push(OpId(1), &[key('7')]);
        let mut durations = Vec::new();
        let mut ends = 0;
        loop {
            match sender.step() {
                KeyStep::Sound { payload, .. } | KeyStep::EndAgain { payload } => {
                    assert_eq!(payload[0], 7);
                    durations.push(u16::from_be_bytes([payload[2], payload[3]]));
                    ends += u8::from(payload[1] & 0x80 != 0);
                }
                KeyStep::Pause => {}
                KeyStep::Done(op) => assert_eq!(op, OpId(1)),
                KeyStep::Idle => break,
            }
        }
        assert_eq!(durations, [160, 320, 480, 640, 800, 800, 800]);
        assert_eq!(ends, 3);
        assert!(sender.is_idle());
    }

    #[test]
    fn cancelled_keys_are_not_sent_but_the_operation_ends() {
        let mut sender = KeySender::default();
        sender.push(OpId(1), &[key('1'), key('2')]);
        sender.push(OpId(2), &[key('3')]);
        sender.cancel(OpId(1));
        assert_eq!(sender.step(), KeyStep::Done(OpId(1)));
        assert!(matches!(sender.step(), KeyStep::Sound { key: k, .. } if k == key('3')));
        assert_eq!(sender.close(), [OpId(2)]);
    }
}
