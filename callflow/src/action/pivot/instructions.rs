//! Carrying out TwiML: one instruction after another.

use super::dial;
use super::exchange::{Exchange, Question};
use super::xml::Element;
use crate::action::parts::announce::announce;
use crate::action::parts::collect::{Collect, collect};
use crate::action::parts::sound;
use crate::action::play::answer_gently;
use crate::call::{Call, DEFAULT_DIGITS, Ended, Next};
use crate::cause::Cause;
use crate::command::{HttpMethod, RecordLimits, Repeat, Sound, Tone, Update};
use crate::event::{Event, RecordEnd};
use crate::limits;
use crate::value::{Keys, MediaRef};

/// Longest text that is spoken at once, in characters.
const LONGEST_TEXT: usize = 4_096;
/// How often a sound inside a question is repeated at most.
const MOST_REPEATS: u32 = 10;

/// How it goes on after instructions.
pub(super) enum After {
    /// Here.
    Over(Next),
    /// With what the server says next.
    Ask(Question),
}

/// Carries out instructions.
///
/// # Errors
/// When the caller has gone.
pub(super) async fn carry_out(
    call: &mut Call,
    exchange: &Exchange<'_>,
    instructions: &[Element],
) -> Result<After, Ended> {
    // Why the last number was not reached, unless the caller has been spoken to since.
    let mut missed = None;
    for element in instructions {
        let step = match element.name.as_str() {
            "Say" | "Play" => {
                missed = None;
                speak(call, exchange, element).await?;
                None
            }
            "Pause" => {
                call.sleep(pause_ms(element)).await?;
                None
            }
            "Gather" => {
                missed = None;
                gather(call, exchange, element).await?
            }
            "Record" => {
                missed = None;
                record(call, exchange, element).await?
            }
            "Dial" => match dial::dial(call, element).await? {
                dial::Dialled::Leave(next) => Some(After::Over(next)),
                dial::Dialled::Done(status, cause) => {
                    missed = cause;
                    element.said("action").map(|_| {
                        let told = ("Dial-Call-Status", "DialCallStatus", status.to_owned());
                        After::Ask(question(element, "action", vec![told]))
                    })
                }
            },
            "Redirect" => Some(After::Ask(Question {
                target: element.text.trim().to_owned(),
                method: method(element),
                fields: Vec::new(),
            })),
            "Set" | "Variable" => {
                set(call, element);
                None
            }
            "Hangup" => Some(over(Cause::NORMAL_CLEARING)),
            "Reject" => Some(After::Over(reject(element))),
            other => {
                call.trouble(format!(
                    "The instruction <{other}> is not known; it is passed over."
                ));
                None
            }
        };
        if let Some(after) = step {
            return Ok(after);
        }
    }
    Ok(over(missed.unwrap_or(Cause::NORMAL_CLEARING)))
}

fn over(cause: Cause) -> After {
    After::Over(Next::HangUp {
        cause,
        reason: "the server’s instructions are carried out".to_owned(),
    })
}

fn reject(element: &Element) -> Next {
    let (code, reason) = match element.attribute("reason") {
        Some("busy") => (486, "Busy Here"),
        _ => (603, "Decline"),
    };
    Next::End {
        code,
        reason: reason.to_owned(),
    }
}

fn method(element: &Element) -> Option<HttpMethod> {
    let word = element.attribute("method")?.to_ascii_uppercase();
    match word.as_str() {
        "GET" => Some(HttpMethod::Get),
        "POST" => Some(HttpMethod::Post),
        _ => None,
    }
}

fn question(
    element: &Element,
    target: &str,
    fields: Vec<(&'static str, &'static str, String)>,
) -> Question {
    Question {
        target: element.attribute(target).unwrap_or_default().to_owned(),
        method: method(element),
        fields,
    }
}

fn pause_ms(element: &Element) -> u64 {
    u64::from(element.number("length", (1, 3_600), 1)) * 1_000
}

/// What an instruction makes audible.
fn audible(call: &mut Call, exchange: &Exchange<'_>, element: &Element) -> Option<Sound> {
    if element.name == "Say" {
        let text: String = element.words().chars().take(LONGEST_TEXT).collect();
        let voice = match element.attribute("voice") {
            None | Some("woman" | "alice" | "female") => "female",
            Some("man" | "male") => "male",
            Some(other) => other,
        };
        let language = element.attribute("language").unwrap_or(call.language());
        return (!text.is_empty()).then(|| Sound::Speak {
            text,
            voice: voice.to_owned(),
            language: language.to_owned(),
        });
    }
    let name = element.text.trim();
    let medium = sound::resolve(call, &MediaRef(name.to_owned()));
    let found = medium.or_else(|| exchange.address(name).map(Sound::Stream));
    if found.is_none() || name.is_empty() {
        call.trouble("There is nothing to play.");
        return None;
    }
    found
}

