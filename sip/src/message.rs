//! Messages: a lazy index over the bytes received.
//!
//! Parsing finds the start line, the headers and the body and nothing more; values are taken
//! apart when somebody asks. A request that breaks the rules is still indexed, so that it can
//! be answered 400 (RFC 4475): [`Message::problem`] says what is wrong with it.

mod build;
mod frame;
mod glance;

pub use build::{RequestBuilder, ResponseBuilder, reason_phrase};
pub use frame::{FrameError, Framer};
pub use glance::Glance;

use crate::header::{CSeq, Name, NameAddr, Via};
use crate::method::Method;
use crate::uri::{Uri, split_quoted};
use bytes::Bytes;
use smallvec::SmallVec;
use std::ops::Range;

/// Largest message accepted, head and body together.
pub const MAX_MESSAGE_BYTES: usize = 65_536;
/// Largest number of header fields accepted.
pub const MAX_HEADERS: usize = 256;

/// A position in the message; messages are at most 64 KiB.
type Span = Range<u32>;

#[derive(Clone, Debug)]
struct Field {
    name: Name,
    text: Span,
    value: Span,
}

#[derive(Clone, Debug)]
enum StartLine {
    Request {
        method: Span,
        uri: Span,
        version: Span,
    },
    Response {
        code: u16,
        phrase: Span,
    },
}

/// A request or response, indexed. Cloning shares the bytes.
#[derive(Clone, Debug)]
pub struct Message {
    bytes: Bytes,
    start: StartLine,
    fields: SmallVec<[Field; 20]>,
    body: Span,
    length_problem: Option<Problem>,
}

/// Why bytes are no message at all; nothing can be answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParseError {
    /// Longer than [`MAX_MESSAGE_BYTES`].
    TooLong,
    /// More than [`MAX_HEADERS`] header fields.
    TooManyHeaders,
    /// The first line is neither a request line nor a status line.
    StartLine,
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ParseError::TooLong => "the message is longer than 64 KiB",
            ParseError::TooManyHeaders => "the message has more than 256 header fields",
            ParseError::StartLine => "the first line is neither a request nor a status line",
        })
    }
}

impl std::error::Error for ParseError {}

/// What is wrong with a message that could be indexed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Code to answer a request with: 400, 416 or 505.
    pub code: u16,
    /// Reason phrase.
    pub phrase: &'static str,
}

const fn bad(phrase: &'static str) -> Problem {
    Problem { code: 400, phrase }
}

impl Message {
    /// Indexes one message. Bytes behind `Content-Length` are cut off.
    ///
    /// # Errors
    /// When there is no start line or a bound is exceeded.
    #[allow(clippy::needless_pass_by_value)] // the message keeps the bytes
    pub fn parse(bytes: Bytes) -> Result<Message, ParseError> {
        if bytes.len() > MAX_MESSAGE_BYTES {
            return Err(ParseError::TooLong);
        }
        let lead = bytes
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        let bytes = bytes.slice(lead..);
        let head_end = head_length(&bytes).unwrap_or(bytes.len());
        let bytes = plain_head(bytes, head_end);
        // Replacing invalid UTF-8 may have moved the end of the head and grown the message.
        if bytes.len() > 3 * MAX_MESSAGE_BYTES {
            return Err(ParseError::TooLong);
        }
        let head_end = head_length(&bytes).unwrap_or(bytes.len());
        let head = text(&bytes, &span(0, head_end));
        let mut lines = lines(head);
        let first = lines.next().ok_or(ParseError::StartLine)?;
        let start = start_line(head, first).ok_or(ParseError::StartLine)?;
        let mut fields = SmallVec::new();
        for line in lines {
            if fields.len() == MAX_HEADERS {
                return Err(ParseError::TooManyHeaders);
            }
            if let Some(field) = field(head, line) {
                fields.push(field);
            }
        }
        let mut message = Message {
            body: span(head_end, bytes.len()),
            bytes,
            start,
            fields,
            length_problem: None,
        };
        message.cut_body();
        Ok(message)
    }

