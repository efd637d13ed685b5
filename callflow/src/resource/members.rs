//! Members of ring groups.

use crate::field::{Field, FieldKind};
use crate::json;
use crate::limits;
use serde_json::{Map, Value, json};

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberKind {
    /// All phones of a person.
    User,
    /// One phone.
    Device,
    /// The members of a ring group.
    Group,
}

impl MemberKind {
    /// The stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Device => "device",
            Self::Group => "group",
        }
    }

    fn parse(value: &Value) -> Option<Self> {
        match value.as_str()? {
            "user" => Some(Self::User),
            "device" => Some(Self::Device),
            "group" => Some(Self::Group),
            _ => None,
        }
    }
}

/// One member with its times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The id of the user, device or group.
    pub id: String,
    /// Which of them.
    pub kind: MemberKind,
    /// Seconds before it starts to ring.
    pub delay: Option<u32>,
    /// Seconds that it rings.
    pub timeout: Option<u32>,
    /// 1 to 100: order in a group, probability in a weighted draw.
    pub weight: Option<u32>,
    /// Keys that this version does not know.
    pub extra: json::Object,
}

impl Member {
    /// A member without times of its own.
    #[must_use]
    pub fn new(kind: MemberKind, id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            kind,
            delay: None,
            timeout: None,
            weight: None,
            extra: Map::new(),
        }
    }

    /// Seconds that a member rings where nothing else is said.
    pub const DEFAULT_TIMEOUT: u32 = 20;

    fn read(object: &json::Object, id: String, kind_key: &str) -> Option<Self> {
        let kind = MemberKind::parse(object.get(kind_key)?)?;
        let seconds = |key| {
            object
                .get(key)
                .and_then(json::integer)
                .and_then(|n| u32::try_from(n).ok())
                .filter(|n| *n <= 3_600)
        };
        let mut extra = object.clone();
        for key in ["id", kind_key, "delay", "timeout", "weight"] {
            extra.shift_remove(key);
        }
        Some(Self {
            id,
            kind,
            delay: seconds("delay"),
            timeout: seconds("timeout").filter(|n| *n > 0),
            weight: seconds("weight").filter(|n| (1..=100).contains(n)),
            extra,
        })
    }

    fn write(&self, kind_key: &str, with_id: bool) -> Value {
        let mut object = Map::new();
        if with_id {
            object.insert("id".into(), json!(self.id));
        }
        object.insert(kind_key.into(), json!(self.kind.as_str()));
        for (key, value) in [
            ("delay", self.delay),
            ("timeout", self.timeout),
            ("weight", self.weight),
        ] {
            if let Some(value) = value {
                object.insert(key.into(), json!(value));
            }
        }
        object.extend(self.extra.clone());
        Value::Object(object)
    }
}

impl Member {
    fn schema(kind_key: &str, with_id: bool) -> Value {
        let mut schema = json!({
            "type": "object",
            "properties": {
                "delay": {"type": "integer", "minimum": 0, "maximum": 3_600, "x-unit": "s"},
                "timeout": {"type": "integer", "minimum": 1, "maximum": 3_600, "x-unit": "s"},
                "weight": {"type": "integer", "minimum": 1, "maximum": 100},
            },
        });
        schema["properties"][kind_key] = json!({"enum": ["user", "device", "group"]});
        schema["required"] = json!([kind_key]);
        if with_id {
            schema["properties"]["id"] =
                json!({"type": "string", "minLength": 1, "maxLength": 128});
            schema["required"] = json!(["id", kind_key]);
        }
        schema
    }
}

/// The members of a Ring Group step: a list, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members(pub Vec<Member>);

impl Field for Members {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        FieldKind::Members
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let wrong = || {
            "Choose users, devices or groups, each with a delay and a time to ring in seconds."
                .to_owned()
        };
        let items = match value {
            Value::Null => return Ok(Self::default()),
            Value::Array(items) if items.len() <= limits::MAX_LEGS => items,
            _ => return Err(wrong()),
        };
        items
            .iter()
            .map(|item| {
                let object = item.as_object()?;
                Member::read(
                    object,
                    object.get("id").and_then(json::text)?,
                    "endpoint_type",
                )
            })
            .collect::<Option<_>>()
            .map(Self)
            .ok_or_else(wrong)
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            return Value::Null;
        }
        self.0
            .iter()
            .map(|member| member.write("endpoint_type", true))
            .collect()
    }
    fn schema() -> Value {
        json!({"type": "array", "maxItems": limits::MAX_LEGS, "items": Member::schema("endpoint_type", true)})
    }
}

/// The members of a group resource: stored as an object by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupMembers(pub Vec<Member>);

impl Field for GroupMembers {
    const OPTIONAL: bool = true;
    fn kind() -> FieldKind {
        FieldKind::Members
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        match value {
            Value::Object(map) => map
                .iter()
                .map(|(id, item)| Member::read(item.as_object()?, id.clone(), "type"))
                .collect::<Option<_>>()
                .map(Self)
                .ok_or_else(|| "Each member has a type: user, device or group.".to_owned()),
            list => Members::from_json(list).map(|members| Self(members.0)),
        }
    }
    fn to_form(&self) -> Value {
        Members(self.0.clone()).to_json()
    }
    fn to_json(&self) -> Value {
        if self.0.is_empty() {
            return Value::Null;
        }
        Value::Object(
            self.0
                .iter()
                .map(|m| (m.id.clone(), m.write("type", false)))
                .collect(),
        )
    }
    fn schema() -> Value {
        json!({"type": "object", "additionalProperties": Member::schema("type", false)})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_a_group_are_the_same_after_a_form() {
        let stored = json!({"ann": {"type": "user", "weight": 2, "note": "kept"}, "desk": {"type": "device"}});
        let members = GroupMembers::from_json(&stored).unwrap();
        let form = members.to_form();
        assert_eq!(form[0]["endpoint_type"], "user");
        assert_eq!(GroupMembers::from_json(&form).unwrap().to_json(), stored);
    }
}
