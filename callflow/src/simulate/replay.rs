//! A call driven by hand: what the person at the simulator did, and doing it again.
//!
//! The interpreter draws the same every time, so a call is told by its scene and the list of inputs. One step
//! back is the same call with one input less.

use super::{MOST_HOURS, MOST_STEPS, NoRoute, Scene, Simulation, hours};
use crate::command::{Left, OpId};

/// What a person does with a simulated call. Time passes only with [`Input::Step`] and [`Input::Run`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The next thing that can be noticed happens.
    Step,
    /// Everything happens until a person is needed.
    Run,
    /// The caller presses a key.
    Press(char),
    /// A ringing phone is answered, by device id.
    PickUp(String),
    /// A ringing phone refuses.
    Refuse {
        /// The device's id.
        device: String,
        /// A final SIP code, 300 to 699.
        code: u16,
    },
    /// The caller hangs up.
    HangUp,
    /// The called party ends the conversation.
    CalledPartyHangsUp,
    /// The caller leaves the conference or the page.
    Leave,
    /// Somebody fetches the parked caller.
    Retrieve,
}

/// What a simulated call waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    /// A key.
    pub key: bool,
    /// An answer from these devices, which ring.
    pub phones: Vec<String>,
    /// The end of a recording.
    pub recording: bool,
    /// The end of a conversation.
    pub talking: bool,
    /// The end of a conference or a page.
    pub room: bool,
    /// Somebody who fetches the parked caller.
    pub parked: bool,
    pub(super) running: Vec<OpId>,
}

impl Waits {
    /// Whether what happens next is a person's choice.
    #[must_use]
    pub fn for_a_person(&self) -> bool {
        let alone = self.phones.is_empty();
        self.key || !alone || self.recording || self.talking || self.room || self.parked
    }
}

/// The call after these inputs.
///
/// # Errors
/// When no callflow answers the number.
pub fn replay(scene: Scene, inputs: &[Input]) -> Result<Simulation, NoRoute> {
    let mut simulation = Simulation::new(scene)?;
    simulation.settle();
    for input in inputs {
        simulation.take(input);
    }
    Ok(simulation)
}

impl Simulation {
    /// Does what a person does, and what happens at the same moment. What cannot be done now does nothing.
    pub fn take(&mut self, input: &Input) {
        if self.finished() {
            return;
        }
        match input {
            Input::Step => {
                let before = (self.trace().len(), self.waits());
                self.until(|now| now.trace().len() > before.0 || now.waits() != before.1);
            }
            Input::Run => {
                let before = self.waits();
                self.until(|now| {
                    let waits = now.waits();
                    waits.for_a_person() && waits != before
                });
            }
            Input::Press(key) => self.press(*key),
            Input::PickUp(device) => {
                self.pick_up(device);
            }
            Input::Refuse { device, code } => {
                self.refuse(device, *code);
            }
            Input::HangUp => self.hang_up(),
            Input::CalledPartyHangsUp => {
                self.called_party_hangs_up();
            }
            Input::Leave => {
                self.leave(Left::Key);
            }
            Input::Retrieve => {
                self.retrieve();
            }
        }
        self.settle();
    }

    /// What the call waits for now.
    #[must_use]
    pub fn waits(&self) -> Waits {
        if self.finished() {
            return Waits::default();
        }
        Waits {
            key: self.interpreter.listens(),
            phones: self.ringing(),
            running: self.open(),
            ..self.host.waits()
        }
    }

    /// Moment by moment, until something is so or nothing happens by itself any more.
    fn until(&mut self, so: impl Fn(&Self) -> bool) {
        let mut steps = 0;
        while let Some(at) = self.next_at()
            && steps < MOST_STEPS
            && hours(self.start(), at) < MOST_HOURS
        {
            self.advance();
            self.settle();
            steps += 1;
            if self.finished() || so(self) {
                break;
            }
        }
    }

    /// Lets happen what happens at this moment.
    fn settle(&mut self) {
        self.advance_to(self.now());
    }
}
