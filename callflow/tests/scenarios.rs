#![allow(clippy::unwrap_used, missing_docs)]
//! Runs the phone calls that the actions' help pages describe.
//!
//! A page is `src/action/<module>.md`. Its fenced blocks marked `scenario` are calls:
//!
//! ```text
//! # What it shows
//! flow
//!   menu {"id":"main"}
//!     1: play {"id":"sales"}
//! from inside ann-desk
//! phone ben-desk busy
//! > key 1
//! < play Sales @ 1.5
//! ```
//!
//! First the flow, which answers 2000 (and `*` with digits, where `capture` gives some), and what is given; then what the caller and the phones do (`>`) and
//! what happens (`<`), in order. Every thing that happens is named, but for steps entered, branches taken
//! and keys, which may be. A reason after a colon may be left out. `@` gives the seconds since the call
//! began.

use callflow::command::{
    Command, Folder, Left, MailboxChange, NoticeKind, Party, Recipient, StoredMessage, Update,
};
use callflow::json;
use callflow::live::LiveChange;
use callflow::outline;
use callflow::simulate::{self, Answer, FaxCaller, Phone, Scene, Simulation};
use callflow::{Account, CallflowId, Origin};
use jiff::{SignedDuration, Timestamp, civil::DateTime};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

const FERNHILL: &str = include_str!("fixtures/fernhill.json");

#[test]
fn calls_of_the_help_pages_go_as_written() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/action");
    let mut pages: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect();
    pages.sort();
    let mut failures = Vec::new();
    let mut calls = 0;
    for page in &pages {
        let name = page.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(page).unwrap();
        let blocks = blocks(&text);
        if blocks.is_empty() {
            failures.push(format!("{name}: no call is described"));
        }
        for (line, block) in blocks {
            calls += 1;
            if let Err(why) = Scenario::read(&block).and_then(Scenario::play) {
                failures.push(format!("{name}:{line}: {why}"));
            }
        }
    }
    assert!(calls > 0, "no pages found");
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn a_call_that_goes_otherwise_is_noticed() {
    let flow = "# wrong\nflow\n  response {\"code\":480}\n";
    for wrong in [
        "< end USER_BUSY",
        "< play Sales",
        "< response 480 Other\n< end NO_ANSWER",
        "",
    ] {
        let block = format!("{flow}{wrong}\n");
        let played = Scenario::read(&block).and_then(Scenario::play);
        assert!(played.is_err(), "{wrong} was accepted");
    }
}

/// The scenario blocks of a page, with the line each begins at.
fn blocks(page: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if line.trim() == "```scenario" {
            let inner: Vec<&str> = lines
                .by_ref()
                .map(|(_, line)| line)
                .take_while(|line| line.trim() != "```")
                .collect();
            found.push((number + 1, inner.join("\n")));
        }
    }
    found
}

struct Scenario {
    title: String,
    scene: Scene,
    steps: Vec<String>,
}

impl Scenario {
    fn read(block: &str) -> Result<Self, String> {
        let mut lines = block.lines().peekable();
        let title = lines.next().and_then(|line| line.strip_prefix("# "));
        let title = title.ok_or("begins with its title, “# …”")?.to_owned();
        let mut file: Value = serde_json::from_str(FERNHILL).unwrap();
        let mut callflows = Vec::new();
        let mut settings = Vec::new();
        let mut steps = Vec::new();
        while let Some(line) = lines.next() {
            if line.starts_with(['<', '>']) {
                steps.push(line.to_owned());
            } else if let Some(head) = line.strip_prefix("flow") {
                let mut text = String::new();
                while let Some(inner) = lines.next_if(|line| line.starts_with("  ")) {
                    text.push_str(&inner[2..]);
                    text.push('\n');
                }
                callflows.push(callflow(head.trim(), &text)?);
            } else if let Some(with) = line.strip_prefix("with ") {
                merge_resource(&mut file, with)?;
            } else if let Some(zone) = line.strip_prefix("account timezone ") {
                file["account"]["timezone"] = json!(zone);
            } else if !line.trim().is_empty() {
                settings.push(line.to_owned());
            }
        }
        if settings.iter().any(|line| line.starts_with("capture ")) {
            callflows[0]["patterns"] = json!([r"^\*([0-9+]*)$"]);
        }
        file["callflows"] = Value::Array(callflows);
        let account = simulate::account(&file).map_err(|error| error.0)?;
        let mut scene = Scene::new(Arc::new(account), "2000");
        for setting in &settings {
            set(&mut scene, setting)?;
        }
        Ok(Self {
            title,
            scene,
            steps,
        })
    }

