//! Fax boxes.

use crate::resource::{Name, TextList, User};
use crate::value::{Int, Ref, Text, Zone};

crate::fields! {
    /// A fax machine of the account that prints into mails.
    pub struct FaxBox {
        /// The name in lists.
        name: Name = Name::default(), "name", "Name";
        /// The person whose fax box it is; gets the faxes where no address stands below.
        owner: Option<Ref<User>> = None, "owner_id", "Owner";
        /// The number that senders see on their fax machine, and that stands at the top of faxes sent.
        identity: Text<0, 20> = Text::default(), "fax_identity", "Fax number";
        /// The words at the top of faxes sent.
        header: Text<0, 50> = Text::default(), "fax_header", "Header";
        /// Where faxes that come are mailed to, one address a line.
        inbound_emails: TextList = TextList::default(), "notifications.inbound.email.send_to", "Mail faxes to";
        /// Who is told how a fax that was sent went, one address a line.
        outbound_emails: TextList = TextList::default(), "notifications.outbound.email.send_to", "Mail reports to";
        /// The name shown on calls of this fax box.
        caller_name: Text<0, 35> = Text::default(), "caller_name", "Caller ID name";
        /// The number shown on calls of this fax box.
        caller_number: Text<0, 35> = Text::default(), "caller_id", "Caller ID number";
        /// Time zone of the times on faxes.
        timezone: Option<Zone> = None, "fax_timezone", "Time zone";
        /// How often a fax that did not get through is sent again.
        retries: Int<0, 4> = Int(1), "retries", "Tries again";
        /// Whether faxes may come and go as data instead of sound (T.38).
        t38: bool = true, "media.fax_option", "T.38";
    }
}
