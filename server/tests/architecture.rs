//! The house rules that a compiler does not know: who may know whom, what the pure crates may use, how
//! files are named, and that every dependency was decided. See `ARCHITECTURE.md`.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which crates of the workspace each crate may use. `frontend` is used by none.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("callflow", &[]),
    ("sip", &[]),
    ("store", &["callflow"]),
    ("fax", &[]),
    ("runtime", &["callflow", "fax", "sip"]),
    ("app", &["callflow", "store"]),
    ("frontend", &["app"]),
    (
        "server",
        &["app", "callflow", "fax", "runtime", "sip", "store"],
    ),
];

/// What the crates without I/O are built from. To add a crate here, be sure that it opens nothing, waits
/// for nothing, and asks no clock.
const PURE: &[(&str, &[&str])] = &[
    ("callflow", &["jiff", "regex-lite", "serde", "serde_json"]),
    (
        "sip",
        &[
            "base64", "bytes", "md-5", "memchr", "sha2", "smallvec", "subtle",
        ],
    ),
];

/// What source of a pure crate must not contain. Addresses and durations of `std` are data and allowed.
const OUTSIDE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io::std",
    "std::process",
    "std::thread",
    "TcpListener",
    "TcpStream",
    "UdpSocket",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "tokio::",
    "rand::",
    "getrandom",
];

/// Names that say nothing about what a file is for.
const EMPTY_NAMES: &[&str] = &[
    "common", "helper", "helpers", "misc", "mod", "types", "util", "utils",
];

/// Files aim at 250 lines, and at 600 one thinks; at this length a file is about more than one thing. Its unit tests
/// do not count.
const LONGEST_FILE: usize = 750;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the server lies in the workspace")
        .to_path_buf()
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo metadata failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

/// One use of a crate by a member of the workspace.
#[derive(Debug)]
struct Use {
    by: String,
    of: String,
    kind: String,
    optional: bool,
    inside: bool,
}

fn uses() -> Vec<Use> {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    let members: BTreeSet<&str> = packages.iter().filter_map(|p| p["name"].as_str()).collect();
    let mut uses = Vec::new();
    for package in packages {
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let of = dependency["name"].as_str().expect("a name").to_owned();
            uses.push(Use {
                by: package["name"].as_str().expect("a name").to_owned(),
                kind: dependency["kind"].as_str().unwrap_or("normal").to_owned(),
                optional: dependency["optional"].as_bool().unwrap_or(false),
                inside: members.contains(of.as_str()),
                of,
            });
        }
    }
    assert!(!uses.is_empty());
    uses
}

/// All files below `directory` with this extension, build output left out.
fn files(directory: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if path.is_dir() {
            if name != "target" && name != "node_modules" && !name.starts_with('.') {
                files(&path, extension, found);
            }
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
}

fn rust_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (name, _) in MAY_KNOW {
        files(&root().join(name), "rs", &mut found);
    }
    assert!(found.len() > 50, "the sources were not found");
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}

