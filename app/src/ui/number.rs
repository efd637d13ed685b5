//! How numbers are shown: E.164 with spaces, extensions plain.

/// Country calling codes of two digits (ITU-T E.164 list of country codes); 1 and 7 have one digit, all others three.
const TWO_DIGIT_CODES: &[&str] = &[
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47",
    "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65",
    "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
];

/// `+441614960120` as `+44 161 496 0120`; anything that is not E.164 stays as it is.
pub(crate) fn spaced(number: &str) -> String {
    let Some(digits) = number.strip_prefix('+') else {
        return number.to_owned();
    };
    if digits.len() < 7 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return number.to_owned();
    }
    let code_length = if digits.starts_with(['1', '7']) {
        1
    } else if TWO_DIGIT_CODES.iter().any(|code| digits.starts_with(code)) {
        2
    } else {
        3
    };
    let (code, rest) = digits.split_at(code_length);
    let mut out = format!("+{code}");
    let mut rest = rest;
    for size in groups(code, rest) {
        let (group, tail) = rest.split_at(size.min(rest.len()));
        out.push(' ');
        out.push_str(group);
        rest = tail;
    }
    out
}

/// Sizes of the groups of a national number.
fn groups(code: &str, national: &str) -> Vec<usize> {
    match (code, national.len()) {
        ("44", 10) if national.starts_with('2') => vec![2, 4, 4],
        ("44", 10) if national.starts_with('7') => vec![4, 6],
        ("44", 10) if national.starts_with('1') => {
            // Area codes of three digits are 11x and 1x1.
            let three = national.get(1..2) == Some("1") || national.get(2..3) == Some("1");
            if three { vec![3, 3, 4] } else { vec![4, 6] }
        }
        ("44" | "1", 10) => vec![3, 3, 4],
        (_, length) => {
            // Threes, and a last group of up to four, so that no digit stands alone.
            let mut sizes = vec![3; length / 3];
            match (length % 3, sizes.last_mut()) {
                (1, Some(last)) => *last = 4,
                (0, _) => {}
                (odd, _) => sizes.push(odd),
            }
            sizes
        }
    }
}

#[cfg(test)]
mod tests {
    use super::spaced;

    #[test]
    fn british_numbers_follow_their_area_codes() {
        assert_eq!(spaced("+441614960120"), "+44 161 496 0120");
        assert_eq!(spaced("+442079460610"), "+44 20 7946 0610");
        assert_eq!(spaced("+447700900142"), "+44 7700 900142");
        assert_eq!(spaced("+441134960302"), "+44 113 496 0302");
    }

    #[test]
    fn other_countries_are_grouped_by_three() {
        assert_eq!(spaced("+12125550142"), "+1 212 555 0142");
        assert_eq!(spaced("+353201234567"), "+353 201 234 567");
        assert_eq!(spaced("+4930123456"), "+49 301 234 56");
    }

    #[test]
    fn extensions_and_codes_stay_as_they_are() {
        for plain in ["2000", "*97", "+44161x", "+123", "", "désk"] {
            assert_eq!(spaced(plain), plain);
        }
    }
}
