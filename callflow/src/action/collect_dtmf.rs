//! Collect DTMF: collects digits from the caller. KAZOO module `collect_dtmf`.

use crate::action::parts::collect::{Collect, collect};
use crate::action::play::answer_gently;
use crate::action::{Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, DEFAULT_DIGITS, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::json;
use crate::value::{Int, Keys, Millis, Text};

crate::fields! {
    /// Collects digits from the caller and keeps them for later steps.
    pub struct CollectDtmf {
        /// The name under which the digits are kept. Later steps find them as digits, or as digits. and this
        /// name where one is given.
        collection_name: Text<0, 50> = Text::default(), "collection_name", "Name";
        /// The most keys. When so many are pressed, the call goes on at once.
        max_digits: Int<1, 64> = Int(1), "max_digits", "Most digits";
        /// Milliseconds to wait for the first key.
        timeout: Millis<1, 60_000> = Millis(5_000), "timeout", "Wait for the first key";
        /// Milliseconds to wait for each further key.
        interdigit_timeout: Millis<1, 60_000> = Millis(2_000), "interdigit_timeout", "Wait between keys";
        /// Keys that end the entry. They are not part of it.
        terminators: Keys = Keys("#".to_owned()), "terminators", "Keys that end it";
    }
}

/// A wait that nobody is quick enough for, in milliseconds: plainly meant as seconds.
const TOO_SHORT_MS: u32 = 100;

impl CollectDtmf {
    /// Older documents name one key instead of several.
    fn single(&self) -> Option<String> {
        let several = self.source.contains_key("terminators");
        let one = self.source.get("terminator").and_then(json::text);
        one.filter(|key| !several && key.len() == 1 && Keys::ALL.contains(key.as_str()))
    }

    fn ends_at(&self) -> String {
        self.single().unwrap_or_else(|| self.terminators.0.clone())
    }
}

impl Definition for CollectDtmf {
    const MODULE: &'static str = "collect_dtmf";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "Collect DTMF",
        category: Category::Advanced,
        icon: "hash",
        family: Family::Prompt,
        help: "Collects digits from the caller",
        synonyms: &["digits", "keys", "input", "account number", "ask"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Answered;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(Vec::new())
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let mut found = Vec::new();
        for (field, wait) in [
            ("timeout", self.timeout.0),
            ("interdigit_timeout", self.interdigit_timeout.0),
        ] {
            if wait < TOO_SHORT_MS {
                let message = format!("{wait} ms is too short to press a key; a second is 1000");
                found.push(Finding::warning("UNIT_DOUBTFUL", Some(field), message));
            }
        }
        if let Some(key) = self.single().filter(|key| *key != self.terminators.0) {
            let message = format!("{key} ends the entry, as imported");
            found.push(Finding::warning(
                "COLLECT_TERMINATOR",
                Some("terminators"),
                message,
            ));
        }
        found
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        let count = match self.max_digits.0 {
            1 => "1 digit".to_owned(),
            more => format!("{more} digits"),
        };
        Caption::text(match self.collection_name.0.as_str() {
            "" => count,
            name => format!("{name} · {count}"),
        })
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        answer_gently(call).await?;
        let terminators = self.ends_at();
        let wanted = Collect {
            prompt: Vec::new(),
            max: usize::try_from(self.max_digits.0).unwrap_or(1),
            first_ms: u64::from(self.timeout.0),
            between_ms: u64::from(self.interdigit_timeout.0),
            terminators: &terminators,
            may_grow: &|_| true,
        };
        let digits = collect(call, wanted).await?;
        let digits = Some(digits).filter(|digits| !digits.is_empty());
        call.set_digits(collection(&self.collection_name.0), digits);
        Ok(Next::Continue)
    }
}

/// The collection with a name; without one, the default.
pub(super) fn collection(name: &str) -> &str {
    match name.trim() {
        "" => DEFAULT_DIGITS,
        name => name,
    }
}
