//! `patchcord import` and `patchcord export`.

use super::check::read;
use super::{Configured, Failure, say, with_store};
use crate::documents::{self, Format};
use serde_json::Value;
use std::path::PathBuf;
use store::{Access, Page};

#[derive(clap::Args)]
pub(super) struct Import {
    /// Documents to import: ours, KAZOO's, single or in lists; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Account that gets them
    #[arg(long, value_name = "ID")]
    account: String,
    #[command(flatten)]
    configured: Configured,
}

#[derive(clap::Args)]
pub(super) struct Export {
    /// Account whose callflows are written
    #[arg(long, value_name = "ID")]
    account: String,
    /// `patchcord` or `kazoo`
    #[arg(long, default_value = "patchcord", value_parser = ["patchcord", "kazoo"])]
    format: String,
    #[command(flatten)]
    configured: Configured,
}

pub(super) fn import(import: Import) -> Result<(), Failure> {
    let mut callflows = Vec::new();
    for path in &import.files {
        callflows.extend(read(path).map_err(Failure::Work)?);
    }
    with_store(import.configured, async move |store, _| {
        let access = Access::of_program(&import.account);
        store.account(&access).await?;
        for callflow in callflows {
            let done = documents::import(&store, &access, callflow).await?;
            let mut line = format!("{} {}", done.draft.id, done.draft.callflow.title());
            if !done.numbers_left_out.is_empty() {
                line.push_str(&format!(
                    " (left out, attached elsewhere: {})",
                    done.numbers_left_out.join(", ")
                ));
            }
            say(&line);
        }
        Ok(())
    })
}

pub(super) fn export(export: Export) -> Result<(), Failure> {
    let format = Format::parse(&export.format).unwrap_or(Format::Patchcord);
    with_store(export.configured, async move |store, _| {
        let access = Access::of_program(&export.account);
        store.account(&access).await?;
        let mut documents = Vec::new();
        let mut page = Page::largest();
        loop {
            let piece = store.callflows(&access, &page).await?;
            for summary in piece.items {
                let draft = store.callflow(&access, &summary.id).await?;
                documents.push(documents::write(&draft.callflow, format));
            }
            page.cursor = piece.next;
            if page.cursor.is_none() {
                break;
            }
        }
        let text = serde_json::to_string_pretty(&Value::Array(documents))?;
        say(&text);
        Ok(())
    })
}
