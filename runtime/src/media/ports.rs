//! Handing out RTP ports.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use socket2::{Domain, Protocol, Socket, Type};

use super::error::MediaError;
use super::plane::PortRange;

/// How many free ports are tried for one whose successor is free as well.
const PAIR_TRIES: usize = 8;
/// Type-of-service byte of voice: expedited forwarding (RFC 3246, RFC 4594 §4.1).
const EXPEDITED_FORWARDING: u32 = 46 << 2;

/// The even ports of the configured range that are not in use. A port goes to
/// the back when given back, so that stray packets of an ended call do not
/// reach the next one.
#[derive(Debug)]
pub(crate) struct PortPool {
    bind: IpAddr,
    range: PortRange,
    free: Mutex<VecDeque<u16>>,
}

/// A bound RTP socket and its companion for RTCP. The port returns to its pool
/// when this is dropped.
#[derive(Debug)]
pub(crate) struct RtpSocket {
    pub(crate) socket: UdpSocket,
    pub(crate) local: SocketAddr,
    /// For the peer's reports; the kernel throws away what exceeds its small buffer. `None` when the port beside was
    /// taken.
    pub(crate) rtcp: Option<UdpSocket>,
    _lease: Option<Lease>,
}

#[derive(Debug)]
struct Lease {
    pool: Arc<PortPool>,
    port: u16,
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.pool.lock().push_back(self.port);
    }
}

impl RtpSocket {
    /// Sends to an address of either family.
    pub(crate) fn send_to(&self, packet: &[u8], to: SocketAddr) -> io::Result<usize> {
        self.send_from(&self.socket, packet, to)
    }

    /// Sends a report from the port beside. Nothing is sent without one.
    pub(crate) fn send_report_to(&self, packet: &[u8], to: SocketAddr) -> io::Result<usize> {
        match &self.rtcp {
            Some(socket) => self.send_from(socket, packet, to),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// A socket bound to `::` reaches IPv4 as a mapped address.
    fn send_from(&self, socket: &UdpSocket, packet: &[u8], to: SocketAddr) -> io::Result<usize> {
        match (self.local, to) {
            (SocketAddr::V6(_), SocketAddr::V4(v4)) => {
                let mapped = v4.ip().to_ipv6_mapped();
                socket.send_to(packet, (mapped, v4.port()))
            }
            _ => socket.send_to(packet, to),
        }
    }
}

impl PortPool {
    pub(crate) fn new(bind: IpAddr, range: PortRange) -> Arc<Self> {
        let mut free: VecDeque<u16> = if range.is_ephemeral() {
            VecDeque::new()
        } else {
            let even = |port: &u16| port.is_multiple_of(2);
            (range.first..=range.last).filter(even).collect()
        };
        // Ports should not be guessable, and two processes with one range
        // should not race for the same ones (RFC 6056 §3.3).
        if !free.is_empty() {
            let start = rand::random_range(0..free.len());
            free.rotate_left(start);
        }
        Arc::new(Self {
            bind,
            range,
            free: Mutex::new(free),
        })
    }

    /// Binds the next free port, preferring one whose successor can be bound
    /// for RTCP (RFC 3550 §11).
    pub(crate) fn bind(self: &Arc<Self>) -> Result<RtpSocket, MediaError> {
        // Kept until the end so that a port without a pair is not tried twice.
        let mut unpaired = Vec::new();
        let mut taken = Vec::new();
        while unpaired.len() < PAIR_TRIES {
            let lease = if self.range.is_ephemeral() {
                None
            } else {
                let Some(port) = self.lock().pop_front() else {
                    break;
                };
                let pool = self.clone();
                Some(Lease { pool, port })
            };
            match self.open(lease) {
                Ok(socket) if socket.rtcp.is_some() => return Ok(socket),
                Ok(socket) => unpaired.push(socket),
                Err((error, lease)) if error.kind() == io::ErrorKind::AddrInUse => {
                    taken.push(lease);
                }
                Err((error, _)) => return Err(MediaError::Bind(error)),
            }
        }
        unpaired.pop().ok_or(MediaError::NoPort {
            first: self.range.first,
            last: self.range.last,
        })
    }

    fn open(&self, lease: Option<Lease>) -> Result<RtpSocket, (io::Error, Option<Lease>)> {
        let port = lease.as_ref().map_or(0, |lease| lease.port);
        let opened = udp(self.bind, port, None)
            .and_then(|socket| socket.local_addr().map(|local| (socket, local)));
        let (socket, local) = match opened {
            Ok(opened) => opened,
            Err(error) => return Err((error, lease)),
        };
        let successor = local.port().checked_add(1);
        let rtcp = successor
            .filter(|next| next % 2 == 1)
            .and_then(|next| udp(self.bind, next, Some(4096)).ok());
        Ok(RtpSocket {
            socket,
            local,
            rtcp,
            _lease: lease,
        })
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<u16>> {
        // The list is valid after every single operation on it.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn udp(bind: IpAddr, port: u16, receive_buffer: Option<usize>) -> io::Result<UdpSocket> {
    let address = SocketAddr::new(bind, port);
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    socket.set_nonblocking(true)?;
    if let Some(bytes) = receive_buffer {
        socket.set_recv_buffer_size(bytes)?;
    }
    // Marking is a courtesy to the network; a kernel that refuses it is fine.
    let _ = if bind.is_ipv4() {
        socket.set_tos_v4(EXPEDITED_FORWARDING)
    } else {
        socket.set_tclass_v6(EXPEDITED_FORWARDING)
    };
    socket.bind(&address.into())?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    /// A range of `pairs` port pairs that was free a moment ago.
    fn free_range(pairs: u16) -> PortRange {
        let probe = UdpSocket::bind((LOOPBACK, 0)).expect("a free port");
        let port = probe.local_addr().expect("bound").port() & !1;
        let first = port.min(u16::MAX - 2 * pairs);
        PortRange {
            first,
            last: first + 2 * pairs - 1,
        }
    }

    #[test]
    fn ports_are_even_within_the_range_and_come_back() {
        let range = free_range(4);
        let pool = PortPool::new(LOOPBACK, range);
        let mut bound = Vec::new();
        while let Ok(socket) = pool.bind() {
            let port = socket.local.port();
            assert!(port.is_multiple_of(2) && (range.first..=range.last).contains(&port));
            bound.push(socket);
        }
        let most = bound.len();
        assert!(matches!(pool.bind(), Err(MediaError::NoPort { .. })));
        bound.clear();
        let again: Vec<_> = std::iter::from_fn(|| pool.bind().ok()).collect();
        assert!(again.len() >= most);
    }

    #[test]
    fn range_without_an_even_port_is_reported_as_exhausted() {
        let pool = PortPool::new(
            LOOPBACK,
            PortRange {
                first: 40_001,
                last: 40_001,
            },
        );
        let error = pool.bind().expect_err("nothing to bind");
        assert!(error.to_string().contains("PATCHCORD_RTP_PORTS"));
    }

    #[test]
    fn ephemeral_ports_are_distinct() {
        let pool = PortPool::new(LOOPBACK, PortRange { first: 0, last: 0 });
        let first = pool.bind().expect("bound");
        let second = pool.bind().expect("bound");
        assert_ne!(first.local, second.local);
    }
}
