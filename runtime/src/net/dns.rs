//! Which servers a domain names for SIP (RFC 3263): NAPTR, then SRV, then the name itself.
//!
//! Addresses of hosts are asked of the system, so that its host file and the like count.

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};
use rand::Rng;
use sip::Transport;
use sip::uri::{Host, Scheme, Uri};
use std::net::{IpAddr, SocketAddr};

/// Servers of a domain that are tried.
const MOST: usize = 8;

/// A host that takes SIP by a transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) transport: Transport,
    pub(crate) host: Host,
    pub(crate) port: u16,
}

/// A NAPTR record, as far as it counts (RFC 3403 §4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Service {
    order: u16,
    preference: u16,
    transport: Transport,
    /// Where its SRV records are.
    at: String,
}

/// An SRV record (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    priority: u16,
    weight: u16,
    host: String,
    port: u16,
}

/// Asks the domain name system.
#[derive(Clone)]
pub(crate) struct Names(Option<TokioResolver>);

impl Names {
    /// Asks the server given, or those of the system. Without any, domains have no services, and hosts still have
    /// addresses.
    pub(crate) fn new(server: Option<SocketAddr>) -> Self {
        let builder = match server {
            Some(server) => {
                let mut asked = NameServerConfig::udp_and_tcp(server.ip());
                for connection in &mut asked.connections {
                    connection.port = server.port();
                }
                let config = ResolverConfig::from_parts(None, Vec::new(), vec![asked]);
                let provider = TokioRuntimeProvider::default();
                Ok(TokioResolver::builder_with_config(config, provider))
            }
            None => TokioResolver::builder_tokio(),
        };
        let resolver = builder.and_then(hickory_resolver::ResolverBuilder::build);
        Self(
            resolver
                .map_err(|error| {
                    tracing::warn!(%error, "the domain name system cannot be asked for the servers of SIP domains");
                })
                .ok(),
        )
    }

    /// The servers of a URI, those to be tried first first.
    pub(crate) async fn servers(&self, uri: &Uri) -> Vec<Server> {
        let host = match uri.param("maddr") {
            Some(address) => Host::parse(address),
            None => Some(uri.host.clone()),
        };
        let named = uri.transport();
        let Some(host) = host else {
            return Vec::new();
        };
        let itself = |transport: Transport| Server {
            transport,
            host: host.clone(),
            port: uri.port.unwrap_or_else(|| transport.default_port()),
        };
        match (&host, uri.port) {
            (Host::Name(name), None) if !name.is_empty() => {
                let secure = uri.scheme == Scheme::Sips;
                let found = self.services(name, named, secure).await;
                if found.is_empty() {
                    vec![itself(named.unwrap_or(Transport::Udp))]
                } else {
                    found
                }
            }
            _ => vec![itself(named.unwrap_or(Transport::Udp))],
        }
    }

    /// What the domain offers (RFC 3263 §4.1, §4.2).
    async fn services(&self, domain: &str, named: Option<Transport>, secure: bool) -> Vec<Server> {
        let mut places: Vec<(Transport, String)> = match named {
            Some(transport) => srv_name(transport, domain).into_iter().collect(),
            None => {
                let services = chosen(self.naptr(domain).await, secure);
                services
                    .into_iter()
                    .map(|it| (it.transport, it.at))
                    .collect()
            }
        };
        if places.is_empty() && named.is_none() {
            let usual = [Transport::Udp, Transport::Tcp, Transport::Tls];
            let usual = usual
                .into_iter()
                .filter(|it| !secure || *it == Transport::Tls);
            places = usual.filter_map(|it| srv_name(it, domain)).collect();
        }
        let mut servers = Vec::new();
        for (transport, at) in places {
            let targets = in_order(self.srv(&at).await, &mut rand::rng());
            servers.extend(targets.into_iter().filter_map(|target| {
                Some(Server {
                    transport,
                    host: Host::parse(target.host.trim_end_matches('.'))?,
                    port: target.port,
                })
            }));
            if servers.len() >= MOST {
                break;
            }
        }
        servers.truncate(MOST);
        servers
    }

    async fn naptr(&self, domain: &str) -> Vec<Service> {
        let records = self.ask(domain, RecordType::NAPTR).await;
        let read = |data: RData| match data {
            RData::NAPTR(record) => Some(Service {
                order: record.order,
                preference: record.preference,
                transport: service(&record.services)
                    .filter(|_| record.flags.eq_ignore_ascii_case(b"s"))?,
                at: record.replacement.to_string(),
            }),
            _ => None,
        };
        records.into_iter().filter_map(read).collect()
    }

    async fn srv(&self, at: &str) -> Vec<Target> {
        let records = self.ask(at, RecordType::SRV).await;
        let read = |data: RData| match data {
            RData::SRV(record) => Some(Target {
                priority: record.priority,
                weight: record.weight,
                host: record.target.to_string(),
                port: record.port,
            }),
            _ => None,
        };
        records.into_iter().filter_map(read).collect()
    }

    async fn ask(&self, name: &str, kind: RecordType) -> Vec<RData> {
        let Some(resolver) = &self.0 else {
            return Vec::new();
        };
        // Domains are whole: what the system appends to short names has no place here.
        let whole = format!("{}.", name.trim_end_matches('.'));
        match resolver.lookup(whole, kind).await {
            Ok(found) => found.answers().iter().map(|it| it.data.clone()).collect(),
            Err(error) => {
                tracing::debug!(name, %kind, %error, "no such record");
                Vec::new()
            }
        }
    }
}

