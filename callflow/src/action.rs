//! Actions: what a step can do. One file an action, one line in the catalog below.

pub mod parts;

mod after_bridge;
mod answer;
mod audio_macro;
mod branch_bnumber;
mod branch_variable;
mod call_forward;
mod call_pickup;
mod call_waiting;
mod callflow;
mod check_cid;
mod cidlistmatch;
mod collect_dtmf;
mod conference;
mod dead_air;
mod device;
mod directory;
mod disa;
mod do_not_disturb;
mod dynamic_cid;
mod eavesdrop;
mod echo;
mod fax_detect;
mod faxbox;
mod flush_dtmf;
mod group_pickup;
mod group_pickup_feature;
mod hangup;
mod hotdesk;
mod intercept;
mod intercom;
mod jump;
mod language;
mod lookupcidname;
mod manual_presence;
mod menu;
mod missed_call_alert;
mod r#move;
mod noop;
mod notification;
mod offnet;
mod page_group;
mod park;
mod pivot;
mod play;
mod prepend_cid;
mod privacy;
mod receive_fax;
mod record_call;
mod record_caller;
mod resources;
mod response;
mod ring_group;
mod ring_group_toggle;
mod route_to_cid;
mod send_dtmf;
mod set_alert_info;
mod set_cid;
mod set_variable;
mod set_variables;
mod sleep;
pub(crate) mod temporal_route;
mod tones;
mod transfer;
mod tts;
mod user;
mod voicemail;
mod wait_for_hangup;
mod webhook;

pub use after_bridge::SetAfterBridge;
pub use answer::Answer;
pub use audio_macro::{AudioMacro, MacroEntry, MacroList};
pub use branch_bnumber::BranchNumber;
pub use branch_variable::{BranchVariable, Scope, VariablePath};
pub use call_forward::CallForward;
pub use call_pickup::PickUpCall;
pub use call_waiting::CallWaiting;
pub use callflow::ToCallflow;
pub use check_cid::CheckCid;
pub use cidlistmatch::CallerInList;
pub use collect_dtmf::CollectDtmf;
pub use conference::ToConference;
pub use dead_air::DeadAir;
pub use device::RingDevice;
pub use directory::ToDirectory;
pub use disa::Disa;
pub use do_not_disturb::DoNotDisturb;
pub use dynamic_cid::DynamicCid;
pub use eavesdrop::Eavesdrop;
pub use echo::Echo;
pub use fax_detect::FaxDetect;
pub use faxbox::ToFaxBox;
pub use flush_dtmf::FlushDtmf;
pub use group_pickup::GroupPickup;
pub use group_pickup_feature::{DirectedPickup, PickupScope};
pub use hangup::HangUp;
pub use hotdesk::HotDesk;
pub use intercept::Intercept;
pub use intercom::Intercom;
pub use jump::Jump;
pub use language::SetLanguage;
pub use lookupcidname::CallerNameFromList;
pub use manual_presence::ManualPresence;
pub use menu::ToMenu;
pub use missed_call_alert::MissedCallAlert;
pub use r#move::MoveCall;
pub use noop::Noop;
pub use notification::{Notification, SendAt};
pub use offnet::GlobalCarrier;
pub use page_group::{PageAudio, PageGroup};
pub use park::{ParkAction, ParkLamp, ToPark};
pub use pivot::{Pivot, ReplyFormat, RequestBody};
pub use play::Play;
pub use prepend_cid::PrependCid;
pub use privacy::HideCaller;
pub use receive_fax::ReceiveFax;
pub use record_call::RecordCall;
pub use record_caller::RecordCaller;
pub use resources::AccountCarrier;
pub use response::Response;
pub use ring_group::{RingGroup, RingOrder};
pub use ring_group_toggle::RingGroupToggle;
pub use route_to_cid::RouteToCallerId;
pub use send_dtmf::SendDtmf;
pub use set_alert_info::SetAlertInfo;
pub use set_cid::SetCid;
pub use set_variable::SetVariable;
pub use set_variables::SetVariables;
pub use sleep::Sleep;
pub use temporal_route::{
    Decision, Setting, TimeOfDay, as_switched, is_active, resolve_zone, rule_changes,
};
pub use tones::{ToneList, ToneSpec, Tones};
pub use transfer::Transfer;
pub use tts::Tts;
pub use user::RingUser;
pub use voicemail::{Voicemail, VoicemailAction};
pub use wait_for_hangup::WaitForHangUp;
pub use webhook::Webhook;

pub use crate::face::{BranchChoice, Branches, Caption, Category, Family, FreeKey, Needs, Preset};

