//! Web requests that callflows ask for. Addresses inside the exchange's own network are refused, unless the
//! configuration allows them: a callflow is drawn by somebody who must not reach our neighbours through us.

use callflow::command::{HttpMethod, HttpRequest};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Longest body that is read, in bytes.
const MAX_BODY: usize = 256 * 1_024;
/// Most time that any request may take.
const LONGEST: Duration = Duration::from_secs(30);
/// Between two tries (KAZOO).
const PAUSE: Duration = Duration::from_secs(2);
/// Most tries.
const MAX_RETRIES: u32 = 10;

/// Most time that sending a file may take.
const LONGEST_UPLOAD: Duration = Duration::from_secs(15 * 60);
/// Tries to send a file, with pauses that double from [`PAUSE`].
const UPLOADS: u32 = 6;

/// What the other side answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

/// Makes web requests.
pub(crate) struct Web {
    client: Result<reqwest::Client, String>,
    private: bool,
}

impl Web {
    /// `private` allows addresses inside our own network.
    pub(crate) fn new(product: &str, private: bool) -> Self {
        let client = reqwest::Client::builder()
            .user_agent(product)
            .timeout(LONGEST)
            // Each hop would have to be looked at again.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(Resolver { private }))
            .build();
        Self {
            client: client.map_err(|error| format!("web requests cannot be made: {error}")),
            private,
        }
    }

    /// Asks, and asks again when the network fails.
    ///
    /// # Errors
    /// What is wrong, for the call's trace.
    pub(crate) async fn ask(&self, request: &HttpRequest) -> Result<Answer, String> {
        let mut tries = 0;
        loop {
            match self.once(request).await {
                Err(Trouble::Network(_)) if tries < request.retries.min(MAX_RETRIES) => {
                    tries += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                Err(Trouble::Network(why) | Trouble::Wrong(why)) => return Err(why),
                Ok(answer) => return Ok(answer),
            }
        }
    }

    /// Sends a WAV file as the whole body; `name` is appended to the path of the address. Tried again when the network
    /// or the other side fails for the moment.
    ///
    /// # Errors
    /// What is wrong, for a log.
    pub(crate) async fn upload(
        &self,
        method: HttpMethod,
        address: &str,
        name: &str,
        file: &Path,
    ) -> Result<(), String> {
        let mut pause = PAUSE;
        for _ in 1..UPLOADS {
            match self.upload_once(method, address, name, file).await {
                Err(Trouble::Network(why)) => {
                    tracing::info!(why, "a recording could not be sent; trying again");
                }
                Err(Trouble::Wrong(why)) => return Err(why),
                Ok(()) => return Ok(()),
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        let last = self.upload_once(method, address, name, file).await;
        last.map_err(|trouble| match trouble {
            Trouble::Network(why) | Trouble::Wrong(why) => why,
        })
    }

    async fn upload_once(
        &self,
        method: HttpMethod,
        address: &str,
        name: &str,
        file: &Path,
    ) -> Result<(), Trouble> {
        let client = self
            .client
            .as_ref()
            .map_err(|why| Trouble::Wrong(why.clone()))?;
        let mut url = reqwest::Url::parse(address)
            .map_err(|error| Trouble::Wrong(format!("the address is none: {error}")))?;
        self.allow(&url)?;
        match url.path_segments_mut() {
            Ok(mut path) => path.pop_if_empty().push(name),
            Err(()) => return Err(Trouble::Wrong("the address has no path".to_owned())),
        };
        let gone = |error: std::io::Error| Trouble::Wrong(format!("the file is gone: {error}"));
        let file = tokio::fs::File::open(file).await.map_err(gone)?;
        let length = file.metadata().await.map_err(gone)?.len();
        let method = match method {
            HttpMethod::Post => reqwest::Method::POST,
            HttpMethod::Get | HttpMethod::Put => reqwest::Method::PUT,
        };
        let sent = client
            .request(method, url)
            .header(CONTENT_TYPE, "audio/wav")
            .header(CONTENT_LENGTH, length)
            .timeout(LONGEST_UPLOAD)
            .body(file)
            .send();
        let status = sent.await.map_err(|error| network(&error))?.status();
        let why = || format!("the other side answered {}", status.as_u16());
        match status.as_u16() {
            200..=299 => Ok(()),
            408 | 429 | 500..=599 => Err(Trouble::Network(why())),
            _ => Err(Trouble::Wrong(why())),
        }
    }

    async fn once(&self, request: &HttpRequest) -> Result<Answer, Trouble> {
        let client = self
            .client
            .as_ref()
            .map_err(|why| Trouble::Wrong(why.clone()))?;
        let mut url = reqwest::Url::parse(&request.url)
            .map_err(|error| Trouble::Wrong(format!("“{}” is no address: {error}", request.url)))?;
        self.allow(&url)?;
        let get = request.method == HttpMethod::Get;
        if get && !request.fields.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.fields);
        }
        let timeout = Duration::from_millis(request.timeout_ms).min(LONGEST);
        let method = match request.method {
            HttpMethod::Get => reqwest::Method::GET,
            HttpMethod::Post => reqwest::Method::POST,
            HttpMethod::Put => reqwest::Method::PUT,
        };
        let mut asked = client
            .request(method, url)
            .headers(headers(&request.headers))
            .timeout(timeout);
        if !get {
            asked = if request.json {
                let object: serde_json::Map<String, serde_json::Value> = request
                    .fields
                    .iter()
                    .map(|(name, value)| (name.clone(), value.clone().into()))
                    .collect();
                asked.json(&object)
            } else {
                asked.form(&request.fields)
            };
        }
        let mut answered = asked.send().await.map_err(|error| network(&error))?;
        let content_type = answered.headers().get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_owned();
        let status = answered.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = answered.chunk().await.map_err(|error| network(&error))? {
            let room = MAX_BODY - body.len();
            body.extend(chunk.iter().take(room));
            if body.len() == MAX_BODY {
                break;
            }
        }
        Ok(Answer {
            status,
            content_type,
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }

    /// Names are looked at when they are resolved; addresses written out are looked at here.
    fn allow(&self, url: &reqwest::Url) -> Result<(), Trouble> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Trouble::Wrong(format!("“{url}” is neither http nor https")));
        }
        let host = url.host_str().unwrap_or_default();
        let written: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        match written {
            Some(ip) if !self.private && is_inside(ip) => Err(Trouble::Wrong(inside(host))),
            _ => Ok(()),
        }
    }
}

