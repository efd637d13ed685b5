//! The tones of countries: what a caller is used to hear while a phone rings, when it is busy, when nothing is free.
//!
//! After ITU-T E.180 supplement 2.

use crate::account::Account;
use crate::command::Tone;

crate::choice! {
    /// Whose tones callers hear.
    #[derive(Hash)]
    pub enum Tones {
        /// Those of the country of the account's language.
        Auto = "auto", "By language";
        /// North America.
        America = "us", "North America";
        /// The United Kingdom and Ireland.
        Britain = "gb", "United Kingdom and Ireland";
        /// Germany.
        Germany = "de", "Germany";
        /// Austria.
        Austria = "at", "Austria";
        /// Switzerland.
        Switzerland = "ch", "Switzerland";
        /// France.
        France = "fr", "France";
        /// Belgium.
        Belgium = "be", "Belgium";
        /// The Netherlands.
        Netherlands = "nl", "Netherlands";
        /// Spain.
        Spain = "es", "Spain";
        /// Italy.
        Italy = "it", "Italy";
        /// Australia.
        Australia = "au", "Australia";
    }
}

/// Sounds and pauses, again and again: what is mixed, and the milliseconds of sound and silence.
type Cadence = &'static [(&'static [u16], u32, u32)];

/// The tones of one country.
struct Plan {
    ringback: Cadence,
    busy: Cadence,
    /// Nothing is free on the way.
    congestion: Cadence,
    /// Continuous.
    dial: &'static [u16],
}

const AMERICA: Plan = Plan {
    ringback: &[(&[440, 480], 2_000, 4_000)],
    busy: &[(&[480, 620], 500, 500)],
    congestion: &[(&[480, 620], 250, 250)],
    dial: &[350, 440],
};
const BRITAIN: Plan = Plan {
    ringback: &[(&[400, 450], 400, 200), (&[400, 450], 400, 2_000)],
    busy: &[(&[400], 375, 375)],
    congestion: &[(&[400], 400, 350), (&[400], 225, 525)],
    dial: &[350, 440],
};
const GERMANY: Plan = Plan {
    ringback: &[(&[425], 1_000, 4_000)],
    busy: &[(&[425], 480, 480)],
    congestion: &[(&[425], 240, 240)],
    dial: &[425],
};
const AUSTRIA: Plan = Plan {
    ringback: &[(&[420], 1_000, 5_000)],
    busy: &[(&[420], 400, 400)],
    congestion: &[(&[420], 200, 200)],
    dial: &[420],
};
const SWITZERLAND: Plan = Plan {
    ringback: &[(&[425], 1_000, 4_000)],
    busy: &[(&[425], 500, 500)],
    congestion: &[(&[425], 200, 200)],
    dial: &[425],
};
const FRANCE: Plan = Plan {
    ringback: &[(&[440], 1_500, 3_500)],
    busy: &[(&[440], 500, 500)],
    congestion: &[(&[440], 250, 250)],
    dial: &[440],
};
const BELGIUM: Plan = Plan {
    ringback: &[(&[425], 1_000, 3_000)],
    busy: &[(&[425], 500, 500)],
    congestion: &[(&[425], 167, 167)],
    dial: &[425],
};
const NETHERLANDS: Plan = Plan {
    ringback: &[(&[425], 1_000, 4_000)],
    busy: &[(&[425], 500, 500)],
    congestion: &[(&[425], 250, 250)],
    dial: &[425],
};
const SPAIN: Plan = Plan {
    ringback: &[(&[425], 1_500, 3_000)],
    busy: &[(&[425], 200, 200)],
    congestion: &[(&[425], 200, 200), (&[425], 200, 200), (&[425], 200, 600)],
    dial: &[425],
};
const ITALY: Plan = Plan {
    ringback: &[(&[425], 1_000, 4_000)],
    busy: &[(&[425], 500, 500)],
    congestion: &[(&[425], 200, 200)],
    dial: &[425],
};
const AUSTRALIA: Plan = Plan {
    ringback: &[(&[413, 438], 400, 200), (&[413, 438], 400, 2_000)],
    busy: &[(&[425], 375, 375)],
    congestion: &[(&[425], 375, 375)],
    dial: &[413, 438],
};

