//! The reseller's inventory of numbers.

use super::{Desk, all};
use crate::account::AccountName;
use crate::numbers::{InventoryView, NumberRow, Wanted};
use crate::trouble::Trouble;
use store::{AccountKind, Number, NumberFilter, Page};

/// Numbers on a page.
const LINES: u32 = 50;

/// See [`crate::numbers::load_inventory`].
pub(crate) async fn inventory(wanted: Wanted) -> Result<InventoryView, Trouble> {
    let desk = Desk::open()?;
    let own = desk.access(&desk.caller.account_id).await?;
    let own = desk.store.account(&own).await?;
    let filter = NumberFilter {
        spare: wanted.spare,
    };
    let page = Page {
        cursor: wanted.after,
        limit: Some(LINES),
        search: Some(wanted.search.replace('\0', "")),
    };
    let found = desk.store.inventory(&desk.caller, filter, &page).await?;
    let accounts = all(|page| {
        let (store, caller) = (desk.store.clone(), desk.caller.clone());
        async move { store.accounts(&caller, &page).await }
    })
    .await?;
    let accounts = accounts
        .into_iter()
        .filter(|account| account.kind != AccountKind::Reseller)
        .map(|account| AccountName {
            id: account.id,
            name: account.name,
        });
    Ok(InventoryView {
        person: desk.person(),
        reseller: AccountName {
            id: own.id,
            name: own.name,
        },
        rows: found.items.into_iter().map(row).collect(),
        next: found.next,
        accounts: accounts.collect(),
    })
}

fn row(number: Number) -> NumberRow {
    let account = number.account_id.zip(number.account_name);
    NumberRow {
        number: number.number,
        display: number.display,
        account: account.map(|(id, name)| AccountName { id, name }),
        callflow: number.callflow_id.zip(number.callflow_name),
    }
}

/// See [`crate::numbers::assign_number`].
pub(crate) async fn assign_number(number: &str, account: Option<&str>) -> Result<(), Trouble> {
    let desk = Desk::open()?;
    let target = match account {
        Some(account) => Some(desk.access(account).await?),
        None => None,
    };
    let (store, caller) = (&desk.store, &desk.caller);
    store.assign_number(caller, number, target.as_ref()).await?;
    Ok(())
}

/// See [`crate::numbers::add_number`].
pub(crate) async fn add_number(number: &str) -> Result<(), Trouble> {
    let desk = Desk::open()?;
    desk.store.add_number(&desk.caller, number).await?;
    Ok(())
}
