//! Telling the rest of the program that an account changed.

/// What a runtime has to know: the named account looks different from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The account.
    pub account_id: String,
    /// Its new generation; larger than every earlier one.
    pub generation: i64,
}
