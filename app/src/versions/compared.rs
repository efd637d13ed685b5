//! Two versions, drawn together or side by side, with what differs.

use super::ask::Ask;
use super::list::counted;
use super::{BlockView, Comparison, Drawing, History, HistoryView, Mark, Side, Told};
use crate::ui::icon::icon;
use crate::ui::number::spaced;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};

/// How far an outline indents: the text needs room as well.
const DEEPEST: usize = 4;

/// The comparison, or a sentence where there is none.
#[component]
pub(super) fn Compared(history: History, view: HistoryView) -> impl IntoView {
    let Some(compared) = view.compared.clone() else {
        return view! {
            <main class="canvas diff" id="compared" aria-label="Comparison">
                <div class="empty">
                    <p>"There is nothing to compare yet. Publishing makes the first version."</p>
                </div>
            </main>
        }
        .into_any();
    };
    let query = use_query_map();
    let beside = Memo::new(move |_| query.with(|q| q.get("view").as_deref() == Some("beside")));
    let name = format!("Comparison of {} and {}", compared.from, compared.to);
    let address = history.address(Some(compared.from), compared.to);
    let drawn = compared.clone();
    let stages = move || {
        if beside.get() {
            view! {
                <div class="beside">
                    {stage(&drawn.before, format!("{} alone", drawn.from))}
                    {stage(&drawn.after, format!("{} alone", drawn.to))}
                </div>
            }
            .into_any()
        } else {
            let name = format!("{}, {} to {}", drawn.together.title, drawn.from, drawn.to);
            stage(&drawn.together, name).into_any()
        }
    };
    view! {
        <main class="canvas diff" id="compared" aria-label=name>
            <Bar history view compared=compared.clone() beside address />
            <div class="diff-ground scroll" role="region" tabindex="0" aria-label="Diagram">
                {stages}
            </div>
            {told(&compared)}
        </main>
    }
    .into_any()
}

/// Which versions, how much differs, how it is drawn, and the way back.
#[component]
fn Bar(
    history: History,
    view: HistoryView,
    compared: Comparison,
    beside: Memo<bool>,
    address: String,
) -> impl IntoView {
    let (from, to) = (compared.from, compared.to);
    let mut sides: Vec<(Side, String)> = std::iter::once(&view.draft)
        .chain(&view.rows)
        .map(|row| (row.side, format!("{}, {}", row.side, row.when)))
        .collect();
    for side in [from, to] {
        if !sides.iter().any(|(listed, _)| *listed == side) {
            sides.push((side, side.to_string()));
        }
    }
    let navigate = StoredValue::new(use_navigate());
    let sides = StoredValue::new(sides);
    let go = move |from: Side, to: Side| {
        navigate.with_value(|go| go(&history.address(Some(from), to), Default::default()));
    };
    let select = move |name: &'static str, chosen: Side, pick: Callback<Side>| {
        let options = sides.with_value(|sides| {
            sides
                .iter()
                .map(|(side, text)| {
                    view! {
                        <option value=side.key() selected=*side == chosen>
                            {text.clone()}
                        </option>
                    }
                })
                .collect_view()
        });
        let changed = move |key: String| {
            let side = sides.with_value(|sides| {
                let found = sides.iter().find(|(side, _)| side.key() == key);
                found.map(|(side, _)| *side)
            });
            if let Some(side) = side {
                pick.run(side);
            }
        };
        view! {
            <select
                class="input"
                aria-label=name
                disabled=move || !history.ready.get()
                on:change:target=move |ev| changed(ev.target().value())
            >
                {options}
            </select>
        }
    };
    let back = match from {
        Side::Version(version) if Some(version) != view.live => Some(version),
        _ => None,
    };
    let together = address.clone();
    let current = move |wanted: bool| move || (beside.get() == wanted).then_some("true");
    view! {
        <div class="diff-bar">
            {select("Older version", from, Callback::new(move |from| go(from, to)))}
            {icon("arrow-right", 16)}
            {select("Newer version", to, Callback::new(move |to| go(from, to)))}
            {counted(&compared.counts)}
            <nav class="seg end" aria-label="How to draw">
                <a href=together aria-current=current(false)>"Together"</a>
                <a href=format!("{address}&view=beside") aria-current=current(true)>"Side by side"</a>
            </nav>
            {back
                .map(|version| {
                    view! {
                        <button
                            class="btn"
                            disabled=move || !history.ready.get()
                            on:click=move |_| history.asking.set(Some(Ask::RollBack(version)))
                        >
                            {icon("rotate-ccw", 16)}
                            {format!("Roll back to v{version}")}
                        </button>
                    }
                })}
        </div>
    }
    .into_any()
}

