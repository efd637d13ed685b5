//! The reseller's inventory of numbers, and an account's own.

use super::{Desk, all};
use crate::account::AccountName;
use crate::numbers::{Holder, InventoryView, NumberLed, NumberRow, OwnNumber, OwnNumbers, Wanted};
use crate::trouble::Trouble;
use store::{AccountKind, Number, NumberFilter, NumberHolder, NumberUse, Page};

/// Numbers on a page.
const LINES: u32 = 50;

/// See [`crate::numbers::load_inventory`].
pub(crate) async fn inventory(wanted: Wanted) -> Result<InventoryView, Trouble> {
    let desk = Desk::open()?;
    let own = desk.access(&desk.caller.account_id).await?;
    let own = desk.store.account(&own).await?;
    let (filter, page) = asked(wanted);
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

fn asked(wanted: Wanted) -> (NumberFilter, Page) {
    let filter = NumberFilter {
        spare: wanted.spare,
    };
    let page = Page {
        cursor: wanted.after,
        limit: Some(LINES),
        search: Some(wanted.search.replace('\0', "")),
    };
    (filter, page)
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

/// See [`crate::numbers::load_numbers`].
pub(crate) async fn own_numbers(account: &str, wanted: Wanted) -> Result<OwnNumbers, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let (filter, page) = asked(wanted);
    let found = desk.store.number_uses(&access, filter, &page).await?;
    Ok(OwnNumbers {
        rows: found.items.into_iter().map(own).collect(),
        next: found.next,
    })
}

fn own(number: NumberUse) -> OwnNumber {
    OwnNumber {
        number: number.number,
        display: number.display,
        draft: number.draft.map(holder),
        live: number.live.map(holder),
    }
}

fn holder(holder: NumberHolder) -> Holder {
    Holder {
        id: holder.callflow_id,
        title: holder.title,
    }
}

/// See [`crate::numbers::lead_number`].
pub(crate) async fn lead_number(
    account: &str,
    number: &str,
    callflow: Option<&str>,
    place: Option<usize>,
) -> Result<NumberLed, Trouble> {
    let desk = Desk::open()?;
    let access = desk.access(account).await?;
    let led = desk
        .store
        .lead_number(&access, number, callflow, place)
        .await;
    match led {
        Ok(led) => Ok(NumberLed::Done {
            now: own(led.now),
            before: led.before.map(|(had, place)| (holder(had), place)),
        }),
        // The callflow or the number went meanwhile, or the callflow is full: no fault of the program.
        Err(store::Error::NotFound { what, .. }) => Ok(NumberLed::Refused(
            Trouble::NotFound(what.to_owned()).to_string(),
        )),
        Err(error @ store::Error::Invalid { .. }) => Ok(NumberLed::Refused(error.to_string())),
        Err(error) => Err(error.into()),
    }
}
