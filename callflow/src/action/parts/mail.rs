//! Who gets a mail.

use crate::action::Caption;
use crate::check::Finding;
use crate::command::Recipient;
use crate::directory::Directory;
use crate::resource::{Recipients, ResourceKind};

const FIELD: Option<&str> = Some("recipients");

/// What is wrong with the recipients of a step.
pub(crate) fn check(directory: &Directory, recipients: &Recipients) -> Vec<Finding> {
    let mut found = Vec::new();
    if recipients.0.is_empty() {
        let message = if directory.settings().email.0.is_empty() {
            "Nobody gets the mail: the account has no address of its own either"
        } else {
            "Nobody is named; the account’s administrator gets the mail"
        };
        found.push(Finding::warning("MAIL_WITHOUT_RECIPIENT", FIELD, message));
    }
    for recipient in &recipients.0 {
        match recipient {
            Recipient::User(id) => match directory.user(id) {
                None => {
                    let message = "A recipient is not there any more";
                    found.push(Finding::warning("RESOURCE_MISSING", FIELD, message));
                }
                Some(user) if user.email.0.is_empty() => {
                    let message = format!("{} has no mail address", user.name());
                    found.push(Finding::warning("USER_WITHOUT_EMAIL", FIELD, message));
                }
                Some(_) => {}
            },
            Recipient::Address(address) if !is_address(address) => {
                let message = format!("“{address}” is not a mail address");
                found.push(Finding::error("EMAIL_INVALID", FIELD, message));
            }
            Recipient::Address(_) => {}
        }
    }
    found
}

/// Something at something, without what would end or begin a header (RFC 5322 §3.4.1, as far as it matters).
fn is_address(text: &str) -> bool {
    let bad = |c: char| c.is_whitespace() || c.is_control() || "<>,;:\"()[]\\".contains(c);
    text.len() <= 254
        && !text.chars().any(bad)
        && text
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
}

/// The one recipient, or how many there are.
pub(crate) fn caption(directory: &Directory, recipients: &Recipients) -> Caption {
    Caption::text(match recipients.0.as_slice() {
        [] => String::new(),
        [Recipient::User(id)] => directory.name(ResourceKind::User, id).unwrap_or_default(),
        [Recipient::Address(address)] => address.clone(),
        many => format!("{} recipients", many.len()),
    })
}

/// Those that a mail can go to: users who are there, and addresses that are some.
#[must_use]
pub(crate) fn reachable(directory: &Directory, recipients: &Recipients) -> Vec<Recipient> {
    let there = recipients.0.iter().filter(|recipient| match recipient {
        Recipient::User(id) => directory.user(id).is_some(),
        Recipient::Address(address) => is_address(address),
    });
    there.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn recipients_who_get_nothing_are_told() {
        let mut directory = Directory::default();
        for (id, document) in [
            ("ann", json!({"first_name": "Ann"})),
            ("ben", json!({"email": "b@b.example"})),
        ] {
            directory.insert(
                ResourceKind::User,
                id,
                document.as_object().unwrap().clone(),
            );
        }
        let user = |id: &str| Recipient::User(id.into());
        let address = |text: &str| Recipient::Address(text.into());
        let list = Recipients(vec![
            user("ann"),
            user("ben"),
            user("lost"),
            address("a@b, c@d"),
        ]);
        let codes: Vec<_> = check(&directory, &list).iter().map(|f| f.code).collect();
        assert_eq!(
            codes,
            ["USER_WITHOUT_EMAIL", "RESOURCE_MISSING", "EMAIL_INVALID"]
        );
        assert_eq!(reachable(&directory, &list), [user("ann"), user("ben")]);
        assert_eq!(caption(&directory, &list).text, "4 recipients");
        let codes: Vec<_> = check(&directory, &Recipients::default())
            .iter()
            .map(|f| f.code)
            .collect();
        assert_eq!(codes, ["MAIL_WITHOUT_RECIPIENT"]);
    }
}
