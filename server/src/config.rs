//! Configuration: `patchcord.toml`, overridden by the environment, overridden by flags.

use runtime::{Algorithm, TlsFiles};
use serde::Deserialize;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What can be configured. Every key has a flag, an environment variable and a key of `patchcord.toml` (the flag's name
/// with underscores).
#[derive(clap::Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Directory of database, media, recordings, faxes and keys [default: ./data]
    #[arg(long, env = "PATCHCORD_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address of web and API, port 0 takes a free one [default: 127.0.0.1:3000]
    #[arg(long, env = "PATCHCORD_HTTP", value_name = "ADDRESS:PORT")]
    pub http: Option<String>,
    /// Address of SIP over UDP and TCP, port 0 takes a free one [default: 0.0.0.0:5060]
    #[arg(long, env = "PATCHCORD_SIP", value_name = "ADDRESS:PORT")]
    pub sip: Option<String>,
    /// Address of SIP over TLS, such as 0.0.0.0:5061; needs a certificate [default: none]
    #[arg(long, env = "PATCHCORD_SIPS", value_name = "ADDRESS:PORT")]
    pub sips: Option<String>,
    /// Certificate of SIP over TLS and those that lead to its authority, PEM; renewed ones are noticed
    #[arg(long, env = "PATCHCORD_TLS_CERTIFICATE", value_name = "FILE")]
    pub tls_certificate: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, env = "PATCHCORD_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Authorities of carriers' certificates besides those of the web, PEM
    #[arg(long, env = "PATCHCORD_TLS_AUTHORITIES", value_name = "FILE")]
    pub tls_authorities: Option<PathBuf>,
    /// Authorities of the certificates by which carriers that connect over TLS prove who they are, PEM [default: none is
    /// asked for]
    #[arg(long, env = "PATCHCORD_TLS_CLIENT_AUTHORITIES", value_name = "FILE")]
    pub tls_client_authorities: Option<PathBuf>,
    /// How phones prove their passwords: md5, sha256, or both, which old phones may not understand [default: md5]
    #[arg(long, env = "PATCHCORD_SIP_DIGEST", value_name = "ALGORITHM")]
    pub sip_digest: Option<String>,
    /// Address written into SIP and SDP [default: the one the packet came in on]
    #[arg(long, env = "PATCHCORD_EXTERNAL_ADDRESS", value_name = "ADDRESS")]
    pub external_address: Option<String>,
    /// Name server that is asked for the servers of carriers' domains, such as 192.0.2.53:53 [default: the system's]
    #[arg(long, env = "PATCHCORD_DNS", value_name = "ADDRESS:PORT")]
    pub dns: Option<String>,
    /// Ports of voice and fax [default: 20000-29999]
    #[arg(long, env = "PATCHCORD_RTP_PORTS", value_name = "FIRST-LAST")]
    pub rtp_ports: Option<String>,
    /// Database, sqlite://path or postgres://user:password@host/name [default: sqlite://<data>/patchcord.db]
    #[arg(
        long,
        env = "PATCHCORD_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,
    /// Mail server, smtp://user:password@host:port or smtps://…; without it mails are kept in <data>/outbox
    #[arg(
        long,
        env = "PATCHCORD_SMTP_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub smtp_url: Option<String>,
    /// Sender of mails [default: Patchcord <patchcord@localhost>]
    #[arg(long, env = "PATCHCORD_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<String>,
    /// Speech synthesis: a program such as espeak-ng, or the URL of an OpenAI-compatible endpoint [default: espeak-ng]
    #[arg(long, env = "PATCHCORD_TTS", value_name = "PROGRAM|URL")]
    pub tts: Option<String>,
    /// Fill an empty database with the demo [default: false]
    #[arg(long, env = "PATCHCORD_DEMO", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true",
          value_parser = clap::builder::BoolishValueParser::new())]
    pub demo: Option<bool>,
    /// Password of every demo sign-in, device and token [default: random, printed at start]
    #[arg(
        long,
        env = "PATCHCORD_DEMO_PASSWORD",
        value_name = "TEXT",
        hide_env_values = true
    )]
    pub demo_password: Option<String>,
    /// What is logged: error, warn, info, debug, trace, or by part such as info,sip=debug [default: info]
    #[arg(long, env = "PATCHCORD_LOG", value_name = "FILTER")]
    pub log: Option<String>,
    /// Address people type, https://phones.example.com, when a proxy stands in front; https makes cookies Secure
    #[arg(long, env = "PATCHCORD_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Believe the X-Forwarded-For and X-Forwarded-Proto headers of the proxy in front [default: false]
    #[arg(long, env = "PATCHCORD_TRUST_FORWARDED", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true",
          value_parser = clap::builder::BoolishValueParser::new())]
    pub trust_forwarded: Option<bool>,
    /// Answer /metrics to everybody, not only to this machine [default: false]
    #[arg(long, env = "PATCHCORD_METRICS_PUBLIC", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true",
          value_parser = clap::builder::BoolishValueParser::new())]
    pub metrics_public: Option<bool>,
    /// Let callflows ask web servers inside the own network: webhooks and Pivot [default: false]
    #[arg(long, env = "PATCHCORD_WEB_PRIVATE", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true",
          value_parser = clap::builder::BoolishValueParser::new())]
    pub web_private: Option<bool>,
    /// How long the SIP messages of calls are kept, in days; 0 keeps none [default: 7]
    #[arg(long, env = "PATCHCORD_SIP_TRACE_DAYS", value_name = "DAYS")]
    pub sip_trace_days: Option<u16>,
    /// Pause before a fax that did not get through is sent again, in seconds [default: 180]
    #[arg(long, env = "PATCHCORD_FAX_PAUSE", value_name = "SECONDS")]
    pub fax_pause: Option<u32>,
    /// How long running calls may go on when the program is asked to stop, in seconds [default: 5]
    #[arg(long, env = "PATCHCORD_GRACE", value_name = "SECONDS")]
    pub grace: Option<u32>,
    /// Directory of the built site, for programs without it inside [default: target/site]
    #[arg(long, env = "PATCHCORD_SITE", value_name = "DIR")]
    pub site: Option<PathBuf>,
}

