//! JSON Schemas of the OpenAPI document. Resources and steps take theirs from the catalog, which also makes the forms.

use crate::api::resources::kinds;
use callflow::ResourceKind;
use callflow::field::{FieldKind, FieldSpec, Unit};
use serde_json::{Map, Value, json};

/// Name of a kind's schema: `RingGroup`.
pub(super) fn resource_name(kind: ResourceKind) -> String {
    kind.label()
        .split(' ')
        .map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        })
        .collect()
}

/// Every schema by name.
pub(super) fn all() -> Map<String, Value> {
    let mut schemas = Map::new();
    for (name, schema) in fixed() {
        schemas.insert(name.to_owned(), schema);
    }
    for kind in kinds().chain([ResourceKind::Settings]) {
        schemas.insert(resource_name(kind), resource(kind));
    }
    schemas.insert("Step".into(), step());
    schemas
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn text() -> Value {
    json!({"type": "string"})
}

fn time() -> Value {
    json!({"type": "string", "format": "date-time", "readOnly": true})
}

fn read_only(kind: &str) -> Value {
    json!({"type": kind, "readOnly": true})
}

fn fixed() -> Vec<(&'static str, Value)> {
    vec![
        (
            "Problem",
            json!({
                "type": "object",
                "description": "RFC 9457. `code` is stable; flows add `problems`.",
                "required": ["type", "title", "status", "code", "detail"],
                "properties": {
                    "type": text(), "title": text(), "status": {"type": "integer"}, "code": text(), "detail": text(),
                    "field": text(),
                    "problems": {"type": "array", "items": reference("FlowProblem")},
                    "used_by": {"type": "array", "items": {"type": "object"}},
                    "current_revision": {"type": "integer"},
                    "current": {"type": "object"},
                },
            }),
        ),
        (
            "FlowProblem",
            json!({
                "type": "object",
                "required": ["code", "severity", "message"],
                "properties": {
                    "code": text(),
                    "severity": {"enum": ["error", "warning"]},
                    "node": {"type": ["string", "null"], "description": "The step, n12; null is the main block."},
                    "field": {"type": ["string", "null"]},
                    "message": text(),
                },
            }),
        ),
        (
            "Problems",
            json!({
                "type": "object",
                "properties": {"problems": {"type": "array", "items": reference("FlowProblem")}},
            }),
        ),
        (
            "Credentials",
            json!({
                "type": "object", "required": ["email", "password"],
                "properties": {"email": text(), "password": {"type": "string", "format": "password"}},
            }),
        ),
        (
            "Token",
            json!({
                "type": "object",
                "properties": {"token": text(), "expires_at": time(), "account_id": text(), "role": {"enum": ["reseller", "admin"]}},
            }),
        ),
        ("Account", account()),
        ("Callflow", callflow()),
        ("CallflowDocument", callflow_document()),
        (
            "CallflowSummary",
            json!({
                "type": "object",
                "properties": {
                    "id": text(), "name": text(), "numbers": {"type": "array", "items": text()}, "steps": {"type": "integer"},
                    "revision": {"type": "integer"}, "state": {"enum": ["never", "live", "changed"]},
                    "live_version": {"type": ["integer", "null"]}, "updated_at": time(), "updated_by": text(),
                },
            }),
        ),
        (
            "PublishRequest",
            json!({
                "type": "object",
                "properties": {
                    "revision": {"type": "integer", "description": "Publish only this revision; If-Match says the same."},
                    "note": {"type": "string", "maxLength": 500},
                },
            }),
        ),
        (
            "Published",
            json!({
                "type": "object",
                "properties": {
                    "version": {"type": "integer"},
                    "problems": {"type": "array", "items": reference("FlowProblem"), "description": "Warnings."},
                },
            }),
        ),
        (
            "RollbackRequest",
            json!({
                "type": "object", "required": ["version"], "properties": {"version": {"type": "integer", "minimum": 1}},
            }),
        ),
        ("Version", version()),
        ("Diff", diff()),
        ("DeletedCallflow", deleted_callflow()),
        (
            "RestoredCallflow",
            json!({
                "allOf": [reference("Callflow"), {"type": "object", "properties": {"lost_numbers": {"type": "array", "items": {
                    "type": "object",
                    "properties": {
                        "number": text(), "callflow_id": {"type": ["string", "null"]}, "callflow_name": {"type": ["string", "null"]},
                    },
                }}}}],
            }),
        ),
        (
            "VersionDocument",
            json!({
                "allOf": [reference("Version"), {"type": "object", "properties": {"callflow": reference("CallflowDocument")}}],
            }),
        ),
        (
            "ImportDocuments",
            json!({
                "description": "A document, a flow, {data: …}, a list, or an object with a list for each kind.",
                "type": ["object", "array"],
            }),
        ),
        ("ImportReport", import_report()),
        (
            "ExportedDocuments",
            json!({
                "type": "object",
                "description": "KAZOO's form: a list for each kind, under the plurals of its API. Ours: the other \
                    kinds by kind and id under `resources`.",
                "properties": {
                    "callflows": {"type": "array", "items": reference("CallflowDocument")},
                    "resources": {"type": ["object", "array"]},
                    "others": {"type": "array", "items": {"type": "object"}},
                },
                "additionalProperties": true,
            }),
        ),
        (
            "Number",
            json!({
                "type": "object",
                "properties": {
                    "number": {"type": "string", "description": "E.164 with plus sign."}, "display": text(),
                    "account_id": {"type": ["string", "null"]}, "account_name": {"type": ["string", "null"]},
                    "callflow_id": {"type": ["string", "null"], "readOnly": true},
                    "callflow_name": {"type": ["string", "null"], "readOnly": true}, "created_at": time(),
                },
            }),
        ),
        ("Call", call()),
        (
            "TraceEntry",
            json!({
                "type": "object",
                "description": "One step of the path; what more it holds depends on `step`.",
                "properties": {
                    "at": time(), "callflow": text(), "version": {"type": "integer"},
                    "node": {"type": ["string", "null"]}, "step": text(),
                },
            }),
        ),
        (
            "SipTrace",
            json!({
                "type": "object",
                "properties": {
                    "messages": {"type": "array", "items": {
                        "type": "object",
                        "properties": {
                            "at": time(), "sent": {"type": "boolean"}, "transport": text(), "local": text(),
                            "peer": text(), "times": {"type": "integer"}, "what": text(),
                            "code": {"type": ["integer", "null"]}, "user": {"type": ["string", "null"]},
                            "bytes": {"type": "integer"}, "text": text(),
                        },
                    }},
                    "left_out": {"type": "integer", "description": "Further messages that were not kept."},
                },
            }),
        ),
        (
            "Registration",
            json!({
                "type": "object",
                "properties": {
                    "device_id": text(), "contact": text(), "peer": text(), "transport": text(),
                    "user_agent": {"type": ["string", "null"]}, "expires_at": time(),
                },
            }),
        ),
        (
            "Recording",
            json!({
                "type": "object",
                "properties": {
                    "id": text(), "call_id": text(), "caller_number": text(), "caller_name": text(),
                    "callee_number": text(), "label": text(), "duration_ms": {"type": "integer"}, "started_at": time(),
                    "whole_call": {"type": "boolean", "description": "Both sides of the call, not the caller alone."},
                },
            }),
        ),
        (
            "Fax",
            json!({
                "type": "object",
                "properties": {
                    "id": text(), "call_id": text(), "direction": {"type": "string", "enum": ["inbound", "outbound"]},
                    "box_id": text(), "owner_id": text(), "caller_number": text(), "caller_name": text(),
                    "callee_number": text(), "pages": {"type": "integer"}, "started_at": time(),
                    "station_id": {"type": "string", "description": "What the other machine says it is."},
                    "bit_rate": {"type": "integer", "description": "Bits per second."},
                    "error_correction": {"type": "boolean"},
                    "error": {"type": "string", "description": "What went wrong; empty when nothing did."},
                },
            }),
        ),
        (
            "OutgoingFax",
            json!({
                "type": "object",
                "properties": {
                    "id": text(), "box_id": text(), "number": text(), "pages": {"type": "integer"},
                    "retries": {"type": "integer", "description": "Attempts that may follow the first."},
                    "state": {"type": "string", "enum": ["queued", "sending", "sent", "failed", "cancelled"]},
                    "attempts": {"type": "integer", "description": "Attempts begun."},
                    "next_attempt_at": {"type": ["string", "null"], "format": "date-time"}, "created_at": time(), "ended_at": {"type": ["string", "null"], "format": "date-time"},
                    "call_id": {"type": "string", "description": "The call of the last attempt, as the following."},
                    "pages_sent": {"type": "integer"},
                    "station_id": {"type": "string", "description": "What the other machine says it is."},
                    "bit_rate": {"type": "integer", "description": "Bits per second."},
                    "error_correction": {"type": "boolean"},
                    "reason": {"type": "string", "description": "What went wrong; empty when nothing did."},
                },
            }),
        ),
        (
            "ConferenceMember",
            json!({
                "type": "object",
                "properties": {
                    "call": text(), "caller_name": text(), "caller_number": text(), "joined_at": time(),
                    "moderator": {"type": "boolean"}, "muted": {"type": "boolean"}, "deaf": {"type": "boolean"},
                    "waiting": {"type": "boolean", "description": "For a moderator."},
                },
            }),
        ),
        (
            "Message",
            json!({
                "type": "object",
                "properties": {
                    "id": text(), "box_id": text(), "folder": {"enum": ["new", "saved"]}, "caller_number": text(),
                    "caller_name": text(), "callee_number": text(), "duration_ms": {"type": "integer"}, "created_at": time(),
                },
            }),
        ),
    ]
}

fn import_report() -> Value {
    let line = json!({
        "type": "object",
        "properties": {
            "kind": {"type": ["string", "null"]},
            "id": {"type": "string", "description": "The id that the document came with."},
            "document": text(), "place": text(), "text": text(),
        },
    });
    let mut report = Map::new();
    for (part, help) in [
        ("understood", "What was read."),
        (
            "adapted",
            "What was read or is stored in another way than it is written.",
        ),
        ("kept", "What has no meaning here and is kept untouched."),
        ("missing", "What is referred to and is not there."),
        (
            "left_out",
            "What was not taken; the rest does not depend on it.",
        ),
        ("refused", "What could not be taken."),
    ] {
        report.insert(
            part.into(),
            json!({"type": "array", "description": help, "items": line}),
        );
    }
    report.insert(
        "more".into(),
        json!({"type": "integer", "description": "Lines beyond 2,000 of a part."}),
    );
    json!({
        "type": "object",
        "properties": {
            "written": {"type": "boolean"},
            "items": {"type": "array", "description": "The callflows.", "items": {"type": "object", "properties": {
                "id": {"type": ["string", "null"]}, "source_id": {"type": ["string", "null"]}, "name": text(),
                "numbers_left_out": {"type": "array", "items": text()},
                "problems": {"type": "array", "items": reference("FlowProblem")},
            }}},
            "resources": {"type": "array", "items": {"type": "object", "properties": {
                "kind": text(), "id": {"type": ["string", "null"]}, "source_id": text(), "name": text(),
            }}},
            "report": {"type": "object", "properties": report},
        },
    })
}

fn limit(description: &str) -> Value {
    json!({"type": ["integer", "null"], "minimum": 0, "maximum": 1_000_000, "description": description})
}

fn account() -> Value {
    json!({
        "type": "object",
        "required": ["name", "realm"],
        "properties": {
            "id": read_only("string"),
            "parent_id": {"type": ["string", "null"]},
            "kind": {"enum": ["customer", "reseller"], "default": "customer"},
            "name": {"type": "string", "minLength": 1, "maxLength": 128},
            "realm": {"type": "string", "description": "SIP domain of its phones.", "minLength": 4, "maxLength": 253},
            "time_zone": {"type": "string", "description": "IANA name.", "default": "Etc/UTC"},
            "language": {"type": "string", "default": "en-GB"},
            "enabled": {"type": "boolean"},
            "limits": {
                "type": "object",
                "description": "How many calls it may have; null sets no limit. Calls for help are not counted.",
                "additionalProperties": false,
                "properties": {
                    "calls": limit("Calls at once."),
                    "outside_calls": limit("Calls to and from outside at once."),
                    "calls_per_minute": limit("Calls that begin within a minute."),
                },
            },
            "revision": read_only("integer"),
            "generation": read_only("integer"),
            "created_at": time(),
            "updated_at": time(),
        },
    })
}

fn callflow_document() -> Value {
    json!({
        "type": "object",
        "required": ["flow"],
        "additionalProperties": true,
        "properties": {
            "name": {"type": "string", "maxLength": 128},
            "numbers": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 36}},
            "patterns": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 256}},
            "flags": {"type": "array", "items": text()},
            "contact_list": {"type": "object", "properties": {"exclude": {"type": "boolean"}}},
            "ui_is_main_number_cf": {"type": "boolean"},
            "flow": {"oneOf": [
                {
                    "type": "object",
                    "description": "Our flat form: steps by identifier.",
                    "required": ["root", "nodes"],
                    "properties": {
                        "version": {"const": 1},
                        "root": {"type": ["string", "null"]},
                        "nodes": {"type": "object", "additionalProperties": reference("Step")},
                        "next": {"type": "integer"},
                    },
                },
                {"description": "KAZOO's nested form: the first step, with its branches in `children`.", "allOf": [reference("Step")]},
            ]},
        },
    })
}

