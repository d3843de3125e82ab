//! Checks a JSON value against the schema that the OpenAPI document shows, and finds every fault at once.
//!
//! Knows the subset that poem-openapi emits for our types. An object with properties is closed: every body of ours denies
//! unknown fields. `null` for an optional field is the same as leaving it out.

use chrono::{DateTime, NaiveDate};
use domain::{JobId, request::FieldError};
use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef, Registry},
    types::Type,
};
use serde_json::{Map, Value};

/// Faults that one answer lists.
const FAULTS_MAX: usize = 100;
/// How much of an unknown field's name is repeated.
const NAME_CHARS_MAX: usize = 64;

/// One fault.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    pub(crate) error: FieldError,
    /// The field should not be there at all.
    pub(crate) is_unknown: bool,
}

/// The schema of a type with all that it refers to.
pub(crate) struct Schema {
    root: MetaSchemaRef,
    registry: Registry,
}

impl Schema {
    pub(crate) fn of<T: Type>() -> Self {
        let mut registry = Registry::new();
        T::register(&mut registry);
        Self { root: T::schema_ref(), registry }
    }

    /// Every fault of `value`, in the order of the schema.
    pub(crate) fn faults(&self, value: &Value) -> Vec<Fault> {
        let mut checker = Checker { registry: &self.registry, faults: Vec::new() };
        checker.check(&self.root, value, "");
        checker.faults
    }
}

