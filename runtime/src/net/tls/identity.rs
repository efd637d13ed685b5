//! The certificate that we show: to phones and carriers that connect, and to carriers that ask for it.

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use tokio_util::sync::CancellationToken;

/// How often it is looked whether the certificate was renewed.
const LOOK: Duration = Duration::from_secs(60);

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
    fn load(&self) -> Result<Arc<CertifiedKey>, TlsError> {
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
        let certified = CertifiedKey::from_der(chain, key, &default_provider());
        certified
            .map(Arc::new)
            .map_err(|error| failed(error.to_string()))
    }

    /// When the files were changed last.
    pub(super) fn changed(&self) -> Option<Changed> {
        let of = |path: &PathBuf| std::fs::metadata(path).ok()?.modified().ok();
        Some((of(&self.certificate)?, of(&self.key)?))
    }
}

/// Our certificate, as it was renewed last. Copies speak of the same one.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    current: Arc<RwLock<Arc<CertifiedKey>>>,
    files: TlsFiles,
}

impl Identity {
    pub(crate) fn new(files: TlsFiles) -> Result<Self, TlsError> {
        let current = Arc::new(RwLock::new(files.load()?));
        Ok(Self { current, files })
    }

    pub(super) fn current(&self) -> Arc<CertifiedKey> {
        let current = self.current.read();
        Arc::clone(&current.unwrap_or_else(PoisonError::into_inner))
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
    pub(super) async fn look(&self, known: Option<Changed>) -> Option<Changed> {
        let now = self.files.changed();
        if now.is_none() || now == known {
            return known;
        }
        let files = self.files.clone();
        match tokio::task::spawn_blocking(move || files.load()).await {
            Ok(Ok(renewed)) => {
                let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                *current = renewed;
                tracing::info!("the renewed certificate is used from now on");
                return now;
            }
            Ok(Err(error)) => tracing::error!(%error, "the old certificate stays in use"),
            Err(error) => tracing::error!(%error, "the certificate could not be read"),
        }
        known
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

impl ResolvesClientCert for Identity {
    /// Who names the authorities that it believes is shown our certificate only if one of these signed it: it would
    /// refuse any other, though it may do without.
    fn resolve(
        &self,
        authorities: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        let current = self.current();
        let fits = |name: &&[u8]| current.cert.iter().any(|it| names(it, name));
        let fitting = authorities.is_empty() || authorities.iter().any(fits);
        fitting.then_some(current)
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Whether a certificate names its issuer, or itself, so. A name is written in one way (RFC 5280 §4.1.2.4, DER), so it
/// is enough to look for its bytes.
fn names(certificate: &[u8], name: &[u8]) -> bool {
    !name.is_empty() && certificate.windows(name.len()).any(|part| part == name)
}
