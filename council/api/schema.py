"""The API described for programs (OpenAPI 3.1), made from the shapes that read the requests."""

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import models_json_schema

from council.api.shapes import ChatRequest

_REF = "#/components/schemas/{model}"


class Error(BaseModel):
    """What went wrong: a sentence, and which parameter is meant."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorAnswer(BaseModel):
    """An error in OpenAI's shape. A run that failed comes with it."""

    model_config = ConfigDict(extra="allow")

    error: Error


class Model(BaseModel):
    """A council that can be asked."""

    model_config = ConfigDict(extra="allow")

    id: str
    object: str
    created: int
    owned_by: str


class ModelList(BaseModel):
    """The councils this key may ask."""

    object: str
    data: list[Model]


class Answer(BaseModel):
    """A message of the assistant. ``usage`` and ``choices`` are OpenAI's; ``fusion`` is Fusion's
    result and ``council_run`` the run document, version 1."""

    model_config = ConfigDict(extra="allow")

    id: str
    object: str
    created: int
    model: str
    choices: list[dict[str, Any]]
    usage: dict[str, Any]
    fusion: dict[str, Any]
    council_run: dict[str, Any]


_SAYS = {
    400: "The request is not as documented; param names what is meant.",
    401: "No API key, or none that may be used.",
    402: "A spending cap, or the credit at the providers, is used up.",
    404: "There is no such council for this key.",
    405: "The address takes another method.",
    409: "The Idempotency-Key was used with another request, or the run was stopped.",
    413: "The request is too large.",
    429: "The key asks too often, or every provider does not answer for now.",
    500: "A fault of this server.",
    502: "No member answered, or the synthesis could not be written.",
}
_READING, _ASKING = (400, 401, 404, 405, 429, 500), tuple(_SAYS)


@cache
def document() -> dict[str, Any]:
    """The whole description."""
    answers = (ErrorAnswer, ModelList, Model, Answer)
    modes = [(ChatRequest, "validation"), *((one, "serialization") for one in answers)]
    _, found = models_json_schema(modes, ref_template=_REF)  # type: ignore[arg-type]
    name = {"name": "model", "in": "path", "required": True, "schema": {"type": "string"}}
    models = {"get": _operation("listModels", "Councils this key may ask", ModelList, _READING)}
    one = _operation("retrieveModel", "One of them", Model, _READING)
    chat = _operation("createChatCompletion", "Ask a council", Answer, _ASKING)
    chat["requestBody"] = {"required": True, "content": _json(ChatRequest)}
    chat["parameters"] = [
        {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 255}}
    ]
    done = chat["responses"]["200"]
    done["content"]["text/event-stream"] = {"schema": {"type": "string"}}
    done["headers"] = {
        "X-Council-Run": {"description": "The run's page.", "schema": {"type": "string"}}
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Fusion Council", "version": "1", "description": __doc__},
        "servers": [{"url": "/v1"}],
        "security": [{"bearer": []}, {"header": []}],
        "paths": {
            "/models": models,
            "/models/{model}": {"get": {**one, "parameters": [name]}},
            "/chat/completions": {"post": chat},
        },
        "components": {
            "schemas": found["$defs"],
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "header": {"type": "apiKey", "in": "header", "name": "x-api-key"},
            },
        },
    }


def _operation(
    name: str, says: str, answer: type[BaseModel], errors: tuple[int, ...]
) -> dict[str, Any]:
    wrong = {
        str(status): {"description": _SAYS[status], "content": _json(ErrorAnswer)}
        for status in errors
    }
    good = {"200": {"description": says + ".", "content": _json(answer)}}
    return {"operationId": name, "summary": says, "responses": {**good, **wrong}}


def _json(shape: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(model=shape.__name__)}}}