fn callflow() -> Value {
    json!({
        "allOf": [reference("CallflowDocument"), {"type": "object", "properties": {
            "id": read_only("string"),
            "revision": {"type": "integer"},
            "state": {"enum": ["never", "live", "changed"], "readOnly": true},
            "live_version": {"type": ["integer", "null"], "readOnly": true},
            "created_at": time(),
            "updated_at": time(),
            "updated_by": read_only("string"),
        }}],
    })
}

fn version() -> Value {
    json!({
        "type": "object",
        "properties": {
            "version": {"type": "integer"}, "revision": {"type": "integer"}, "live": {"type": "boolean"},
            "published_at": time(), "published_by": text(), "note": text(),
        },
    })
}

fn deleted_callflow() -> Value {
    json!({
        "type": "object",
        "properties": {
            "id": text(), "name": text(), "numbers": {"type": "array", "items": text()},
            "live_version": {"type": ["integer", "null"]}, "deleted_at": time(), "deleted_by": text(), "kept_until": time(),
        },
    })
}

fn diff() -> Value {
    let side = json!({"type": ["integer", "string"], "description": "A version, or `draft`."});
    let field = json!({
        "type": "object",
        "properties": {"key": text(), "label": text(), "from": {}, "to": {}},
    });
    let change = json!({
        "type": "object",
        "properties": {
            "node": {"type": ["string", "null"], "description": "The step; null is the main block."},
            "kind": {"enum": ["main", "added", "removed", "changed", "moved"]},
            "text": text(),
            "fields": {"type": "array", "items": field},
        },
    });
    json!({
        "type": "object",
        "properties": {"from": side, "to": side, "changes": {"type": "array", "items": change}},
    })
}

