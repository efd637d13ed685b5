//! Fax Detect: tells fax machines from people. KAZOO module `fax_detect`.

use crate::action::BranchChoice;
use crate::action::play::answer_gently;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::Command;
use crate::directory::Directory;
use crate::event::Event;
use crate::value::Seconds;

crate::fields! {
    /// Answers, listens for the tone of a fax machine, and branches on it.
    pub struct FaxDetect {
        /// Seconds to listen. A person hears nothing meanwhile, so keep it short; a key ends it at once.
        duration: Seconds<1, 60> = Seconds(5), "duration", "Listen for";
    }
}

/// The branch of a fax machine.
const FAX: &str = "ON_FAX";
/// The branch of everybody else.
const VOICE: &str = "ON_VOICE";

impl Definition for FaxDetect {
    const MODULE: &'static str = "fax_detect";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Fax Detect",
        category: Category::Special,
        icon: "printer",
        family: Family::Route,
        help: "Tells faxes from people",
        synonyms: &["fax tone", "cng", "fax switch"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Answered;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Fork {
            choices: vec![
                BranchChoice::word(FAX, "Fax"),
                BranchChoice::word(VOICE, "Voice"),
                BranchChoice::word("_", "Otherwise"),
            ],
            free: None,
            add_label: "Caller",
            default: VOICE,
        }
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        Vec::new()
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption::text(format!("{} s", self.duration.0))
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        answer_gently(call).await?;
        call.did("listen for a fax");
        let listening = call.start(|op| Command::DetectFax { op });
        let timer = call.start_timer(self.duration.millis());
        let take = |key: &str, reason: &str| {
            Ok(Next::Take {
                key: key.to_owned(),
                reason: reason.to_owned(),
            })
        };
        loop {
            match call.next().await? {
                // Machines press no keys.
                Event::Digit { key } => {
                    call.keep_digit(key);
                    return take(VOICE, "a key was pressed");
                }
                Event::FaxTone { op } if op == listening => {
                    return take(FAX, "a fax machine calls");
                }
                Event::Failed { op, reason } if op == listening => {
                    call.trouble(format!("Listening for a fax failed: {reason}"));
                    return Ok(Next::Continue);
                }
                Event::Timer { op } if op == timer => return take(VOICE, "no fax tone"),
                _ => {}
            }
        }
    }
}
