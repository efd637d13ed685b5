//! TLS for SIP: the certificate that we show, and the authorities that we believe (RFC 3261 §26, RFC 5922).

mod identity;
mod proof;

pub(crate) use identity::Identity;
pub use identity::{TlsError, TlsFiles};
pub(crate) use proof::{Proof, refused_certificate};

use rustls::client::ClientConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::{ServerConfig, WebPkiClientVerifier};
use rustls::{RootCertStore, SupportedProtocolVersion};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Versions that are spoken; older ones are broken.
const VERSIONS: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];

/// Our side of TLS connections that come in.
#[derive(Clone)]
pub(crate) struct Acceptor(TlsAcceptor);

impl Acceptor {
    /// Shows our certificate. With a file of authorities, peers are asked for a certificate too: they need not have one,
    /// but one that they show must be signed by one of these.
    ///
    /// # Errors
    /// Why the file cannot be used.
    pub(crate) fn new(identity: Identity, authorities: Option<&Path>) -> Result<Self, String> {
        let provider = Arc::new(default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(VERSIONS)
            .map_err(|it| it.to_string())?;
        let builder = match authorities {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let mut roots = RootCertStore::empty();
                believe(path, &mut roots)?;
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                        .allow_unauthenticated()
                        .build();
                builder.with_client_cert_verifier(verifier.map_err(|it| it.to_string())?)
            }
        };
        let config = builder.with_cert_resolver(Arc::new(identity));
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// Shakes hands, and what the peer has proved by that.
    pub(crate) async fn accept(
        &self,
        stream: TcpStream,
    ) -> std::io::Result<(server::TlsStream<TcpStream>, Option<Proof>)> {
        let stream = in_time(self.0.accept(stream)).await?;
        let proof = Proof::of(stream.get_ref().1.peer_certificates());
        Ok((stream, proof))
    }
}

/// Our side of TLS connections that we make.
#[derive(Clone)]
pub(crate) struct Connector(TlsConnector);

impl Connector {
    /// Believes the usual authorities of the web, and those of a file besides. Peers that ask who we are are shown our
    /// certificate, if there is one.
    ///
    /// # Errors
    /// Why the file cannot be used.
    pub(crate) fn new(further: Option<&Path>, identity: Option<Identity>) -> Result<Self, String> {
        let mut roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        if let Some(path) = further {
            believe(path, &mut roots)?;
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(VERSIONS)
            .map_err(|it| it.to_string())?
            .with_root_certificates(roots);
        let config = match identity {
            Some(identity) => builder.with_client_cert_resolver(Arc::new(identity)),
            None => builder.with_no_client_auth(),
        };
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// Speaks TLS with the peer, which must prove that it is `host`.
    pub(crate) async fn connect(
        &self,
        stream: TcpStream,
        host: &str,
    ) -> std::io::Result<client::TlsStream<TcpStream>> {
        let address: Option<IpAddr> = host.parse().ok();
        let name = match address {
            Some(ip) => ServerName::from(ip),
            None => ServerName::try_from(host.to_owned()).map_err(std::io::Error::other)?,
        };
        in_time(self.0.connect(name, stream)).await
    }
}

async fn in_time<T>(handshake: impl Future<Output = std::io::Result<T>>) -> std::io::Result<T> {
    let late = |_| std::io::Error::from(std::io::ErrorKind::TimedOut);
    tokio::time::timeout(HANDSHAKE, handshake)
        .await
        .map_err(late)?
}

/// Believes the authorities of a file.
fn believe(path: &Path, roots: &mut RootCertStore) -> Result<(), String> {
    for authority in CertificateDer::pem_file_iter(path).map_err(|it| it.to_string())? {
        let authority = authority.map_err(|it| it.to_string())?;
        roots.add(authority).map_err(|it| it.to_string())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
    use rustls::sign::SingleCertAndKey;
    use std::path::PathBuf;
    use std::time::SystemTime;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// A certificate for a name, in files.
    fn certificate(directory: &Path, name: &str) -> TlsFiles {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let files = TlsFiles {
            certificate: directory.join("certificate.pem"),
            key: directory.join("key.pem"),
        };
        std::fs::write(&files.certificate, made.cert.pem()).unwrap();
        std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        files
    }

    /// An authority: its certificate in a file, and what signs others.
    struct Authority {
        file: PathBuf,
        issuer: Issuer<'static, KeyPair>,
    }

    impl Authority {
        fn new(directory: &Path, name: &str) -> Authority {
            let mut params = CertificateParams::new([]).unwrap();
            params.distinguished_name.push(DnType::CommonName, name);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let key = KeyPair::generate().unwrap();
            let file = directory.join(format!("{name}.pem"));
            std::fs::write(&file, params.self_signed(&key).unwrap().pem()).unwrap();
            let issuer = Issuer::new(params, key);
            Authority { file, issuer }
        }

        /// Who has a certificate of this authority for a name.
        fn signed(&self, directory: &Path, name: &str) -> Identity {
            let key = KeyPair::generate().unwrap();
            let params = CertificateParams::new([name.to_owned()]).unwrap();
            let made = params.signed_by(&key, &self.issuer).unwrap();
            let files = TlsFiles {
                certificate: directory.join(format!("{name}.signed.pem")),
                key: directory.join(format!("{name}.key.pem")),
            };
            std::fs::write(&files.certificate, made.pem()).unwrap();
            std::fs::write(&files.key, key.serialize_pem()).unwrap();
            Identity::new(files).unwrap()
        }
    }

    /// What both sides of a handshake say of it: the acceptor, what was proved; the client, whether it heard.
    async fn shake(
        acceptor: &Acceptor,
        connector: &Connector,
        host: &str,
    ) -> (std::io::Result<Option<Proof>>, bool) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let acceptor = acceptor.clone();
        let serving = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let (mut stream, proof) = acceptor.accept(stream).await?;
            stream.write_all(b"SIP").await?;
            stream.shutdown().await?;
            Ok(proof)
        });
        let stream = TcpStream::connect(at).await.unwrap();
        let said = async {
            let mut stream = connector.connect(stream, host).await.ok()?;
            let mut said = String::new();
            stream.read_to_string(&mut said).await.ok()?;
            Some(said)
        };
        let said = said.await;
        let accepted = serving.await.unwrap();
        (accepted, said.as_deref() == Some("SIP"))
    }

