//! Which numbers are the account's own, so that nobody shows somebody else's.

use crate::call::Call;
use crate::directory::Directory;
use crate::json;
use crate::resource::{Resource, ResourceKind};

/// The number as it may be shown: where the account shows only its own numbers, the one that is meant, as the
/// account writes it; `None` when it is not the account's.
#[must_use]
pub fn permitted(call: &Call, number: &str) -> Option<String> {
    let account = call.account();
    if !account.directory.settings().own_numbers_only {
        return Some(number.to_owned());
    }
    let mut own = of_directory(&account.directory);
    own.extend(
        account
            .routes
            .numbers()
            .map(|(number, _)| number.to_owned()),
    );
    find(&own, number)
}

/// Whether drafts may show the number, as far as is known while they are drawn.
#[must_use]
pub fn is_known(directory: &Directory, number: &str) -> bool {
    !directory.settings().own_numbers_only || find(&of_directory(directory), number).is_some()
}

/// The numbers of callflows, and the caller IDs of the account, its users and its devices.
fn of_directory(directory: &Directory) -> Vec<String> {
    let settings = directory.settings();
    let mut own = vec![
        settings.external_number.0.clone(),
        settings.emergency_number.0.clone(),
    ];
    for kind in [
        ResourceKind::Callflow,
        ResourceKind::User,
        ResourceKind::Device,
    ] {
        for (_, resource) in directory.all(kind) {
            let (internal, source) = match resource.as_ref() {
                Resource::Callflow(entry) => {
                    own.extend(entry.numbers.0.iter().cloned());
                    continue;
                }
                Resource::User(user) => (&user.internal_number.0, &user.source),
                Resource::Device(device) => (&device.internal_number.0, &device.source),
                _ => continue,
            };
            own.push(internal.clone());
            let external = json::get(source, "caller_id.external.number");
            own.extend(external.and_then(json::text));
        }
    }
    own
}

fn digits(number: &str) -> Option<&str> {
    let digits = number.strip_prefix('+').unwrap_or(number);
    let all = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    all.then_some(digits)
}

/// Nobody can key a `+`, and few key their own country's code: the number itself comes first, then the one in
/// international form that ends with it.
fn find(own: &[String], number: &str) -> Option<String> {
    let keyed = digits(number)?;
    let known = own.iter().filter_map(|own| Some((own, digits(own)?)));
    if let Some((same, _)) = known.clone().find(|(_, digits)| *digits == keyed) {
        return Some(same.clone());
    }
    if number.starts_with('+') {
        return None;
    }
    let national = keyed.trim_start_matches('0');
    if national.len() < 7 {
        return None;
    }
    // 00 and the whole number, or a country code of one to three digits (ITU-T E.164 §6.2.1) left out.
    let mut international = known.filter(|(own, _)| own.starts_with('+'));
    let meant = international.find(|(_, digits)| {
        let code = digits.strip_suffix(national);
        code.is_some_and(|code| code.len() <= 3)
    });
    meant.map(|(own, _)| own.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_known_in_the_ways_people_key_them() {
        let own = ["no_match", "*97", "2001", "+441632960100"].map(str::to_owned);
        for keyed in [
            "+441632960100",
            "441632960100",
            "00441632960100",
            "01632960100",
        ] {
            assert_eq!(
                find(&own, keyed).as_deref(),
                Some("+441632960100"),
                "{keyed}"
            );
        }
        assert_eq!(find(&own, "2001").as_deref(), Some("2001"));
        for other in [
            "",
            "97",
            "960100",
            "0960100",
            "+01632960100",
            "+441632960101",
        ] {
            assert_eq!(find(&own, other), None, "{other}");
        }
    }
}
