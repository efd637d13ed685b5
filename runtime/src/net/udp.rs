//! UDP in batches: one system call for up to 64 datagrams (recvmmsg, sendmmsg).

use bytes::Bytes;
use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg,
    sendmmsg, setsockopt, sockopt,
};
use sip::{Flow, FlowId, Transport};
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsRawFd;
use std::task::{Context, Poll};
use tokio::io::Interest;

/// Datagrams in one system call.
const BATCH: usize = 64;
/// Largest datagram accepted; a longer one is cut by the system and then refused as incomplete.
const DATAGRAM: usize = 65_535;
/// What the system may keep for us: some 2,000 messages, so that a burst is not lost.
const BUFFER: usize = 4 << 20;

/// One UDP port.
pub(crate) struct UdpPort {
    id: FlowId,
    socket: tokio::net::UdpSocket,
    local: SocketAddr,
}

/// Room for one batch; shared by the ports of a thread.
pub(crate) struct Batch(Vec<Box<[u8]>>);

impl Batch {
    pub(crate) fn new() -> Self {
        Self((0..BATCH).map(|_| vec![0; DATAGRAM].into()).collect())
    }
}

/// A datagram to be sent.
pub(crate) struct Datagram {
    /// Our address; used when the port listens on all of them.
    pub(crate) from: IpAddr,
    /// Where to.
    pub(crate) to: SocketAddr,
    /// What.
    pub(crate) bytes: Bytes,
}

