//! The fax machine: a process of its own for each fax, see [`fax`]. It may crash or stall; no call waits for it.

use crate::media::Frame;
use fax::wire::{HEAD, Message};
use fax::{Identity, Outcome};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// How long the machine may take over 20 ms of sound, and over its end.
const PATIENCE: Duration = Duration::from_secs(5);
/// Frames of the longest fax: two hours.
const LONGEST: u32 = 2 * 3600 * 50;
/// Characters of what a machine says when it fails.
const COMPLAINT: usize = 300;

/// The telephone line of a fax machine.
pub(crate) struct Line {
    /// What is heard, until the other side has gone.
    pub(crate) heard: mpsc::Receiver<Frame>,
    /// Takes what is said.
    pub(crate) said: mpsc::Sender<Frame>,
}

/// What a machine is started for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work<'a> {
    /// To be called, and to write what comes to a TIFF file.
    Receive(&'a Path),
    /// To call, and to send the pages of a TIFF file.
    Send(&'a Path),
}

/// Receives or sends a fax, until whoever gives what is heard is gone.
///
/// # Errors
/// Why there was no machine, or what became of it. A file to be written may hold pages all the same.
pub(crate) async fn work(
    program: &Path,
    work: Work<'_>,
    identity: &Identity,
    line: Line,
) -> Result<Outcome, String> {
    let (verb, file) = match work {
        Work::Receive(file) => ("receive", file),
        Work::Send(file) => ("send", file),
    };
    let mut command = Command::new(program);
    command
        .args(["fax-worker", verb, "--station-id", &identity.station_id])
        .args(["--header", &identity.header, "--zone", &identity.zone])
        .arg("--")
        .arg(file)
        // It is told nothing that it need not know: it reads what strangers send.
        .env_clear()
        .envs(std::env::var_os("LD_LIBRARY_PATH").map(|path| ("LD_LIBRARY_PATH", path)));
    work_by(command, PATIENCE, line).await
}

async fn work_by(mut command: Command, patience: Duration, line: Line) -> Result<Outcome, String> {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let started = command.spawn();
    let mut child = started.map_err(|error| format!("the fax machine did not start: {error}"))?;
    match converse(&mut child, patience, line).await {
        Ok(outcome) => Ok(outcome),
        Err(why) => Err(complaint(child).await.unwrap_or(why)),
    }
}

/// Exchanges sound with the machine until it says how it went.
async fn converse(
    child: &mut Child,
    patience: Duration,
    mut line: Line,
) -> Result<Outcome, String> {
    let (Some(mut input), Some(mut output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("the fax machine cannot be talked to".to_owned());
    };
    for _ in 0..LONGEST {
        let Some(frame) = line.heard.recv().await else {
            break;
        };
        let bytes = Message::Audio(Box::new(frame)).to_bytes();
        let exchanged = tokio::time::timeout(patience, async {
            // A machine that has ended reads no more; its last word waits to be read.
            let _ended = input.write_all(&bytes).await;
            read(&mut output).await
        });
        match exchanged.await {
            Ok(Ok(Message::Audio(frame))) => {
                // What the line cannot take in time is lost, as on any line.
                let _full = line.said.try_send(*frame);
            }
            Ok(Ok(Message::Ended(outcome))) => return Ok(outcome),
            Ok(Err(why)) => return Err(why),
            Err(_) => return Err("the fax machine stalled".to_owned()),
        }
    }
    drop(input);
    let ending = async {
        loop {
            match read(&mut output).await {
                Ok(Message::Ended(outcome)) => return Ok(outcome),
                Ok(Message::Audio(_)) => {}
                Err(why) => return Err(why),
            }
        }
    };
    let ended = tokio::time::timeout(patience, ending).await;
    ended.unwrap_or_else(|_| Err("the fax machine stalled".to_owned()))
}

async fn read(output: &mut (impl AsyncRead + Unpin)) -> Result<Message, String> {
    let broken = |error: std::io::Error| format!("the fax machine broke down: {error}");
    let mut head = [0; HEAD];
    output.read_exact(&mut head).await.map_err(broken)?;
    let mut content = vec![0; Message::content_length(head)];
    output.read_exact(&mut content).await.map_err(broken)?;
    Message::parse(head, &content).ok_or_else(|| "the fax machine talked nonsense".to_owned())
}

/// Ends a machine; what it has complained about, if it has.
async fn complaint(mut child: Child) -> Option<String> {
    let _gone = child.start_kill();
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    let output = output.ok()?.ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim().trim_start_matches("patchcord: ");
    let said: String = said.chars().take(COMPLAINT).collect();
    (!said.is_empty()).then_some(said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::FRAME_SAMPLES;

    /// What comes of a fax that is received with this script for a machine.
    async fn with_machine(script: &str) -> Result<Outcome, String> {
        with_patience(PATIENCE, script).await
    }

    async fn with_patience(patience: Duration, script: &str) -> Result<Outcome, String> {
        let mut machine = Command::new("sh");
        machine.args(["-c", script]);
        let (voice, heard) = mpsc::channel(1);
        let (said, _loud) = mpsc::channel(1);
        let line = Line { heard, said };
        let talking =
            tokio::spawn(async move { while voice.send([0; FRAME_SAMPLES]).await.is_ok() {} });
        let outcome = work_by(machine, patience, line).await;
        talking.abort();
        outcome
    }

    #[tokio::test]
    async fn machine_that_crashes_is_told_of() {
        let why = with_machine("kill -SEGV $$").await.unwrap_err();
        assert!(why.starts_with("the fax machine broke down"), "{why}");
    }

    #[tokio::test]
    async fn what_the_machine_complains_about_is_told() {
        let why = with_machine("echo 'patchcord: fax needs spandsp' >&2; exit 1").await;
        assert_eq!(why, Err("fax needs spandsp".to_owned()));
    }

    #[tokio::test]
    async fn machine_that_talks_nonsense_is_not_believed() {
        let why = with_machine("printf 'X\\000\\000'; cat >/dev/null").await;
        assert_eq!(why, Err("the fax machine talked nonsense".to_owned()));
    }

    #[tokio::test]
    async fn machine_that_stalls_is_killed() {
        let why = with_patience(Duration::from_millis(50), "exec sleep 60").await;
        assert_eq!(why, Err("the fax machine stalled".to_owned()));
    }
}
