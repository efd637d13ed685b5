//! Resources: users, devices, menus and everything else a callflow refers to, as documents with KAZOO's field names.

use crate::access::Access;
use crate::carrier;
use crate::credential;
use crate::database::{Store, folded, new_id};
use crate::error::{Error, Result};
use crate::files;
use crate::idempotency::{self, Made, Once};
use crate::mention;
use crate::moment::Moment;
use crate::page::{Listed, Page, listed};
use crate::secret::SecretKey;
use callflow::{ResourceKind, secret};
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::AnyConnection;
use sqlx::Row;
use sqlx::any::AnyRow;

/// Largest document kept, in bytes of JSON.
const LARGEST: usize = 256 * 1024;
/// Longest name in lists, in characters: first and last name of a user, and a space.
pub(crate) const LONGEST_NAME: usize = 257;

/// A stored resource as people may see it: PINs and passwords are never in it ([`callflow::secret`]).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Resource {
    /// Identifier, 32 hexadecimal digits.
    pub id: String,
    /// What it is.
    #[serde(skip)]
    pub kind: ResourceKind,
    /// Display name, taken from the document.
    pub name: String,
    /// The document.
    pub document: Map<String, Value>,
    /// Counts its changes.
    pub revision: i64,
    /// When it was made.
    pub created_at: Moment,
    /// When it was last changed.
    pub updated_at: Moment,
    /// By whom.
    pub updated_by: String,
    /// Keys, dotted where nested, of the secrets that are kept with it.
    #[serde(skip)]
    pub held: Vec<&'static str>,
}

/// The keys of the secrets that a document holds, as far as its kind's fields name them.
fn held(kind: ResourceKind, document: &Map<String, Value>) -> Vec<&'static str> {
    let specs = callflow::Resource::specs(kind).into_iter();
    let secrets = specs.filter(callflow::field::FieldSpec::is_secret);
    let is_there = |key: &str| {
        let value = callflow::json::get(document, key);
        value.is_some_and(|value| !callflow::json::is_blank(value))
    };
    secrets
        .map(|spec| spec.key)
        .filter(|key| is_there(key))
        .collect()
}

fn read(kind: ResourceKind, row: &AnyRow) -> Result<Resource> {
    let mut document = stored_document(kind, row)?;
    let held = held(kind, &document);
    secret::strip(&mut document);
    Ok(Resource {
        id: row.try_get("id")?,
        kind,
        name: row.try_get("name")?,
        document,
        revision: row.try_get("revision")?,
        created_at: Moment::from_millis(row.try_get("created_at")?),
        updated_at: Moment::from_millis(row.try_get("updated_at")?),
        updated_by: row.try_get("updated_by")?,
        held,
    })
}

/// Passwords that were taken out of a document.
#[derive(Default)]
pub(crate) struct Passwords {
    /// What a device signs in with, or a carrier.
    pub(crate) own: Option<String>,
    /// What a carrier's servers ask of us.
    pub(crate) gateways: carrier::Passwords,
}

/// The document as it is stored, secrets included.
fn stored_document(kind: ResourceKind, row: &AnyRow) -> Result<Map<String, Value>> {
    let text: String = row.try_get("document")?;
    serde_json::from_str(&text).map_err(|source| Error::Corrupt {
        what: kind.label(),
        source,
    })
}

/// A document that passed the checks, and what is derived from it.
pub(crate) struct Checked {
    pub(crate) document: Map<String, Value>,
    pub(crate) text: String,
    pub(crate) name: String,
    pub(crate) search: String,
    pub(crate) password: Option<String>,
    pub(crate) gateway_passwords: carrier::Passwords,
}

/// Refuses documents that the rest of the program could not work with.
pub(crate) fn check(kind: ResourceKind, mut document: Map<String, Value>) -> Result<Checked> {
    if kind == ResourceKind::Callflow {
        return Err(Error::invalid(
            "kind",
            "callflows are not kept as resources",
        ));
    }
    let passwords = clean(kind, &mut document)?;
    let (parsed, errors) = callflow::Resource::parse(kind, document.clone());
    if let Some(error) = errors.into_iter().next() {
        return Err(Error::Invalid {
            field: error.key,
            message: error.message,
        });
    }
    let name = parsed.name().trim().to_owned();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        let field = if kind == ResourceKind::User {
            "first_name"
        } else {
            "name"
        };
        return Err(Error::invalid(field, "write a name of 1 to 128 characters"));
    }
    derive(document, name, passwords)
}

