//! `patchcord import` and `patchcord export`.

use super::check::read;
use super::{Configured, Failure, say, with_store};
use crate::documents::{self, Format};
use callflow::kazoo::{Line, Part, Report};
use std::path::PathBuf;
use store::{Access, ImportOptions, Imported};

#[derive(clap::Args)]
pub(super) struct Import {
    /// Documents to import: callflows, users, devices and so on, ours or KAZOO's, single or whole sets; `-` reads
    /// standard input. Documents of several files may refer to each other
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Account that gets them
    #[arg(long, value_name = "ID")]
    account: String,
    /// Tell what would be done, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Take the other documents when some are refused
    #[arg(long)]
    partial: bool,
    #[command(flatten)]
    configured: Configured,
}

#[derive(clap::Args)]
pub(super) struct Export {
    /// Account whose callflows and resources are written
    #[arg(long, value_name = "ID")]
    account: String,
    /// `patchcord` or `kazoo`
    #[arg(long, default_value = "patchcord", value_parser = ["patchcord", "kazoo"])]
    format: String,
    #[command(flatten)]
    configured: Configured,
}

/// Prints what was made of the documents, a line each, then what was written; exit code 1 if anything was refused.
pub(super) fn import(import: Import) -> Result<(), Failure> {
    let (set, report) = read(&import.files).map_err(Failure::Work)?;
    if documents::is_empty(&set) {
        print(&report);
        return Err(Failure::Work(documents::NOTHING.to_owned()));
    }
    let options = ImportOptions {
        dry_run: import.dry_run,
        partial: import.partial,
    };
    let imported = with_store(import.configured, async move |store, _| {
        let access = Access::of_program(&import.account);
        store.account(&access).await?;
        Ok(store.import(&access, set, report, options).await?)
    })?;
    print(&imported.report);
    if imported.written {
        print_written(&imported);
    }
    match imported.report.refused.len() {
        0 => Ok(()),
        _ if imported.written || options.dry_run => Err(Failure::Reported),
        refused => Err(Failure::Work(format!(
            "Nothing was imported, because {refused} of the documents cannot be taken. Correct or remove them, or add \
             --partial to take the others."
        ))),
    }
}

/// `part document, place: text`.
fn print(report: &Report) {
    for part in Part::ALL {
        for line in report.part(part) {
            say(&format!("{} {}", part.word(), shown(line)));
        }
    }
    if report.more > 0 {
        say(&format!("and {} more lines", report.more));
    }
}

fn shown(line: &Line) -> String {
    let document = if line.document.is_empty() {
        "the document"
    } else {
        &line.document
    };
    let comma = if line.place.is_empty() { "" } else { ", " };
    format!("{document}{comma}{}: {}", line.place, line.text)
}

/// `id name` of everything that was written.
fn print_written(imported: &Imported) {
    for resource in &imported.resources {
        say(&format!("{} {}", resource.id, resource.name));
    }
    for callflow in &imported.callflows {
        let mut line = format!("{} {}", callflow.id, callflow.title);
        if !callflow.numbers_left_out.is_empty() {
            line.push_str(&format!(
                " (left out, attached elsewhere: {})",
                callflow.numbers_left_out.join(", ")
            ));
        }
        say(&line);
    }
}

pub(super) fn export(export: Export) -> Result<(), Failure> {
    let format = Format::parse(&export.format).unwrap_or(Format::Patchcord);
    with_store(export.configured, async move |store, _| {
        let access = Access::of_program(&export.account);
        store.account(&access).await?;
        let set = store.export(&access).await?;
        let text = serde_json::to_string_pretty(&documents::write_set(&set, format))?;
        say(&text);
        Ok(())
    })
}
