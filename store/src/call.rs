//! Call records: who called whom, what happened, and the path through the flow with its reasons.

use crate::access::Access;
use crate::database::Store;
use crate::error::{Error, Result};
use crate::message::before;
use crate::moment::Moment;
use crate::page::{Listed, Page, listed};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

/// The cause of a call whose record was open when a process started: what became of it is not known.
const ORPHANED: &str = "RECOVERY_ON_TIMER_EXPIRE";

/// Which way a call went, seen from the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From a carrier.
    Inbound,
    /// To a carrier.
    Outbound,
    /// Between the account's own phones.
    Internal,
}

impl Direction {
    /// As written in the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Inbound => "inbound",
            Direction::Outbound => "outbound",
            Direction::Internal => "internal",
        }
    }

    fn parse(text: &str) -> Direction {
        match text {
            "outbound" => Direction::Outbound,
            "internal" => Direction::Internal,
            _ => Direction::Inbound,
        }
    }
}

/// A call begins.
#[derive(Clone, Debug)]
pub struct CallStart {
    /// Identifier, unique everywhere.
    pub id: String,
    /// The caller's leg's SIP Call-ID.
    pub sip_call_id: String,
    /// Which way.
    pub direction: Direction,
    /// Who calls.
    pub caller_number: String,
    /// Their name, may be empty.
    pub caller_name: String,
    /// What they dialled.
    pub callee_number: String,
    /// When the INVITE came.
    pub started_at: Moment,
    /// The callflow it runs.
    pub callflow_id: Option<String>,
    /// Its name at that time.
    pub callflow_name: Option<String>,
    /// The published version it runs.
    pub callflow_version: Option<i64>,
}

/// A call ends.
#[derive(Clone, Debug)]
pub struct CallEnd {
    /// Which way it went after all: a phone's call is outbound once it has gone to a carrier.
    pub direction: Direction,
    /// When it was answered, if it was.
    pub answered_at: Option<Moment>,
    /// When it ended.
    pub ended_at: Moment,
    /// Hang-up cause, `NORMAL_CLEARING`.
    pub hangup_cause: String,
    /// Final SIP status sent to the caller, if it was not answered.
    pub sip_code: Option<u16>,
    /// The path through the flow: the engine's trace.
    pub trace: Value,
    /// Each leg's own record.
    pub legs: Vec<Value>,
    /// Words that the callflow left, by name.
    pub tags: BTreeMap<String, String>,
}

/// A call, running or past.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Call {
    /// Identifier.
    pub id: String,
    /// SIP Call-ID of the caller's leg.
    pub sip_call_id: String,
    /// Which way.
    pub direction: Direction,
    /// Who called.
    pub caller_number: String,
    /// Their name, may be empty.
    pub caller_name: String,
    /// What they dialled.
    pub callee_number: String,
    /// When the INVITE came.
    pub started_at: Moment,
    /// When it was answered.
    pub answered_at: Option<Moment>,
    /// When it ended; none while it runs.
    pub ended_at: Option<Moment>,
    /// Hang-up cause.
    pub hangup_cause: Option<String>,
    /// Final SIP status sent to the caller.
    pub sip_code: Option<i64>,
    /// The callflow it ran.
    pub callflow_id: Option<String>,
    /// Its name at that time.
    pub callflow_name: Option<String>,
    /// The published version it ran.
    pub callflow_version: Option<i64>,
    /// Words that the callflow left, by name (custom application variables).
    pub tags: BTreeMap<String, String>,
}

/// Which calls are wanted.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct CallFilter {
    /// Only calls that still run.
    #[serde(default)]
    pub active: bool,
    /// Only calls of this callflow.
    #[serde(default)]
    pub callflow_id: Option<String>,
    /// Only calls that went this way.
    #[serde(default)]
    pub direction: Option<Direction>,
    /// Only calls that were answered, or ended without.
    #[serde(default)]
    pub answered: Option<bool>,
    /// Only calls that began then or later.
    #[serde(default)]
    pub since: Option<Moment>,
    /// Only calls that began before.
    #[serde(default)]
    pub before: Option<Moment>,
}

