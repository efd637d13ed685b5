//! Live state: the switches that people turn by phone. Kept apart from configuration, so that a call never
//! edits what somebody may be editing in a browser.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Whose switch it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// A user, by id.
    User(String),
    /// A device, by id.
    Device(String),
}

/// Which switch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LiveKey {
    /// Do not disturb.
    DoNotDisturb(Owner),
    /// Call waiting: whether a phone in a call is offered another one.
    CallWaiting(Owner),
    /// Unconditional call forwarding.
    Forward(Owner),
    /// The users at a hot desk, by the device's id.
    HotDesk(String),
    /// Whether a user takes part in the ring groups of a callflow.
    RingGroup {
        /// The callflow's id.
        callflow: String,
        /// The user's id.
        user: String,
    },
    /// A time rule that is forced, by its id.
    TimeRule(String),
}

/// Where a switch stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LiveValue {
    /// On or off.
    On(bool),
    /// Where calls are forwarded.
    Forward {
        /// Whether they are.
        enabled: bool,
        /// The number; kept while forwarding is off.
        number: String,
    },
    /// Users, by id.
    Users(Vec<String>),
}

/// One change; `None` puts the switch back to what the configuration says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveChange {
    /// Which switch.
    pub key: LiveKey,
    /// Where it stands from now on.
    pub value: Option<LiveValue>,
}

/// All switches of an account that have been turned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Live {
    values: BTreeMap<LiveKey, LiveValue>,
}

impl Live {
    /// Makes a change.
    pub fn apply(&mut self, change: LiveChange) {
        match change.value {
            Some(value) => {
                self.values.insert(change.key, value);
            }
            None => {
                self.values.remove(&change.key);
            }
        }
    }

    /// Where a switch stands; `None` when nobody has turned it.
    #[must_use]
    pub fn get(&self, key: &LiveKey) -> Option<&LiveValue> {
        self.values.get(key)
    }

    /// Whether a switch is on; `None` when nobody has turned it.
    #[must_use]
    pub fn is_on(&self, key: &LiveKey) -> Option<bool> {
        match self.get(key)? {
            LiveValue::On(on) => Some(*on),
            LiveValue::Forward { enabled, .. } => Some(*enabled),
            LiveValue::Users(users) => Some(!users.is_empty()),
        }
    }

    /// Where calls of an owner are forwarded, once somebody has set it by phone.
    #[must_use]
    pub fn forward(&self, owner: Owner) -> Option<(bool, &str)> {
        match self.get(&LiveKey::Forward(owner))? {
            LiveValue::Forward { enabled, number } => Some((*enabled, number)),
            _ => None,
        }
    }

    /// The users who sit at a device that is not theirs.
    #[must_use]
    pub fn at_desk(&self, device: &str) -> &[String] {
        match self.get(&LiveKey::HotDesk(device.to_owned())) {
            Some(LiveValue::Users(users)) => users,
            _ => &[],
        }
    }

    /// The devices where a user sits.
    pub fn desks_of<'a>(&'a self, user: &'a str) -> impl Iterator<Item = &'a str> {
        self.values
            .iter()
            .filter_map(move |(key, value)| match (key, value) {
                (LiveKey::HotDesk(device), LiveValue::Users(users)) => users
                    .iter()
                    .any(|own| own == user)
                    .then_some(device.as_str()),
                _ => None,
            })
    }

    /// Every switch that has been turned.
    pub fn iter(&self) -> impl Iterator<Item = (&LiveKey, &LiveValue)> {
        self.values.iter()
    }
}

impl Serialize for Live {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(key, value)| (key.to_string(), value)))
    }
}

impl<'de> Deserialize<'de> for Live {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let told = BTreeMap::<String, LiveValue>::deserialize(deserializer)?;
        let read = |(key, value): (String, LiveValue)| Ok((key.parse()?, value));
        let values: Result<_, UnknownKey> = told.into_iter().map(read).collect();
        let values = values.map_err(serde::de::Error::custom)?;
        Ok(Self { values })
    }
}

impl FromIterator<(LiveKey, LiveValue)> for Live {
    fn from_iter<I: IntoIterator<Item = (LiveKey, LiveValue)>>(values: I) -> Self {
        Self {
            values: values.into_iter().collect(),
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user/{id}"),
            Self::Device(id) => write!(f, "device/{id}"),
        }
    }
}

impl fmt::Display for LiveKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DoNotDisturb(owner) => write!(f, "do-not-disturb/{owner}"),
            Self::CallWaiting(owner) => write!(f, "call-waiting/{owner}"),
            Self::Forward(owner) => write!(f, "forward/{owner}"),
            Self::HotDesk(device) => write!(f, "hot-desk/{device}"),
            Self::RingGroup { callflow, user } => write!(f, "ring-group/{callflow}/{user}"),
            Self::TimeRule(rule) => write!(f, "time-rule/{rule}"),
        }
    }
}

/// A text that names no switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKey(pub String);

impl fmt::Display for UnknownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "“{}” names no switch", self.0)
    }
}

impl std::error::Error for UnknownKey {}

impl FromStr for LiveKey {
    type Err = UnknownKey;

    fn from_str(text: &str) -> Result<Self, UnknownKey> {
        let unknown = || UnknownKey(text.to_owned());
        let (kind, rest) = text.split_once('/').ok_or_else(unknown)?;
        let pair = || rest.split_once('/').ok_or_else(unknown);
        let owner = || match pair()? {
            ("user", id) => Ok(Owner::User(id.to_owned())),
            ("device", id) => Ok(Owner::Device(id.to_owned())),
            _ => Err(unknown()),
        };
        Ok(match kind {
            "do-not-disturb" => Self::DoNotDisturb(owner()?),
            "call-waiting" => Self::CallWaiting(owner()?),
            "forward" => Self::Forward(owner()?),
            "hot-desk" => Self::HotDesk(rest.to_owned()),
            "ring-group" => pair().map(|(callflow, user)| Self::RingGroup {
                callflow: callflow.to_owned(),
                user: user.to_owned(),
            })?,
            "time-rule" => Self::TimeRule(rest.to_owned()),
            _ => return Err(unknown()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_is_found_again_by_its_name() {
        let user = Owner::User("ann".into());
        let keys = [
            LiveKey::DoNotDisturb(user.clone()),
            LiveKey::CallWaiting(Owner::Device("desk".into())),
            LiveKey::Forward(user),
            LiveKey::HotDesk("desk".into()),
            LiveKey::RingGroup {
                callflow: "sales".into(),
                user: "ann".into(),
            },
            LiveKey::TimeRule("holidays".into()),
        ];
        for key in keys {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        assert!("do-not-disturb/ann".parse::<LiveKey>().is_err());
    }

    #[test]
    fn a_switch_put_back_is_as_if_never_turned() {
        let key = LiveKey::TimeRule("holidays".into());
        let mut live = Live::default();
        live.apply(LiveChange {
            key: key.clone(),
            value: Some(LiveValue::On(true)),
        });
        assert_eq!(live.is_on(&key), Some(true));
        live.apply(LiveChange { key, value: None });
        assert_eq!(live, Live::default());
    }
}
