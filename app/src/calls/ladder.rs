//! The SIP messages of a call as a ladder: who told whom what, and when.

use crate::trouble::Trouble;
use crate::ui::icon::icon;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Pixels: the first lane, between lanes, the first arrow, between arrows.
const LEFT: usize = 94;
const APART: usize = 113;
const TOP: usize = 70;
const STEP: usize = 24;

/// A party of the ladder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lane {
    /// Its name, as far as it is known.
    pub(crate) name: String,
    /// Address and port.
    pub(crate) address: String,
}

/// What a message means for the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Meaning {
    /// A request.
    Asks,
    /// A final answer that is good.
    Good,
    /// An answer on the way, or a challenge.
    OnTheWay,
    /// An answer that is not, or a request given up.
    Bad,
}

impl Meaning {
    fn class(self) -> &'static str {
        match self {
            Self::Asks => "rq",
            Self::Good => "ok",
            Self::OnTheWay => "pr",
            Self::Bad => "er",
        }
    }
}

/// A message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Arrow {
    /// Since the first message: "07.164".
    pub(crate) at: String,
    /// The lane it comes from.
    pub(crate) from: usize,
    /// The lane it goes to.
    pub(crate) to: usize,
    /// "INVITE", "180 Ringing", "INVITE ×2".
    pub(crate) words: String,
    /// What it means.
    pub(crate) meaning: Meaning,
    /// How it was carried and how long it is.
    pub(crate) carried: String,
    /// The message.
    pub(crate) text: String,
}

/// A conversation between a party and the exchange.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sound {
    /// The party's lane.
    pub(crate) lane: usize,
    /// "RTP, MOS 4.3".
    pub(crate) words: String,
}

/// The ladder of a call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct LadderView {
    /// Whose call, and its `Call-ID`.
    pub(crate) about: String,
    /// From left to right; the second is the exchange.
    pub(crate) lanes: Vec<Lane>,
    /// The messages in order.
    pub(crate) arrows: Vec<Arrow>,
    /// What was heard, once the call is over.
    pub(crate) sounds: Vec<Sound>,
    /// Messages that were not kept.
    pub(crate) left_out: i64,
}

/// Loads the ladder of a call, running or past; none when its messages are not kept.
///
/// # Errors
/// When there is no such call in the account.
#[server(prefix = "/ui", endpoint = "ladder", input = Json)]
pub(crate) async fn load_ladder(
    account: String,
    call: String,
) -> Result<Option<LadderView>, Trouble> {
    crate::backend::ladder(&account, &call).await
}

impl LadderView {
    /// The arrows are drawn between the lanes' lines.
    fn x(lane: usize) -> usize {
        LEFT + lane * APART
    }

    fn y(row: usize) -> usize {
        TOP + row * STEP
    }

    fn width(&self) -> usize {
        Self::x(self.lanes.len().max(1) - 1) + 60
    }

    fn height(&self) -> usize {
        Self::y(self.arrows.len()) + self.sounds.len() * 26 + 8
    }

    /// "INVITE to Desk 2101".
    fn title(&self, arrow: &Arrow) -> String {
        let other = if arrow.from == 1 {
            ("to", arrow.to)
        } else {
            ("from", arrow.from)
        };
        let name = self.lanes.get(other.1).map(|lane| lane.name.as_str());
        format!("{} {} {}", arrow.words, other.0, name.unwrap_or_default())
    }
}

/// The ladder with the message that was chosen in it below.
#[component]
pub(crate) fn Ladder(
    /// What is drawn; the choice outlives its changes.
    view: Signal<Arc<LadderView>>,
    /// Where the file for Wireshark is.
    pcap: String,
) -> impl IntoView {
    let chosen = RwSignal::new(0_usize);
    let about = move || view.with(|it| it.about.clone());
    let left_out = move || match view.with(|it| it.left_out) {
        0 => None,
        1 => Some("1 message was not kept: there were too many.".to_owned()),
        more => Some(format!(
            "{more} messages were not kept: there were too many."
        )),
    };
    view! {
        <div class="ladder-head">
            <div>
                <h3>"SIP ladder"</h3>
                <small>{about}</small>
            </div>
            <span class="grow"></span>
            <a class="btn btn-sm" href=pcap download="" rel="external">
                {icon("download", 14)}
                "PCAP"
            </a>
        </div>
        <div class="ladder scroll">
            <div class="ladder-sheet">
                {move || drawing(&view.get(), chosen)}
            </div>
            <p class="muted ladder-left" role="note">{left_out}</p>
        </div>
        {move || view.with(|it| message(it, chosen.get()))}
    }
    .into_any()
}

