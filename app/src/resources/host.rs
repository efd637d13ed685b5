//! What a form of a resource stands on: a page of its own, or another page that it lies over.

use super::ResourceView;
use super::form::Form;
use crate::account::{AccountResource, path};
use crate::trouble::Trouble;
use crate::ui::toast::Toasts;
use leptos::prelude::*;

/// What is loaded of the resource.
pub(super) type Loaded = Resource<Result<ResourceView, Trouble>>;

/// What a form asks of what it stands on.
#[derive(Clone, Copy)]
pub(super) struct Host {
    pub(super) toasts: Toasts,
    /// The tab that is open.
    pub(super) tab: RwSignal<usize>,
    ground: Ground,
}

#[derive(Clone, Copy)]
enum Ground {
    /// Its own page.
    Page(OwnPage),
    /// Another page.
    Over {
        /// Told the id once it is stored.
        saved: Callback<String>,
        /// Loads what is stored and shows it.
        again: Callback<()>,
    },
}

/// The page of a resource.
#[derive(Clone, Copy)]
pub(super) struct OwnPage {
    pub(super) loaded: Loaded,
    /// The account around it.
    pub(super) frame: AccountResource,
    /// Counts what changed the list beside it.
    pub(super) changes: RwSignal<u32>,
    /// The save button gets the focus back once the page is there again.
    pub(super) refocus: StoredValue<bool>,
    /// Goes to an address.
    pub(super) navigate: StoredValue<Box<dyn Fn(String) + Send + Sync>>,
}

impl Host {
    /// For a form on its own page.
    pub(super) fn page(toasts: Toasts, page: OwnPage) -> Self {
        Self {
            toasts,
            tab: RwSignal::new(0),
            ground: Ground::Page(page),
        }
    }

    /// For a form that stands over another page.
    pub(super) fn over(toasts: Toasts, saved: Callback<String>, again: Callback<()>) -> Self {
        Self {
            toasts,
            tab: RwSignal::new(0),
            ground: Ground::Over { saved, again },
        }
    }

    /// Shows what is stored in the place of what was entered.
    pub(super) fn load_again(self) {
        match self.ground {
            Ground::Page(page) => page.loaded.refetch(),
            Ground::Over { again, .. } => again.run(()),
        }
    }

    /// Whether the save button is waited for, asked once.
    pub(super) fn take_refocus(self) -> bool {
        match self.ground {
            Ground::Page(page) => page
                .refocus
                .try_update_value(std::mem::take)
                .unwrap_or_default(),
            Ground::Over { .. } => false,
        }
    }

    /// Everything is stored: the page shows what the server has now.
    pub(super) fn saved(self, form: Form, id: String) {
        let noun = form.noun();
        let mut capital = noun.to_owned();
        capital.get_mut(..1).map(str::make_ascii_uppercase);
        let page = match self.ground {
            Ground::Page(page) => page,
            Ground::Over { saved, .. } => {
                self.toasts.good(format!("{capital} saved"), "");
                saved.run(id);
                return;
            }
        };
        page.changes.update(|n| *n += 1);
        if form.is_new() {
            form.forget();
            page.frame.refetch();
            let section = form.view.with_value(|view| view.kind.path());
            let account = form.account.get_value();
            let place = path(&account, &format!("{section}/{id}"));
            page.navigate.with_value(|navigate| navigate(place));
            self.toasts.good(format!("{capital} added"), "");
        } else {
            form.settle();
            page.refocus.set_value(true);
            page.loaded.refetch();
            self.toasts
                .good(format!("{capital} saved"), "New calls use it now.");
        }
    }
}
