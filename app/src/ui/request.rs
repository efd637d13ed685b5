//! Requests to the API that carry files, which server functions do not.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// Sends a request, with a file as its body where there is one, and tells how it ended: the API's words when it was
/// refused.
pub(crate) fn send(
    method: &str,
    address: &str,
    file: Option<&web_sys::Blob>,
    ended: impl FnOnce(Result<(), String>) + 'static,
) {
    const SILENT: &str = "The server did not answer.";
    let Ok(request) = web_sys::XmlHttpRequest::new() else {
        return ended(Err(SILENT.to_owned()));
    };
    let answer = request.clone();
    let done = Closure::once_into_js(move || match answer.status() {
        Ok(200..=299) => ended(Ok(())),
        Ok(0) | Err(_) => ended(Err(SILENT.to_owned())),
        Ok(status) => ended(Err(refusal(&answer, status))),
    });
    request.set_onloadend(Some(done.unchecked_ref()));
    // Failures are told by `onloadend` with the status 0.
    let _ = request.open(method, address);
    let _ = request.send_with_opt_blob(file);
}

/// The `detail` of a problem (RFC 9457 §3.1.4).
fn refusal(answer: &web_sys::XmlHttpRequest, status: u16) -> String {
    let text = answer.response_text().ok().flatten().unwrap_or_default();
    let problem: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let detail = problem.get("detail").and_then(serde_json::Value::as_str);
    detail.map_or_else(
        || format!("The server refused it with the status {status}."),
        str::to_owned,
    )
}