impl Tones {
    /// Those that the callers of an account hear.
    #[must_use]
    pub fn of(account: &Account) -> Self {
        match account.directory.settings().tones {
            Self::Auto => Self::of_language(&account.language),
            chosen => chosen,
        }
    }

    /// Those of the country that a language tag names, else of the one where most who speak it live.
    fn of_language(tag: &str) -> Self {
        let tag = tag.to_ascii_lowercase();
        let (language, country) = tag.split_once('-').unwrap_or((&tag, ""));
        match (country, language) {
            ("gb" | "ie", _) => Self::Britain,
            ("at", _) => Self::Austria,
            ("ch", _) => Self::Switzerland,
            ("be", _) => Self::Belgium,
            ("au" | "nz", _) => Self::Australia,
            ("us" | "ca", _) | (_, "en") => Self::America,
            (_, "de") => Self::Germany,
            (_, "fr") => Self::France,
            (_, "nl") => Self::Netherlands,
            (_, "es") => Self::Spain,
            (_, "it") => Self::Italy,
            _ => Self::America,
        }
    }

    fn plan(self) -> &'static Plan {
        match self {
            Self::Auto | Self::America => &AMERICA,
            Self::Britain => &BRITAIN,
            Self::Germany => &GERMANY,
            Self::Austria => &AUSTRIA,
            Self::Switzerland => &SWITZERLAND,
            Self::France => &FRANCE,
            Self::Belgium => &BELGIUM,
            Self::Netherlands => &NETHERLANDS,
            Self::Spain => &SPAIN,
            Self::Italy => &ITALY,
            Self::Australia => &AUSTRALIA,
        }
    }

    /// A phone rings, this many times.
    #[must_use]
    pub fn ringback(self, times: u32) -> Vec<Tone> {
        repeated(self.plan().ringback, times)
    }

    /// Whoever is called talks, this many times.
    #[must_use]
    pub fn busy(self, times: u32) -> Vec<Tone> {
        repeated(self.plan().busy, times)
    }

    /// Nothing is free on the way, this many times.
    #[must_use]
    pub fn congestion(self, times: u32) -> Vec<Tone> {
        repeated(self.plan().congestion, times)
    }

    /// A number may be dialled: ten seconds.
    #[must_use]
    pub fn dial(self) -> Vec<Tone> {
        repeated(&[(self.plan().dial, 10_000, 0)], 1)
    }
}

fn repeated(cadence: &[(&[u16], u32, u32)], times: u32) -> Vec<Tone> {
    let tone = |(hertz, on_ms, off_ms): &(&[u16], u32, u32)| Tone {
        hertz: hertz.to_vec(),
        on_ms: *on_ms,
        off_ms: *off_ms,
        times: 1,
    };
    let times = usize::try_from(times).unwrap_or(1);
    std::iter::repeat_n(cadence, times)
        .flatten()
        .map(tone)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn country_of_the_language_counts_and_else_where_most_speak_it() {
        for (tag, tones) in [
            ("en-GB", Tones::Britain),
            ("en", Tones::America),
            ("en-AU", Tones::Australia),
            ("de", Tones::Germany),
            ("de-CH", Tones::Switzerland),
            ("fr-BE", Tones::Belgium),
            ("es-ES", Tones::Spain),
            ("pt", Tones::America),
        ] {
            assert_eq!(Tones::of_language(tag), tones, "{tag}");
        }
    }

    #[test]
    fn cadence_is_repeated_whole() {
        let rings = Tones::Britain.ringback(2);
        let pauses: Vec<u32> = rings.iter().map(|tone| tone.off_ms).collect();
        assert_eq!(pauses, [200, 2_000, 200, 2_000]);
        assert!(rings.iter().all(|tone| tone.times == 1));
        assert_eq!(Tones::France.busy(5).len(), 5);
        assert_eq!(Tones::France.busy(5)[0].hertz, [440]);
        assert_eq!(Tones::Germany.dial()[0].on_ms, 10_000);
    }
}