#[test]
fn every_member_of_the_workspace_has_its_place() {
    let metadata = metadata();
    let members: BTreeSet<&str> = metadata["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .filter_map(|p| p["name"].as_str())
        .collect();
    let placed: BTreeSet<&str> = MAY_KNOW.iter().map(|(name, _)| *name).collect();
    assert_eq!(members, placed);
}

#[test]
fn crates_know_only_whom_they_may() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_KNOW.iter().copied().collect();
    let wrong: Vec<String> = uses()
        .iter()
        .filter(|u| u.inside && !allowed[u.by.as_str()].contains(&u.of.as_str()))
        .map(|u| format!("{} must not know {} ({})", u.by, u.of, u.kind))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_store_reaches_pages_on_the_server_alone() {
    for dependency in uses().iter().filter(|u| u.by == "app" && u.of == "store") {
        assert!(
            dependency.optional,
            "app uses store only with the feature ssr"
        );
    }
    let manifest = fs::read_to_string(root().join("frontend/Cargo.toml")).expect("a manifest");
    assert!(!manifest.contains("ssr"), "frontend never asks for ssr");
}

#[test]
fn pure_crates_are_built_from_pure_crates() {
    let pure: BTreeMap<&str, &[&str]> = PURE.iter().copied().collect();
    let wrong: Vec<String> = uses()
        .iter()
        .filter(|u| u.kind == "normal")
        .filter(|u| {
            pure.get(u.by.as_str())
                .is_some_and(|a| !a.contains(&u.of.as_str()))
        })
        .map(|u| format!("{} must not use {}", u.by, u.of))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn pure_crates_never_touch_the_outside() {
    let mut wrong = Vec::new();
    for (name, _) in PURE {
        let mut sources = Vec::new();
        files(&root().join(name).join("src"), "rs", &mut sources);
        for path in sources {
            let text = fs::read_to_string(&path).expect("a source file");
            for (number, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                if let Some(word) = OUTSIDE.iter().find(|word| code.contains(**word)) {
                    wrong.push(format!("{}:{}: {word}", shown(&path), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_domain_and_the_sip_core_forbid_unsafe_code() {
    for (name, _) in PURE {
        let text = fs::read_to_string(root().join(name).join("src/lib.rs")).expect("a library");
        assert!(text.contains("#![forbid(unsafe_code)]"), "{name}");
    }
}

#[test]
fn modules_are_named_after_what_they_hold() {
    let wrong: Vec<String> = rust_files()
        .iter()
        .filter(|path| {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            EMPTY_NAMES.contains(&stem.as_ref())
        })
        .map(|path| shown(path))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_source_file_is_about_more_than_one_thing() {
    let wrong: Vec<String> = rust_files()
        .iter()
        .filter_map(|path| {
            let lines = fs::read_to_string(path)
                .expect("a source file")
                .lines()
                .take_while(|line| !line.starts_with("#[cfg(test)]"))
                .count();
            (lines > LONGEST_FILE).then(|| format!("{}: {lines} lines", shown(path)))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn decisions() -> Vec<(String, String)> {
    let mut found = Vec::new();
    files(&root().join("docs/decisions"), "md", &mut found);
    let decisions: Vec<(String, String)> = found
        .iter()
        .filter(|path| {
            path.file_name().is_some_and(|n| {
                n.to_string_lossy()
                    .starts_with(|c: char| c.is_ascii_digit())
            })
        })
        .map(|path| {
            (
                shown(path),
                fs::read_to_string(path).expect("a decision file"),
            )
        })
        .collect();
    assert!(decisions.len() >= 9, "the decisions were not found");
    decisions
}

#[test]
fn every_dependency_was_decided() {
    let decided: String = decisions().into_iter().map(|(_, text)| text).collect();
    let external: BTreeSet<String> = uses()
        .into_iter()
        .filter(|u| !u.inside)
        .map(|u| u.of)
        .collect();
    let undecided: Vec<&String> = external
        .iter()
        .filter(|name| !decided.contains(&format!("`{name}`")))
        .collect();
    assert!(
        undecided.is_empty(),
        "no file of docs/decisions names {undecided:?}"
    );
}

#[test]
fn every_dependency_is_used() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    let manifest: toml::Table = manifest.parse().expect("the manifest is TOML");
    let offered = manifest["workspace"]["dependencies"]
        .as_table()
        .expect("workspace dependencies");
    let used: BTreeSet<String> = uses().into_iter().map(|u| u.of).collect();
    let unused: Vec<&String> = offered
        .keys()
        .filter(|name| !used.contains(*name))
        .collect();
    assert!(
        unused.is_empty(),
        "Cargo.toml offers what no crate uses: {unused:?}"
    );
}

#[test]
fn a_table_of_dependencies_names_their_licences() {
    let silent: Vec<String> = decisions()
        .into_iter()
        .filter(|(_, text)| {
            let table = text.split("## Dependencies").nth(1).unwrap_or_default();
            table.contains("| `") && !table.contains("Licence")
        })
        .map(|(name, _)| name)
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn every_setting_is_explained_in_the_readme() {
    let config = fs::read_to_string(root().join("server/src/config.rs")).expect("the settings");
    let readme = fs::read_to_string(root().join("README.md")).expect("the readme");
    let settings: BTreeSet<&str> = config
        .split("env = \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(
        settings.contains("PATCHCORD_DATA"),
        "the settings were not found"
    );
    let silent: Vec<&&str> = settings
        .iter()
        .filter(|name| !readme.contains(&format!("`{name}`")))
        .collect();
    assert!(silent.is_empty(), "README.md does not explain {silent:?}");
}

#[test]
fn decisions_are_numbered_once() {
    let mut seen = BTreeMap::new();
    for (name, _) in decisions() {
        let number = name
            .rsplit('/')
            .next()
            .and_then(|file| file.split('-').next())
            .unwrap_or_default()
            .to_owned();
        if let Some(other) = seen.insert(number, name.clone()) {
            panic!("{name} and {other} share a number");
        }
    }
}
