//! Global Carrier: dials out by the carriers of the whole system. KAZOO module `offnet`.

use crate::action::parts::outside::{self, Outgoing};
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::resource::TextList;
use crate::value::{MediaRef, Pairs, Seconds, Text};

crate::fields! {
    /// Dials a number by a carrier that all accounts share, and connects whoever answers.
    pub struct GlobalCarrier {
        /// The number to dial; empty is the number that the caller dialled. `{{capture}}` stands for the digits that
        /// the callflow's pattern captured, `{{digits}}` for those that the caller keyed.
        to_did: Text<0, 128> = Text::default(), "to_did", "Number";
        /// Seconds to wait for an answer; empty or 0 as long as the carrier does.
        timeout: Option<Seconds<0, 600>> = None, "timeout", "Ring for";
        /// What the caller hears while it rings; empty is what the carrier sends, else the ringback tone.
        ringback: MediaRef = MediaRef::default(), "ringback", "Ringback";
        /// The caller hears ringback, not what the other side sends before it answers, such as a network's
        /// announcement.
        ignore_early_media: bool = false, "ignore_early_media", "Ignore early media";
        /// Marks that a carrier must have, one a line; a carrier needs them all.
        outbound_flags: TextList = TextList::default(), "outbound_flags", "Carrier flags";
        /// Which of the caller IDs of phone, person and account is shown: external, internal or another of theirs.
        /// Emergency calls always show the emergency one.
        caller_id_type: Text<0, 64> = Text("external".to_owned()), "caller_id_type", "Caller ID";
        /// The number is dialled as it stands, and not put into international form first.
        bypass_e164: bool = false, "bypass_e164", "Dial as it stands";
        /// The address of the caller carries the account's realm.
        format_from_uri: bool = false, "format_from_uri", "Show the account’s realm";
        /// The realm that the address of the caller carries instead.
        from_uri_realm: Text<0, 253> = Text::default(), "from_uri_realm", "Realm shown";
        /// The carrier is told the account's id, in the header X-Account-ID.
        emit_account_id: bool = false, "emit_account_id", "Tell the account’s id";
        /// Headers of the request to the carrier.
        custom_sip_headers: Pairs = Pairs::default(), "custom_sip_headers", "SIP headers";
    }
}

impl GlobalCarrier {
    fn outgoing(&self, call: &mut Call) -> Outgoing {
        let pairs = outside::headers(&self.source, &self.custom_sip_headers);
        let mut headers = outside::fit_headers(call, &pairs);
        let account = call.account();
        if self.emit_account_id {
            headers.push(("X-Account-ID".to_owned(), account.id.to_string()));
        }
        Outgoing {
            number: self.to_did.0.clone(),
            carriers_of: None,
            flags: self.outbound_flags.0.clone(),
            timeout_ms: self.timeout.map(Seconds::millis).filter(|ms| *ms > 0),
            ringback: self.ringback.clone(),
            ignore_early_media: self.ignore_early_media,
            caller_id: self.caller_id_type.0.clone(),
            from_realm: outside::realm(account, self.format_from_uri, &self.from_uri_realm.0),
            verbatim: self.bypass_e164 || outside::is_left_alone(&self.source),
            headers,
        }
    }
}

impl Definition for GlobalCarrier {
    const MODULE: &'static str = "offnet";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Global Carrier",
        category: Category::Advanced,
        icon: "globe",
        family: Family::Connect,
        help: "Dials out by a shared carrier",
        synonyms: &["trunk", "outbound", "external", "pstn", "dial out"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(outside::failure_branches())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let pairs = outside::headers(&self.source, &self.custom_sip_headers);
        outside::check(&self.to_did.0, &pairs)
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption::text(outside::caption(&self.to_did.0, &self.outbound_flags.0))
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let outgoing = self.outgoing(call);
        outside::dial_out(call, &outgoing).await
    }
}
