//! Record Caller: records the caller alone. KAZOO module `record_caller`.

use crate::action::parts::recording::{self, Format, Method};
use crate::action::play::answer_gently;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::{RecordLimits, Update};
use crate::directory::Directory;
use crate::event::{Event, RecordEnd};
use crate::value::{Keys, Seconds, Text};

crate::fields! {
    /// Records what the caller says, until a key, the limit or the hang-up.
    pub struct RecordCaller {
        /// The kind of file. WAV is about ten times the size of MP3.
        format: Format = Format::Mp3, "format", "Format";
        /// The longest recording, in seconds.
        time_limit: Seconds<5, 10_800> = Seconds(3_600), "time_limit", "Longest recording";
        /// A recording that is shorter than this many seconds is thrown away.
        record_min_sec: Seconds<0, 10_800> = Seconds(0), "record_min_sec", "Shortest recording";
        /// A web address that gets the file too; its name is appended. Empty keeps it here only.
        url: Text<0, 2_048> = Text::default(), "url", "Send to";
        /// How it is sent there.
        method: Method = Method::Put, "method", "Send by";
    }
}

impl Definition for RecordCaller {
    const MODULE: &'static str = "record_caller";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Record Caller",
        category: Category::CallRecording,
        icon: "circle-dot",
        family: Family::Message,
        help: "Records what the caller says",
        synonyms: &["dictate", "record", "statement", "answer"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Answered;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let mut found: Vec<Finding> = recording::check(&self.url.0).into_iter().collect();
        if self.record_min_sec.0 >= self.time_limit.0 {
            let message = "No recording is long enough to be kept";
            found.push(Finding::warning(
                "RECORDING_TOO_SHORT",
                Some("record_min_sec"),
                message,
            ));
        }
        found
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        let host = recording::host(&self.url.0);
        Caption::text(host.unwrap_or(self.format.label()))
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        answer_gently(call).await?;
        // A key pressed before must not end what it did not mean.
        call.flush_digits();
        let limits = RecordLimits {
            max_ms: self.time_limit.millis(),
            silence_ms: 0,
            keys: Keys::ALL.to_owned(),
        };
        let upload = recording::upload(call, &self.url.0, self.method);
        call.did("record the caller");
        match call.record(limits).await? {
            Event::Recorded {
                recording,
                duration_ms,
                end,
                ..
            } => {
                let update = if duration_ms < self.record_min_sec.millis() {
                    Update::Discard { recording }
                } else {
                    Update::KeepRecording {
                        recording,
                        duration_ms,
                        format: self.format.into(),
                        upload,
                    }
                };
                call.update(update).await;
                if end == RecordEnd::HungUp {
                    return Err(Ended);
                }
            }
            Event::Failed { reason, .. } => call.trouble(format!("Recording failed: {reason}")),
            _ => {}
        }
        Ok(Next::Continue)
    }
}
