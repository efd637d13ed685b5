//! The host of a simulated call: executes commands on a virtual clock. Nothing is played and no phone rings.

use callflow::call::CallInfo;
use callflow::command::{Command, OpId, RecordingId, Repeat, Sound, Tone};
use callflow::event::{DialOutcome, RecordEnd, Side};
use callflow::trace::Entry;
use callflow::{Account, Cause, Event, Interpreter, Program};
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;
use std::sync::Arc;

/// What the caller does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Press {
    /// Presses a key.
    Key(char),
    /// Does nothing for so many milliseconds.
    Wait(i64),
}

/// A caller who is connected to nothing hangs up after this long.
const PATIENCE_MS: i64 = 60_000;
/// Length of a simulated conversation.
const TALK_MS: i64 = 30_000;
/// Length of a simulated message.
const MESSAGE_MS: u64 = 5_000;
/// A phone that answers does so after this long.
const ANSWERS_AFTER_MS: i64 = 4_000;
/// Events after which the call is ended: a flow that never ends must not run for ever here.
const MOST_EVENTS: usize = 20_000;

/// Runs one call.
pub(super) struct Host {
    now: Timestamp,
    presses: VecDeque<Press>,
    answering: Vec<String>,
    /// What will happen, by time; the order of equal times is the order of asking.
    due: Vec<(Timestamp, Event)>,
    answered: bool,
    recording: Option<(OpId, Timestamp, String)>,
    recordings: u32,
}

impl Host {
    pub(super) fn new(now: Timestamp, presses: Vec<Press>, answering: Vec<String>) -> Host {
        Host {
            now,
            presses: presses.into(),
            answering,
            due: Vec::new(),
            answered: false,
            recording: None,
            recordings: 0,
        }
    }

    /// Runs the call to its end; `tell` gets every trace entry as it comes.
    pub(super) fn run(
        &mut self,
        account: Arc<Account>,
        program: Arc<Program>,
        info: CallInfo,
        mut tell: impl FnMut(&Entry),
    ) {
        let mut interpreter = Interpreter::new(account, program, info, 1);
        let mut commands = interpreter.start(self.now);
        for _ in 0..MOST_EVENTS {
            for entry in interpreter.take_trace() {
                tell(&entry);
            }
            for command in commands {
                self.execute(command);
            }
            if interpreter.finished() {
                return;
            }
            let event = self.next();
            commands = interpreter.handle(self.now, event);
        }
        interpreter.handle(self.now, gone());
        for entry in interpreter.take_trace() {
            tell(&entry);
        }
    }

    fn after(&mut self, ms: i64, event: Event) {
        let at = later(self.now, ms);
        self.due.push((at, event));
    }

    fn execute(&mut self, command: Command) {
        match command {
            Command::Answer { op } => {
                self.answered = true;
                self.after(0, Event::Done { op });
            }
            Command::Play { op, sounds, repeat } => {
                let once: i64 = sounds.iter().map(length_ms).sum();
                if let Repeat::Times(times) = repeat {
                    self.after(
                        once.saturating_mul(i64::from(times.max(1))),
                        Event::PlayEnded { op },
                    );
                }
            }
            Command::Record { op, limits } => {
                self.recording = Some((op, self.now, limits.keys));
                let end = if limits.silence_ms > 0 {
                    RecordEnd::Silence
                } else {
                    RecordEnd::Limit
                };
                let ms = limits.max_ms.min(MESSAGE_MS);
                self.recordings += 1;
                let recording = RecordingId(format!("recording-{}", self.recordings));
                self.after(
                    ms.cast_signed(),
                    Event::Recorded {
                        op,
                        recording,
                        duration_ms: ms,
                        end,
                    },
                );
            }
            Command::Dial { op, dial } => {
                let winner = dial
                    .legs
                    .iter()
                    .filter(|leg| {
                        self.answering
                            .iter()
                            .any(|name| name == "any" || *name == leg.device)
                    })
                    .min_by_key(|leg| leg.delay_ms);
                let limit = dial.timeout_ms.map_or(PATIENCE_MS, u64::cast_signed);
                let (ms, outcome) = match winner {
                    Some(leg) if leg.delay_ms.cast_signed() + ANSWERS_AFTER_MS < limit => (
                        leg.delay_ms.cast_signed() + ANSWERS_AFTER_MS,
                        DialOutcome::Answered {
                            device: leg.device.clone(),
                        },
                    ),
                    _ => (limit, DialOutcome::Timeout),
                };
                self.after(ms, Event::Dialed { op, outcome });
            }
            Command::Bridge { op, .. } => {
                self.answered = true;
                self.after(
                    TALK_MS,
                    Event::BridgeEnded {
                        op,
                        by: Side::Callee,
                    },
                );
            }
            Command::SetTimer { op, after_ms } => {
                self.after(after_ms.cast_signed(), Event::Timer { op });
            }
            Command::Cancel { op } => self.due.retain(|(_, event)| event.op() != Some(op)),
            Command::Update { op, .. } => self.after(0, Event::Done { op }),
            Command::Query { op, .. } => self.after(0, Event::Count { op, count: 0 }),
            Command::Echo { .. } | Command::End { .. } => {}
        }
    }