/// The configuration with every default filled in.
#[derive(Clone, Debug)]
pub struct Config {
    /// Directory of database, media, recordings, faxes and keys.
    pub data: PathBuf,
    /// Address of web and API.
    pub http: String,
    /// Address of SIP over UDP and TCP.
    pub sip: SocketAddr,
    /// Address of SIP over TLS.
    pub sips: Option<SocketAddr>,
    /// Certificate and key of SIP over TLS.
    pub tls: Option<TlsFiles>,
    /// Authorities that are believed besides those of the web.
    pub tls_authorities: Option<PathBuf>,
    /// Authorities of the certificates of carriers that connect.
    pub tls_client_authorities: Option<PathBuf>,
    /// Digest algorithms that phones are challenged with, in order of preference.
    pub sip_digest: Vec<Algorithm>,
    /// Address written into SIP and SDP.
    pub external_address: Option<IpAddr>,
    /// Name server that is asked for the servers of carriers' domains.
    pub dns: Option<SocketAddr>,
    /// Ports of voice and fax.
    pub rtp_ports: RangeInclusive<u16>,
    /// Database address.
    pub database_url: String,
    /// Mail server.
    pub smtp_url: Option<String>,
    /// Sender of mails.
    pub mail_from: String,
    /// Speech synthesis.
    pub tts: String,
    /// Fill an empty database with the demo.
    pub demo: bool,
    /// Password of the demo.
    pub demo_password: Option<String>,
    /// Address people type.
    pub public_url: Option<String>,
    /// Believe forwarding headers.
    pub trust_forwarded: bool,
    /// Answer /metrics to everybody.
    pub metrics_public: bool,
    /// Let callflows ask web servers inside the own network.
    pub web_private: bool,
    /// How long the SIP messages of calls are kept; none are when it is zero.
    pub sip_traces: Duration,
    /// Pause before a fax that did not get through is sent again.
    pub fax_pause: Duration,
    /// How long running calls may go on when the program is asked to stop.
    pub grace: Duration,
    /// Directory of the built site.
    pub site: PathBuf,
}

/// A value that cannot be used: which, why, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(pub String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

