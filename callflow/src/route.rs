//! Finding the callflow for a dialled number.

use crate::document::CallflowId;
use regex_lite::Regex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Bound;

/// Where a call comes from; the catch-all serves only the account's own phones, so that nobody outside
/// gets an outside line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// An authenticated phone of the account.
    Internal,
    /// A carrier or anybody else.
    External,
}

/// A callflow found for a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The callflow.
    pub callflow: CallflowId,
    /// The digits that a pattern captured, if any.
    pub capture: Option<String>,
    /// Named captures of the pattern.
    pub captures: BTreeMap<String, String>,
    /// Found only as catch-all (`no_match`).
    pub catch_all: bool,
}

/// The account's numbers and patterns, indexed.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    /// Sorted, so that "does anything begin with these keys" is a look into the tree.
    exact: BTreeMap<Box<str>, CallflowId>,
    patterns: Vec<Pattern>,
    catch_all: Option<CallflowId>,
    rejected: Vec<Rejected>,
}

/// A pattern, ready to match.
#[derive(Clone, Debug)]
struct Pattern {
    regex: Regex,
    /// What every match begins with; a number that does not is not tried.
    fixed: Box<str>,
    callflow: CallflowId,
}

/// A pattern that no number can match because it cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The callflow that has it.
    pub callflow: CallflowId,
    /// The pattern.
    pub pattern: String,
    /// Why.
    pub reason: String,
}

/// The number that stands for "whatever nothing else matched".
pub const CATCH_ALL: &str = "no_match";
/// Longest text that is looked up, in bytes; no number is nearly as long.
const LONGEST: usize = 256;

impl Routes {
    /// Adds a callflow's numbers and patterns. The first callflow with a number keeps it. A pattern that is
    /// not a regular expression is told by [`Routes::rejected`]; checks report it before anybody publishes.
    pub fn add(&mut self, callflow: &CallflowId, numbers: &[String], patterns: &[String]) {
        for number in numbers {
            if number == CATCH_ALL {
                self.catch_all.get_or_insert_with(|| callflow.clone());
            } else {
                self.exact
                    .entry(number.as_str().into())
                    .or_insert_with(|| callflow.clone());
            }
        }
        for pattern in patterns {
            match Regex::new(pattern) {
                Ok(regex) => self.patterns.push(Pattern {
                    regex,
                    fixed: fixed_beginning(pattern).into(),
                    callflow: callflow.clone(),
                }),
                Err(error) => self.rejected.push(Rejected {
                    callflow: callflow.clone(),
                    pattern: pattern.clone(),
                    reason: error.to_string(),
                }),
            }
        }
    }

    /// The patterns that could not be read.
    #[must_use]
    pub fn rejected(&self) -> &[Rejected] {
        &self.rejected
    }

    /// The callflow for a number: exact; else the pattern with the longest capture, the first of equals;
    /// else the catch-all, for internal calls to all-digit numbers.
    #[must_use]
    pub fn find(&self, number: &str, origin: Origin) -> Option<Route> {
        if number.len() > LONGEST {
            return None;
        }
        if let Some(callflow) = self.exact.get(number) {
            return Some(Route::plain(callflow, false));
        }
        if let Some(route) = self.by_pattern(number) {
            return Some(route);
        }
        let digits = number.strip_prefix('+').unwrap_or(number);
        let dialled = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let callflow = self
            .catch_all
            .as_ref()
            .filter(|_| dialled && origin == Origin::Internal)?;
        Some(Route::plain(callflow, true))
    }

    fn by_pattern(&self, number: &str) -> Option<Route> {
        let mut best: Option<(&str, &Pattern)> = None;
        for pattern in self
            .patterns
            .iter()
            .filter(|own| number.starts_with(&*own.fixed))
        {
            let Some(found) = pattern.regex.captures(number) else {
                continue;
            };
            let captured = (1..found.len())
                .filter_map(|i| found.get(i))
                .max_by_key(|m| m.as_str().len());
            let text = match captured {
                Some(group) => group.as_str(),
                None if found.len() == 1 => found.get(0).map_or("", |m| m.as_str()),
                None => "",
            };
            if best.is_none_or(|(longest, _)| text.len() > longest.len()) {
                best = Some((text, pattern));
            }
        }
        let (text, pattern) = best?;
        let found = pattern.regex.captures(number)?;
        let names = pattern.regex.capture_names().flatten();
        let captures =
            names.filter_map(|name| Some((name.to_owned(), found.name(name)?.as_str().to_owned())));
        Some(Route {
            capture: (!text.is_empty()).then(|| text.to_owned()),
            captures: captures.collect(),
            ..Route::plain(&pattern.callflow, false)
        })
    }

    /// Whether more keys, up to `longest` in all, could make a dialable number of what was typed.
    /// `allowed` says which numbers count. A pattern counts when its fixed beginning agrees with what was
    /// typed: whether it can match in the end is not known before it does.
    #[must_use]
    pub fn may_continue(
        &self,
        typed: &str,
        longest: usize,
        allowed: &dyn Fn(&str) -> bool,
    ) -> bool {
        if typed.len() >= longest {
            return false;
        }
        let from = (Bound::Excluded(typed), Bound::Unbounded);
        let exact = self
            .exact
            .range::<str, _>(from)
            .map(|(number, _)| &**number)
            .take_while(|number| number.starts_with(typed))
            .any(|number| number.len() <= longest && allowed(number));
        let agrees = |fixed: &str| fixed.starts_with(typed) || typed.starts_with(fixed);
        exact || self.patterns.iter().any(|own| agrees(&own.fixed))
    }

