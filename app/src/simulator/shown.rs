//! Where a simulated call stands, as plain data to draw: computed anew after each input.

use super::Recorded;
use super::remote::DRAFT;
use crate::ui::number::spaced;
use crate::words::{Words, in_words, tenths};
use callflow::Command;
use callflow::simulate::{self, End, Simulation, Waits};
use callflow::trace::{Entry, Step};
use callflow::{Callflow, CallflowId, NodeId};
use std::collections::BTreeMap;

/// One line of the timeline.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// Seconds since the call began, "7.1".
    pub(crate) at: String,
    /// The number of the step, for lines that enter one.
    pub(crate) number: Option<u32>,
    /// The step of the draft that it belongs to.
    pub(crate) node: Option<NodeId>,
    /// What happened.
    pub(crate) title: String,
    /// Why, or with what.
    pub(crate) detail: String,
    /// Something did not work.
    pub(crate) trouble: bool,
}

impl Line {
    /// As it is said.
    pub(crate) fn aloud(&self) -> String {
        if self.detail.is_empty() {
            self.title.clone()
        } else {
            format!("{}: {}", self.title, self.detail)
        }
    }
}

/// Where a call stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Shown {
    /// What happened.
    pub(crate) trace: Vec<Entry>,
    /// The same in words.
    pub(crate) lines: Vec<Line>,
    /// What it waits for.
    pub(crate) waits: Waits,
    /// The phones that ring, with their names.
    pub(crate) ringing: Vec<(String, String)>,
    /// Milliseconds since it began.
    pub(crate) passed_ms: i64,
    /// The time there, "Sun 29 Nov 2026, 03:00:12".
    pub(crate) local: String,
    /// The state in a few words: "Ringing 3 phones".
    pub(crate) state: String,
    /// An icon for it.
    pub(crate) icon: &'static str,
    /// The last thing that is played, or why the call ended.
    pub(crate) heard: String,
    /// Switches and variables that were set, by name, as they are now.
    pub(crate) set: Vec<(String, String)>,
    /// Whether it is over.
    pub(crate) over: bool,
}

impl Shown {
    /// Where a recorded call stands.
    pub(crate) fn of(call: &Recorded) -> Self {
        match simulate::replay(call.scene.clone(), &call.inputs) {
            Ok(simulation) => Self::new(&simulation, call),
            // It was tried before the call was kept.
            Err(error) => Self {
                state: error.to_string(),
                icon: "circle-alert",
                over: true,
                ..Self::default()
            },
        }
    }

    fn new(simulation: &Simulation, call: &Recorded) -> Self {
        let account = &call.scene.account;
        let words = Words {
            directory: &account.directory,
            prompts: &call.prompts,
        };
        let passed_ms = ms(simulation
            .now()
            .duration_since(simulation.start())
            .as_millis());
        let lines = lines(simulation, call, words);
        let waits = simulation.waits();
        let named = |id: &String| (id.clone(), words.phone(id));
        let ringing: Vec<(String, String)> = waits.phones.iter().map(named).collect();
        let (icon, state) = match simulation.end() {
            Some(end) => ("phone-off", ended(end)),
            None => state(&waits, &ringing, simulation, words),
        };
        let local = account.local(&account.timezone, simulation.now());
        Self {
            heard: if ringing.is_empty() {
                heard(&lines)
            } else {
                displays(simulation)
            },
            set: variables(simulation.trace()),
            over: simulation.finished(),
            trace: simulation.trace().to_vec(),
            local: local.map_or_else(String::new, |at| written(&at)),
            lines,
            waits,
            ringing,
            passed_ms,
            state,
            icon,
        }
    }
}

/// "Mon 5 Jul 2027, 08:05:00". Written out, since formatting by pattern brings 14 kB of code and its errors 29 kB more.
fn written(at: &jiff::civil::DateTime) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let nth = |names: &[&'static str], from_zero: i8| {
        let index = usize::try_from(from_zero).ok();
        index
            .and_then(|index| names.get(index).copied())
            .unwrap_or_default()
    };
    format!(
        "{} {} {} {}, {:02}:{:02}:{:02}",
        nth(&DAYS, at.weekday().to_monday_zero_offset()),
        at.day(),
        nth(&MONTHS, at.month() - 1),
        at.year(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

fn ms(ms: i128) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// The callflow behind an entry, if it is a document of the account.
fn flow_of<'a>(call: &'a Recorded, id: &CallflowId) -> Option<&'a Callflow> {
    call.scene
        .account
        .programs
        .get(id)
        .map(|program| &program.callflow)
}

