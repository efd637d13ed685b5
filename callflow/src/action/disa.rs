//! DISA: lets a caller dial out from here (direct inward system access). KAZOO module `disa`.

use crate::action::parts::collect::{Collect, collect, collect_secret};
use crate::action::parts::{restriction, sound};
use crate::action::play::answer_gently;
use crate::action::{BranchChoice, Branches, Caption, Category, Definition, Family, Needs, Preset};
use crate::call::{Call, Ended, Next};
use crate::cause::Cause;
use crate::check::Finding;
use crate::command::{Party, Repeat, Sound};
use crate::directory::Directory;
use crate::route::{Origin, Route};
use crate::tones::Tones;
use crate::value::{Digits, Int, Millis};

/// Milliseconds to wait for the first key.
const FIRST_MS: u64 = 5_000;
/// The least milliseconds between keys that a person can keep up with; less was meant in seconds.
const LEAST_BETWEEN_MS: u32 = 500;
/// The fewest digits of a PIN that is not guessed in a minute.
const SHORT_PIN: usize = 4;
/// The most digits that are taken for a PIN, so that its length cannot be found out.
const MOST_PIN: usize = 15;

crate::choice! {
    /// What invites the caller to dial.
    pub enum Invitation {
        /// The dial tone.
        DialTone = "dialtone", "Dial tone";
        /// The sound of a phone that rings.
        Ringing = "ringing", "Ringing";
    }
}

crate::fields! {
    /// Asks for a PIN and then for a number, and goes on as if the account had dialled it.
    pub struct Disa {
        /// The PIN, 1 to 15 digits. Without one, everybody who calls could phone at the account's cost: nobody is let
        /// through.
        pin: Digits<0, 15> = Digits::default(), "pin", "PIN";
        /// How often the PIN, and then the number, may be keyed.
        retries: Int<1, 10> = Int(3), "retries", "Tries";
        /// Milliseconds to wait for the next key; less than 500 is taken as 500.
        interdigit: Millis<1, 60_000> = Millis(3_000), "interdigit", "Wait between keys";
        /// The most digits of a number; reaching them dials at once.
        max_digits: Int<1, 36> = Int(15), "max_digits", "Most digits";
        /// What invites the caller to dial.
        preconnect_audio: Invitation = Invitation::DialTone, "preconnect_audio", "Invitation";
        /// How often it rings before the number is asked for.
        ring_repeat_count: Int<1, 10> = Int(1), "ring_repeat_count", "Rings";
        /// The called side sees the account's external caller ID; otherwise that of the caller.
        use_account_caller_id: bool = true, "use_account_caller_id", "Show the account’s caller ID";
    }
}

impl Disa {
    fn between_ms(&self) -> u64 {
        u64::from(self.interdigit.0.max(LEAST_BETWEEN_MS))
    }

    fn question(&self, prompt: Vec<Sound>, max: usize) -> Collect<'static> {
        Collect {
            prompt,
            max,
            first_ms: FIRST_MS,
            between_ms: self.between_ms(),
            terminators: "#",
            may_grow: &|_| true,
        }
    }

    /// Whether the caller knows the PIN.
    async fn let_in(&self, call: &mut Call) -> Result<bool, Ended> {
        for _ in 0..self.retries.0 {
            let prompt = vec![sound::prompt(call, "disa-enter_pin")];
            let keyed = collect_secret(call, self.question(prompt, MOST_PIN)).await?;
            if keyed == self.pin.0 {
                return Ok(true);
            }
            say(call, "disa-invalid_pin").await?;
        }
        say(call, "disa-retries_exceeded").await?;
        Ok(false)
    }

    fn invitation(&self, tones: Tones) -> Vec<Sound> {
        let rings = u32::try_from(self.ring_repeat_count.0).unwrap_or(1);
        vec![Sound::Tones(match self.preconnect_audio {
            Invitation::DialTone => tones.dial(),
            Invitation::Ringing => tones.ringback(rings),
        })]
    }

    /// The number that the caller keys, with what answers it; `None` when the tries are used up.
    async fn number(&self, call: &mut Call) -> Result<Option<(String, Route)>, Ended> {
        let longest = usize::try_from(self.max_digits.0).unwrap_or(15);
        for _ in 0..self.retries.0 {
            let number = collect(
                call,
                self.question(self.invitation(Tones::of(call.account())), longest),
            )
            .await?;
            // The PIN makes the caller one of the account: its way out is open.
            let found = call.account().routes.find(&number, Origin::Internal);
            match found {
                Some(route) if !number.is_empty() => return Ok(Some((number, route))),
                _ => say(call, "disa-invalid_extension").await?,
            }
        }
        Ok(None)
    }

    fn show_account(call: &mut Call) {
        let account = std::sync::Arc::clone(call.account());
        let settings = account.directory.settings();
        if settings.external_number.0.is_empty() {
            return;
        }
        call.set_caller(Some(Party {
            name: settings.external_name.0.clone(),
            number: settings.external_number.0.clone(),
        }));
    }
}

