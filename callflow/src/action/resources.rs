//! Account Carrier: dials out by the account's own carriers. KAZOO module `resources`.

use crate::action::parts::outside::{self, Outgoing};
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::resource::TextList;
use crate::value::{MediaRef, Pairs, Seconds, Text};

crate::fields! {
    /// Dials a number by a carrier of the account, and connects whoever answers.
    pub struct AccountCarrier {
        /// The number to dial; empty is the number that the caller dialled. `{{capture}}` stands for the digits that
        /// the callflow's pattern captured, `{{digits}}` for those that the caller keyed.
        to_did: Text<0, 128> = Text::default(), "to_did", "Number";
        /// The carriers of this account are used; otherwise those that all accounts share.
        use_local_resources: bool = true, "use_local_resources", "Own carriers";
        /// The id of an account above this one whose carriers are used instead.
        hunt_account_id: Text<0, 64> = Text::default(), "hunt_account_id", "Carriers of the account";
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

impl AccountCarrier {
    fn carriers_of(&self, call: &Call) -> Option<String> {
        if !self.use_local_resources {
            return None;
        }
        let other = self.hunt_account_id.0.trim();
        Some(if other.is_empty() {
            call.account().id.to_string()
        } else {
            other.to_owned()
        })
    }

    fn outgoing(&self, call: &mut Call) -> Outgoing {
        let pairs = outside::headers(&self.source, &self.custom_sip_headers);
        let mut headers = outside::fit_headers(call, &pairs);
        let account = call.account();
        if self.emit_account_id {
            headers.push(("X-Account-ID".to_owned(), account.id.to_string()));
        }
        Outgoing {
            number: self.to_did.0.clone(),
            carriers_of: self.carriers_of(call),
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

impl Definition for AccountCarrier {
    const MODULE: &'static str = "resources";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Account Carrier",
        category: Category::Advanced,
        icon: "radio-tower",
        family: Family::Connect,
        help: "Dials out by your own carrier",
        synonyms: &["trunk", "outbound", "external", "pstn", "dial out"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(outside::failure_branches())
    }

    fn check(&self, directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let pairs = outside::headers(&self.source, &self.custom_sip_headers);
        let mut found = outside::check(&self.to_did.0, &pairs);
        let own = self.use_local_resources && self.hunt_account_id.0.trim().is_empty();
        if own && !outside::has_carrier(directory, &self.outbound_flags.0) {
            let (field, message) = if self.outbound_flags.0.is_empty() {
                (None, "The account has no carrier that is switched on")
            } else {
                let message = "No carrier of the account has these flags";
                (Some("outbound_flags"), message)
            };
            found.push(Finding::warning("CARRIER_MISSING", field, message));
        }
        found
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption::text(outside::caption(&self.to_did.0, &self.outbound_flags.0))
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let outgoing = self.outgoing(call);
        outside::dial_out(call, &outgoing).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Fields;
    use crate::resource::ResourceKind;
    use serde_json::{Value, json};

    fn codes(directory: &Directory, data: &Value) -> Vec<&'static str> {
        let (step, errors) = AccountCarrier::parse(data.as_object().unwrap().clone());
        assert_eq!(errors, []);
        let found = step.check(directory, &[]);
        found.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn account_without_a_fitting_carrier_is_told() {
        let mut directory = Directory::default();
        assert_eq!(codes(&directory, &json!({})), ["CARRIER_MISSING"]);
        assert!(codes(&directory, &json!({"use_local_resources": false})).is_empty());
        assert!(codes(&directory, &json!({"hunt_account_id": "reseller"})).is_empty());
        let trunk = json!({"name": "Trunk", "flags": ["fax"]});
        let trunk = trunk.as_object().unwrap().clone();
        directory.insert(ResourceKind::Carrier, "trunk", trunk);
        assert!(codes(&directory, &json!({"outbound_flags": ["fax"]})).is_empty());
        assert_eq!(
            codes(&directory, &json!({"outbound_flags": ["cheap"]})),
            ["CARRIER_MISSING"]
        );
    }

    #[test]
    fn what_is_no_number_or_no_header_is_told() {
        let data = json!({"to_did": "ann", "use_local_resources": false, "custom_sip_headers": {"From": "x"}});
        assert_eq!(
            codes(&Directory::default(), &data),
            ["HEADER_INVALID", "NUMBER_INVALID"]
        );
        let data = json!({"to_did": "{{capture}}", "use_local_resources": false});
        assert!(codes(&Directory::default(), &data).is_empty());
    }
}
