//! The OpenAPI 3.1 document, made from the same table as the router.

use crate::api::operation::Operation;
use crate::api::{operations, schema};
use axum::Json;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

static DOCUMENT: LazyLock<Value> = LazyLock::new(build);

/// `/api/v1/openapi.json`.
pub(super) async fn document() -> Json<Value> {
    Json(DOCUMENT.clone())
}

fn build() -> Value {
    let mut paths = Map::new();
    for operation in operations() {
        let path = paths
            .entry(operation.path.clone())
            .or_insert_with(|| json!({}));
        path[operation.method] = describe(&operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Patchcord",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Callflows, phones and numbers. Lists answer {items, next}. Times are RFC 3339 UTC.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": schema::all(),
        },
    })
}

fn describe(operation: &Operation) -> Value {
    let mut parameters: Vec<Value> = operation
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    parameters.extend(operation.parameters.iter().map(|parameter| {
        json!({"name": parameter.name, "in": "query", "description": parameter.help, "schema": {"type": parameter.kind}})
    }));
    let header = |name: &str, help: &str| json!({"name": name, "in": "header", "description": help, "schema": {"type": "string"}});
    if operation.takes_revision {
        parameters.push(header("If-Match", "The revision this starts from."));
    }
    if operation.takes_key {
        parameters.push(header(
            "Idempotency-Key",
            "Makes it safe to repeat the request for a day.",
        ));
    }
    let mut described = json!({
        "tags": [operation.tag],
        "summary": operation.summary,
        "operationId": operation_id(operation),
        "parameters": parameters,
        "responses": responses(operation),
    });
    if !operation.detail.is_empty() {
        described["description"] = json!(operation.detail);
    }
    if let Some(body) = &operation.body {
        described["requestBody"] =
            json!({"content": {"application/json": {"schema": reference(body)}}});
    }
    if let Some(media) = operation.file {
        let file = json!({"schema": {"type": "string", "format": "binary"}});
        described["requestBody"] = json!({"required": true, "content": {media: file}});
    }
    if operation.is_open {
        described["security"] = json!([]);
    }
    described
}

fn operation_id(operation: &Operation) -> String {
    let path: String = operation
        .path
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| part.trim_matches(['{', '}']))
        .collect::<Vec<_>>()
        .join("_");
    format!("{}_{path}", operation.method)
}

fn reference(name: &str) -> Value {
    match name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
    {
        Some(item) => json!({
            "type": "object",
            "required": ["items", "next"],
            "properties": {"items": {"type": "array", "items": reference(item)}, "next": {"type": ["string", "null"]}},
        }),
        None => json!({"$ref": format!("#/components/schemas/{name}")}),
    }
}

fn responses(operation: &Operation) -> Value {
    let (status, schema) = &operation.answer;
    let mut good = json!({"description": "Done."});
    if let Some(media) = operation.media {
        good["content"] = json!({media: {}});
    } else if !schema.is_empty() {
        good["content"] = json!({"application/json": {"schema": reference(schema)}});
    }
    let mut all = Map::new();
    all.insert(status.to_string(), good);
    let mut refusals = vec![404];
    if !operation.is_open {
        refusals.push(401);
    }
    refusals.extend(&operation.refusals);
    refusals.sort_unstable();
    refusals.dedup();
    for status in refusals {
        all.insert(
            status.to_string(),
            json!({
                "description": meaning(status),
                "content": {"application/problem+json": {"schema": reference("Problem")}},
            }),
        );
    }
    Value::Object(all)
}

/// What a refusal means everywhere.
pub(super) fn meaning(status: u16) -> &'static str {
    match status {
        401 => "No token, or one that is unknown or over; or a wrong password.",
        403 => "The caller may not do this.",
        404 => "There is no such thing within the caller's reach.",
        409 => "It collides with something: in use, taken, attached elsewhere.",
        412 => "Somebody else was first.",
        413 => "The body is too large.",
        422 => "A value is not acceptable, or the flow has errors.",
        428 => "The revision must be named.",
        429 => "Too many attempts; see Retry-After.",
        _ => "Refused.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_that_is_referred_to_exists() {
        let text = DOCUMENT.to_string();
        let schemas = DOCUMENT["components"]["schemas"].as_object().unwrap();
        let mut seen = 0;
        for part in text.split("#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(schemas.contains_key(name), "{name}");
            seen += 1;
        }
        assert!(seen > 50);
    }

    #[test]
    fn operation_ids_are_unique() {
        let mut ids: Vec<String> = operations().iter().map(operation_id).collect();
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