    fn cut_body(&mut self) {
        let lengths: SmallVec<[Option<u32>; 2]> = self
            .all(Name::ContentLength)
            .map(|length| length.parse().ok())
            .collect();
        match lengths.as_slice() {
            [] => {}
            [Some(wanted), others @ ..] => {
                if others.iter().any(|other| other != &Some(*wanted)) {
                    self.length_problem = Some(bad("Contradicting Content-Length"));
                } else if *wanted > self.body.end - self.body.start {
                    self.length_problem = Some(bad("Body Shorter Than Content-Length"));
                } else {
                    self.body.end = self.body.start + wanted;
                }
            }
            [None, ..] => self.length_problem = Some(bad("Bad Content-Length")),
        }
    }

    /// All bytes, after unfolding.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The method of a request; `None` for a response.
    pub fn method(&self) -> Option<Method> {
        self.method_name().map(Method::from_name)
    }

    /// The method of a request as written.
    pub fn method_name(&self) -> Option<&str> {
        match &self.start {
            StartLine::Request { method, .. } => Some(self.text(method)),
            StartLine::Response { .. } => None,
        }
    }

    /// The code of a response, 100 to 699; `None` for a request.
    pub fn code(&self) -> Option<u16> {
        match &self.start {
            StartLine::Response { code, .. } => Some(*code),
            StartLine::Request { .. } => None,
        }
    }

    /// The reason phrase of a response, empty for a request.
    pub fn phrase(&self) -> &str {
        match &self.start {
            StartLine::Response { phrase, .. } => self.text(phrase),
            StartLine::Request { .. } => "",
        }
    }

    /// The Request-URI as written.
    pub fn request_uri_text(&self) -> &str {
        match &self.start {
            StartLine::Request { uri, .. } => self.text(uri),
            StartLine::Response { .. } => "",
        }
    }

    /// The Request-URI.
    pub fn request_uri(&self) -> Option<Uri> {
        Uri::parse(self.request_uri_text())
    }

    /// The body, exactly `Content-Length` long.
    pub fn body(&self) -> Bytes {
        let (start, end) = (self.body.start as usize, self.body.end as usize);
        self.bytes.slice(start..end)
    }

    /// The first header of that name, trimmed.
    pub fn header(&self, name: Name) -> Option<&str> {
        self.all(name).next()
    }

    /// All headers of that name, one item per field, unsplit.
    pub fn all(&self, name: Name) -> impl Iterator<Item = &str> {
        self.fields
            .iter()
            .filter(move |field| field.name == name)
            .map(|field| self.text(&field.value))
    }

    /// All values of a list header: fields and commas alike separate them (RFC 3261 §7.3.1).
    pub fn values(&self, name: Name) -> impl Iterator<Item = &str> {
        self.all(name)
            .flat_map(|line| split_quoted(line, ','))
            .filter(|value| !value.is_empty())
    }

    /// The first header of that name, for names without a [`Name`].
    pub fn header_named(&self, name: &str) -> Option<&str> {
        self.headers()
            .find(|(text, _)| text.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// All headers, as (name, value).
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields
            .iter()
            .map(|field| (self.text(&field.text), self.text(&field.value)))
    }

    /// Whether a comma-separated header holds this token, in any case.
    pub fn has_token(&self, name: Name, token: &str) -> bool {
        self.values(name)
            .any(|value| value.eq_ignore_ascii_case(token))
    }

    /// The topmost `Via`.
    pub fn via(&self) -> Option<Via> {
        self.values(Name::Via).next().and_then(Via::parse)
    }

    /// `From`.
    pub fn from(&self) -> Option<NameAddr> {
        self.header(Name::From).and_then(NameAddr::parse)
    }

    /// `To`.
    pub fn to(&self) -> Option<NameAddr> {
        self.header(Name::To).and_then(NameAddr::parse)
    }

    /// `Call-ID`.
    pub fn call_id(&self) -> Option<&str> {
        self.header(Name::CallId).filter(|id| !id.is_empty())
    }

    /// `CSeq`.
    pub fn cseq(&self) -> Option<CSeq<'_>> {
        self.header(Name::CSeq).and_then(CSeq::parse)
    }

    /// The first `Contact` that is an address.
    pub fn contact(&self) -> Option<NameAddr> {
        self.values(Name::Contact).next().and_then(NameAddr::parse)
    }

    /// The first value of a header that is a plain number.
    pub fn number(&self, name: Name) -> Option<u32> {
        let digits = self.header(name)?;
        let end = digits
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(digits.len());
        digits.get(..end)?.parse().ok()
    }

