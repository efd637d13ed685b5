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
    /// What stands at the top of pages sent, with the time and the number of the page
    #[arg(long, default_value = "", allow_hyphen_values = true)]
    header: String,
    /// Zone of that time as in POSIX's TZ
    #[arg(long, default_value = "", allow_hyphen_values = true)]
    zone: String,
}

impl Fax {
    fn identity(&self) -> fax::Identity {
        fax::Identity {
            station_id: self.station_id.clone(),
            header: self.header.clone(),
            zone: self.zone.clone(),
        }
    }
}

pub(super) fn run(wanted: FaxWorker) -> Result<(), Failure> {
    let (job, identity) = match wanted.work {
        Work::Receive(fax) => (fax::Job::Receive(fax.file.clone()), fax.identity()),
        Work::Send(fax) => (fax::Job::Send(fax.file.clone()), fax.identity()),
        Work::Pages { pdf, tiff } => {
            fax::worker::pages(&pdf, &tiff, std::io::stdout().lock())?;
            return Ok(());
        }
    };
    let (from, to) = (std::io::stdin().lock(), std::io::stdout().lock());
    fax::worker::run(&job, &identity, from, to)?;
    Ok(())
}
