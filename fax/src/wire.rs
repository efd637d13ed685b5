//! What the process of a call and a fax worker say to each other, on the worker's standard input and output.
//!
//! A message is a letter, a length of two bytes (little end first) and as many bytes. The call says `A` (20 ms of
//! sound, linear samples) and gets one `A` for each; the worker's last word is `E`, how it went. When the call closes
//! its side the line is gone.

use crate::{FRAME_SAMPLES, Frame, Outcome};
use std::io::{self, Read, Write};

/// Bytes of a message before its content.
pub const HEAD: usize = 3;
/// Bytes of 20 ms of sound.
pub const FRAME_BYTES: usize = FRAME_SAMPLES * 2;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// 20 ms of sound.
    Audio(Box<Frame>),
    /// It is over.
    Ended(Outcome),
}

impl Message {
    /// As it is written.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (letter, content) = match self {
            Self::Audio(frame) => (b'A', frame.iter().flat_map(|s| s.to_le_bytes()).collect()),
            Self::Ended(outcome) => (b'E', serde_json::to_vec(outcome).unwrap_or_default()),
        };
        let length = u16::try_from(content.len()).unwrap_or(u16::MAX);
        let mut bytes = vec![letter];
        bytes.extend(length.to_le_bytes());
        bytes.extend(content.iter().take(usize::from(length)));
        bytes
    }

    /// How many bytes of content follow this head.
    #[must_use]
    pub fn content_length(head: [u8; HEAD]) -> usize {
        usize::from(u16::from_le_bytes([head[1], head[2]]))
    }

    /// The message with this head; `None` when it is none.
    #[must_use]
    pub fn parse(head: [u8; HEAD], content: &[u8]) -> Option<Self> {
        match head[0] {
            b'A' if content.len() == FRAME_BYTES => {
                let mut frame = [0; FRAME_SAMPLES];
                for (sample, bytes) in frame.iter_mut().zip(content.as_chunks::<2>().0) {
                    *sample = i16::from_le_bytes(*bytes);
                }
                Some(Self::Audio(Box::new(frame)))
            }
            b'E' => serde_json::from_slice(content).ok().map(Self::Ended),
            _ => None,
        }
    }

    /// Writes it at once.
    ///
    /// # Errors
    /// When the other side is gone.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.to_bytes())?;
        out.flush()
    }

    /// Reads the next; `None` when the other side has closed.
    ///
    /// # Errors
    /// When what comes is no message.
    pub fn read(from: &mut impl Read) -> io::Result<Option<Self>> {
        let mut head = [0; HEAD];
        match from.read_exact(&mut head) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let mut content = vec![0; Self::content_length(head)];
        from.read_exact(&mut content)?;
        let message = Self::parse(head, &content);
        message
            .map(Some)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no message of a fax"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome() -> Outcome {
        Outcome {
            pages: 2,
            station_id: "+44 161 496 0100".to_owned(),
            bit_rate: 14_400,
            corrected: true,
            error: None,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let mut frame = [0; FRAME_SAMPLES];
        frame[0] = i16::MIN;
        frame[159] = 77;
        let messages = [Message::Audio(Box::new(frame)), Message::Ended(outcome())];
        let mut bytes = Vec::new();
        for message in &messages {
            message.write(&mut bytes).unwrap();
        }
        let mut from = bytes.as_slice();
        for message in messages {
            assert_eq!(Message::read(&mut from).unwrap(), Some(message));
        }
        assert_eq!(Message::read(&mut from).unwrap(), None);
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for bytes in [
            &b"A\x02\x00ab"[..],
            b"E\x02\x00ab",
            b"?\x00\x00",
            b"A\x40\x01ab",
        ] {
            assert!(Message::read(&mut &*bytes).is_err(), "{bytes:?}");
        }
    }
}