    /// Every number that stands exactly.
    pub fn numbers(&self) -> impl Iterator<Item = (&str, &CallflowId)> {
        self.exact
            .iter()
            .map(|(number, callflow)| (&**number, callflow))
    }
}

impl Route {
    fn plain(callflow: &CallflowId, catch_all: bool) -> Self {
        Self {
            callflow: callflow.clone(),
            capture: None,
            captures: BTreeMap::new(),
            catch_all,
        }
    }
}

/// The text that every match of a pattern begins with; empty when that cannot be told.
fn fixed_beginning(pattern: &str) -> String {
    let mut fixed = String::new();
    let Some(rest) = pattern.strip_prefix('^').filter(|p| !p.contains('|')) else {
        return fixed;
    };
    let mut rest = rest.chars().peekable();
    while let Some(c) = rest.next() {
        let literal = match c {
            '\\' => match rest.next() {
                Some(c) if !c.is_ascii_alphanumeric() => c,
                _ => return fixed,
            },
            c if c.is_ascii_alphanumeric() || c == '#' => c,
            _ => return fixed,
        };
        // A character that may be missing or repeated is not fixed.
        if matches!(rest.peek(), Some('*' | '?' | '+' | '{')) {
            return fixed;
        }
        fixed.push(literal);
    }
    fixed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes {
        let mut routes = Routes::default();
        routes.add(&"main".into(), &["2000".into()], &[]);
        routes.add(
            &"feature".into(),
            &[],
            &[r"^\*97([0-9]*)$".into(), "(broken".into()],
        );
        routes.add(&"long".into(), &[], &[r"^\*9(7[0-9]*)$".into()]);
        routes.add(&"all".into(), &["no_match".into()], &[]);
        routes
    }

    #[test]
    fn exact_number_comes_before_patterns() {
        assert_eq!(
            routes().find("2000", Origin::External).unwrap().callflow,
            "main".into()
        );
    }

    #[test]
    fn longest_capture_wins() {
        let route = routes().find("*972001", Origin::Internal).unwrap();
        assert_eq!(
            (route.callflow, route.capture),
            ("long".into(), Some("72001".into()))
        );
    }

    #[test]
    fn empty_capture_runs_without_capture_group() {
        let mut only = Routes::default();
        only.add(&"f".into(), &[], &[r"^\*97([0-9]*)$".into()]);
        assert_eq!(only.find("*97", Origin::Internal).unwrap().capture, None);
    }

    #[test]
    fn catch_all_serves_own_phones_only() {
        assert!(routes().find("5551234", Origin::External).is_none());
        assert!(
            routes()
                .find("5551234", Origin::Internal)
                .unwrap()
                .catch_all
        );
        assert!(routes().find("abc", Origin::Internal).is_none());
    }

    #[test]
    fn first_of_patterns_with_equal_captures_wins() {
        let mut both = Routes::default();
        both.add(&"a".into(), &[], &["^2([0-9]+)$".into()]);
        both.add(&"b".into(), &[], &["^2(?P<rest>[0-9]+)$".into()]);
        let route = both.find("2001", Origin::External).unwrap();
        assert_eq!((route.callflow, route.captures.len()), ("a".into(), 0));
    }

    #[test]
    fn named_captures_of_the_winner_are_told() {
        let mut named = Routes::default();
        named.add(&"a".into(), &[], &["^9([0-9])".into()]);
        named.add(&"b".into(), &[], &["^9(?P<box>[0-9]+)$".into()]);
        let route = named.find("9123", Origin::Internal).unwrap();
        assert_eq!(route.callflow, "b".into());
        assert_eq!(route.captures.get("box").map(String::as_str), Some("123"));
    }

    #[test]
    fn rejected_pattern_is_told_and_the_others_serve() {
        let rejected: Vec<_> = routes().rejected().to_vec();
        assert_eq!(rejected.len(), 1);
        assert_eq!(
            (&rejected[0].callflow, &*rejected[0].pattern),
            (&"feature".into(), "(broken")
        );
        assert!(!rejected[0].reason.is_empty());
        assert!(routes().find("*97", Origin::Internal).is_some());
    }

    #[test]
    fn text_longer_than_any_number_finds_nothing() {
        let long = "2".repeat(10_000);
        assert_eq!(routes().find(&long, Origin::Internal), None);
    }

    #[test]
    fn beginning_of_a_pattern_is_what_every_match_begins_with() {
        assert_eq!(fixed_beginning(r"^\*97([0-9]*)$"), "*97");
        assert_eq!(fixed_beginning(r"^20?1$"), "2");
        assert_eq!(fixed_beginning("97"), "");
        assert_eq!(fixed_beginning("^1|2$"), "");
    }

    #[test]
    fn typed_keys_may_continue_only_towards_allowed_numbers() {
        let all = |_: &str| true;
        let mut plain = Routes::default();
        plain.add(&"a".into(), &["2001".into(), "+4420".into()], &[]);
        assert!(plain.may_continue("20", 4, &all));
        assert!(!plain.may_continue("20", 3, &all));
        assert!(!plain.may_continue("2001", 4, &all));
        assert!(!plain.may_continue("2", 4, &|number| number != "2001"));
        assert!(routes().may_continue("*9", 4, &all));
        assert!(!routes().may_continue("5", 4, &all));
    }
}