/// Takes out what is not part of a document: bookkeeping, KAZOO's and our own, and passwords. These
/// are handed back.
pub(crate) fn clean(kind: ResourceKind, document: &mut Map<String, Value>) -> Result<Passwords> {
    document.retain(|key, _| {
        !(key.starts_with("pvt_")
            || matches!(
                key.as_str(),
                "_id" | "_rev" | "id" | "revision" | "created_at" | "updated_at" | "updated_by"
            ))
    });
    if kind == ResourceKind::User {
        // People sign in with their own record; a password here would lie about in clear text.
        document.shift_remove("password");
    }
    Ok(Passwords {
        own: credential::take_password(kind, document)?,
        gateways: carrier::take_passwords(kind, document)?,
    })
}

/// What is stored with a document, if it fits.
pub(crate) fn derive(
    document: Map<String, Value>,
    name: String,
    passwords: Passwords,
) -> Result<Checked> {
    let text = Value::Object(document.clone()).to_string();
    if text.len() > LARGEST {
        return Err(Error::invalid(
            "document",
            format!(
                "it is {} bytes of JSON; at most {LARGEST} are kept",
                text.len()
            ),
        ));
    }
    // PostgreSQL cannot hold NUL in text, not even escaped as it would come back.
    if text.contains("\\u0000") {
        return Err(Error::invalid(
            "document",
            "remove the NUL characters from the texts",
        ));
    }
    let mut search = folded(&name);
    for path in [
        "sip.username",
        "mailbox",
        "email",
        "username",
        "presence_id",
        "caller_id.internal.number",
    ] {
        if let Some(value) = callflow::json::get(&document, path).and_then(callflow::json::text) {
            search.push('\n');
            search.push_str(&folded(&value));
        }
    }
    Ok(Checked {
        document,
        text,
        name,
        search,
        password: passwords.own,
        gateway_passwords: passwords.gateways,
    })
}

/// Inserts a row at revision 1; false when there is one with this kind and id. `kind` is the plural of the API's paths.
pub(crate) async fn insert(
    connection: &mut AnyConnection,
    access: &Access,
    kind: &str,
    id: &str,
    checked: &Checked,
    now: Moment,
) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO resources (account_id, kind, id, name, sort_name, search, document, revision, created_at, \
         updated_at, updated_by) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8, $9) \
         ON CONFLICT (account_id, kind, id) DO NOTHING",
    )
    .bind(access.account_id())
    .bind(kind)
    .bind(id)
    .bind(&checked.name)
    .bind(folded(&checked.name))
    .bind(&checked.search)
    .bind(&checked.text)
    .bind(now.millis())
    .bind(access.actor())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

impl Store {
    /// Resources of a kind, by name.
    pub async fn resources(
        &self,
        access: &Access,
        kind: ResourceKind,
        page: &Page,
    ) -> Result<Listed<Resource>> {
        let (sort, id) = page.after_text()?;
        let rows = sqlx::query(
            "SELECT id, name, document, revision, created_at, updated_at, updated_by FROM resources \
             WHERE account_id = $1 AND kind = $2 AND ($3 = '' OR search LIKE $3 ESCAPE '!') \
             AND (sort_name > $4 OR (sort_name = $4 AND id > $5)) ORDER BY sort_name, id LIMIT $6",
        )
        .bind(access.account_id())
        .bind(kind.path())
        .bind(page.pattern())
        .bind(sort)
        .bind(id)
        .bind(page.limit() + 1)
        .fetch_all(&self.db)
        .await?;
        let items = rows
            .iter()
            .map(|row| read(kind, row))
            .collect::<Result<Vec<_>>>()?;
        Ok(listed(items, page.limit(), |r| {
            (folded(&r.name), r.id.clone())
        }))
    }

