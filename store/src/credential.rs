//! What SIP digest authentication needs of devices and carriers that sign in here (RFC 8760, RFC 7616 §3.4.2): the hash
//! of user, realm and password. The password itself is not kept and never returned.

use crate::access::Access;
use crate::database::Store;
use crate::error::{Error, Result, is_duplicate};
use callflow::ResourceKind;
use md5::Md5;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use sqlx::AnyConnection;
use sqlx::Row;

/// Whose credential it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// A phone of the account.
    Device,
    /// A carrier's trunk.
    Carrier,
}

/// A user name and what proves knowledge of its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Account of the device or carrier.
    pub account_id: String,
    /// Device or carrier.
    pub kind: CredentialKind,
    /// The device's or carrier's identifier.
    pub resource_id: String,
    /// Digest user name.
    pub username: String,
    /// Digest realm.
    pub realm: String,
    /// MD5 of `username:realm:password`, hexadecimal.
    pub ha1_md5: String,
    /// SHA-256 of the same, hexadecimal.
    pub ha1_sha256: String,
}

/// The kinds of resource that have credentials, and where their documents keep user name and password.
pub(crate) fn paths(kind: ResourceKind) -> Option<(&'static str, &'static str)> {
    match kind {
        ResourceKind::Device => Some(("sip.username", "sip.password")),
        ResourceKind::Carrier => Some(("username", "password")),
        _ => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Takes the password out of a document, so that it is neither stored nor returned.
pub(crate) fn take_password(
    kind: ResourceKind,
    document: &mut Map<String, Value>,
) -> Result<Option<String>> {
    let Some((_, path)) = paths(kind) else {
        return Ok(None);
    };
    let Some(value) = callflow::json::get(document, path).cloned() else {
        return Ok(None);
    };
    callflow::json::set(document, path, Value::Null);
    read_password(path, value)
}

/// A password as a document carries it; none when it is blank.
pub(crate) fn read_password(path: &str, value: Value) -> Result<Option<String>> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) if text.len() <= 128 && !text.chars().any(char::is_control) => {
            Ok(Some(text))
        }
        _ => Err(Error::invalid(path, "write text of 1 to 128 characters")),
    }
}

/// Brings the stored credential in line with a document that is being written.
pub(crate) async fn write(
    connection: &mut AnyConnection,
    account_id: &str,
    kind: ResourceKind,
    resource_id: &str,
    document: &Map<String, Value>,
    password: Option<&str>,
) -> Result<()> {
    let Some((path, password_path)) = paths(kind) else {
        return Ok(());
    };
    let username = callflow::json::get(document, path)
        .and_then(callflow::json::text)
        .unwrap_or_default();
    if username.is_empty() {
        return match password {
            Some(_) => Err(Error::invalid(
                path,
                "give the user name that belongs to the password",
            )),
            None => delete(connection, account_id, kind, resource_id).await,
        };
    }
    check_username(&username, path)?;
    let Some(password) = password else {
        return keep(
            connection,
            account_id,
            kind,
            resource_id,
            &username,
            path,
            password_path,
        )
        .await;
    };
    let realm = realm(connection, account_id).await?;
    insert(
        connection,
        account_id,
        kind,
        resource_id,
        &username,
        &realm,
        password,
    )
    .await
}

/// As [`write`], for a device or carrier of an import, which has no credential yet. A password that cannot be used is
/// left out; the answer says why.
pub(crate) async fn write_imported(
    connection: &mut AnyConnection,
    account_id: &str,
    kind: ResourceKind,
    resource_id: &str,
    document: &Map<String, Value>,
    password: Option<&str>,
) -> Result<Option<String>> {
    let (Some((path, _)), Some(password)) = (paths(kind), password) else {
        return Ok(None);
    };
    let username = callflow::json::get(document, path)
        .and_then(callflow::json::text)
        .unwrap_or_default();
    if username.is_empty() {
        return Ok(Some("there is no user name that belongs to it".to_owned()));
    }
    if let Err(error) = check_username(&username, path) {
        return Ok(Some(error.to_string()));
    }
    let realm = realm(connection, account_id).await?;
    // A refusal by the index would end the whole transaction on PostgreSQL.
    let taken: Option<String> = sqlx::query_scalar(
        "SELECT username FROM sip_credentials WHERE realm = $1 AND username = $2",
    )
    .bind(&realm)
    .bind(&username)
    .fetch_optional(&mut *connection)
    .await?;
    if taken.is_some() {
        return Ok(Some(taken_username(&username)));
    }
    insert(
        connection,
        account_id,
        kind,
        resource_id,
        &username,
        &realm,
        password,
    )
    .await?;
    Ok(None)
}