    /// The body, if it is of this media type.
    pub fn body_of(&self, media_type: &str) -> Option<Bytes> {
        let kind = self.header(Name::ContentType)?;
        let kind = kind.split(';').next().unwrap_or("").trim();
        (kind.eq_ignore_ascii_case(media_type) && self.body.start < self.body.end)
            .then(|| self.body())
    }

    /// The session description, alone or as the first such part of a multipart body.
    pub fn sdp(&self) -> Option<Bytes> {
        if let Some(body) = self.body_of("application/sdp") {
            return Some(body);
        }
        let kind = self.header(Name::ContentType)?;
        if !kind.to_ascii_lowercase().starts_with("multipart/") {
            return None;
        }
        let (_, params) = kind.split_once(';')?;
        let params = crate::uri::parse_params(params);
        sdp_part(&self.body(), crate::uri::param(&params, "boundary")?)
    }

    /// What is wrong with this message, `None` if it can be worked with.
    pub fn problem(&self) -> Option<Problem> {
        if let StartLine::Request { version, .. } = &self.start {
            if !self.text(version).eq_ignore_ascii_case("SIP/2.0") {
                return Some(Problem {
                    code: 505,
                    phrase: "Version Not Supported",
                });
            }
            if self.request_uri().is_none() {
                return Some(bad("Bad Request-URI"));
            }
        }
        if self.via().is_none() {
            return Some(bad("Bad Via"));
        }
        if self.from().is_none() {
            return Some(bad("Bad From"));
        }
        if self.to().is_none() {
            return Some(bad("Bad To"));
        }
        if self.call_id().is_none() {
            return Some(bad("Missing Call-ID"));
        }
        let Some(cseq) = self.cseq() else {
            return Some(bad("Bad CSeq"));
        };
        if self
            .method_name()
            .is_some_and(|method| method != cseq.method)
        {
            return Some(bad("CSeq Names Another Method"));
        }
        for name in [Name::From, Name::To, Name::CallId, Name::CSeq] {
            if self.all(name).count() > 1 {
                return Some(bad("Header Given Twice"));
            }
        }
        self.length_problem
    }

    /// Whether `Content-Length` is there.
    pub(crate) fn has_content_length(&self) -> bool {
        self.header(Name::ContentLength).is_some()
    }

    fn text(&self, span: &Span) -> &str {
        text(&self.bytes, span)
    }
}

fn span(start: usize, end: usize) -> Span {
    // A message is far below 4 GiB; saturation cannot happen.
    u32::try_from(start).unwrap_or(u32::MAX)..u32::try_from(end).unwrap_or(u32::MAX)
}

fn text<'a>(bytes: &'a [u8], span: &Span) -> &'a str {
    bytes
        .get(span.start as usize..span.end as usize)
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
        .unwrap_or("")
}

/// Length of start line, headers and the empty line behind them. Bare line feeds end lines too.
pub(crate) fn head_length(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let feed = from + memchr::memchr(b'\n', bytes.get(from..)?)?;
        match bytes.get(feed + 1..)? {
            [b'\n', ..] => return Some(feed + 2),
            [b'\r', b'\n', ..] => return Some(feed + 3),
            _ => from = feed + 1,
        }
    }
}

/// The bytes with folded lines joined (RFC 3261 §7.3.1) and a head that is UTF-8 and free of NUL.
fn plain_head(bytes: Bytes, head_end: usize) -> Bytes {
    let head = bytes.get(..head_end).unwrap_or(&bytes);
    let folded = head
        .windows(2)
        .any(|pair| matches!(pair, [b'\n', b' ' | b'\t']));
    let utf8 = std::str::from_utf8(head).is_ok() && !head.contains(&0);
    if !folded && utf8 {
        return bytes;
    }
    let mut joined = String::from_utf8_lossy(head)
        .replace('\0', "\u{fffd}")
        .into_bytes();
    for at in 1..joined.len() {
        if matches!(joined.get(at - 1..=at), Some([b'\n', b' ' | b'\t'])) {
            let carriage = at >= 2 && joined.get(at - 2) == Some(&b'\r');
            let from = if carriage { at - 2 } else { at - 1 };
            if let Some(fold) = joined.get_mut(from..at) {
                fold.fill(b' ');
            }
        }
    }
    joined.extend_from_slice(bytes.get(head_end..).unwrap_or(&[]));
    joined.into()
}

/// Lines without their ends, up to the empty one.
fn lines(head: &str) -> impl Iterator<Item = &str> {
    head.split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .take_while(|line| !line.is_empty())
}