fn call() -> Value {
    let maybe = |kind: &str| json!({"type": [kind, "null"]});
    json!({
        "type": "object",
        "properties": {
            "id": text(), "sip_call_id": text(), "direction": {"enum": ["inbound", "outbound", "internal"]},
            "caller_number": text(), "caller_name": text(), "callee_number": text(), "started_at": time(),
            "answered_at": maybe("string"), "ended_at": maybe("string"), "hangup_cause": maybe("string"),
            "sip_code": maybe("integer"), "callflow_id": maybe("string"), "callflow_name": maybe("string"),
            "callflow_version": maybe("integer"), "legs": {"type": "array", "items": {"type": "object"}},
        },
    })
}

fn resource(kind: ResourceKind) -> Value {
    let specs = callflow::Resource::specs(kind);
    let mut schema = fields(&specs);
    for spec in specs.iter().filter(|spec| spec.is_secret()) {
        let path = spec.key.replace('.', "/properties/");
        if let Some(field) = schema.pointer_mut(&format!("/properties/{path}")) {
            field["writeOnly"] = json!(true);
        }
    }
    schema["description"] = json!(format!(
        "A {}, with KAZOO's field names. Other keys are kept as they are, PINs and passwords without being shown.",
        kind.label()
    ));
    let properties = schema["properties"].as_object_mut();
    if let Some(properties) = properties {
        for (key, value) in [
            ("id", read_only("string")),
            ("name", text()),
            ("revision", json!({"type": "integer"})),
            ("created_at", time()),
            ("updated_at", time()),
            ("updated_by", read_only("string")),
        ] {
            properties.entry(key).or_insert(value);
        }
        let password =
            json!({"type": "string", "writeOnly": true, "minLength": 1, "maxLength": 128});
        match kind {
            ResourceKind::Device => {
                if let Some(sip) = properties.get_mut("sip") {
                    sip["properties"]["password"] = password;
                }
            }
            ResourceKind::Carrier => {
                properties.insert(
                    "enabled".into(),
                    json!({"type": "boolean", "default": true}),
                );
                properties.insert("username".into(), text());
                properties.insert("password".into(), password);
                properties.insert("allowed_addresses".into(), json!({"type": "array", "items": text(), "description": "Networks its calls may come from, 192.0.2.0/24."}));
            }
            _ => {}
        }
    }
    schema
}

