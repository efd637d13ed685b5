//! A call as an action sees it.

mod ask;
mod caller;
mod io;
mod memory;
mod park;

pub(crate) use ask::PickedUp;
pub(crate) use io::Io;
pub(crate) use memory::{AfterBridge, DEFAULT_DIGITS, Memory, Report};
pub(crate) use park::Held;

use crate::account::Account;
use crate::cause::Cause;
use crate::command::{Command, Dial, OpId, Party, RecordLimits, Repeat, Sound, Told, Update};
use crate::document::CallflowId;
use crate::event::{DialOutcome, Event, Side};
use crate::flow::{Flow, NodeId};
use crate::program::Program;
use crate::route::{Origin, Route};
use crate::trace::{Entry, Step};
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

/// What is known of a call when it begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallInfo {
    /// The call's id in records.
    pub id: String,
    /// Who calls.
    pub caller: Party,
    /// The number dialled.
    pub dialled: String,
    /// From our own phones or from outside.
    pub origin: Origin,
    /// The calling device, if it is one of the account's; of a call that a transfer put here, the one that did: the
    /// caller may do what that one may.
    pub device: Option<String>,
    /// The digits that the number's pattern captured.
    pub capture: Option<String>,
    /// Its named captures.
    pub captures: BTreeMap<String, String>,
}

/// The caller has gone: the action stops where it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended;

/// What an action leaves behind: how the engine goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// At the default branch.
    Continue,
    /// At this branch, else the default branch.
    Take {
        /// The branch key.
        key: String,
        /// Why, for the trace.
        reason: String,
    },
    /// Somebody could not be reached: the branch of the cause, else of the SIP code, else the default.
    Failed {
        /// The cause.
        cause: Cause,
        /// The SIP code.
        sip: Option<u16>,
    },
    /// In another callflow.
    Callflow {
        /// Which.
        target: CallflowId,
        /// Digits that its pattern captured.
        capture: Option<String>,
        /// Whether it comes back to this step's default branch when it runs out.
        comes_back: bool,
    },
    /// In another callflow, for good: nothing that called this one goes on.
    Transfer {
        /// Which.
        target: CallflowId,
    },
    /// At another step of the same flow.
    Jump {
        /// Which.
        to: NodeId,
    },
    /// In a flow that is no document: it came from another system, or stands inside this step.
    Flow {
        /// The flow.
        flow: Arc<Flow>,
        /// Whether it comes back to this step's default branch when it runs out.
        comes_back: bool,
    },
    /// An answered conversation is over, and with it the whole flow.
    Finished,
    /// Ends with a final SIP response (300–699); an answered call is hung up.
    End {
        /// The code.
        code: u16,
        /// The reason phrase.
        reason: String,
    },
    /// Ends for a cause.
    HangUp {
        /// The cause.
        cause: Cause,
        /// Why, for the trace.
        reason: String,
    },
}

/// A running call.
pub struct Call {
    io: Arc<Mutex<Io>>,
    account: Arc<Account>,
    program: Arc<Program>,
    info: CallInfo,
    node: Option<NodeId>,
    answered: bool,
    language: String,
    alert_info: Option<String>,
    remembered: Option<Cause>,
    memory: Memory,
    random: u64,
    /// The user who has logged in at the calling phone, in place of its owner.
    at_desk: Option<String>,
}

impl Call {
    pub(crate) fn new(
        account: Arc<Account>,
        program: Arc<Program>,
        info: CallInfo,
        seed: u64,
        io: Arc<Mutex<Io>>,
    ) -> Self {
        let language = account.language.clone();
        Self {
            io,
            account,
            program,
            info,
            node: None,
            answered: false,
            language,
            alert_info: None,
            remembered: None,
            memory: Memory::default(),
            random: seed,
            at_desk: None,
        }
    }

    /// What was known when the call began.
    #[must_use]
    pub fn info(&self) -> &CallInfo {
        &self.info
    }