use crate::call::{Call, Ended, Next};
use crate::check::Finding;
use crate::directory::Directory;
use crate::field::{AnyFields, FieldError, FieldSpec, Fields, table};
use crate::flow::NodeId;
use crate::json::Object;
use crate::value::StepRef;
use serde_json::Value;
use std::sync::OnceLock;

/// One kind of action.
pub trait Definition: Fields + Send + Sync {
    /// KAZOO's module name.
    const MODULE: &'static str;
    /// The catalog entries; the first is the main face.
    const PRESETS: &'static [Preset];
    /// What the call must be.
    const NEEDS: Needs;

    /// How it leads on, with this data.
    fn branches(&self, directory: &Directory) -> Branches;

    /// What is wrong with it beyond its fields. `keys` are the branches that are drawn.
    fn check(&self, directory: &Directory, keys: &[&str]) -> Vec<Finding>;

    /// What the block shows.
    fn caption(&self, directory: &Directory) -> Caption;

    /// What the block shows when its branches are known: a menu counts its choices.
    fn caption_with(&self, directory: &Directory, keys: &[&str]) -> Caption {
        let _ = keys;
        self.caption(directory)
    }

    /// What it does on a call.
    fn run(&self, call: &mut Call) -> impl Future<Output = Result<Next, Ended>> + Send;
}

/// A module that this version does not know. It is kept as it is and passed over on calls.
#[derive(Clone, Debug, PartialEq)]
pub struct Unknown {
    /// The module.
    pub module: String,
    /// Its data.
    pub data: Object,
}

macro_rules! catalog {
    ($( $variant:ident($ty:ty), )*) => {
        /// What a step does: one of the catalog's actions, or one that this version does not know.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Action {
            $(
                #[doc = concat!("See [`", stringify!($ty), "`].")]
                $variant(Box<$ty>),
            )*
            /// Kept untouched.
            Unknown(Box<Unknown>),
        }

        impl Action {
            /// Reads a step's module and data. Values that do not fit are kept; checks report them.
            #[must_use]
            pub fn from_wire(module: &str, data: Object) -> Self {
                match module {
                    $( <$ty as Definition>::MODULE => Self::$variant(Box::new(<$ty as Fields>::parse(data).0)), )*
                    _ => Self::Unknown(Box::new(Unknown { module: module.to_owned(), data })),
                }
            }

            /// The module's name.
            #[must_use]
            pub fn module(&self) -> &str {
                match self { $( Self::$variant(_) => <$ty as Definition>::MODULE, )* Self::Unknown(u) => &u.module }
            }

            /// The data, with everything that was in it.
            #[must_use]
            pub fn to_object(&self) -> Object {
                match self.fields() {
                    Ok(fields) => table::object(fields),
                    Err(unknown) => unknown.data.clone(),
                }
            }

            /// Its fields, whatever kind it is.
            fn fields(&self) -> Result<&dyn AnyFields, &Unknown> {
                match self { $( Self::$variant(a) => Ok(a.as_ref()), )* Self::Unknown(u) => Err(u) }
            }

            fn fields_mut(&mut self) -> Result<&mut dyn AnyFields, &mut Unknown> {
                match self { $( Self::$variant(a) => Ok(a.as_mut()), )* Self::Unknown(u) => Err(u) }
            }

            /// The form's fields.
            #[must_use]
            pub fn specs(&self) -> Vec<FieldSpec> {
                self.described().to_vec()
            }

            /// One field's value.
            #[must_use]
            pub fn get(&self, key: &str) -> Value {
                match self.fields() {
                    Ok(fields) => table::get(fields, key),
                    Err(unknown) => crate::json::get(&unknown.data, key).cloned().unwrap_or_default(),
                }
            }

            /// Changes one field.
            ///
            /// # Errors
            /// When the key is unknown or the value does not fit.
            pub fn set(&mut self, key: &str, value: &Value) -> Result<(), FieldError> {
                match self.fields_mut() {
                    Ok(fields) => table::set(fields, key, value),
                    Err(unknown) => {
                        crate::json::set(&mut unknown.data, key, value.clone());
                        Ok(())
                    }
                }
            }

            /// The values in the data that do not fit their fields.
            #[must_use]
            pub fn misfits(&self) -> Vec<FieldError> {
                self.fields().map_or_else(|_| Vec::new(), table::misfits)
            }

            /// The form's fields, described once for all steps of a kind.
            pub(crate) fn described(&self) -> &'static [FieldSpec] {
                let cell = match self {
                    $( Self::$variant(_) => {
                        static SPECS: OnceLock<Vec<FieldSpec>> = OnceLock::new();
                        &SPECS
                    } )*
                    Self::Unknown(_) => return &[],
                };
                cell.get_or_init(|| {
                    let new = self.fields().map(AnyFields::new_one);
                    new.map_or_else(|_| Vec::new(), |new| table::specs(&*new))
                })
            }

            /// How it leads on.
            #[must_use]
            pub fn branches(&self, directory: &Directory) -> Branches {
                match self { $( Self::$variant(a) => a.branches(directory), )* Self::Unknown(_) => Branches::Fork {
                    choices: vec![BranchChoice::word("_", "Otherwise")],
                    free: Some(FreeKey::Text),
                    add_label: "Branch",
                    default: "_",
                } }
            }

            /// What is wrong beyond the fields.
            #[must_use]
            pub fn check(&self, directory: &Directory, keys: &[&str]) -> Vec<Finding> {
                match self { $( Self::$variant(a) => a.check(directory, keys), )* Self::Unknown(u) => vec![Finding::unknown(&u.module)] }
            }

            /// What the block shows.
            #[must_use]
            pub fn caption(&self, directory: &Directory) -> Caption {
                match self { $( Self::$variant(a) => a.caption(directory), )* Self::Unknown(u) => Caption::text(u.module.clone()) }
            }

            /// What the block shows, with the branches that are drawn.
            #[must_use]
            pub fn caption_with(&self, directory: &Directory, keys: &[&str]) -> Caption {
                match self { $( Self::$variant(a) => a.caption_with(directory, keys), )* Self::Unknown(u) => Caption::text(u.module.clone()) }
            }

            /// What the call must be when it runs.
            #[must_use]
            pub fn needs(&self) -> Needs {
                match self { $( Self::$variant(_) => <$ty as Definition>::NEEDS, )* Self::Unknown(_) => Needs::Nothing }
            }

            /// Runs it on a call.
            pub(crate) async fn run(&self, call: &mut Call) -> Result<Next, Ended> {
                match self { $( Self::$variant(a) => a.run(call).await, )* Self::Unknown(_) => Ok(Next::Continue) }
            }

            pub(crate) fn presets(&self) -> &'static [Preset] {
                match self { $( Self::$variant(_) => <$ty as Definition>::PRESETS, )* Self::Unknown(_) => &[UNKNOWN] }
            }
        }

        /// The catalog: every entry with its module, in the order of registration.
        #[must_use]
        pub fn catalog() -> Vec<Entry> {
            let mut entries = Vec::new();
            $( entries.extend(<$ty as Definition>::PRESETS.iter().map(|preset| Entry {
                module: <$ty as Definition>::MODULE,
                preset,
                make: |mark| {
                    let action: $ty = crate::field::fresh();
                    let mut object = action.to_object();
                    make_face(&mut object, <$ty as Definition>::PRESETS, mark);
                    Action::$variant(Box::new(<$ty as Fields>::parse(object).0))
                },
            })); )*
            stand_apart(&mut entries);
            entries
        }
    };
}

