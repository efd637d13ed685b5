//! Whether the sound of a phone or a carrier is encrypted.

use crate::field::{Field, FieldKind};
use crate::json;
use crate::resource::{Carrier, Device};
use serde_json::{Value, json};

/// Keys in the session description (RFC 4568): the method that is spoken here.
const SRTP: &str = "srtp";

/// The ways to encrypt sound that a phone or a carrier knows. Others than SRTP are kept, and not used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EncryptionMethods(Vec<String>);

impl EncryptionMethods {
    /// Whether SRTP is among them.
    #[must_use]
    pub fn has_srtp(&self) -> bool {
        self.0.iter().any(|method| method == SRTP)
    }
}

impl Field for EncryptionMethods {
    fn kind() -> FieldKind {
        FieldKind::Bool
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        match value {
            Value::Array(items) => Ok(Self(items.iter().filter_map(json::text).collect())),
            other if json::is_blank(other) => Ok(Self::default()),
            // A form asks whether SRTP is.
            other => match json::boolean(other) {
                Some(true) => Ok(Self(vec![SRTP.to_owned()])),
                Some(false) => Ok(Self::default()),
                None => Err("Choose yes or no.".to_owned()),
            },
        }
    }
    fn to_json(&self) -> Value {
        json!(self.0)
    }
    fn to_form(&self) -> Value {
        Value::from(self.has_srtp())
    }
    fn schema() -> Value {
        json!({"type": "array", "items": {"type": "string", "enum": ["srtp", "zrtp"]}})
    }
}

/// How the sound of a phone or a carrier is to be encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encryption {
    /// As the other side offers it; it is called with plain sound.
    #[default]
    AsOffered,
    /// As the other side offers it; it is called with encrypted sound.
    Offered,
    /// Always: calls with plain sound are refused.
    Enforced,
}

impl Encryption {
    fn new(methods: &EncryptionMethods, enforced: bool) -> Self {
        if enforced {
            Encryption::Enforced
        } else if methods.has_srtp() {
            Encryption::Offered
        } else {
            Encryption::AsOffered
        }
    }
}

impl Device {
    /// How its sound is to be encrypted.
    #[must_use]
    pub fn encryption(&self) -> Encryption {
        Encryption::new(&self.encryption_methods, self.enforce_encryption)
    }
}

impl Carrier {
    /// How its sound is to be encrypted.
    #[must_use]
    pub fn encryption(&self) -> Encryption {
        Encryption::new(&self.encryption_methods, self.enforce_encryption)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Fields;

    fn device(media: &Value) -> Device {
        let document = json!({"media": {"encryption": media}});
        let (device, errors) = Device::parse(document.as_object().cloned().unwrap_or_default());
        assert!(errors.is_empty(), "{errors:?}");
        device
    }

    #[test]
    fn documents_say_how_a_phone_encrypts() {
        for (media, expected) in [
            (json!({}), Encryption::AsOffered),
            (
                json!({"methods": [], "enforce_security": false}),
                Encryption::AsOffered,
            ),
            (json!({"methods": ["zrtp"]}), Encryption::AsOffered),
            (json!({"methods": ["zrtp", "srtp"]}), Encryption::Offered),
            (json!({"enforce_security": true}), Encryption::Enforced),
            (
                json!({"methods": ["srtp"], "enforce_security": true}),
                Encryption::Enforced,
            ),
        ] {
            assert_eq!(device(&media).encryption(), expected, "{media}");
        }
    }

    #[test]
    fn form_asks_for_srtp_and_the_document_keeps_its_list() {
        const KEY: &str = "media.encryption.methods";
        let mut phone = device(&json!({"methods": ["zrtp"]}));
        assert_eq!(phone.get(KEY), json!(false));
        let stored = |phone: &Device| json::get(&phone.to_object(), KEY).cloned();
        assert_eq!(stored(&phone), Some(json!(["zrtp"])));
        phone.set(KEY, &json!(true)).expect("yes");
        assert_eq!(stored(&phone), Some(json!(["srtp"])));
        assert_eq!(phone.get(KEY), json!(true));
        phone.set(KEY, &json!(false)).expect("no");
        assert_eq!(stored(&phone), Some(json!([])));
        assert!(phone.set(KEY, &json!(7)).is_err());
    }
}
