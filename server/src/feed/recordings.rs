//! Recordings of calls on their way in.

use crate::feed::reports::{Desk, access, insist, moment};
use runtime::Recording;
use store::NewRecording;

impl Desk {
    /// Keeps a recording of a call.
    pub(super) async fn recording(&self, recording: Recording) {
        match self.keep_recording(&recording).await {
            Ok(()) => recording.done.done(),
            Err(why) => {
                tracing::error!(account = %recording.account, call = recording.call, %why, "a recording could not be stored");
                recording.done.failed(why);
            }
        }
    }

    async fn keep_recording(&self, recording: &Recording) -> Result<(), String> {
        let file = self
            .keep_file(&recording.file, "recordings", &recording.account)
            .await?;
        let new = NewRecording {
            call_id: recording.call.clone(),
            whole_call: recording.whole_call,
            caller_number: recording.caller.number.clone(),
            caller_name: recording.caller.name.clone(),
            callee_number: recording.dialled.clone(),
            label: recording.label.clone(),
            duration_ms: i64::try_from(recording.duration_ms).unwrap_or(i64::MAX),
            file,
            started_at: moment(recording.at),
        };
        let access = access(&recording.account);
        match insist(|| self.store.add_recording(&access, new.clone())).await {
            Ok(_) => Ok(()),
            Err(error) => {
                self.give_back(&new.file, &recording.file).await;
                Err(error.to_string())
            }
        }
    }
}
