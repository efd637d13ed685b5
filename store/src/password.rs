//! Passwords of people: argon2id, never kept in clear, never compared in a hurry.

use crate::database::Store;
use crate::error::{Error, Result};
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use rand::RngCore;

/// Shortest password a person may choose.
const SHORTEST: usize = 8;
/// Longest one taken, so that hashing cannot be made expensive by length.
const LONGEST: usize = 256;

/// The OWASP minimum for argon2id: 19 MiB, 2 passes, 1 lane.
fn hasher() -> Argon2<'static> {
    let params = Params::new(19_456, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Refuses passwords that are too short or too long.
pub(crate) fn check(password: &str) -> Result<()> {
    if password.chars().count() < SHORTEST || password.len() > LONGEST {
        return Err(Error::invalid(
            "password",
            format!("choose {SHORTEST} to {LONGEST} characters"),
        ));
    }
    Ok(())
}

impl Store {
    /// Hashes a password with a fresh salt, on a thread of its own.
    pub(crate) async fn hash_password(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        let permit = self.hashing.clone().acquire_owned().await;
        let hashed = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let mut salt = [0_u8; 16];
            rand::rng().fill_bytes(&mut salt);
            let salt = SaltString::encode_b64(&salt)?;
            hasher()
                .hash_password(password.as_bytes(), &salt)
                .map(|hash| hash.to_string())
        })
        .await;
        match hashed {
            Ok(Ok(hash)) => Ok(hash),
            _ => Err(Error::Open(
                "hashing the password failed; there may be too little memory".into(),
            )),
        }
    }

    /// Whether `password` is the one behind `hash`. Without a hash the same work is done for nothing, so that the time
    /// taken does not tell whether an address is known.
    pub(crate) async fn verify_password(&self, password: &str, hash: Option<String>) -> bool {
        if password.len() > LONGEST {
            return false;
        }
        let password = password.to_owned();
        let permit = self.hashing.clone().acquire_owned().await;
        let verified = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            match hash.as_deref().map(PasswordHash::new) {
                Some(Ok(hash)) => hasher().verify_password(password.as_bytes(), &hash).is_ok(),
                _ => {
                    let mut out = [0_u8; 32];
                    let _ = hasher().hash_password_into(password.as_bytes(), &[0; 16], &mut out);
                    false
                }
            }
        })
        .await;
        verified.unwrap_or(false)
    }
}