fn read(row: &AnyRow) -> Result<Call> {
    let moment = |column: &str| -> Result<Option<Moment>> {
        Ok(row
            .try_get::<Option<i64>, _>(column)?
            .map(Moment::from_millis))
    };
    Ok(Call {
        id: row.try_get("id")?,
        sip_call_id: row.try_get("sip_call_id")?,
        direction: Direction::parse(&row.try_get::<String, _>("direction")?),
        caller_number: row.try_get("caller_number")?,
        caller_name: row.try_get("caller_name")?,
        callee_number: row.try_get("callee_number")?,
        started_at: Moment::from_millis(row.try_get("started_at")?),
        answered_at: moment("answered_at")?,
        ended_at: moment("ended_at")?,
        hangup_cause: row.try_get("hangup_cause")?,
        sip_code: row.try_get("sip_code")?,
        callflow_id: row.try_get("callflow_id")?,
        callflow_name: row.try_get("callflow_name")?,
        callflow_version: row.try_get("callflow_version")?,
        tags: serde_json::from_str(&row.try_get::<String, _>("tags")?).unwrap_or_default(),
    })
}

impl Store {
    /// Records that a call began. Reporting it twice is no error.
    pub async fn call_started(&self, access: &Access, call: &CallStart) -> Result<()> {
        sqlx::query(
            "INSERT INTO calls (id, account_id, sip_call_id, direction, caller_number, caller_name, callee_number, \
             started_at, callflow_id, callflow_name, callflow_version, trace) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '[]') ON CONFLICT (id) DO NOTHING",
        )
        .bind(&call.id)
        .bind(access.account_id())
        .bind(&call.sip_call_id)
        .bind(call.direction.as_str())
        .bind(&call.caller_number)
        .bind(&call.caller_name)
        .bind(&call.callee_number)
        .bind(call.started_at.millis())
        .bind(call.callflow_id.clone())
        .bind(call.callflow_name.clone())
        .bind(call.callflow_version)
        .execute(&self.db)
        .await?;
        Ok(())
    }

    /// Records that a running call was answered.
    pub async fn call_answered(&self, access: &Access, id: &str, at: Moment) -> Result<()> {
        sqlx::query(
            "UPDATE calls SET answered_at = $1 WHERE account_id = $2 AND id = $3 AND answered_at IS NULL",
        )
        .bind(at.millis())
        .bind(access.account_id())
        .bind(id)
        .execute(&self.db)
        .await?;
        Ok(())
    }

