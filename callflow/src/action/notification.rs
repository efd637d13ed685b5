//! Notification: mails people about the call. KAZOO module `notification`.

use crate::action::parts::mail;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::{Notice, NoticeKind, Update};
use crate::directory::Directory;
use crate::json;
use crate::resource::Recipients;
use crate::value::{LongText, Text};
use serde_json::Value;

crate::choice! {
    /// When a mail goes out.
    pub enum SendAt {
        /// When the call is over.
        End = "channel_destroy", "When the call ends";
        /// When the call comes to the step.
        Now = "callflow_exec", "Right away";
    }
}

crate::fields! {
    /// Mails people about the call, right away or when it ends.
    pub struct Notification {
        /// The id of the account's mail template; empty takes the ordinary one.
        template_id: Text<0, 128> = Text::default(), "template_id", "Template";
        /// Users and mail addresses that get the mail; empty is the account's administrator.
        recipients: Recipients = Recipients::default(), "recipients", "Recipients";
        /// Words for the reader. `{{caller_id_number}}`, `{{digits}}` and other variables are filled in.
        comments: LongText<0, 1_000> = LongText::default(), "comments", "Comments";
        /// Whether the mail goes out right away or when the call ends.
        send_at: SendAt = SendAt::End, "send_at", "Send";
    }
}

impl Notification {
    /// Whether the document asks for text messages and no mail.
    fn only_sms(&self) -> bool {
        let media = self.source.get("notification_media");
        let media = match media {
            Some(Value::Array(media)) => media.iter().filter_map(json::text).collect(),
            Some(media) => json::text(media).into_iter().collect(),
            None => Vec::new(),
        };
        !media.is_empty() && media.iter().all(|medium: &String| medium == "sms")
    }
}

impl Definition for Notification {
    const MODULE: &'static str = "notification";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Notification",
        category: Category::Special,
        icon: "info",
        family: Family::Message,
        help: "Emails people about the call",
        synonyms: &["mail", "email", "notify", "alert", "template"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let mut found = mail::check(directory, &self.recipients);
        if self.only_sms() {
            let message = "Text messages are not sent; the recipients get a mail";
            found.push(Finding::warning("NOTIFICATION_SMS", None, message));
        }
        found
    }

    fn caption(&self, directory: &Directory) -> Caption {
        mail::caption(directory, &self.recipients)
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let notice = Notice {
            kind: NoticeKind::Template(self.template_id.0.clone()),
            recipients: mail::reachable(&call.account().directory, &self.recipients),
            caller: call.caller_shown(),
            comments: call.text(&self.comments.0),
        };
        match self.send_at {
            SendAt::Now => {
                if call.update(Update::Notice(notice)).await {
                    call.did("mail about the call");
                }
            }
            SendAt::End => {
                call.notify_at_end(notice);
                call.did("mail when the call ends");
            }
        }
        Ok(Next::Continue)
    }
}
