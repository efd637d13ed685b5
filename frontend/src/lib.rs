//! Takes over the server-rendered page in the browser.

/// Called by the page once the program is loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(app::App);
}
