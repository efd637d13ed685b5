//! Receiving a fax.

use crate::call::{Call, Ended, Next};
use crate::command::Fax;
use crate::field::{Choice, Field, FieldKind};
use crate::json;
use serde_json::Value;

/// Whether T.38 may be negotiated: KAZOO's `fax_option`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FaxOption {
    /// As the fax box says, else yes.
    #[default]
    Auto,
    /// Yes.
    On,
    /// No: the fax is received as sound.
    Off,
}

impl FaxOption {
    /// Whether T.38 may be negotiated, where `otherwise` is what holds without a word of the step.
    #[must_use]
    pub fn allows(self, otherwise: bool) -> bool {
        match self {
            Self::Auto => otherwise,
            Self::On => true,
            Self::Off => false,
        }
    }
}

impl Field for FaxOption {
    fn kind() -> FieldKind {
        FieldKind::Choice(&[
            Choice {
                value: "auto",
                label: "Automatic",
            },
            Choice {
                value: "true",
                label: "Yes",
            },
            Choice {
                value: "false",
                label: "No",
            },
        ])
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        match (json::boolean(value), value.as_str()) {
            (Some(true), _) => Ok(Self::On),
            (Some(false), _) => Ok(Self::Off),
            (None, Some("auto")) => Ok(Self::Auto),
            _ => Err("Choose one of: Automatic, Yes, No.".to_owned()),
        }
    }
    fn to_json(&self) -> Value {
        match self {
            Self::Auto => "auto".into(),
            Self::On => true.into(),
            Self::Off => false.into(),
        }
    }
    fn to_form(&self) -> Value {
        match self {
            Self::Auto => "auto".into(),
            Self::On => "true".into(),
            Self::Off => "false".into(),
        }
    }
}

/// Answers and receives. A fax that came ends the call; one that did not is noted, and the call goes on.
///
/// # Errors
/// When the caller has gone.
pub(crate) async fn receive(call: &mut Call, fax: Fax) -> Result<Next, Ended> {
    call.answer().await?;
    let Some((pages, error)) = call.receive_fax(fax).await? else {
        return Ok(Next::Continue);
    };
    let pages = match pages {
        1 => "1 page".to_owned(),
        more => format!("{more} pages"),
    };
    match error {
        None => {
            call.did(format!("received a fax of {pages}"));
            Ok(Next::Finished)
        }
        Some(error) => {
            call.trouble(format!("Receiving the fax failed after {pages}: {error}"));
            Ok(Next::Continue)
        }
    }
}