    /// What happens next: the caller's next key, the next thing due, or, when nothing is left, the caller hangs up.
    fn next(&mut self) -> Event {
        let soonest = self
            .due
            .iter()
            .enumerate()
            .min_by_key(|(place, (at, _))| (*at, *place))
            .map(|(place, (at, _))| (place, *at));
        let at_once = soonest.is_some_and(|(_, at)| at <= self.now);
        if self.answered && !at_once {
            match self.presses.front().copied() {
                Some(Press::Key(key)) => {
                    self.presses.pop_front();
                    return self.press(key);
                }
                Some(Press::Wait(ms)) => {
                    let until = later(self.now, ms);
                    match soonest {
                        Some((_, at)) if at <= until => {
                            // The rest of the pause is left for afterwards.
                            let rest = until.duration_since(at).as_millis();
                            self.presses[0] = Press::Wait(i64::try_from(rest).unwrap_or(0));
                        }
                        _ => {
                            self.presses.pop_front();
                            self.now = until;
                            return self.next();
                        }
                    }
                }
                None => {}
            }
        }
        match soonest {
            Some((place, at)) => {
                self.now = self.now.max(at);
                let (_, event) = self.due.remove(place);
                if self
                    .recording
                    .as_ref()
                    .is_some_and(|(op, ..)| event.op() == Some(*op))
                {
                    self.recording = None;
                }
                event
            }
            None => {
                self.now = later(self.now, PATIENCE_MS);
                gone()
            }
        }
    }

    /// A key ends a recording that listens for it; otherwise the flow gets it.
    fn press(&mut self, key: char) -> Event {
        let ends = self
            .recording
            .as_ref()
            .is_some_and(|(_, _, keys)| keys.contains(key));
        let Some((op, since, _)) = self.recording.take_if(|_| ends) else {
            return Event::Digit { key };
        };
        self.due.retain(|(_, event)| event.op() != Some(op));
        let duration_ms = u64::try_from(self.now.duration_since(since).as_millis()).unwrap_or(0);
        Event::Recorded {
            op,
            recording: RecordingId(format!("recording-{}", self.recordings)),
            duration_ms,
            end: RecordEnd::Key(key),
        }
    }
}

fn gone() -> Event {
    Event::HungUp {
        cause: Cause::NORMAL_CLEARING,
    }
}

fn later(now: Timestamp, ms: i64) -> Timestamp {
    now.saturating_add(SignedDuration::from_millis(ms))
        .unwrap_or(now)
}

/// About how long a sound lasts, in milliseconds.
fn length_ms(sound: &Sound) -> i64 {
    match sound {
        Sound::Prompt { .. } | Sound::Media(_) => 3_000,
        Sound::Speak { text, .. } => 70 * i64::try_from(text.chars().count()).unwrap_or(0),
        Sound::Digits { digits, .. } => 500 * i64::try_from(digits.len()).unwrap_or(0),
        Sound::Recording(_) => MESSAGE_MS.cast_signed(),
        Sound::Tones(tones) => tones.iter().map(tone_ms).sum(),
        Sound::Silence { ms } => i64::from(*ms),
        Sound::Stream(_) => 10_000,
    }
}

fn tone_ms(tone: &Tone) -> i64 {
    // An endless tone lasts longer than any caller's patience.
    let times = if tone.times == 0 {
        3_600
    } else {
        i64::from(tone.times)
    };
    (i64::from(tone.on_ms) + i64::from(tone.off_ms)).saturating_mul(times)
}
