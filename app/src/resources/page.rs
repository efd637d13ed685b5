//! The page of one resource: its fields, what is known of it, saving and deleting.

use super::beside::block;
use super::form::{Form, wide};
use super::host::{Host, Loaded, OwnPage};
use super::layout::{Section, Tab};
use super::neighbours::Neighbours;
use super::remove::{Asking, RemoveDialog};
use super::{ResourceView, counted, load_resource, title_of};
use crate::account::{AccountId, AccountResource, AccountView, path};
use crate::callflows::trail;
use crate::form::{FormField, one_field, secret};
use crate::ui::icon::{icon, initials};
use crate::ui::nav::{Nav, Open};
use crate::ui::page::{Failed, Loading};
use crate::ui::toast::ToastHost;
use crate::ui::top::PlainTop;
use callflow::resource::Settings;
use callflow::{Directory, ResourceKind};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_params_map};
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// `/a/{account}/{section}/{id}`, where the id `new` stands for one that is being made.
#[component]
pub(crate) fn ResourcePage() -> impl IntoView {
    let params = use_params_map();
    let of = move |key: &'static str| {
        Memo::new(move |_| params.with(|p| p.get(key).unwrap_or_default()))
    };
    resource_page(of("section"), of("id"))
}

/// `/a/{account}/settings`.
#[component]
pub(crate) fn SettingsPage() -> impl IntoView {
    let section = ResourceKind::Settings.path().to_owned();
    resource_page(
        Memo::new(move |_| section.clone()),
        Memo::new(|_| Settings::ID.to_owned()),
    )
}

fn resource_page(section: Memo<String>, id: Memo<String>) -> impl IntoView {
    let frame = expect_context::<AccountResource>();
    let AccountId(account) = expect_context();
    let known = move || Some(id.get()).filter(|id| id != "new");
    let loaded: Loaded = Resource::new_blocking(
        move || (account.get(), section.get(), known()),
        |(account, section, id)| load_resource(account, section, id),
    );
    let go = use_navigate();
    let page = OwnPage {
        loaded,
        frame,
        changes: RwSignal::new(0),
        refocus: StoredValue::new(false),
        navigate: StoredValue::new(Box::new(move |place| go(&place, Default::default()))),
    };
    let host = Host::page(expect_context(), page);
    // Another resource begins at its first tab.
    Effect::new(move |before: Option<String>| {
        let now = id.get();
        if before.is_some_and(|before| before != now) {
            host.tab.set(0);
        }
        now
    });
    let title = Signal::derive(move || match loaded.get() {
        Some(Ok(view)) if view.id.is_none() => format!("New {}", view.kind.label()),
        Some(Ok(view)) => view.name,
        _ => title_of(&section.get()).to_owned(),
    });
    view! {
        <Suspense fallback=Loading>
            {move || {
                Some(
                    match frame.get()? {
                        Ok(frame) => whole_page(&frame, section, id, title, host, page).into_any(),
                        Err(trouble) => view! { <Failed trouble /> }.into_any(),
                    },
                )
            }}
        </Suspense>
    }
    .into_any()
}

fn whole_page(
    frame: &AccountView,
    section: Memo<String>,
    id: Memo<String>,
    title: Signal<String>,
    host: Host,
    page: OwnPage,
) -> impl IntoView + use<> {
    let kind = Memo::new(move |_| ResourceKind::from_path(&section.get()));
    let single = move || kind.get() == Some(ResourceKind::Settings);
    let account = StoredValue::new(frame.account.id.clone());
    let nav = frame.clone();
    let mut steps = trail(frame);
    if !untrack(single) {
        let slug = section.get_untracked();
        let place = path(&frame.account.id, &slug);
        steps.push((title_of(&slug).to_owned(), place));
    }
    let form = RwSignal::new(None::<Form>);
    let dirty = move || {
        form.get_untracked()
            .is_some_and(|form| untrack(|| form.dirty()))
    };
    Effect::new(move |_| {
        let leaving = window_event_listener(leptos::ev::beforeunload, move |ev| {
            if dirty() {
                ev.prevent_default();
            }
        });
        on_cleanup(move || leaving.remove());
    });
    // A link within the page asks here; the browser asks only about leaving the page.
    let click = move |ev: leptos::ev::MouseEvent| {
        let target = ev
            .target()
            .and_then(|t| t.dyn_into::<web_sys::Element>().ok());
        let link = target.and_then(|t| t.closest("a[href]").ok().flatten());
        if link.is_none() || ev.ctrl_key() || ev.meta_key() || !dirty() {
            return;
        }
        let question = "Leave this page? What you changed here is not saved.";
        if window().confirm_with_message(question) == Ok(true) {
            if let Some(form) = form.get_untracked() {
                form.forget();
            }
        } else {
            ev.prevent_default();
            ev.stop_propagation();
        }
    };
    let beside = move || {
        let kind = kind.get().filter(|kind| *kind != ResourceKind::Settings)?;
        let changes = page.changes.into();
        Some(view! { <Neighbours account=account.get_value() kind open=id changes /> })
    };
    let person = frame.person.clone();
    view! {
        <div class="app no-side" class:users=move || !single() on:click=click>
            <a class="skip" href="#main">
                "Skip to the form"
            </a>
            <Transition>
                {move || {
                    let here = title.get();
                    view! {
                        <Title text=here.clone() />
                        <PlainTop trail=steps.clone() here=Signal::stored(here) person=person.clone() />
                    }
                }}
            </Transition>
            {move || view! { <Nav view=nav.clone() open=Open::Section(section.get()) /> }}
            {beside}
            <Transition fallback=|| {
                view! {
                    <main class="page" id="main">
                        <Loading />
                    </main>
                }
            }>
                {move || {
                    Some(
                        match page.loaded.get()? {
                            Ok(view) => {
                                let made = Form::new(account.get_value(), view, host);
                                form.set(Some(made));
                                view! { <FormPage form=made /> }.into_any()
                            }
                            Err(trouble) => {
                                view! {
                                    <main class="page" id="main">
                                        <Failed trouble />
                                    </main>
                                }
                                    .into_any()
                            }
                        },
                    )
                }}
            </Transition>
            <ToastHost toasts=host.toasts />
        </div>
    }
    .into_any()
}

