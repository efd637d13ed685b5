//! The legs of a call: who was called when, how it ended, and how it sounded.

use crate::ui::icon::icon;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// How a leg sounded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LegSound {
    /// The score to be expected, 1 to 4.5; none when too little was heard.
    pub(crate) mos: Option<f64>,
    /// "0.4 %".
    pub(crate) lost: String,
    /// "3 ms".
    pub(crate) jitter: String,
    /// Packets received.
    pub(crate) packets: u64,
    /// Nobody on the way could listen.
    pub(crate) encrypted: bool,
    /// "42 ms" to the peer and back, where it told.
    pub(crate) round_trip: Option<String>,
    /// "0.4 %" of what the peer was sent, where it told.
    pub(crate) far_lost: Option<String>,
}

/// A leg.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LegView {
    /// The caller's leg.
    pub(crate) caller: bool,
    /// The phone, the number, or "Caller".
    pub(crate) who: String,
    /// Where its signalling comes from.
    pub(crate) address: String,
    /// Seconds into the call: when it was invited, rang, was answered and ended.
    pub(crate) times: [Option<String>; 4],
    /// How it ended, in words.
    pub(crate) cause: String,
    /// How it sounded, where it had sound.
    pub(crate) sound: Option<LegSound>,
}

/// What a score means to a listener (ITU-T P.800.1).
fn in_words(mos: f64) -> (&'static str, &'static str) {
    match mos {
        score if score >= 4.0 => ("chip ok", "Good"),
        score if score >= 3.5 => ("chip", "Fair"),
        score if score >= 2.5 => ("chip warn", "Poor"),
        _ => ("chip bad", "Bad"),
    }
}

fn sound(sound: Option<LegSound>) -> AnyView {
    let Some(LegSound {
        mos,
        lost,
        jitter,
        packets,
        encrypted,
        round_trip,
        far_lost,
    }) = sound
    else {
        return view! { <span class="muted">"No sound"</span> }.into_any();
    };
    let score = mos.map(|mos| {
        let (class, word) = in_words(mos);
        view! { <span class=class>{format!("{word}, {mos:.1}")}</span> }
    });
    view! {
        {score}
        <small class="muted leg-sound" title=format!("{packets} packets")>
            {format!(" {lost} lost, jitter {jitter}")}
            {round_trip.map(|time| format!(", round trip {time}"))}
            {far_lost.map(|lost| format!("; of what was sent, {lost} lost"))}
            {encrypted.then_some("; encrypted")}
        </small>
    }
    .into_any()
}

/// The table of legs.
#[component]
pub(super) fn Legs(legs: Vec<LegView>) -> impl IntoView {
    let rows = legs
        .into_iter()
        .map(|leg| {
            let [began, rang, answered, ended] = leg.times.map(Option::unwrap_or_default);
            let glyph = if leg.caller { "phone-outgoing" } else { "phone-incoming" };
            view! {
                <tr>
                    <td>
                        {icon(glyph, 14)} " " <b>{leg.who}</b> " " <small class="muted">{leg.address}</small>
                    </td>
                    <td class="r">{began}</td>
                    <td class="r">{rang}</td>
                    <td class="r">{answered}</td>
                    <td class="r">{ended}</td>
                    <td>{leg.cause}</td>
                    <td>{sound(leg.sound)}</td>
                </tr>
            }
        })
        .collect::<Vec<_>>();
    view! {
        <section class="call-legs" aria-labelledby="legs-title">
            <h2 id="legs-title">"Legs"</h2>
            <div class="table-wrap" role="region" aria-label="Legs" tabindex="0">
                <table class="table">
                    <thead>
                        <tr>
                            <th>"Phone or number"</th>
                            <th class="r">"Began"</th>
                            <th class="r">"Rang"</th>
                            <th class="r">"Answered"</th>
                            <th class="r">"Ended"</th>
                            <th>"How it ended"</th>
                            <th>"Sound"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="muted">"Times are seconds into the call. The score is an estimate from loss, jitter and, where the phone tells it, the round trip; 4.4 at best."</p>
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn scores_are_told_in_words() {
        let words = [4.4, 3.6, 3.0, 1.2].map(|mos| in_words(mos).1);
        assert_eq!(words, ["Good", "Fair", "Poor", "Bad"]);
    }
}
