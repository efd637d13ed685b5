//! Dialogs (RFC 3261 §12): what stays the same between the requests of a call or subscription.

use crate::flow::{Flow, Transport};
use crate::header::{Name, NameAddr};
use crate::message::{Message, RequestBuilder};
use crate::uri::{Host, Uri};
use std::net::{IpAddr, SocketAddr};

#[derive(Clone, Debug)]
pub(crate) struct Dialog {
    pub(crate) call_id: String,
    /// `From` of our requests.
    pub(crate) local: String,
    /// `To` of our requests.
    pub(crate) remote: String,
    pub(crate) local_tag: String,
    pub(crate) remote_tag: String,
    pub(crate) local_cseq: u32,
    pub(crate) remote_cseq: Option<u32>,
    /// Remote target: Request-URI of our requests.
    pub(crate) target: Uri,
    /// Route set, next hop first.
    pub(crate) routes: Vec<String>,
    pub(crate) flow: Flow,
    /// Requests stay on the flow whatever the target says: the peer is behind NAT or on a connection.
    pub(crate) pinned: bool,
    /// Our `Contact`.
    pub(crate) contact: String,
}

/// Where the next request of a dialog goes.
pub(crate) enum Aim {
    Flow,
    /// The flow serves until somebody looked this up.
    Lookup(Uri),
}

/// Routes beyond this are not kept.
const MAX_ROUTES: usize = 32;

impl Dialog {
    /// The dialog a request outside any dialog opens here. `None` without `Contact` or From tag.
    pub(crate) fn answering(
        request: &Message,
        flow: Flow,
        local_tag: &str,
        contact: String,
    ) -> Option<Dialog> {
        let from = request.from()?;
        let mut dialog = Dialog {
            call_id: request.call_id()?.to_owned(),
            local: format!("{};tag={local_tag}", request.header(Name::To)?),
            remote: request.header(Name::From)?.to_owned(),
            local_tag: local_tag.to_owned(),
            // Peers of RFC 2543 have no tag (RFC 3261 §12.1.1).
            remote_tag: from.tag().unwrap_or("").to_owned(),
            local_cseq: 0,
            remote_cseq: Some(request.cseq()?.number),
            target: request.contact()?.uri,
            routes: request
                .values(Name::RecordRoute)
                .take(MAX_ROUTES)
                .map(str::to_owned)
                .collect(),
            flow,
            pinned: flow.transport.is_reliable() || is_behind_nat(request, flow),
            contact,
        };
        dialog.pinned |= is_unreachable(&dialog.target, flow.peer.ip());
        Some(dialog)
    }

    /// The dialog a response to our INVITE opens. `self` is what our request had.
    pub(crate) fn opened_by(&self, response: &Message) -> Option<Dialog> {
        let to = response.to()?;
        let mut routes: Vec<String> = response
            .values(Name::RecordRoute)
            .take(MAX_ROUTES)
            .map(str::to_owned)
            .collect();
        routes.reverse();
        let target = response
            .contact()
            .map_or_else(|| self.target.clone(), |contact| contact.uri);
        Some(Dialog {
            remote: response.header(Name::To)?.to_owned(),
            remote_tag: to.tag().unwrap_or("").to_owned(),
            remote_cseq: None,
            pinned: self.pinned || is_unreachable(&target, self.flow.peer.ip()),
            target,
            routes,
            ..self.clone()
        })
    }

    /// Key among all dialogs; tags of ours are unguessable and never repeat.
    pub(crate) fn key(&self) -> String {
        dialog_key(&self.call_id, &self.local_tag)
    }

    /// Whether the sequence number is in order; takes note of it.
    pub(crate) fn accept_cseq(&mut self, number: u32) -> bool {
        if self.remote_cseq.is_some_and(|last| number < last) {
            return false;
        }
        self.remote_cseq = Some(number);
        true
    }

    /// Takes over the `Contact` of a target refresh (RFC 3261 §12.2), and the flow if it is pinned.
    pub(crate) fn refresh(&mut self, message: &Message) {
        if let Some(contact) = message.contact() {
            self.target = contact.uri;
        }
    }

    /// Latches on to the flow a request of the peer came in on.
    pub(crate) fn heard_on(&mut self, flow: Flow) {
        if self.pinned {
            self.flow = flow;
        }
    }