catalog! {
    Play(Play),
    RingGroup(RingGroup),
    Conference(ToConference),
    User(RingUser),
    Voicemail(Voicemail),
    Menu(ToMenu),
    BranchVariable(BranchVariable),
    Device(RingDevice),
    SetAlertInfo(SetAlertInfo),
    Callflow(ToCallflow),
    PageGroup(PageGroup),
    SetVariables(SetVariables),
    MissedCallAlert(MissedCallAlert),
    ManualPresence(ManualPresence),
    Tts(Tts),
    Sleep(Sleep),
    Language(SetLanguage),
    GroupPickup(GroupPickup),
    ReceiveFax(ReceiveFax),
    Pivot(Pivot),
    CollectDtmf(CollectDtmf),
    Disa(Disa),
    Response(Response),
    FaxBox(ToFaxBox),
    GlobalCarrier(GlobalCarrier),
    AccountCarrier(AccountCarrier),
    Directory(ToDirectory),
    Webhook(Webhook),
    TimeOfDay(TimeOfDay),
    RingGroupToggle(RingGroupToggle),
    HotDesk(HotDesk),
    DoNotDisturb(DoNotDisturb),
    DynamicCid(DynamicCid),
    PrependCid(PrependCid),
    SetCid(SetCid),
    Privacy(HideCaller),
    CheckCid(CheckCid),
    CallerInList(CallerInList),
    CallerNameFromList(CallerNameFromList),
    RouteToCid(RouteToCallerId),
    RecordCall(RecordCall),
    RecordCaller(RecordCaller),
    CallForward(CallForward),
    Park(ToPark),
    Intercom(Intercom),
    DirectedPickup(DirectedPickup),
    PickUpCall(PickUpCall),
    Intercept(Intercept),
    Eavesdrop(Eavesdrop),
    Move(MoveCall),
    Transfer(Transfer),
    AfterBridge(SetAfterBridge),
    CallWaiting(CallWaiting),
    Jump(Jump),
    Answer(Answer),
    HangUp(HangUp),
    BranchNumber(BranchNumber),
    SetVariable(SetVariable),
    AudioMacro(AudioMacro),
    Tones(Tones),
    Echo(Echo),
    DeadAir(DeadAir),
    FaxDetect(FaxDetect),
    FlushDtmf(FlushDtmf),
    SendDtmf(SendDtmf),
    Notification(Notification),
    WaitForHangUp(WaitForHangUp),
    Noop(Noop),
}

