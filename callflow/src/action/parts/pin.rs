//! Comparing PINs.

/// Whether what was keyed is one of the PINs. Every PIN is looked at to its end, so that the time this takes
/// tells nothing about how much of one was right.
#[must_use]
pub fn is_one_of(pins: &[String], keyed: &str) -> bool {
    let found = pins
        .iter()
        .fold(false, |found, pin| found | same(pin, keyed));
    found && !keyed.is_empty()
}

fn same(pin: &str, keyed: &str) -> bool {
    let keyed = keyed.as_bytes();
    let different = pin.bytes().enumerate().fold(0_u8, |different, (at, byte)| {
        different | (byte ^ keyed.get(at).copied().unwrap_or(0))
    });
    (different == 0) & (pin.len() == keyed.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_pin_fits() {
        let pins = ["1234".to_owned(), "99".to_owned(), String::new()];
        for right in ["1234", "99"] {
            assert!(is_one_of(&pins, right), "{right}");
        }
        for wrong in ["", "123", "12345", "1243", "9", "999"] {
            assert!(!is_one_of(&pins, wrong), "{wrong}");
        }
        assert!(!is_one_of(&[], "1"));
    }
}
