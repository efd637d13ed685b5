//! What owners of mailboxes ask for and change by phone.

use super::reports::{Desk, access};
use callflow::command::{Folder, MailboxChange, Party, StoredMessage};
use callflow::{AccountId, ResourceKind};
use jiff::Timestamp;
use runtime::{MailboxReport, MailboxUpdate};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use store::{Access, NewMessage, Page};

/// Most messages that a call is told of: what a mailbox holds at most, with room for limits that were raised.
const MOST_MESSAGES: usize = 1_000;

impl Desk {
    /// The messages of a mailbox, oldest first.
    pub(super) async fn messages(
        &self,
        account: &AccountId,
        mailbox: &str,
    ) -> Result<Vec<StoredMessage>, String> {
        let access = access(account);
        let mut found = Vec::new();
        let mut page = Page::default();
        loop {
            let listed = self
                .store
                .messages(&access, mailbox, &page)
                .await
                .map_err(|error| error.to_string())?;
            found.extend(listed.items.into_iter().map(stored));
            match listed.next {
                Some(next) if found.len() < MOST_MESSAGES => page.cursor = Some(next),
                _ => break,
            }
        }
        found.reverse();
        Ok(found)
    }

    /// The file of a message.
    pub(super) async fn message_audio(
        &self,
        account: &AccountId,
        mailbox: &str,
        message: &str,
    ) -> Result<PathBuf, String> {
        let access = access(account);
        let message = self.store.message(&access, mailbox, message).await;
        let message = message.map_err(|error| error.to_string())?;
        Ok(self.data.join(message.file))
    }

    pub(super) async fn mailbox(&self, report: MailboxReport) {
        let changed = self.change_mailbox(&report).await;
        if let Err(why) = &changed {
            tracing::error!(account = %report.account, mailbox = report.mailbox, why, "a change made by phone could not be stored");
        }
        report.done.answer(changed);
    }

    async fn change_mailbox(&self, report: &MailboxReport) -> Result<(), String> {
        let access = access(&report.account);
        let mailbox = report.mailbox.as_str();
        match &report.change {
            MailboxUpdate::Itself(change) => self.change_itself(&access, report, change).await,
            MailboxUpdate::Move { message, folder } => {
                self.move_message(&access, mailbox, message, *folder)
                    .await?;
                self.count(&report.account, mailbox).await;
                Ok(())
            }
            MailboxUpdate::Forward { message, to } => {
                self.forward(report, message, to).await?;
                self.count(&report.account, to).await;
                Ok(())
            }
        }
    }

    async fn move_message(
        &self,
        access: &Access,
        mailbox: &str,
        message: &str,
        folder: Folder,
    ) -> Result<(), String> {
        let said = |error: store::Error| error.to_string();
        let folder = match folder {
            Folder::New => store::Folder::New,
            Folder::Saved => store::Folder::Saved,
            Folder::Deleted => {
                let deleted = self.store.delete_message(access, mailbox, message);
                return deleted.await.map_err(said);
            }
        };
        let moved = self.store.move_message(access, mailbox, message, folder);
        moved.await.map_err(said)
    }

    /// A copy for another mailbox, with the introduction before it.
    async fn forward(&self, report: &MailboxReport, message: &str, to: &str) -> Result<(), String> {
        let access = access(&report.account);
        let said = |error: store::Error| error.to_string();
        let original = self.store.message(&access, &report.mailbox, message);
        let original = original.await.map_err(said)?;
        // The other mailbox must be one of the account.
        let kind = ResourceKind::VoicemailBox;
        self.store.resource(&access, kind, to).await.map_err(said)?;
        let source = self.data.join(&original.file);
        let draft = source.with_extension(format!("{:016x}.part.wav", rand::random::<u64>()));
        let parts: Vec<PathBuf> = report.file.iter().cloned().chain([source]).collect();
        let joined = draft.clone();
        let duration_ms = tokio::task::spawn_blocking(move || join(&parts, &joined))
            .await
            .map_err(|error| error.to_string())??;
        let file = self.keep_file(&draft, "voicemail", &report.account).await?;
        let new = NewMessage {
            box_id: to.to_owned(),
            caller_number: original.caller_number,
            caller_name: original.caller_name,
            callee_number: original.callee_number,
            duration_ms,
            file: file.clone(),
        };
        if let Err(error) = self.store.add_message(&access, new).await {
            let _unused = tokio::fs::remove_file(self.data.join(file)).await;
            return Err(error.to_string());
        }
        Ok(())
    }