fn check_username(username: &str, path: &str) -> Result<()> {
    if username.len() > 64
        || !username
            .chars()
            .all(|c| c.is_ascii_graphic() && !"\":@<>,;".contains(c))
    {
        return Err(Error::invalid(
            path,
            "write 1 to 64 letters, digits or signs, without space, quote, colon or @",
        ));
    }
    Ok(())
}

fn taken_username(username: &str) -> String {
    format!(
        "Another device or carrier of this account has the SIP user name “{username}”. Choose another one."
    )
}

async fn realm(connection: &mut AnyConnection, account_id: &str) -> Result<String> {
    let realm = sqlx::query_scalar("SELECT realm FROM accounts WHERE id = $1")
        .bind(account_id)
        .fetch_one(connection)
        .await?;
    Ok(realm)
}

async fn insert(
    connection: &mut AnyConnection,
    account_id: &str,
    kind: ResourceKind,
    resource_id: &str,
    username: &str,
    realm: &str,
    password: &str,
) -> Result<()> {
    let secret = format!("{username}:{realm}:{password}");
    sqlx::query(
        "INSERT INTO sip_credentials (account_id, kind, resource_id, username, realm, ha1_md5, ha1_sha256) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, kind, resource_id) DO UPDATE SET \
         username = excluded.username, realm = excluded.realm, ha1_md5 = excluded.ha1_md5, ha1_sha256 = excluded.ha1_sha256",
    )
    .bind(account_id)
    .bind(kind.path())
    .bind(resource_id)
    .bind(username)
    .bind(realm)
    .bind(hex(&Md5::digest(secret.as_bytes())))
    .bind(hex(&Sha256::digest(secret.as_bytes())))
    .execute(&mut *connection)
    .await
    .map_err(|error| {
        if is_duplicate(&error) {
            Error::Taken(taken_username(username))
        } else {
            error.into()
        }
    })?;
    Ok(())
}

/// No new password came: the old one stays good only for the old user name, which is part of the hash.
async fn keep(
    connection: &mut AnyConnection,
    account_id: &str,
    kind: ResourceKind,
    resource_id: &str,
    username: &str,
    path: &str,
    password_path: &str,
) -> Result<()> {
    let stored: Option<String> = sqlx::query_scalar(
        "SELECT username FROM sip_credentials WHERE account_id = $1 AND kind = $2 AND resource_id = $3",
    )
    .bind(account_id)
    .bind(kind.path())
    .bind(resource_id)
    .fetch_optional(&mut *connection)
    .await?;
    match stored {
        Some(stored) if stored != username => Err(Error::invalid(
            password_path,
            format!(
                "the password belongs to the user name “{stored}”; give a password with the new {path}"
            ),
        )),
        _ => Ok(()),
    }
}

/// Drops a credential.
pub(crate) async fn delete(
    connection: &mut AnyConnection,
    account_id: &str,
    kind: ResourceKind,
    resource_id: &str,
) -> Result<()> {
    sqlx::query(
        "DELETE FROM sip_credentials WHERE account_id = $1 AND kind = $2 AND resource_id = $3",
    )
    .bind(account_id)
    .bind(kind.path())
    .bind(resource_id)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

fn read(row: &sqlx::any::AnyRow) -> Result<Credential> {
    let kind: String = row.try_get("kind")?;
    Ok(Credential {
        account_id: row.try_get("account_id")?,
        kind: if kind == ResourceKind::Carrier.path() {
            CredentialKind::Carrier
        } else {
            CredentialKind::Device
        },
        resource_id: row.try_get("resource_id")?,
        username: row.try_get("username")?,
        realm: row.try_get("realm")?,
        ha1_md5: row.try_get("ha1_md5")?,
        ha1_sha256: row.try_get("ha1_sha256")?,
    })
}

impl Store {
    /// Credentials of one account's devices, or all accounts' when `account_id` is none. For runtimes.
    pub(crate) async fn credentials(&self, account_id: &str) -> Result<Vec<Credential>> {
        let rows = sqlx::query(
            "SELECT account_id, kind, resource_id, username, realm, ha1_md5, ha1_sha256 FROM sip_credentials \
             WHERE account_id = $1 ORDER BY kind, username",
        )
        .bind(account_id)
        .fetch_all(&self.db)
        .await?;
        rows.iter().map(read).collect()
    }

    /// Whether a device or carrier has a SIP password.
    pub async fn has_password(
        &self,
        access: &Access,
        kind: ResourceKind,
        resource_id: &str,
    ) -> Result<bool> {
        let found: Option<String> = sqlx::query_scalar(
            "SELECT username FROM sip_credentials WHERE account_id = $1 AND kind = $2 AND resource_id = $3",
        )
        .bind(access.account_id())
        .bind(kind.path())
        .bind(resource_id)
        .fetch_optional(&self.db)
        .await?;
        Ok(found.is_some())
    }
}
