//! Which account a request belongs to, who may make it, and which callflow a call runs.

use crate::live;
use crate::net::Proof;
use crate::publication::{Carrier, DeviceCredentials};
use crate::registry::{self, Accounts, Known, Published, Source};
use callflow::command::Party;
use callflow::resource::{Device, Encryption};
use callflow::route::Route;
use callflow::{AccountId, CallflowId, Origin};
use sip::Method;
use sip::action::{AuthRequest, Credentials, Verdict};
use sip::event::IncomingCall;
use sip::header::NameAddr;
use sip::uri::{Host, Uri};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longest caller name kept; longer ones are cut.
const MAX_NAME: usize = 128;
/// Longest number kept.
const MAX_NUMBER: usize = 64;

/// Decides on a request outside a dialog, from whom a certificate may prove something. Numbers in national form are of
/// the country `country_code`.
pub(crate) fn verdict(
    accounts: &Accounts,
    request: &AuthRequest,
    proof: Option<&Proof>,
    country_code: &str,
) -> Verdict {
    let source = Source {
        address: request.flow.peer.ip(),
        proof,
    };
    match (&request.username, &request.realm) {
        (Some(username), Some(realm)) => authenticated(accounts, request, source, username, realm),
        _ => anonymous(accounts, request, source, country_code),
    }
}

fn authenticated(
    accounts: &Accounts,
    request: &AuthRequest,
    source: Source<'_>,
    username: &str,
    realm: &str,
) -> Verdict {
    const FORBIDDEN: Verdict = Verdict::Reject { code: 403 };
    let digest = match accounts.known(username, realm) {
        Some(Known::Device(published, device)) => {
            if !published.enabled || !device.enabled {
                return FORBIDDEN;
            }
            // Lamps and mailboxes of another account are nobody's business.
            let watches = request.method == Method::Subscribe;
            let realm = &published.account.realm;
            if watches && !is_own(&request.request_uri.host, realm) {
                return Verdict::Reject { code: 404 };
            }
            // A phone speaks for itself and its owner.
            let publishes = request.method == Method::Publish;
            if publishes && !is_spoken_for(published, device, &request.request_uri) {
                return FORBIDDEN;
            }
            &device.digest
        }
        Some(Known::Carrier(published, carrier)) => {
            let allowed = registry::may_come_from(carrier, source);
            if request.method != Method::Invite || !published.enabled || !allowed {
                return FORBIDDEN;
            }
            let Some(digest) = &carrier.digest else {
                return FORBIDDEN;
            };
            digest
        }
        // Counts as a failure, so that names cannot be tried out for ever.
        None => {
            return Verdict::Challenge {
                realm: realm.to_owned(),
            };
        }
    };
    let kept = |hash: &str| (!hash.is_empty()).then(|| hash.to_owned());
    Verdict::Verify(Credentials {
        username: digest.username.clone(),
        realm: digest.realm.clone(),
        ha1_md5: kept(&digest.ha1_md5),
        ha1_sha256: kept(&digest.ha1_sha256),
        aor: registry::aor(digest),
    })
}

/// Whether a phone stands behind what it publishes about: its own name, its lamp, its owner's lamp.
fn is_spoken_for(published: &Published, device: &DeviceCredentials, about: &Uri) -> bool {
    let account = &published.account;
    let resource = live::qualified(about.user(), &account.realm);
    is_own(&about.host, &account.realm)
        && resource.is_some_and(|it| live::device_resources(account, &device.device).contains(&it))
}

/// Whether a resource may belong to the realm: those named by address belong to nobody.
fn is_own(host: &Host, realm: &str) -> bool {
    match host {
        Host::Ip(_) => true,
        Host::Name(name) => name.eq_ignore_ascii_case(realm),
    }
}