    fn play(self) -> Result<(), String> {
        let title = self.title.clone();
        let mut stage = Stage::new(self.scene);
        for step in &self.steps {
            let done = match step.split_at(1) {
                (">", act) => stage.act(act.trim()),
                (_, line) => stage.expect(line.trim()),
            };
            done.map_err(|why| format!("{title}\n  at “{step}”: {why}\n{}", stage.told()))?;
        }
        stage
            .close()
            .map_err(|why| format!("{title}\n  {why}\n{}", stage.told()))
    }
}

/// `flow` answers 2000; `flow id number` another number; what begins with `^` is a pattern.
fn callflow(head: &str, text: &str) -> Result<Value, String> {
    let flow = outline::read(text).map_err(|error| error.0)?;
    let mut words = head.split_whitespace();
    let id = words.next().unwrap_or("main");
    let (patterns, numbers): (Vec<&str>, Vec<&str>) = match words.next() {
        Some(numbers) => numbers.split(',').partition(|text| text.starts_with('^')),
        None => (Vec::new(), vec!["2000"]),
    };
    Ok(
        json!({"id": id, "name": id, "numbers": numbers, "patterns": patterns, "flow": flow.to_json()}),
    )
}

/// What is told of a change, unless the trace tells it.
fn stored(update: &Update) -> Option<String> {
    Some(match update {
        Update::Presence { .. } | Update::Tag { .. } => return None,
        Update::Message { mailbox, .. } => format!("message for {mailbox}"),
        Update::Discard { .. } => "drop the recording".to_owned(),
        Update::KeepRecording { upload: None, .. } => "keep the recording".to_owned(),
        Update::KeepRecording {
            upload: Some((method, url)),
            ..
        } => format!("keep the recording, {} {url}", method.as_str()),
        Update::MenuGreeting { menu, .. } => format!("new greeting for {menu}"),
        Update::MoveMessage {
            mailbox,
            message,
            folder,
        } => format!("message {message} of {mailbox} is {folder:?}").to_lowercase(),
        Update::ForwardMessage {
            message,
            to,
            introduction,
            ..
        } => {
            let with = if introduction.is_some() {
                " with introduction"
            } else {
                ""
            };
            format!("message {message} goes to {to}{with}")
        }
        Update::Mailbox { mailbox, change } => match change {
            MailboxChange::Pin(pin) => format!("new pin {pin} for {mailbox}"),
            MailboxChange::Greeting(_) => format!("new greeting for {mailbox}"),
            MailboxChange::TemporaryGreeting(_) => format!("new temporary greeting for {mailbox}"),
            MailboxChange::NoTemporaryGreeting => format!("no temporary greeting for {mailbox}"),
            MailboxChange::Name(_) => format!("new name for {mailbox}"),
            MailboxChange::SetUp => format!("{mailbox} is set up"),
            MailboxChange::AnnouncementOnly(on) => format!("announcement only {on} for {mailbox}"),
        },
        Update::Live(change) => match &change.value {
            Some(value) => format!("live {} {}", change.key, json!(value)),
            None => format!("live {} as configured", change.key),
        },
        Update::Notice(notice) => {
            let to: Vec<&str> = notice.recipients.iter().map(recipient).collect();
            let kind = match &notice.kind {
                NoticeKind::MissedCall => "missed call".to_owned(),
                NoticeKind::Template(id) => format!("template {id}"),
                NoticeKind::MailboxFull { mailbox } => format!("{mailbox} is full"),
            };
            let caller = format!("{} {}", notice.caller.name, notice.caller.number);
            format!("mail to [{}]: {kind}, {}", to.join(", "), caller.trim())
        }
        Update::Webhook(request) => format!("webhook {} {}", request.method.as_str(), request.url),
        Update::StartRecording(_) => "recording begins".to_owned(),
        Update::StopRecording => "recording stops".to_owned(),
        Update::PauseRecording(true) => "recording pauses".to_owned(),
        Update::PauseRecording(false) => "recording goes on".to_owned(),
    })
}