/// Heading, tabs and fields.
#[component]
fn FormPage(form: Form) -> impl IntoView {
    let page = form.page;
    // What is typed before the page has come alive would be lost.
    let ready = RwSignal::new(false);
    Effect::new(move |_| {
        ready.set(true);
        if page.take_refocus() {
            leptos::task::spawn_local(async move {
                leptos::task::tick().await;
                crate::editor::focus_now("save-resource");
            });
        }
    });
    let asking = RwSignal::new(None::<Asking>);
    let tabs = form.tabs();
    let several = tabs.len() > 1;
    let radios = tabs
        .iter()
        .enumerate()
        .map(|(at, tab)| {
            view! {
                <input
                    type="radio"
                    name="tab"
                    id=format!("t{}", at + 1)
                    aria-label=tab.title
                    checked=at == 0
                    prop:checked=move || page.tab.get() == at
                    on:change=move |_| page.tab.set(at)
                />
            }
        })
        .collect_view();
    let names = tabs
        .iter()
        .enumerate()
        .map(|(at, tab)| {
            view! {
                <label for=format!("t{}", at + 1)>{tab.title} {tally(form, tab)}</label>
            }
        })
        .collect_view();
    let directory = Arc::new(form.view.with_value(|view| view.directory.clone()));
    let panels = tabs
        .iter()
        .enumerate()
        .map(|(at, tab)| panel(form, at, tab, &directory))
        .collect_view();
    view! {
        <main class="page" class:tabset=several id="main">
            {several.then_some(radios)}
            {head(form, asking, ready)}
            <Stale form />
            {several.then(|| view! { <div class="tabs-line">{names}</div> })}
            <form
                id="resource-form"
                novalidate
                autocomplete="off"
                on:submit=move |ev| {
                    ev.prevent_default();
                    form.save();
                }
            >
                <fieldset disabled=move || !ready.get()>{panels}</fieldset>
            </form>
        </main>
        <RemoveDialog form asking />
    }
    .into_any()
}

/// How many things a tab holds.
fn tally(form: Form, tab: &Tab) -> Option<AnyView> {
    let around = form.view.with_value(|view| view.around.clone());
    match tab.title {
        "Devices" => Some(view! { <span class="count">{around.phones.len()}</span> }.into_any()),
        "Messages" => Some(view! { <span class="count">{around.messages}</span> }.into_any()),
        "Call forwarding" => {
            let on = move || form.value_of("call_forward.enabled").as_bool() == Some(true);
            let chip = move || on().then(|| view! { <span class="chip info mini">"On"</span> });
            Some(chip.into_any())
        }
        _ => None,
    }
}

fn head(form: Form, asking: RwSignal<Option<Asking>>, ready: RwSignal<bool>) -> AnyView {
    let view = form.view.get_value();
    let (noun, new) = (form.noun(), form.is_new());
    let single = view.kind == ResourceKind::Settings;
    let face = if view.kind == ResourceKind::User && !new {
        view! {
            <span class="avatar big" aria-hidden="true">
                {initials(&view.name)}
            </span>
        }
        .into_any()
    } else {
        let glyph = super::icon_of(view.kind.path());
        view! { <span class="avatar big of-kind">{icon(glyph, 20)}</span> }.into_any()
    };
    let title = if new {
        format!("New {noun}")
    } else {
        view.name.clone()
    };
    let save = match (new, single) {
        (true, _) => format!("Add {noun}"),
        (false, true) => "Save settings".to_owned(),
        (false, false) => format!("Save {noun}"),
    };
    let list = path(&form.account.get_value(), view.kind.path());
    let cancel = if new {
        view! {
            <a class="btn" href=list>
                "Cancel"
            </a>
        }
        .into_any()
    } else {
        view! {
            <button class="btn" type="button" disabled=move || !form.dirty() on:click=move |_| form.forget()>
                "Cancel"
            </button>
        }
        .into_any()
    };
    let delete = (!new && !single).then(|| {
        let label = format!("Delete {noun}");
        view! {
            <button
                class="icon-btn"
                type="button"
                id="delete-resource"
                disabled=move || !ready.get()
                aria-label=label.clone()
                title=label
                on:click=move |_| asking.set(Some(Asking::Sure))
            >
                {icon("trash-2", 18)}
            </button>
        }
    });
    view! {
        <div class="page-head">
            {face} <div>
                <h1>{title}</h1>
                <span class="muted num-t">{about(&view)}</span>
            </div> <div class="top-actions">
                {delete} {cancel}
                <button
                    class="btn btn-primary"
                    type="submit"
                    form="resource-form"
                    id="save-resource"
                    disabled=move || !ready.get()
                    aria-busy=move || form.saving.get().then_some("true")
                >
                    {move || if form.saving.get() { "Saving".to_owned() } else { save.clone() }}
                </button>
            </div>
        </div>
    }
    .into_any()
}