fn anonymous(
    accounts: &Accounts,
    request: &AuthRequest,
    source: Source<'_>,
    country_code: &str,
) -> Verdict {
    let calls = request.method == Method::Invite;
    let claimed = if request.method == Method::Register {
        &request.to
    } else {
        &request.from
    };
    let named = match claimed.host {
        Host::Name(_) => realm_of_phone(accounts, claimed),
        Host::Ip(_) => None,
    };
    if let Some(realm) = named {
        return Verdict::Challenge { realm };
    }
    // Carriers name callers by address. One may have a number like a phone's user name.
    if calls
        && let Some((published, carrier)) = carrier(accounts, request, source, country_code, false)
    {
        return Verdict::Allow {
            aor: registry::carrier_aor(published, carrier),
        };
    }
    if let Some(realm) = realm_of_phone(accounts, claimed) {
        return Verdict::Challenge { realm };
    }
    if calls
        && let Some((_, carrier)) = carrier(accounts, request, source, country_code, true)
        && let Some(digest) = &carrier.digest
    {
        return Verdict::Challenge {
            realm: digest.realm.clone(),
        };
    }
    // A name that is not known here is challenged like one that is, so that names cannot be found out.
    let realm = [claimed, &request.request_uri]
        .into_iter()
        .find_map(|uri| accounts.of_realm(&uri.host.to_string()));
    match realm {
        Some(published) => Verdict::Challenge {
            realm: published.account.realm.clone(),
        },
        None => Verdict::Reject { code: 404 },
    }
}

/// The carrier, with a password or without, that a call comes from. Several may share an address: the one that
/// serves the number dialled comes first, nearest to its account; then the one whose realm the request names.
fn carrier<'a>(
    accounts: &'a Accounts,
    request: &AuthRequest,
    source: Source<'a>,
    country_code: &str,
    password: bool,
) -> Option<(&'a Arc<Published>, &'a Carrier)> {
    let called = e164(&dialled(&request.request_uri), country_code)
        .into_iter()
        .find_map(|number| accounts.of_number(&number));
    let hosts = [&request.request_uri, &request.from].map(|uri| uri.host.to_string());
    accounts
        .carriers_from(source)
        .filter(|(_, carrier)| carrier.digest.is_some() == password)
        .min_by_key(|(owner, _)| {
            let steps = called.and_then(|it| it.steps_up_to(&owner.account.id));
            let realm = &owner.account.realm;
            let is_named = hosts.iter().any(|host| host.eq_ignore_ascii_case(realm));
            (steps.unwrap_or(usize::MAX), !is_named)
        })
}

/// The realm of the phone that an address claims to be, by user name or extension. Phones set up with an
/// address instead of the realm are found by their user name, if only one has it.
fn realm_of_phone(accounts: &Accounts, claimed: &Uri) -> Option<String> {
    match accounts.known(claimed.user(), &claimed.host.to_string()) {
        Some(Known::Device(_, device)) => Some(device.digest.realm.clone()),
        Some(Known::Carrier(..)) => None,
        None => match claimed.host {
            Host::Ip(_) => accounts
                .only_device(claimed.user())
                .map(|device| device.digest.realm.clone()),
            Host::Name(ref name) => accounts
                .of_realm(name)
                .filter(|published| published.has_extension(claimed.user()))
                .map(|published| published.account.realm.clone()),
        },
    }
}

/// Why a call is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: u16,
    pub(crate) reason: &'static str,
}

/// A call and the callflow it runs.
#[derive(Debug)]
pub(crate) struct Routed {
    pub(crate) account: Arc<callflow::Account>,
    pub(crate) route: Route,
    pub(crate) origin: Origin,
    pub(crate) device: Option<String>,
    /// How the caller's sound is to be encrypted.
    pub(crate) encryption: Encryption,
    pub(crate) caller: Party,
    /// What was dialled, E.164 for DDIs.
    pub(crate) dialled: String,
}

const FORBIDDEN: Refusal = Refusal {
    code: 403,
    reason: "Forbidden",
};

const NOT_FOUND: Refusal = Refusal {
    code: 404,
    reason: "Not Found",
};

