//! `patchcord fax-worker`: one fax for the process that has the call, or the pages of one.

use crate::cli::Failure;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct FaxWorker {
    #[command(subcommand)]
    work: Work,
}

#[derive(Subcommand)]
enum Work {
    /// Be called, and write what comes
    Receive(Fax),
    /// Call, and send
    Send(Fax),
    /// Make a TIFF file that can be sent of a PDF file
    Pages {
        /// PDF file
        pdf: PathBuf,
        /// TIFF file to be written
        tiff: PathBuf,
    },
}

#[derive(Args)]
struct Fax {
    /// TIFF file to be written, or to be sent
    file: PathBuf,
    /// What the other machine is told this one is
    #[arg(long, default_value = "", allow_hyphen_values = true)]
    station_id: String,
}

pub(super) fn run(wanted: FaxWorker) -> Result<(), Failure> {
    let (job, station_id) = match wanted.work {
        Work::Receive(fax) => (fax::Job::Receive(fax.file), fax.station_id),
        Work::Send(fax) => (fax::Job::Send(fax.file), fax.station_id),
        Work::Pages { pdf, tiff } => {
            fax::worker::pages(&pdf, &tiff, std::io::stdout().lock())?;
            return Ok(());
        }
    };
    let (from, to) = (std::io::stdin().lock(), std::io::stdout().lock());
    fax::worker::run(&job, &station_id, from, to)?;
    Ok(())
}
