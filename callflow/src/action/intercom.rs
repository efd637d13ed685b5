//! Intercom: calls an extension whose phones answer by themselves. KAZOO module `intercom`.

use crate::action::parts::onward;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;

crate::fields! {
    /// Calls the extension dialled after a feature code; its phones answer by themselves.
    pub struct Intercom {
        /// Phones that are in a call are interrupted. Otherwise they ring as for any other call.
        barge_calls: bool = false, "barge_calls", "Interrupt calls";
    }
}

impl Definition for Intercom {
    const MODULE: &'static str = "intercom";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Intercom",
        category: Category::OtherCalls,
        icon: "phone",
        family: Family::Route,
        help: "Calls a phone that answers itself",
        synonyms: &["auto answer", "speaker", "door", "*0"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Nothing;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        Vec::new()
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption::text("The extension dialled")
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let Some(number) = call.info().capture.clone() else {
            call.trouble("No extension was dialled after the feature code; the call goes on.");
            return Ok(Next::Continue);
        };
        let Some(route) = onward::find(call, &number).filter(|route| !route.catch_all) else {
            call.trouble(format!(
                "There is no extension {number} to call; the call goes on."
            ));
            return Ok(Next::Continue);
        };
        let memory = call.memory_mut();
        memory.auto_answer = true;
        memory.barge = self.barge_calls;
        call.set_dialled(number);
        Ok(Next::Callflow {
            target: route.callflow,
            capture: route.capture,
            comes_back: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::command::Command;
    use crate::simulate::{self, Scene, Script};
    use serde_json::json;
    use std::sync::Arc;

    #[test]
    fn phones_of_the_extension_are_asked_to_answer_by_themselves() {
        for barge in [false, true] {
            let file = json!({
                "account": {"name": "A", "realm": "a.example", "timezone": "UTC", "language": "en-GB"},
                "resources": {"devices": {"d": {"sip": {"username": "d"}}}},
                "callflows": [
                    {"id": "f", "patterns": [r"^\*0(\d+)$"],
                     "flow": {"module": "intercom", "data": {"barge_calls": barge}}},
                    {"id": "e", "numbers": ["20"], "flow": {"module": "device", "data": {"id": "d"}}},
                ],
            });
            let account = Arc::new(simulate::account(&file).unwrap());
            let outcome = simulate::run(Scene::new(account, "*020"), &Script::default()).unwrap();
            let mut dials = outcome
                .commands
                .iter()
                .filter_map(|(_, command)| match command {
                    Command::Dial { dial, .. } => dial.legs.first(),
                    _ => None,
                });
            let leg = dials.next().unwrap();
            assert_eq!((leg.auto_answer, leg.barge), (true, barge));
        }
    }
}