    /// The account as it was when the call began.
    #[must_use]
    pub fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// The program that runs.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    pub(crate) fn program_arc(&self) -> Arc<Program> {
        Arc::clone(&self.program)
    }

    pub(crate) fn set_program(&mut self, program: Arc<Program>) {
        self.program = program;
    }

    pub(crate) fn set_node(&mut self, node: Option<NodeId>) {
        self.node = node;
    }

    pub(crate) fn set_capture(&mut self, capture: Option<String>) {
        self.info.capture = capture;
    }

    /// Now, as the host said.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.lock().now
    }

    /// Whether the step that runs has this branch.
    #[must_use]
    pub fn has_branch(&self, key: &str) -> bool {
        self.branch_keys().any(|own| own == key)
    }

    /// The branch keys of the step that runs, in order.
    pub fn branch_keys(&self) -> impl Iterator<Item = &str> {
        let node = self.node.and_then(|id| self.program.callflow.flow.node(id));
        node.into_iter()
            .flat_map(|node| node.branches.iter().map(|(key, _)| key.as_str()))
    }

    /// Whether the step that runs is the first of its flow.
    #[must_use]
    pub fn is_first_step(&self) -> bool {
        self.node.is_some() && self.node == self.program.callflow.flow.root()
    }

    /// The action of the step that leads to the one that runs, in the same flow.
    #[must_use]
    pub fn step_before(&self) -> Option<&crate::Action> {
        let flow = &self.program.callflow.flow;
        let before = flow.parent(self.node?)?;
        flow.node(before.node).map(|node| &node.action)
    }

    /// Whether the caller is still there.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.lock().hung_up().is_none()
    }

    /// Whether the call has been answered.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.answered
    }

    pub(crate) fn hangup_cause(&self) -> Cause {
        let told = self.lock().hung_up();
        told.unwrap_or(if self.answered {
            Cause::NORMAL_CLEARING
        } else {
            Cause::ORIGINATOR_CANCEL
        })
    }

    /// The prompt language.
    #[must_use]
    pub fn language(&self) -> &str {
        &self.language
    }

    /// Changes the prompt language for the rest of the call.
    pub fn set_language(&mut self, language: impl Into<String>) {
        self.language = language.into();
    }

    /// The Alert-Info that legs dialled later carry.
    #[must_use]
    pub fn alert_info(&self) -> Option<&str> {
        self.alert_info.as_deref()
    }

    /// Sets the Alert-Info of legs dialled later.
    pub fn set_alert_info(&mut self, value: Option<String>) {
        self.alert_info = value;
    }

    /// The device that transferred the caller here, if a transfer did.
    #[must_use]
    pub fn transferred_by(&self) -> Option<String> {
        self.lock().transferred_by().map(str::to_owned)
    }

    pub(crate) fn remember(&mut self, cause: Cause) {
        self.remembered = Some(cause);
    }

    pub(crate) fn forget(&mut self) {
        self.remembered = None;
    }

    pub(crate) fn remembered(&self) -> Option<Cause> {
        self.remembered.clone()
    }

    /// Looks a number up as if the caller had dialled it.
    #[must_use]
    pub fn find(&self, number: &str) -> Option<Route> {
        self.account.routes.find(number, self.info.origin)
    }

    /// A number from 0 up to, not including, `below`; 0 when `below` is 0. From the call's seed.
    pub fn random_below(&mut self, below: u64) -> u64 {
        // SplitMix64: short, well distributed, and the same on every host.
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)).checked_rem(below).unwrap_or(0)
    }

    /// Adds to the trace.
    pub fn trace(&mut self, step: Step) {
        let entry = Entry {
            at: self.now(),
            callflow: self.program.id.clone(),
            version: self.program.version,
            node: self.node,
            step,
        };
        self.lock().trace(entry);
    }

    /// Notes that something did not work and that the call goes on.
    pub fn trouble(&mut self, message: impl Into<String>) {
        self.trace(Step::Trouble {
            message: message.into(),
        });
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.lock().command(command);
    }

    pub(crate) fn cancel_open(&mut self) {
        self.lock().cancel_open();
    }

    /// Starts an operation.
    pub(crate) fn start(&mut self, make: impl FnOnce(OpId) -> Command) -> OpId {
        self.lock().start(make)
    }

    /// Ends an operation.
    pub(crate) fn cancel(&mut self, op: OpId) {
        self.lock().cancel(op);
    }

    /// The next event: a key, or the end of an operation that still runs.
    ///
    /// # Errors
    /// When the caller has gone.
    pub(crate) async fn next(&mut self) -> Result<Event, Ended> {
        poll_fn(|_| self.lock().next().map_or(Poll::Pending, Poll::Ready)).await
    }

    /// The same where a key is wanted.
    ///
    /// # Errors
    /// When the caller has gone.
    pub(crate) async fn next_or_key(&mut self) -> Result<Event, Ended> {
        self.lock().listens = true;
        let event = self.next().await;
        self.lock().listens = false;
        event
    }

    /// The end of one operation. Keys pressed meanwhile are kept for who asks next.
    ///
    /// # Errors
    /// When the caller has gone.
    pub(crate) async fn finish(&mut self, op: OpId) -> Result<Event, Ended> {
        loop {
            let event = self.next().await?;
            match event {
                Event::Digit { key } => self.lock().keep_digit(key),
                event if event.op() == Some(op) => return Ok(event),
                _ => {}
            }
        }
    }

    /// A key that was pressed before anybody asked.
    pub(crate) fn take_digit(&mut self) -> Option<char> {
        self.lock().take_digit()
    }

    /// Keeps a key for who asks next.
    pub(crate) fn keep_digit(&mut self, key: char) {
        self.lock().keep_digit(key);
    }

    /// Forgets keys pressed so far.
    pub fn flush_digits(&mut self) {
        while self.take_digit().is_some() {}
    }

    /// Answers the call, unless that is done.
    ///
    /// # Errors
    /// When the caller has gone.
    pub async fn answer(&mut self) -> Result<(), Ended> {
        if self.answered {
            return Ok(());
        }
        let op = self.start(|op| Command::Answer { op });
        if let Event::Failed { reason, .. } = self.finish(op).await? {
            self.trouble(format!("Answering failed: {reason}"));
            return Err(Ended);
        }
        self.answered = true;
        self.trace(Step::Answered);
        Ok(())
    }

    /// Starts playing; the caller of this sees the end through [`Call::next`].
    pub(crate) fn start_play(&mut self, sounds: Vec<Sound>, repeat: Repeat) -> OpId {
        let what = sounds
            .iter()
            .map(|sound| sound.describe(self))
            .collect::<Vec<_>>()
            .join(", ");
        self.trace(Step::Played { what });
        self.start(|op| Command::Play { op, sounds, repeat })
    }

    /// Plays to the end; keys pressed meanwhile are kept.
    ///
    /// # Errors
    /// When the caller has gone.
    pub async fn play_through(&mut self, sounds: Vec<Sound>, repeat: Repeat) -> Result<(), Ended> {
        let op = self.start_play(sounds, repeat);
        if let Event::Failed { reason, .. } = self.finish(op).await? {
            self.trouble(format!("Playing failed: {reason}"));
        }
        Ok(())
    }

    /// Waits.
    ///
    /// # Errors
    /// When the caller has gone.
    pub async fn sleep(&mut self, ms: u64) -> Result<(), Ended> {
        let op = self.start(|op| Command::SetTimer { op, after_ms: ms });
        self.finish(op).await.map(|_| ())
    }

    /// Starts a timer; the caller of this sees its end through [`Call::next`].
    pub(crate) fn start_timer(&mut self, after_ms: u64) -> OpId {
        self.start(|op| Command::SetTimer { op, after_ms })
    }

    /// Records the caller.
    ///
    /// # Errors
    /// When the caller had gone before the recording began. A caller who goes meanwhile ends it, which
    /// is an event, not an error.
    pub(crate) async fn record(&mut self, limits: RecordLimits) -> Result<Event, Ended> {
        let op = self.start(|op| Command::Record { op, limits });
        let event = self.finish(op).await?;
        if let Event::Recorded { duration_ms, .. } = event {
            self.trace(Step::Recorded { duration_ms });
        }
        Ok(event)
    }

    /// Rings phones and, when one answers, connects it with the caller until the conversation ends.
    ///
    /// # Errors
    /// When the caller has gone.
    pub(crate) async fn dial(&mut self, dial: Dial) -> Result<Dialed, Ended> {
        let op = self.start_dial(dial);
        let event = self.finish(op).await?;
        self.after_dial(op, event).await
    }

    /// Starts ringing phones; the caller of this sees the end through [`Call::next`].
    pub(crate) fn start_dial(&mut self, dial: Dial) -> OpId {
        self.trace(Step::Rang {
            devices: dial.legs.iter().map(|leg| leg.id().to_owned()).collect(),
        });
        self.start(|op| Command::Dial { op, dial })
    }

    /// Goes on from the end of an attempt: a phone that answered is connected with the caller until the
    /// conversation ends.
    ///
    /// # Errors
    /// When the caller has gone.
    pub(crate) async fn after_dial(&mut self, op: OpId, event: Event) -> Result<Dialed, Ended> {
        let device = match event {
            Event::Dialed {
                outcome: DialOutcome::Answered { device },
                ..
            } => device,
            Event::Dialed {
                outcome: DialOutcome::Failed { cause, sip },
                ..
            } => {
                self.trace(Step::NotReached {
                    cause: cause.to_string(),
                    sip,
                });
                return Ok(Dialed::Failed { cause, sip });
            }
            Event::Dialed {
                outcome: DialOutcome::Timeout,
                ..
            } => {
                self.trace(Step::NotReached {
                    cause: Cause::NO_ANSWER.to_string(),
                    sip: None,
                });
                return Ok(Dialed::Timeout);
            }
            event => {
                let reason = if let Event::Failed { reason, .. } = event {
                    reason
                } else {
                    "unknown".into()
                };
                self.trouble(format!("Ringing failed: {reason}"));
                return Ok(Dialed::Failed {
                    cause: Cause::NORMAL_TEMPORARY_FAILURE,
                    sip: None,
                });
            }
        };
        self.trace(Step::PickedUp { device });
        let since = self.now();
        self.answered = true;
        self.memory.was_bridged = true;
        let bridge = self.start(|bridge| Command::Bridge {
            op: bridge,
            dial: op,
        });
        let event = self.finish(bridge).await;
        let duration_ms = u64::try_from(self.now().duration_since(since).as_millis()).unwrap_or(0);
        self.trace(Step::Talked { duration_ms });
        match event? {
            Event::BridgeEnded {
                by: Side::Caller, ..
            } => Err(Ended),
            _ => Ok(Dialed::Talked),
        }
    }

    /// Changes live or stored state; works also after the caller has gone. Says whether it was done.
    pub(crate) async fn update(&mut self, update: Update) -> bool {
        let message = matches!(update, Update::Message { .. });
        let op = self.start(|op| Command::Update { op, update });
        let event = poll_fn(|_| self.lock().next_for(op).map_or(Poll::Pending, Poll::Ready)).await;
        if let Event::Failed { reason, .. } = &event {
            self.trouble(format!("Storing failed: {reason}"));
        }
        let done = matches!(event, Event::Done { .. });
        self.memory.left_message |= message && done;
        done
    }

    fn lock(&self) -> MutexGuard<'_, Io> {
        self.io.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How ringing phones ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Dialed {
    /// There was a conversation, and the called party ended it.
    Talked,
    /// No phone can answer.
    Failed {
        /// The cause.
        cause: Cause,
        /// The SIP code.
        sip: Option<u16>,
    },
    /// Nobody answered in time.
    Timeout,
}

