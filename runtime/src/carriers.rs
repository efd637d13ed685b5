//! Which carriers a call to a number outside may go by, and in which order.

use crate::publication::{Carrier, Gateway};
use crate::registry::{Accounts, Published};
use callflow::AccountId;
use callflow::command::Outside;
use callflow::resource::Encryption;
use std::sync::Arc;

/// The class of numbers that help comes from.
pub(crate) const EMERGENCY: &str = "emergency";
/// Servers that one call tries at most.
const MOST: usize = 20;
/// The country code of the North American numbering plan, whose national numbers have no leading zero.
const NORTH_AMERICA: &str = "1";

/// A server that takes the call.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// The carrier's id.
    pub(crate) carrier: String,
    /// The carrier's name.
    pub(crate) name: String,
    pub(crate) gateway: Gateway,
    /// How its sound is to be encrypted.
    pub(crate) encryption: Encryption,
    /// The number as it wants it.
    pub(crate) number: String,
}

/// The servers that take a call of an account, those to be tried first first. Numbers in national form are of the
/// country `country_code`.
pub(crate) fn candidates(
    accounts: &Accounts,
    account: &AccountId,
    outside: &Outside,
    country_code: &str,
) -> Vec<Candidate> {
    let helps = outside.class.as_deref() == Some(EMERGENCY);
    // Numbers that help comes from are short and of the place: 112 is not +112.
    let number = if outside.verbatim || helps {
        outside.number.clone()
    } else {
        international(&outside.number, country_code)
    };
    let mut found = Vec::new();
    for (steps, owner) in owners(accounts, account, outside).into_iter().enumerate() {
        for carrier in owner.carriers.iter().filter(|_| owner.enabled) {
            let terms = &carrier.terms;
            if !terms.has_flags(&outside.flags) || carrier.gateways.is_empty() {
                continue;
            }
            let Some(taken) = terms.takes(&number) else {
                continue;
            };
            let rank = (helps && !terms.emergency, terms.weight_cost.0, steps);
            found.push((rank, carrier, taken.to_owned()));
        }
    }
    found.sort_by(|(a, one, _), (b, other, _)| a.cmp(b).then_with(|| one.id.cmp(&other.id)));
    let found = found.into_iter();
    found
        .flat_map(|(_, carrier, number)| servers(carrier, number))
        .take(MOST)
        .collect()
}

fn servers(carrier: &Carrier, number: String) -> impl Iterator<Item = Candidate> + '_ {
    carrier.gateways.iter().map(move |gateway| {
        let server = &gateway.server;
        Candidate {
            carrier: carrier.id.clone(),
            name: carrier.name.clone(),
            gateway: gateway.clone(),
            encryption: carrier.terms.encryption(),
            number: format!("{}{number}{}", server.prefix.0, server.suffix.0),
        }
    })
}

/// Whose carriers may be used: those of the account named, if it is this one or above it; without a name those above
/// it, nearest first. An account at the top has but its own.
fn owners<'a>(
    accounts: &'a Accounts,
    account: &AccountId,
    outside: &Outside,
) -> Vec<&'a Arc<Published>> {
    let Some(own) = accounts.get(account) else {
        return Vec::new();
    };
    match &outside.carriers_of {
        Some(named) => {
            let named = AccountId::from(named.as_str());
            if own.steps_up_to(&named).is_none() {
                tracing::warn!(%account, %named, "the carriers of an account that is not above this one are not used");
                return Vec::new();
            }
            accounts.get(&named).into_iter().collect()
        }
        None if own.ancestors().is_empty() => vec![own],
        None => {
            let above = own.ancestors().iter();
            above.filter_map(|id| accounts.get(id)).collect()
        }
    }
}