fn recipient(to: &Recipient) -> &str {
    match to {
        Recipient::User(id) => id,
        Recipient::Address(address) => address,
    }
}

/// `menus/main {"retries":1}` changes a resource.
fn merge_resource(file: &mut Value, text: &str) -> Result<(), String> {
    let (path, change) = text.split_once(' ').ok_or("“with kind/id {…}”")?;
    let (kind, id) = path.split_once('/').ok_or("“with kind/id {…}”")?;
    let change: Value = serde_json::from_str(change).map_err(|error| error.to_string())?;
    let resource = &mut file["resources"][kind][id];
    if resource.is_null() {
        *resource = json!({});
    }
    let resource = resource.as_object_mut().ok_or("not a resource")?;
    for (key, value) in change.as_object().ok_or("a change is an object")? {
        json::set(resource, key, value.clone());
    }
    Ok(())
}

fn set(scene: &mut Scene, line: &str) -> Result<(), String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["call", number] => scene.dialled = (*number).to_owned(),
        ["capture", digits] => scene.dialled = format!("*{digits}"),
        ["from", "inside", device] => {
            scene.origin = Origin::Internal;
            scene.device = Some((*device).to_owned());
            scene.caller.number = "2009".to_owned();
        }
        ["transferred", "by", device] => scene.transferred_by = Some((*device).to_owned()),
        ["from", "inside"] => scene.origin = Origin::Internal,
        ["at", local] => {
            let local: DateTime = local.parse().map_err(|_| "“at 2026-03-02T10:00”")?;
            let zoned = local
                .in_tz(&scene.account.timezone)
                .or_else(|_| local.in_tz("UTC"));
            scene.start = zoned.map_err(|error| error.to_string())?.timestamp();
        }
        ["messages", mailbox, count] => {
            let count: u32 = count.parse().map_err(|_| "“messages box 100”")?;
            let start = scene.start;
            let new = (1..=count).map(|n| message(&format!("m{n}"), Folder::New, start));
            scene.around.fill(mailbox, new);
        }
        ["saved", mailbox, count] => {
            let count: u32 = count.parse().map_err(|_| "“saved box 2”")?;
            let start = scene.start;
            let old = (1..=count).map(|n| message(&format!("s{n}"), Folder::Saved, start));
            scene.around.fill(mailbox, old);
        }
        ["live", key, value @ ..] => {
            let key = key.parse().map_err(|error| format!("{error}"))?;
            let value = serde_json::from_str(&value.join(" ")).map_err(|e| e.to_string())?;
            let value = Some(value);
            scene.around.live.apply(LiveChange { key, value });
        }
        ["storing", "fails"] => scene.around.storing_fails = true,
        ["http", status, body @ ..] => {
            let status = status.parse().map_err(|_| "“http 200 {…}”")?;
            let body = body.join(" ");
            let content_type = match body.chars().next() {
                Some('{' | '[') => "application/json",
                Some('<') => "application/xml",
                _ => "text/plain",
            };
            scene.around.answers.push_back(Answer {
                status,
                content_type: content_type.to_owned(),
                body,
            });
        }
        ["room", id, "holds", members] => {
            let members = members.parse().map_err(|_| "“room board holds 3”")?;
            let room = scene.around.rooms.entry((*id).to_owned()).or_default();
            room.members = members;
        }
        ["room", id, "locked"] => {
            let room = scene.around.rooms.entry((*id).to_owned()).or_default();
            room.locked = true;
        }
        ["parked", slot] => {
            scene.around.parked.insert((*slot).to_owned());
        }
        ["busy", id, how @ ("ringing" | "talking")] => {
            let answered = *how == "talking";
            scene.around.calls.insert((*id).to_owned(), answered);
        }
        ["fax", pages] => {
            let pages = pages.parse().map_err(|_| "“fax 2”")?;
            scene.around.fax = FaxCaller::Sends(pages);
        }
        ["fax", "breaks", "off"] => {
            scene.around.fax = FaxCaller::BreaksOff("the line broke".to_owned());
        }
        ["caller", number, name @ ..] => {
            scene.caller.number = (*number).to_owned();
            scene.caller.name = name.join(" ");
        }
        ["speaks", seconds] => scene.speak_ms = seconds_ms(seconds)?,
        ["seed", seed] => scene.seed = seed.parse().map_err(|_| "“seed 7”")?,
        ["phone", device, how @ ..] => {
            scene.phones.insert((*device).to_owned(), phone(how)?);
        }
        _ => return Err(format!("“{line}” is not understood")),
    }
    Ok(())
}

