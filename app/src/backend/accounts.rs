//! Accounts and what stands around their pages.

use super::{Desk, all};
use crate::account::{AccountName, AccountView, CallflowRow, SECTIONS, SectionCount};
use crate::accounts::{AccountRow, AccountsView};
use crate::trouble::Trouble;
use std::collections::HashMap;
use store::{Account, AccountCounts, AccountKind, DraftSummary, LiveState, Role};

/// See [`crate::account::load_account`].
pub(crate) async fn account_view(account: &str) -> Result<AccountView, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let account = desk.store.account(&access).await?;
    let callflows = all(|page| {
        let (store, access) = (desk.store.clone(), access.clone());
        async move { store.callflows(&access, &page).await }
    })
    .await?;
    let counts = desk.store.counts(&access).await?;
    let sections = SECTIONS
        .iter()
        // Calls come and go, and settings are one: nobody counts them.
        .filter(|(slug, ..)| !matches!(*slug, "calls" | "settings"))
        .map(|(slug, ..)| SectionCount {
            slug: (*slug).to_owned(),
            count: counts.get(*slug).copied().unwrap_or(0),
        })
        .collect();
    Ok(AccountView {
        person: desk.person(),
        reseller: reseller(&desk, &account).await?,
        account: named(account),
        callflows: callflows.into_iter().map(row).collect(),
        sections,
    })
}

fn named(account: Account) -> AccountName {
    AccountName {
        id: account.id,
        name: account.name,
    }
}

/// The account above, for people who may go there.
async fn reseller(desk: &Desk, account: &Account) -> Result<Option<AccountName>, Trouble> {
    if desk.caller.role != Role::Reseller {
        return Ok(None);
    }
    let above = account
        .parent_id
        .as_deref()
        .unwrap_or(&desk.caller.account_id);
    let access = desk.access(above).await?;
    Ok(Some(named(desk.store.account(&access).await?)))
}

fn row(summary: DraftSummary) -> CallflowRow {
    let title = if summary.name.is_empty() {
        summary.numbers.join(", ")
    } else {
        summary.name
    };
    let title = if title.is_empty() {
        "Callflow without a name".to_owned()
    } else {
        title
    };
    CallflowRow {
        id: summary.id,
        title,
        numbers: summary.numbers,
        live: summary.live_version,
        unpublished: summary.state != LiveState::Live,
    }
}

/// See [`crate::accounts::load_accounts`].
pub(crate) async fn accounts_view() -> Result<AccountsView, Trouble> {
    let desk = Desk::open()?;
    let own = desk.access(&desk.caller.account_id).await?;
    let own = desk.store.account(&own).await?;
    let found = all(|page| {
        let (store, caller) = (desk.store.clone(), desk.caller.clone());
        async move { store.accounts(&caller, &page).await }
    })
    .await?;
    let counts = desk.store.account_counts(&desk.caller).await?;
    let accounts = found
        .into_iter()
        // The reseller's own account has no callflows of its own to open.
        .filter(|account| account.kind != AccountKind::Reseller)
        .map(|account| account_row(&counts, account))
        .collect();
    Ok(AccountsView {
        person: desk.person(),
        reseller: named(own),
        accounts,
    })
}

fn account_row(counts: &HashMap<String, AccountCounts>, account: Account) -> AccountRow {
    let counts = counts.get(&account.id).copied().unwrap_or_default();
    AccountRow {
        realm: account.realm.clone(),
        users: counts.users,
        devices: counts.devices,
        numbers: counts.numbers,
        disabled: !account.enabled,
        account: named(account),
    }
}
