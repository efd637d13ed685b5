//! What can go wrong, in terms a page or an API answer can use.

use callflow::ResourceKind;
use serde::Serialize;

/// Shorthand used all over the crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Somebody who uses a thing that was to be deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Use {
    /// `callflows` or the kind of resource, as in the API's paths.
    pub kind: String,
    /// Identifier of the user.
    pub id: String,
    /// Its display name.
    pub name: String,
}

/// Why a call into the store did not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No such thing, or not within the caller's reach; the two are not told apart on purpose.
    #[error("There is no {what} “{id}” here. Check the identifier, or reload the list.")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// Under which identifier.
        id: String,
    },
    /// The caller may see it but not do this.
    #[error("{0}")]
    Forbidden(String),
    /// A value is not acceptable.
    #[error("{field}: {message}")]
    Invalid {
        /// Path of the value, `sip.username`.
        field: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// A number belongs to another callflow of the account.
    #[error(
        "{number} is already attached to the callflow “{callflow_name}”. Take it off there first, or choose another number."
    )]
    NumberTaken {
        /// The number.
        number: String,
        /// Who has it.
        callflow_id: String,
        /// And its name.
        callflow_name: String,
    },
    /// Something with this unique value exists already.
    #[error("{0}")]
    Taken(String),
    /// There is too much of it already.
    #[error("{0}")]
    Full(String),
    /// Deleting was refused.
    #[error("{} is still used by {}. Change {} first.", what, list(users), if users.len() == 1 { "it" } else { "them" })]
    InUse {
        /// What was to be deleted.
        what: String,
        /// By whom it is used.
        users: Vec<Use>,
    },
    /// Somebody else changed it since the given revision.
    #[error(
        "It was changed by somebody else: the current revision is {current}, yours was {base}. Reload it and repeat the change."
    )]
    Stale {
        /// Revision the caller started from.
        base: i64,
        /// Revision there is now.
        current: i64,
    },
    /// Sign-in failed; deliberately silent about which part was wrong.
    #[error("The email address or the password is wrong.")]
    BadCredentials,
    /// Too many failed sign-ins.
    #[error("Too many failed attempts. Try again in {retry_after_s} seconds.")]
    TooManyAttempts {
        /// Seconds until the next attempt is accepted.
        retry_after_s: u64,
    },
    /// The same Idempotency-Key came with a different request.
    #[error("This Idempotency-Key was used for a different request. Use a new key.")]
    KeyReused,
    /// The first request with this Idempotency-Key has not been answered yet.
    #[error(
        "The first request with this Idempotency-Key is still being worked on. Repeat it in a moment."
    )]
    KeyBusy,
    /// Stored JSON could not be read.
    #[error(
        "Reading the stored {what} failed: {source}. Restore it from a backup or from an older version."
    )]
    Corrupt {
        /// What was being read.
        what: &'static str,
        /// Why it could not.
        source: serde_json::Error,
    },
    /// The database could not be opened or upgraded.
    #[error("Opening the database failed: {0}")]
    Open(String),
    /// The database refused.
    #[error("The database did not do its work: {0}. Nothing was changed; try again.")]
    Database(#[from] sqlx::Error),
}

impl Error {
    pub(crate) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Error {
        Error::Invalid {
            field: field.into(),
            message: message.into(),
        }
    }

    pub(crate) fn not_found(what: &'static str, id: &str) -> Error {
        Error::NotFound {
            what,
            id: id.chars().take(80).collect(),
        }
    }

    pub(crate) fn no_resource(kind: ResourceKind, id: &str) -> Error {
        Error::not_found(kind.label(), id)
    }

    /// Stable machine-readable name of the error, used by the API.
    pub fn code(&self) -> &'static str {
        match self {
            Error::NotFound { .. } => "not_found",
            Error::Forbidden(_) => "forbidden",
            Error::Invalid { .. } => "invalid",
            Error::NumberTaken { .. } => "number_taken",
            Error::Taken(_) => "taken",
            Error::Full(_) => "full",
            Error::InUse { .. } => "in_use",
            Error::Stale { .. } => "stale_revision",
            Error::BadCredentials => "bad_credentials",
            Error::TooManyAttempts { .. } => "too_many_attempts",
            Error::KeyReused => "idempotency_key_reused",
            Error::KeyBusy => "idempotency_key_busy",
            Error::Corrupt { .. } | Error::Open(_) | Error::Database(_) => "internal",
        }
    }
}

/// True when a unique index refused the statement.
pub(crate) fn is_duplicate(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(e) if e.is_unique_violation())
}

fn list(users: &[Use]) -> String {
    let mut text = String::new();
    for (n, user) in users.iter().take(5).enumerate() {
        if n > 0 {
            text.push_str(", ");
        }
        text.push('“');
        text.push_str(&user.name);
        text.push('”');
    }
    if users.len() > 5 {
        text.push_str(&format!(" and {} more", users.len() - 5));
    }
    text
}