impl Sound {
    fn describe(&self, call: &Call) -> String {
        match self {
            Self::Prompt { id, .. } => id.to_string(),
            Self::Speak { text, .. } => format!("“{text}”"),
            Self::Digits { digits, .. } => format!("digits {digits}"),
            Self::Media(id) => {
                let name = call.account.directory.name(crate::ResourceKind::Media, id);
                name.unwrap_or_else(|| format!("missing medium {id}"))
            }
            Self::Recording(_) => "the recording".to_owned(),
            Self::Message { from_ms: 0, .. } => "the message".to_owned(),
            Self::Message { from_ms, .. } => {
                let (seconds, tenths) = (from_ms / 1_000, from_ms % 1_000 / 100);
                format!("the message from {seconds}.{tenths} s")
            }
            Self::Name { text, .. } => format!("the name {text}"),
            Self::Number { number, .. } => number.to_string(),
            Self::Moment { at, told, zone, .. } => match call.account.local(zone, *at) {
                Some(local) => moment(local, *told),
                None => at.to_string(),
            },
            Self::Tones(_) => "tone".to_owned(),
            Self::Silence { ms } => format!("silence {ms} ms"),
            Self::Stream(url) => url.clone(),
        }
    }
}

/// A date and time for a person. Written out: a formatter for any pattern is a tenth of what the browser
/// loads.
fn moment(local: DateTime, told: Told) -> String {
    let date = || {
        let (year, month, day) = (local.year(), local.month(), local.day());
        format!("{year:04}-{month:02}-{day:02}")
    };
    let time = || format!("{:02}:{:02}", local.hour(), local.minute());
    match told {
        Told::Date => date(),
        Told::Time => time(),
        Told::DateTime | Told::Since(_) => format!("{} {}", date(), time()),
    }
}
