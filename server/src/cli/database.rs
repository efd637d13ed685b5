//! `patchcord migrate`, `backup` and `restore`.

use super::{Configured, Failure, say, with_store};
use crate::config::Config;
use std::path::{Path, PathBuf};
use store::Backend;

#[derive(clap::Args)]
pub(super) struct Backup {
    /// Directory to write; it must not exist yet
    #[arg(value_name = "DIR")]
    to: PathBuf,
    #[command(flatten)]
    configured: Configured,
}

#[derive(clap::Args)]
pub(super) struct Restore {
    /// Directory that `backup` wrote
    #[arg(value_name = "DIR")]
    from: PathBuf,
    #[command(flatten)]
    configured: Configured,
}

const DATABASE: &str = "patchcord.db";

pub(super) fn migrate(configured: Configured) -> Result<(), Failure> {
    // Opening brings the tables up to date.
    with_store(configured, async |_, _| {
        say("the tables are up to date");
        Ok(())
    })
}

/// A consistent copy of the database, then the files. A file that a later row names may be missing from the copy, never
/// the other way round, so the database comes first.
pub(super) fn backup(backup: Backup) -> Result<(), Failure> {
    let to = backup.to;
    if to.exists() {
        return Err(Failure::Use(format!(
            "{} exists. Name a directory that does not.",
            to.display()
        )));
    }
    with_store(backup.configured, async move |store, config| {
        if store.backend() != Backend::Sqlite {
            return Err(Failure::Work(
                "Backing up the database failed: it is PostgreSQL, which has its own tool. Use pg_dump, and copy the \
                 data directory."
                    .into(),
            ));
        }
        std::fs::create_dir_all(&to)?;
        store
            .copy_to(&to.join(DATABASE).display().to_string())
            .await?;
        copy_files(&config.data, &to)?;
        say(&format!("backed up to {}", to.display()));
        Ok(())
    })
}

/// Copies everything but the database's own files.
fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with(DATABASE) {
            continue;
        }
        let target = to.join(&name);
        if entry.file_type()?.is_dir() {
            std::fs::create_dir_all(&target)?;
            copy_files(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

pub(super) fn restore(restore: Restore) -> Result<(), Failure> {
    let (config, _) = restore.configured.read()?;
    let from = restore.from;
    if !from.join(DATABASE).is_file() {
        return Err(Failure::Use(format!(
            "{} is not a backup: it has no {DATABASE}.",
            from.display()
        )));
    }
    if !is_empty(&config) {
        return Err(Failure::Use(format!(
            "{} is not empty. Move it away, or name another directory with --data.",
            config.data.display()
        )));
    }
    std::fs::create_dir_all(&config.data)?;
    std::fs::copy(from.join(DATABASE), config.data.join(DATABASE))?;
    copy_files(&from, &config.data)?;
    say(&format!("restored into {}", config.data.display()));
    Ok(())
}

fn is_empty(config: &Config) -> bool {
    std::fs::read_dir(&config.data).map_or(true, |mut entries| entries.next().is_none())
}
