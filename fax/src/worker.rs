//! The worker process: one fax, then it ends.

use crate::wire::Message;
use crate::{Job, Machine, MachineError};
use std::io::{self, Read, Write};

/// Frames for which the line is kept when all has been said, so that the other side is not cut off over its last word.
const LINGER: u32 = 25;

/// Why a worker has not done its work.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// There is no fax machine.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// The process of the call is gone, or says what is no message.
    #[error("the call cannot be heard: {0}")]
    Call(#[from] io::Error),
}

/// Exchanges sound with the call until the fax or the call is over, then says how it went.
///
/// # Errors
/// When there is no fax machine, or nobody to hear how it went.
pub fn run(
    job: &Job,
    station_id: &str,
    mut from: impl Read,
    mut to: impl Write,
) -> Result<(), WorkerError> {
    let mut machine = Machine::new(job, station_id)?;
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