/// Entries in another group than their module's main face: each stands right after the entry named.
const APART: &[(&str, &str)] = &[
    ("Conference Service", "Response"),
    ("Check Voicemail", "Conference Service"),
];

fn stand_apart(entries: &mut Vec<Entry>) {
    for (label, before) in APART {
        let at =
            |entries: &[Entry], label: &str| entries.iter().position(|e| e.preset.label == label);
        if let Some(entry) = at(entries, label).map(|at| entries.remove(at)) {
            let place = at(entries, before).map_or(entries.len(), |at| at + 1);
            entries.insert(place, entry);
        }
    }
}

/// Makes new data that of one entry.
fn make_face(object: &mut Object, presets: &[Preset], mark: Option<(&str, &str)>) {
    match mark {
        Some((key, "")) => crate::json::set(object, key, Value::Null),
        Some((key, value)) => crate::json::set(object, key, Value::from(value)),
        None => {
            // The face without a mark has the key whose absence marks another, empty until somebody chooses.
            for (key, _) in presets
                .iter()
                .filter_map(|preset| preset.mark)
                .filter(|(_, value)| value.is_empty())
            {
                object.entry(key).or_insert(Value::Null);
            }
        }
    }
}

/// One entry of the catalog.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The module it makes.
    pub module: &'static str,
    /// Name, group, icon, help.
    pub preset: &'static Preset,
    make: fn(Option<(&'static str, &'static str)>) -> Action,
}

impl Entry {
    /// A stable id of the entry: the module, with the mark where there is one.
    #[must_use]
    pub fn id(&self) -> String {
        match self.preset.mark {
            None => self.module.to_owned(),
            Some((key, value)) => format!("{}[{key}={value}]", self.module),
        }
    }

    /// A new action with the default values.
    #[must_use]
    pub fn make(&self) -> Action {
        (self.make)(self.preset.mark)
    }
}

const UNKNOWN: Preset = Preset {
    label: "Unknown action",
    category: Category::Advanced,
    icon: "circle-help",
    family: Family::Set,
    help: "Kept as it is and passed over",
    synonyms: &[],
    mark: None,
};

impl Action {
    /// The catalog entry that it is.
    #[must_use]
    pub fn preset(&self) -> &'static Preset {
        let presets = self.presets();
        let marked = presets.iter().find(|preset| match preset.mark {
            None => false,
            Some((key, "")) => crate::json::get(&self.to_object(), key).is_none(),
            Some((key, value)) => self.get(key).as_str() == Some(value),
        });
        let main = presets.iter().find(|preset| preset.mark.is_none());
        marked.or(main).or(presets.first()).unwrap_or(&UNKNOWN)
    }

    /// The step of the same flow that it goes on at.
    #[must_use]
    pub fn goes_to(&self) -> Option<NodeId> {
        match self {
            Self::Jump(jump) => jump.step.0,
            _ => None,
        }
    }

    /// Has it go on at another step, if it goes on at one.
    pub(crate) fn go_to(&mut self, step: NodeId) {
        if let Self::Jump(jump) = self {
            jump.step = StepRef(Some(step));
            // However it was written before: the same target is the same text.
            crate::json::set(&mut jump.source, "step", Value::from(step.to_string()));
        }
    }

    /// The label of one of its branches, for pills and announcements.
    #[must_use]
    pub fn branch_label(&self, key: &str, directory: &Directory) -> BranchChoice {
        let choices = match self.branches(directory) {
            Branches::None => Vec::new(),
            Branches::Next(choices) | Branches::Fork { choices, .. } => choices,
        };
        choices
            .into_iter()
            .find(|choice| choice.key == key)
            .unwrap_or_else(|| {
                if key == "_" {
                    BranchChoice::word("_", "Otherwise")
                } else if key.chars().all(|c| crate::value::Keys::ALL.contains(c)) {
                    BranchChoice::key(key)
                } else {
                    BranchChoice::word(key, key)
                }
            })
    }
}