    async fn change_itself(
        &self,
        access: &Access,
        report: &MailboxReport,
        change: &MailboxChange,
    ) -> Result<(), String> {
        let kind = ResourceKind::VoicemailBox;
        let id = report.mailbox.as_str();
        let recorded = match &report.file {
            Some(file) => Some(self.keep_medium(&report.account, kind, id, file).await?),
            None => None,
        };
        let medium = || json!(recorded);
        let keys: Vec<(&str, Value)> = match change {
            MailboxChange::Pin(pin) => vec![("pin", json!(pin))],
            MailboxChange::Greeting(_) => vec![("media.unavailable", medium())],
            MailboxChange::TemporaryGreeting(_) => {
                vec![("media.temporary_unavailable", medium())]
            }
            MailboxChange::NoTemporaryGreeting => {
                vec![("media.temporary_unavailable", Value::Null)]
            }
            MailboxChange::Name(_) => vec![("media.name", medium())],
            MailboxChange::SetUp => vec![("is_setup", json!(true))],
            MailboxChange::AnnouncementOnly(on) => vec![("announcement_only", json!(on))],
        };
        self.set_keys(access, kind, id, &keys).await
    }
}

fn stored(message: store::Message) -> StoredMessage {
    StoredMessage {
        id: message.id,
        folder: match message.folder {
            store::Folder::New => Folder::New,
            store::Folder::Saved => Folder::Saved,
        },
        caller: Party {
            name: message.caller_name,
            number: message.caller_number,
        },
        at: Timestamp::from_millisecond(message.created_at.millis()).unwrap_or_default(),
        duration_ms: u64::try_from(message.duration_ms).unwrap_or(0),
    }
}

/// Writes WAV files one after another into one; its length in milliseconds.
fn join(parts: &[PathBuf], into: &Path) -> Result<i64, String> {
    let failed = |error: hound::Error| format!("joining the recordings failed: {error}");
    let mut writer: Option<hound::WavWriter<_>> = None;
    for part in parts {
        let mut reader = hound::WavReader::open(part).map_err(failed)?;
        let spec = reader.spec();
        let writer = match &mut writer {
            Some(writer) if writer.spec() == spec => writer,
            Some(_) => return Err("the recordings have different formats".to_owned()),
            none => none.insert(hound::WavWriter::create(into, spec).map_err(failed)?),
        };
        for sample in reader.samples::<i16>() {
            writer
                .write_sample(sample.map_err(failed)?)
                .map_err(failed)?;
        }
    }
    let writer = writer.ok_or("there is nothing to join")?;
    let (frames, rate) = (writer.duration(), writer.spec().sample_rate.max(1));
    writer.finalize().map_err(failed)?;
    Ok(i64::from(frames) * 1_000 / i64::from(rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_recordings_play_one_after_the_other() {
        let dir = tempfile::tempdir().unwrap();
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let write = |name: &str, value: i16| {
            let path = dir.path().join(name);
            let mut writer = hound::WavWriter::create(&path, spec).unwrap();
            (0..4_000).for_each(|_| writer.write_sample(value).unwrap());
            writer.finalize().unwrap();
            path
        };
        let parts = [write("a.wav", 1), write("b.wav", 2)];
        let into = dir.path().join("both.wav");
        assert_eq!(join(&parts, &into), Ok(1_000));
        let mut both = hound::WavReader::open(into).unwrap();
        let samples: Vec<i16> = both.samples().map(Result::unwrap).collect();
        assert_eq!((samples[0], samples[7_999]), (1, 2));
    }
}
