//! Synthesized speech on disk, bounded by its size.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// New files between two looks at the size of the directory.
const TRIM_EVERY: u64 = 64;

#[derive(Debug)]
pub(super) struct DiskCache {
    directory: PathBuf,
    limit: u64,
    written: AtomicU64,
}

impl DiskCache {
    pub(super) fn new(directory: PathBuf, limit: u64) -> Self {
        Self {
            directory,
            limit,
            written: AtomicU64::new(0),
        }
    }

    /// Where the speech of this name is or will be.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}.wav"))
    }

    pub(super) async fn has(&self, path: &Path) -> bool {
        tokio::fs::try_exists(path).await.unwrap_or(false)
    }

    /// A name to write to before `path` is complete; unique, for two processes
    /// may share the directory.
    pub(super) async fn begin(&self, path: &Path) -> io::Result<PathBuf> {
        tokio::fs::create_dir_all(&self.directory).await?;
        let unique: u64 = rand::random();
        Ok(path.with_extension(format!("{unique:016x}.part")))
    }

    /// Gives a written file its name.
    pub(super) async fn complete(&self, part: &Path, path: &Path) -> io::Result<()> {
        tokio::fs::rename(part, path).await?;
        if self.written.fetch_add(1, Ordering::Relaxed) % TRIM_EVERY == TRIM_EVERY - 1 {
            let (directory, limit) = (self.directory.clone(), self.limit);
            // Nobody waits for it; a failure shows at the next look.
            drop(tokio::task::spawn_blocking(move || {
                if let Err(error) = trim(&directory, limit) {
                    let directory = directory.display();
                    tracing::warn!("trimming the speech cache {directory} failed: {error}");
                }
            }));
        }
        Ok(())
    }
}

/// Removes the oldest files until the rest fits into `limit` bytes.
fn trim(directory: &Path, limit: u64) -> io::Result<()> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let file = entry.metadata()?;
        if file.is_file() {
            let time = file.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            files.push((time, file.len(), entry.path()));
        }
    }
    files.sort();
    let mut total: u64 = files.iter().map(|(_, length, _)| length).sum();
    for (_, length, path) in files {
        if total <= limit {
            break;
        }
        std::fs::remove_file(path)?;
        total -= length;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::Duration;

    use super::*;

    #[test]
    fn oldest_files_are_removed_until_the_rest_fits() {
        let directory = tempfile::tempdir().expect("directory");
        for (age, name) in [(30, "old.wav"), (10, "new.wav"), (20, "middle.wav")] {
            let path = directory.path().join(name);
            std::fs::write(&path, [0; 100]).expect("written");
            let time = SystemTime::now() - Duration::from_secs(age);
            let file = File::options().write(true).open(&path).expect("open");
            file.set_modified(time).expect("dated");
        }
        trim(directory.path(), 250).expect("trimmed");
        let left = |name: &str| directory.path().join(name).exists();
        assert!(!left("old.wav") && left("middle.wav") && left("new.wav"));
    }
}
