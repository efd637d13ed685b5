//! Has the pages of a PDF file made by a worker process, which may crash or stall without harm to anything else.

use crate::PagesError;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use tokio::sync::Semaphore;

/// How long a worker may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// Workers at a time; others wait. Each may keep a core busy.
static WORKERS: Semaphore = Semaphore::const_new(2);

/// Why there are no pages.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// The file cannot be sent.
    #[error(transparent)]
    Refused(#[from] PagesError),
    /// The file has broken the worker, or needs more memory than it may take.
    #[error("the PDF cannot be drawn: it is damaged, or holds too much")]
    Broken,
    /// The file takes too long.
    #[error("the PDF takes too long to draw; send fewer pages, or simpler ones")]
    TooLong,
    /// No worker can be had.
    #[error("no fax worker can be started: {0}")]
    NoWorker(String),
}

/// Makes the pages of the PDF file, as [`crate::pages`] does, in a process of its own; `program` is this program. How
/// many there are in the TIFF file that was written.
///
/// # Errors
/// Why there are none. The TIFF file may have been begun all the same.
pub async fn convert(program: &Path, pdf: &Path, tiff: &Path) -> Result<usize, ConvertError> {
    let mut command = Command::new(program);
    // It is told nothing that it need not know: it reads what strangers send.
    command
        .args(["fax-worker", "pages", "--"])
        .arg(pdf)
        .arg(tiff)
        .env_clear();
    by(command, PATIENCE).await
}

async fn by(mut command: Command, patience: Duration) -> Result<usize, ConvertError> {
    let none = |error: &dyn std::fmt::Display| ConvertError::NoWorker(error.to_string());
    let _turn = WORKERS.acquire().await.map_err(|error| none(&error))?;
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // Neither a panic's words nor those of an allocator help anybody; and they must not fill a pipe.
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let worker = command.spawn().map_err(|error| none(&error))?;
    // A worker says one line, whatever the file is.
    let said = tokio::time::timeout(patience, worker.wait_with_output()).await;
    let said = said.map_err(|_| ConvertError::TooLong)?;
    let said = said.map_err(|error| none(&error))?;
    if !said.status.success() {
        return Err(ConvertError::Broken);
    }
    let made: Result<usize, PagesError> =
        serde_json::from_slice(&said.stdout).map_err(|_| ConvertError::Broken)?;
    made.map_err(ConvertError::Refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn by_script(script: &str, patience: Duration) -> Result<usize, ConvertError> {
        let mut worker = Command::new("sh");
        worker.args(["-c", script]);
        by(worker, patience).await
    }

    #[tokio::test]
    async fn what_the_worker_says_is_believed() {
        let said = async |script: &str| by_script(script, PATIENCE).await;
        assert_eq!(said(r#"echo '{"Ok":3}'"#).await, Ok(3));
        let protected = Err(ConvertError::Refused(PagesError::Protected));
        assert_eq!(said(r#"echo '{"Err":"protected"}'"#).await, protected);
    }

    #[tokio::test]
    async fn worker_that_crashes_or_talks_nonsense_is_told_of() {
        for script in ["kill -SEGV $$", "echo '{\"Ok\":3}'; exit 101", "echo pages"] {
            let came = by_script(script, PATIENCE).await;
            assert_eq!(came, Err(ConvertError::Broken), "{script}");
        }
    }

    #[tokio::test]
    async fn worker_that_stalls_is_ended() {
        let came = by_script("exec sleep 600", Duration::from_millis(50)).await;
        assert_eq!(came, Err(ConvertError::TooLong));
    }

    #[tokio::test]
    async fn worker_that_cannot_be_started_is_told_of() {
        let none = convert(
            Path::new("/no/such/program"),
            Path::new("a"),
            Path::new("b"),
        );
        assert!(matches!(none.await, Err(ConvertError::NoWorker(_))));
    }
}
