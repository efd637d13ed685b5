//! `patchcord check`: problems of flow documents, one line each.

use super::{Configured, Failure, say, with_store};
use crate::documents;
use callflow::kazoo::{Report, Set};
use callflow::{Callflow, Directory, ResourceKind, Severity};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use store::Access;

#[derive(clap::Args)]
pub(super) struct Check {
    /// Documents to check, single or whole sets; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Account whose users, menus and so on the flows refer to, beside those of the files; without both references
    /// are not checked
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    #[command(flatten)]
    configured: Configured,
}

/// Most bytes read of one file: one more than is taken, so that what is too long is seen.
const LARGEST: u64 = callflow::limits::MAX_IMPORT_BYTES as u64 + 1;

/// Reads a file, or standard input.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let outcome = if path == Path::new("-") {
        std::io::stdin().take(LARGEST).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes))
    };
    outcome.map(|_| bytes).map_err(|error| {
        format!(
            "Reading {} failed: {error}. Check the path and its permissions.",
            path.display()
        )
    })
}

/// Reads the documents of files, which may refer to each other.
pub(super) fn read(paths: &[PathBuf]) -> Result<(Set, Report), String> {
    let mut texts = Vec::with_capacity(paths.len());
    for path in paths {
        texts.push((path.display().to_string(), bytes(path)?));
    }
    documents::read(&texts)
        .map_err(|(name, why)| format!("{name} is not JSON: {why}. Correct the file."))
}

/// The resources of an account, when one is named.
pub(super) fn directory(
    account: Option<String>,
    configured: Configured,
) -> Result<Option<Directory>, Failure> {
    let Some(account) = account else {
        return Ok(None);
    };
    with_store(configured, async move |store, _| {
        let access = Access::of_program(&account);
        store.account(&access).await?;
        Ok(Some(store.directory(&access).await?))
    })
}

/// Adds the documents of a set to a directory.
pub(super) fn add(set: &Set, directory: &mut Directory) {
    for item in &set.resources {
        directory.insert(item.kind, &item.id, item.document.clone());
    }
    for document in &set.callflows {
        let Some(id) = &document.id else { continue };
        let mut entry = Map::new();
        entry.insert("name".into(), Value::from(&*document.callflow.name));
        entry.insert("numbers".into(), json!(document.callflow.numbers));
        directory.insert(ResourceKind::Callflow, &*id.0, entry);
    }
}

/// `file:node: CODE severity message`; exit code 1 if any is an error.
pub(super) fn run(check: Check) -> Result<(), Failure> {
    let account = directory(check.account, check.configured)?;
    let read: Vec<_> = check
        .files
        .into_iter()
        .map(|path| (read(std::slice::from_ref(&path)), path))
        .collect();
    let sets = read.iter().filter_map(|(read, _)| read.as_ref().ok());
    let has_resources = sets.clone().any(|(set, _)| !set.resources.is_empty());
    // A flow alone cannot say whether a menu exists.
    let knows = account.is_some() || has_resources;
    let mut directory = account.unwrap_or_default();
    for (set, _) in sets {
        add(set, &mut directory);
    }
    let mut errors = 0;
    for (read, path) in &read {
        let unreadable = |why: &str| {
            say(&format!(
                "{}:: DOCUMENT_UNREADABLE error {why}",
                path.display()
            ));
        };
        match read {
            Ok((set, report)) => {
                for line in &report.refused {
                    unreadable(&format!("{}: {}", line.document, line.text));
                }
                if documents::is_empty(set) && report.refused.is_empty() {
                    unreadable(documents::NOTHING);
                    errors += 1;
                }
                errors += report.refused.len() + flows(path, set, &directory, knows);
            }
            Err(why) => {
                unreadable(why);
                errors += 1;
            }
        }
    }
    match errors {
        0 => Ok(()),
        _ => Err(Failure::Reported),
    }
}

/// Prints the problems of a file's callflows and counts the errors.
fn flows(path: &Path, set: &Set, directory: &Directory, knows: bool) -> usize {
    let mut errors = 0;
    for document in &set.callflows {
        // Where there are several, their steps have the same names.
        let of = match set.callflows.len() {
            1 => String::new(),
            _ => format!("“{}”: ", document.callflow.title()),
        };
        errors += problems(path, &of, &document.callflow, directory, knows);
    }
    errors
}

fn problems(
    path: &Path,
    of: &str,
    callflow: &Callflow,
    directory: &Directory,
    knows: bool,
) -> usize {
    let mut errors = 0;
    for problem in callflow::check::check(callflow, directory) {
        if !knows && problem.code == "RESOURCE_MISSING" {
            continue;
        }
        let node = problem
            .node
            .map(|node| node.to_string())
            .unwrap_or_default();
        say(&format!(
            "{}:{node}: {} {} {of}{}",
            path.display(),
            problem.code,
            problem.severity,
            problem.message
        ));
        errors += usize::from(problem.severity == Severity::Error);
    }
    errors
}