/// A message of five seconds, left when the call begins.
fn message(id: &str, folder: Folder, at: Timestamp) -> StoredMessage {
    StoredMessage {
        id: id.to_owned(),
        folder,
        caller: Party {
            name: String::new(),
            number: "+441632960999".to_owned(),
        },
        at,
        duration_ms: 5_000,
    }
}

fn phone(how: &[&str]) -> Result<Phone, String> {
    Ok(match how {
        ["answers", "after", s] => Phone::Answers {
            after_ms: seconds_ms(s)?,
        },
        ["rejects", "after", s] => Phone::Rejects {
            after_ms: seconds_ms(s)?,
        },
        ["busy"] => Phone::Busy,
        ["unregistered"] => Phone::Unregistered,
        ["fails", code] => Phone::Fails {
            code: code.parse().map_err(|_| "a SIP code")?,
        },
        _ => return Err(format!("a phone does not “{}”", how.join(" "))),
    })
}

fn seconds_ms(text: &str) -> Result<u64, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| format!("“{text}” is no number of seconds"))?;
    Ok((seconds * 1_000.0).round() as u64)
}

/// What happened, in the words of the pages.
struct Line {
    at: Timestamp,
    text: String,
}

struct Stage {
    simulation: Simulation,
    pending: VecDeque<Line>,
    seen: (usize, usize),
    told: Vec<String>,
}

impl Stage {
    fn new(scene: Scene) -> Self {
        let mut stage = Self {
            simulation: Simulation::new(scene).unwrap(),
            pending: VecDeque::new(),
            seen: (0, 0),
            told: Vec::new(),
        };
        stage.collect();
        stage
    }

    /// The call so far, for a failure.
    fn told(&self) -> String {
        let mut text = String::from("  the call so far:\n");
        for line in &self.told {
            text.push_str(&format!("    {line}\n"));
        }
        text
    }

    fn collect(&mut self) {
        let ended = self.simulation.end().and_then(|end| end.response.clone());
        let mut lines: Vec<Line> = self.simulation.trace()[self.seen.0..]
            .iter()
            .map(|entry| Line {
                at: entry.at,
                text: entry.step.text(),
            })
            .collect();
        let commands = &self.simulation.commands()[self.seen.1..];
        for (at, command) in commands {
            let text = match command {
                Command::Update { update, .. } => match stored(update) {
                    Some(text) => text,
                    None => continue,
                },
                Command::Echo { .. } => "echo".to_owned(),
                Command::End { .. } => match &ended {
                    Some((code, reason)) => format!("response {code} {reason}"),
                    None => continue,
                },
                _ => continue,
            };
            lines.push(Line { at: *at, text });
        }
        self.seen = (
            self.simulation.trace().len(),
            self.simulation.commands().len(),
        );
        for line in lines {
            let since = self.since(line.at);
            self.told
                .push(format!("{:>7.1}  {}", since as f64 / 1_000.0, line.text));
            self.pending.push_back(line);
        }
    }

    fn since(&self, at: Timestamp) -> i64 {
        let since = at.duration_since(self.simulation.start());
        i64::try_from(since.as_millis()).unwrap()
    }

