//! What a fax box dials when a fax is sent from it.

use crate::action::parts::outside::{self, EMERGENCY};
use crate::command::{Outside, Party};
use crate::directory::Directory;
use crate::resource::Shown;
use crate::value::Ref;

/// A call that sends a fax.
#[derive(Clone, Debug, PartialEq)]
pub struct OutgoingFax {
    /// Who calls, as the other side is shown.
    pub caller: Party,
    /// The number.
    pub outside: Outside,
    /// The number that the other machine is told this one is, may be empty.
    pub station_id: String,
    /// The words at the top of each page, may be empty.
    pub header: String,
    /// The time zone of the times at the top of each page, unless it is the account's.
    pub timezone: Option<String>,
}

/// Why a fax cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaxBarred {
    /// There is no such fax box.
    NoBox,
    /// The number cannot be dialled.
    NoNumber,
    /// Numbers of this class may not be dialled from the fax box.
    Class(String),
}

impl std::fmt::Display for FaxBarred {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoBox => f.write_str("the fax box is not there any more"),
            Self::NoNumber => f.write_str("the number is none that can be dialled"),
            Self::Class(class) => write!(f, "{class} numbers may not be dialled from this fax box"),
        }
    }
}

impl std::error::Error for FaxBarred {}

/// What is dialled to send a fax from a fax box to a number. What the box's owner may not dial, the box may not; nor
/// does a fax machine ever call for help.
///
/// # Errors
/// Why nothing is.
pub fn outgoing_fax(
    directory: &Directory,
    fax_box: &str,
    number: &str,
) -> Result<OutgoingFax, FaxBarred> {
    let own = directory.fax_box(fax_box).ok_or(FaxBarred::NoBox)?;
    let number = outside::dialable(number).ok_or(FaxBarred::NoNumber)?;
    let sender = directory.endpoint(None, own.owner.as_ref().map(Ref::id));
    let class = sender.settings.classes.of(&number);
    if class == EMERGENCY || sender.denies(class) {
        return Err(FaxBarred::Class(class.to_owned()));
    }
    let class = class.to_owned();
    let caller = sender.caller_id(Shown::External);
    let first = |said: &str, otherwise: String| match said.is_empty() {
        true => otherwise,
        false => said.to_owned(),
    };
    // What the fax machine says it is, where nobody says what is shown.
    let identity = outside::dialable(&own.identity.0).unwrap_or_default();
    let caller = Party {
        name: first(&own.caller_name.0, caller.name),
        number: first(&own.caller_number.0, first(&caller.number, identity)),
    };
    let zone = own.timezone.as_ref().map(|zone| zone.0.as_str());
    let zone = zone.or_else(|| sender.timezone());
    Ok(OutgoingFax {
        station_id: first(&own.identity.0, caller.number.clone()),
        header: own.header.0.clone(),
        timezone: zone.map(ToOwned::to_owned),
        outside: Outside {
            number,
            class: Some(class),
            ..Outside::default()
        },
        caller,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{ResourceKind, Settings};
    use serde_json::{Value, json};

    /// An account with a fax box `fax` and a person `ann`.
    fn account(fax_box: Value, ann: Value, settings: Value) -> Directory {
        let mut directory = Directory::default();
        for (kind, id, document) in [
            (ResourceKind::FaxBox, "fax", fax_box),
            (ResourceKind::User, "ann", ann),
            (ResourceKind::Settings, Settings::ID, settings),
        ] {
            let Value::Object(document) = document else {
                panic!("a document");
            };
            directory.insert(kind, id, document);
        }
        directory
    }

    fn of_ann(fax_box: Value) -> Value {
        let mut fax_box = fax_box;
        fax_box["name"] = json!("Fax");
        fax_box["owner_id"] = json!("ann");
        fax_box
    }

    #[test]
    fn box_shows_its_own_number_else_that_of_its_owner_else_the_accounts() {
        let settings = json!({"caller_id": {"external": {"name": "Fernhill", "number": "+441"}}});
        let shown = |fax_box: Value, ann: Value| {
            let account = account(of_ann(fax_box), ann, settings.clone());
            let fax = outgoing_fax(&account, "fax", "0161 496 0120").unwrap();
            (fax.caller.name, fax.caller.number, fax.station_id)
        };
        let text = |name: &str, number: &str, id: &str| {
            (name.to_owned(), number.to_owned(), id.to_owned())
        };
        assert_eq!(
            shown(json!({}), json!({})),
            text("Fernhill", "+441", "+441")
        );
        let ann = json!({"caller_id": {"external": {"number": "+442"}}});
        assert_eq!(
            shown(json!({}), ann.clone()),
            text("Fernhill", "+442", "+442")
        );
        let own = json!({"caller_name": "Fax", "caller_id": "+443", "fax_identity": "+44 3"});
        assert_eq!(shown(own, ann), text("Fax", "+443", "+44 3"));
    }

    #[test]
    fn box_of_an_account_without_numbers_shows_what_its_machine_says_it_is() {
        let own = json!({"name": "Fax", "fax_identity": "+44 161 496 0120"});
        let account = account(own, json!({}), json!({}));
        let fax = outgoing_fax(&account, "fax", "0161 496 0127").unwrap();
        assert_eq!(fax.caller.number, "+441614960120");
        assert_eq!(fax.station_id, "+44 161 496 0120");
    }

    #[test]
    fn what_the_owner_or_the_account_may_not_dial_and_numbers_of_help_are_barred() {
        let denied = |class: &str| json!({"call_restriction": {class: {"action": "deny"}}});
        let barred = |ann: Value, settings: Value, number: &str| {
            outgoing_fax(&account(of_ann(json!({})), ann, settings), "fax", number).err()
        };
        let class = |class: &str| Some(FaxBarred::Class(class.to_owned()));
        assert_eq!(barred(json!({}), json!({}), "0161 496 0120"), None);
        assert_eq!(barred(json!({}), json!({}), "999"), class("emergency"));
        let international = "+353 1 670 0000";
        assert_eq!(
            barred(json!({}), denied("international"), international),
            class("international")
        );
        assert_eq!(
            barred(denied("international"), json!({}), international),
            class("international")
        );
        let allowed = json!({"call_restriction": {"international": {"action": "allow"}}});
        assert_eq!(
            barred(allowed, denied("international"), international),
            None
        );
        assert_eq!(
            barred(json!({}), json!({}), "call me"),
            Some(FaxBarred::NoNumber)
        );
        let nobody = account(json!({}), json!({}), json!({}));
        assert_eq!(outgoing_fax(&nobody, "other", "1"), Err(FaxBarred::NoBox));
    }
}
