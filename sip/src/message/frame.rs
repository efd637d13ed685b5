//! Cutting messages out of a byte stream (RFC 3261 §18.3).

use super::{MAX_MESSAGE_BYTES, head_length};
use crate::header::Name;
use bytes::{Bytes, BytesMut};

/// Cuts the bytes of one TCP or TLS connection into messages.
///
/// ```
/// let mut framer = sip::message::Framer::default();
/// framer.push(b"\r\n\r\nOPTIONS sip:x@y SIP/2.0\r\nContent-Length: 2\r\n\r\nhi");
/// assert_eq!(&framer.next().unwrap().unwrap()[..], b"\r\n\r\n"); // a keep-alive
/// assert!(framer.next().unwrap().unwrap().ends_with(b"\r\n\r\nhi"));
/// assert_eq!(framer.next(), Ok(None));
/// ```
#[derive(Default, Debug)]
pub struct Framer {
    buffer: BytesMut,
    broken: Option<FrameError>,
}

/// Why a stream cannot be cut any further; close the connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FrameError {
    /// A message is longer than [`MAX_MESSAGE_BYTES`].
    TooLong,
    /// A message had no usable `Content-Length`, so its end is unknown.
    Length,
}

impl std::fmt::Display for FrameError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            FrameError::TooLong => "a message on the stream is longer than 64 KiB",
            FrameError::Length => "a message on the stream has no usable Content-Length",
        })
    }
}

impl std::error::Error for FrameError {}

impl Framer {
    /// Takes what was read from the connection.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.broken.is_none() {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next message or keep-alive (`\r\n\r\n`, RFC 5626 §4.4.1), to be given to
    /// [`Core::input`](crate::Core::input). `None` when more bytes are needed.
    ///
    /// A message without usable `Content-Length` is still handed out, head only, for the core to
    /// answer 400; after it comes the error.
    ///
    /// # Errors
    /// When the stream cannot be cut any further.
    #[allow(clippy::should_implement_trait)] // an error ends it, an empty buffer does not
    pub fn next(&mut self) -> Result<Option<Bytes>, FrameError> {
        if let Some(broken) = self.broken {
            return Err(broken);
        }
        if self.buffer.starts_with(b"\r\n\r\n") {
            return Ok(Some(self.buffer.split_to(4).freeze()));
        }
        // A single CRLF is a pong or leads a message; "\r" or "\r\n" may become a ping.
        match self.buffer.as_ref() {
            [] | [b'\r'] | [b'\r', b'\n'] | [b'\r', b'\n', b'\r'] => return Ok(None),
            [b'\r', b'\n', ..] => drop(self.buffer.split_to(2)),
            _ => {}
        }
        let Some(head) = head_length(&self.buffer) else {
            return self.wait_unless_longer(self.buffer.len());
        };
        let Some(body) = content_length(self.buffer.get(..head).unwrap_or(&[])) else {
            self.broken = Some(FrameError::Length);
            return Ok(Some(self.buffer.split_to(head).freeze()));
        };
        let total = head.saturating_add(body);
        if self.buffer.len() < total || total > MAX_MESSAGE_BYTES {
            return self.wait_unless_longer(total);
        }
        Ok(Some(self.buffer.split_to(total).freeze()))
    }

    fn wait_unless_longer(&mut self, length: usize) -> Result<Option<Bytes>, FrameError> {
        if length <= MAX_MESSAGE_BYTES {
            return Ok(None);
        }
        self.buffer.clear();
        self.broken = Some(FrameError::TooLong);
        Err(FrameError::TooLong)
    }
}

fn content_length(head: &[u8]) -> Option<usize> {
    String::from_utf8_lossy(head).lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (Name::from_text(name.trim()) == Name::ContentLength)
            .then(|| value.trim().parse().ok())
            .flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &[u8] = b"OPTIONS sip:x@y SIP/2.0\r\nl: 4\r\n\r\nbody";

    #[test]
    fn messages_come_out_whole_however_the_stream_is_cut() {
        for size in 1..=MESSAGE.len() {
            let mut framer = Framer::default();
            let mut seen = 0;
            for chunk in MESSAGE.repeat(3).chunks(size) {
                framer.push(chunk);
                while let Some(message) = framer.next().unwrap() {
                    assert_eq!(&message[..], MESSAGE);
                    seen += 1;
                }
            }
            assert_eq!(seen, 3);
        }
    }

    #[test]
    fn a_message_without_length_is_handed_out_and_ends_the_stream() {
        let mut framer = Framer::default();
        framer.push(b"OPTIONS sip:x@y SIP/2.0\r\nTo: <sip:x@y>\r\n\r\nbody");
        assert!(framer.next().unwrap().is_some());
        assert_eq!(framer.next(), Err(FrameError::Length));
    }

    #[test]
    fn an_endless_head_is_refused() {
        let mut framer = Framer::default();
        framer.push(&vec![b'a'; MAX_MESSAGE_BYTES + 1]);
        assert_eq!(framer.next(), Err(FrameError::TooLong));
        framer.push(&[b'a'; 10]);
        assert_eq!(framer.next(), Err(FrameError::TooLong));
    }
}
