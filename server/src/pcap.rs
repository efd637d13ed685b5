//! SIP messages as a file that Wireshark, sngrep and their like open.
//!
//! Every message is written as one UDP packet between the addresses it went between, whatever carried it: that is how
//! these programs take messages that were encrypted or came in a stream. What hides secrets changes the length of a
//! message and not its `Content-Length`.

use etherparse::{PacketBuilder, PacketBuilderStep};
use pcap_file::pcap::{PcapHeader, PcapPacket, PcapWriter};
use pcap_file::{DataLink, PcapError};
use runtime::SipMessage;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Hops that a packet is said to have left.
const TTL: u8 = 64;

/// The file. IP packets without a frame around them (LINKTYPE_RAW), microseconds.
///
/// # Errors
/// When a message is longer than a packet may be.
pub(crate) fn file(messages: &[SipMessage]) -> Result<Vec<u8>, PcapError> {
    let header = PcapHeader {
        datalink: DataLink::RAW,
        ..PcapHeader::default()
    };
    let mut writer = PcapWriter::with_header(Vec::new(), header)?;
    for message in messages {
        let packet = packet(message).map_err(PcapError::IoError)?;
        let length = u32::try_from(packet.len()).unwrap_or(u32::MAX);
        let since = message.at.as_microsecond();
        let at = Duration::from_micros(u64::try_from(since).unwrap_or_default());
        writer.write_packet(&PcapPacket::new_owned(at, length, packet))?;
    }
    Ok(writer.into_writer())
}

fn packet(message: &SipMessage) -> std::io::Result<Vec<u8>> {
    let (from, to) = match message.sent {
        true => (message.local, message.peer),
        false => (message.peer, message.local),
    };
    let text = message.text.as_bytes();
    let mut packet = Vec::with_capacity(text.len() + 48);
    ip(from, to)
        .udp(from.port(), to.port())
        .write(&mut packet, text)
        .map_err(std::io::Error::other)?;
    Ok(packet)
}

fn ip(from: SocketAddr, to: SocketAddr) -> PacketBuilderStep<etherparse::IpHeaders> {
    match (from.ip(), to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => PacketBuilder::ipv4(from.octets(), to.octets(), TTL),
        (from, to) => PacketBuilder::ipv6(six(from), six(to), TTL),
    }
}

fn six(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(four) => four.to_ipv6_mapped().octets(),
        IpAddr::V6(six) => six.octets(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use etherparse::{NetSlice, SlicedPacket, TransportSlice};
    use pcap_file::pcap::PcapReader;

    fn message(sent: bool, local: &str, peer: &str) -> SipMessage {
        SipMessage {
            at: "2026-11-27T10:00:00.25Z".parse().unwrap(),
            sent,
            transport: "TLS".into(),
            local: local.parse().unwrap(),
            peer: peer.parse().unwrap(),
            times: 1,
            what: "BYE".to_owned(),
            code: None,
            user: None,
            bytes: 21,
            text: "BYE sip:a SIP/2.0\r\n\r\n".to_owned(),
        }
    }

    #[test]
    fn messages_are_packets_between_the_addresses_they_went_between() {
        let written = file(&[
            message(true, "192.0.2.1:5060", "198.51.100.7:40000"),
            message(false, "[2001:db8::1]:5061", "[2001:db8::7]:40001"),
        ])
        .unwrap();
        let mut reader = PcapReader::new(written.as_slice()).unwrap();
        let mut seen = Vec::new();
        while let Some(packet) = reader.next_packet() {
            let packet = packet.unwrap();
            let sliced = SlicedPacket::from_ip(&packet.data).unwrap();
            let from = match sliced.net {
                Some(NetSlice::Ipv4(ip)) => ip.header().source_addr().to_string(),
                Some(NetSlice::Ipv6(ip)) => ip.header().source_addr().to_string(),
                _ => panic!("no IP packet"),
            };
            let Some(TransportSlice::Udp(udp)) = sliced.transport else {
                panic!("no UDP packet");
            };
            assert_eq!(udp.payload(), b"BYE sip:a SIP/2.0\r\n\r\n");
            seen.push((packet.timestamp.subsec_millis(), from, udp.source_port()));
        }
        let expected = [
            (250, "192.0.2.1".to_owned(), 5060),
            (250, "2001:db8::7".to_owned(), 40_001),
        ];
        assert_eq!(seen, expected);
    }
}