impl UdpPort {
    /// Opens a port; it becomes usable inside a runtime.
    pub(crate) fn bind(address: SocketAddr) -> io::Result<std::net::UdpSocket> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::DGRAM,
            Some(Protocol::UDP),
        )?;
        socket.set_nonblocking(true)?;
        // The system may give less; it is a wish.
        let _less = socket.set_recv_buffer_size(BUFFER);
        let _less = socket.set_send_buffer_size(BUFFER);
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        if address.ip().is_unspecified() {
            // Tells which of our addresses a datagram came to.
            if address.is_ipv4() {
                setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)?;
            } else {
                setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?;
            }
        }
        socket.bind(&address.into())?;
        Ok(socket.into())
    }

    pub(crate) fn new(id: FlowId, socket: std::net::UdpSocket) -> io::Result<Self> {
        let local = socket.local_addr()?;
        Ok(Self {
            id,
            socket: tokio::net::UdpSocket::from_std(socket)?,
            local,
        })
    }

    pub(crate) fn id(&self) -> FlowId {
        self.id
    }

    pub(crate) fn local(&self) -> SocketAddr {
        self.local
    }

    pub(crate) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_recv_ready(cx)
    }

    /// Takes what has arrived, one batch at most. The number taken.
    pub(crate) fn receive(&self, batch: &mut Batch, mut each: impl FnMut(Flow, Bytes)) -> usize {
        let result = self.socket.try_io(Interest::READABLE, || {
            let mut slices: Vec<[IoSliceMut<'_>; 1]> = batch
                .0
                .iter_mut()
                .map(|buffer| [IoSliceMut::new(buffer)])
                .collect();
            // New for each batch: the system overwrites the lengths in it.
            let space = nix::cmsg_space!(libc::in6_pktinfo);
            let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(BATCH, Some(space));
            let received = recvmmsg(
                self.socket.as_raw_fd(),
                &mut headers,
                slices.iter_mut(),
                MsgFlags::MSG_DONTWAIT,
                None,
            )?;
            let mut count = 0;
            for message in received {
                count += 1;
                let Some(peer) = message.address.as_ref().and_then(address) else {
                    continue;
                };
                let ip = message
                    .cmsgs()
                    .ok()
                    .and_then(|mut cmsgs| cmsgs.find_map(|cmsg| destination(&cmsg)))
                    .unwrap_or(self.local.ip());
                let Some(bytes) = message.iovs().next() else {
                    continue;
                };
                let flow = Flow {
                    id: self.id,
                    transport: Transport::Udp,
                    local: SocketAddr::new(ip, self.local.port()),
                    peer,
                };
                each(flow, Bytes::copy_from_slice(bytes));
            }
            Ok(count)
        });
        match result {
            Ok(count) => count,
            Err(error) => {
                // An ICMP answer to an earlier datagram is nobody's business here.
                if error.kind() != io::ErrorKind::WouldBlock {
                    tracing::debug!(%error, local = %self.local, "receiving by UDP failed");
                }
                0
            }
        }
    }

    /// Sends datagrams. What the system does not take is lost, as on any network; SIP repeats it.
    pub(crate) fn send(&self, datagrams: &[Datagram]) {
        let mut rest = datagrams;
        while let Some(first) = rest.first() {
            // A batch shares its source address.
            let same = rest
                .iter()
                .take(BATCH)
                .take_while(|datagram| datagram.from == first.from)
                .count();
            let (batch, later) = rest.split_at(same);
            rest = later;
            self.send_batch(batch, first.from);
        }
    }

    fn send_batch(&self, mut batch: &[Datagram], from: IpAddr) {
        let source = self.local.ip().is_unspecified().then_some(from);
        while !batch.is_empty() {
            let sent = self
                .socket
                .try_io(Interest::WRITABLE, || self.send_once(batch, source));
            let done = match sent {
                Ok(count) => count.max(1),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    tracing::warn!(local = %self.local, lost = batch.len(), "the UDP send buffer is full");
                    return;
                }
                Err(error) => {
                    let to = batch.first().map(|datagram| datagram.to);
                    tracing::debug!(%error, ?to, "sending by UDP failed");
                    1
                }
            };
            batch = batch.get(done..).unwrap_or(&[]);
        }
    }

    fn send_once(&self, batch: &[Datagram], source: Option<IpAddr>) -> io::Result<usize> {
        let slices: Vec<[IoSlice<'_>; 1]> = batch
            .iter()
            .map(|datagram| [IoSlice::new(&datagram.bytes)])
            .collect();
        let to: Vec<Option<SockaddrStorage>> = batch
            .iter()
            .map(|datagram| Some(datagram.to.into()))
            .collect();
        let v4 = match source {
            Some(IpAddr::V4(ip)) => Some(libc::in_pktinfo {
                ipi_ifindex: 0,
                ipi_spec_dst: libc::in_addr {
                    s_addr: u32::from_ne_bytes(ip.octets()),
                },
                ipi_addr: libc::in_addr { s_addr: 0 },
            }),
            _ => None,
        };
        let v6 = match source {
            Some(IpAddr::V6(ip)) => Some(libc::in6_pktinfo {
                ipi6_addr: libc::in6_addr {
                    s6_addr: ip.octets(),
                },
                ipi6_ifindex: 0,
            }),
            _ => None,
        };
        let cmsgs: Vec<ControlMessage<'_>> = v4
            .iter()
            .map(ControlMessage::Ipv4PacketInfo)
            .chain(v6.iter().map(ControlMessage::Ipv6PacketInfo))
            .collect();
        // The space must fit the message exactly: the whole of it is sent.
        let space = match source {
            Some(IpAddr::V4(_)) => Some(nix::cmsg_space!(libc::in_pktinfo)),
            Some(IpAddr::V6(_)) => Some(nix::cmsg_space!(libc::in6_pktinfo)),
            None => None,
        };
        let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(batch.len(), space);
        let sent = sendmmsg(
            self.socket.as_raw_fd(),
            &mut headers,
            &slices,
            &to,
            &cmsgs,
            MsgFlags::MSG_DONTWAIT,
        );
        match sent {
            Ok(results) => Ok(results.count()),
            Err(Errno::EAGAIN | Errno::ENOBUFS) => Err(io::ErrorKind::WouldBlock.into()),
            Err(error) => Err(error.into()),
        }
    }
}

fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    if let Some(v4) = storage.as_sockaddr_in() {
        return Some(SocketAddr::V4((*v4).into()));
    }
    storage
        .as_sockaddr_in6()
        .map(|v6| SocketAddr::V6((*v6).into()))
}

fn destination(cmsg: &ControlMessageOwned) -> Option<IpAddr> {
    match cmsg {
        ControlMessageOwned::Ipv4PacketInfo(info) => {
            Some(IpAddr::from(info.ipi_addr.s_addr.to_ne_bytes()))
        }
        ControlMessageOwned::Ipv6PacketInfo(info) => Some(IpAddr::from(info.ipi6_addr.s6_addr)),
        _ => None,
    }
}