/// A number as dialled in a country, in international form (E.164 with plus). What is neither national nor
/// international stays as it is: short numbers and service codes.
fn international(number: &str, country_code: &str) -> String {
    if !number.bytes().all(|b| b.is_ascii_digit()) {
        return number.to_owned();
    }
    if country_code == NORTH_AMERICA {
        return match (number.strip_prefix("011"), number.len()) {
            (Some(rest), _) => format!("+{rest}"),
            (None, 11) if number.starts_with('1') => format!("+{number}"),
            (None, 10) => format!("+1{number}"),
            _ => number.to_owned(),
        };
    }
    match (number.strip_prefix("00"), number.strip_prefix('0')) {
        (Some(rest), _) if !rest.is_empty() => format!("+{rest}"),
        (None, Some(national)) if !national.is_empty() => format!("+{country_code}{national}"),
        // As some phones write what their user picked from a list of calls.
        _ if number.starts_with(country_code) && number.len() > country_code.len() + 8 => {
            format!("+{number}")
        }
        _ => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publication::Publication;
    use crate::registry::Registry;
    use callflow::field::Fields;
    use callflow::{Account, Directory};
    use serde_json::{Value, json};

    fn carrier(id: &str, document: Value) -> Carrier {
        let Value::Object(document) = document else {
            panic!("a document");
        };
        let (terms, errors) = callflow::resource::Carrier::parse(document);
        assert_eq!(errors, []);
        let gateways = terms.gateways().into_iter();
        Carrier {
            id: id.to_owned(),
            name: id.to_owned(),
            digest: None,
            allowed: Vec::new(),
            gateways: gateways
                .map(|server| Gateway {
                    server,
                    password: None,
                })
                .collect(),
            terms: Arc::new(terms),
        }
    }

    /// Accounts `top`, `middle` below it, `shop` below that, and `other` beside it, each with carriers.
    fn accounts(carriers: &[(&str, &str, Value)]) -> Arc<Accounts> {
        let registry = Registry::default();
        for (id, ancestors) in [
            ("top", vec![]),
            ("middle", vec!["top"]),
            ("shop", vec!["middle", "top"]),
            ("other", vec!["top"]),
        ] {
            let realm = format!("{id}.example");
            let directory = Arc::new(Directory::default());
            let account = Account::new(id.into(), id, realm, "UTC", "en-GB", directory, []);
            let own = carriers.iter().filter(|(owner, ..)| *owner == id);
            registry.publish(Publication {
                limits: crate::Limits::default(),
                account: Arc::new(account),
                enabled: true,
                ancestors: ancestors.into_iter().map(AccountId::from).collect(),
                numbers: Vec::new(),
                devices: Vec::new(),
                carriers: own
                    .map(|(_, id, document)| carrier(id, document.clone()))
                    .collect(),
                mailboxes: Vec::new(),
                presence: Vec::new(),
                live: Arc::default(),
            });
        }
        registry.load()
    }

    fn tried(accounts: &Accounts, outside: &Outside) -> Vec<String> {
        candidates(accounts, &"shop".into(), outside, "44")
            .into_iter()
            .map(|it| format!("{}:{}", it.carrier, it.number))
            .collect()
    }

    fn to(number: &str) -> Outside {
        Outside {
            number: number.to_owned(),
            ..Outside::default()
        }
    }

    #[test]
    fn carriers_of_an_account_that_is_not_above_are_never_used() {
        let server = || json!({"server": "s.example"});
        let accounts = accounts(&[
            ("top", "t", server()),
            ("middle", "m", server()),
            ("shop", "s", server()),
            ("other", "o", server()),
        ]);
        let of = |owner: &str| Outside {
            carriers_of: Some(owner.to_owned()),
            ..to("+441")
        };
        assert_eq!(tried(&accounts, &of("shop")), ["s:+441"]);
        assert_eq!(tried(&accounts, &of("top")), ["t:+441"]);
        assert!(tried(&accounts, &of("other")).is_empty());
        assert!(tried(&accounts, &of("nobody")).is_empty());
        // Nobody named: those above, not the account's own.
        assert_eq!(tried(&accounts, &to("+441")), ["m:+441", "t:+441"]);
        let top = candidates(&accounts, &"top".into(), &to("+441"), "44");
        assert_eq!(top.len(), 1, "the top has its own");
    }

    #[test]
    fn cheapest_carrier_that_takes_the_number_and_has_the_flags_comes_first() {
        let accounts = accounts(&[
            ("top", "dear", json!({"server": "s", "weight_cost": 90})),
            (
                "top",
                "cheap",
                json!({"server": "s", "weight_cost": 10, "rules": ["^\\+44(\\d+)$"],
                       "gateways": [{"server": "second", "prefix": "9", "suffix": "00"}]}),
            ),
            (
                "top",
                "fax",
                json!({"server": "s", "weight_cost": 1, "flags": ["fax"], "require_flags": true}),
            ),
            ("top", "deaf", json!({"weight_cost": 1})),
        ]);
        let british = to("0161 496 0120".replace(' ', "").as_str());
        assert_eq!(
            tried(&accounts, &british),
            [
                "cheap:1614960120",
                "cheap:9161496012000",
                "dear:+441614960120"
            ]
        );
        assert_eq!(
            tried(&accounts, &to("0035316700000")),
            ["dear:+35316700000"]
        );
        let fax = Outside {
            flags: vec!["fax".to_owned()],
            ..to("+441")
        };
        assert_eq!(tried(&accounts, &fax), ["fax:+441"]);
    }

    #[test]
    fn call_for_help_goes_to_emergency_carriers_first_and_as_it_was_dialled() {
        let accounts = accounts(&[
            ("top", "cheap", json!({"server": "s", "weight_cost": 1})),
            (
                "top",
                "helps",
                json!({"server": "s", "weight_cost": 90, "emergency": true}),
            ),
        ]);
        let help = Outside {
            class: Some(EMERGENCY.to_owned()),
            ..to("112")
        };
        assert_eq!(tried(&accounts, &help), ["helps:112", "cheap:112"]);
        assert_eq!(tried(&accounts, &to("+441")), ["cheap:+441", "helps:+441"]);
    }

    #[test]
    fn national_numbers_become_international_and_short_ones_stay() {
        for (code, dialled, sent) in [
            ("44", "01614960120", "+441614960120"),
            ("44", "00353167", "+353167"),
            ("44", "+353167", "+353167"),
            ("44", "441614960120", "+441614960120"),
            ("44", "101", "101"),
            ("44", "44", "44"),
            ("44", "0", "0"),
            ("44", "00", "00"),
            ("44", "*67", "*67"),
            ("1", "2125550100", "+12125550100"),
            ("1", "12125550100", "+12125550100"),
            ("1", "01144161", "+44161"),
            ("1", "411", "411"),
        ] {
            assert_eq!(international(dialled, code), sent, "{dialled} in +{code}");
        }
        let accounts = accounts(&[("top", "t", json!({"server": "s"}))]);
        let as_it_stands = Outside {
            verbatim: true,
            ..to("01614960120")
        };
        assert_eq!(tried(&accounts, &as_it_stands), ["t:01614960120"]);
    }
}