    /// Whether a client that looks for `host` talks with the acceptor.
    async fn talks(acceptor: &Acceptor, connector: &Connector, host: &str) -> bool {
        shake(acceptor, connector, host).await.1
    }

    #[tokio::test]
    async fn peer_must_have_a_certificate_for_its_name_from_an_authority_that_is_believed() {
        let directory = tempfile::tempdir().unwrap();
        let files = certificate(directory.path(), "carrier.example");
        let identity = Identity::new(files.clone()).unwrap();
        let acceptor = Acceptor::new(identity, None).unwrap();
        let knows = Connector::new(Some(&files.certificate), None).unwrap();
        assert!(talks(&acceptor, &knows, "carrier.example").await);
        assert!(!talks(&acceptor, &knows, "other.example").await);
        assert!(!talks(&acceptor, &knows, "127.0.0.1").await);
        let web = Connector::new(None, None).unwrap();
        assert!(!talks(&acceptor, &web, "carrier.example").await);
    }

    #[tokio::test]
    async fn renewed_certificate_is_shown_and_a_broken_one_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let files = certificate(directory.path(), "carrier.example");
        let identity = Identity::new(files.clone()).unwrap();
        let shown = || identity.current().cert.clone();
        let first = shown();
        let written = |seconds| {
            let file = std::fs::File::options()
                .append(true)
                .open(&files.key)
                .unwrap();
            let at = SystemTime::now() + Duration::from_secs(seconds);
            file.set_modified(at).unwrap();
        };
        let known = files.changed();
        assert_eq!(identity.look(known).await, known);
        std::fs::write(&files.certificate, "no certificate").unwrap();
        written(60);
        assert_eq!(identity.look(known).await, known);
        assert_eq!(shown(), first);
        certificate(directory.path(), "carrier.example");
        written(120);
        assert_eq!(identity.look(known).await, files.changed());
        assert_ne!(shown(), first);
    }

    #[test]
    fn certificate_without_its_key_is_told_of() {
        let directory = tempfile::tempdir().unwrap();
        let mut files = certificate(directory.path(), "carrier.example");
        files.key = directory.path().join("other.pem");
        let error = Identity::new(files).err().unwrap().to_string();
        assert!(error.contains("other.pem"), "{error}");
    }

