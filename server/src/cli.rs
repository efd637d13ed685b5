//! The command line. Exit codes: 0 done, 1 the work found problems, 2 wrong use.

mod check;
mod database;
mod documents;
mod fax_worker;
mod people;
mod serve;
mod simulate;

use crate::config::{Config, Settings};
use clap::{Args, Parser, Subcommand};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Visual callflow configurator with a phone system inside.
#[derive(Parser)]
#[command(name = "patchcord", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Web, API and phone system in one process
    Serve(Configured),
    /// List problems of flow documents, ours or KAZOO's; exit code 1 if any is an error
    Check(check::Check),
    /// Run a flow in the terminal and print its path
    Simulate(simulate::Simulate),
    /// Take callflows, users, devices and so on into an account; exit code 1 if a document is refused
    Import(documents::Import),
    /// Write an account's callflows and resources to standard output
    Export(documents::Export),
    /// People who sign in
    #[command(subcommand)]
    User(people::User),
    /// Tokens of scripts
    #[command(subcommand)]
    Token(people::Token),
    /// Bring the database's tables up to date
    Migrate(Configured),
    /// Write database, media, recordings and messages into a new directory
    Backup(database::Backup),
    /// Put a backup in the place of an empty data directory
    Restore(database::Restore),
    /// Be a fax machine for a call of another process
    #[command(hide = true)]
    FaxWorker(fax_worker::FaxWorker),
}

/// Where the configuration comes from. Flags win over the environment, which wins over the file.
#[derive(Args)]
struct Configured {
    /// Configuration file [default: patchcord.toml, if there is one]
    #[arg(long, env = "PATCHCORD_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

impl Configured {
    fn read(self) -> Result<(Config, Option<String>), Failure> {
        let named = self.config.is_some();
        let path = self
            .config
            .unwrap_or_else(|| PathBuf::from("patchcord.toml"));
        let file =
            Settings::from_file(&path, named).map_err(|error| Failure::Use(error.to_string()))?;
        let settings = self.settings.over(file);
        let log = settings.log.clone();
        let config = settings
            .complete()
            .map_err(|error| Failure::Use(error.to_string()))?;
        Ok((config, log))
    }
}

/// Why a command did not do its work.
enum Failure {
    /// Problems were found, or the work failed.
    Work(String),
    /// The problems have been printed already.
    Reported,
    /// The command was used wrongly.
    Use(String),
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure::Work(error.to_string())
    }
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, everything else is wrong use.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let done = match cli.command {
        Command::Serve(configured) => serve::run(configured),
        Command::Check(check) => check::run(check),
        Command::Simulate(simulate) => simulate::run(simulate),
        Command::Import(import) => documents::import(import),
        Command::Export(export) => documents::export(export),
        Command::User(user) => people::user(user),
        Command::Token(token) => people::token(token),
        Command::Migrate(configured) => database::migrate(configured),
        Command::Backup(backup) => database::backup(backup),
        Command::Restore(restore) => database::restore(restore),
        Command::FaxWorker(wanted) => fax_worker::run(wanted),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Reported) => ExitCode::from(1),
        Err(Failure::Work(message)) => complain(&message, 1),
        Err(Failure::Use(message)) => complain(&message, 2),
    }
}

fn complain(message: &str, code: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "patchcord: {message}");
    ExitCode::from(code)
}

/// Prints a line to standard output. A reader that has gone away, such as `head`, is no error.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Runs a command that needs the store.
fn with_store<F, T>(
    configured: Configured,
    work: impl FnOnce(store::Store, Config) -> F,
) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let (config, _) = configured.read()?;
    runtime()?.block_on(async move {
        let store = crate::serve::open_store(&config).await?;
        let done = work(store.clone(), config).await;
        store.close().await;
        done
    })
}

/// Stack of each worker thread. A page is rendered depth first, so the deepest callflow that can be stored decides:
/// it must never end the program. Only what is used takes memory.
const STACK_BYTES: usize = 64 << 20;

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK_BYTES)
        .build()?)
}
