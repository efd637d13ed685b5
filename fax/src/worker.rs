//! The worker process: one fax, or the pages of one, then it ends.

use crate::wire::Message;
use crate::{Identity, Job, LARGEST_PDF, Machine, MachineError, PagesError};
use nix::sys::resource::{Resource, setrlimit};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// Frames for which the line is kept when all has been said, so that the other side is not cut off over its last word.
const LINGER: u32 = 25;

/// Bytes of memory that the pages of a PDF may take. A page of four thousand rows and its layers take some 100 MB.
const MEMORY: u64 = 2 << 30;
/// Seconds of a core that they may take.
const CORE_SECONDS: u64 = 240;

/// Why a worker has not done its work.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// There is no fax machine.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// The process of the call is gone, or says what is no message.
    #[error("the call cannot be heard: {0}")]
    Call(#[from] io::Error),
    /// The files of pages cannot be read or written.
    #[error("the pages cannot be read or written: {0}")]
    Files(io::Error),
}

/// Exchanges sound with the call until the fax or the call is over, then says how it went.
///
/// # Errors
/// When there is no fax machine, or nobody to hear how it went.
pub fn run(
    job: &Job,
    identity: &Identity,
    mut from: impl Read,
    mut to: impl Write,
) -> Result<(), WorkerError> {
    let mut machine = Machine::new(job, identity)?;
    let mut lingered = 0;
    while let Some(message) = Message::read(&mut from)? {
        if let Message::Audio(frame) = message {
            machine.hear(*frame);
            Message::Audio(Box::new(machine.say())).write(&mut to)?;
        }
        if machine.has_ended() {
            lingered += 1;
            if lingered > LINGER {
                break;
            }
        }
    }
    Message::Ended(machine.finish()).write(&mut to)?;
    Ok(())
}

/// Makes the pages of a PDF file, and says in JSON how many there are, or why there are none. The process is bounded in
/// memory and time from then on, and ends when it needs more.
///
/// # Errors
/// When a file cannot be read or written, or nobody hears what came of it.
pub fn pages(pdf: &Path, tiff: &Path, mut to: impl Write) -> Result<(), WorkerError> {
    for (resource, most) in [
        (Resource::RLIMIT_AS, MEMORY),
        (Resource::RLIMIT_CPU, CORE_SECONDS),
    ] {
        setrlimit(resource, most, most).map_err(|error| WorkerError::Files(error.into()))?;
    }
    let made: Result<usize, PagesError> = make(pdf, tiff).map_err(WorkerError::Files)?;
    serde_json::to_writer(&mut to, &made).map_err(|error| WorkerError::Call(error.into()))?;
    to.flush()?;
    Ok(())
}

fn make(pdf: &Path, tiff: &Path) -> io::Result<Result<usize, PagesError>> {
    let mut bytes = Vec::new();
    // One byte more than may be, so that a larger file is known.
    let most = LARGEST_PDF as u64 + 1;
    File::open(pdf)?.take(most).read_to_end(&mut bytes)?;
    match crate::pages(bytes) {
        Ok(made) => {
            std::fs::write(tiff, made.tiff)?;
            Ok(Ok(made.count))
        }
        Err(why) => Ok(Err(why)),
    }
}