/// The transport of a service that we speak.
fn service(name: &[u8]) -> Option<Transport> {
    match name.to_ascii_uppercase().as_slice() {
        b"SIP+D2U" => Some(Transport::Udp),
        b"SIP+D2T" => Some(Transport::Tcp),
        b"SIPS+D2T" => Some(Transport::Tls),
        _ => None,
    }
}

fn srv_name(transport: Transport, domain: &str) -> Option<(Transport, String)> {
    let service = match transport {
        Transport::Udp => "_sip._udp",
        Transport::Tcp => "_sip._tcp",
        Transport::Tls => "_sips._tcp",
        Transport::Ws | Transport::Wss => return None,
    };
    Some((transport, format!("{service}.{domain}")))
}

/// The services in the domain's order. A sips URI is served by TLS alone.
fn chosen(mut services: Vec<Service>, secure: bool) -> Vec<Service> {
    services.retain(|it| !secure || it.transport == Transport::Tls);
    services.sort_by_key(|it| (it.order, it.preference));
    services
}

/// The targets by priority, and among equals drawn by weight (RFC 2782).
fn in_order(mut targets: Vec<Target>, random: &mut impl Rng) -> Vec<Target> {
    // A target of "." says that there is no such service.
    targets.retain(|it| it.host != ".");
    targets.sort_by_key(|it| (it.priority, it.weight));
    let mut ordered = Vec::with_capacity(targets.len());
    while let Some(first) = targets.first() {
        let equals = targets
            .iter()
            .take_while(|it| it.priority == first.priority);
        let weights: Vec<u32> = equals.map(|it| it.weight.into()).collect();
        let mut drawn = random.random_range(0..=weights.iter().sum());
        let at = weights.iter().position(|weight| {
            let here = drawn <= *weight;
            drawn = drawn.saturating_sub(*weight);
            here
        });
        ordered.push(targets.remove(at.unwrap_or_default()));
    }
    ordered
}

/// The address that a URI names itself, without being asked for.
pub(crate) fn literal(uri: &Uri, default_port: u16) -> Option<SocketAddr> {
    let ip: IpAddr = match uri.param("maddr") {
        Some(address) => Host::parse(address)?.ip()?,
        None => uri.host.ip()?,
    };
    Some(SocketAddr::new(ip, uri.port.unwrap_or(default_port)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    fn target(priority: u16, weight: u16, host: &str) -> Target {
        Target {
            priority,
            weight,
            host: host.to_owned(),
            port: 5060,
        }
    }

    #[test]
    fn targets_come_by_priority_and_are_drawn_by_weight() {
        let mut first = 0;
        let mut random = StdRng::seed_from_u64(7);
        for _ in 0..1_000 {
            let targets = vec![
                target(20, 0, "spare"),
                target(10, 75, "big"),
                target(10, 25, "small"),
                target(10, 0, "."),
            ];
            let ordered = in_order(targets, &mut random);
            let hosts: Vec<_> = ordered.iter().map(|it| it.host.as_str()).collect();
            assert_eq!(hosts.len(), 3);
            assert_eq!(hosts[2], "spare");
            first += usize::from(hosts[0] == "big");
        }
        assert!((700..800).contains(&first), "{first} of 1,000");
    }

    #[test]
    fn services_that_we_do_not_speak_are_left_out_and_sips_is_served_by_tls() {
        let service = |order, preference, transport| Service {
            order,
            preference,
            transport,
            at: String::new(),
        };
        let offered = || {
            vec![
                service(50, 90, Transport::Udp),
                service(50, 50, Transport::Tls),
                service(20, 90, Transport::Tcp),
            ]
        };
        let transports = |secure| -> Vec<Transport> {
            let chosen = chosen(offered(), secure);
            chosen.iter().map(|it| it.transport).collect()
        };
        assert_eq!(
            transports(false),
            [Transport::Tcp, Transport::Tls, Transport::Udp]
        );
        assert_eq!(transports(true), [Transport::Tls]);
        assert_eq!(super::service(b"sip+d2s"), None);
    }

    #[tokio::test]
    async fn addresses_and_ports_leave_nothing_to_ask() {
        let names = Names(None);
        let servers = async |uri: &str| names.servers(&Uri::parse(uri).unwrap()).await;
        let server = |transport, host: &str, port| Server {
            transport,
            host: Host::parse(host).unwrap(),
            port,
        };
        let expected = [server(Transport::Udp, "192.0.2.1", 5060)];
        assert_eq!(servers("sip:a@192.0.2.1").await, expected);
        let expected = [server(Transport::Tcp, "lines.example", 5070)];
        assert_eq!(
            servers("sip:a@lines.example:5070;transport=tcp").await,
            expected
        );
        let expected = [server(Transport::Tls, "lines.example", 5061)];
        assert_eq!(servers("sips:a@lines.example").await, expected);
        let expected = [server(Transport::Udp, "192.0.2.7", 5060)];
        assert_eq!(
            servers("sip:a@lines.example;maddr=192.0.2.7").await,
            expected
        );
    }
}
