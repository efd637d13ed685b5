//! The web interface of Patchcord: pages, the callflow editor and the thin server functions between them.
//!
//! The same code renders on the server (`ssr`) and takes over in the browser (`hydrate`). Pages can be read
//! without script; editing needs it.

#![recursion_limit = "256"]
// Components take their properties by value, whether or not they consume them.
#![allow(clippy::needless_pass_by_value)]

#[cfg(not(erase_components))]
compile_error!(
    "Patchcord's pages are compiled with --cfg erase_components, which .cargo/config.toml sets. Compile inside the \
     project's directory; where RUSTFLAGS are set, add it to them."
);

mod account;
mod accounts;
#[cfg(feature = "ssr")]
mod backend;
mod callflows;
mod calls;
mod editor;
mod form;
mod live;
mod numbers;
mod resources;
mod routes;
mod schedule;
mod search;
mod sign_in;
mod simulator;
mod trouble;
mod ui;
mod versions;
mod words;

#[cfg(feature = "ssr")]
pub use backend::{Phones, Reachable, SipMessages};
pub use simulator::SystemPrompts;
pub use trouble::Trouble;

use account::AccountFrame;
use callflows::{CallflowsPage, DeletedPage};
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{Lazy, ParamSegment, SsrMode, StaticSegment};
use resources::ResourcesPage;
use routes::{
    AccountsPart, CallPart, CallsPart, EditorPart, NumbersPart, OwnNumbersPart, ResourcePart,
    SettingsPart, VersionsPart,
};
use sign_in::SignInPage;
use ui::page::NotFoundPage;

/// The document around every page.
#[must_use]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" type="image/svg+xml" href="/icons/mark.svg" />
                <link
                    rel="preload"
                    href="/fonts/inter-latin-opsz-normal.woff2"
                    r#as="font"
                    r#type="font/woff2"
                    crossorigin="anonymous"
                />
                <HashedStylesheet options=options.clone() id="style" />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The application: its routes.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        // The empty text stands until a page that is loaded later has its own: the title is never nothing.
        <Title text="" formatter=|title: String| {
            if title.is_empty() { "Patchcord".to_owned() } else { format!("{title} · Patchcord") }
        } />
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=StaticSegment("sign-in") view=SignInPage ssr=SsrMode::Async />
                <Route path=StaticSegment("accounts") view={Lazy::<AccountsPart>::new()} ssr=SsrMode::Async />
                <Route path=StaticSegment("numbers") view={Lazy::<NumbersPart>::new()} ssr=SsrMode::Async />
                <ParentRoute
                    path=(StaticSegment("a"), ParamSegment("account"))
                    view=AccountFrame
                    ssr=SsrMode::Async
                >
                    <Route path=StaticSegment("callflows") view=CallflowsPage />
                    <Route path=StaticSegment("deleted-callflows") view=DeletedPage />
                    <Route path=(StaticSegment("callflows"), ParamSegment("callflow")) view={Lazy::<EditorPart>::new()} />
                    <Route
                        path=(StaticSegment("callflows"), ParamSegment("callflow"), StaticSegment("versions"))
                        view={Lazy::<VersionsPart>::new()}
                    />
                    <Route path=StaticSegment("calls") view={Lazy::<CallsPart>::new()} />
                    <Route path=(StaticSegment("calls"), ParamSegment("call")) view={Lazy::<CallPart>::new()} />
                    <Route path=StaticSegment("numbers") view={Lazy::<OwnNumbersPart>::new()} />
                    <Route path=StaticSegment("settings") view={Lazy::<SettingsPart>::new()} />
                    <Route path=ParamSegment("section") view=ResourcesPage />
                    <Route path=(ParamSegment("section"), ParamSegment("id")) view={Lazy::<ResourcePart>::new()} />
                </ParentRoute>
            </Routes>
        </Router>
    }
}
