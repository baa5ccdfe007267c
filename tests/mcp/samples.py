"""What the fixtures of the conformance suite answer: texts, pictures, sounds, schemas."""

import json
from typing import Any

Json = dict[str, Any]

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQ"
    "AAAABJRU5ErkJggg=="
)
WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA="
OBJECT: Json = {"type": "object"}
SCHEMA: Json = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}

SCHEMAS: dict[str, Json] = {
    "json_schema_2020_12_tool": SCHEMA,
    "test_parameter_headers": {
        "type": "object",
        "properties": {
            "region": {"type": "string", "x-mcp-header": "Region"},
            "count": {"type": "integer", "x-mcp-header": "Count"},
        },
    },
}


def text(said: str) -> Json:
    return {"type": "text", "text": said}


def content(*parts: Json, error: bool = False) -> Json:
    return {"content": list(parts), "isError": error}


IMAGE: Json = {"type": "image", "data": PNG, "mimeType": "image/png"}


def resource(uri: str, media_type: str, said: str) -> Json:
    return {"type": "resource", "resource": {"uri": uri, "mimeType": media_type, "text": said}}


SIMPLE: dict[str, Json] = {
    "test_simple_text": content(text("This is a simple text response for testing.")),
    "test_image_content": content(IMAGE),
    "test_audio_content": content({"type": "audio", "data": WAV, "mimeType": "audio/wav"}),
    "test_embedded_resource": content(
        resource(
            "test://embedded-resource", "text/plain", "This is an embedded resource content."
        )
    ),
    "test_multiple_content_types": content(
        text("Multiple content types test:"),
        IMAGE,
        resource(
            "test://mixed-content-resource",
            "application/json",
            json.dumps({"test": "data", "value": 123}),
        ),
    ),
    "test_error_handling": content(
        text("This tool intentionally returns an error for testing"), error=True
    ),
    "json_schema_2020_12_tool": content(text("ok")),
    "test_parameter_headers": content(text("The headers say what the arguments say.")),
    "test_logging_tool": content(text("Nothing was logged: nobody asked for it.")),
    "test_streaming_elicitation": content(text("Nothing was asked on this stream.")),
}

READABLE: dict[str, Json] = {
    "test://static-text": {
        "mimeType": "text/plain",
        "text": "This is the content of the static text resource.",
    },
    "test://static-binary": {"mimeType": "image/png", "blob": PNG},
    "test://template/123/data": {
        "mimeType": "application/json",
        "text": json.dumps({"id": "123", "templateTest": True, "data": "Data for ID: 123"}),
    },
}
