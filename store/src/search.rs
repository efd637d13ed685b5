//! Looking for something in an account without knowing what it is.

use crate::access::Access;
use crate::database::Store;
use crate::error::Result;
use crate::page::Page;
use sqlx::Row;
use sqlx::any::AnyRow;

/// Found of each kind: callflows, resources, spare numbers.
const MOST: [i64; 3] = [8, 16, 5];

/// Something found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hit {
    /// A callflow's draft.
    Callflow {
        /// Identifier.
        id: String,
        /// Its name, may be empty.
        name: String,
        /// Its numbers.
        numbers: Vec<String>,
    },
    /// A resource.
    Resource {
        /// The kind as [`callflow::ResourceKind::path`] spells it.
        kind: String,
        /// Identifier.
        id: String,
        /// Its name.
        name: String,
    },
    /// A number of the account that no callflow has.
    SpareNumber(String),
}

impl Store {
    /// Callflows, resources and spare numbers of the account whose names or numbers have the text; some of each,
    /// each sort by name. Nothing for an empty text.
    pub async fn search(&self, access: &Access, text: &str) -> Result<Vec<Hit>> {
        let page = Page {
            search: Some(text.replace('\0', "")),
            ..Page::default()
        };
        let pattern = page.pattern();
        if pattern.is_empty() {
            return Ok(Vec::new());
        }
        let rows = sqlx::query(
            "SELECT * FROM (SELECT 0 AS sort, '' AS kind, id, name, sort_name, numbers AS more FROM callflows \
             WHERE account_id = $1 AND (search LIKE $2 ESCAPE '!' OR search LIKE $3 ESCAPE '!') \
             ORDER BY sort_name, id LIMIT $4) AS flows \
             UNION ALL \
             SELECT * FROM (SELECT 1 AS sort, kind, id, name, sort_name, '' AS more FROM resources \
             WHERE account_id = $1 AND search LIKE $2 ESCAPE '!' ORDER BY sort_name, id LIMIT $5) AS things \
             UNION ALL \
             SELECT * FROM (SELECT 2 AS sort, '' AS kind, n.number AS id, n.number AS name, n.number AS sort_name, \
             '' AS more FROM numbers n LEFT JOIN callflow_numbers c ON c.account_id = n.account_id \
             AND c.number = n.number \
             WHERE n.account_id = $1 AND c.callflow_id IS NULL AND n.number LIKE $3 ESCAPE '!' \
             ORDER BY n.number LIMIT $6) AS spare \
             ORDER BY sort, sort_name, id",
        )
        .bind(access.account_id())
        .bind(pattern)
        .bind(page.number_pattern())
        .bind(MOST[0])
        .bind(MOST[1])
        .bind(MOST[2])
        .fetch_all(&self.db)
        .await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<Hit> {
    let (id, name): (String, String) = (row.try_get("id")?, row.try_get("name")?);
    Ok(match row.try_get::<i64, _>("sort")? {
        0 => Hit::Callflow {
            numbers: serde_json::from_str(row.try_get("more")?).unwrap_or_default(),
            id,
            name,
        },
        1 => Hit::Resource {
            kind: row.try_get("kind")?,
            id,
            name,
        },
        _ => Hit::SpareNumber(id),
    })
}
