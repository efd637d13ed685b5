//! Route to Caller-ID: rings whoever shows the dialled number as caller ID. KAZOO module `route_to_cid`.

use crate::action::parts::dial::{self, Attempt};
use crate::action::parts::endpoint::Terms;
use crate::action::parts::forward::{self, Rung};
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::cause::Cause;
use crate::check::Finding;
use crate::command::Leg;
use crate::directory::Directory;
use crate::json::{self, Object};
use crate::limits;
use crate::live::Owner;
use crate::resource::{Resource, ResourceKind, TextList};
use crate::value::Seconds;

crate::fields! {
    /// Rings the users and devices that show the dialled number as their caller ID.
    pub struct RouteToCallerId {
        /// The caller IDs that are looked at, one a line: internal, external, emergency.
        cid_types: TextList = TextList(vec!["internal".to_owned()]), "cid_types", "Caller IDs";
        /// Where it is looked for, one a line: user, device. Empty is both.
        endpoint_types: TextList = TextList::default(), "endpoint_types", "Look among";
        /// Seconds to ring before the call goes on; 0 is 20.
        timeout: Seconds<0, 600> = Seconds(20), "timeout", "Ring for";
        /// Seconds to wait before ringing.
        delay: Seconds<0, 600> = Seconds(0), "delay", "Delay";
        /// Whether a call from one of the person's own phones rings the others.
        can_call_self: bool = false, "can_call_self", "Allow users to call themselves";
    }
}

/// The words that `endpoint_types` may hold.
const KINDS: [(&str, ResourceKind); 2] = [
    ("user", ResourceKind::User),
    ("device", ResourceKind::Device),
];

impl RouteToCallerId {
    fn shows(&self, document: &Object, number: &str) -> bool {
        let mut types = self.cid_types.0.iter();
        types.any(|kind| {
            let shown = json::get(document, &format!("caller_id.{kind}.number"));
            shown.and_then(json::text).is_some_and(|own| own == number)
        })
    }

    /// Who shows the number, in the order of the kinds and ids.
    fn owners(&self, directory: &Directory, number: &str) -> Vec<(ResourceKind, String)> {
        let wanted = |word: &str| {
            let types = &self.endpoint_types.0;
            types.is_empty() || types.iter().any(|own| own == word)
        };
        let mut found = Vec::new();
        for (_, kind) in KINDS.into_iter().filter(|(word, _)| wanted(word)) {
            for (id, resource) in directory.all(kind) {
                let document = match resource.as_ref() {
                    Resource::User(user) => &user.source,
                    Resource::Device(device) => &device.source,
                    _ => continue,
                };
                if self.shows(document, number) {
                    found.push((kind, id.to_owned()));
                }
            }
        }
        found
    }
}

impl Definition for RouteToCallerId {
    const MODULE: &'static str = "route_to_cid";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Route to Caller-ID",
        category: Category::CallerId,
        icon: "id-card",
        family: Family::Connect,
        help: "Rings who shows the dialled number",
        synonyms: &["cid", "caller id owner", "number owner", "ddi"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(dial::failure_branches())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        if self.cid_types.0.is_empty() {
            let message = "No caller ID is looked at";
            return vec![Finding::error("FIELD_REQUIRED", Some("cid_types"), message)];
        }
        let mut types = self.endpoint_types.0.iter();
        let strange = types.find(|own| KINDS.iter().all(|(word, _)| word != own));
        let wrong = strange.map(|word| {
            let message = format!("“{word}” is neither user nor device");
            Finding::warning("ENDPOINT_TYPE_UNKNOWN", Some("endpoint_types"), message)
        });
        Vec::from_iter(wrong)
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption::text(self.cid_types.0.join(", "))
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let info = call.info();
        let number = info.capture.as_ref().unwrap_or(&info.dialled).clone();
        let owners = self.owners(&call.account().directory, &number);
        // KAZOO's schema writes 0 when nothing was chosen.
        let timeout = if self.timeout.0 == 0 {
            20
        } else {
            self.timeout.0
        };
        let terms = Terms {
            delay_s: self.delay.0,
            timeout_s: Some(timeout),
            can_call_self: self.can_call_self,
        };
        let live = call.live().await?;
        let mut legs: Vec<Leg> = Vec::new();
        let mut why = None;
        let mut ignore_early_media = false;
        for (kind, id) in owners {
            let owner = match kind {
                ResourceKind::User => Owner::User(id),
                _ => Owner::Device(id),
            };
            match forward::reach(call, &live, &owner, terms, Rung::Directly) {
                Err(cause) => why = why.or(Some(cause)),
                Ok(reach) => {
                    ignore_early_media |= reach.ignore_early_media;
                    for leg in reach.legs {
                        // A phone and its owner may show the same number.
                        if legs.iter().all(|known| known.target != leg.target) {
                            legs.push(leg);
                        }
                    }
                }
            }
        }
        if legs.is_empty() {
            return Ok(dial::not_rung(call, why.unwrap_or(Cause::NO_ENDPOINTS)));
        }
        legs.truncate(limits::MAX_LEGS);
        let mut attempt = Attempt::together(legs);
        attempt.ignore_early_media |= ignore_early_media;
        Ok(dial::after(dial::ring(call, attempt).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Fields;
    use serde_json::{Value, json};

    #[test]
    fn words_that_mean_nothing_are_told() {
        let codes = |data: Value| -> Vec<&'static str> {
            let (step, _) = RouteToCallerId::parse(data.as_object().cloned().unwrap());
            let found = step.check(&Directory::default(), &[]);
            found.iter().map(|finding| finding.code).collect()
        };
        assert_eq!(codes(json!({})), [""; 0]);
        assert_eq!(codes(json!({"cid_types": []})), ["FIELD_REQUIRED"]);
        assert_eq!(
            codes(json!({"endpoint_types": ["user", "fax"]})),
            ["ENDPOINT_TYPE_UNKNOWN"]
        );
    }
}