fn step() -> Value {
    let mut modules: Vec<Value> = Vec::new();
    let mut seen = Vec::new();
    for entry in callflow::action::catalog() {
        if seen.contains(&entry.module) {
            continue;
        }
        seen.push(entry.module);
        modules.push(json!({
            "title": entry.preset.label,
            "description": entry.preset.help,
            "properties": {"module": {"const": entry.module}, "data": fields(&entry.make().specs())},
        }));
    }
    modules.push(json!({
        "title": "Another module",
        "description": "Kept untouched; calls pass it over.",
        "properties": {"module": {"not": {"enum": seen}}, "data": {"type": "object"}},
    }));
    json!({
        "type": "object",
        "required": ["module"],
        "properties": {
            "module": {"type": "string", "minLength": 1, "maxLength": 64},
            "data": {"type": "object"},
            "children": {"type": "object", "description": "Branch key to step identifier (flat form) or to step (nested form). `_` is otherwise / next."},
            "note": text(),
        },
        "oneOf": modules,
    })
}

/// An object schema of fields; dotted keys become nested objects.
fn fields(specs: &[FieldSpec]) -> Value {
    let mut schema = json!({"type": "object", "additionalProperties": true, "properties": {}});
    for spec in specs {
        let mut place = &mut schema;
        let mut parts = spec.key.split('.').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_some() {
                place = &mut place["properties"][part];
                if place.is_null() {
                    *place = json!({"type": "object", "properties": {}});
                }
            } else {
                place["properties"][part] = field(spec);
            }
        }
    }
    schema
}

