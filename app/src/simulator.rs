//! The simulator: the draft on the screen, run by the interpreter of real calls, in virtual time.

mod keypad;
mod panel;
mod part;
mod path;
mod playing;
mod remote;
mod settings;
mod shown;
mod tester;
#[cfg(test)]
mod testing;
mod timeline;

pub(crate) use panel::{OPENER_ID, SimulatorPanel};
pub(crate) use path::{Mark, Path};
pub use remote::SystemPrompts;
#[cfg(feature = "ssr")]
pub(crate) use remote::{LiveProgram, STAND_IN};
pub(crate) use remote::{SimulatedAccount, load_simulated_account, zones_in};

use crate::editor::Editor;
use crate::trouble::Trouble;
use callflow::simulate::{Input, Scene};
use callflow::{Callflow, NodeId};
use leptos::prelude::*;
use part::{Part, simulator_part};
use settings::Settings;
use shown::Shown;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A call as it was begun, and what was done since.
#[derive(Clone)]
pub(crate) struct Recorded {
    /// How it was begun.
    pub(crate) scene: Scene,
    /// The draft that it runs.
    pub(crate) draft: Arc<Callflow>,
    /// What the person did.
    pub(crate) inputs: Vec<Input>,
    /// What the system prompts say.
    pub(crate) prompts: Arc<BTreeMap<String, String>>,
}

/// The simulator of one editor.
#[derive(Clone, Copy)]
pub(crate) struct Simulator {
    /// Whether its panel is open.
    pub(crate) open: RwSignal<bool>,
    /// Whether the whole navigation is shown beside it, instead of the icons alone.
    pub(crate) listed: RwSignal<bool>,
    /// What the person has filled in.
    pub(crate) settings: RwSignal<Settings>,
    /// What the server has told of the account.
    pub(crate) account: RwSignal<Option<Arc<SimulatedAccount>>>,
    /// Why it does not work at the moment.
    pub(crate) trouble: RwSignal<Option<String>>,
    /// The call.
    pub(crate) call: RwSignal<Option<Arc<Recorded>>>,
    /// Where it stands.
    pub(crate) shown: Memo<Option<Arc<Shown>>>,
    /// The interpreter, once it is loaded.
    part: RwSignal<Option<Part>>,
    /// Its path over the diagram, while the panel is open.
    pub(crate) path: Memo<Option<Arc<Path>>>,
}

impl Simulator {
    /// A simulator without a call, for the callflow with this id.
    pub(crate) fn new(callflow: String) -> Self {
        let open = RwSignal::new(false);
        let call = RwSignal::new(None::<Arc<Recorded>>);
        let part = RwSignal::new(None::<Part>);
        let shown = Memo::new(move |_| {
            let call: Arc<Recorded> = call.get()?;
            Some(Arc::new((part.get()?.shown)(&call)))
        });
        let path = Memo::new(move |_| {
            let shown: Arc<Shown> = shown.get().filter(|_| open.get())?;
            let call = call.get()?;
            Some(Arc::new(Path::of(&shown, &call, &callflow)))
        });
        Self {
            open,
            listed: RwSignal::new(false),
            settings: RwSignal::new(Settings::default()),
            account: RwSignal::new(None),
            trouble: RwSignal::new(None),
            call,
            part,
            shown,
            path,
        }
    }
}

impl Editor {
    /// Opens the simulator, or closes it.
    pub(crate) fn toggle_simulator(&self) {
        if self.simulator.open.get_untracked() {
            self.close_simulator();
        } else {
            self.open_simulator();
        }
    }

    fn open_simulator(&self) {
        let simulator = self.simulator;
        if self.live.open.get_untracked() {
            self.close_live();
        }
        simulator.open.set(true);
        simulator.listed.set(false);
        self.session.menu.set(None);
        self.resettle();
        let editor = *self;
        leptos::task::spawn_local(async move {
            if editor.know_account().await.is_some() {
                panel::focus_first();
            }
        });
    }

