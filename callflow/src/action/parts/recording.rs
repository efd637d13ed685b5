//! Recordings that are kept: their format, and where they are sent besides.

use crate::call::Call;
use crate::check::Finding;
use crate::command::{HttpMethod, RecordFormat};

crate::choice! {
    /// A container of recorded sound.
    pub enum Format {
        /// Small.
        Mp3 = "mp3", "MP3";
        /// Uncompressed.
        Wav = "wav", "WAV";
    }
}

impl From<Format> for RecordFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Mp3 => Self::Mp3,
            Format::Wav => Self::Wav,
        }
    }
}

impl Format {
    /// The word for it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Mp3 => "MP3",
            Self::Wav => "WAV",
        }
    }
}

crate::choice! {
    /// How a recording is sent.
    pub enum Method {
        /// `PUT`.
        Put = "put", "PUT";
        /// `POST`.
        Post = "post", "POST";
    }
}

/// The host of a web address; `None` when it is none. Only `http` and `https` reach other systems: anything else
/// could read files or speak other protocols from inside.
#[must_use]
pub fn host(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let web = ["http", "https"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let clean = !url.chars().any(|c| c.is_whitespace() || c.is_control());
    (web && clean && !host.is_empty() && !host.starts_with(':')).then_some(host)
}

/// What is wrong with the address that a recording is sent to.
#[must_use]
pub fn check(url: &str) -> Option<Finding> {
    let message = "A recording can be sent to an http or https address only";
    (!url.is_empty() && host(url).is_none())
        .then(|| Finding::error("URL_INVALID", Some("url"), message))
}

/// Where a recording is sent besides being kept. An address that is none is noted; the recording is kept all the same.
pub fn upload(call: &mut Call, url: &str, method: Method) -> Option<(HttpMethod, String)> {
    if url.is_empty() {
        return None;
    }
    if host(url).is_none() {
        call.trouble("The address for the recording is not of the web; it is kept here only.");
        return None;
    }
    let method = match method {
        Method::Put => HttpMethod::Put,
        Method::Post => HttpMethod::Post,
    };
    Some((method, url.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_count() {
        assert_eq!(
            host("https://u:p@store.example:8443/a?b"),
            Some("store.example:8443")
        );
        assert_eq!(host("HTTP://store.example"), Some("store.example"));
        for wrong in [
            "file:///etc/passwd",
            "ftp://a",
            "store.example",
            "http://",
            "http://a b",
            "http://:80/",
        ] {
            assert_eq!(host(wrong), None, "{wrong}");
        }
    }
}
