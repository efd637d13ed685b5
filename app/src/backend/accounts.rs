//! Accounts and what stands around their pages.

use super::{Desk, all};
use crate::account::{AccountName, AccountView, CallflowRow, SECTIONS, SectionCount};
use crate::accounts::{AccountRow, AccountsView};
use crate::trouble::Trouble;
use callflow::ResourceKind;
use store::{Account, AccountKind, DraftSummary, LiveState, NumberFilter, Role};

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
    let directory = desk.store.directory(&access).await?;
    let numbers = all(|page| {
        let (store, access) = (desk.store.clone(), access.clone());
        async move { store.numbers(&access, NumberFilter::default(), &page).await }
    })
    .await?
    .len();
    let sections = SECTIONS
        .iter()
        .filter_map(|(slug, ..)| {
            let count = match ResourceKind::from_path(slug) {
                Some(ResourceKind::Settings) => return None,
                Some(kind) => directory.all(kind).count(),
                None if *slug == "numbers" => numbers,
                None => return None,
            };
            Some(SectionCount {
                slug: (*slug).to_owned(),
                count: count as u64,
            })
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
    let mut accounts = Vec::new();
    for account in found {
        // The reseller's own account has no callflows of its own to open.
        if account.kind == AccountKind::Reseller {
            continue;
        }
        accounts.push(account_row(&desk, account).await?);
    }
    Ok(AccountsView {
        person: desk.person(),
        reseller: named(own),
        accounts,
    })
}

async fn account_row(desk: &Desk, account: Account) -> Result<AccountRow, Trouble> {
    let access = desk.access(&account.id).await?;
    let directory = desk.store.directory(&access).await?;
    let numbers = all(|page| {
        let (store, access) = (desk.store.clone(), access.clone());
        async move { store.numbers(&access, NumberFilter::default(), &page).await }
    })
    .await?
    .len();
    Ok(AccountRow {
        realm: account.realm.clone(),
        users: directory.all(ResourceKind::User).count() as u64,
        devices: directory.all(ResourceKind::Device).count() as u64,
        numbers: numbers as u64,
        disabled: !account.enabled,
        account: named(account),
    })
}