    /// One resource.
    pub async fn resource(
        &self,
        access: &Access,
        kind: ResourceKind,
        id: &str,
    ) -> Result<Resource> {
        let mut connection = self.db.acquire().await?;
        load(&mut connection, access.account_id(), kind, id).await
    }

    /// Makes a resource.
    pub async fn create_resource(
        &self,
        access: &Access,
        kind: ResourceKind,
        document: Map<String, Value>,
    ) -> Result<Resource> {
        self.create_resource_once(access, kind, document, None)
            .await?
            .first()
    }

    /// As [`Store::create_resource`], for a request that may be repeated.
    pub async fn create_resource_once(
        &self,
        access: &Access,
        kind: ResourceKind,
        document: Map<String, Value>,
        once: Option<&Once<'_, Resource>>,
    ) -> Result<Made<Resource>> {
        let checked = check(kind, document)?;
        let (id, now) = (new_id(), self.now());
        let account_id = access.account_id();
        let mut tx = self.begin_on(access.account_id()).await?;
        if let Some(answer) = idempotency::begin(once, &mut tx, now).await? {
            return Ok(Made::Again(answer));
        }
        insert(&mut tx, access, kind.path(), &id, &checked, now).await?;
        let resource = finish_write(&mut tx, self.key(), access, kind, &id, checked).await?;
        idempotency::finish(once, &mut tx, &resource).await?;
        let announcement = Store::bump(&mut tx, account_id).await?;
        self.commit(tx, announcement).await?;
        Ok(Made::New(resource))
    }

    /// Replaces a resource's document. With a `base` revision it is refused as [`Error::Stale`] when somebody else was
    /// first. PINs and passwords that are not in the new document stay as they were.
    pub async fn replace_resource(
        &self,
        access: &Access,
        kind: ResourceKind,
        id: &str,
        base: Option<i64>,
        mut document: Map<String, Value>,
    ) -> Result<Resource> {
        let account_id = access.account_id();
        let mut tx = self.begin_on(access.account_id()).await?;
        let row = load_row(&mut tx, account_id, kind, id).await?;
        let before = read(kind, &row)?;
        refuse_stale(base, before.revision)?;
        secret::keep(&mut document, &stored_document(kind, &row)?);
        let checked = check(kind, document)?;
        let done = sqlx::query(
            "UPDATE resources SET name = $1, sort_name = $2, search = $3, document = $4, revision = revision + 1, \
             updated_at = $5, updated_by = $6 WHERE account_id = $7 AND kind = $8 AND id = $9 AND revision = $10",
        )
        .bind(&checked.name)
        .bind(folded(&checked.name))
        .bind(&checked.search)
        .bind(&checked.text)
        .bind(self.now().millis())
        .bind(access.actor())
        .bind(account_id)
        .bind(kind.path())
        .bind(id)
        .bind(before.revision)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Err(Error::Stale {
                base: before.revision,
                current: before.revision + 1,
            });
        }
        let resource = finish_write(&mut tx, self.key(), access, kind, id, checked).await?;
        let announcement = Store::bump(&mut tx, account_id).await?;
        self.commit(tx, announcement).await?;
        Ok(resource)
    }

    /// Deletes a resource that nothing uses, with the messages of a mailbox. Its files are then to be removed, see
    /// [`Store::files_to_remove`].
    pub async fn delete_resource(
        &self,
        access: &Access,
        kind: ResourceKind,
        id: &str,
        base: Option<i64>,
    ) -> Result<()> {
        let account_id = access.account_id();
        let mut tx = self.begin_on(access.account_id()).await?;
        let resource = load(&mut tx, account_id, kind, id).await?;
        refuse_stale(base, resource.revision)?;
        let users = mention::users(&mut tx, account_id, id).await?;
        if !users.is_empty() {
            return Err(Error::InUse {
                what: format!("The {} “{}”", kind.label(), resource.name),
                users,
            });
        }
        sqlx::query("DELETE FROM resources WHERE account_id = $1 AND kind = $2 AND id = $3")
            .bind(account_id)
            .bind(kind.path())
            .bind(id)
            .execute(&mut *tx)
            .await?;
        credential::delete(&mut tx, account_id, kind, id).await?;
        if kind == ResourceKind::Carrier {
            carrier::delete(&mut tx, account_id, id).await?;
        }
        mention::forget(&mut tx, account_id, kind.path(), id).await?;
        let document = &resource.document;
        files::leave_of_resource(&mut tx, account_id, kind, id, document, self.now()).await?;
        let announcement = Store::bump(&mut tx, account_id).await?;
        tx.commit().await?;
        self.announce(announcement);
        Ok(())
    }

    /// All resources and callflows of the account as checks, captions and the interpreter see them.
    pub async fn directory(&self, access: &Access) -> Result<callflow::Directory> {
        let mut connection = self.db.acquire().await?;
        directory(&mut connection, access.account_id()).await
    }
}

