//! Mails about faxes that came or were sent, and about those that did not get through.

use super::{MOST_RECIPIENTS, Post, caller_words, local, one_line};
use callflow::{Directory, ResourceKind};
use store::{Access, Fax, FaxState, OutgoingFax, Store};

/// Bytes of the largest fax that goes with a mail; mail servers refuse more.
const LARGEST: usize = 15 << 20;

/// Whom a fax is mailed to, and in which zone they are.
struct Readers {
    addresses: Vec<String>,
    zone: Option<String>,
    /// The fax box or the person.
    name: String,
}

impl Post {
    /// Mails a fax to the addresses of its fax box, else to its owner, else to the account's own address.
    pub(crate) async fn fax(&self, store: &Store, access: &Access, fax: &Fax) {
        if let Err(why) = self.try_fax(store, access, fax).await {
            tracing::error!(fax = %fax.id, %why, "a fax could not be mailed; it stays in the account");
        }
    }

    async fn try_fax(&self, store: &Store, access: &Access, fax: &Fax) -> Result<(), String> {
        let said = |error: store::Error| error.to_string();
        let directory = store.directory(access).await.map_err(said)?;
        let readers = readers(&directory, fax);
        if readers.addresses.is_empty() {
            return Ok(());
        }
        let account = store.account(access).await.map_err(said)?;
        let zone = readers.zone.as_deref().unwrap_or(&account.time_zone);
        let pages = match fax.fax.file.as_str() {
            "" => None,
            file => Some(self.pages(file).await?),
        };
        let too_large = pages.as_ref().is_some_and(|pdf| pdf.len() > LARGEST);
        let (subject, mut text) = words(fax, &readers.name, zone);
        if too_large {
            text.push_str("\r\nIt is too large for a mail: read it in the account.\r\n");
        }
        let pages = pages.filter(|_| !too_large);
        let attached = pages.map(|pdf| ("fax.pdf", "application/pdf", pdf));
        let mail = self.compose(&readers.addresses, &subject, text, attached)?;
        self.send(mail).await
    }

    /// Tells how a fax went that was to be sent: the addresses that its fax box names, else its owner.
    pub(crate) async fn sent_fax(&self, store: &Store, access: &Access, fax: &OutgoingFax) {
        if let Err(why) = self.try_sent_fax(store, access, fax).await {
            tracing::error!(fax = %fax.id, %why, "how a fax went could not be mailed; it is told in the account");
        }
    }

    async fn try_sent_fax(
        &self,
        store: &Store,
        access: &Access,
        fax: &OutgoingFax,
    ) -> Result<(), String> {
        let said = |error: store::Error| error.to_string();
        let directory = store.directory(access).await.map_err(said)?;
        let own = directory.fax_box(&fax.fax.box_id);
        let mut addresses = own.map_or_else(Vec::new, |own| own.outbound_emails.0.clone());
        let owner = own.and_then(|own| own.owner.as_ref());
        let owner = owner.and_then(|owner| directory.user(owner.id()));
        if addresses.is_empty()
            && let Some(owner) = owner.filter(|owner| !owner.email.0.is_empty())
        {
            addresses.push(owner.email.0.clone());
        }
        addresses.truncate(MOST_RECIPIENTS);
        if addresses.is_empty() {
            return Ok(());
        }
        let account = store.account(access).await.map_err(said)?;
        let zone = own.and_then(|own| own.timezone.as_ref());
        let zone = zone.or_else(|| owner?.timezone.as_ref());
        let zone = zone.map_or(account.time_zone.as_str(), |zone| zone.0.as_str());
        let name = directory.name(ResourceKind::FaxBox, &fax.fax.box_id);
        let (subject, text) = sent_words(fax, &name.unwrap_or_default(), zone);
        let mail = self.compose(&addresses, &subject, text, None)?;
        self.send(mail).await
    }

    async fn pages(&self, file: &str) -> Result<Vec<u8>, String> {
        let tiff = tokio::fs::read(self.data.join(file)).await;
        let tiff = tiff.map_err(|error| error.to_string())?;
        fax::pdf(&tiff).map_err(|error| error.to_string())
    }
}

fn readers(directory: &Directory, fax: &Fax) -> Readers {
    let fax_box = directory.fax_box(&fax.fax.box_id);
    let owner = directory.user(&fax.fax.owner_id);
    let owner_zone = owner.and_then(|owner| owner.timezone.as_ref());
    let zone = fax_box.and_then(|own| own.timezone.as_ref()).or(owner_zone);
    let mut addresses = fax_box.map_or_else(Vec::new, |own| own.inbound_emails.0.clone());
    for other in [
        owner.map(|owner| &owner.email.0),
        Some(&directory.settings().email.0),
    ] {
        if addresses.is_empty()
            && let Some(address) = other.filter(|address| !address.is_empty())
        {
            addresses.push(address.clone());
        }
    }
    addresses.dedup();
    addresses.truncate(MOST_RECIPIENTS);
    let name = directory
        .name(ResourceKind::FaxBox, &fax.fax.box_id)
        .or_else(|| directory.name(ResourceKind::User, &fax.fax.owner_id));
    Readers {
        addresses,
        zone: zone.map(|zone| zone.0.clone()),
        name: name.unwrap_or_default(),
    }
}

