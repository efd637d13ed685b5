//! Names as they are spelled on the telephone pad: ABC 2, DEF 3 … WXYZ 9 (ITU-T E.161).

/// The keys that spell a name. Accents count for nothing; what is no Latin letter is left out.
pub(super) fn spell(name: &str) -> String {
    fold(name).chars().filter_map(key).collect()
}

/// A name in plain lower-case letters, for spelling and sorting.
pub(super) fn fold(name: &str) -> String {
    let lower = name.chars().flat_map(char::to_lowercase);
    let mut folded = String::new();
    for letter in lower {
        match letter {
            'a'..='z' => folded.push(letter),
            other => folded.push_str(plain(other)),
        }
    }
    folded
}

/// The Latin letters beyond a to z, without what distinguishes them. Empty for everything else, combining accents
/// among it.
fn plain(letter: char) -> &'static str {
    match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' | 'ǎ' => "a",
        'æ' | 'ǽ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'ə' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' | 'ǧ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì' | 'í' | 'î' | 'ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' | 'ŋ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'ǿ' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'þ' => "th",
        'ù' | 'ú' | 'û' | 'ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' | 'ẁ' | 'ẃ' | 'ẅ' => "w",
        'ý' | 'ÿ' | 'ŷ' | 'ỳ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    }
}

fn key(letter: char) -> Option<char> {
    Some(match letter {
        'a'..='c' => '2',
        'd'..='f' => '3',
        'g'..='i' => '4',
        'j'..='l' => '5',
        'm'..='o' => '6',
        'p'..='s' => '7',
        't'..='v' => '8',
        'w'..='z' => '9',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_where_the_pad_has_them() {
        assert_eq!(
            spell("abcdefghijklmnopqrstuvwxyz"),
            "22233344455566677778889999"
        );
        assert_eq!(spell("O’Neill-Smith 3rd"), "66345576484".to_owned() + "73");
    }

    #[test]
    fn accents_count_for_nothing() {
        assert_eq!(fold("Éloïse Łącka"), "eloiselacka");
        assert_eq!(fold("Jürgen Weiß"), "jurgenweiss");
        assert_eq!(fold("Søren Þór"), "sorenthor");
        assert_eq!(fold("İpek e\u{301}"), "ipeke");
        assert_eq!(spell("Петр"), "");
    }
}
