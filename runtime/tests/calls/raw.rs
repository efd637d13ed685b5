//! Requests outside a call, written by hand.

use bytes::Bytes;
use sip::Flow;
use sip::message::RequestBuilder;

/// A request outside a call.
#[derive(Clone)]
pub struct Raw {
    pub method: &'static str,
    pub to: String,
    /// Besides the usual ones; `From` is a URI.
    pub headers: Vec<(String, String)>,
    /// Its media type and the body itself.
    pub body: Option<(&'static str, String)>,
}

impl Raw {
    /// The Request-URI, which a digest covers.
    pub fn uri(&self) -> String {
        if self.method != "REGISTER" {
            return self.to.clone();
        }
        let (_, host) = self.to.rsplit_once('@').expect("user@host");
        format!("sip:{host}")
    }

    /// The whole message and its Call-ID.
    pub fn message(&self, number: u32, flow: Flow) -> (String, Bytes) {
        let from = self.headers.iter().find(|(name, _)| name == "From");
        let from = from.map_or("sip:nobody@invalid", |(_, value)| value.as_str());
        let via = flow.transport.via_name();
        let local = flow.local;
        let contact = match flow.transport.uri_parameter() {
            Some(transport) => format!("<sip:me@{local};transport={transport}>"),
            None => format!("<sip:me@{local}>"),
        };
        let id = format!("raw-{number}-{local}");
        let mut request = RequestBuilder::new(self.method, &self.uri())
            .header(
                "Via",
                format!("SIP/2.0/{via} {local};branch=z9hG4bK-raw-{number};rport"),
            )
            .header("From", format!("<{from}>;tag=t{number}"))
            .header("To", format!("<{}>", self.to))
            .header("Call-ID", &id)
            .header("CSeq", format!("{number} {}", self.method))
            .header("Contact", contact)
            .header("Max-Forwards", 70);
        for (name, value) in self.headers.iter().filter(|(name, _)| name != "From") {
            request = request.header(name, value);
        }
        let bytes = match &self.body {
            Some((kind, body)) => request.body(kind, body.as_bytes()),
            None => request.empty(),
        };
        (id, bytes)
    }
}