    /// Points the flow at the next hop (RFC 3261 §12.2.1.1).
    pub(crate) fn aim(&mut self) -> Aim {
        if self.pinned {
            return Aim::Flow;
        }
        let hop = match self.routes.first().and_then(|route| NameAddr::parse(route)) {
            Some(route) => route.uri,
            None => self.target.clone(),
        };
        if hop
            .transport()
            .is_some_and(|transport| transport != self.flow.transport)
        {
            return Aim::Lookup(hop);
        }
        match (&hop.host, hop.socket_addr(Transport::Udp.default_port())) {
            (_, Some(peer)) if peer.is_ipv4() == self.flow.local.is_ipv4() => {
                self.flow = self.flow.with_peer(peer);
                Aim::Flow
            }
            (Host::Name(name), _) if name.is_empty() || name.ends_with(".invalid") => Aim::Flow,
            _ => Aim::Lookup(hop),
        }
    }

    /// Starts a request: everything but Via branch's transaction, body and method-specific headers.
    pub(crate) fn request(
        &self,
        method: &str,
        cseq: u32,
        branch: &str,
        external: Option<IpAddr>,
    ) -> RequestBuilder {
        let target = self.target_text();
        let first = self.routes.first().and_then(|route| NameAddr::parse(route));
        let strict = first.filter(|route| route.uri.param("lr").is_none());
        let uri = strict
            .as_ref()
            .map_or_else(|| target.clone(), |route| route.uri.to_string());
        let mut builder = RequestBuilder::new(method, &uri)
            .header("Via", via(&self.flow, external, branch))
            .header("Max-Forwards", 70)
            .header("From", &self.local)
            .header("To", &self.remote)
            .header("Call-ID", &self.call_id)
            .header("CSeq", format_args!("{cseq} {method}"));
        for route in self.routes.iter().skip(usize::from(strict.is_some())) {
            builder = builder.header("Route", route);
        }
        if strict.is_some() {
            builder = builder.header("Route", format_args!("<{target}>"));
        }
        builder
    }

    /// The remote target without the parts a Request-URI must not have (RFC 3261 §19.1.1).
    pub(crate) fn target_text(&self) -> String {
        let mut target = self.target.clone();
        target.headers = None;
        target
            .params
            .retain(|(name, _)| !name.eq_ignore_ascii_case("method"));
        target.to_string()
    }
}

pub(crate) fn dialog_key(call_id: &str, local_tag: &str) -> String {
    format!("{call_id}\0{local_tag}")
}

/// Our `Via`.
pub(crate) fn via(flow: &Flow, external: Option<IpAddr>, branch: &str) -> String {
    let name = flow.transport.via_name();
    format!(
        "SIP/2.0/{name} {};branch={branch};rport",
        flow.advertised(external)
    )
}

/// Our `Contact`.
pub(crate) fn contact(user: &str, flow: &Flow, external: Option<IpAddr>) -> String {
    let host = flow.advertised(external);
    let user = match Uri::sip(user, "h") {
        Some(uri) if !user.is_empty() => uri.to_string().replace("sip:", "").replace("@h", "@"),
        _ => String::new(),
    };
    match flow.transport.uri_parameter() {
        Some(transport) => format!("<sip:{user}{host};transport={transport}>"),
        None => format!("<sip:{user}{host}>"),
    }
}

/// Whether the datagram did not come from where its sender thinks it is.
fn is_behind_nat(request: &Message, flow: Flow) -> bool {
    // Behind a proxy the top Via is the proxy's and says nothing about the phone, nor need it.
    request.via().is_some_and(|via| match via.host.ip() {
        Some(ip) => {
            let port = via.port.unwrap_or_else(|| flow.transport.default_port());
            SocketAddr::new(ip, port) != flow.peer
        }
        None => false,
    })
}

/// Whether a target is a private address while its owner is heard from elsewhere.
fn is_unreachable(target: &Uri, heard_from: IpAddr) -> bool {
    let private = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => {
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified()
        }
        IpAddr::V6(ip) => {
            ip.is_loopback()
                || ip.is_unicast_link_local()
                || ip.is_unique_local()
                || ip.is_unspecified()
        }
    };
    match target.host.ip() {
        Some(ip) => ip != heard_from && private(ip) && !private(heard_from),
        None => false,
    }
}
