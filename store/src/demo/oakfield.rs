//! The riding stables: a second customer, small, with the same extension as the first.

use super::Seed;
use crate::error::Result;

/// Fills the account.
pub(super) async fn seed(account: &Seed) -> Result<()> {
    let person = account
        .person(("Alice", "Thorne"), "2001", "yard2001", "oakfield.example")
        .await?;
    account.extension("Yard office", &["2001"], &person).await?;
    Ok(())
}
