//! Mails: by the configured server, or kept as files in the outbox.

mod faxes;

use crate::config::Config;
use callflow::command::{NoticeKind, Recipient};
use callflow::{Directory, ResourceKind};
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox as Address, MultiPart, SinglePart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message as Mail, Tokio1Executor};
use runtime::NoticeReport;
use std::path::PathBuf;
use store::{Access, Folder, Message, Store};

/// Most addresses one voice message is mailed to.
const MOST_RECIPIENTS: usize = 50;

/// The mail desk.
pub(crate) struct Post {
    data: PathBuf,
    from: String,
    server: Option<AsyncSmtpTransport<Tokio1Executor>>,
}

impl Post {
    /// A desk for the configured server. One that cannot be used is reported, and mails are kept.
    pub(crate) fn new(config: &Config) -> Post {
        let server = config.smtp_url.as_deref().and_then(|url| {
            AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                .inspect_err(|error| {
                    tracing::error!(%error, "PATCHCORD_SMTP_URL is not understood; mails are kept in the outbox. Write smtp://user:password@host:port");
                })
                .ok()
                .map(lettre::transport::smtp::AsyncSmtpTransportBuilder::build)
        });
        Post {
            data: config.data.clone(),
            from: config.mail_from.clone(),
            server,
        }
    }

    /// Mails a voice message to the mailbox's owner and the other addresses the mailbox names, and then does with it
    /// what the mailbox says. Returns whether the message changed its folder or is gone.
    pub(crate) async fn voice_message(
        &self,
        store: &Store,
        access: &Access,
        message: &Message,
    ) -> bool {
        match self.try_voice_message(store, access, message).await {
            Ok(changed) => changed,
            Err(why) => {
                tracing::error!(message = %message.id, %why, "a voice message could not be mailed; it stays in the mailbox");
                false
            }
        }
    }