/// "1 of 2 devices registered, saved today, 10:31 by Maya".
fn about(view: &ResourceView) -> String {
    let mut parts = Vec::new();
    if view.kind == ResourceKind::User && view.id.is_some() {
        let phones = &view.around.phones;
        let registered = phones.iter().filter(|phone| phone.registered).count();
        let all = counted(phones.len(), "device", "devices");
        parts.push(format!("{registered} of {all} registered"));
    }
    match &view.change {
        Some(change) if change.by.is_empty() => parts.push(format!("Saved {}", change.when)),
        Some(change) => parts.push(format!("Saved {} by {}", change.when, change.by)),
        None => {}
    }
    parts.join(" · ")
}

/// Told when somebody else was first: nothing is lost, and both ways on are offered.
#[component]
pub(super) fn Stale(form: Form) -> impl IntoView {
    let noun = form.noun();
    move || {
        let change = form.stale.get()?;
        let who = if change.by.is_empty() {
            "Somebody else".to_owned()
        } else {
            change.by.clone()
        };
        let said = format!(
            "{who} saved this {noun} in between, {}. Your changes are still here.",
            change.when
        );
        let revision = change.revision;
        Some(view! {
            <div class="banner info conflict" role="alert">
                {icon("user-round", 16)} <span class="grow">{said}</span>
                <button
                    class="btn btn-sm"
                    type="button"
                    on:click=move |_| {
                        form.forget();
                        form.stale.set(None);
                        form.page.load_again();
                    }
                >
                    "Drop mine, show theirs"
                </button>
                <button
                    class="btn btn-sm"
                    type="button"
                    on:click=move |_| {
                        form.base.set(revision);
                        form.save();
                    }
                >
                    "Add mine to theirs"
                </button>
            </div>
        })
    }
}

fn panel(form: Form, at: usize, tab: &'static Tab, directory: &Arc<Directory>) -> AnyView {
    let class = format!("form panel p{}", at + 1);
    let before = tab
        .before
        .iter()
        .map(|what| block(*what, form))
        .collect_view();
    let sections = tab
        .sections
        .iter()
        .map(|section| section_view(form, section, directory))
        .collect_view();
    let after = tab
        .after
        .iter()
        .map(|what| block(*what, form))
        .collect_view();
    let advanced = (at == 0).then(|| advanced(form, directory));
    view! { <div class=class>{before} {sections} {after} {advanced}</div> }.into_any()
}

pub(super) fn section_view(
    form: Form,
    section: &Section,
    directory: &Arc<Directory>,
) -> Option<AnyView> {
    let keys = section.keys.iter();
    let fields: Vec<FormField> = keys.filter_map(|key| form.field(key)).collect();
    if fields.is_empty() {
        return None;
    }
    Some(super::beside::framed(
        section.title,
        section.help,
        grid(form, fields, directory),
    ))
}

/// What few people need, behind a disclosure.
pub(super) fn advanced(form: Form, directory: &Arc<Directory>) -> Option<AnyView> {
    let fields = form.others();
    if fields.is_empty() {
        return None;
    }
    let said = counted(fields.len(), "more setting", "more settings");
    let content = grid(form, fields, directory);
    Some(
        view! {
            <details class="advanced" prop:open=move || form.advanced.get()>
                <summary>
                    {icon("chevron-right", 16)} <b>"Advanced"</b> <span class="muted">{said}</span>
                </summary>
                <div class="form-sec">
                    <header></header>
                    {content}
                </div>
            </details>
        }
        .into_any(),
    )
}

fn grid(form: Form, fields: Vec<FormField>, directory: &Arc<Directory>) -> AnyView {
    let cells = fields
        .into_iter()
        .map(|field| {
            let key = field.spec.key;
            let full = wide(&field);
            let widget = if field.spec.is_secret() {
                secret(&field, form.is_kept(key), form.is_removable(key))
            } else {
                one_field(field, directory)
            };
            view! {
                <div class="cell" class:full=full class:is-hidden=move || !form.matters(key)>
                    {widget}
                </div>
            }
        })
        .collect_view();
    view! { <div class="form-grid">{cells}</div> }.into_any()
}