fn stage(drawing: &Drawing, name: String) -> impl IntoView + use<> {
    let wires = drawing
        .wires
        .iter()
        .map(|wire| {
            let class = match wire.mark {
                Some(Mark::Added) => "wire d-add",
                Some(Mark::Removed) => "wire d-del",
                _ => "wire",
            };
            view! {
                <g class=class>
                    <path d=wire.path.clone() />
                </g>
            }
        })
        .collect_view();
    let jacks = drawing
        .jacks
        .iter()
        .map(|(x, y)| view! { <circle class="jack" cx=*x cy=*y r="4" /> })
        .collect_view();
    let numbers = drawing
        .numbers
        .iter()
        .take(3)
        .map(|number| view! { <span class="num">{spaced(number)}</span> })
        .collect_view();
    let more = drawing.numbers.len().saturating_sub(3);
    let blocks = drawing.blocks.iter().map(block).collect_view();
    view! {
        <div class="stage" style=format!("--tw:{}px;--th:{}px", drawing.width, drawing.height)>
            <svg class="wires" width=drawing.width height=drawing.height aria-hidden="true">
                {wires}
                {jacks}
            </svg>
            <ol class="tree" aria-label=name>
                <li>
                    <div class="main-block node" style=drawing.main.clone()>
                        <div class="mb-head">
                            <span class="mb-icon">{icon("phone", 16)}</span>
                            <span class="mb-name">{drawing.title.clone()}</span>
                        </div>
                        <div class="mb-nums">
                            {numbers}
                            {(more > 0).then(|| view! { <span class="num">{format!("+{more} more")}</span> })}
                        </div>
                    </div>
                </li>
                {blocks}
            </ol>
        </div>
    }
    .into_any()
}

fn block(view: &BlockView) -> impl IntoView + use<> {
    let label = view.label.as_ref().map(|pill| {
        view! {
            <span class="pill" class:key=pill.key_cap style=pill.place.clone()>
                {pill.text.clone()}
            </span>
        }
    });
    let inside = if view.hidden > 0 {
        view! {
            <div class="node chip-node" style=view.place.clone()>
                {icon("unfold-vertical", 16)}
                <span>
                    <b>{format!("{} steps", view.hidden)}</b>
                    " unchanged"
                </span>
            </div>
        }
        .into_any()
    } else {
        let class = match view.mark {
            Some(mark) => format!("node fam-{} {}", view.family, look(mark).0),
            None => format!("node fam-{}", view.family),
        };
        view! {
            <div class=class class:is-skipped=view.skipped style=view.place.clone()>
                {view.mark.map(tag)}
                <span class="tile">{icon(&view.icon, 18)}</span>
                <span class="node-text">
                    <b>{view.title.clone()}</b>
                    <small title=view.detail.clone()>
                        {view.was.clone().map(|was| view! { <del class="was">{was}</del> })} {view.detail.clone()}
                    </small>
                </span>
            </div>
        }
        .into_any()
    };
    view! {
        <li style=format!("--level:{}", view.level.min(DEEPEST))>
            {label} {inside}
        </li>
    }
    .into_any()
}

/// Class of the block, class of the tag, icon, word.
fn look(mark: Mark) -> (&'static str, &'static str, &'static str, &'static str) {
    match mark {
        Mark::Added => ("d-add", "d-tag add", "plus", "Added"),
        Mark::Removed => ("d-del", "d-tag del", "minus", "Removed"),
        Mark::Changed => ("d-chg", "d-tag chg", "pencil", "Changed"),
        Mark::Moved => ("d-mov", "d-tag mov", "move", "Moved"),
    }
}

fn tag(mark: Mark) -> impl IntoView {
    let (_, class, glyph, word) = look(mark);
    view! { <span class=class>{icon(glyph, 12)} {word}</span> }.into_any()
}

/// What differs, in words, with the values from and to.
fn told(compared: &Comparison) -> impl IntoView + use<> {
    let title = match compared.changes.len() {
        0 => format!("{} and {} say the same", compared.from, compared.to),
        1 => "1 change".to_owned(),
        count => format!("{count} changes"),
    };
    let rows = compared.changes.iter().map(change).collect_view();
    view! {
        <section class="diff-card scroll" aria-label="What differs" tabindex="0">
            <h2>{title}</h2>
            <ul>{rows}</ul>
        </section>
    }
    .into_any()
}

fn change(told: &Told) -> impl IntoView + use<> {
    let (_, class, glyph, word) = told
        .mark
        .map_or(("", "d-tag chg", "pencil", "Changed"), look);
    let fields = told
        .fields
        .iter()
        .map(|field| {
            let from = (!field.from.is_empty()).then(|| view! { <del>{field.from.clone()}</del> });
            let to = if field.to.is_empty() {
                view! { <span class="muted">"empty"</span> }.into_any()
            } else {
                view! { <ins>{field.to.clone()}</ins> }.into_any()
            };
            view! {
                <dt>{field.label.clone()}</dt>
                <dd>{from} " " {to}</dd>
            }
        })
        .collect_view();
    // The values say it better than the sentence does.
    let text = if told.fields.is_empty() {
        told.text.clone()
    } else {
        told.text
            .split_once(": ")
            .map_or(told.text.clone(), |(text, _)| text.to_owned())
    };
    view! {
        <li>
            <p>
                <span class=class>{icon(glyph, 12)} {word}</span>
                <span>{text}</span>
            </p>
            {(!told.fields.is_empty()).then(|| view! { <dl>{fields}</dl> })}
        </li>
    }
    .into_any()
}
