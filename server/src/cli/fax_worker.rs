//! `patchcord fax-worker`: one fax, for the process that has the call.

use crate::cli::Failure;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct FaxWorker {
    /// Which side of the fax to be
    direction: Direction,
    /// TIFF file to be written, or to be sent
    file: PathBuf,
    /// What the other machine is told this one is
    #[arg(long, default_value = "", allow_hyphen_values = true)]
    station_id: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum Direction {
    Receive,
    Send,
}

pub(super) fn run(wanted: FaxWorker) -> Result<(), Failure> {
    let job = match wanted.direction {
        Direction::Receive => fax::Job::Receive(wanted.file),
        Direction::Send => fax::Job::Send(wanted.file),
    };
    let (from, to) = (std::io::stdin().lock(), std::io::stdout().lock());
    fax::worker::run(&job, &wanted.station_id, from, to)?;
    Ok(())
}
