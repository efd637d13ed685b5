//! The sign-in page: a plain form, answered by the server.

use crate::ui::icon::{icon, mark};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// E-mail and password, posted to `/sign-in`.
#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    let query = use_query_map();
    let failed = move || {
        query
            .with(|q| q.get("failed"))
            .map(|why| match why.as_str() {
                "wait" => "Too many attempts. Wait a few minutes, then try again.",
                _ => "E-mail or password is wrong. Check both and try again.",
            })
    };
    let next = move || query.with(|q| q.get("next").unwrap_or_default());
    view! {
        <Title text="Sign in" />
        <div class="login">
            <main class="login-form">
                <a class="brand" href="/">
                    {mark(32)} <b>"Patchcord"</b>
                </a>
                <form method="post" action="/sign-in">
                    <h1>"Sign in"</h1>
                    <p>"Callflows, phones and numbers for your accounts."</p>
                    {move || {
                        failed()
                            .map(|why| {
                                view! {
                                    <p class="err-text" role="alert">
                                        {icon("circle-alert", 14)}
                                        {why}
                                    </p>
                                }
                            })
                    }}
                    <div class="field">
                        <label for="email">"Email"</label>
                        <input
                            class="input"
                            id="email"
                            name="email"
                            type="email"
                            autocomplete="username"
                            required
                            autofocus
                        />
                    </div>
                    <div class="field">
                        <label for="password">"Password"</label>
                        <input
                            class="input"
                            id="password"
                            name="password"
                            type="password"
                            autocomplete="current-password"
                            required
                        />
                    </div>
                    <input type="hidden" name="next" value=next />
                    <button class="btn btn-primary btn-lg" type="submit">
                        "Sign in"
                    </button>
                </form>
            </main>
            <div class="login-art" aria-hidden="true">
                {switchboard()}
            </div>
        </div>
    }
    .into_any()
}

/// A cord of the drawing: from column and row, to column and row, colour, sag.
struct Cord(u32, u32, u32, u32, &'static str, u32);

const CORDS: &[Cord] = &[
    Cord(0, 0, 3, 3, "#e39a54", 210),
    Cord(2, 0, 5, 2, "#6f9bff", 150),
    Cord(6, 0, 8, 3, "#e39a54", 170),
    Cord(1, 2, 4, 5, "#d7dee8", 170),
    Cord(7, 2, 5, 5, "#6f9bff", 190),
];

/// Rows of jacks with a few cords plugged in.
fn switchboard() -> impl IntoView {
    let x = |column: u32| 92 + column * 76;
    let y = |row: u32| 96 + row * 112;
    let first = [
        "0120", "0121", "0124", "0125", "0126", "0127", "0129", "0133", "0190",
    ];
    let rows = (0..7_u32)
        .map(|row| {
            let jacks = (0..9_u32)
                .map(|column| {
                    let plugged = CORDS
                        .iter()
                        .any(|c| (c.0, c.1) == (column, row) || (c.2, c.3) == (column, row));
                    let class = if plugged { "hole on" } else { "hole" };
                    let label = match first.get(column as usize) {
                        Some(name) if row == 0 => (*name).to_owned(),
                        _ => (2000 + row * 10 + column).to_string(),
                    };
                    view! {
                        <text class="lbl" x=x(column) y=y(row) - 40 text-anchor="middle">
                            {label}
                        </text>
                        <circle class=class cx=x(column) cy=y(row) r="13" />
                        <circle class=class cx=x(column) cy=y(row) r="5" />
                    }
                })
                .collect_view();
            view! {
                <rect class="strip" x="52" y=y(row) - 54 width="688" height="20" rx="4" />
                {jacks}
            }
        })
        .collect_view();
    let cords = CORDS
        .iter()
        .map(|Cord(a, b, c, d, colour, sag)| {
            let (x1, y1, x2, y2) = (x(*a), y(*b), x(*c), y(*d));
            let low = y1.max(y2) + sag;
            let path = format!("M{x1} {y1}C{x1} {low},{x2} {low},{x2} {y2}");
            view! {
                <path
                    d=path.clone()
                    fill="none"
                    stroke="#05070a"
                    stroke-opacity=".55"
                    stroke-width="13"
                    transform="translate(4 7)"
                />
                <path d=path fill="none" stroke=*colour stroke-width="7" stroke-linecap="round" />
                <circle cx=x1 cy=y1 r="9" fill=*colour />
                <circle cx=x2 cy=y2 r="9" fill=*colour />
            }
        })
        .collect_view();
    view! {
        <svg viewBox="0 0 800 900" preserveAspectRatio="xMidYMid slice">
            {rows}
            {cords}
        </svg>
    }
    .into_any()
}
