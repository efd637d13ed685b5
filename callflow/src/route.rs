//! Finding the callflow for a dialled number.

use crate::document::CallflowId;
use regex_lite::Regex;
use std::collections::{BTreeMap, HashMap};

/// Where a call comes from; the catch-all serves only the account's own phones, so that nobody outside
/// gets an outside line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    exact: HashMap<String, CallflowId>,
    patterns: Vec<(Regex, CallflowId)>,
    catch_all: Option<CallflowId>,
}

/// The number that stands for "whatever nothing else matched".
pub const CATCH_ALL: &str = "no_match";

impl Routes {
    /// Adds a callflow's numbers and patterns. The first callflow with a number keeps it. Patterns that are
    /// not regular expressions are skipped here; checks report them.
    pub fn add(&mut self, callflow: &CallflowId, numbers: &[String], patterns: &[String]) {
        for number in numbers {
            if number == CATCH_ALL {
                self.catch_all.get_or_insert_with(|| callflow.clone());
            } else {
                self.exact
                    .entry(number.clone())
                    .or_insert_with(|| callflow.clone());
            }
        }
        for pattern in patterns {
            if let Ok(regex) = Regex::new(pattern) {
                self.patterns.push((regex, callflow.clone()));
            }
        }
    }

    /// The callflow for a number: exact; else the pattern with the longest capture; else the catch-all,
    /// for internal calls to all-digit numbers.
    #[must_use]
    pub fn find(&self, number: &str, origin: Origin) -> Option<Route> {
        if let Some(callflow) = self.exact.get(number) {
            return Some(Route {
                callflow: callflow.clone(),
                capture: None,
                captures: BTreeMap::new(),
                catch_all: false,
            });
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
        Some(Route {
            callflow: callflow.clone(),
            capture: None,
            captures: BTreeMap::new(),
            catch_all: true,
        })
    }

    fn by_pattern(&self, number: &str) -> Option<Route> {
        let mut best: Option<(usize, Route)> = None;
        for (regex, callflow) in &self.patterns {
            let Some(found) = regex.captures(number) else {
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
            if best.as_ref().is_none_or(|(length, _)| text.len() > *length) {
                let captures = regex
                    .capture_names()
                    .flatten()
                    .filter_map(|name| {
                        Some((name.to_owned(), found.name(name)?.as_str().to_owned()))
                    })
                    .collect();
                let capture = (!text.is_empty()).then(|| text.to_owned());
                best = Some((
                    text.len(),
                    Route {
                        callflow: callflow.clone(),
                        capture,
                        captures,
                        catch_all: false,
                    },
                ));
            }
        }
        best.map(|(_, route)| route)
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
        let exact = self.exact.keys().any(|number| {
            number.len() > typed.len()
                && number.len() <= longest
                && number.starts_with(typed)
                && allowed(number)
        });
        exact
            || (typed.len() < longest
                && self.patterns.iter().any(|(regex, _)| {
                    let fixed = fixed_beginning(regex.as_str());
                    fixed.starts_with(typed) || typed.starts_with(&fixed)
                }))
    }

    /// Every number that stands exactly.
    pub fn numbers(&self) -> impl Iterator<Item = (&str, &CallflowId)> {
        self.exact
            .iter()
            .map(|(number, callflow)| (number.as_str(), callflow))
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
