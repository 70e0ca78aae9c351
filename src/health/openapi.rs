//! The description of the endpoints about channels, as a document of `OpenAPI` 3.1.
//!
//! Schemas come from the types that are sent, so they cannot drift apart.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::{Value, json};

use crate::health::{HealthDocument, StatusDocument, TargetPolls};

/// The document; `prefix` is what the paths of all endpoints begin with, or empty.
pub fn document(prefix: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
    });
    let settings = settings.with_transform(RecursiveTransform(absent_is_not_null));
    let mut generator = settings.into_generator();
    let health = generator.subschema_for::<HealthDocument>();
    let status = generator.subschema_for::<StatusDocument>();
    let polls = generator.subschema_for::<TargetPolls>();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "webchat_exporter",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Whether a customer can start a chat now, and if not, why. No answer holds a secret or personal data.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": if prefix.is_empty() { "/" } else { prefix } }],
        "paths": {
            "/health": health_path("healthOfAll", "Health of all targets", &[], &health),
            "/health/{target}": health_path("healthOfTarget", "Health of a target", &["target"], &health),
            "/health/{target}/{channel}":
                health_path("healthOfChannel", "Health of a channel", &["target", "channel"], &health),
            "/badge/{target}/{channel}.svg": badge_path(),
            "/api/v1/status": {
                "get": {
                    "operationId": "status",
                    "summary": "Status of every channel of every target",
                    "parameters": [if_none_match()],
                    "responses": {
                        "200": tagged("The status.", "application/json", &json!(status)),
                        "304": not_modified(),
                    },
                },
            },
            "/api/v1/status/stream": stream_path(&json!(status)),
            "/api/v1/targets/{target}": polls_path(&json!(polls)),
            "/api/v1/openapi.json": {
                "get": {
                    "operationId": "description",
                    "summary": "This document",
                    "parameters": [if_none_match()],
                    "responses": {
                        "200": tagged("This document.", "application/json", &json!({ "type": "object" })),
                        "304": not_modified(),
                    },
                },
            },
        },
        "components": { "schemas": generator.take_definitions(true) },
    })
}

fn health_path(id: &str, summary: &str, names: &[&str], schema: &schemars::Schema) -> Value {
    let mut responses = json!({
        "200": tagged("It passes, or passes with a warning.", "application/health+json", &json!(schema)),
        "304": not_modified(),
        "503": cached("It fails.", "application/health+json", &json!(schema)),
    });
    if !names.is_empty() {
        responses["404"] = refusal("There is no such target or channel.");
    }
    json!({
        "get": {
            "operationId": id,
            "summary": summary,
            "description": "In the health check response format of draft-inadarei-api-health-check. A channel that is closed or in maintenance fails when asked for alone and passes as a part of its target.",
            "parameters": parameters(names),
            "responses": responses,
        },
    })
}

fn badge_path() -> Value {
    json!({
        "get": {
            "operationId": "badge",
            "summary": "Status badge of a channel",
            "parameters": parameters(&["target", "channel"]),
            "responses": {
                "200": tagged("The badge.", "image/svg+xml", &json!({ "type": "string" })),
                "304": not_modified(),
                "404": refusal("There is no such target or channel."),
            },
        },
    })
}

fn stream_path(schema: &Value) -> Value {
    let description = "A `status` event at once and after each change, at most one per second; its data is the body \
                       of `/api/v1/status`. A comment every 15 seconds.";
    let mut events = content("The events.", "text/event-stream", &json!({ "type": "string" }));
    // OpenAPI 3.1 has no words for the data of an event; tools that know them read this key.
    events["content"]["text/event-stream"]["x-event-data"] = schema.clone();
    json!({
        "get": {
            "operationId": "statusStream",
            "summary": "Status of every channel as server-sent events",
            "description": description,
            "responses": { "200": events, "503": refusal("Too many streams are open already.") },
        },
    })
}

fn polls_path(schema: &Value) -> Value {
    json!({
        "get": {
            "operationId": "pollsOfTarget",
            "summary": "Recent polls of a target",
            "description": "Of each collector the newest polls with their requests and failures; failed ones are kept longer.",
            "parameters": parameters(&["target"]),
            "responses": {
                "200": tagged("The polls.", "application/json", schema),
                "304": not_modified(),
                "404": refusal("There is no such target."),
            },
        },
    })
}

fn parameters(names: &[&str]) -> Vec<Value> {
    let of_path = |name: &&str| {
        let description = match *name {
            "target" => "Name of a target in the configuration.",
            _ => "Identifier of a channel, or its name.",
        };
        json!({
            "name": name,
            "in": "path",
            "required": true,
            "description": description,
            "schema": { "type": "string" },
        })
    };
    names.iter().map(of_path).chain([if_none_match()]).collect()
}

fn if_none_match() -> Value {
    json!({
        "name": "If-None-Match",
        "in": "header",
        "description": "Entity tags of answers that the client has.",
        "schema": { "type": "string" },
    })
}

fn content(description: &str, content_type: &str, schema: &Value) -> Value {
    json!({ "description": description, "content": { content_type: { "schema": schema } } })
}

fn cached(description: &str, content_type: &str, schema: &Value) -> Value {
    let mut response = content(description, content_type, schema);
    response["headers"] = json!({ "Cache-Control": cache_control() });
    response
}

fn tagged(description: &str, content_type: &str, schema: &Value) -> Value {
    let mut response = content(description, content_type, schema);
    response["headers"] = json!({ "Cache-Control": cache_control(), "ETag": entity_tag() });
    response
}

fn not_modified() -> Value {
    json!({
        "description": "The client has it already.",
        "headers": { "Cache-Control": cache_control(), "ETag": entity_tag() },
    })
}

fn cache_control() -> Value {
    json!({
        "description": "How long the body may be used again.",
        "required": true,
        "schema": { "type": "string" },
    })
}

fn entity_tag() -> Value {
    json!({
        "description": "Strong entity tag of the body.",
        "required": true,
        "schema": { "type": "string", "pattern": "^\"[0-9a-f]{32}\"$" },
    })
}

fn refusal(description: &str) -> Value {
    content(description, "text/plain; charset=utf-8", &json!({ "type": "string" }))
}

/// Takes `null` out of the types: a value that is not known is left away, so no answer ever holds one.
fn absent_is_not_null(schema: &mut Schema) {
    if let Some(types) = schema.get_mut("type") {
        let named = types.as_array().and_then(|types| types.iter().find(|name| *name != "null"));
        if let Some(named) = named.cloned() {
            *types = named;
        }
    }
    let null = json!({ "type": "null" });
    let alternatives = schema.get("anyOf").and_then(Value::as_array).filter(|all| all.contains(&null));
    let reference = alternatives.and_then(|all| all.iter().find_map(|one| one.get("$ref"))).cloned();
    if let Some(reference) = reference {
        schema.remove("anyOf");
        schema.insert("$ref".to_owned(), reference);
    }
}