    fn act(&mut self, act: &str) -> Result<(), String> {
        let words: Vec<&str> = act.split_whitespace().collect();
        match words.as_slice() {
            ["key" | "keys", keys] => keys.chars().for_each(|key| self.simulation.press(key)),
            ["wait", seconds] => {
                let ms = i64::try_from(seconds_ms(seconds)?).unwrap();
                let until = self.simulation.now() + SignedDuration::from_millis(ms);
                self.simulation.advance_to(until);
            }
            ["hang", "up"] => self.simulation.hang_up(),
            ["callee", "hangs", "up"] => {
                if !self.simulation.called_party_hangs_up() {
                    return Err("nobody talks".into());
                }
            }
            ["leave"] => {
                if !self.simulation.leave(Left::Key) {
                    return Err("the caller is in no room".into());
                }
            }
            ["room", "closes"] => {
                if !self.simulation.leave(Left::Closed) {
                    return Err("the caller is in no room".into());
                }
            }
            ["transferred", "by", device] => self.simulation.transfer(device),
            ["fetched"] => {
                self.simulation.advance_to(self.simulation.now());
                if !self.simulation.fetch() {
                    return Err("the caller is not parked".into());
                }
            }
            ["retrieved"] => {
                self.simulation.advance_to(self.simulation.now());
                if !self.simulation.retrieve() {
                    return Err("the caller is not parked".into());
                }
            }
            [device, "answers"] => {
                self.simulation.advance_to(self.simulation.now());
                if !self.simulation.pick_up(device) {
                    return Err(format!("{device} does not ring"));
                }
            }
            [device, "refuses", code] => {
                self.simulation.advance_to(self.simulation.now());
                let code = code.parse().map_err(|_| "a SIP code")?;
                if !self.simulation.refuse(device, code) {
                    return Err(format!("{device} does not ring"));
                }
            }
            _ => return Err("not understood".into()),
        }
        self.collect();
        Ok(())
    }

    fn expect(&mut self, expected: &str) -> Result<(), String> {
        let (text, at) = match expected.rsplit_once(" @ ") {
            Some((text, at)) => (text, Some(i64::try_from(seconds_ms(at)?).unwrap())),
            None => (expected, None),
        };
        loop {
            while let Some(line) = self.pending.pop_front() {
                let reason = line
                    .text
                    .strip_prefix(text)
                    .is_some_and(|r| r.starts_with(": "));
                if line.text == text || reason {
                    let since = self.since(line.at);
                    return match at {
                        Some(at) if at != since => {
                            Err(format!("it happened at {:.1} s", since as f64 / 1_000.0))
                        }
                        _ => Ok(()),
                    };
                }
                if !may_be_left_out(&line.text) {
                    return Err(format!("“{}” happened instead", line.text));
                }
            }
            self.advance()?;
        }
    }

    fn advance(&mut self) -> Result<(), String> {
        if self.simulation.finished() {
            return Err("the call is over".into());
        }
        if self.simulation.next_at().is_none() {
            return Err("nothing happens any more".into());
        }
        self.simulation.advance();
        self.collect();
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        if let Some(line) = self
            .pending
            .iter()
            .find(|line| !may_be_left_out(&line.text))
        {
            return Err(format!("“{}” is not told", line.text));
        }
        if !self.simulation.finished() {
            return Err("the call goes on after the last line".into());
        }
        match self.simulation.open().as_slice() {
            [] => Ok(()),
            open => Err(format!("{open:?} still run after the end")),
        }
    }
}

fn may_be_left_out(text: &str) -> bool {
    ["enter ", "branch ", "keys ", "no key"]
        .iter()
        .any(|start| text.starts_with(start))
}

#[test]
fn fixture_is_understood_as_meant() {
    let mut file: Value = serde_json::from_str(FERNHILL).unwrap();
    file["callflows"] = json!([]);
    let account: Account = simulate::account(&file).unwrap();
    for kind in callflow::ResourceKind::ALL {
        for (id, resource) in account.directory.all(kind) {
            let (_, errors) = callflow::Resource::parse(kind, resource.to_object());
            assert_eq!(errors, [], "{id}");
        }
    }
    assert!(!account.programs.contains_key(&CallflowId::from("main")));
}
