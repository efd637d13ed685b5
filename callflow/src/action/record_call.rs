//! Start Recording, Stop Recording: record the whole call. KAZOO module `record_call`.

use crate::action::parts::recording::{self, Format, Method};
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::{CallRecording, Update};
use crate::directory::Directory;
use crate::value::{Seconds, Text};

crate::choice! {
    /// What is done.
    pub enum RecordAction {
        /// A recording begins.
        Start = "start", "Start";
        /// Every recording of the call ends.
        Stop = "stop", "Stop";
    }
}

crate::fields! {
    /// Records both sides of the call from here on, or stops doing so. Callers are not told: play an announcement first.
    pub struct RecordCall {
        /// Whether a recording starts, or those of this call stop and are kept.
        action: RecordAction = RecordAction::Start, "action", "Action";
        /// The kind of file. WAV is about ten times the size of MP3.
        format: Format = Format::Mp3, "format", "Format";
        /// The longest recording, in seconds.
        time_limit: Seconds<5, 10_800> = Seconds(3_600), "time_limit", "Longest recording";
        /// A recording that is shorter than this many seconds is thrown away.
        record_min_sec: Seconds<0, 10_800> = Seconds(0), "record_min_sec", "Shortest recording";
        /// Waits for the answer: what is played before it is not recorded.
        record_on_answer: bool = false, "record_on_answer", "Begin at the answer";
        /// Waits until somebody talks with the caller: menus and music are not recorded.
        record_on_bridge: bool = false, "record_on_bridge", "Begin with the conversation";
        /// A web address that gets the file too; its name is appended. Empty keeps it here only.
        url: Text<0, 2_048> = Text::default(), "url", "Send to";
        /// How it is sent there.
        method: Method = Method::Put, "method", "Send by";
        /// A word to find the recording by.
        label: Text<0, 128> = Text::default(), "label", "Label";
    }
}

impl Definition for RecordCall {
    const MODULE: &'static str = "record_call";
    const PRESETS: &'static [Preset] = &[
        Preset {
            label: "Start Recording",
            category: Category::CallRecording,
            icon: "disc",
            family: Family::Set,
            help: "Records from this step on",
            synonyms: &["record", "tape", "call recording"],
            mark: Some(("action", "start")),
        },
        Preset {
            label: "Stop Recording",
            category: Category::CallRecording,
            icon: "circle-stop",
            family: Family::Set,
            help: "Stops recording at this step",
            synonyms: &["record", "end", "call recording"],
            mark: Some(("action", "stop")),
        },
    ];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, keys: &[&str]) -> Vec<Finding> {
        if self.action == RecordAction::Stop {
            return Vec::new();
        }
        let mut found: Vec<Finding> = recording::check(&self.url.0).into_iter().collect();
        if self.record_min_sec.0 >= self.time_limit.0 {
            let message = "No recording is long enough to be kept";
            found.push(Finding::warning(
                "RECORDING_TOO_SHORT",
                Some("record_min_sec"),
                message,
            ));
        }
        if keys.is_empty() {
            let message = "Nothing follows that could be recorded";
            found.push(Finding::warning("RECORDING_LAST", None, message));
        }
        found
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        if self.action == RecordAction::Stop {
            return Caption::default();
        }
        let label = self.label.0.as_str();
        let host = recording::host(&self.url.0);
        Caption::text(match host {
            _ if !label.is_empty() => label,
            Some(host) => host,
            None => self.format.label(),
        })
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        if self.action == RecordAction::Stop {
            call.did("stop recording");
            call.update(Update::StopRecording).await;
            return Ok(Next::Continue);
        }
        let wanted = CallRecording {
            format: self.format.into(),
            limit_ms: self.time_limit.millis(),
            shortest_ms: self.record_min_sec.millis(),
            on_answer: self.record_on_answer,
            on_bridge: self.record_on_bridge,
            upload: recording::upload(call, &self.url.0, self.method),
            label: self.label.0.clone(),
        };
        call.did("record the call");
        // A recording that cannot begin is noted, and the caller is served all the same.
        call.update(Update::StartRecording(wanted)).await;
        Ok(Next::Continue)
    }
}
