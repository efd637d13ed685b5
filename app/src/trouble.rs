//! What can go wrong between the browser and the server, in words a person can act on.

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The failure of a call to the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Trouble {
    /// Nobody is signed in, or the sign-in has ended.
    SignedOut,
    /// The person may not see or do this.
    NotAllowed,
    /// There is no such thing; the text names it.
    NotFound(String),
    /// The server refused and says why in one sentence.
    Refused(String),
    /// The server did not answer, or not in a way this page understands; the text is for a report.
    Unreachable(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignedOut => f.write_str("You are signed out. Sign in again to continue."),
            Self::NotAllowed => f.write_str("Your sign-in does not include this account."),
            Self::NotFound(what) => write!(f, "There is no {what} here. It may have been deleted."),
            Self::Refused(why) => f.write_str(why),
            Self::Unreachable(_) => f.write_str("The server did not answer."),
        }
    }
}

impl std::error::Error for Trouble {}

impl FromServerFnError for Trouble {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        Self::Unreachable(value.to_string())
    }
}
