//! TLS for SIP: the certificate that we show, and the authorities that we believe (RFC 3261 §26, RFC 5922).

use rustls::client::ClientConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ServerConfig;
use rustls::{RootCertStore, SupportedProtocolVersion};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};
use tokio_util::sync::CancellationToken;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How often it is looked whether the certificate was renewed.
const LOOK: Duration = Duration::from_secs(60);
/// Versions that are spoken; older ones are broken.
const VERSIONS: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];

/// Files with our certificate and its key, in PEM form. A renewed certificate is taken within a minute, and connections
/// that are there go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// Our certificate, then those that lead to its authority.
    pub certificate: PathBuf,
    /// The private key of our certificate.
    pub key: PathBuf,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the certificate {certificate} with the key {key} cannot be used: {reason}")]
pub struct TlsError {
    /// File of the certificate.
    certificate: String,
    /// File of its key.
    key: String,
    reason: String,
}

/// When the certificate and its key were written last.
type Changed = (SystemTime, SystemTime);

impl TlsFiles {
    fn load(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let failed = |reason: String| TlsError {
            certificate: self.certificate.display().to_string(),
            key: self.key.display().to_string(),
            reason,
        };
        let chain = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| failed(error.to_string()))?;
        let key =
            PrivateKeyDer::from_pem_file(&self.key).map_err(|error| failed(error.to_string()))?;
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(VERSIONS)
            .and_then(|builder| {
                let builder = builder.with_no_client_auth();
                builder.with_single_cert(chain, key)
            })
            .map_err(|error| failed(error.to_string()))?;
        Ok(Arc::new(config))
    }

    /// When the files were changed last.
    fn changed(&self) -> Option<Changed> {
        let of = |path: &PathBuf| std::fs::metadata(path).ok()?.modified().ok();
        Some((of(&self.certificate)?, of(&self.key)?))
    }
}

/// Our side of TLS connections that come in.
#[derive(Clone)]
pub(crate) struct Acceptor {
    current: Arc<RwLock<Arc<ServerConfig>>>,
    files: TlsFiles,
}

impl Acceptor {
    pub(crate) fn new(files: TlsFiles) -> Result<Self, TlsError> {
        let current = Arc::new(RwLock::new(files.load()?));
        Ok(Self { current, files })
    }

    pub(crate) async fn accept(
        &self,
        stream: TcpStream,
    ) -> std::io::Result<server::TlsStream<TcpStream>> {
        let config = self
            .current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        in_time(TlsAcceptor::from(config).accept(stream)).await
    }

    /// Takes renewed certificates until the runtime stops.
    pub(crate) async fn renew(self, stop: CancellationToken) {
        let mut known = self.files.changed();
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = stop.cancelled() => return,
            }
            known = self.look(known).await;
        }
    }

    /// Takes a certificate that has changed. One that cannot be used is not taken, and looked at again. Answers which was
    /// taken last.
    async fn look(&self, known: Option<Changed>) -> Option<Changed> {
        let now = self.files.changed();
        if now.is_none() || now == known {
            return known;
        }
        let files = self.files.clone();
        match tokio::task::spawn_blocking(move || files.load()).await {
            Ok(Ok(config)) => {
                let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                *current = config;
                tracing::info!("the renewed certificate is used from now on");
                return now;
            }
            Ok(Err(error)) => tracing::error!(%error, "the old certificate stays in use"),
            Err(error) => tracing::error!(%error, "the certificate could not be read"),
        }
        known
    }
}

/// Our side of TLS connections that we make.
#[derive(Clone)]
pub(crate) struct Connector(TlsConnector);

impl Connector {
    /// Believes the usual authorities of the web, and those of a file besides.
    ///
    /// # Errors
    /// Why the file cannot be used.
    pub(crate) fn new(further: Option<&Path>) -> Result<Self, String> {
        let words = |error: &dyn std::error::Error| error.to_string();
        let mut roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        if let Some(path) = further {
            for authority in CertificateDer::pem_file_iter(path).map_err(|it| words(&it))? {
                let authority = authority.map_err(|it| words(&it))?;
                roots.add(authority).map_err(|it| words(&it))?;
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(VERSIONS)
            .map_err(|it| words(&it))?
            .with_root_certificates(roots)
            .with_no_client_auth();
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

#[cfg(test)]
mod tests {
    use super::*;
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

    /// Whether a client that looks for `host` talks with the acceptor.
    async fn talks(acceptor: &Acceptor, connector: &Connector, host: &str) -> bool {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let acceptor = acceptor.clone();
        let serving = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = acceptor.accept(stream).await.ok()?;
            stream.write_all(b"SIP").await.ok()?;
            stream.shutdown().await.ok()
        });
        let stream = TcpStream::connect(at).await.unwrap();
        let said = async {
            let mut stream = connector.connect(stream, host).await.ok()?;
            let mut said = String::new();
            stream.read_to_string(&mut said).await.ok()?;
            Some(said)
        };
        let said = said.await;
        serving.await.unwrap();
        said.as_deref() == Some("SIP")
    }

    #[tokio::test]
    async fn peer_must_have_a_certificate_for_its_name_from_an_authority_that_is_believed() {
        let directory = tempfile::tempdir().unwrap();
        let files = certificate(directory.path(), "carrier.example");
        let acceptor = Acceptor::new(files.clone()).unwrap();
        let knows = Connector::new(Some(&files.certificate)).unwrap();
        assert!(talks(&acceptor, &knows, "carrier.example").await);
        assert!(!talks(&acceptor, &knows, "other.example").await);
        assert!(!talks(&acceptor, &knows, "127.0.0.1").await);
        let web = Connector::new(None).unwrap();
        assert!(!talks(&acceptor, &web, "carrier.example").await);
    }

    #[tokio::test]
    async fn renewed_certificate_is_shown_and_a_broken_one_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let files = certificate(directory.path(), "carrier.example");
        let acceptor = Acceptor::new(files.clone()).unwrap();
        let shown = || Arc::as_ptr(&*acceptor.current.read().unwrap());
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
        assert_eq!(acceptor.look(known).await, known);
        std::fs::write(&files.certificate, "no certificate").unwrap();
        written(60);
        assert_eq!(acceptor.look(known).await, known);
        assert_eq!(shown(), first);
        certificate(directory.path(), "carrier.example");
        written(120);
        assert_eq!(acceptor.look(known).await, files.changed());
        assert_ne!(shown(), first);
    }

    #[test]
    fn certificate_without_its_key_is_told_of() {
        let directory = tempfile::tempdir().unwrap();
        let mut files = certificate(directory.path(), "carrier.example");
        files.key = directory.path().join("other.pem");
        let error = Acceptor::new(files).err().unwrap().to_string();
        assert!(error.contains("other.pem"), "{error}");
    }
}
