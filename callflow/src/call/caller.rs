//! Who calls: the person at the calling phone, what holds for them, and how they are shown to others.

use super::{Call, Ended};
use crate::command::Party;
use crate::live::Live;
use crate::resource::{Endpoint, Shown};
use crate::route::Origin;

impl Call {
    /// The user who calls: who has logged in at the calling phone, else its owner.
    #[must_use]
    pub fn calling_user(&self) -> Option<&str> {
        let device = self
            .account
            .directory
            .device(self.info.device.as_deref()?)?;
        let owner = device.owner.as_ref().map(crate::value::Ref::id);
        self.at_desk.as_deref().or(owner)
    }

    /// Who has logged in at the calling phone.
    #[must_use]
    pub(crate) fn at_desk(&self) -> Option<&str> {
        self.at_desk.as_deref()
    }

    /// Looks who calls: who sits at the calling phone, in an account that has hot desks, and what language that
    /// person is spoken to in.
    ///
    /// # Errors
    /// When the caller has gone.
    pub(crate) async fn find_caller(&mut self) -> Result<(), Ended> {
        if self.info.device.is_some() && self.account.directory.has_hot_desks() {
            let live = self.live().await?;
            self.sit(&live);
        }
        let language = self.calling_endpoint().language().map(str::to_owned);
        if let Some(language) = language {
            self.language = language;
        }
        Ok(())
    }

    /// Takes over who sits at the calling phone.
    pub(crate) fn sit(&mut self, live: &Live) {
        if let Some(device) = &self.info.device {
            self.at_desk = self.account.directory.sitting_at(live, device).pop();
        }
    }

    /// The calling phone and user with everything that holds for them; the account alone for callers from
    /// outside.
    #[must_use]
    pub fn calling_endpoint(&self) -> Endpoint<'_> {
        let directory = &self.account.directory;
        directory.endpoint(self.info.device.as_deref(), self.calling_user())
    }

    /// What the calling device, or else its user, says of dialling a class of numbers: `Some(true)` is denied.
    #[must_use]
    pub fn said_of_class(&self, class: &str) -> Option<bool> {
        self.calling_endpoint().says_of_class(class)
    }

    /// The caller as shown to called phones: as set by a step, else the internal caller ID, with prefixes.
    #[must_use]
    pub fn caller_shown(&self) -> Party {
        self.shown(Shown::Internal)
    }

    /// The caller as shown to a number outside, by the number's class: as set by a step, else the external caller
    /// ID, with prefixes. A caller from outside stays who it is.
    #[must_use]
    pub fn caller_outside(&self, class: Option<&str>) -> Party {
        self.shown(match class {
            Some("emergency") => Shown::Emergency,
            _ => Shown::External,
        })
    }

    fn shown(&self, shown: Shown) -> Party {
        let Party { name, number } = match (self.memory.caller(), self.info.origin) {
            (Some(set), _) => set.clone(),
            (None, Origin::External) => self.info.caller.clone(),
            // Colleagues see who it is that was transferred to them.
            (None, Origin::Internal)
                if shown == Shown::Internal && self.transferred_by().is_some() =>
            {
                self.info.caller.clone()
            }
            (None, Origin::Internal) => self.own_caller(shown),
        };
        let (before_name, before_number) = self.memory.prefixes();
        Party {
            name: format!("{before_name}{name}"),
            number: format!("{before_number}{number}"),
        }
    }

    /// The caller ID of the calling phone and user, else what the call came with.
    fn own_caller(&self, shown: Shown) -> Party {
        let caller = self.calling_endpoint();
        let mut ids = vec![caller.caller_id(shown)];
        if shown == Shown::Emergency {
            ids.push(caller.caller_id(Shown::External));
        }
        // The call came with the name of the phone's owner.
        let sitting = caller.user.filter(|(id, _)| self.at_desk() == Some(id));
        if let (Some((_, user)), Shown::Internal) = (sitting, shown) {
            ids.push(Party {
                name: user.name(),
                number: user.presence_id.0.clone(),
            });
        }
        ids.push(self.info.caller.clone());
        let first = |part: fn(&Party) -> &String| {
            let said = ids.iter().map(part).find(|text| !text.is_empty());
            said.cloned().unwrap_or_default()
        };
        Party {
            name: first(|id| &id.name),
            number: first(|id| &id.number),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::command::{Command, Party};
    use crate::simulate::{self, Scene, Script};
    use serde_json::json;
    use std::sync::Arc;

    /// Whom a phone is told calls, when 2001's phone has transferred somebody to it, and when it calls itself.
    fn shown(transferred: bool) -> Party {
        let file = json!({
            "account": {"name": "A", "realm": "a.example", "timezone": "UTC", "language": "en-GB"},
            "resources": {"devices": {
                "own": {"sip": {"username": "own"}, "caller_id": {"internal": {"name": "Own", "number": "2001"}}},
                "other": {"sip": {"username": "other"}},
            }},
            "callflows": [{"id": "f", "numbers": ["1"], "flow": {"module": "device", "data": {"id": "other"}}}],
        });
        let account = Arc::new(simulate::account(&file).unwrap());
        let mut scene = Scene::new(account, "1");
        scene.device = Some("own".to_owned());
        scene.origin = crate::Origin::Internal;
        scene.transferred_by = transferred.then(|| "own".to_owned());
        scene.caller = Party {
            name: "Carol".to_owned(),
            number: "0123".to_owned(),
        };
        let outcome = simulate::run(scene, &Script::default()).unwrap();
        let mut dials = outcome
            .commands
            .into_iter()
            .filter_map(|(_, command)| match command {
                Command::Dial { dial, .. } => Some(dial.caller),
                _ => None,
            });
        dials.next().unwrap()
    }

    #[test]
    fn colleagues_see_who_was_transferred_and_not_who_did_it() {
        assert_eq!(shown(false).name, "Own");
        assert_eq!(shown(true).name, "Carol");
        assert_eq!(shown(true).number, "0123");
    }
}