/// Brings in line what is kept besides the document that was written.
pub(crate) async fn finish_write(
    connection: &mut AnyConnection,
    key: Option<&SecretKey>,
    access: &Access,
    kind: ResourceKind,
    id: &str,
    checked: Checked,
) -> Result<Resource> {
    let account_id = access.account_id();
    let password = checked.password.as_deref();
    credential::write(
        connection,
        account_id,
        kind,
        id,
        &checked.document,
        password,
    )
    .await?;
    if kind == ResourceKind::Carrier {
        let (document, listed) = (&checked.document, checked.gateway_passwords);
        carrier::write(
            connection,
            key,
            (account_id, id),
            document,
            password,
            listed,
        )
        .await?;
    }
    let document = Value::Object(checked.document);
    mention::record(connection, account_id, kind.path(), id, &document).await?;
    load(connection, account_id, kind, id).await
}

/// Refuses a write that was made from an older revision.
pub(crate) fn refuse_stale(base: Option<i64>, current: i64) -> Result<()> {
    match base {
        Some(base) if base != current => Err(Error::Stale { base, current }),
        _ => Ok(()),
    }
}

async fn load(
    connection: &mut AnyConnection,
    account_id: &str,
    kind: ResourceKind,
    id: &str,
) -> Result<Resource> {
    read(kind, &load_row(connection, account_id, kind, id).await?)
}

async fn load_row(
    connection: &mut AnyConnection,
    account_id: &str,
    kind: ResourceKind,
    id: &str,
) -> Result<AnyRow> {
    sqlx::query(
        "SELECT id, name, document, revision, created_at, updated_at, updated_by FROM resources \
         WHERE account_id = $1 AND kind = $2 AND id = $3",
    )
    .bind(account_id)
    .bind(kind.path())
    .bind(id)
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Error::no_resource(kind, id))
}

/// Reads the directory within a transaction that may have changed it.
pub(crate) async fn directory(
    connection: &mut AnyConnection,
    account_id: &str,
) -> Result<callflow::Directory> {
    let mut directory = callflow::Directory::default();
    let rows = sqlx::query("SELECT kind, id, document FROM resources WHERE account_id = $1")
        .bind(account_id)
        .fetch_all(&mut *connection)
        .await?;
    for row in rows {
        let kind: String = row.try_get(0)?;
        let Some(kind) = ResourceKind::from_path(&kind) else {
            continue;
        };
        let text: String = row.try_get(2)?;
        let document = serde_json::from_str(&text).map_err(|source| Error::Corrupt {
            what: kind.label(),
            source,
        })?;
        directory.insert(kind, row.try_get::<String, _>(1)?, document);
    }
    let rows = sqlx::query(
        "SELECT id, name, numbers, patterns, leads_to FROM callflows WHERE account_id = $1",
    )
    .bind(account_id)
    .fetch_all(&mut *connection)
    .await?;
    for row in rows {
        let mut entry = Map::new();
        entry.insert("name".into(), Value::String(row.try_get(1)?));
        for (at, key) in [(2, "numbers"), (3, "patterns"), (4, "leads_to")] {
            let list: String = row.try_get(at)?;
            let list = serde_json::from_str(&list).map_err(|source| Error::Corrupt {
                what: ResourceKind::Callflow.label(),
                source,
            })?;
            entry.insert(key.into(), list);
        }
        directory.insert(ResourceKind::Callflow, row.try_get::<String, _>(0)?, entry);
    }
    Ok(directory)
}
