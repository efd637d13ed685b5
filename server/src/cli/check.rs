//! `patchcord check`: problems of flow documents, one line each.

use super::{Configured, Failure, say, with_store};
use crate::documents;
use callflow::{Callflow, Directory, Severity};
use std::path::{Path, PathBuf};
use store::Access;

#[derive(clap::Args)]
pub(super) struct Check {
    /// Documents to check; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Account whose users, menus and so on the flows refer to; without it references are not checked
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    #[command(flatten)]
    configured: Configured,
}

/// Most bytes read of one file.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Reads the documents of a file.
pub(super) fn read(path: &Path) -> Result<Vec<Callflow>, String> {
    use std::io::Read;
    let mut text = String::new();
    let outcome = if path == Path::new("-") {
        std::io::stdin().take(LARGEST).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(LARGEST).read_to_string(&mut text))
    };
    outcome.map_err(|error| {
        format!(
            "Reading {} failed: {error}. Check the path and its permissions.",
            path.display()
        )
    })?;
    let value = crate::json::parse(text.as_bytes())
        .map_err(|why| format!("{} is not JSON: {why}. Correct the file.", path.display()))?;
    documents::read(&value).map_err(|why| format!("{}: {why}", path.display()))
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

/// `file:node: CODE severity message`; exit code 1 if any is an error.
pub(super) fn run(check: Check) -> Result<(), Failure> {
    let directory = directory(check.account, check.configured)?;
    let mut errors = 0_usize;
    for path in &check.files {
        match read(path) {
            Ok(callflows) => {
                for callflow in callflows {
                    errors += report(path, &callflow, directory.as_ref());
                }
            }
            Err(why) => {
                say(&format!(
                    "{}:: DOCUMENT_UNREADABLE error {why}",
                    path.display()
                ));
                errors += 1;
            }
        }
    }
    if errors > 0 {
        Err(Failure::Reported)
    } else {
        Ok(())
    }
}

/// Prints a document's problems and counts its errors.
fn report(path: &Path, callflow: &Callflow, directory: Option<&Directory>) -> usize {
    let none = Directory::default();
    let mut errors = 0;
    for problem in callflow::check::check(callflow, directory.unwrap_or(&none)) {
        // A file alone cannot say whether a menu exists.
        if directory.is_none() && problem.code == "RESOURCE_MISSING" {
            continue;
        }
        let node = problem
            .node
            .map(|node| node.to_string())
            .unwrap_or_default();
        say(&format!(
            "{}:{node}: {} {} {}",
            path.display(),
            problem.code,
            problem.severity,
            problem.message
        ));
        errors += usize::from(problem.severity == Severity::Error);
    }
    errors
}