    #[tokio::test]
    async fn peer_is_known_by_the_name_in_its_certificate_and_needs_none_to_connect() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        let ours = Authority::new(directory, "ours");
        let theirs = Authority::new(directory, "theirs");
        let identity = ours.signed(directory, "exchange.example");
        let acceptor = Acceptor::new(identity, Some(&theirs.file)).unwrap();
        let host = "exchange.example";
        let carrier = theirs.signed(directory, "sip.carrier.example");
        let carrier = Connector::new(Some(&ours.file), Some(carrier)).unwrap();
        let (proof, heard) = shake(&acceptor, &carrier, host).await;
        let proof = proof.unwrap().unwrap();
        assert!(
            heard && proof.is_for("sip.carrier.example") && proof.is_for("SIP.Carrier.Example")
        );
        for other in [
            "carrier.example",
            "other.example",
            "127.0.0.1",
            "",
            "*",
            "a b",
        ] {
            assert!(!proof.is_for(other), "{other}");
        }
        let phone = Connector::new(Some(&ours.file), None).unwrap();
        let (proof, heard) = shake(&acceptor, &phone, host).await;
        assert!(heard);
        assert_eq!(proof.unwrap(), None);
    }

    #[tokio::test]
    async fn certificate_of_an_authority_that_is_not_believed_is_refused_and_told_of() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        let ours = Authority::new(directory, "ours");
        let theirs = Authority::new(directory, "theirs");
        let identity = ours.signed(directory, "exchange.example");
        let acceptor = Acceptor::new(identity, Some(&theirs.file)).unwrap();
        let stranger = Authority::new(directory, "stranger");
        let stranger = stranger.signed(directory, "sip.carrier.example");
        // It shows its certificate whatever it is asked for.
        let mut roots = RootCertStore::empty();
        believe(&ours.file, &mut roots).unwrap();
        let shown = SingleCertAndKey::from(stranger.current());
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(VERSIONS)
            .unwrap()
            .with_root_certificates(roots)
            .with_client_cert_resolver(Arc::new(shown));
        let stranger = Connector(TlsConnector::from(Arc::new(config)));
        let (refused, heard) = shake(&acceptor, &stranger, "exchange.example").await;
        let why = refused_certificate(&refused.unwrap_err()).unwrap();
        assert!(!heard && why.contains("UnknownIssuer"), "{why}");
        let late = std::io::Error::from(std::io::ErrorKind::TimedOut);
        assert_eq!(refused_certificate(&late), None);
    }

    #[tokio::test]
    async fn carrier_that_asks_who_we_are_is_shown_our_certificate() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        let (ours, theirs) = (
            Authority::new(directory, "ours"),
            Authority::new(directory, "theirs"),
        );
        let identity = theirs.signed(directory, "carrier.example");
        let carrier = Acceptor::new(identity, Some(&ours.file)).unwrap();
        let us = ours.signed(directory, "exchange.example");
        let us = Connector::new(Some(&theirs.file), Some(us)).unwrap();
        let (proof, heard) = shake(&carrier, &us, "carrier.example").await;
        assert!(heard && proof.unwrap().unwrap().is_for("exchange.example"));
    }

    #[tokio::test]
    async fn carrier_that_believes_only_others_is_not_shown_our_certificate_and_does_without() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        let [ours, theirs, others] =
            ["ours", "theirs", "others"].map(|name| Authority::new(directory, name));
        let identity = theirs.signed(directory, "carrier.example");
        let carrier = Acceptor::new(identity, Some(&others.file)).unwrap();
        let us = ours.signed(directory, "exchange.example");
        let us = Connector::new(Some(&theirs.file), Some(us)).unwrap();
        let (proof, heard) = shake(&carrier, &us, "carrier.example").await;
        assert!(heard);
        assert_eq!(proof.unwrap(), None);
    }

    #[test]
    fn file_without_authorities_is_told_of() {
        let directory = tempfile::tempdir().unwrap();
        let identity = Identity::new(certificate(directory.path(), "exchange.example")).unwrap();
        let empty = directory.path().join("empty.pem");
        std::fs::write(&empty, "").unwrap();
        let missing = directory.path().join("missing.pem");
        for path in [empty, missing] {
            assert!(
                Acceptor::new(identity.clone(), Some(&path)).is_err(),
                "{path:?}"
            );
        }
    }
}
