//! Page Group: lets the caller speak over the speakers of many phones. KAZOO module `page_group`.

use crate::action::parts::members;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::command::{Leg, Page};
use crate::directory::Directory;
use crate::limits;
use crate::resource::Members;
use crate::value::{Seconds, Text};

crate::choice! {
    /// Who can be heard during a page.
    pub enum PageAudio {
        /// The caller only.
        OneWay = "one-way", "Only the caller is heard";
        /// Everybody.
        TwoWay = "two-way", "The phones are heard too";
    }
}

crate::fields! {
    /// Speaks over the speakers of phones, which answer by themselves.
    pub struct PageGroup {
        /// Shown on the block.
        name: Text<0, 128> = Text::default(), "name", "Name";
        /// Whose phones speak. Delays and ringing times of members have no meaning here.
        endpoints: Members = Members::default(), "endpoints", "Members";
        /// Whether the people at the phones can answer.
        audio: PageAudio = PageAudio::OneWay, "audio", "Audio";
        /// Seconds after which phones that have not answered are left out. A phone that cannot answer by
        /// itself rings so long.
        timeout: Seconds<1, 60> = Seconds(5), "timeout", "Wait for phones";
        /// Phones that are in a call are interrupted. Otherwise they are left alone.
        barge_calls: bool = false, "barge_calls", "Interrupt calls";
    }
}

impl PageGroup {
    async fn legs(&self, call: &mut Call) -> Result<Vec<Leg>, Ended> {
        let live = call.live().await?;
        let mut legs = members::phone_legs(call, &live, &self.endpoints.0);
        for leg in &mut legs {
            leg.auto_answer = true;
            leg.barge = self.barge_calls;
        }
        if legs.len() > limits::MAX_LEGS {
            let most = limits::MAX_LEGS;
            call.trouble(format!(
                "Only {most} phones are paged at once; the others are left out."
            ));
            legs.truncate(most);
        }
        Ok(legs)
    }
}

impl Definition for PageGroup {
    const MODULE: &'static str = "page_group";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Page Group",
        category: Category::Advanced,
        icon: "megaphone",
        family: Family::Connect,
        help: "Announces over phone speakers",
        synonyms: &["paging", "announcement", "loudspeaker", "public address"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Answered;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let field = Some("endpoints");
        let members = &self.endpoints.0;
        if members.is_empty() {
            let message = "No members chosen";
            return vec![Finding::error("FIELD_REQUIRED", field, message)];
        }
        if let Some(gone) = members::gone(directory, members, "endpoints") {
            return vec![gone];
        }
        if members::devices(directory, members).is_empty() {
            let message = "None of the members has a phone to page";
            return vec![Finding::warning("PAGE_GROUP_EMPTY", field, message)];
        }
        Vec::new()
    }

    fn caption(&self, directory: &Directory) -> Caption {
        let phones = members::phones(directory, &self.endpoints.0);
        let parts: Vec<String> = [self.name.0.clone(), phones]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        Caption::text(parts.join(" · "))
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        let legs = self.legs(call).await?;
        if legs.is_empty() {
            call.trouble("There is no phone to page; the call goes on.");
            return Ok(Next::Continue);
        }
        call.answer().await?;
        let page = Page {
            legs,
            two_way: self.audio == PageAudio::TwoWay,
            timeout_ms: self.timeout.millis(),
            barge: self.barge_calls,
            caller: call.caller_shown(),
        };
        Ok(match call.page(page).await? {
            Some(_) => Next::Finished,
            None => Next::Continue,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Account;
    use crate::action::Action;
    use crate::command::Command;
    use crate::simulate::{self, Scene, Script};
    use serde_json::{Value, json};
    use std::sync::Arc;

    fn account(data: &Value) -> Arc<Account> {
        let file = json!({
            "account": {"name": "A", "realm": "a.example", "timezone": "UTC", "language": "en-GB"},
            "resources": {
                "users": {"u": {}},
                "devices": {
                    "d1": {"owner_id": "u", "sip": {"username": "d1"}},
                    "d2": {"owner_id": "u", "sip": {"username": "d2"}},
                },
            },
            "callflows": [{"id": "f", "numbers": ["1"], "flow": {"module": "page_group", "data": data}}],
        });
        Arc::new(simulate::account(&file).unwrap())
    }

    #[test]
    fn every_phone_is_asked_once_to_answer_by_itself() {
        let data = json!({"audio": "two-way", "timeout": 7, "barge_calls": true, "endpoints": [
            {"id": "u", "endpoint_type": "user", "delay": 3, "timeout": 2},
            {"id": "d1", "endpoint_type": "device", "delay": 30},
        ]});
        let account = account(&data);
        let outcome = simulate::run(Scene::new(account, "1"), &Script::default()).unwrap();
        let pages = outcome
            .commands
            .iter()
            .filter_map(|(_, command)| match command {
                Command::Page { page, .. } => Some(page),
                _ => None,
            });
        let pages: Vec<_> = pages.collect();
        let [page] = pages.as_slice() else {
            panic!("one page, not {}", pages.len());
        };
        let ids: Vec<&str> = page.legs.iter().map(Leg::id).collect();
        assert_eq!(ids, ["d1", "d2"]);
        assert!(page.two_way && page.barge && page.timeout_ms == 7_000);
        for leg in &page.legs {
            let plain = (leg.auto_answer, leg.barge, leg.delay_ms, leg.timeout_ms);
            assert_eq!(plain, (true, true, 0, None));
        }
    }

    #[test]
    fn a_page_to_nobody_is_told() {
        let codes = |data: Value| -> Vec<&'static str> {
            let action = Action::from_wire("page_group", data.as_object().cloned().unwrap());
            let mut directory = Directory::default();
            directory.insert(
                crate::ResourceKind::User,
                "u",
                json!({}).as_object().cloned().unwrap(),
            );
            let found = action.check(&directory, &[]);
            found.iter().map(|finding| finding.code).collect()
        };
        assert_eq!(codes(json!({})), ["FIELD_REQUIRED"]);
        let user = |id: &str| json!({"id": id, "endpoint_type": "user"});
        assert_eq!(
            codes(json!({"endpoints": [user("u")]})),
            ["PAGE_GROUP_EMPTY"]
        );
        assert_eq!(
            codes(json!({"endpoints": [user("u"), user("x")]})),
            ["RESOURCE_MISSING"]
        );
    }
}
