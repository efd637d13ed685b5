//! Who names whom: every identifier a document mentions, so that "is it in use?" is one indexed question.

use crate::access::Access;
use crate::database::Store;
use crate::error::{Result, Use};
use serde_json::Value;
use sqlx::AnyConnection;
use sqlx::Row;
use std::collections::BTreeSet;

/// Source kind of a published version; drafts and resources use the plural of the API's paths.
pub(crate) const PUBLICATION: &str = "publications";
/// Source kind of a draft.
pub(crate) const CALLFLOW: &str = "callflows";

/// All texts in `value`, keys included (branches are keyed by rule), that look like an identifier.
fn identifiers(value: &Value) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) if is_id(text) => {
                found.insert(text.as_str());
            }
            Value::Array(items) => open.extend(items),
            Value::Object(map) => {
                for (key, item) in map {
                    if is_id(key) {
                        found.insert(key.as_str());
                    }
                    open.push(item);
                }
            }
            _ => {}
        }
    }
    found
}

fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Replaces what `source` mentions.
pub(crate) async fn record(
    connection: &mut AnyConnection,
    account_id: &str,
    source_kind: &str,
    source_id: &str,
    document: &Value,
) -> Result<()> {
    forget(connection, account_id, source_kind, source_id).await?;
    add(connection, account_id, source_kind, source_id, document).await
}

/// Writes what a new `source` mentions.
pub(crate) async fn add(
    connection: &mut AnyConnection,
    account_id: &str,
    source_kind: &str,
    source_id: &str,
    document: &Value,
) -> Result<()> {
    for target in identifiers(document) {
        if target == source_id {
            continue;
        }
        sqlx::query(
            "INSERT INTO mentions (account_id, source_kind, source_id, target_id) VALUES ($1, $2, $3, $4)",
        )
        .bind(account_id)
        .bind(source_kind)
        .bind(source_id)
        .bind(target)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Drops what `source` mentions.
pub(crate) async fn forget(
    connection: &mut AnyConnection,
    account_id: &str,
    source_kind: &str,
    source_id: &str,
) -> Result<()> {
    sqlx::query(
        "DELETE FROM mentions WHERE account_id = $1 AND source_kind = $2 AND source_id = $3",
    )
    .bind(account_id)
    .bind(source_kind)
    .bind(source_id)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// Who mentions `target_id`, itself excepted, by name; at most 50.
pub(crate) async fn users(
    connection: &mut AnyConnection,
    account_id: &str,
    target_id: &str,
) -> Result<Vec<Use>> {
    let rows = sqlx::query(
        "SELECT DISTINCT kind, id, name FROM (\
         SELECT 'callflows' AS kind, c.id AS id, CASE WHEN c.name = '' THEN c.numbers ELSE c.name END AS name \
         FROM mentions m JOIN callflows c ON c.id = m.source_id AND c.account_id = m.account_id \
         WHERE m.account_id = $1 AND m.target_id = $2 AND m.source_kind IN ('callflows', 'publications') \
         UNION ALL SELECT m.source_kind, r.id, r.name \
         FROM mentions m JOIN resources r ON r.id = m.source_id AND r.kind = m.source_kind AND r.account_id = m.account_id \
         WHERE m.account_id = $1 AND m.target_id = $2) AS users WHERE id <> $2 ORDER BY kind, name LIMIT 50",
    )
    .bind(account_id)
    .bind(target_id)
    .fetch_all(&mut *connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Use {
                kind: row.try_get(0)?,
                id: row.try_get(1)?,
                name: row.try_get(2)?,
            })
        })
        .collect()
}

impl Store {
    /// Which callflows (draft or live) and resources of the account use the thing with this identifier.
    pub async fn where_used(&self, access: &Access, target_id: &str) -> Result<Vec<Use>> {
        let mut connection = self.db.acquire().await?;
        users(&mut connection, access.account_id(), target_id).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn identifiers_are_found_in_values_and_branch_keys() {
        let (a, b) = ("a".repeat(32), "b".repeat(32));
        let document = json!({"data": {"id": a, "x": "short"}, "children": {b.clone(): {}}});
        let found: Vec<&str> = identifiers(&document).into_iter().collect();
        assert_eq!(found, [a.as_str(), b.as_str()]);
    }
}