/// Subject and text.
fn words(fax: &Fax, name: &str, zone: &str) -> (String, String) {
    let told = &fax.fax;
    let caller = caller_words(&told.caller_name, &told.caller_number);
    let at = instant(told.started_at, zone);
    let pages = pages(told.pages);
    let (subject, what) = if told.error.is_empty() {
        (
            format!("Fax from {caller}, {pages}"),
            format!("{caller} sent a fax of {pages} on {at}."),
        )
    } else {
        let got = match told.pages {
            0 => "No page got through.".to_owned(),
            _ => format!("What got through: {pages}."),
        };
        (
            format!("Fax from {caller} failed"),
            format!(
                "{caller} tried to send a fax on {at}: {}. {got}",
                told.error
            ),
        )
    };
    let mut text = format!(
        "{what}\r\n\r\nDialled: {}\r\n",
        store::spaced(&told.callee_number)
    );
    for (label, value) in [("For", name), ("Sent by", told.station_id.as_str())] {
        if !value.is_empty() {
            text.push_str(&format!("{label}: {}\r\n", one_line(value)));
        }
    }
    (one_line(&subject), text)
}

fn pages(count: i64) -> String {
    match count {
        1 => "1 page".to_owned(),
        more => format!("{more} pages"),
    }
}

fn instant(at: store::Moment, zone: &str) -> String {
    let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
    local(at, zone)
}

/// Subject and text about a fax that was to be sent.
fn sent_words(fax: &OutgoingFax, name: &str, zone: &str) -> (String, String) {
    let number = store::spaced(&fax.fax.number);
    let count = pages(fax.fax.pages);
    let at = instant(fax.ended_at.unwrap_or(fax.created_at), zone);
    let (subject, what) = if fax.state == FaxState::Sent {
        (
            format!("Fax to {number} sent, {count}"),
            format!("The fax of {count} to {number} got through on {at}."),
        )
    } else {
        let got = match fax.last.pages_sent {
            0 => "No page got through.".to_owned(),
            _ => format!("What got through last: {}.", pages(fax.last.pages_sent)),
        };
        (
            format!("Fax to {number} failed"),
            format!(
                "The fax of {count} to {number} was given up on {at}: {}. {got}",
                fax.last.reason
            ),
        )
    };
    let mut text = format!("{what}\r\n\r\nAttempts: {}\r\n", fax.attempts);
    for (label, value) in [
        ("From", name),
        ("Received by", fax.last.station_id.as_str()),
    ] {
        if !value.is_empty() {
            text.push_str(&format!("{label}: {}\r\n", one_line(value)));
        }
    }
    (one_line(&subject), text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::{FaxAttempt, Moment, NewFax, NewOutgoingFax};

    fn sent(state: FaxState, reason: &str) -> OutgoingFax {
        OutgoingFax {
            id: "1".into(),
            account_id: "a".into(),
            fax: NewOutgoingFax {
                box_id: "box".into(),
                number: "+441614960999".into(),
                file: String::new(),
                pages: 2,
                retries: 1,
            },
            state,
            attempts: 2,
            next_attempt_at: None,
            created_at: Moment::from_millis(1_750_000_000_000),
            ended_at: None,
            last: FaxAttempt {
                pages_sent: if reason.is_empty() { 2 } else { 0 },
                station_id: "LAB\r\nBcc: x".into(),
                reason: reason.into(),
                ..FaxAttempt::default()
            },
        }
    }

    #[test]
    fn report_says_where_a_fax_went_or_why_it_was_given_up() {
        let (subject, text) = sent_words(&sent(FaxState::Sent, ""), "Fax", "Europe/London");
        assert!(subject.ends_with(" sent, 2 pages"), "{subject}");
        assert!(
            text.contains("got through on 15 June 2025 at 16:06."),
            "{text}"
        );
        assert!(
            text.contains("Attempts: 2\r\nFrom: Fax\r\nReceived by: LAB"),
            "{text}"
        );
        assert!(!text.contains("\nBcc"), "{text}");
        let failed = sent(FaxState::Failed, "the line is busy");
        let (subject, text) = sent_words(&failed, "Fax", "Europe/London");
        assert!(subject.ends_with(" failed"), "{subject}");
        assert!(
            text.contains(": the line is busy. No page got through."),
            "{text}"
        );
    }

    fn fax(pages: i64, error: &str) -> Fax {
        Fax {
            id: "1".into(),
            fax: NewFax {
                call_id: "call".into(),
                direction: "inbound".into(),
                box_id: String::new(),
                owner_id: String::new(),
                caller_number: "+441614960999".into(),
                caller_name: "Lab\r\nBcc: x".into(),
                callee_number: "+441614960126".into(),
                station_id: "LAB 1".into(),
                pages,
                bit_rate: 14_400,
                error_correction: true,
                error: error.into(),
                file: String::new(),
                started_at: Moment::from_millis(1_750_000_000_000),
            },
        }
    }

    #[test]
    fn mail_says_who_sent_how_many_pages_and_when() {
        let (subject, text) = words(&fax(2, ""), "Reception fax", "Europe/London");
        assert!(
            subject.contains(", 2 pages") && !subject.contains('\n'),
            "{subject}"
        );
        assert!(
            text.contains("sent a fax of 2 pages on 15 June 2025 at 16:06."),
            "{text}"
        );
        assert!(
            text.contains("For: Reception fax\r\nSent by: LAB 1\r\n"),
            "{text}"
        );
    }

    #[test]
    fn mail_about_a_fax_that_failed_says_why() {
        let (subject, text) = words(&fax(0, "The call dropped prematurely"), "", "Europe/London");
        assert!(subject.ends_with(" failed"), "{subject}");
        assert!(
            text.contains("The call dropped prematurely. No page got through."),
            "{text}"
        );
    }
}
