//! Carriers that prove by a certificate who they are, and phones that have none.

use crate::exchange::{CARRIER_REALM, DDI, Exchange, REALM, carrier, ring};
use crate::phone::Phone;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use runtime::TlsFiles;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Who signs certificates.
struct Authority {
    certificate: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(directory: &Path, name: &str) -> Authority {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = directory.join(format!("{name}.pem"));
        std::fs::write(&certificate, params.self_signed(&key).unwrap().pem()).unwrap();
        let issuer = Issuer::new(params, key);
        Authority {
            certificate,
            issuer,
        }
    }

    /// A certificate and its key, as PEM.
    fn sign(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let made = params.signed_by(&key, &self.issuer).unwrap();
        (made.pem(), key.serialize_pem())
    }
}

/// An exchange that takes TLS and believes the certificates of one authority.
struct Secure {
    exchange: Exchange,
    ours: Authority,
    believed: Authority,
    _files: TempDir,
}

impl Secure {
    async fn new() -> Secure {
        let files = tempfile::tempdir().unwrap();
        let ours = Authority::new(files.path(), "ours");
        let believed = Authority::new(files.path(), "believed");
        let tls = TlsFiles {
            certificate: files.path().join("certificate.pem"),
            key: files.path().join("key.pem"),
        };
        let (certificate, key) = ours.sign("exchange.example");
        std::fs::write(&tls.certificate, certificate).unwrap();
        std::fs::write(&tls.key, key).unwrap();
        let authorities = believed.certificate.clone();
        let mut exchange = Exchange::with(|config| {
            config.sips = vec!["127.0.0.1:0".parse().unwrap()];
            config.tls = Some(tls);
            config.tls_client_authorities = Some(authorities);
        })
        .await;
        exchange.flow(DDI, ring("2001")).await;
        Secure {
            exchange,
            ours,
            believed,
            _files: files,
        }
    }

    /// The reseller's carrier, which has neither password nor networks, as its document says.
    async fn carrier(&self, document: Value) {
        let carriers = vec![carrier("trunk", document)];
        self.exchange
            .publish_carriers_of("harbour", CARRIER_REALM, carriers)
            .await;
    }

    /// A connection of whoever has this certificate, or none.
    async fn connect(&self, shown: Option<(String, String)>) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        let ours = CertificateDer::from_pem_file(&self.ours.certificate).unwrap();
        roots.add(ours).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match shown {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
        };
        let tcp = TcpStream::connect(self.exchange.handle.listening().tls[0])
            .await
            .unwrap();
        let connector = TlsConnector::from(Arc::new(config));
        let name = "exchange.example".try_into().unwrap();
        connector.connect(name, tcp).await.unwrap()
    }

    /// What becomes of a call to our number by whoever has this certificate, or none.
    async fn calls(&self, shown: Option<(String, String)>) -> Option<u16> {
        let stream = self.connect(shown).await;
        let at = stream.get_ref().0.peer_addr().unwrap();
        let mut trunk = Phone::tls(stream, "trunk", "sip.carrier.example").await;
        let mut desk = self.exchange.registered("2001").await;
        let (to, from) = (format!("sip:{DDI}@{at}"), "sip:+441614960999@127.0.0.1");
        let call = trunk.call_as(&to, from).await;
        tokio::select! {
            code = trunk.failed() => Some(code),
            incoming = desk.incoming() => {
                desk.answer(incoming.call).await;
                trunk.answered().await;
                trunk.hang_up(call).await;
                desk.ended().await;
                None
            }
        }
    }
}

#[tokio::test]
async fn carrier_is_known_by_the_name_in_its_certificate() {
    let secure = Secure::new().await;
    secure
        .carrier(json!({"name": "Trunk", "tls_name": "sip.carrier.example"}))
        .await;
    let proved = secure.believed.sign("sip.carrier.example");
    assert_eq!(secure.calls(Some(proved)).await, None, "the call is taken");
    let other = secure.believed.sign("sip.other.example");
    assert_eq!(secure.calls(Some(other)).await, Some(404));
    assert_eq!(secure.calls(None).await, Some(404));
}

#[tokio::test]
async fn carrier_is_known_by_the_domain_that_calls_to_it_are_sent_to() {
    let secure = Secure::new().await;
    let proved = || Some(secure.believed.sign("carrier.example"));
    secure
        .carrier(json!({"name": "Trunk", "server": "carrier.example", "transport": "tls"}))
        .await;
    assert_eq!(secure.calls(proved()).await, None, "the call is taken");
    // Its networks were named: they decide, unless a name for its certificate is given too.
    let networks = json!({
        "name": "Trunk", "server": "carrier.example", "allowed_addresses": ["192.0.2.0/24"],
    });
    let mut elsewhere = carrier("trunk", networks);
    elsewhere.allowed = vec!["192.0.2.0/24".parse().unwrap()];
    secure
        .exchange
        .publish_carriers_of("harbour", CARRIER_REALM, vec![elsewhere])
        .await;
    assert_eq!(secure.calls(proved()).await, Some(404));
}

#[tokio::test]
async fn certificate_that_nobody_believed_signed_does_not_get_in() {
    let secure = Secure::new().await;
    secure
        .carrier(json!({"name": "Trunk", "tls_name": "sip.carrier.example"}))
        .await;
    // The exchange's own authority says nothing of carriers.
    let forged = secure.ours.sign("sip.carrier.example");
    let mut stream = secure.connect(Some(forged)).await;
    // In TLS 1.3 the client learns of it when it reads.
    assert!(stream.read_u8().await.is_err());
}

#[tokio::test]
async fn phone_without_a_certificate_registers_with_its_password_as_ever() {
    let secure = Secure::new().await;
    let stream = secure.connect(None).await;
    let phone = Phone::tls(stream, "desk2002", REALM).await;
    phone.register().await;
    let stream = secure.connect(None).await;
    let stranger = Phone::tls(stream, "desk2002", REALM).await;
    let stranger = stranger.with_password("wrong");
    assert_eq!(stranger.try_register().await, 401);
    // A certificate is no password of a phone.
    let stream = secure.connect(Some(secure.believed.sign("desk2002"))).await;
    let proved = Phone::tls(stream, "desk2002", REALM).await;
    let proved = proved.with_password("wrong");
    assert_eq!(proved.try_register().await, 401);
}
