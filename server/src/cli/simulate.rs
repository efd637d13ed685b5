//! `patchcord simulate`: a call through a flow, with the real interpreter and a clock of its own.

use super::check::{add, directory, read};
use super::{Configured, Failure, say};
use callflow::simulate::{self, Phone, Scene, Script};
use callflow::{Account, AccountId, CallflowId, Program};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::path::PathBuf;
use std::sync::Arc;

/// A phone that answers does so after four seconds.
const ANSWERS: Phone = Phone::Answers { after_ms: 4_000 };

#[derive(clap::Args)]
pub(super) struct Simulate {
    /// Document to run; `-` reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Who calls
    #[arg(long, value_name = "NUMBER", default_value = "+441632960001")]
    from: String,
    /// What is dialled [default: the callflow's first number]
    #[arg(long, value_name = "NUMBER")]
    to: Option<String>,
    /// When: RFC 3339, or 2026-12-25T10:00 in the time zone [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// What the caller does: keys, pauses in seconds, and hanging up: "1,wait 3,2001#,hangup"
    #[arg(long, value_name = "KEYS", default_value = "")]
    keys: String,
    /// Phones that answer, by device identifier; "any" for all. Nobody answers without it
    #[arg(long, value_name = "DEVICE")]
    answer: Vec<String>,
    /// Time zone of the account, an IANA name
    #[arg(long, value_name = "ZONE", default_value = "Etc/UTC")]
    zone: String,
    /// Account whose users, menus and so on the flow refers to
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    #[command(flatten)]
    configured: Configured,
}

pub(super) fn run(simulate: Simulate) -> Result<(), Failure> {
    let zone = TimeZone::get(&simulate.zone).map_err(|_| {
        Failure::Use(format!(
            "“{}” is not a time zone. Write an IANA name such as Europe/London.",
            simulate.zone
        ))
    })?;
    let start = match simulate.at.as_deref() {
        None => Timestamp::now(),
        Some(text) => moment(text, &zone)?,
    };
    let script: Script = simulate
        .keys
        .parse()
        .map_err(|error| Failure::Use(format!("--keys: {error}.")))?;
    let (mut set, report) = read(std::slice::from_ref(&simulate.file)).map_err(Failure::Work)?;
    if set.callflows.len() > 1 {
        return Err(Failure::Use(format!(
            "{} holds {} callflows. Give a file with one.",
            simulate.file.display(),
            set.callflows.len()
        )));
    }
    let Some(document) = set.callflows.pop() else {
        let why = report
            .refused
            .first()
            .map(|line| format!(": {}", line.text));
        return Err(Failure::Work(format!(
            "{} holds no callflow{}.",
            simulate.file.display(),
            why.unwrap_or_default()
        )));
    };
    let callflow = document.callflow;
    let mut directory = directory(simulate.account, simulate.configured)?.unwrap_or_default();
    add(&set, &mut directory);
    let to = simulate
        .to
        .or_else(|| callflow.numbers.first().cloned())
        .unwrap_or_default();
    let id = CallflowId::from("simulated");
    let program = Arc::new(Program::trusted(id.clone(), 1, callflow));
    let account = Account::new(
        AccountId::from("simulated"),
        "Simulated",
        "simulated.invalid",
        simulate.zone,
        "en-GB",
        Arc::new(directory),
        [program],
    );
    let mut scene = Scene::new(Arc::new(account), to);
    scene.callflow = Some(id);
    scene.caller.number = simulate.from;
    scene.start = start;
    for device in simulate.answer {
        if device == "any" {
            scene.otherwise = ANSWERS;
        } else {
            scene.phones.insert(device, ANSWERS);
        }
    }
    let outcome = simulate::run(scene, &script)
        .map_err(|error| Failure::Work(format!("Simulating failed: {error}.")))?;
    for entry in &outcome.trace {
        let passed = entry.at.duration_since(start);
        let node = entry.node.map(|node| node.to_string()).unwrap_or_default();
        say(&format!(
            "{:>9.3}s  {node:<5} {}",
            passed.as_secs_f64(),
            entry.step.text()
        ));
    }
    Ok(())
}

fn moment(text: &str, zone: &TimeZone) -> Result<Timestamp, Failure> {
    let wrong = || {
        Failure::Use(format!(
            "“{text}” is not a time. Write 2026-12-25T10:00 or 2026-12-25T10:00:00Z."
        ))
    };
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    let local: DateTime = text.parse().map_err(|_| wrong())?;
    local
        .to_zoned(zone.clone())
        .map(|zoned| zoned.timestamp())
        .map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_time_is_read_in_the_zone() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let local = moment("2026-07-01T10:00", &zone).ok().unwrap();
        assert_eq!(local.to_string(), "2026-07-01T09:00:00Z");
        assert!(moment("tomorrow", &zone).is_err());
    }
}