struct Checker<'a> {
    registry: &'a Registry,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    fn check(&mut self, schema: &MetaSchemaRef, value: &Value, pointer: &str) {
        if let Some(schema) = resolve(self.registry, schema) {
            self.check_schema(schema, value, pointer);
        }
    }

    fn check_schema(&mut self, schema: &MetaSchema, value: &Value, pointer: &str) {
        if value.is_null() && schema.nullable {
            return;
        }
        for part in &schema.all_of {
            self.check(part, value, pointer);
        }
        self.check_alternatives(schema, value, pointer);
        if !schema.enum_items.is_empty() && !schema.enum_items.contains(value) {
            let words: Vec<String> = schema.enum_items.iter().map(Value::to_string).collect();
            return self.wrong(pointer, format!("is not one of {}", words.join(", ")));
        }
        match (schema.ty, value) {
            ("object", Value::Object(fields)) => self.check_object(schema, fields, pointer),
            ("array", Value::Array(items)) => self.check_array(schema, items, pointer),
            ("string", Value::String(text)) => self.check_string(schema, text, pointer),
            ("integer", Value::Number(number)) => {
                let range = if number.as_i64().is_none() && number.as_u64().is_none() {
                    Some("is not a whole number of at most 64 bits".to_owned())
                } else {
                    number.as_f64().and_then(|value| range_fault(schema, value))
                };
                if let Some(fault) = range {
                    self.wrong(pointer, fault);
                }
            }
            ("number", Value::Number(number)) => {
                if let Some(fault) = number.as_f64().and_then(|value| range_fault(schema, value)) {
                    self.wrong(pointer, fault);
                }
            }
            ("boolean", Value::Bool(_)) => {}
            ("", value) => self.check_any(value, pointer),
            (expected, found) => {
                self.wrong(pointer, format!("is {}; give {}", kind_of(found), kind_named(expected)));
            }
        }
    }

    fn check_alternatives(&mut self, schema: &MetaSchema, value: &Value, pointer: &str) {
        let alternatives = if schema.one_of.is_empty() { &schema.any_of } else { &schema.one_of };
        let fits = |schema: &MetaSchemaRef| {
            let mut trial = Checker { registry: self.registry, faults: Vec::new() };
            trial.check(schema, value, pointer);
            trial.faults.is_empty()
        };
        if alternatives.is_empty() || alternatives.iter().any(fits) {
            return;
        }
        // What is wrong with the one that is meant says more than that none fits.
        match alternatives.iter().find(|alternative| alternatives.len() == 1 || self.is_meant(alternative, value)) {
            Some(meant) => self.check(meant, value, pointer),
            None => self.wrong(pointer, "fits none of the forms that are possible here".to_owned()),
        }
    }

    /// Whether a value has a field that names this form.
    fn is_meant(&self, alternative: &MetaSchemaRef, value: &Value) -> bool {
        let parts = resolve(self.registry, alternative).map(|schema| schema.all_of.as_slice()).unwrap_or_default();
        let mut named = parts.iter().filter_map(|part| resolve(self.registry, part)).flat_map(|part| &part.required);
        named.any(|name| value.get(*name).is_some())
    }

    fn check_object(&mut self, schema: &MetaSchema, fields: &Map<String, Value>, pointer: &str) {
        if schema.properties.is_empty() {
            return fields.iter().for_each(|(name, value)| self.check_any(value, &child(pointer, name)));
        }
        for (name, property) in &schema.properties {
            let pointer = child(pointer, name);
            match fields.get(*name) {
                Some(Value::Null) | None if schema.required.contains(name) => {
                    self.wrong(&pointer, "is missing".to_owned());
                }
                Some(Value::Null) | None => {}
                Some(value) => self.check(property, value, &pointer),
            }
        }
        for name in fields.keys().filter(|name| !schema.properties.iter().any(|(known, _)| known == name)) {
            let known: Vec<&str> = schema.properties.iter().map(|(known, _)| *known).collect();
            let shown: String = name.chars().take(NAME_CHARS_MAX).collect();
            let detail = format!("is not a field; the fields here are {}", known.join(", "));
            self.push(Fault { error: FieldError::new(child(pointer, &shown), detail), is_unknown: true });
        }
    }

    fn check_array(&mut self, schema: &MetaSchema, items: &[Value], pointer: &str) {
        if schema.max_items.is_some_and(|most| items.len() > most) {
            let most = schema.max_items.unwrap_or_default();
            return self.wrong(pointer, format!("has {} entries; the most is {most}", items.len()));
        }
        if schema.min_items.is_some_and(|least| items.len() < least) {
            let least = schema.min_items.unwrap_or_default();
            self.wrong(pointer, format!("has {} entries; the least is {least}", items.len()));
        }
        let Some(item_schema) = &schema.items else { return };
        for (index, item) in items.iter().enumerate() {
            self.check(item_schema, item, &child(pointer, &index.to_string()));
        }
    }

    fn check_string(&mut self, schema: &MetaSchema, text: &str, pointer: &str) {
        if text.contains('\0') {
            return self.wrong(pointer, "holds a NUL character; remove it".to_owned());
        }
        let chars = text.chars().count();
        if schema.max_length.is_some_and(|most| chars > most) {
            let most = schema.max_length.unwrap_or_default();
            return self.wrong(pointer, format!("has {chars} characters; the most is {most}"));
        }
        if schema.min_length.is_some_and(|least| chars < least) {
            let least = schema.min_length.unwrap_or_default();
            return self.wrong(pointer, format!("has {chars} characters; the least is {least}"));
        }
        let unfit = match schema.format {
            Some("date" | "naive-date") => {
                NaiveDate::parse_from_str(text, "%Y-%m-%d").is_err().then_some("a day such as 2027-04-30")
            }
            Some("date-time") => {
                DateTime::parse_from_rfc3339(text).is_err().then_some("an instant such as 2027-04-30T12:00:00Z")
            }
            Some("uuid") => {
                text.parse::<JobId>().is_err().then_some("an id such as 0198c2f0-7d0e-7c3a-9a55-0d6f5c1b2a3e")
            }
            _ => None,
        };
        if let Some(right) = unfit {
            self.wrong(pointer, format!("is not {right}"));
        }
    }

    /// A value of no schema. No column takes a NUL.
    fn check_any(&mut self, value: &Value, pointer: &str) {
        match value {
            Value::String(text) if text.contains('\0') => {
                self.wrong(pointer, "holds a NUL character; remove it".to_owned());
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.check_any(item, &child(pointer, &index.to_string()));
                }
            }
            Value::Object(fields) => {
                for (name, field) in fields {
                    if name.contains('\0') {
                        self.wrong(pointer, "has a field whose name holds a NUL character; remove it".to_owned());
                    }
                    self.check_any(field, &child(pointer, name));
                }
            }
            _ => {}
        }
    }

    fn wrong(&mut self, pointer: &str, detail: String) {
        self.push(Fault { error: FieldError::new(pointer, detail), is_unknown: false });
    }

    fn push(&mut self, fault: Fault) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        }
    }
}

