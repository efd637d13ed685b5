//! The site's files: inside the program in a release, from the disk while developing.
//!
//! Program and styles live below `/pkg-<hash>/`; the hash covers all files, so what a browser keeps under such an
//! address never changes. Fonts and icons keep their names and are revalidated by `ETag`.

use crate::state::App;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::path::{Component, PathBuf};

const IMMUTABLE: &str = "public, max-age=31536000, immutable";
const REVALIDATED: &str = "public, max-age=3600, must-revalidate";

/// One file of the site.
struct File {
    path: &'static str,
    etag: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

#[cfg(feature = "embed")]
mod embedded {
    use super::File;
    include!(concat!(env!("OUT_DIR"), "/site.rs"));
}

/// Where the files are.
#[derive(Debug)]
pub(crate) struct Site {
    directory: PathBuf,
    hash: String,
}

impl Site {
    /// The site inside the program, or the one in `directory`.
    #[cfg(feature = "embed")]
    pub(crate) fn open(directory: PathBuf) -> Site {
        let hash = embedded::HASH.to_owned();
        Site { directory, hash }
    }

    /// The site inside the program, or the one in `directory`.
    #[cfg(not(feature = "embed"))]
    pub(crate) fn open(directory: PathBuf) -> Site {
        let mut digest = Sha256::new();
        let package = directory.join("pkg");
        let mut files: Vec<_> = std::fs::read_dir(&package)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.is_file())
            .collect();
        files.sort();
        for file in files {
            digest.update(std::fs::read(file).unwrap_or_default());
        }
        let hash = hex(&digest.finalize());
        Site { directory, hash }
    }

    /// The directory part of the program's and styles' addresses, `pkg-0123456789abcdef`.
    pub(crate) fn package(&self) -> String {
        format!("pkg-{}", self.hash)
    }

    fn answer(&self, path: &str, caching: &'static str, headers: &HeaderMap) -> Response {
        #[cfg(feature = "embed")]
        if let Some(file) = embedded::FILES.iter().find(|file| file.path == path) {
            return file.answer(caching, headers);
        }
        self.read_disk(path, caching, headers)
    }

    fn read_disk(&self, path: &str, caching: &'static str, headers: &HeaderMap) -> Response {
        let below = PathBuf::from(path);
        let plain = below
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if cfg!(feature = "embed") || !plain {
            return StatusCode::NOT_FOUND.into_response();
        }
        let Ok(bytes) = std::fs::read(self.directory.join(&below)) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let etag = hex(&Sha256::digest(&bytes));
        reply(path, &etag, caching, headers, None, Body::from(bytes))
    }
}

impl File {
    #[cfg_attr(not(feature = "embed"), allow(dead_code))]
    fn answer(&self, caching: &'static str, headers: &HeaderMap) -> Response {
        let accepts = |coding: &str| accepts(headers, coding);
        let (coding, bytes) = match (self.brotli, self.gzip) {
            (Some(bytes), _) if accepts("br") => (Some("br"), bytes),
            (_, Some(bytes)) if accepts("gzip") => (Some("gzip"), bytes),
            _ => (None, self.plain),
        };
        reply(
            self.path,
            self.etag,
            caching,
            headers,
            coding,
            Body::from(bytes),
        )
    }
}

/// Whether the browser takes this content coding (RFC 9110 §12.5.3); `q=0` refuses it.
fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| {
            let mut parts = item.split(';').map(str::trim);
            let named = parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case(coding));
            named && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
}

fn reply(
    path: &str,
    etag: &str,
    caching: &'static str,
    headers: &HeaderMap,
    coding: Option<&'static str>,
    body: Body,
) -> Response {
    let etag = format!(
        "\"{etag}{}\"",
        coding.map(|c| format!("-{c}")).unwrap_or_default()
    );
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| {
            tags.split(',')
                .any(|tag| tag.trim().trim_start_matches("W/") == etag)
        });
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(body)
    };
    let answer = response.headers_mut();
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        answer.insert(header::ETAG, etag);
    }
    if !known {
        answer.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(media_type(path)),
        );
        if let Some(coding) = coding {
            answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
    }
    response
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or("") {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "html" => "text/html; charset=utf-8",
        "json" | "map" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        "woff2" => "font/woff2",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "wav" => "audio/wav",
        _ => "application/octet-stream",
    }
}

fn hex(digest: &[u8]) -> String {
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Finds the file behind an address: `/pkg-<hash>/…`, or a file under its own name. None when there is no such file.
pub(crate) fn find(app: &App, path: &str, headers: &HeaderMap) -> Option<Response> {
    let path = path.trim_start_matches('/');
    let response = match path.split_once('/') {
        // Another hash is an older or newer program: it must not get this one's files.
        Some((directory, rest)) if directory.starts_with("pkg-") => {
            if directory != app.site.package() {
                return None;
            }
            app.site.answer(&format!("pkg/{rest}"), IMMUTABLE, headers)
        }
        Some(("pkg", _)) => return None,
        _ => app.site.answer(path, REVALIDATED, headers),
    };
    (response.status() != StatusCode::NOT_FOUND).then_some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(accept: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, accept.parse().unwrap());
        headers
    }

    #[test]
    fn brotli_is_preferred_and_q_zero_refuses() {
        let file = File {
            path: "pkg/a.js",
            etag: "aa",
            plain: b"plain",
            brotli: Some(b"br"),
            gzip: Some(b"gz"),
        };
        let coding = |accept: &str| {
            let response = file.answer(IMMUTABLE, &asking(accept));
            let coding = response.headers().get(header::CONTENT_ENCODING);
            coding.map(|c| c.to_str().unwrap().to_owned())
        };
        assert_eq!(coding("gzip, deflate, br").as_deref(), Some("br"));
        assert_eq!(coding("gzip, br;q=0").as_deref(), Some("gzip"));
        assert_eq!(coding("identity"), None);
    }

    #[test]
    fn path_cannot_leave_the_directory() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("site")).unwrap();
        std::fs::write(dir.path().join("secret.txt"), "x").unwrap();
        let site = Site::open(dir.path().join("site"));
        for path in ["../secret.txt", "/etc/passwd", "a/../../secret.txt"] {
            let response = site.answer(path, REVALIDATED, &HeaderMap::new());
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[test]
    fn known_etag_is_answered_with_304() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("mark.svg"), "<svg/>").unwrap();
        let site = Site::open(dir.path().to_owned());
        let first = site.answer("mark.svg", REVALIDATED, &HeaderMap::new());
        assert_eq!(first.headers()[header::CONTENT_TYPE], "image/svg+xml");
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone());
        let again = site.answer("mark.svg", REVALIDATED, &headers);
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }
}
