//! The crate performs no I/O: time, randomness and bytes are inputs.

use std::fs;
use std::path::Path;

/// What a sans-IO crate has no use for.
const FORBIDDEN: [&str; 12] = [
    "std::fs",
    "std::env",
    "std::process",
    "std::thread",
    "std::io",
    "std::time::Instant",
    "SystemTime",
    "UdpSocket",
    "TcpStream",
    "TcpListener",
    "RandomState",
    "HashMap",
];

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push((
                path.display().to_string(),
                fs::read_to_string(&path).unwrap(),
            ));
        }
    }
}

#[test]
fn sources_touch_no_socket_clock_thread_file_or_random_source() {
    let mut found = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    assert!(found.len() > 30);
    for (path, text) in found {
        for word in FORBIDDEN {
            assert!(!text.contains(word), "{path} uses {word}");
        }
    }
}

#[test]
fn dependencies_are_the_agreed_few() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let manifest = fs::read_to_string(manifest).unwrap();
    let (_, rest) = manifest.split_once("[dependencies]").unwrap();
    let section = rest.split("\n[").next().unwrap();
    let names: Vec<&str> = section
        .lines()
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty())
        .collect();
    assert_eq!(
        names,
        [
            "base64", "bytes", "md-5", "memchr", "sha2", "smallvec", "subtle"
        ]
    );
}
