//! Lists in pieces: a cursor, a limit, a search text.

use crate::database::folded;
use crate::error::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// Which piece of a list is wanted.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Page {
    /// Where the last piece ended: its `next`.
    #[serde(default)]
    pub cursor: Option<String>,
    /// How many items, 1 to 200; 50 when absent.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Only items that contain this text.
    #[serde(default)]
    pub search: Option<String>,
}

/// A piece of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Cursor of the next piece; none when this was the last.
    pub next: Option<String>,
}

const DEFAULT_LIMIT: u32 = 50;
const LARGEST_LIMIT: u32 = 200;
const LONGEST_SEARCH: usize = 200;

impl Page {
    /// The largest piece there is, from the beginning.
    pub fn largest() -> Page {
        Page {
            limit: Some(LARGEST_LIMIT),
            ..Page::default()
        }
    }

    /// A piece of things that contain `search`.
    pub fn searching(search: &str) -> Page {
        Page {
            search: Some(search.to_owned()),
            ..Page::default()
        }
    }

    /// The cursor after the item with this sort value, for a list that is shown in part only.
    pub fn cursor_at(sort: &str) -> String {
        encode(sort, "")
    }

    pub(crate) fn limit(&self) -> i64 {
        i64::from(self.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, LARGEST_LIMIT))
    }

    /// The sort value and identifier after which to go on; `None` at the beginning.
    pub(crate) fn after(&self) -> Result<Option<(String, String)>> {
        let Some(cursor) = self.cursor.as_deref().filter(|c| !c.is_empty()) else {
            return Ok(None);
        };
        decode(cursor)
            .map(Some)
            .ok_or_else(|| Error::invalid("cursor", "use the `next` value of the previous answer"))
    }

    /// As [`Page::after`] for lists sorted by text, where the beginning sorts before everything.
    pub(crate) fn after_text(&self) -> Result<(String, String)> {
        Ok(self.after()?.unwrap_or_default())
    }

    /// A `LIKE` pattern for the folded search text, empty when nothing is searched. The escape character is `!`.
    pub(crate) fn pattern(&self) -> String {
        match self.search.as_deref().map(str::trim) {
            None | Some("") => String::new(),
            Some(text) => like(&folded(text)),
        }
    }

    /// A `LIKE` pattern for the search text read as a phone number: spaces and the trunk zero are dropped, so that
    /// `0161 496` finds `+44161496…`. The same as [`Page::pattern`] when it does not look like one.
    pub(crate) fn number_pattern(&self) -> String {
        let Some(text) = self.search.as_deref().map(str::trim) else {
            return String::new();
        };
        let is_number = text
            .chars()
            .all(|c| c.is_ascii_digit() || "+ -()./".contains(c));
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if !is_number || digits.len() < 3 {
            return self.pattern();
        }
        let significant = digits.trim_start_matches('0');
        like(if significant.len() >= 3 {
            significant
        } else {
            &digits
        })
    }
}

fn like(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars().take(LONGEST_SEARCH) {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Cuts the extra row, fetched to learn whether there is more, off `items` and makes the cursor.
pub(crate) fn listed<T>(
    mut items: Vec<T>,
    limit: i64,
    key: impl Fn(&T) -> (String, String),
) -> Listed<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = match items.last() {
        Some(last) if more => {
            let (sort, id) = key(last);
            Some(encode(&sort, &id))
        }
        _ => None,
    };
    Listed { items, next }
}

fn encode(sort: &str, id: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{sort}\u{1f}{id}"))
}

fn decode(cursor: &str) -> Option<(String, String)> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    // PostgreSQL refuses NUL in text.
    if text.contains('\0') {
        return None;
    }
    let (sort, id) = text.rsplit_once('\u{1f}')?;
    Some((sort.to_owned(), id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursor_round_trips_and_garbage_is_refused() {
        let piece = listed(vec!["a", "b", "c"], 2, |item| ((*item).into(), "x".into()));
        assert_eq!(piece.items, ["a", "b"]);
        let page = Page {
            cursor: piece.next,
            ..Page::default()
        };
        assert_eq!(page.after().unwrap(), Some(("b".into(), "x".into())));
        let bad = Page {
            cursor: Some("%%%".into()),
            ..Page::default()
        };
        assert!(bad.after().is_err());
    }

    #[test]
    fn search_for_a_national_number_drops_spaces_and_the_trunk_zero() {
        assert_eq!(Page::searching("0161 496").number_pattern(), "%161496%");
        assert_eq!(Page::searching("50%_a").pattern(), "%50!%!_a%");
    }
}