/// The schema itself.
fn resolve<'a>(registry: &'a Registry, schema: &'a MetaSchemaRef) -> Option<&'a MetaSchema> {
    match schema {
        MetaSchemaRef::Inline(schema) => Some(schema),
        MetaSchemaRef::Reference(name) => registry.schemas.get(name),
    }
}

/// What is wrong with the size of a number. The format of an integer implies a range too.
fn range_fault(schema: &MetaSchema, value: f64) -> Option<String> {
    let (least, most) = match schema.format {
        Some("int8") => (f64::from(i8::MIN), f64::from(i8::MAX)),
        Some("int16") => (f64::from(i16::MIN), f64::from(i16::MAX)),
        Some("int32") => (f64::from(i32::MIN), f64::from(i32::MAX)),
        Some("uint8") => (0.0, f64::from(u8::MAX)),
        Some("uint16") => (0.0, f64::from(u16::MAX)),
        Some("uint32") => (0.0, f64::from(u32::MAX)),
        Some("uint64") => (0.0, f64::INFINITY),
        _ => (f64::NEG_INFINITY, f64::INFINITY),
    };
    let least = schema.minimum.map_or(least, |minimum| minimum.max(least));
    let most = schema.maximum.map_or(most, |maximum| maximum.min(most));
    let is_at_edge = (schema.exclusive_minimum == Some(true) && value <= least)
        || (schema.exclusive_maximum == Some(true) && value >= most);
    if value >= least && value <= most && !is_at_edge {
        return None;
    }
    Some(match (least.is_finite(), most.is_finite()) {
        (true, true) => format!("is {value}; give {least} to {most}"),
        (true, false) => format!("is {value}; give {least} or more"),
        _ => format!("is {value}; give at most {most}"),
    })
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn kind_named(ty: &str) -> String {
    match ty {
        "integer" => "a whole number".to_owned(),
        "array" | "object" => format!("an {ty}"),
        _ => format!("a {ty}"),
    }
}

/// One step down a JSON pointer (RFC 6901).
fn child(pointer: &str, name: &str) -> String {
    if name.contains(['~', '/']) {
        return format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
    }
    format!("{pointer}/{name}")
}

#[cfg(test)]
mod tests {
    use domain::request::PlanRequest;
    use serde_json::json;

    use super::*;

    fn faults(value: &Value) -> Vec<(String, bool)> {
        let faults = Schema::of::<PlanRequest>().faults(value);
        faults.into_iter().map(|fault| (fault.error.pointer, fault.is_unknown)).collect()
    }

    #[test]
    fn a_right_request_has_no_fault_and_null_is_absence() {
        let request = json!({
            "query": "q", "user_id": null, "approval": "never", "deadline_s": 60,
            "constraints": { "budget": { "amount": 1, "currency": "EUR" }, "start_date": "2027-01-01", "interests": ["art"],
                             "lodging": { "kind": null } }
        });
        assert_eq!(faults(&request), []);
    }

    #[test]
    fn every_fault_is_found() {
        let request = json!({
            "user_id": "", "approval": "maybe", "deadline_s": 1.5, "colour": 1, "a/b": 2,
            "constraints": {
                "budget": { "amount": "1" }, "start_date": "2027-02-30", "days": -1, "travellers": 18446744073709551615_u64,
                "interests": ["art", 5, "x\u{0}y"], "diet": "vegan", "transport": { "avoid": ["flying carpet"], "by": 1 }
            }
        });
        let mut found = faults(&request);
        found.sort();
        let mut expected: Vec<(String, bool)> = [
            ("/query", false),
            ("/user_id", false),
            ("/approval", false),
            ("/deadline_s", false),
            ("/colour", true),
            ("/a~1b", true),
            ("/constraints/budget/amount", false),
            ("/constraints/budget/currency", false),
            ("/constraints/start_date", false),
            ("/constraints/days", false),
            ("/constraints/travellers", false),
            ("/constraints/interests/1", false),
            ("/constraints/interests/2", false),
            ("/constraints/diet", false),
            ("/constraints/transport/avoid/0", false),
            ("/constraints/transport/by", true),
        ]
        .map(|(pointer, is_unknown)| (pointer.to_owned(), is_unknown))
        .to_vec();
        expected.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_body_that_is_no_object_is_one_fault() {
        for value in [json!([]), json!("q"), json!(1), json!(null)] {
            assert_eq!(faults(&value), [(String::new(), false)], "{value}");
        }
    }
}