enum Trouble {
    /// It may work another time.
    Network(String),
    /// It never will.
    Wrong(String),
}

fn network(error: &reqwest::Error) -> Trouble {
    // The innermost cause says most.
    let mut why = error.to_string();
    let mut inner = std::error::Error::source(error);
    while let Some(cause) = inner {
        why = cause.to_string();
        inner = cause.source();
    }
    if error.is_timeout() {
        why = "the other side took too long".to_owned();
    }
    Trouble::Network(why)
}

fn headers(pairs: &[(String, String)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        // What cannot be written as a header is left out.
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(value),
        ) {
            map.append(name, value);
        }
    }
    map
}

fn inside(host: &str) -> String {
    format!("{host} is inside the exchange's own network; PATCHCORD_WEB_PRIVATE=1 would allow it")
}

/// Whether an address is not one of the public internet.
fn is_inside(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_documentation()
                || v4.is_multicast()
                || v4.is_unspecified()
                || a == 0
                // RFC 6598, RFC 2544, RFC 1112 §4.
                || (a == 100 && (64..128).contains(&b))
                || (a == 198 && (b == 18 || b == 19))
                || a >= 240
        }
        IpAddr::V6(v6) => {
            let [first, second, ..] = v6.segments();
            // RFC 4291 §2.5.5.2, RFC 6052, RFC 3056: an IPv4 address inside.
            let embedded = v6.to_ipv4_mapped().or_else(|| match (first, second) {
                (0x64, 0xff9b) => v6.to_ipv4(),
                _ => None,
            });
            embedded.is_some_and(|v4| is_inside(IpAddr::V4(v4)))
                || v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_multicast()
                || (first & 0xfe00) == 0xfc00
                || (first & 0xffc0) == 0xfe80
                || first == 0x2002
                || (first == 0x64 && second == 0xff9b)
        }
    }
}

/// Resolves names, and leaves out what is inside: the check and the connection see the same address.
struct Resolver {
    private: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let all: Vec<SocketAddr> = found.collect();
            let allowed: Vec<SocketAddr> = all
                .into_iter()
                .filter(|address| private || !is_inside(address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(inside(&host).into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_network_is_known_in_all_its_spellings() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
        ] {
            assert!(is_inside(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["1.1.1.1", "93.184.215.14", "2606:4700::1111"] {
            assert!(!is_inside(outside.parse().unwrap()), "{outside}");
        }
    }

    fn get(url: &str) -> HttpRequest {
        HttpRequest {
            method: HttpMethod::Get,
            url: url.into(),
            headers: Vec::new(),
            fields: Vec::new(),
            json: false,
            timeout_ms: 2_000,
            retries: 0,
        }
    }

    #[tokio::test]
    async fn own_network_is_refused_before_anything_is_sent() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let web = Web::new("test", false);
        for host in ["127.0.0.1", "localhost", "[::1]", "0x7f.1", "2130706433"] {
            let url = format!("http://{host}:{port}/");
            let refused = web.ask(&get(&url)).await.unwrap_err();
            assert!(refused.contains("own network"), "{host}: {refused}");
        }
        let refused = web.ask(&get("file:///etc/passwd")).await.unwrap_err();
        assert!(refused.contains("neither http"), "{refused}");
    }
}
