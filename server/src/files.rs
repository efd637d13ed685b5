//! Removing the files that deletions left behind.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};
use store::{Announcement, Store};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

/// Removes what was left before, then what every change leaves.
pub(crate) async fn follow(
    store: Store,
    data: PathBuf,
    mut announcements: Receiver<Announcement>,
    stop: CancellationToken,
) {
    let work = async {
        loop {
            remove_left(&store, &data).await;
            if matches!(announcements.recv().await, Err(RecvError::Closed)) {
                return;
            }
            // Several changes at once are one look.
            announcements = announcements.resubscribe();
        }
    };
    tokio::select! {
        () = work => {}
        () = stop.cancelled() => {}
    }
}

/// Removes all files that deletions left. What cannot be removed now stays noted.
pub(crate) async fn remove_left(store: &Store, data: &Path) {
    let (mut removed, mut after) = (0_u64, String::new());
    loop {
        let paths = match store.files_to_remove(&after).await {
            Ok(paths) => paths,
            Err(error) => {
                tracing::error!(%error, "files of what was deleted could not be looked up; they are removed later");
                return;
            }
        };
        let Some(last) = paths.last() else { break };
        after.clone_from(last);
        for path in paths {
            let done = match remove(data, &path).await {
                Ok(()) => store.file_removed(&path).await.map_err(|e| e.to_string()),
                Err(error) => Err(error.to_string()),
            };
            match done {
                Ok(()) => removed += 1,
                Err(error) => {
                    tracing::warn!(
                        path,
                        error,
                        "a file of what was deleted could not be removed; check its permissions"
                    );
                }
            }
        }
    }
    if removed > 0 {
        tracing::info!(removed, "files of what was deleted were removed");
    }
}

/// Removes a file or a directory. What is not there is removed already.
async fn remove(data: &Path, path: &str) -> std::io::Result<()> {
    let below = Path::new(path);
    let inside = |part: Component| matches!(part, Component::Normal(_));
    if path.is_empty() || !below.components().all(inside) {
        // Nothing outside the data directory is ours to remove.
        return Ok(());
    }
    let target = data.join(below);
    let gone = match tokio::fs::symlink_metadata(&target).await {
        Ok(found) if found.is_dir() => tokio::fs::remove_dir_all(&target).await,
        Ok(_) => tokio::fs::remove_file(&target).await,
        Err(error) => Err(error),
    };
    match gone {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        gone => gone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use store::{Access, NewMessage};

    #[tokio::test]
    async fn what_a_program_left_that_stopped_in_between_is_removed_by_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", dir.path().join("test.db").display());
        let store = Store::open(&url).await.unwrap();
        let store = store.with_key(store::SecretKey::from_bytes([7; 32]));
        store.seed_demo("correct horse battery").await.unwrap();
        let account = store.all_accounts().await.unwrap().remove(0);
        let access = Access::of_program(&account.id);
        std::fs::create_dir(dir.path().join("voicemail")).unwrap();
        let leave = async |file: &str| {
            std::fs::write(dir.path().join(file), "x").unwrap();
            let new = NewMessage {
                box_id: "box".into(),
                caller_number: String::new(),
                caller_name: String::new(),
                callee_number: String::new(),
                duration_ms: 1,
                file: file.into(),
            };
            let message = store.add_message(&access, new).await.unwrap();
            let deleted = store.delete_message(&access, "box", &message.id);
            deleted.await.unwrap();
        };
        leave("voicemail/before.wav").await;
        let announcements = store.announcements();
        let data = dir.path().to_owned();
        let stop = CancellationToken::new();
        let task = tokio::spawn(follow(store.clone(), data, announcements, stop.clone()));
        let gone = async |file: &str| {
            let looking = async {
                while dir.path().join(file).exists() || !noted(&store).await.is_empty() {
                    tokio::task::yield_now().await;
                }
            };
            let gone = tokio::time::timeout(Duration::from_secs(20), looking).await;
            assert!(gone.is_ok(), "{file}");
        };
        gone("voicemail/before.wav").await;
        leave("voicemail/later.wav").await;
        gone("voicemail/later.wav").await;
        stop.cancel();
        task.await.unwrap();
    }

    async fn noted(store: &Store) -> Vec<String> {
        store.files_to_remove("").await.unwrap()
    }

    #[tokio::test]
    async fn nothing_outside_the_data_directory_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let (kept, gone) = (dir.path().join("kept"), data.join("media/a"));
        std::fs::create_dir_all(&gone).unwrap();
        std::fs::write(&kept, "x").unwrap();
        let outside = kept.display().to_string();
        for path in [
            "../kept",
            "media/../../kept",
            &outside,
            "",
            "media/none",
            "media/a",
        ] {
            remove(&data, path).await.unwrap();
        }
        assert!(kept.exists() && data.exists() && !gone.exists());
    }
}
