//! Checks a flow and simulates a call on it, as the editor does: the least that reaches the whole crate.

use callflow::simulate::{self, Scene, Script};
use serde_json::{Value, json};

/// Room for a question.
#[unsafe(no_mangle)]
pub extern "C" fn room(length: usize) -> *mut u8 {
    Vec::leak(vec![0; length]).as_mut_ptr()
}

/// Reads `{"callflows": …, "resources": …, "dialled": …, "script": …}` and answers with problems, outline and trace.
///
/// # Safety
/// `question` is a room of `length` bytes that nobody else uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn answer(question: *mut u8, length: usize) -> *const u8 {
    // SAFETY: as promised above.
    let question = unsafe { Vec::from_raw_parts(question, length, length) };
    let answer = serde_json::from_slice(&question).map_or(Value::Null, |file| all(&file));
    let mut text = answer.to_string().into_bytes();
    text.push(0);
    text.leak().as_ptr()
}

fn all(file: &Value) -> Value {
    let Ok(account) = simulate::account(file) else {
        return Value::Null;
    };
    let account = std::sync::Arc::new(account);
    let told = account.programs.values().map(|program| {
        let problems = callflow::check::check(&program.callflow, &account.directory);
        json!({"problems": problems, "outline": callflow::outline::write(&program.callflow.flow)})
    });
    let told: Vec<Value> = told.collect();
    let trace = if cfg!(feature = "calls") {
        let text = |key: &str| file.get(key).and_then(Value::as_str).unwrap_or_default();
        let script: Script = text("script").parse().unwrap_or_default();
        let scene = Scene::new(account, text("dialled"));
        simulate::run(scene, &script)
            .map(|outcome| outcome.text())
            .unwrap_or_default()
    } else {
        String::new()
    };
    json!({"flows": told, "trace": trace})
}
