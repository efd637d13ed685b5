//! Send DTMF: presses keys for the other side. KAZOO module `send_dtmf`.

use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::value::{Millis, Text};

crate::fields! {
    /// Sends keys to the caller’s side: to a door opener, or to a machine that calls.
    pub struct SendDtmf {
        /// The keys: 0 to 9, *, # and A to D. A w waits half a second, a W a whole one. `{{digits}}` stands for what the
        /// caller keyed before.
        digits: Text<1, 64> = Text::default(), "digits", "Keys";
        /// Milliseconds that each key sounds.
        duration_ms: Millis<40, 10_000> = Millis(2_000), "duration_ms", "Each key sounds for";
    }
}

/// Keys that can be sent.
const KEYS: &str = "0123456789*#ABCD";

/// The pause that a letter stands for, in milliseconds.
fn pause(letter: char) -> Option<u64> {
    match letter {
        'w' => Some(500),
        'W' => Some(1_000),
        _ => None,
    }
}

fn fits(letter: char) -> bool {
    KEYS.contains(letter) || pause(letter).is_some()
}

impl Definition for SendDtmf {
    const MODULE: &'static str = "send_dtmf";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Send DTMF",
        category: Category::Special,
        icon: "pc-dialpad",
        family: Family::Set,
        help: "Sends keys to the caller’s side",
        synonyms: &["digits", "tones", "keys", "door opener"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let keys = self.digits.0.as_str();
        if keys.contains("{{") || keys.chars().all(fits) {
            return Vec::new();
        }
        vec![Finding::error(
            "DTMF_INVALID",
            Some("digits"),
            "Only 0 to 9, *, #, A to D, and w or W for a pause can be sent",
        )]
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption {
            text: self.digits.0.clone(),
            mono: true,
            lamp: None,
        }
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let keys = call.text(&self.digits.0);
        if keys.is_empty() || !keys.chars().all(fits) {
            call.trouble("There are no keys that can be sent; the call goes on.");
            return Ok(Next::Continue);
        }
        let mut rest = keys.as_str();
        while let Some(first) = rest.chars().next() {
            let (now, later) = match pause(first) {
                Some(ms) => {
                    call.sleep(ms).await?;
                    (first.len_utf8(), rest)
                }
                None => {
                    let end = rest.find(|letter| pause(letter).is_some());
                    let end = end.unwrap_or(rest.len());
                    let (keys, _) = rest.split_at(end);
                    // What is wrong was noted; more keys would not get through either.
                    if !call.send_dtmf(keys.to_owned(), self.duration_ms.0).await? {
                        return Ok(Next::Continue);
                    }
                    (end, rest)
                }
            };
            rest = later.get(now..).unwrap_or_default();
        }
        Ok(Next::Continue)
    }
}