/// Finds the callflow of a call.
///
/// # Errors
/// The response for the caller.
pub(crate) fn route(
    accounts: &Accounts,
    call: &IncomingCall,
    country_code: &str,
) -> Result<Routed, Refusal> {
    let dialled = dialled(&call.request_uri);
    match accounts.by_aor(&call.identity) {
        Some(Known::Device(published, device)) if call.replaces.is_some() => {
            Ok(replacing(published, &device.device, dialled, call))
        }
        // Carriers take nobody's place.
        Some(Known::Carrier(..)) if call.replaces.is_some() => Err(FORBIDDEN),
        Some(Known::Device(published, device)) => {
            internal(published, &device.device, &dialled, call, country_code)
        }
        Some(Known::Carrier(owner, carrier)) => {
            external(accounts, owner, carrier, &dialled, call, country_code)
        }
        // Gone since it was let in.
        None => Err(FORBIDDEN),
    }
}

/// A call of one of the account's phones that is to take the place of another; it needs no callflow.
fn replacing(published: &Published, device: &str, dialled: String, call: &IncomingCall) -> Routed {
    let account = Arc::clone(&published.account);
    let caller = device_caller(&account, device, Some(&call.from));
    Routed {
        account,
        route: Route {
            callflow: CallflowId::from("replaces"),
            capture: None,
            captures: BTreeMap::new(),
            catch_all: false,
        },
        origin: Origin::Internal,
        encryption: encryption_of(&published.account, device),
        device: Some(device.to_owned()),
        caller,
        dialled,
    }
}

/// How the sound of an account's phone is to be encrypted.
pub(crate) fn encryption_of(account: &callflow::Account, device: &str) -> Encryption {
    let device = account.directory.device(device);
    device.map_or_else(Encryption::default, Device::encryption)
}

fn internal(
    published: &Published,
    device: &str,
    dialled: &str,
    call: &IncomingCall,
    country_code: &str,
) -> Result<Routed, Refusal> {
    let account = Arc::clone(&published.account);
    let (route, dialled) = by_phone(&account, dialled, country_code).ok_or(NOT_FOUND)?;
    let caller = device_caller(&account, device, Some(&call.from));
    Ok(Routed {
        account,
        route,
        origin: Origin::Internal,
        encryption: encryption_of(&published.account, device),
        device: Some(device.to_owned()),
        caller,
        dialled,
    })
}

/// The callflow of what one of the account's phones dials, and the number that counts as dialled.
pub(crate) fn by_phone(
    account: &callflow::Account,
    dialled: &str,
    country_code: &str,
) -> Option<(Route, String)> {
    let as_dialled = account.routes.find(dialled, Origin::Internal);
    let exact = as_dialled.as_ref().is_some_and(|route| !route.catch_all);
    // A DDI of the account may be dialled in national form; the catch-all comes last.
    let by_number = (!exact).then(|| {
        e164(dialled, country_code).into_iter().find_map(|number| {
            let route = account.routes.find(&number, Origin::External)?;
            Some((route, number))
        })
    });
    let as_dialled = as_dialled.map(|route| (route, dialled.to_owned()));
    by_number.flatten().or(as_dialled)
}

fn external(
    accounts: &Accounts,
    owner: &Published,
    carrier: &Carrier,
    dialled: &str,
    call: &IncomingCall,
    country_code: &str,
) -> Result<Routed, Refusal> {
    let (published, number) = e164(dialled, country_code)
        .into_iter()
        .find_map(|number| Some((accounts.of_number(&number)?, number)))
        .ok_or(NOT_FOUND)?;
    // A carrier reaches its own account and those below it, nobody else's.
    let served = published.steps_up_to(&owner.account.id).is_some();
    if !published.enabled || !served {
        return Err(NOT_FOUND);
    }
    let account = Arc::clone(&published.account);
    let route = account
        .routes
        .find(&number, Origin::External)
        .ok_or(NOT_FOUND)?;
    Ok(Routed {
        account,
        route,
        origin: Origin::External,
        device: None,
        encryption: carrier.terms.encryption(),
        caller: carrier_caller(call, country_code),
        dialled: number,
    })
}