    async fn try_voice_message(
        &self,
        store: &Store,
        access: &Access,
        message: &Message,
    ) -> Result<bool, String> {
        let said = |error: store::Error| error.to_string();
        let directory = store.directory(access).await.map_err(said)?;
        let Some(mailbox) = directory.mailbox(&message.box_id) else {
            return Err("the mailbox is gone".into());
        };
        let owner = mailbox
            .owner
            .as_ref()
            .and_then(|owner| directory.user(owner.id()));
        let mut recipients: Vec<String> = mailbox.notify_emails.0.clone();
        if let Some(owner) = owner.filter(|owner| owner.vm_to_email && !owner.email.0.is_empty()) {
            recipients.insert(0, owner.email.0.clone());
        }
        recipients.dedup();
        recipients.truncate(MOST_RECIPIENTS);
        if recipients.is_empty() {
            return Ok(false);
        }
        let account = store.account(access).await.map_err(said)?;
        let zone = mailbox
            .timezone
            .as_ref()
            .or_else(|| owner.and_then(|owner| owner.timezone.as_ref()))
            .map_or(account.time_zone.as_str(), |zone| zone.0.as_str());
        let name = directory
            .name(ResourceKind::VoicemailBox, &message.box_id)
            .unwrap_or_default();
        let (subject, text) = words(message, &name, zone);
        let audio = match mailbox.include_message_on_notify {
            true => Some(
                tokio::fs::read(self.data.join(&message.file))
                    .await
                    .map_err(|error| error.to_string())?,
            ),
            false => None,
        };
        let audio = audio.map(|audio| ("message.wav", "audio/wav", audio));
        let mail = self.compose(&recipients, &subject, text, audio)?;
        self.send(mail).await?;
        if mailbox.save_after_notify {
            store
                .move_message(access, &message.box_id, &message.id, Folder::Saved)
                .await
                .map_err(said)?;
            return Ok(true);
        }
        if mailbox.delete_after_notify {
            store
                .delete_message(access, &message.box_id, &message.id)
                .await
                .map_err(said)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Mails about a call what its callflow asked for. Without anybody to mail to it goes to the account's own
    /// address, and without that to nobody.
    pub(crate) async fn notice(
        &self,
        store: &Store,
        access: &Access,
        report: &NoticeReport,
    ) -> Result<(), String> {
        let said = |error: store::Error| error.to_string();
        let directory = store.directory(access).await.map_err(said)?;
        let account = store.account(access).await.map_err(said)?;
        let mut recipients: Vec<String> = Vec::new();
        for recipient in &report.notice.recipients {
            let address = match recipient {
                Recipient::Address(address) => Some(address.clone()),
                Recipient::User(id) => directory.user(id).map(|user| user.email.0.clone()),
            };
            recipients.extend(address.filter(|address| !address.is_empty()));
        }
        if recipients.is_empty() {
            let own = directory.settings().email.0.clone();
            recipients.extend(Some(own).filter(|address| !address.is_empty()));
        }
        recipients.sort();
        recipients.dedup();
        recipients.truncate(MOST_RECIPIENTS);
        if recipients.is_empty() {
            return Err("nobody with a mail address is to be told".to_owned());
        }
        let (subject, text) = notice_words(report, &directory, &account.time_zone);
        let mail = self.compose(&recipients, &subject, text, None)?;
        self.send(mail).await
    }

    fn compose(
        &self,
        recipients: &[String],
        subject: &str,
        text: String,
        attached: Option<(&str, &str, Vec<u8>)>,
    ) -> Result<Mail, String> {
        let from: Address = self.from.parse().map_err(|error| {
            format!(
                "the sender “{}” is not an address: {error}; set PATCHCORD_MAIL_FROM",
                self.from
            )
        })?;
        let mut mail = Mail::builder().from(from).subject(subject);
        let mut good = 0;
        for recipient in recipients {
            match recipient.parse::<Address>() {
                Ok(address) => {
                    mail = mail.to(address);
                    good += 1;
                }
                Err(error) => {
                    tracing::warn!(%recipient, %error, "a mail address of a mailbox is left out");
                }
            }
        }
        if good == 0 {
            return Err("none of the mailbox's addresses can be mailed to".into());
        }
        let mut parts = MultiPart::mixed().singlepart(SinglePart::plain(text));
        if let Some((name, kind, content)) = attached {
            let kind = ContentType::parse(kind).map_err(|error| error.to_string())?;
            parts = parts.singlepart(Attachment::new(name.into()).body(content, kind));
        }
        mail.multipart(parts).map_err(|error| error.to_string())
    }

    async fn send(&self, mail: Mail) -> Result<(), String> {
        if let Some(server) = &self.server {
            return match server.send(mail).await {
                Ok(_) => Ok(()),
                Err(error) => Err(format!("the mail server refused: {error}")),
            };
        }
        let outbox = self.data.join("outbox");
        let name = format!(
            "{}-{:08x}.eml",
            jiff::Timestamp::now().as_millisecond(),
            rand::random::<u32>()
        );
        let written = async {
            tokio::fs::create_dir_all(&outbox).await?;
            // Under another name first, so that nobody reads half a mail.
            let draft = outbox.join(format!(".{name}"));
            tokio::fs::write(&draft, mail.formatted()).await?;
            tokio::fs::rename(draft, outbox.join(&name)).await
        };
        written.await.map_err(|error: std::io::Error| {
            format!("keeping the mail in {} failed: {error}", outbox.display())
        })
    }
}

/// Subject and text of a mail about a call.
fn notice_words(report: &NoticeReport, directory: &Directory, zone: &str) -> (String, String) {
    let notice = &report.notice;
    let caller = caller_words(&notice.caller.name, &notice.caller.number);
    let at = local(report.at, zone);
    let (subject, what) = match &notice.kind {
        NoticeKind::MissedCall => (
            format!("Missed call from {caller}"),
            format!("{caller} called on {at} and nobody answered."),
        ),
        NoticeKind::Template(template) => (
            format!("{template}: call from {caller}"),
            format!("{caller} called on {at}."),
        ),
        NoticeKind::MailboxFull { mailbox } => {
            let name = directory.name(ResourceKind::VoicemailBox, mailbox);
            let name = name.unwrap_or_default();
            (
                format!("Mailbox {name} is full"),
                format!("{caller} could not leave a message on {at}: the mailbox {name} is full."),
            )
        }
    };
    let mut text = format!(
        "{what}\r\n\r\nDialled: {}\r\n",
        store::spaced(&report.dialled)
    );
    if !notice.comments.is_empty() {
        text.push_str(&format!("\r\n{}\r\n", notice.comments));
    }
    (one_line(&subject), text)
}

/// A caller in words.
fn caller_words(name: &str, number: &str) -> String {
    match (name, number) {
        ("", "") => "an unknown caller".to_owned(),
        ("", number) => store::spaced(number),
        (name, "") => name.to_owned(),
        (name, number) => format!("{name} ({})", store::spaced(number)),
    }
}

fn local(at: jiff::Timestamp, zone: &str) -> String {
    at.in_tz(zone).map_or_else(
        |_| at.to_string(),
        |zoned| zoned.strftime("%-d %B %Y at %H:%M").to_string(),
    )
}

/// One line, whatever a caller's name holds.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// Subject and text.
fn words(message: &Message, mailbox: &str, zone: &str) -> (String, String) {
    let caller = caller_words(&message.caller_name, &message.caller_number);
    let at = jiff::Timestamp::from_millisecond(message.created_at.millis()).unwrap_or_default();
    let at = local(at, zone);
    let seconds = (message.duration_ms + 500) / 1000;
    let subject = one_line(&format!("Voice message from {caller}"));
    let text = format!(
        "{caller} left a message of {seconds} seconds in the mailbox {mailbox} on {at}.\r\n\r\nDialled: {}\r\n",
        store::spaced(&message.callee_number)
    );
    (subject, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::Moment;

    fn message() -> Message {
        Message {
            id: "1".into(),
            box_id: "2".into(),
            folder: Folder::New,
            caller_number: "+441614960120".into(),
            caller_name: "Tom\r\nBcc: x@y.example".into(),
            callee_number: "2001".into(),
            duration_ms: 4_200,
            file: "voicemail/x.wav".into(),
            created_at: Moment::from_millis(1_751_360_400_000),
        }
    }

    #[test]
    fn subject_is_one_line_and_time_is_local() {
        let (subject, text) = words(&message(), "Reception", "Europe/London");
        assert!(!subject.contains('\n') && subject.starts_with("Voice message from Tom"));
        assert!(text.contains("1 July 2025 at 10:00"), "{text}");
        assert!(text.contains("4 seconds"));
    }

    #[tokio::test]
    async fn mail_without_server_is_kept_in_the_outbox_with_its_audio() {
        let dir = tempfile::tempdir().unwrap();
        let post = Post {
            data: dir.path().to_owned(),
            from: "Patchcord <patchcord@localhost>".into(),
            server: None,
        };
        let to = ["a@fernhill.example".to_owned(), "not an address".to_owned()];
        let mail = post
            .compose(
                &to,
                "Voice message",
                "text".into(),
                Some(("message.wav", "audio/wav", vec![1, 2, 3])),
            )
            .unwrap();
        post.send(mail).await.unwrap();
        let kept: Vec<_> = std::fs::read_dir(dir.path().join("outbox"))
            .unwrap()
            .flatten()
            .collect();
        assert_eq!(kept.len(), 1);
        let text = std::fs::read_to_string(kept[0].path()).unwrap();
        assert!(
            text.contains("To: a@fernhill.example") && text.contains("audio/wav"),
            "{text}"
        );
    }
}