async fn speak(call: &mut Call, exchange: &Exchange<'_>, element: &Element) -> Result<(), Ended> {
    if let Some(digits) = element.attribute("digits") {
        let keys: String = digits.chars().filter(|c| Keys::ALL.contains(*c)).collect();
        answer_gently(call).await?;
        call.send_dtmf(
            keys.chars().take(limits::MAX_BUFFERED_DIGITS).collect(),
            200,
        )
        .await?;
        return Ok(());
    }
    let Some(sound) = audible(call, exchange, element) else {
        return Ok(());
    };
    answer_gently(call).await?;
    let repeat = match element.number("loop", (0, 1_000), 1) {
        0 => Repeat::Forever,
        times => Repeat::Times(times),
    };
    announce(call, vec![sound], repeat, "").await?;
    Ok(())
}

/// Asks the caller for keys; the server is asked what they mean.
async fn gather(
    call: &mut Call,
    exchange: &Exchange<'_>,
    element: &Element,
) -> Result<Option<After>, Ended> {
    answer_gently(call).await?;
    let mut prompt = Vec::new();
    for inner in &element.children {
        match inner.name.as_str() {
            "Say" | "Play" => {
                if let Some(sound) = audible(call, exchange, inner) {
                    let times = inner.number("loop", (1, MOST_REPEATS), 1);
                    prompt.extend((0..times).map(|_| sound.clone()));
                }
            }
            "Pause" => prompt.push(Sound::Silence {
                ms: u32::try_from(pause_ms(inner)).unwrap_or(1_000),
            }),
            other => call.trouble(format!("<{other}> inside <Gather> is passed over.")),
        }
    }
    let wait_ms = u64::from(element.number("timeout", (1, 600), 5)) * 1_000;
    let most = u32::try_from(limits::MAX_BUFFERED_DIGITS).unwrap_or(64);
    let max = element.number("numDigits", (1, most), most);
    let digits = collect(
        call,
        Collect {
            prompt,
            max: usize::try_from(max).unwrap_or(limits::MAX_BUFFERED_DIGITS),
            first_ms: wait_ms,
            between_ms: wait_ms,
            terminators: element.said("finishOnKey").unwrap_or("#"),
            may_grow: &|_| true,
        },
    )
    .await?;
    if digits.is_empty() && element.attribute("actionOnEmptyResult") != Some("true") {
        return Ok(None);
    }
    call.set_digits(DEFAULT_DIGITS, Some(digits.clone()));
    let told = ("Digits", "Digits", digits);
    Ok(Some(After::Ask(question(element, "action", vec![told]))))
}

/// Records the caller; the server is told how long it became.
async fn record(
    call: &mut Call,
    exchange: &Exchange<'_>,
    element: &Element,
) -> Result<Option<After>, Ended> {
    answer_gently(call).await?;
    if element.attribute("playBeep") != Some("false") {
        let beep = vec![Sound::Tones(vec![Tone::beep()])];
        announce(call, beep, Repeat::Times(1), "").await?;
    }
    call.flush_digits();
    let keys = element.said("finishOnKey").unwrap_or(Keys::ALL);
    let limits = RecordLimits {
        max_ms: u64::from(element.number("maxLength", (1, 3_600), 3_600)) * 1_000,
        silence_ms: element.number("timeout", (1, 600), 5) * 1_000,
        keys: keys.chars().filter(|c| Keys::ALL.contains(*c)).collect(),
    };
    let Event::Recorded {
        recording,
        duration_ms,
        end,
        ..
    } = call.record(limits).await?
    else {
        call.trouble("Recording failed; the call goes on.");
        return Ok(None);
    };
    let seconds = (duration_ms / 1_000).to_string();
    let asked = question(
        element,
        "action",
        vec![
            ("Recording-Sid", "RecordingSid", recording.0),
            ("Recording-Duration", "RecordingDuration", seconds),
        ],
    );
    if end == RecordEnd::HungUp {
        // Nobody is left to carry out an answer.
        if let Some(request) = exchange.request(call, &asked) {
            call.did(request.shown());
            call.update(Update::Webhook(request)).await;
        }
        return Err(Ended);
    }
    Ok(Some(After::Ask(asked)))
}

/// `<Set><Variable key="…" value="…"/></Set>` (KAZOO).
fn set(call: &mut Call, element: &Element) {
    let inner = if element.name == "Variable" {
        std::slice::from_ref(element)
    } else {
        element.children.as_slice()
    };
    for variable in inner {
        if let Some(key) = variable.attribute("key") {
            let value = variable.said("value").unwrap_or_default();
            call.set_variable(key, value);
            call.note_set(key, value);
        }
    }
}
