//! The way of a test phone's messages.

use bytes::Bytes;
use sip::message::Framer;
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio_rustls::client::TlsStream;

/// Where the messages of a phone come and go.
pub enum Link {
    Udp(UdpSocket),
    /// Nobody has connected yet.
    Listening(TcpListener),
    Tcp(TcpStream, Framer),
    Tls(Box<TlsStream<TcpStream>>, Framer),
}

impl Link {
    pub async fn receive(&mut self) -> Option<Bytes> {
        let mut buffer = vec![0; 65_535];
        if let Link::Listening(listener) = self {
            let (stream, _) = listener.accept().await.ok()?;
            *self = Link::Tcp(stream, Framer::default());
        }
        match self {
            Link::Listening(_) => None,
            Link::Udp(socket) => {
                let length = socket.recv(&mut buffer).await.ok()?;
                Some(Bytes::copy_from_slice(&buffer[..length]))
            }
            Link::Tcp(stream, framer) => message(stream, framer).await,
            Link::Tls(stream, framer) => message(stream, framer).await,
        }
    }

    pub async fn send(&mut self, to: SocketAddr, bytes: &[u8]) {
        match self {
            Link::Udp(socket) => drop(socket.send_to(bytes, to).await),
            Link::Tcp(stream, _) => drop(stream.write_all(bytes).await),
            Link::Tls(stream, _) => drop(stream.write_all(bytes).await),
            Link::Listening(_) => panic!("nobody has connected"),
        }
    }
}

/// The next message of a stream; none at its end.
async fn message(stream: &mut (impl AsyncRead + Unpin), framer: &mut Framer) -> Option<Bytes> {
    let mut buffer = [0; 16_384];
    loop {
        if let Some(message) = framer.next().expect("a stream of messages") {
            return Some(message);
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(length) => framer.push(&buffer[..length]),
        }
    }
}