impl Settings {
    /// Reads a `patchcord.toml`. A missing file is empty unless somebody named it.
    pub fn from_file(path: &Path, named: bool) -> Result<Settings, ConfigError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => {
                return Ok(Settings::default());
            }
            Err(error) => {
                return Err(ConfigError(format!(
                    "Reading the configuration {} failed: {error}. Check the path and its permissions.",
                    path.display()
                )));
            }
        };
        toml::from_str(&text).map_err(|error| {
            ConfigError(format!(
                "The configuration {} is not understood: {}. Correct it; `patchcord serve --help` lists the keys.",
                path.display(),
                error.to_string().replace('\n', " ")
            ))
        })
    }

    /// These settings, with gaps filled from `below`. Empty texts count as gaps.
    #[must_use]
    pub fn over(self, below: Settings) -> Settings {
        let text = |a: Option<String>, b: Option<String>| a.filter(|t| !t.is_empty()).or(b);
        Settings {
            data: self.data.or(below.data),
            http: text(self.http, below.http),
            sip: text(self.sip, below.sip),
            sips: text(self.sips, below.sips),
            tls_certificate: self.tls_certificate.or(below.tls_certificate),
            tls_key: self.tls_key.or(below.tls_key),
            tls_authorities: self.tls_authorities.or(below.tls_authorities),
            tls_client_authorities: self.tls_client_authorities.or(below.tls_client_authorities),
            sip_digest: text(self.sip_digest, below.sip_digest),
            external_address: text(self.external_address, below.external_address),
            dns: text(self.dns, below.dns),
            rtp_ports: text(self.rtp_ports, below.rtp_ports),
            database_url: text(self.database_url, below.database_url),
            smtp_url: text(self.smtp_url, below.smtp_url),
            mail_from: text(self.mail_from, below.mail_from),
            tts: text(self.tts, below.tts),
            demo: self.demo.or(below.demo),
            demo_password: text(self.demo_password, below.demo_password),
            log: text(self.log, below.log),
            public_url: text(self.public_url, below.public_url),
            trust_forwarded: self.trust_forwarded.or(below.trust_forwarded),
            metrics_public: self.metrics_public.or(below.metrics_public),
            web_private: self.web_private.or(below.web_private),
            sip_trace_days: self.sip_trace_days.or(below.sip_trace_days),
            fax_pause: self.fax_pause.or(below.fax_pause),
            grace: self.grace.or(below.grace),
            site: self.site.or(below.site),
        }
    }

    /// Fills in the defaults and checks every value.
    pub fn complete(self) -> Result<Config, ConfigError> {
        let data = self.data.unwrap_or_else(|| PathBuf::from("data"));
        let text = |value: Option<String>, default: &str| {
            value
                .filter(|t| !t.is_empty())
                .unwrap_or(default.to_owned())
        };
        let file = |path: Option<PathBuf>| path.filter(|path| !path.as_os_str().is_empty());
        let external = self.external_address.filter(|t| !t.is_empty());
        Ok(Config {
            http: text(self.http, "127.0.0.1:3000"),
            sip: address("PATCHCORD_SIP", &text(self.sip, "0.0.0.0:5060"))?,
            sips: self
                .sips
                .filter(|t| !t.is_empty())
                .map(|t| address("PATCHCORD_SIPS", &t))
                .transpose()?,
            tls: match (file(self.tls_certificate), file(self.tls_key)) {
                (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
                (None, None) => None,
                _ => {
                    return Err(ConfigError(
                        "A certificate is of no use without its key. Set both PATCHCORD_TLS_CERTIFICATE and \
                         PATCHCORD_TLS_KEY, or neither."
                            .to_owned(),
                    ));
                }
            },
            tls_authorities: file(self.tls_authorities),
            tls_client_authorities: file(self.tls_client_authorities),
            sip_digest: algorithms(&text(self.sip_digest, "md5"))?,
            external_address: external.map(|t| external_address(&t)).transpose()?,
            dns: self
                .dns
                .filter(|t| !t.is_empty())
                .map(|t| address("PATCHCORD_DNS", &t))
                .transpose()?,
            rtp_ports: ports(&text(self.rtp_ports, "20000-29999"))?,
            database_url: text(
                self.database_url,
                &format!("sqlite://{}", data.join("patchcord.db").display()),
            ),
            smtp_url: self.smtp_url.filter(|t| !t.is_empty()),
            mail_from: text(self.mail_from, "Patchcord <patchcord@localhost>"),
            tts: text(self.tts, "espeak-ng"),
            demo: self.demo.unwrap_or(false),
            demo_password: self.demo_password.filter(|t| !t.is_empty()),
            public_url: self.public_url.filter(|t| !t.is_empty()),
            trust_forwarded: self.trust_forwarded.unwrap_or(false),
            metrics_public: self.metrics_public.unwrap_or(false),
            web_private: self.web_private.unwrap_or(false),
            sip_traces: DAY * u32::from(self.sip_trace_days.unwrap_or(7)),
            fax_pause: Duration::from_secs(self.fax_pause.unwrap_or(180).into()),
            grace: Duration::from_secs(self.grace.unwrap_or(5).into()),
            site: self.site.unwrap_or_else(|| PathBuf::from("target/site")),
            data,
        })
    }
}

