//! Writing messages.

use super::Message;
use crate::flow::Flow;
use crate::header::{Name, Via};
use crate::uri::param;
use bytes::Bytes;
use std::fmt::{Display, Write as _};

/// The usual reason phrase of a code (RFC 3261 §21 and the RFCs that add to it).
pub fn reason_phrase(code: u16) -> &'static str {
    match code {
        100 => "Trying",
        180 => "Ringing",
        181 => "Call Is Being Forwarded",
        182 => "Queued",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        305 => "Use Proxy",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 | 606 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        410 => "Gone",
        412 => "Conditional Request Failed",
        413 => "Request Entity Too Large",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        420 => "Bad Extension",
        421 => "Extension Required",
        422 => "Session Interval Too Small",
        423 => "Interval Too Brief",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        483 => "Too Many Hops",
        484 => "Address Incomplete",
        485 => "Ambiguous",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        491 => "Request Pending",
        493 => "Undecipherable",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        _ => match code / 100 {
            1 => "Progress",
            2 => "OK",
            3 => "Redirection",
            4 => "Request Failure",
            5 => "Server Failure",
            _ => "Global Failure",
        },
    }
}

/// Text under construction. Line breaks in values become spaces, so no value can add a header.
struct Head(String);

impl Head {
    fn line(&mut self, name: &str, value: &impl Display) {
        let start = self.0.len();
        // Writing into a String cannot fail.
        let _ = write!(self.0, "{name}: {value}");
        if self
            .0
            .get(start..)
            .is_some_and(|line| line.contains(['\r', '\n', '\0']))
        {
            let clean = self.0.split_off(start).replace(['\r', '\n', '\0'], " ");
            self.0.push_str(&clean);
        }
        self.0.push_str("\r\n");
    }

    fn finish(mut self, body: Option<(&str, &[u8])>) -> Bytes {
        let length = body.map_or(0, |(_, bytes)| bytes.len());
        if let Some((kind, _)) = body {
            self.line("Content-Type", &kind);
        }
        self.line("Content-Length", &length);
        self.0.push_str("\r\n");
        let mut bytes = self.0.into_bytes();
        if let Some((_, body)) = body {
            bytes.extend_from_slice(body);
        }
        bytes.into()
    }
}

/// Builds a request, headers in the order given.
pub struct RequestBuilder(Head);

impl RequestBuilder {
    /// Starts with the request line.
    pub fn new(method: &str, uri: &str) -> RequestBuilder {
        let mut head = String::with_capacity(1024);
        for c in method.chars().chain([' ']).chain(uri.chars()) {
            head.push(if c.is_control() { '_' } else { c });
        }
        head.push_str(" SIP/2.0\r\n");
        RequestBuilder(Head(head))
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: impl Display) -> RequestBuilder {
        self.0.line(name, &value);
        self
    }

    /// Adds headers.
    pub fn headers<'a>(
        mut self,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> RequestBuilder {
        for (name, value) in headers {
            self.0.line(name, &value);
        }
        self
    }

    /// Ends with a body and its media type.
    pub fn body(self, media_type: &str, body: &[u8]) -> Bytes {
        self.0.finish(Some((media_type, body)))
    }

    /// Ends without a body.
    pub fn empty(self) -> Bytes {
        self.0.finish(None)
    }
}

/// Builds a response to a request.
pub struct ResponseBuilder(Head);

impl ResponseBuilder {
    /// Starts with the status line and what a response repeats of its request (RFC 3261 §8.2.6):
    /// Via with `received` and `rport`, From, To with `to_tag`, Call-ID, CSeq. Headers the request
    /// lacks stay out, so that a broken request can be answered.
    pub fn new(
        request: &Message,
        flow: &Flow,
        code: u16,
        phrase: Option<&str>,
        to_tag: &str,
    ) -> ResponseBuilder {
        let mut head = String::with_capacity(1024);
        let _ = write!(head, "SIP/2.0 {code} ");
        let phrase = phrase.unwrap_or_else(|| reason_phrase(code));
        head.extend(phrase.chars().map(|c| if c.is_control() { ' ' } else { c }));
        head.push_str("\r\n");
        let mut head = Head(head);
        for (at, via) in request.values(Name::Via).enumerate() {
            match (at, Via::parse(via)) {
                (0, Some(top)) => head.line("Via", &stamp(top, flow)),
                _ => head.line("Via", &via),
            }
        }
        if let Some(from) = request.header(Name::From) {
            head.line("From", &from);
        }
        if let Some(to) = request.header(Name::To) {
            let tagged = request.to().is_some_and(|to| to.tag().is_some());
            if tagged || to_tag.is_empty() {
                head.line("To", &to);
            } else {
                head.line("To", &format_args!("{to};tag={to_tag}"));
            }
        }
        if let Some(id) = request.call_id() {
            head.line("Call-ID", &id);
        }
        if let Some(cseq) = request.header(Name::CSeq) {
            head.line("CSeq", &cseq);
        }
        if code == 100
            && let Some(stamp) = request.header(Name::Timestamp)
        {
            head.line("Timestamp", &stamp);
        }
        ResponseBuilder(head)
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: impl Display) -> ResponseBuilder {
        self.0.line(name, &value);
        self
    }

    /// Adds headers.
    pub fn headers<'a>(
        mut self,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> ResponseBuilder {
        for (name, value) in headers {
            self.0.line(name, &value);
        }
        self
    }

    /// Repeats all fields of that name (`Record-Route`, `Path`).
    pub fn repeat(mut self, request: &Message, name: Name) -> ResponseBuilder {
        for value in request.all(name) {
            self.0.line(name.as_str(), &value);
        }
        self
    }

    /// Ends with a body and its media type.
    pub fn body(self, media_type: &str, body: &[u8]) -> Bytes {
        self.0.finish(Some((media_type, body)))
    }

    /// Ends without a body.
    pub fn empty(self) -> Bytes {
        self.0.finish(None)
    }
}

/// The top Via with where the request really came from (RFC 3261 §18.2.1, RFC 3581 §4).
fn stamp(mut via: Via, flow: &Flow) -> Via {
    let rport = via.wants_rport();
    if rport || via.host.ip() != Some(flow.peer.ip()) || param(&via.params, "received").is_some() {
        via.params
            .retain(|(name, _)| !name.eq_ignore_ascii_case("received"));
        let address = flow.peer.ip().to_string();
        via.params.push(("received".to_owned(), Some(address)));
    }
    if rport {
        for (name, value) in &mut via.params {
            if name.eq_ignore_ascii_case("rport") {
                *value = Some(flow.peer.port().to_string());
            }
        }
    }
    via
}