/// Where `part`, a slice of `whole`, lies in it.
fn span_in(whole: &str, part: &str) -> Span {
    let start = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
    span(start, start + part.len())
}

fn start_line(head: &str, line: &str) -> Option<StartLine> {
    let (first, rest) = line.split_once(' ')?;
    if first
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("SIP/"))
    {
        let (code, phrase) = rest.split_once(' ').unwrap_or((rest, ""));
        let code: u16 = code.parse().ok()?;
        return (first.eq_ignore_ascii_case("SIP/2.0") && (100..700).contains(&code)).then(|| {
            StartLine::Response {
                code,
                phrase: span_in(head, phrase),
            }
        });
    }
    let (uri, version) = rest.rsplit_once(' ')?;
    let token = |c: char| c.is_ascii_alphanumeric() || "-.!%*_+`'~".contains(c);
    let version_like = version
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("SIP/"));
    (!first.is_empty() && first.len() <= 64 && first.chars().all(token) && version_like).then(
        || StartLine::Request {
            method: span_in(head, first),
            uri: span_in(head, uri),
            version: span_in(head, version),
        },
    )
}

fn field(head: &str, line: &str) -> Option<Field> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim();
    Some(Field {
        name: Name::from_text(name),
        text: span_in(head, name),
        value: span_in(head, value.trim()),
    })
}

fn sdp_part(body: &Bytes, boundary: &str) -> Option<Bytes> {
    let delimiter = format!("--{boundary}");
    let mut starts = memchr::memmem::find_iter(body, delimiter.as_bytes())
        .take(16)
        .peekable();
    while let Some(start) = starts.next() {
        let end = *starts.peek()?;
        let part = body.slice(start + delimiter.len()..end);
        let lead = part
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        let part = part.slice(lead..);
        let Some(head_end) = head_length(&part) else {
            continue;
        };
        let head = text(&part, &span(0, head_end)).to_ascii_lowercase();
        let is_sdp = head
            .lines()
            .any(|line| line.starts_with("content-type:") && line.contains("application/sdp"));
        if is_sdp {
            return Some(part.slice(head_end..));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Message {
        Message::parse(Bytes::copy_from_slice(text.as_bytes())).unwrap()
    }

    const GOOD: &str = "INVITE sip:bob@biloxi.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nContent-Length: 3\r\n\r\nabcd";

    #[test]
    fn a_sound_request_has_no_problem_and_its_body_is_cut() {
        let message = parse(GOOD);
        assert_eq!(message.problem(), None);
        assert_eq!(&message.body()[..], b"abc");
        assert_eq!(message.method(), Some(Method::Invite));
    }

    #[test]
    fn folding_and_compact_forms_are_understood() {
        let message = parse(
            "OPTIONS sip:x@y SIP/2.0\r\nv: SIP/2.0/UDP\r\n 192.0.2.2;\r\n\tbranch=z9hG4bKf , SIP/2.0/TCP h;branch=q\r\nf:\r\n <sip:a@b>\r\n ;tag=z\r\nt : sip:c@d\r\nI:id\r\ncSeQ: 0009\r\n  OPTIONS\r\n\r\n",
        );
        assert_eq!(message.problem(), None);
        assert_eq!(message.via().unwrap().branch(), "z9hG4bKf");
        assert_eq!(message.values(Name::Via).count(), 2);
        assert_eq!(message.from().unwrap().tag(), Some("z"));
    }

    #[test]
    fn bytes_that_are_not_utf8_do_not_hide_the_headers() {
        let mut bytes = GOOD.as_bytes().to_vec();
        let at = bytes.iter().position(|byte| *byte == b'a').unwrap();
        let from = memchr::memmem::find(&bytes, b"sip:a@").unwrap();
        assert!(at < from);
        bytes.splice(from - 1..from - 1, *b"\"\xe9\xff\" ");
        let message = Message::parse(bytes.into()).unwrap();
        assert_eq!(message.problem(), None);
        assert_eq!(&message.body()[..], b"abc");
    }

    #[test]
    fn multipart_bodies_give_their_session_description() {
        let body = "--b1\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b1--\r\n";
        let message = parse(&format!(
            "INVITE sip:x@y SIP/2.0\r\nContent-Type: multipart/mixed;boundary=\"b1\"\r\n\r\n{body}"
        ));
        assert_eq!(&message.sdp().unwrap()[..], b"v=0\r\n");
    }
}
