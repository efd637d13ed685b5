//! `patchcord simulate`: a call through a flow, with the real interpreter and a clock of its own.

mod host;

use super::check::{directory, read};
use super::{Configured, Failure, say};
use callflow::call::CallInfo;
use callflow::command::Party;
use callflow::{Account, AccountId, CallflowId, Origin, Program};
use host::{Host, Press};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::path::PathBuf;
use std::sync::Arc;

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
    /// Keys the caller presses once the call is answered: "1,wait 3,#"
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
    let keys = presses(&simulate.keys).map_err(Failure::Use)?;
    let mut callflows = read(&simulate.file).map_err(Failure::Work)?;
    if callflows.len() > 1 {
        return Err(Failure::Use(format!(
            "{} holds {} callflows. Give a file with one.",
            simulate.file.display(),
            callflows.len()
        )));
    }
    let Some(callflow) = callflows.pop() else {
        return Err(Failure::Work(format!(
            "{} holds no callflow.",
            simulate.file.display()
        )));
    };
    let directory = directory(simulate.account, simulate.configured)?.unwrap_or_default();
    let to = simulate
        .to
        .or_else(|| callflow.numbers.first().cloned())
        .unwrap_or_default();
    let id = CallflowId::from("simulated");
    let program = Arc::new(Program::trusted(id, 1, callflow));
    let account = Account::new(
        AccountId::from("simulated"),
        "Simulated",
        "simulated.invalid",
        simulate.zone,
        "en-GB",
        Arc::new(directory),
        [Arc::clone(&program)],
    );
    let route = account.routes.find(&to, Origin::External);
    let info = CallInfo {
        id: "simulated".into(),
        caller: Party {
            name: String::new(),
            number: simulate.from,
        },
        dialled: to,
        origin: Origin::External,
        device: None,
        capture: route.as_ref().and_then(|route| route.capture.clone()),
        captures: route.map(|route| route.captures).unwrap_or_default(),
    };
    let mut host = Host::new(start, keys, simulate.answer);
    host.run(Arc::new(account), program, info, |entry| {
        let passed = entry.at.duration_since(start);
        let node = entry.node.map(|node| node.to_string()).unwrap_or_default();
        say(&format!(
            "{:>9.3}s  {node:<5} {}",
            passed.as_secs_f64(),
            entry.step.text()
        ));
    });
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

/// Reads `1,wait 3,#`: keys one after another, and pauses in seconds.
fn presses(text: &str) -> Result<Vec<Press>, String> {
    let mut presses = Vec::new();
    for part in text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        if let Some(seconds) = part.strip_prefix("wait") {
            let seconds: f64 = seconds
                .trim()
                .parse()
                .map_err(|_| format!("“{part}” is not a pause. Write wait 3."))?;
            if !(0.0..=86_400.0).contains(&seconds) {
                return Err(format!("“{part}” is not a pause of 0 to 86400 seconds."));
            }
            presses.push(Press::Wait((seconds * 1000.0) as i64));
            continue;
        }
        for key in part.chars() {
            if !"0123456789*#ABCD".contains(key) {
                return Err(format!(
                    "“{key}” is not a telephone key. Write keys and pauses as 1,wait 3,#."
                ));
            }
            presses.push(Press::Key(key));
        }
    }
    Ok(presses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_pauses_are_read_in_order() {
        let read = presses("1, wait 3,#2").unwrap();
        assert_eq!(
            read,
            [
                Press::Key('1'),
                Press::Wait(3_000),
                Press::Key('#'),
                Press::Key('2')
            ]
        );
        assert!(presses("1,x").is_err());
        assert!(presses("wait long").is_err());
    }

    #[test]
    fn local_time_is_read_in_the_zone() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let local = moment("2026-07-01T10:00", &zone).ok().unwrap();
        assert_eq!(local.to_string(), "2026-07-01T09:00:00Z");
        assert!(moment("tomorrow", &zone).is_err());
    }
}