async fn say(call: &mut Call, prompt: &'static str) -> Result<(), Ended> {
    call.flush_digits();
    let prompt = vec![sound::prompt(call, prompt)];
    call.play_through(prompt, Repeat::Times(1)).await
}

impl Definition for Disa {
    const MODULE: &'static str = "disa";
    const PRESETS: &'static [Preset] = &[Preset {
        label: "DISA",
        category: Category::Advanced,
        icon: "phone-outgoing",
        family: Family::End,
        help: "Lets the caller dial out from here",
        synonyms: &["dial tone", "dial out", "direct inward", "call through"],
        mark: None,
    }];
    const NEEDS: Needs = Needs::Answered;

    fn branches(&self, _directory: &Directory) -> Branches {
        Branches::Next(vec![BranchChoice::word("_", "Otherwise")])
    }

    fn check(&self, _directory: &Directory, _keys: &[&str]) -> Vec<Finding> {
        let mut found = Vec::new();
        match self.pin.0.len() {
            0 => {
                let message = "No PIN: nobody is let through";
                found.push(Finding::error("DISA_WITHOUT_PIN", Some("pin"), message));
            }
            short if short < SHORT_PIN => {
                let message = format!("A PIN of {short} digits is soon guessed; use 4 or more");
                found.push(Finding::warning("DISA_PIN_SHORT", Some("pin"), message));
            }
            _ => {}
        }
        if self.interdigit.0 < LEAST_BETWEEN_MS {
            let message = format!(
                "{} ms between keys is too short to dial; the unit is not seconds",
                self.interdigit.0
            );
            let field = Some("interdigit");
            found.push(Finding::warning("UNIT_DOUBTFUL", field, message));
        }
        found
    }

    fn caption(&self, _directory: &Directory) -> Caption {
        Caption::text(match self.preconnect_audio {
            Invitation::DialTone => "Dial tone",
            Invitation::Ringing => "Ringing",
        })
    }

    async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
        if self.pin.0.is_empty() {
            call.trouble("The step has no PIN; nobody is let through.");
            return Ok(Next::Continue);
        }
        answer_gently(call).await?;
        if !self.let_in(call).await? {
            return Ok(Next::HangUp {
                cause: Cause::NORMAL_CLEARING,
                reason: "the caller does not know the PIN".to_owned(),
            });
        }
        let Some((number, route)) = self.number(call).await? else {
            return Ok(Next::Continue);
        };
        if let Some(class) = restriction::denied(call, &number) {
            say(call, "cf-unauthorized_call").await?;
            return Ok(Next::HangUp {
                cause: Cause::named("OUTGOING_CALL_BARRED"),
                reason: format!("{class} numbers are denied"),
            });
        }
        if self.use_account_caller_id {
            Self::show_account(call);
        }
        call.did(format!("dial {number}"));
        call.set_dialled(number);
        Ok(Next::Callflow {
            target: route.callflow,
            capture: route.capture,
            comes_back: true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_taken_for_milliseconds_are_told() {
        let mut disa = Disa {
            pin: Digits("12".to_owned()),
            interdigit: Millis(3),
            ..Disa::default()
        };
        let codes = |disa: &Disa| {
            let found = disa.check(&Directory::default(), &[]);
            found.iter().map(|finding| finding.code).collect::<Vec<_>>()
        };
        assert_eq!(codes(&disa), ["DISA_PIN_SHORT", "UNIT_DOUBTFUL"]);
        assert_eq!(disa.between_ms(), 500);
        disa.pin = Digits::default();
        disa.interdigit = Millis(3_000);
        assert_eq!(codes(&disa), ["DISA_WITHOUT_PIN"]);
    }
}
