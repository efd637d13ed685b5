//! How much there is of what, without reading it.

use crate::access::{Access, Caller};
use crate::database::Store;
use crate::error::Result;
use sqlx::Row;
use std::collections::{BTreeMap, HashMap};

/// What lists of accounts show of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountCounts {
    /// Its users.
    pub users: u64,
    /// Its devices.
    pub devices: u64,
    /// Numbers assigned to it.
    pub numbers: u64,
}

fn count(row: &sqlx::any::AnyRow, at: usize) -> Result<u64> {
    let count: i64 = row.try_get(at)?;
    Ok(count.unsigned_abs())
}

impl Store {
    /// The counts of every account that `caller` may reach, by its identifier.
    pub async fn account_counts(&self, caller: &Caller) -> Result<HashMap<String, AccountCounts>> {
        let rows = sqlx::query(
            "SELECT a.id, \
             (SELECT COUNT(*) FROM resources r WHERE r.account_id = a.id AND r.kind = 'users'), \
             (SELECT COUNT(*) FROM resources r WHERE r.account_id = a.id AND r.kind = 'devices'), \
             (SELECT COUNT(*) FROM numbers n WHERE n.account_id = a.id) \
             FROM accounts a, accounts mine WHERE mine.id = $1 AND mine.enabled = 1 \
             AND (a.id = mine.id OR ($2 = 'reseller' AND a.path LIKE mine.path || '%'))",
        )
        .bind(&caller.account_id)
        .bind(caller.role.as_str())
        .fetch_all(&self.db)
        .await?;
        rows.iter()
            .map(|row| {
                let counts = AccountCounts {
                    users: count(row, 1)?,
                    devices: count(row, 2)?,
                    numbers: count(row, 3)?,
                };
                Ok((row.try_get(0)?, counts))
            })
            .collect()
    }

    /// How many of each kind of resource, callflows and numbers included, the account has, by the plural of the API's
    /// paths; kinds of which it has none are left out.
    pub async fn counts(&self, access: &Access) -> Result<BTreeMap<String, u64>> {
        let rows = sqlx::query(
            "SELECT kind, COUNT(*) FROM resources WHERE account_id = $1 GROUP BY kind \
             UNION ALL SELECT 'callflows', COUNT(*) FROM callflows WHERE account_id = $1 HAVING COUNT(*) > 0 \
             UNION ALL SELECT 'numbers', COUNT(*) FROM numbers WHERE account_id = $1 HAVING COUNT(*) > 0",
        )
        .bind(access.account_id())
        .fetch_all(&self.db)
        .await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, count(row, 1)?)))
            .collect()
    }
}
