//! Accounts and what stands around their pages.

use super::{Desk, all};
use crate::account::{AccountName, AccountView, CallflowRow, SECTIONS, SectionCount};
use crate::accounts::{AccountEntry, AccountRow, AccountSaved, AccountsView, LimitsEntry};
use crate::trouble::Trouble;
use std::collections::HashMap;
use store::{
    Account, AccountChange, AccountCounts, AccountKind, AccountLimits, DraftSummary, Error,
    LiveState, NewAccount, NewPerson, Role,
};

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
    let names: HashMap<String, String> = found
        .iter()
        .map(|account| (account.id.clone(), account.name.clone()))
        .collect();
    let accounts = found
        .into_iter()
        // The reseller's own account has no callflows of its own to open.
        .filter(|account| account.id != own.id || account.kind != AccountKind::Reseller)
        .map(|account| {
            let above = account
                .parent_id
                .as_deref()
                .filter(|above| *above != own.id);
            let above = above.and_then(|above| names.get(above).cloned());
            account_row(&counts, account, above)
        })
        .collect();
    Ok(AccountsView {
        person: desk.person(),
        reseller: named(own),
        manages: desk.caller.role == Role::Reseller,
        accounts,
    })
}

fn account_row(
    counts: &HashMap<String, AccountCounts>,
    account: Account,
    above: Option<String>,
) -> AccountRow {
    let counts = counts.get(&account.id).copied().unwrap_or_default();
    AccountRow {
        realm: account.realm.clone(),
        users: counts.users,
        devices: counts.devices,
        numbers: counts.numbers,
        disabled: !account.enabled,
        is_reseller: account.kind == AccountKind::Reseller,
        above,
        time_zone: account.time_zone.clone(),
        language: account.language.clone(),
        limits: LimitsEntry {
            calls: account.limits.calls,
            outside_calls: account.limits.outside_calls,
            calls_per_minute: account.limits.calls_per_minute,
        },
        revision: account.revision,
        account: named(account),
    }
}

/// See [`crate::accounts::save_account`].
pub(crate) async fn save_account(
    existing: Option<(String, i64)>,
    entry: AccountEntry,
) -> Result<AccountSaved, Trouble> {
    let desk = Desk::open()?;
    let saved = match existing {
        Some((id, base)) => change(&desk, &id, base, entry).await,
        None => create(&desk, entry).await,
    };
    match saved {
        Ok(account) => Ok(AccountSaved::Done(named(account))),
        Err(Error::Invalid { field, message }) => Ok(AccountSaved::Wrong(vec![(field, message)])),
        Err(Error::Stale { .. }) => Ok(AccountSaved::Stale),
        // The only thing of an account that is unique.
        Err(Error::Taken(why)) => Ok(AccountSaved::Wrong(vec![("realm".to_owned(), why)])),
        Err(other) => Err(other.into()),
    }
}

fn limits(entry: &AccountEntry) -> AccountLimits {
    AccountLimits {
        calls: entry.limits.calls,
        outside_calls: entry.limits.outside_calls,
        calls_per_minute: entry.limits.calls_per_minute,
    }
}

async fn change(desk: &Desk, id: &str, base: i64, entry: AccountEntry) -> store::Result<Account> {
    let access = desk.store.access(&desk.caller, id).await?;
    let before = desk.store.account(&access).await?;
    let change = AccountChange {
        limits: Some(limits(&entry)),
        name: Some(entry.name),
        realm: Some(entry.realm),
        time_zone: Some(entry.time_zone),
        language: Some(entry.language),
        enabled: Some(entry.enabled),
    };
    change.allow(&desk.caller, &before)?;
    desk.store.change_account(&access, base, change).await
}

async fn create(desk: &Desk, entry: AccountEntry) -> store::Result<Account> {
    let (store, caller) = (&desk.store, &desk.caller);
    caller.require_reseller("create accounts")?;
    let above = store.access(caller, &caller.account_id).await?;
    let kind = if entry.reseller {
        AccountKind::Reseller
    } else {
        AccountKind::Customer
    };
    let new = NewAccount {
        limits: limits(&entry),
        name: entry.name,
        realm: entry.realm,
        time_zone: entry.time_zone,
        language: entry.language,
        kind,
    };
    let account = store.create_account(caller, &above, new).await?;
    let Some((email, password)) = entry.administrator else {
        return Ok(account);
    };
    let access = store.access(caller, &account.id).await?;
    let person = NewPerson {
        email,
        name: String::new(),
        role: match kind {
            AccountKind::Reseller => Role::Reseller,
            AccountKind::Customer => Role::Admin,
        },
        password,
    };
    if let Err(error) = store.add_person(&access, person).await {
        // Nothing is in it yet: the form is sent again as a whole.
        store.delete_account(caller, &access).await?;
        return Err(match error {
            Error::Taken(message) => Error::Invalid {
                field: "email".to_owned(),
                message,
            },
            other => other,
        });
    }
    Ok(account)
}
