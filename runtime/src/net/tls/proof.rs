//! What a peer that connects proves by its certificate (RFC 3261 §26.3.2.1, RFC 5922).

use rustls::Error;
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;

/// The certificate of a peer, which an authority that we believe has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proof(CertificateDer<'static>);

impl Proof {
    /// What the handshake proved; none when the peer showed no certificate.
    pub(super) fn of(chain: Option<&[CertificateDer<'static>]>) -> Option<Self> {
        let own = chain?.first()?;
        Some(Self(own.clone()))
    }

    /// Whether the peer is who has this name. Addresses are proved by nobody.
    pub(crate) fn is_for(&self, name: &str) -> bool {
        let Ok(name @ ServerName::DnsName(_)) = ServerName::try_from(name) else {
            return false;
        };
        let certificate = ParsedCertificate::try_from(&self.0);
        certificate.is_ok_and(|certificate| verify_server_name(&certificate, &name).is_ok())
    }
}

/// Why the certificate of a peer that connected was refused, when a handshake failed for that.
pub(crate) fn refused_certificate(error: &std::io::Error) -> Option<String> {
    match error.get_ref()?.downcast_ref::<Error>()? {
        error @ (Error::InvalidCertificate(_) | Error::NoCertificatesPresented) => {
            Some(error.to_string())
        }
        _ => None,
    }
}