fn drawing(view: &LadderView, chosen: RwSignal<usize>) -> AnyView {
    let (width, height) = (view.width(), view.height());
    let lanes: Vec<_> = view
        .lanes
        .iter()
        .enumerate()
        .map(|it| lane(it, height))
        .collect();
    let arrows: Vec<_> = view.arrows.iter().enumerate().map(arrow).collect();
    let sounds = view.sounds.iter().enumerate();
    let sounds: Vec<_> = sounds.map(|it| sound(view.arrows.len(), it)).collect();
    let choices: Vec<_> = view
        .arrows
        .iter()
        .enumerate()
        .map(|(row, arrow)| {
            let label = format!("{}, {}", arrow.at, view.title(arrow));
            let top = format!("top:{}px", LadderView::y(row) - 20);
            let pressed = move || if chosen.get() == row { "true" } else { "false" };
            view! {
                <li>
                    <button
                        type="button"
                        style=top
                        aria-label=label
                        aria-pressed=pressed
                        on:click=move |_| chosen.set(row)
                    ></button>
                </li>
            }
        })
        .collect();
    let mark = move || LadderView::y(chosen.get()).saturating_sub(20);
    view! {
        <svg width=width height=height viewBox=format!("0 0 {width} {height}") aria-hidden="true">
            <rect class="selrow" x="0" y=mark width=width height=STEP></rect>
            {lanes}
            {arrows}
            {sounds}
        </svg>
        <ol class="ladder-rows" style=format!("width:{width}px") aria-label="SIP messages">
            {choices}
        </ol>
    }
    .into_any()
}

fn lane((number, lane): (usize, &Lane), height: usize) -> AnyView {
    let x = LadderView::x(number);
    let name = shortened(&lane.name, 15);
    let address = shortened(&lane.address, 17);
    view! {
        <text class="who" x=x y="18" text-anchor="middle">
            {name}
        </text>
        <text class="ip" x=x y="34" text-anchor="middle">
            {address}
        </text>
        <path class="ll" d=format!("M{x} 44V{}", height - 8)></path>
    }
    .into_any()
}

fn arrow((row, arrow): (usize, &Arrow)) -> AnyView {
    let y = LadderView::y(row);
    let (from, to) = (LadderView::x(arrow.from), LadderView::x(arrow.to));
    let class = arrow.meaning.class();
    // The head points where the message goes; words stand in the gap beside the sender.
    let (line, gap) = if from < to {
        (
            format!("M{} {y}H{}m-5 -4l5 4l-5 4", from + 3, to - 3),
            from + APART / 2,
        )
    } else {
        (
            format!("M{} {y}H{}m5 -4l-5 4l5 4", from - 3, to + 3),
            from - APART / 2,
        )
    };
    let words = shortened(&arrow.words, 16);
    let room = words.chars().count() * 63 / 10 + 8;
    view! {
        <text class="t" x="16" y=y - 2>
            {arrow.at.clone()}
        </text>
        <path class=format!("a {class}") d=line></path>
        <rect class="bgt" x=gap - room / 2 y=y - 15 width=room height="11"></rect>
        <text class=class x=gap y=y - 6 text-anchor="middle">
            {words}
        </text>
    }
    .into_any()
}

fn sound(rows: usize, (number, sound): (usize, &Sound)) -> AnyView {
    let y = LadderView::y(rows) - 10 + number * 26;
    let ends = [LadderView::x(sound.lane), LadderView::x(1)];
    let (left, right) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
    view! {
        <rect class="rtp" x=left y=y width=right - left height="20" rx="5"></rect>
        <text class="ok" x=(left + right) / 2 y=y + 14 text-anchor="middle">
            {sound.words.clone()}
        </text>
    }
    .into_any()
}

fn message(view: &LadderView, chosen: usize) -> Option<AnyView> {
    let arrow = view.arrows.get(chosen)?;
    let (title, about) = (
        view.title(arrow),
        format!("{}, {}", arrow.at, arrow.carried),
    );
    let text = arrow.text.trim_end().to_owned();
    let shown = view! {
        <div class="msg">
            <div class="rowflex">
                <b>{title}</b>
                <span class="muted num-t">{about}</span>
            </div>
            <code class="code" tabindex="0" role="region" aria-label="The message">
                {text}
            </code>
        </div>
    };
    Some(shown.into_any())
}

/// What does not fit ends with an ellipsis.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most - 1).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_is_named_by_the_party_it_is_exchanged_with() {
        let lane = |name: &str| Lane {
            name: name.to_owned(),
            address: String::new(),
        };
        let arrow = |from, to| Arrow {
            at: "00.000".to_owned(),
            from,
            to,
            words: "INVITE".to_owned(),
            meaning: Meaning::Asks,
            carried: String::new(),
            text: String::new(),
        };
        let view = LadderView {
            lanes: vec![lane("Carrier"), lane("Patchcord"), lane("Desk 2101")],
            ..LadderView::default()
        };
        assert_eq!(view.title(&arrow(0, 1)), "INVITE from Carrier");
        assert_eq!(view.title(&arrow(1, 2)), "INVITE to Desk 2101");
    }

    #[test]
    fn long_words_are_cut() {
        assert_eq!(
            shortened("481 Call/Transaction Does Not Exist", 9),
            "481 Call…"
        );
        assert_eq!(shortened("180 Ringing", 11), "180 Ringing");
    }
}
