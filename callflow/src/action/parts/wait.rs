//! Waiting for the caller to go.

use crate::call::{Call, Ended, Next};

/// Waits until the caller has gone. Keys have no effect.
///
/// # Errors
/// When the caller has gone, which is how it ends.
pub async fn until_gone(call: &mut Call) -> Result<Next, Ended> {
    loop {
        call.next().await?;
    }
}
