//! Takes over the server-rendered page in the browser.

// The whole application is one type here; an optimising build looks deeper into it than the default.
#![recursion_limit = "1024"]

/// Called by the page once the program is loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_lazy(app::App);
}
