//! What a caller does: keys, pauses and the hang-up.

use std::fmt;
use std::str::FromStr;

/// One thing that a caller does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Presses a key.
    Press(char),
    /// Hangs up.
    HangUp,
}

/// What a caller does, each with the milliseconds since the one before.
///
/// Written `1,wait 3,2001#,hangup`: groups of keys, pauses in seconds, and the hang-up. A group comes one
/// second after what was before, right away after a pause; its keys 300 milliseconds apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script(pub Vec<(u64, Act)>);

/// A script that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError(pub String);

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ScriptError {}

const GAP_MS: u64 = 1_000;
const BETWEEN_MS: u64 = 300;
/// Longest script, in characters.
const LONGEST: usize = 10_000;

impl FromStr for Script {
    type Err = ScriptError;

    fn from_str(text: &str) -> Result<Self, ScriptError> {
        let wrong = |part: &str| {
            ScriptError(format!(
                "“{part}” is no telephone key, pause or hang-up; write for example 1,wait 3,2001#,hangup"
            ))
        };
        if text.len() > LONGEST {
            return Err(ScriptError(format!(
                "a script has at most {LONGEST} characters"
            )));
        }
        let mut acts = Vec::new();
        let mut gap = GAP_MS;
        for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            if let Some(seconds) = part.strip_prefix("wait") {
                gap = milliseconds(seconds.trim()).ok_or_else(|| wrong(part))?;
                continue;
            }
            if matches!(part, "hangup" | "hang up") {
                acts.push((gap, Act::HangUp));
            } else if part.chars().all(|c| "0123456789*#ABCD".contains(c)) {
                for key in part.chars() {
                    acts.push((gap, Act::Press(key)));
                    gap = BETWEEN_MS;
                }
            } else {
                return Err(wrong(part));
            }
            gap = GAP_MS;
        }
        Ok(Self(acts))
    }
}

/// Seconds with at most three decimals, up to a day.
fn milliseconds(seconds: &str) -> Option<u64> {
    let (whole, part) = seconds.split_once('.').unwrap_or((seconds, ""));
    if part.len() > 3 || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let whole: u64 = whole.parse().ok().filter(|s| *s <= 86_400)?;
    let part: u64 = format!("{part:0<3}").parse().ok()?;
    Some(whole * 1_000 + part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_a_second_apart_and_right_after_a_pause() {
        let script: Script = "1,wait 3.5,20#,hangup".parse().unwrap();
        let times: Vec<u64> = script.0.iter().map(|(ms, _)| *ms).collect();
        assert_eq!(times, [1_000, 3_500, 300, 300, 1_000]);
        assert_eq!(script.0.last(), Some(&(1_000, Act::HangUp)));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for wrong in ["x", "wait", "wait x", "wait 1.2345", "1 2", "wait -1"] {
            assert!(wrong.parse::<Script>().is_err(), "{wrong}");
        }
        assert_eq!("".parse(), Ok(Script::default()));
    }
}
