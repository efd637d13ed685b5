//! Actions as they stand in an edit that is sent or kept: module and data.

use crate::action::Action;
use crate::json::Object;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Action", 2)?;
        object.serialize_field("module", self.module())?;
        object.serialize_field("data", &self.to_object())?;
        object.end()
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire {
            module: String,
            #[serde(default)]
            data: Object,
        }
        let wire = Wire::deserialize(deserializer)?;
        Ok(Self::from_wire(&wire.module, wire.data))
    }
}
