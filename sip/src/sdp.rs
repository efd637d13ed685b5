//! Session descriptions (RFC 8866), as far as audio needs them, read tolerantly.

mod crypto;
mod negotiate;

pub use crypto::{Encryption, Keys, MasterKey, Suite};
pub use negotiate::{Agreed, Codec, Local, NegotiationError, accept, answer, offer};

use std::fmt;
use std::net::IpAddr;

/// Lines read at most.
const MAX_LINES: usize = 512;

/// A session description.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// User name of the origin, `-` as a rule.
    pub username: String,
    /// Session id of the origin; stays the same for a call.
    pub id: u64,
    /// Version of the origin; grows by one with each change.
    pub version: u64,
    /// Address of the origin.
    pub origin: IpAddr,
    /// Session name, `-` as a rule.
    pub name: String,
    /// `c=` of the session.
    pub connection: Option<IpAddr>,
    /// Direction of the session.
    pub direction: Option<Direction>,
    /// Other session attributes: name and value.
    pub attributes: Vec<(String, Option<String>)>,
    /// Media, in the order of the offer; the answer keeps it.
    pub media: Vec<Media>,
}

/// One `m=` section.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Media {
    /// `audio`, `video`, `image` …
    pub kind: String,
    /// Port; 0 means refused or ended.
    pub port: u16,
    /// `RTP/AVP`, `RTP/SAVP`, `udptl` …
    pub protocol: String,
    /// Formats as written in `m=`, most preferred first.
    pub formats: Vec<Format>,
    /// `c=` of this medium.
    pub connection: Option<IpAddr>,
    /// Direction of this medium.
    pub direction: Option<Direction>,
    /// `a=ptime`, milliseconds.
    pub ptime_ms: Option<u16>,
    /// Other attributes: name and value.
    pub attributes: Vec<(String, Option<String>)>,
}

/// One format of a medium.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Format {
    /// As written in `m=`: a payload type for RTP.
    pub id: String,
    /// `a=rtpmap`, if given: encoding name, clock rate in Hz, channels.
    pub encoding: Option<(String, u32, u8)>,
    /// `a=fmtp`, if given.
    pub parameters: Option<String>,
}

/// Who sends, seen from the describing side (RFC 3264 §5.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Direction {
    /// Both.
    #[default]
    SendRecv,
    /// Only the describing side.
    SendOnly,
    /// Only the other side.
    RecvOnly,
    /// Nobody.
    Inactive,
}

impl Direction {
    /// From whether the describing side sends and receives.
    pub fn new(sends: bool, receives: bool) -> Direction {
        match (sends, receives) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }

    /// Whether the describing side sends.
    pub fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// Whether the describing side receives.
    pub fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }

    fn name(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    fn from_name(name: &str) -> Option<Direction> {
        [
            Direction::SendRecv,
            Direction::SendOnly,
            Direction::RecvOnly,
            Direction::Inactive,
        ]
        .into_iter()
        .find(|direction| direction.name() == name)
    }
}

impl Session {
    /// Reads a description. Lines it does not know are skipped; `None` if no `v=` leads it.
    pub fn parse(body: &[u8]) -> Option<Session> {
        let text = String::from_utf8_lossy(body);
        let mut lines = text.lines().map(str::trim_end).take(MAX_LINES);
        if lines.find(|line| !line.is_empty())? != "v=0" {
            return None;
        }
        let mut session = Session {
            username: "-".to_owned(),
            id: 0,
            version: 0,
            origin: IpAddr::from([0, 0, 0, 0]),
            name: "-".to_owned(),
            connection: None,
            direction: None,
            attributes: Vec::new(),
            media: Vec::new(),
        };
        for line in lines {
            let Some((kind, value)) = line.split_once('=') else {
                continue;
            };
            match kind {
                "o" => session.read_origin(value),
                "s" => value.clone_into(&mut session.name),
                "m" => session.media.push(Media::parse(value)?),
                "c" => match session.media.last_mut() {
                    Some(media) => media.connection = connection(value).or(media.connection),
                    None => session.connection = connection(value),
                },
                "a" => session.read_attribute(value),
                _ => {}
            }
        }
        Some(session)
    }

    fn read_origin(&mut self, value: &str) {
        let mut words = value.split_whitespace();
        words.next().unwrap_or("-").clone_into(&mut self.username);
        // Ids larger than 64 bits are in use; only sameness matters to us, and theirs we do not use.
        self.id = words.next().and_then(|id| id.parse().ok()).unwrap_or(0);
        self.version = words.next().and_then(|id| id.parse().ok()).unwrap_or(0);
        if let Some(address) = words.nth(2).and_then(|address| address.parse().ok()) {
            self.origin = address;
        }
    }

    fn read_attribute(&mut self, line: &str) {
        let (name, value) = match line.split_once(':') {
            Some((name, value)) => (name, Some(value.trim())),
            None => (line, None),
        };
        let direction = Direction::from_name(name);
        let Some(media) = self.media.last_mut() else {
            match direction {
                Some(direction) => self.direction = Some(direction),
                None => self
                    .attributes
                    .push((name.to_owned(), value.map(str::to_owned))),
            }
            return;
        };
        match (name, value) {
            _ if direction.is_some() => media.direction = direction,
            ("ptime", Some(value)) => media.ptime_ms = value.parse().ok(),
            ("rtpmap", Some(value)) => media.read_rtpmap(value),
            ("fmtp", Some(value)) => media.read_fmtp(value),
            _ => media
                .attributes
                .push((name.to_owned(), value.map(str::to_owned))),
        }
    }

    /// Direction of a medium: its own, else that of the session, else both ways.
    pub fn direction_of(&self, media: &Media) -> Direction {
        media.direction.or(self.direction).unwrap_or_default()
    }

