//! What a runtime needs to know before it starts.

use crate::media::PortRange;
use crate::net::{TlsError, TlsFiles};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Settings of a runtime.
#[derive(Clone, Debug)]
pub struct RuntimeConfig {
    /// Where SIP is taken, by UDP and TCP on the same port. Port 0 lets the system choose; see
    /// [`RuntimeHandle::listening`](crate::RuntimeHandle::listening).
    pub sip: Vec<SocketAddr>,
    /// Where SIP over TLS is taken, with the certificate of `tls`.
    pub sips: Vec<SocketAddr>,
    /// Our certificate.
    pub tls: Option<TlsFiles>,
    /// Authorities of the certificates by which carriers that connect prove who they are, in PEM form; `None` asks for
    /// no certificate.
    pub tls_client_authorities: Option<PathBuf>,
    /// Authorities that are believed besides those of the web, in PEM form.
    pub tls_authorities: Option<PathBuf>,
    /// Address written into SIP and SDP; `None` writes the address the packet came in on.
    pub external_address: Option<IpAddr>,
    /// Ports for RTP.
    pub rtp_ports: PortRange,
    /// Address the RTP sockets are bound to; `None` takes all addresses of the machine.
    pub rtp_address: Option<IpAddr>,
    /// Threads for media; 0 is one per processor.
    pub media_workers: usize,
    /// The data directory: `media/<account>/<file>` is read, recordings are written below it.
    pub data: PathBuf,
    /// Speech: `espeak-ng`, another program of its kind, or the address of a speech service.
    pub tts: String,
    /// The program that is a fax machine when it is started as `fax-worker`: as a rule this one.
    pub fax: PathBuf,
    /// Callflows may ask web servers inside our own network.
    pub web_private: bool,
    /// Country calling code for numbers dialled in national form, without plus.
    pub country_code: String,
    /// Name and version in `Server` and `User-Agent`.
    pub product: String,
    /// The name server that is asked which servers a domain has for SIP; `None` asks those of the system.
    pub dns: Option<SocketAddr>,
    /// Calls at once; further ones are answered 503.
    pub max_calls: usize,
    /// SIP connections over TCP at once.
    pub max_connections: usize,
    /// A carrier's server from which nothing has come for this long is given up, and the next one is tried.
    pub carrier_patience: Duration,
    /// An answered call whose audio stops for this long is ended; `None` never does.
    pub rtp_timeout: Option<Duration>,
    /// Settings of the SIP core; address and product are taken from above.
    pub sip_core: sip::Config,
    /// The SIP messages of calls are kept and reported.
    pub sip_messages: bool,
    /// Reports that may wait before calls are held up.
    pub report_queue: usize,
}

impl Default for RuntimeConfig {
    fn default() -> Self {
        Self {
            sip: vec![SocketAddr::from((Ipv4Addr::UNSPECIFIED, 5060))],
            sips: Vec::new(),
            tls: None,
            tls_authorities: None,
            tls_client_authorities: None,
            external_address: None,
            rtp_ports: PortRange {
                first: 20_000,
                last: 29_999,
            },
            rtp_address: None,
            media_workers: 0,
            data: PathBuf::from("data"),
            tts: "espeak-ng".to_owned(),
            // The program that runs, even if its file has been replaced meanwhile.
            fax: PathBuf::from("/proc/self/exe"),
            web_private: false,
            country_code: "44".to_owned(),
            product: concat!("Patchcord/", env!("CARGO_PKG_VERSION")).to_owned(),
            dns: None,
            max_calls: 5_000,
            max_connections: 4_096,
            carrier_patience: Duration::from_secs(4),
            rtp_timeout: Some(Duration::from_secs(300)),
            sip_core: sip::Config {
                // A connection ends with the program: after a restart a phone behind one is missed until it refreshes.
                registration: sip::config::Interval {
                    min: Duration::from_secs(60),
                    default: Duration::from_secs(300),
                    max: Duration::from_secs(600),
                },
                ..sip::Config::default()
            },
            sip_messages: true,
            report_queue: 4_096,
        }
    }
}

impl RuntimeConfig {
    /// Where the audio files of the account's media resources lie.
    #[must_use]
    pub fn media_directory(&self, account: &str) -> PathBuf {
        self.data.join("media").join(account)
    }

    /// Where recordings lie until their call has decided about them.
    #[must_use]
    pub fn recording_directory(&self) -> PathBuf {
        self.data.join("recordings-in-progress")
    }
}

/// Where a runtime listens.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Listening {
    /// SIP over UDP, real ports.
    pub udp: Vec<SocketAddr>,
    /// SIP over TCP, real ports.
    pub tcp: Vec<SocketAddr>,
    /// SIP over TLS, real ports.
    pub tls: Vec<SocketAddr>,
}

/// Why a runtime did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No address to listen on.
    #[error("The exchange has no address for SIP. Set PATCHCORD_SIP, for example to 0.0.0.0:5060.")]
    NoAddress,
    /// A socket could not be opened.
    #[error(
        "SIP could not listen on {address} ({transport}): {source}. Is another program using the port?"
    )]
    Listen {
        /// Where.
        address: SocketAddr,
        /// `UDP`, `TCP` or `TLS`.
        transport: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// SIP over TLS is wanted without a certificate.
    #[error(
        "SIP over TLS needs a certificate. Set PATCHCORD_TLS_CERTIFICATE and PATCHCORD_TLS_KEY to its PEM files, or PATCHCORD_SIPS to nothing."
    )]
    NoCertificate,
    /// The certificate cannot be used.
    #[error("SIP over TLS: {0}. Check PATCHCORD_TLS_CERTIFICATE and PATCHCORD_TLS_KEY.")]
    Certificate(#[from] TlsError),
    /// The further authorities cannot be used.
    #[error("The authorities in {path} cannot be used: {reason}. Check PATCHCORD_TLS_AUTHORITIES.")]
    Authorities {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The authorities of carriers that connect cannot be used.
    #[error(
        "The authorities in {path} cannot be used: {reason}. Check PATCHCORD_TLS_CLIENT_AUTHORITIES."
    )]
    ClientAuthorities {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The media workers could not be started.
    #[error("The media workers could not be started: {0}.")]
    Media(#[from] crate::media::MediaError),
    /// A directory could not be made.
    #[error("The directory {path} could not be made: {source}. Check PATCHCORD_DATA.")]
    Directory {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The speech engine is none.
    #[error("The speech engine could not be set up: {0}.")]
    Speech(crate::tts::SpeechError),
    /// The signalling thread could not be started.
    #[error("The signalling thread could not be started: {0}.")]
    Thread(std::io::Error),
}
