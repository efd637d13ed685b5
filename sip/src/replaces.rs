//! Which dialog a call takes the place of: the header `Replaces` (RFC 3891).

use crate::uri::{Uri, unescape};

/// A dialog as the one sees it that is to give it up: its own tag is the `to-tag`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaces {
    /// `Call-ID` of the dialog.
    pub call_id: String,
    /// Tag of who is asked.
    pub to_tag: String,
    /// Tag of the other side.
    pub from_tag: String,
    /// Only while nobody has answered.
    pub early_only: bool,
}

impl Replaces {
    /// Reads the value of the header. `None` without both tags.
    pub fn parse(value: &str) -> Option<Replaces> {
        let mut parts = value.split(';').map(str::trim);
        let call_id = parts.next().filter(|id| !id.is_empty())?.to_owned();
        let (mut to_tag, mut from_tag, mut early_only) = (None, None, false);
        for part in parts {
            let (name, tag) = part.split_once('=').unwrap_or((part, ""));
            let (name, tag) = (name.trim(), tag.trim().to_owned());
            if name.eq_ignore_ascii_case("to-tag") {
                to_tag = Some(tag);
            } else if name.eq_ignore_ascii_case("from-tag") {
                from_tag = Some(tag);
            } else if name.eq_ignore_ascii_case("early-only") {
                early_only = true;
            }
        }
        Some(Replaces {
            call_id,
            to_tag: to_tag?,
            from_tag: from_tag?,
            early_only,
        })
    }

    /// The one among the headers of a URI, such as that of `Refer-To`: `Some(None)` if it cannot be read.
    pub(crate) fn of_uri(uri: &Uri) -> Option<Option<Replaces>> {
        let headers = uri.headers.as_deref()?.split('&');
        let mut headers = headers.filter_map(|header| header.split_once('='));
        let (_, value) = headers.find(|(name, _)| name.eq_ignore_ascii_case("Replaces"))?;
        Some(unescape(value).as_deref().and_then(Replaces::parse))
    }
}

impl std::fmt::Display for Replaces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Replaces {
            call_id,
            to_tag,
            from_tag,
            early_only,
        } = self;
        write!(f, "{call_id};to-tag={to_tag};from-tag={from_tag}")?;
        if *early_only {
            f.write_str(";early-only")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Replaces {
        Replaces {
            call_id: "425928@bobster.example.org".to_owned(),
            to_tag: "7743".to_owned(),
            from_tag: "6472".to_owned(),
            early_only: false,
        }
    }

    #[test]
    fn value_is_read_in_any_order_and_written_again() {
        let written = "425928@bobster.example.org; From-Tag=6472 ;to-tag=7743;x=y";
        assert_eq!(Replaces::parse(written), Some(whole()));
        assert_eq!(Replaces::parse(&whole().to_string()), Some(whole()));
        let early = Replaces {
            early_only: true,
            ..whole()
        };
        assert_eq!(Replaces::parse(&early.to_string()), Some(early));
        for bad in ["", "a@b", "a@b;to-tag=1", ";to-tag=1;from-tag=2"] {
            assert_eq!(Replaces::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn header_of_a_uri_is_unescaped() {
        let of = |text: &str| Replaces::of_uri(&Uri::parse(text).unwrap());
        let escaped = "425928%40bobster.example.org%3Bto-tag%3D7743%3Bfrom-tag%3D6472";
        for other in ["", "&Require=replaces"] {
            let text = format!("sip:2003@h.example?replaces={escaped}{other}");
            assert_eq!(of(&text), Some(Some(whole())));
        }
        assert_eq!(of("sip:2003@h.example"), None);
        assert_eq!(of("sip:2003@h.example?Subject=x"), None);
        assert_eq!(of("sip:2003@h.example?Replaces=x"), Some(None));
        assert_eq!(of("sip:2003@h.example?Replaces=%zz"), Some(None));
    }
}