/// The user part as dialled, without the parameters that may stand in it (RFC 3261 §19.1.6).
pub(crate) fn dialled(uri: &Uri) -> String {
    let user = uri.user().split(';').next().unwrap_or("");
    user.chars().take(MAX_NUMBER).collect()
}

/// What a number dialled may be in E.164, likeliest first. Empty for what is no number.
pub(crate) fn e164(dialled: &str, country_code: &str) -> Vec<String> {
    let plain: String = dialled
        .chars()
        .filter(|c| !matches!(c, '-' | '.' | ' ' | '(' | ')'))
        .collect();
    let digits = plain.strip_prefix('+').unwrap_or(&plain);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Vec::new();
    }
    if plain.starts_with('+') {
        return vec![plain];
    }
    let mut candidates = Vec::new();
    if let Some(international) = digits.strip_prefix("00") {
        candidates.push(format!("+{international}"));
    } else if let Some(national) = digits.strip_prefix('0') {
        candidates.push(format!("+{country_code}{national}"));
    }
    candidates.push(format!("+{digits}"));
    candidates
}

/// The caller of an internal call: what the device or its owner shows to colleagues. What the phone says
/// of itself is not believed.
pub(crate) fn device_caller(
    account: &callflow::Account,
    device: &str,
    from: Option<&NameAddr>,
) -> Party {
    let resource = account.directory.device(device);
    let owner = resource
        .and_then(|device| device.owner.as_ref())
        .and_then(|owner| account.directory.user(owner.id()));
    let first = |candidates: [Option<String>; 4]| {
        candidates
            .into_iter()
            .flatten()
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    };
    Party {
        name: first([
            resource.map(|device| device.internal_name.0.clone()),
            owner.map(|user| user.internal_name.0.clone()),
            owner.map(callflow::resource::User::name),
            resource.map(|device| device.name.0.clone()),
        ]),
        number: first([
            resource.map(|device| device.internal_number.0.clone()),
            owner.map(|user| user.internal_number.0.clone()),
            owner.map(|user| user.presence_id.0.clone()),
            from.map(|from| text(from.uri.user(), MAX_NUMBER)),
        ]),
    }
}

/// The caller as the carrier tells: the asserted identity (RFC 3325) before `From`.
fn carrier_caller(call: &IncomingCall, country_code: &str) -> Party {
    let asserted = call
        .request
        .header_named("P-Asserted-Identity")
        .and_then(NameAddr::parse);
    let address = asserted.as_ref().unwrap_or(&call.from);
    let number = text(address.uri.user(), MAX_NUMBER);
    let international = e164(&number, country_code).into_iter().next();
    let name = address.display.as_ref().or(call.from.display.as_ref());
    Party {
        name: name.map_or_else(String::new, |name| text(name, MAX_NAME)),
        number: international.unwrap_or(number),
    }
}

/// Text of a caller, without what has no place in a header or a list.
fn text(text: &str, most: usize) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(most)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// The account and device of an address of record.
pub(crate) fn device_of(accounts: &Accounts, aor: &str) -> Option<(AccountId, String)> {
    match accounts.by_aor(aor)? {
        Known::Device(published, device) => {
            Some((published.account.id.clone(), device.device.clone()))
        }
        Known::Carrier(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_is_understood_in_international_and_national_form() {
        let first = |dialled| e164(dialled, "44").into_iter().next();
        for dialled in [
            "+441614960120",
            "00441614960120",
            "01614960120",
            "0161-496 0120",
            "441614960120",
        ] {
            assert_eq!(
                first(dialled).as_deref(),
                Some("+441614960120"),
                "{dialled}"
            );
        }
        for dialled in ["", "+", "*97", "alice", "+44x"] {
            assert_eq!(first(dialled), None, "{dialled}");
        }
    }

    #[test]
    fn parameters_in_the_user_part_are_not_dialled() {
        let uri = Uri::parse("sip:+441614960120;npdi@192.0.2.1").expect("a URI");
        assert_eq!(dialled(&uri), "+441614960120");
    }
}
