//! What binds a decision to what was shown: the hash of a JSON value that does not depend on how it is written.
//!
//! The canonical form has the keys of every object in the order of their bytes, no spaces, and six decimals in numbers with a
//! fraction, so that reading and writing a value changes nothing.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The SHA-256 of the canonical form, in hexadecimal.
#[must_use]
pub fn digest(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            text.push('{');
            for (index, (name, value)) in fields.into_iter().enumerate() {
                separate(index, text);
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(index, text);
                write(item, text);
            }
            text.push(']');
        }
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(fraction) => text.push_str(&format!("{fraction:.6}")),
            None => text.push_str(&number.to_string()),
        },
        Value::Null | Value::Bool(_) | Value::String(_) => text.push_str(&value.to_string()),
    }
}

fn separate(index: usize, text: &mut String) {
    if index > 0 {
        text.push(',');
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn canonical(value: &Value) -> String {
        let mut text = String::new();
        write(value, &mut text);
        text
    }

    #[test]
    fn the_form_does_not_depend_on_how_a_value_was_written() {
        let read: Value =
            serde_json::from_str(r#" { "b" : [1, 2.50, null], "a\u0041": {"z": -0.1, "y": true} } "#).expect("JSON");
        assert_eq!(canonical(&read), r#"{"aA":{"y":true,"z":-0.100000},"b":[1,2.500000,null]}"#);
    }

    #[test]
    fn a_known_value_has_its_known_hash() {
        // printf '{"total":1}' | sha256sum
        assert_eq!(digest(&json!({ "total": 1 })), "b7e28723407b7750fb0dc3b977699a5223a3b617d41c9a4feaeccbd31feadd06");
    }

    #[test]
    fn any_change_is_another_hash() {
        let hash = digest(&json!({ "total": 180_000, "plan": [1, 2] }));
        for changed in [
            json!({ "total": 180_001, "plan": [1, 2] }),
            json!({ "total": "180000", "plan": [1, 2] }),
            json!({ "total": 180_000, "plan": [2, 1] }),
            json!({ "total": 180_000, "plan": [1, 2], "more": null }),
            json!({ "total": 180_000 }),
        ] {
            assert_ne!(digest(&changed), hash, "{changed}");
        }
    }
}