    /// Address of a medium: its own, else that of the session.
    pub fn address_of(&self, media: &Media) -> Option<IpAddr> {
        media.connection.or(self.connection)
    }
}

impl Media {
    fn parse(value: &str) -> Option<Media> {
        let mut words = value.split_whitespace();
        let kind = words.next()?.to_owned();
        let port = words.next()?.split('/').next()?.parse().ok()?;
        let protocol = words.next()?.to_owned();
        let format = |id: &str| Format {
            id: id.to_owned(),
            encoding: None,
            parameters: None,
        };
        Some(Media {
            kind,
            port,
            protocol,
            formats: words.take(64).map(format).collect(),
            connection: None,
            direction: None,
            ptime_ms: None,
            attributes: Vec::new(),
        })
    }

    fn format_mut(&mut self, id: &str) -> Option<&mut Format> {
        self.formats.iter_mut().find(|format| format.id == id)
    }

    fn read_rtpmap(&mut self, value: &str) {
        let read = || {
            let (id, encoding) = value.split_once(char::is_whitespace)?;
            let mut parts = encoding.trim().split('/');
            let (name, clock) = (parts.next()?, parts.next()?.parse().ok()?);
            let channels = parts
                .next()
                .and_then(|count| count.parse().ok())
                .unwrap_or(1);
            Some((id, (name.to_owned(), clock, channels)))
        };
        if let Some((id, encoding)) = read()
            && let Some(format) = self.format_mut(id)
        {
            format.encoding = Some(encoding);
        }
    }

    fn read_fmtp(&mut self, value: &str) {
        if let Some((id, parameters)) = value.split_once(char::is_whitespace)
            && let Some(format) = self.format_mut(id)
        {
            format.parameters = Some(parameters.trim().to_owned());
        }
    }
}

fn connection(value: &str) -> Option<IpAddr> {
    value
        .split_whitespace()
        .nth(2)?
        .split('/')
        .next()?
        .parse()
        .ok()
}

fn family(address: IpAddr) -> &'static str {
    if address.is_ipv4() { "IP4" } else { "IP6" }
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.origin;
        write!(
            f,
            "v=0\r\no={} {} {} IN {} {origin}\r\n",
            self.username,
            self.id,
            self.version,
            family(origin)
        )?;
        write!(f, "s={}\r\n", self.name)?;
        if let Some(address) = self.connection {
            write!(f, "c=IN {} {address}\r\n", family(address))?;
        }
        write!(f, "t=0 0\r\n")?;
        if let Some(direction) = self.direction {
            write!(f, "a={}\r\n", direction.name())?;
        }
        write_attributes(f, &self.attributes)?;
        self.media.iter().try_for_each(|media| media.fmt(f))
    }
}

impl fmt::Display for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m={} {} {}", self.kind, self.port, self.protocol)?;
        for format in &self.formats {
            write!(f, " {}", format.id)?;
        }
        f.write_str("\r\n")?;
        if let Some(address) = self.connection {
            write!(f, "c=IN {} {address}\r\n", family(address))?;
        }
        for format in &self.formats {
            match &format.encoding {
                Some((name, clock, 1)) => write!(f, "a=rtpmap:{} {name}/{clock}\r\n", format.id)?,
                Some((name, clock, channels)) => {
                    write!(f, "a=rtpmap:{} {name}/{clock}/{channels}\r\n", format.id)?;
                }
                None => {}
            }
            if let Some(parameters) = &format.parameters {
                write!(f, "a=fmtp:{} {parameters}\r\n", format.id)?;
            }
        }
        if let Some(ptime) = self.ptime_ms {
            write!(f, "a=ptime:{ptime}\r\n")?;
        }
        if let Some(direction) = self.direction {
            write!(f, "a={}\r\n", direction.name())?;
        }
        write_attributes(f, &self.attributes)
    }
}

fn write_attributes(
    f: &mut fmt::Formatter<'_>,
    attributes: &[(String, Option<String>)],
) -> fmt::Result {
    attributes.iter().try_for_each(|(name, value)| match value {
        Some(value) => write!(f, "a={name}:{value}\r\n"),
        None => write!(f, "a={name}\r\n"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHONE: &str = "v=0\r\no=- 20 21 IN IP4 192.0.2.7\r\ns=call\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\na=tool:x\r\nm=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendonly\r\na=rtcp-mux\r\nm=video 0 RTP/AVP 31\r\n";

    #[test]
    fn a_description_is_read_and_written_again() {
        let session = Session::parse(PHONE.as_bytes()).unwrap();
        assert_eq!(session.media.len(), 2);
        let audio = &session.media[0];
        assert_eq!(audio.ptime_ms, Some(20));
        assert_eq!(session.direction_of(audio), Direction::SendOnly);
        assert_eq!(
            audio.formats[2].encoding,
            Some(("telephone-event".into(), 8000, 1))
        );
        assert_eq!(
            Session::parse(session.to_string().as_bytes()),
            Some(session)
        );
    }

    #[test]
    fn sloppy_descriptions_are_read_and_nonsense_is_not() {
        let sloppy = "v=0\no=x 99999999999999999999 1 IN IP4 h.example\ns=\nz\na\nm=audio 9/2 RTP/AVP 0\nc=IN IP4 224.0.0.1/127\n";
        let session = Session::parse(sloppy.as_bytes()).unwrap();
        assert_eq!(session.media[0].port, 9);
        assert_eq!(
            session.address_of(&session.media[0]),
            Some([224, 0, 0, 1].into())
        );
        assert_eq!(Session::parse(b""), None);
        assert_eq!(Session::parse(b"v=1\r\n"), None);
        assert_eq!(Session::parse(b"v=0\r\nm=audio x RTP/AVP\r\n"), None);
    }
}