impl Config {
    /// Whether browsers reach the site by https.
    pub fn is_https(&self) -> bool {
        self.public_url
            .as_deref()
            .is_some_and(|url| url.starts_with("https://"))
    }
}

fn address(key: &str, text: &str) -> Result<SocketAddr, ConfigError> {
    text.parse().map_err(|_| {
        ConfigError(format!(
            "{key} is “{text}”, which is not an address with port. Write it as 0.0.0.0:5060 or [::]:5060."
        ))
    })
}

/// Both is in the order of RFC 8760 §2.4: phones take the first that they understand.
fn algorithms(text: &str) -> Result<Vec<Algorithm>, ConfigError> {
    match text {
        "md5" => Ok(vec![Algorithm::Md5]),
        "sha256" => Ok(vec![Algorithm::Sha256]),
        "both" => Ok(vec![Algorithm::Sha256, Algorithm::Md5]),
        _ => Err(ConfigError(format!(
            "PATCHCORD_SIP_DIGEST is “{text}”. Write it as md5, sha256 or both."
        ))),
    }
}

fn external_address(text: &str) -> Result<IpAddr, ConfigError> {
    text.parse().map_err(|_| {
        ConfigError(format!(
            "PATCHCORD_EXTERNAL_ADDRESS is “{text}”, which is not an IP address. Write it as 192.0.2.1, without port."
        ))
    })
}

fn ports(text: &str) -> Result<RangeInclusive<u16>, ConfigError> {
    let range = text.split_once('-').and_then(|(first, last)| {
        let (first, last): (u16, u16) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        (first >= 1024 && first < last).then_some(first..=last)
    });
    range.ok_or_else(|| {
        ConfigError(format!(
            "PATCHCORD_RTP_PORTS is “{text}”. Write the first and last port as 20000-29999, both from 1024 to 65535."
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upper_layer_wins_and_gaps_are_filled() {
        let file: Settings =
            toml::from_str("http = \"127.0.0.1:1\"\nsip = \"127.0.0.1:2\"\ndemo = true").unwrap();
        let flags = Settings {
            http: Some("127.0.0.1:9".into()),
            sip: Some(String::new()),
            ..Settings::default()
        };
        let config = flags.over(file).complete().unwrap();
        assert_eq!(config.http, "127.0.0.1:9");
        assert_eq!(config.sip.port(), 2);
        assert!(config.demo);
        assert_eq!(config.rtp_ports, 20_000..=29_999);
        assert_eq!(config.database_url, "sqlite://data/patchcord.db");
    }

    #[test]
    fn wrong_values_say_what_is_right() {
        for wrong in [
            Settings {
                sip: Some("5060".into()),
                ..Settings::default()
            },
            Settings {
                rtp_ports: Some("30000-20000".into()),
                ..Settings::default()
            },
            Settings {
                sip_digest: Some("sha-256".into()),
                ..Settings::default()
            },
            Settings {
                external_address: Some("example.com".into()),
                ..Settings::default()
            },
        ] {
            let message = wrong.complete().unwrap_err().to_string();
            assert!(
                message.contains("Write it") || message.contains("Write the"),
                "{message}"
            );
        }
    }

    #[test]
    fn phones_are_challenged_with_md5_unless_told_otherwise() {
        let algorithms = |text: &str| {
            let settings = Settings {
                sip_digest: Some(text.into()),
                ..Settings::default()
            };
            settings.complete().unwrap().sip_digest
        };
        assert_eq!(algorithms(""), [Algorithm::Md5]);
        assert_eq!(algorithms("sha256"), [Algorithm::Sha256]);
        assert_eq!(algorithms("both"), [Algorithm::Sha256, Algorithm::Md5]);
    }

    #[test]
    fn unknown_key_of_the_file_is_refused() {
        assert!(toml::from_str::<Settings>("htpp = \"x\"").is_err());
    }
}
