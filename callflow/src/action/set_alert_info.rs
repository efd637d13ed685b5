//! Distinctive Ring: phones rung later in the call are told how to ring. KAZOO module `set_alert_info`.

use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::trace::Step;
use crate::value::HeaderValue;

crate::fields! {
    /// Sends Alert-Info to the phones that ring later in this call.
    pub struct SetAlertInfo {
        /// The value of the Alert-Info header, passed to the phones unchanged. Phones differ in what they
        /// understand, for example `<http://127.0.0.1>;info=ring2` or `Bellcore-dr2`.
        alert_info: HeaderValue<1, 256> = HeaderValue::default(), "alert_info", "Alert-Info";
    }
}

impl Definition for SetAlertInfo {
    const MODULE: &'static str = "set_alert_info";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Distinctive Ring",
        category: Category::Advanced,
        icon: "bell-ring",
        family: Family::Set,
        help: "Sends Alert-Info to the phone",
        synonyms: &["ringtone", "alert-info", "ring tone"],
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
        let value = self.alert_info.0.as_str();
        // A block has room for about 17 characters; the part after the URI is what differs.
        let short = value
            .split_once(";")
            .map(|(_, info)| info)
            .filter(|_| value.chars().count() > 17);
        Caption {
            text: short.unwrap_or(value).to_owned(),
            mono: true,
            lamp: None,
        }
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        if !self.alert_info.0.is_empty() {
            call.trace(Step::Set {
                name: "Alert-Info".into(),
                value: self.alert_info.0.clone(),
            });
            call.set_alert_info(Some(self.alert_info.0.clone()));
        }
        Ok(Next::Continue)
    }
}
