//! Missed Call Alert: mails about calls that nobody took. KAZOO module `missed_call_alert`.

use crate::action::parts::mail;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::{Notice, NoticeKind};
use crate::directory::Directory;
use crate::resource::Recipients;
use crate::route::Origin;

crate::fields! {
    /// Mails people when the call ends and nobody took it.
    pub struct MissedCallAlert {
        /// Users and mail addresses that get the mail; empty is the account's administrator.
        recipients: Recipients = Recipients::default(), "recipients", "Recipients";
        /// Calls from phones of the account are told too.
        alert_on_internal_calls: bool = false, "alert_on_internal_calls", "Also calls from inside";
    }
}

impl Definition for MissedCallAlert {
    const MODULE: &'static str = "missed_call_alert";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Missed Call Alert",
        category: Category::Advanced,
        icon: "phone-missed",
        family: Family::Message,
        help: "Emails users about missed calls",
        synonyms: &["mail", "email", "notify", "unanswered", "lost call"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, directory: &Directory, keys: &[&str]) -> Vec<Finding> {
        let mut found = mail::check(directory, &self.recipients);
        if keys.is_empty() {
            let message = "Nothing rings after this step; put it before the ones that do";
            found.push(Finding::warning("ALERT_LAST", None, message));
        }
        found
    }

    fn caption(&self, directory: &Directory) -> Caption {
        mail::caption(directory, &self.recipients)
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let inside = call.info().origin == Origin::Internal || call.info().device.is_some();
        if inside && !self.alert_on_internal_calls {
            call.did("leave the alert out, the call comes from inside");
            return Ok(Next::Continue);
        }
        let recipients = mail::reachable(&call.account().directory, &self.recipients);
        let caller = call.caller_shown();
        call.alert_if_missed(Notice {
            kind: NoticeKind::MissedCall,
            recipients,
            caller,
            comments: String::new(),
        });
        call.did("alert if nobody takes the call");
        Ok(Next::Continue)
    }
}
