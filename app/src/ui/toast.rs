//! Short messages at the bottom left, one at a time.

use super::icon::icon;
use leptos::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// How a toast looks and how long it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Something was done; 10 s, because it may offer a way back.
    Plain,
    /// Good news; 5 s.
    Good,
    /// Something failed; stays until it is closed.
    Bad,
}

/// What the button of a message does. It may outlive the part of the page that sent the message.
pub(crate) type Act = Arc<dyn Fn() + Send + Sync>;

/// One message.
#[derive(Clone)]
pub(crate) struct Toast {
    /// Look and duration.
    pub(crate) tone: Tone,
    /// Icon name.
    pub(crate) icon: &'static str,
    /// What happened.
    pub(crate) title: String,
    /// More about it; may be empty.
    pub(crate) text: String,
    /// A button and what it does.
    pub(crate) action: Option<(String, Act)>,
}

/// Where toasts are sent.
#[derive(Clone, Copy)]
pub(crate) struct Toasts {
    current: RwSignal<Option<(u64, Toast)>>,
    count: StoredValue<u64>,
}

impl Toasts {
    pub(crate) fn new() -> Self {
        Self {
            current: RwSignal::new(None),
            count: StoredValue::new(0),
        }
    }

    /// Shows a toast in place of the one before.
    pub(crate) fn show(self, toast: Toast) {
        self.count.update_value(|count| *count += 1);
        self.current.set(Some((self.count.get_value(), toast)));
    }

    /// A failure in words.
    pub(crate) fn fail(self, title: impl Into<String>, text: impl ToString) {
        self.show(Toast {
            tone: Tone::Bad,
            icon: "circle-alert",
            title: title.into(),
            text: text.to_string(),
            action: None,
        });
    }

    /// Good news.
    pub(crate) fn good(self, title: impl Into<String>, text: impl ToString) {
        self.show(Toast {
            tone: Tone::Good,
            icon: "circle-check",
            title: title.into(),
            text: text.to_string(),
            action: None,
        });
    }

    fn close(self, number: u64) {
        self.current.update(|current| {
            if current.as_ref().is_some_and(|(shown, _)| *shown == number) {
                *current = None;
            }
        });
    }
}

/// The place where toasts appear.
#[component]
pub(crate) fn ToastHost(toasts: Toasts) -> impl IntoView {
    // Hover and focus stop the clock; it starts again from the beginning afterwards.
    let held = RwSignal::new(false);
    Effect::new(move |running: Option<Option<TimeoutHandle>>| {
        if let Some(Some(handle)) = running {
            handle.clear();
        }
        let (number, tone) = toasts
            .current
            .with(|t| t.as_ref().map(|(n, t)| (*n, t.tone)))?;
        let wait = match tone {
            Tone::Plain => 10,
            Tone::Good => 5,
            Tone::Bad => return None,
        };
        if held.get() {
            return None;
        }
        set_timeout_with_handle(move || toasts.close(number), Duration::from_secs(wait)).ok()
    });
    view! {
        <div
            class="toasts"
            on:mouseenter=move |_| held.set(true)
            on:mouseleave=move |_| held.set(false)
            on:focusin=move |_| held.set(true)
            on:focusout=move |_| held.set(false)
        >
            {move || {
                toasts
                    .current
                    .get()
                    .map(|(number, toast)| {
                        held.set(false);
                        view! { <ToastCard toast close=move || toasts.close(number) /> }
                    })
            }}
        </div>
    }
    .into_any()
}

#[component]
fn ToastCard(toast: Toast, close: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let (class, role) = match toast.tone {
        Tone::Plain => ("toast", "status"),
        Tone::Good => ("toast ok", "status"),
        Tone::Bad => ("toast bad", "alert"),
    };
    view! {
        <div class=class role=role>
            {icon(toast.icon, 18)} <div>
                <b>{toast.title}</b>
                {(!toast.text.is_empty()).then(|| view! { <p>{toast.text}</p> })}
                {toast
                    .action
                    .map(|(label, run)| {
                        view! {
                            <button
                                class="btn btn-sm"
                                on:click=move |_| {
                                    run();
                                    close();
                                }
                            >
                                {label}
                            </button>
                        }
                    })}
            </div>
            <button class="icon-btn" aria-label="Close message" on:click=move |_| close()>
                {icon("x", 16)}
            </button>
        </div>
    }
    .into_any()
}
