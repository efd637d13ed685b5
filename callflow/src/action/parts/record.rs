//! Recording the caller: the beep, the recording and the review of it.

use crate::action::parts::collect::{Collect, collect};
use crate::action::parts::sound::prompt;
use crate::call::{Call, Ended};
use crate::command::{RecordLimits, RecordingId, Repeat, Sound, Tone, Update};
use crate::event::{Event, RecordEnd};
use crate::value::Keys;

/// What was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Take {
    /// The recording.
    pub recording: RecordingId,
    /// Its length in milliseconds.
    pub duration_ms: u64,
    /// Whether the caller ended it by hanging up.
    pub hung_up: bool,
}

/// What the caller wants done with a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Keep it.
    Save,
    /// Record it again.
    Again,
    /// Keep it and go to the operator.
    Operator,
}

/// Silence that ends a recording, in milliseconds.
const SILENCE_MS: u32 = 5_000;
/// How often the review question is asked before the recording is kept without an answer.
const REVIEW_ROUNDS: u32 = 4;

/// Beeps and records; any key, silence or the limit ends it. `None` when recording is impossible.
///
/// # Errors
/// When the caller had gone before the recording began.
pub async fn take(call: &mut Call, max_ms: u64) -> Result<Option<Take>, Ended> {
    call.play_through(vec![Sound::Tones(vec![Tone::beep()])], Repeat::Times(1))
        .await?;
    // A key pressed during the beep must not end the recording that it asked for.
    call.flush_digits();
    let limits = RecordLimits {
        max_ms,
        silence_ms: SILENCE_MS,
        keys: Keys::ALL.to_owned(),
    };
    let event = call.record(limits).await?;
    call.flush_digits();
    match event {
        Event::Recorded {
            recording,
            duration_ms,
            end,
            ..
        } => Ok(Some(Take {
            recording,
            duration_ms,
            hung_up: end == RecordEnd::HungUp,
        })),
        Event::Failed { reason, .. } => {
            call.trouble(format!("Recording failed: {reason}"));
            Ok(None)
        }
        _ => Ok(None),
    }
}

/// Asks: 1 save, 2 listen, 3 record again, and 0 operator where there is one. No answer saves.
///
/// # Errors
/// When the caller has gone.
pub async fn review(
    call: &mut Call,
    recording: &RecordingId,
    operator: bool,
) -> Result<Verdict, Ended> {
    let mut rounds = 0;
    let mut listen = false;
    while rounds < REVIEW_ROUNDS {
        let mut sounds = vec![prompt(call, "vm-review_recording")];
        if listen {
            sounds.insert(0, Sound::Recording(recording.clone()));
        }
        listen = false;
        let question = Collect {
            prompt: sounds,
            max: 1,
            first_ms: 3_000,
            between_ms: 3_000,
            terminators: "",
            may_grow: &|_| false,
        };
        match collect(call, question).await?.as_str() {
            "1" => return Ok(Verdict::Save),
            "2" => listen = true,
            "3" => return Ok(Verdict::Again),
            "0" if operator => return Ok(Verdict::Operator),
            _ => rounds += 1,
        }
    }
    Ok(Verdict::Save)
}

/// What is asked of somebody who records a greeting or a name.
#[derive(Clone, Copy, Debug)]
pub struct Dictation {
    /// The prompt that asks for it.
    pub prompt: &'static str,
    /// The shortest recording that is kept, in milliseconds.
    pub shortest_ms: u64,
    /// The longest, in milliseconds.
    pub longest_ms: u64,
}

/// How often somebody may record anew.
const MOST_TAKES: u32 = 10;

/// Asks for a recording and has it reviewed until it is to be kept. `None` when nothing came of it. Who hangs up has
/// changed nothing: nobody has listened to the recording.
///
/// # Errors
/// When the caller has gone.
pub async fn dictate(call: &mut Call, wanted: Dictation) -> Result<Option<RecordingId>, Ended> {
    let mut instructions = vec![prompt(call, wanted.prompt)];
    for _ in 0..MOST_TAKES {
        call.play_through(std::mem::take(&mut instructions), Repeat::Times(1))
            .await?;
        let Some(take) = take(call, wanted.longest_ms).await? else {
            return Ok(None);
        };
        if take.hung_up {
            discard(call, take.recording).await;
            return Err(Ended);
        }
        if take.duration_ms < wanted.shortest_ms {
            discard(call, take.recording).await;
            instructions = vec![
                prompt(call, "vm-recording_to_short"),
                prompt(call, wanted.prompt),
            ];
            continue;
        }
        match review(call, &take.recording, false).await {
            Ok(Verdict::Again) => {
                discard(call, take.recording).await;
                instructions = vec![prompt(call, wanted.prompt)];
            }
            Ok(_) => return Ok(Some(take.recording)),
            Err(Ended) => {
                discard(call, take.recording).await;
                return Err(Ended);
            }
        }
    }
    Ok(None)
}

/// Gives a recording up.
pub async fn discard(call: &mut Call, recording: RecordingId) {
    call.update(Update::Discard { recording }).await;
}