    /// Records how a call ended, with its path and legs.
    pub async fn call_ended(&self, access: &Access, id: &str, end: &CallEnd) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE calls SET answered_at = COALESCE($1, answered_at), ended_at = $2, hangup_cause = $3, sip_code = $4, \
             trace = $5, tags = $6, direction = $7 WHERE account_id = $8 AND id = $9 \
             AND (ended_at IS NULL OR hangup_cause = $10)",
        )
        .bind(end.answered_at.map(Moment::millis))
        .bind(end.ended_at.millis())
        .bind(&end.hangup_cause)
        .bind(end.sip_code.map(i64::from))
        .bind(end.trace.to_string())
        .bind(serde_json::json!(end.tags).to_string())
        .bind(end.direction.as_str())
        .bind(access.account_id())
        .bind(id)
        // What was only supposed, because a process started while the call ran elsewhere, gives way to what happened.
        .bind(ORPHANED)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() > 0 {
            for (position, leg) in (0_i64..).zip(&end.legs) {
                sqlx::query(
                    "INSERT INTO call_legs (call_id, position, document) VALUES ($1, $2, $3)",
                )
                .bind(id)
                .bind(position)
                .bind(leg.to_string())
                .execute(&mut *tx)
                .await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Ends the records of calls that were running when the program stopped. Returns how many.
    pub async fn end_orphaned_calls(&self) -> Result<u64> {
        let done =
            sqlx::query("UPDATE calls SET ended_at = $1, hangup_cause = $2 WHERE ended_at IS NULL")
                .bind(self.now().millis())
                .bind(ORPHANED)
                .execute(&self.db)
                .await?;
        Ok(done.rows_affected())
    }

    /// The account's calls, newest first.
    pub async fn calls(
        &self,
        access: &Access,
        filter: &CallFilter,
        page: &Page,
    ) -> Result<Listed<Call>> {
        let (at, id) = before(page)?;
        let rows = sqlx::query(
            "SELECT id, sip_call_id, direction, caller_number, caller_name, callee_number, started_at, answered_at, \
             ended_at, hangup_cause, sip_code, callflow_id, callflow_name, callflow_version, tags FROM calls \
             WHERE account_id = $1 AND ($2 = 0 OR ended_at IS NULL) AND ($3 = '' OR callflow_id = $3) \
             AND ($4 = '' OR caller_number LIKE $4 ESCAPE '!' OR callee_number LIKE $4 ESCAPE '!' \
             OR LOWER(caller_name) LIKE $8 ESCAPE '!') \
             AND ($9 = '' OR direction = $9) AND started_at >= $10 AND started_at < $11 \
             AND ($12 = 0 OR ($12 = 1 AND answered_at IS NOT NULL) \
             OR ($12 = 2 AND answered_at IS NULL AND ended_at IS NOT NULL)) \
             AND (started_at < $5 OR (started_at = $5 AND id < $6)) ORDER BY started_at DESC, id DESC LIMIT $7",
        )
        .bind(access.account_id())
        .bind(i64::from(filter.active))
        .bind(filter.callflow_id.clone().unwrap_or_default())
        .bind(page.number_pattern())
        .bind(at)
        .bind(id)
        .bind(page.limit() + 1)
        .bind(page.pattern())
        .bind(filter.direction.map_or("", Direction::as_str))
        .bind(filter.since.map_or(i64::MIN, Moment::millis))
        .bind(filter.before.map_or(i64::MAX, Moment::millis))
        .bind(filter.answered.map_or(0_i64, |answered| if answered { 1 } else { 2 }))
        .fetch_all(&self.db)
        .await?;
        let items = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(listed(items, page.limit(), |c| {
            (c.started_at.millis().to_string(), c.id.clone())
        }))
    }

    /// One call by its identifier or its SIP Call-ID.
    pub async fn call(&self, access: &Access, id: &str) -> Result<Call> {
        let row = sqlx::query(
            "SELECT id, sip_call_id, direction, caller_number, caller_name, callee_number, started_at, answered_at, \
             ended_at, hangup_cause, sip_code, callflow_id, callflow_name, callflow_version, tags FROM calls \
             WHERE account_id = $1 AND (id = $2 OR sip_call_id = $2) ORDER BY started_at DESC LIMIT 1",
        )
        .bind(access.account_id())
        .bind(id)
        .fetch_optional(&self.db)
        .await?
        .ok_or_else(|| Error::not_found("call", id))?;
        read(&row)
    }

    /// A call's path through the flow; an empty list while it runs.
    pub async fn call_trace(&self, access: &Access, id: &str) -> Result<Value> {
        let call = self.call(access, id).await?;
        let trace: String =
            sqlx::query_scalar("SELECT trace FROM calls WHERE account_id = $1 AND id = $2")
                .bind(access.account_id())
                .bind(&call.id)
                .fetch_one(&self.db)
                .await?;
        serde_json::from_str(&trace).map_err(|source| Error::Corrupt {
            what: "trace",
            source,
        })
    }

    /// A call's legs in the order they were made.
    pub async fn call_legs(&self, access: &Access, id: &str) -> Result<Vec<Value>> {
        let rows = sqlx::query(
            "SELECT l.document FROM call_legs l JOIN calls c ON c.id = l.call_id \
             WHERE c.account_id = $1 AND c.id = $2 ORDER BY l.position",
        )
        .bind(access.account_id())
        .bind(id)
        .fetch_all(&self.db)
        .await?;
        rows.iter()
            .map(|row| {
                let text: String = row.try_get(0)?;
                serde_json::from_str(&text).map_err(|source| Error::Corrupt {
                    what: "call leg",
                    source,
                })
            })
            .collect()
    }
}