fn field(spec: &FieldSpec) -> Value {
    let mut schema = of_kind(&spec.kind);
    if let Some(map) = schema.as_object_mut() {
        map.insert("title".into(), json!(spec.label));
        map.insert("description".into(), json!(spec.help));
        if let (FieldKind::Choice(choices), true) = (&spec.kind, spec.default.is_number()) {
            // Months are chosen by name and stored as numbers.
            let numbers = choices
                .iter()
                .filter_map(|choice| choice.value.parse::<i64>().ok());
            map.insert("enum".into(), numbers.collect());
        }
        if !spec.default.is_null() {
            map.insert("default".into(), spec.default.clone());
        }
    }
    schema
}

fn of_kind(kind: &FieldKind) -> Value {
    match kind {
        FieldKind::Text { min, max, .. } | FieldKind::LongText { min, max } => {
            json!({"type": "string", "minLength": min, "maxLength": max})
        }
        FieldKind::Integer { min, max } => {
            json!({"type": "integer", "minimum": min, "maximum": max})
        }
        FieldKind::Duration { unit, min, max } => {
            let unit = match unit {
                Unit::Seconds => "s",
                Unit::Milliseconds => "ms",
            };
            json!({"type": "integer", "minimum": min, "maximum": max, "x-unit": unit})
        }
        FieldKind::Bool => json!({"type": "boolean"}),
        FieldKind::Choice(choices) => {
            json!({"enum": choices.iter().map(|choice| choice.value).collect::<Vec<_>>()})
        }
        FieldKind::Resource(kind) => json!({"type": "string", "x-resource": kind.path()}),
        FieldKind::Digits { min, max } => {
            json!({"type": "string", "minLength": min, "maxLength": max, "pattern": "^[0-9*#]*$"})
        }
        FieldKind::SipCode => json!({"type": "integer", "minimum": 300, "maximum": 699}),
        FieldKind::Pairs | FieldKind::NumberClasses | FieldKind::Assignments(..) => {
            json!({"type": "object"})
        }
        FieldKind::Clock => json!({"type": "integer", "minimum": 0, "maximum": 86_400}),
        FieldKind::Day => json!({"type": "integer", "minimum": 0}),
        FieldKind::Several(choices) => json!({"type": "array", "items": {
            "enum": choices.iter().map(|choice| choice.value).collect::<Vec<_>>(),
        }}),
        FieldKind::Members => json!({"type": ["array", "object"]}),
        FieldKind::Recipients => {
            json!({"type": "array", "items": {"type": "object", "properties": {
                "type": {"enum": ["user", "email"]}, "id": {"type": ["string", "array"]},
            }}})
        }
        FieldKind::Resources(kind) => {
            json!({"type": "array", "items": {"type": "string", "x-resource": kind.path()}})
        }
        FieldKind::Step => json!({"type": "string", "pattern": "^n[0-9]+$"}),
        _ => text(),
    }
}
