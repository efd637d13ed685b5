//! The path of a call through its flow, step by step, with the reason for each branch. Emitted once, by
//! the engine; the simulator, the call record, the path overlay and the tests read the same.

use crate::document::CallflowId;
use crate::flow::{BranchKey, NodeId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One entry of a trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// The callflow that ran.
    pub callflow: CallflowId,
    /// Its published version.
    pub version: u32,
    /// The step, if it belongs to one.
    pub node: Option<NodeId>,
    /// What happened.
    #[serde(flatten)]
    pub step: Step,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// The call entered a step.
    Entered {
        /// The step's module.
        module: String,
    },
    /// The step is switched off.
    Skipped,
    /// The call was answered.
    Answered,
    /// Something is played.
    Played {
        /// What, for a person.
        what: String,
    },
    /// The caller pressed keys.
    Keys {
        /// The keys.
        keys: String,
    },
    /// Phones are rung.
    Rang {
        /// The device ids.
        devices: Vec<String>,
    },
    /// A phone answered.
    PickedUp {
        /// The device id.
        device: String,
    },
    /// Nobody answered.
    NotReached {
        /// The cause.
        cause: String,
        /// The SIP code behind it.
        sip: Option<u16>,
    },
    /// A conversation ended.
    Talked {
        /// Its length in milliseconds.
        duration_ms: u64,
    },
    /// A message or greeting was recorded.
    Recorded {
        /// Its length in milliseconds.
        duration_ms: u64,
    },
    /// Something else was done.
    Did {
        /// What, for a person.
        what: String,
    },
    /// Live state or a variable was changed.
    Set {
        /// What.
        name: String,
        /// To what.
        value: String,
    },
    /// The branch taken.
    Took {
        /// The branch.
        key: BranchKey,
        /// Why, for a person.
        reason: String,
    },
    /// The call goes on at another step of the flow.
    Jumped {
        /// Which.
        to: NodeId,
    },
    /// Another callflow goes on with the call.
    Into {
        /// That callflow.
        target: CallflowId,
    },
    /// The called flow came back.
    Back,
    /// Something in the flow or around it did not work; the call went on.
    Trouble {
        /// What was attempted and what is wrong.
        message: String,
    },
    /// The flow ended.
    Ended {
        /// The cause.
        cause: String,
        /// Why, for a person.
        reason: String,
    },
}

impl Step {
    /// One line for a person, without time and place.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Entered { module } => format!("enter {module}"),
            Self::Skipped => "skip, switched off".to_owned(),
            Self::Answered => "answer".to_owned(),
            Self::Played { what } => format!("play {what}"),
            Self::Keys { keys } if keys.is_empty() => "no key".to_owned(),
            Self::Keys { keys } => format!("keys {keys}"),
            Self::Rang { devices } => format!("ring {}", devices.join(", ")),
            Self::PickedUp { device } => format!("answered by {device}"),
            Self::NotReached {
                cause,
                sip: Some(code),
            } => format!("not reached: {cause}, SIP {code}"),
            Self::NotReached { cause, sip: None } => format!("not reached: {cause}"),
            Self::Talked { .. } => "conversation ended".to_owned(),
            Self::Recorded { .. } => "recorded".to_owned(),
            Self::Did { what } => what.clone(),
            Self::Set { name, value } => format!("set {name} to {value}"),
            Self::Took { key, reason } => format!("branch {key}: {reason}"),
            Self::Jumped { to } => format!("jump to {to}"),
            Self::Into { target } => format!("into callflow {target}"),
            Self::Back => "back from callflow".to_owned(),
            Self::Trouble { message } => format!("trouble: {message}"),
            Self::Ended { cause, reason } => format!("end {cause}: {reason}"),
        }
    }
}
