"""The description of the API, as OpenAPI 3.1 has it."""

from __future__ import annotations

from typing import Any

from ner_lime import __version__
from ner_lime.web.limits import Limits
from ner_lime.web.schema import EXPLAIN_REQUEST, TAG_REQUEST, Schema

STRING: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
INDEX: Schema = {"type": "integer", "minimum": 0}
STRINGS: Schema = {"type": "array", "items": STRING}


def _object(**properties: Schema) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _array(items: Schema, description: str) -> Schema:
    return {"type": "array", "items": items, "description": description}


TAG_ANSWER = _object(
    labels=_array(STRING, "The L labels."),
    probabilities=_array(
        _array(_array(NUMBER, "One number a label."), "One row a word."), "One matrix a sentence; rows sum to 1."
    ),
)
CONTRIBUTION = _object(
    word_index=INDEX,
    word_indices=_array(INDEX, "All words of a group; one where words stand alone."),
    token=STRING,
    weight=NUMBER,
    std_error={**NUMBER, "minimum": 0},
)
WORD = _object(
    word_index=INDEX,
    token=STRING,
    predicted=STRING,
    label={**STRING, "description": "What is explained."},
    probability={**NUMBER, "minimum": 0, "maximum": 1},
    bias=NUMBER,
    r2={**NUMBER, "description": "Fidelity: 1 where adding up words says all."},
    verdict=_object(level={"enum": ["trust", "with care", "do not trust"]}, reasons=STRINGS),
    contributions=_array(CONTRIBUTION, "Largest absolute weight first."),
)
EXPLAIN_ANSWER = _object(
    tokens=STRINGS,
    labels=STRINGS,
    words=_array(WORD, "The explained words."),
    settings={"type": "object", "description": "How the explanation was made."},
)
EXPLAIN_ANSWER["properties"]["explanation"] = {
    "type": "object",
    "description": "With `full`: the lossless document, which `ner_lime.Explanation.from_dict` reads.",
}
ERROR = _object(error=_object(code=STRING, message=STRING))


def openapi(limits: Limits) -> dict[str, Any]:
    """Describe a service with these limits."""
    errors = {
        400: "The body is no JSON.",
        401: "There is no token, or a wrong one.",
        403: "The request comes from a foreign page (Origin).",
        408: f"The body took longer than {limits.body_timeout:g} seconds.",
        413: f"The body has more than {limits.max_bytes} bytes.",
        415: "The body is said to be something other than application/json.",
        421: "The request is addressed to a foreign name (Host).",
        422: f"What is asked for can't be done: an unknown label, too many words ({limits.max_tokens} to explain, "
        f"{limits.max_batch} to tag), a field that is unknown or not as described.",
        429: f"More than {limits.rate:g} requests a second.",
        500: "A fault of the tagger or of the service.",
        503: f"{limits.workers} requests are worked on, and {limits.queue} wait.",
        504: f"The answer took longer than {limits.timeout:g} seconds.",
    }
    waits = {"Retry-After": {"description": "Seconds.", "schema": INDEX}}
    failures = {
        str(status): {
            "description": text,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            **({"headers": waits} if status in (429, 503) else {}),
        }
        for status, text in errors.items()
    }

    def post(name: str, summary: str) -> dict[str, Any]:
        def content(schema: str) -> dict[str, Any]:
            return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}

        done = {"200": {"description": "Done.", "content": content(f"{name}Answer")}}
        body = {"required": True, "content": content(f"{name}Request")}
        return {
            "post": {
                "operationId": name.lower(),
                "summary": summary,
                "requestBody": body,
                "responses": {**done, **failures},
            }
        }

    return {
        "openapi": "3.1.0",
        "info": {"title": "ner-lime", "version": __version__, "summary": "Why a model gave a word its label."},
        "security": [{"token": []}],
        "paths": {
            "/api/explain": post("Explain", "What every word adds to the probability of a word's label."),
            "/api/tag": post("Tag", "Probabilities of every label for every word."),
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "ExplainRequest": EXPLAIN_REQUEST,
                "ExplainAnswer": EXPLAIN_ANSWER,
                "TagRequest": TAG_REQUEST,
                "TagAnswer": TAG_ANSWER,
                "Error": ERROR,
            },
        },
    }