    /// Begins a call at a step.
    pub(crate) fn simulate_from(&self, step: NodeId) {
        if !self.simulator.open.get_untracked() {
            self.open_simulator();
        }
        self.start_simulation(Some(step));
    }

    /// Closes the simulator. What was filled in stays; the call ends.
    pub(crate) fn close_simulator(&self) {
        self.simulator.open.set(false);
        self.simulator.call.set(None);
        self.resettle();
        panel::focus_opener();
    }

    /// Begins a call with what is filled in; at a step, when one is given.
    pub(crate) fn start_simulation(&self, first: Option<NodeId>) {
        let editor = *self;
        leptos::task::spawn_local(async move {
            let Some(account) = editor.know_account().await else {
                return;
            };
            let simulator = editor.simulator;
            let Some(part) = simulator.part.get_untracked() else {
                return;
            };
            match (part.begin)(editor, &account, first) {
                Ok(call) => {
                    simulator.trouble.set(None);
                    simulator.call.set(Some(Arc::new(call)));
                }
                Err(why) => {
                    simulator.call.set(None);
                    return simulator.trouble.set(Some(why));
                }
            }
            editor.tell_news(0);
            keypad::focus_call();
        });
    }

    /// Does something with the call.
    pub(crate) fn simulate(&self, inputs: impl IntoIterator<Item = Input>) {
        let before = self.told();
        self.simulator.call.update(|call| {
            if let Some(call) = call {
                Arc::make_mut(call).inputs.extend(inputs);
            }
        });
        self.tell_news(before);
        keypad::keep_focus();
    }

    /// Takes the last thing back.
    pub(crate) fn simulate_back(&self) {
        self.simulator.call.update(|call| {
            if let Some(call) = call {
                Arc::make_mut(call).inputs.pop();
            }
        });
        self.show_now();
        let shown = self.simulator.shown.get_untracked();
        let last = shown.and_then(|shown| shown.lines.last().map(shown::Line::aloud));
        self.say(format!("One step back. {}", last.unwrap_or_default()));
    }

    fn told(&self) -> usize {
        let shown = self.simulator.shown.get_untracked();
        shown.map_or(0, |shown| shown.lines.len())
    }

    /// Says aloud what is new since so many lines, and brings the present step into view.
    fn tell_news(&self, before: usize) {
        self.show_now();
        if let Some(shown) = self.simulator.shown.get_untracked() {
            let lines = shown.lines.iter().skip(before);
            let mut news: Vec<String> = lines.map(shown::Line::aloud).collect();
            news.push(shown.state.clone());
            self.say(news.join(". "));
        }
    }

    fn show_now(&self) {
        let now = self
            .simulator
            .path
            .get_untracked()
            .and_then(|path| path.now);
        if let Some(step) = now {
            self.bring_into_view(step);
        }
    }

    /// Loads the interpreter, and what the server knows of the account, with every time zone of the draft; says why when it does not answer.
    async fn know_account(&self) -> Option<Arc<SimulatedAccount>> {
        let simulator = self.simulator;
        if simulator.part.get_untracked().is_none() {
            simulator.part.set(Some(simulator_part().await));
        }
        let mut zones = std::collections::BTreeSet::new();
        zones_in(&self.document.now().flow.to_json(), &mut zones);
        let known = simulator.account.get_untracked();
        if let Some(known) = known.filter(|known| zones.iter().all(|z| known.zones.contains_key(z)))
        {
            return Some(known);
        }
        let zones = zones.into_iter().collect();
        match load_simulated_account(self.account.get_value(), zones).await {
            Ok(account) => {
                let account = Arc::new(account);
                let numbers = self.document.now().numbers.clone();
                simulator
                    .settings
                    .update(|settings| settings.complete(&account, &numbers));
                simulator.account.set(Some(Arc::clone(&account)));
                simulator.trouble.set(None);
                Some(account)
            }
            Err(trouble) => {
                simulator.trouble.set(Some(said(&trouble)));
                None
            }
        }
    }
}

fn said(trouble: &Trouble) -> String {
    format!("{trouble} The simulator needs to know the account; try again.")
}
