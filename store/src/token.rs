//! Sessions of browsers and tokens of scripts: random, stored only as a hash, limited in time.

use crate::access::Caller;
use crate::database::Store;
use crate::error::{Error, Result};
use crate::moment::Moment;
use crate::person;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore;
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::Row;

/// What a token is for. One kind is never accepted in the place of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// In a browser's cookie: ends after 12 hours without use and in any case after 7 days.
    Cookie,
    /// In an `Authorization: Bearer` header: ends after 30 days.
    Api,
    /// As [`TokenKind::Api`], made on the command line for a script: ends after a year.
    Script,
}

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// `used_at` is written at most this often per token, to spare the database.
const TOUCH_MS: i64 = 60_000;

impl TokenKind {
    /// As written in the database.
    fn as_str(self) -> &'static str {
        match self {
            TokenKind::Cookie => "cookie",
            TokenKind::Api | TokenKind::Script => "api",
        }
    }

    /// Absolute and idle limits in milliseconds; idle 0 means none.
    fn limits(self) -> (i64, i64) {
        match self {
            TokenKind::Cookie => (7 * DAY_MS, 12 * HOUR_MS),
            TokenKind::Api => (30 * DAY_MS, 0),
            TokenKind::Script => (365 * DAY_MS, 0),
        }
    }
}

/// A new token. The text exists only here; the database knows its hash.
#[derive(Clone, Debug, Serialize)]
pub struct IssuedToken {
    /// The secret, 43 characters of base64url (256 bits).
    pub token: String,
    /// When it ends at the latest.
    pub expires_at: Moment,
}

/// A successful sign-in.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Who it is.
    pub caller: Caller,
    /// Their new token.
    pub issued: IssuedToken,
}

fn hash(token: &str) -> String {
    let digest = Sha256::digest(token.as_bytes());
    URL_SAFE_NO_PAD.encode(digest)
}

impl Store {
    /// Checks address and password and issues a token. `source` is the network address the attempt came from; failures
    /// are limited per address and per source.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        source: &str,
        kind: TokenKind,
    ) -> Result<SignIn> {
        let delay = self
            .attempts
            .begin(email, source, self.now())
            .map_err(|retry_after_s| Error::TooManyAttempts { retry_after_s })?;
        // Before the password is looked at, so that right and wrong ones wait alike.
        tokio::time::sleep(delay).await;
        let row = match person::check_email(email) {
            Ok(address) => sqlx::query(
                "SELECT p.id, p.account_id, p.email, p.name, p.role, p.password_hash FROM people p \
                     JOIN accounts a ON a.id = p.account_id \
                     WHERE p.email = $1 AND p.enabled = 1 AND a.enabled = 1",
            )
            .bind(address)
            .fetch_optional(&self.db)
            .await?,
            Err(_) => None,
        };
        let stored = row
            .as_ref()
            .map(|row| row.try_get::<String, _>("password_hash"))
            .transpose()?;
        let right = self.verify_password(password, stored).await;
        let Some(row) = row.filter(|_| right) else {
            return Err(Error::BadCredentials);
        };
        self.attempts.succeeded(email, source, self.now());
        let caller = person::caller(&row)?;
        let issued = self.issue_token(&caller, kind, "sign-in").await?;
        Ok(SignIn { caller, issued })
    }

    /// Issues a token for somebody already known. `label` is shown in lists of tokens.
    pub async fn issue_token(
        &self,
        caller: &Caller,
        kind: TokenKind,
        label: &str,
    ) -> Result<IssuedToken> {
        let mut secret = [0_u8; 32];
        rand::rng().fill_bytes(&mut secret);
        let token = URL_SAFE_NO_PAD.encode(secret);
        let expires_at = self.store_token(caller, &token, kind, label).await?;
        Ok(IssuedToken { token, expires_at })
    }

    pub(crate) async fn store_token(
        &self,
        caller: &Caller,
        token: &str,
        kind: TokenKind,
        label: &str,
    ) -> Result<Moment> {
        let now = self.now();
        let (absolute_ms, idle_ms) = kind.limits();
        let expires_at = now.plus_millis(absolute_ms);
        // Signing in is the moment to sweep: it happens rarely and regularly.
        sqlx::query("DELETE FROM tokens WHERE expires_at <= $1")
            .bind(now.millis())
            .execute(&self.db)
            .await?;
        sqlx::query(
            "INSERT INTO tokens (hash, person_id, kind, label, created_at, used_at, expires_at, idle_ms) \
             VALUES ($1, $2, $3, $4, $5, $5, $6, $7)",
        )
        .bind(hash(token))
        .bind(&caller.person_id)
        .bind(kind.as_str())
        .bind(label)
        .bind(now.millis())
        .bind(expires_at.millis())
        .bind(idle_ms)
        .execute(&self.db)
        .await?;
        Ok(expires_at)
    }

    /// Who presents this token, if it is of the kind, known, and neither expired nor idle for too long.
    pub async fn caller(&self, token: &str, kind: TokenKind) -> Result<Option<Caller>> {
        if token.is_empty() || token.len() > 512 {
            return Ok(None);
        }
        let (hash, now) = (hash(token), self.now().millis());
        let row = sqlx::query(
            "SELECT p.id, p.account_id, p.email, p.name, p.role, t.used_at FROM tokens t \
             JOIN people p ON p.id = t.person_id JOIN accounts a ON a.id = p.account_id \
             WHERE t.hash = $1 AND t.kind = $2 AND t.expires_at > $3 \
             AND (t.idle_ms = 0 OR t.used_at + t.idle_ms > $3) AND p.enabled = 1 AND a.enabled = 1",
        )
        .bind(&hash)
        .bind(kind.as_str())
        .bind(now)
        .fetch_optional(&self.db)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let used_at: i64 = row.try_get("used_at")?;
        if now - used_at >= TOUCH_MS {
            sqlx::query("UPDATE tokens SET used_at = $1 WHERE hash = $2")
                .bind(now)
                .bind(&hash)
                .execute(&self.db)
                .await?;
        }
        person::caller(&row).map(Some)
    }

    /// Ends a token: signing out. Unknown tokens are no error.
    pub async fn revoke_token(&self, token: &str) -> Result<()> {
        sqlx::query("DELETE FROM tokens WHERE hash = $1")
            .bind(hash(token))
            .execute(&self.db)
            .await?;
        Ok(())
    }
}