fn lines(simulation: &Simulation, call: &Recorded, words: Words<'_>) -> Vec<Line> {
    let mut number = 0;
    let start = simulation.start();
    let entries = simulation.trace().iter();
    let told = entries.map(|entry| {
        // A flow that another system sent has steps of its own and is no document.
        let flow = flow_of(call, &entry.callflow);
        let (title, detail) = words.tell(entry, flow);
        let enters = matches!(entry.step, Step::Entered { .. });
        number += u32::from(enters);
        Line {
            at: tenths(ms(entry.at.duration_since(start).as_millis())),
            number: enters.then_some(number),
            node: entry
                .node
                .filter(|_| entry.version == DRAFT && flow.is_some()),
            title,
            detail,
            trouble: matches!(entry.step, Step::Trouble { .. }),
        }
    });
    std::iter::once(arrival(call)).chain(told).collect()
}

fn ended(end: &End) -> String {
    let cause = in_words(end.cause.as_str());
    match &end.response {
        Some((code, reason)) => format!("Ended: {cause}, {code} {reason}"),
        None => format!("Ended: {cause}"),
    }
}

fn state(
    waits: &Waits,
    ringing: &[(String, String)],
    simulation: &Simulation,
    words: Words<'_>,
) -> (&'static str, String) {
    match ringing {
        [(_, name)] => return ("phone-incoming", format!("Ringing {name}")),
        [] => {}
        many => return ("pc-ringgroup", format!("Ringing {} phones", many.len())),
    }
    if waits.talking {
        let with = simulation
            .trace()
            .iter()
            .rev()
            .find_map(|entry| match &entry.step {
                Step::PickedUp { device } => Some(words.phone(device)),
                _ => None,
            });
        let state = with.map_or("Talking".to_owned(), |name| format!("Talking with {name}"));
        return ("phone", state);
    }
    let (icon, state) = if waits.recording {
        ("disc", "Recording the caller")
    } else if waits.room {
        ("pc-conference", "In the conference")
    } else if waits.parked {
        ("timer", "Parked")
    } else if waits.key {
        ("pc-dialpad", "A key may be pressed")
    } else {
        ("timer", "Under way")
    };
    (icon, state.to_owned())
}

/// The line before all others.
fn arrival(call: &Recorded) -> Line {
    let caller = &call.scene.caller;
    let number = spaced(&caller.number);
    let from = match (caller.name.as_str(), number.as_str()) {
        ("", "") => "a caller without a number".to_owned(),
        ("", number) => number.to_owned(),
        (name, number) => format!("{name} {number}").trim().to_owned(),
    };
    Line {
        at: tenths(0),
        number: None,
        node: None,
        title: format!("Call arrives from {from}"),
        detail: String::new(),
        trouble: false,
    }
}

/// What was played last.
fn heard(lines: &[Line]) -> String {
    let last = lines
        .iter()
        .rev()
        .find(|line| line.title == "Plays" || line.title.starts_with("Ends"));
    last.map(|line| line.detail.clone()).unwrap_or_default()
}

/// What the phones that ring last show of the caller.
fn displays(simulation: &Simulation) -> String {
    let dial = simulation
        .commands()
        .iter()
        .rev()
        .find_map(|(_, command)| match command {
            Command::Dial { dial, .. } => Some(dial),
            _ => None,
        });
    let Some(dial) = dial else {
        return String::new();
    };
    let leg = dial.legs.first();
    let caller = leg
        .and_then(|leg| leg.caller.as_ref())
        .unwrap_or(&dial.caller);
    let number = spaced(&caller.number);
    let shown = match (caller.name.is_empty(), number.is_empty()) {
        (true, true) => "The phone shows no number".to_owned(),
        (true, false) => format!("The phone shows {number}"),
        (false, _) => format!("The phone shows “{}” {number}", caller.name.trim()),
    };
    match leg.and_then(|leg| leg.alert_info.as_deref()) {
        Some(alert) => format!("{} and rings as {alert}.", shown.trim()),
        None => format!("{}.", shown.trim()),
    }
}

/// What was set, in the order of the first time, with its last value.
fn variables(trace: &[Entry]) -> Vec<(String, String)> {
    let mut places = BTreeMap::new();
    let mut set: Vec<(String, String)> = Vec::new();
    for entry in trace {
        if let Step::Set { name, value } = &entry.step {
            let at = *places.entry(name.clone()).or_insert(set.len());
            match set.get_mut(at) {
                Some(known) => known.1.clone_from(value),
                None => set.push((name.clone(), value.clone())),
            }
        }
    }
    set
}
