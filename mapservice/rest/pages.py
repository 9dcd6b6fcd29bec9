"""The document of the API as a page shows it: operations by part, shapes by name."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

METHODS = ("get", "post", "patch", "put", "delete")
REFERENCE = "#/components/schemas/"
KINDS = {
    "string": "chữ",
    "integer": "số nguyên",
    "number": "số",
    "boolean": "đúng/sai",
    "object": "đối tượng",
    "null": "trống",
}
FORMATS = {"date": "ngày", "date-time": "thời điểm", "uuid": "UUID", "email": "thư điện tử"}
PLACES = {"path": "đường dẫn", "query": "tham số", "header": "đầu đề"}


@dataclass(frozen=True)
class Kind:
    """What a value may be, in words; `shape` is the name of another shape, when it is one."""

    words: str
    shape: str | None = None
    limits: str = ""


@dataclass(frozen=True)
class Value:
    """A parameter, or a member of a shape."""

    name: str
    kind: Kind
    required: bool
    words: str = ""
    where: str = ""


@dataclass(frozen=True)
class Answer:
    status: str
    words: str
    shape: str | None


@dataclass(frozen=True)
class Operation:
    """One line of the guide; `example` a body that is accepted, as text."""

    id: str
    method: str
    path: str
    words: str
    description: str
    parameters: Sequence[Value]
    body: str | None
    example: str | None
    answers: Sequence[Answer]


@dataclass
class Guide:
    """Everything the page shows."""

    title: str
    introduction: str
    base: str
    parts: dict[str, list[Operation]] = field(default_factory=dict)
    shapes: dict[str, tuple[str, list[Value]]] = field(default_factory=dict)


def guide(document: Mapping, base: str) -> Guide:
    """The page of a document; `base` is where the API is served."""
    told = Guide(document["info"]["title"], document["info"]["description"], base)
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                operation = _operation(document, path, method, item)
                told.parts.setdefault(item[method]["tags"][0], []).append(operation)
    for name, shape in sorted(document["components"]["schemas"].items()):
        told.shapes[name] = (shape.get("description", ""), list(_members(shape)))
    return told


def _operation(document: Mapping, path: str, method: str, item: Mapping) -> Operation:
    told = item[method]
    body = told.get("requestBody", {}).get("content", {}).get("application/json", {})
    shape = _shape(body.get("schema", {}))
    example = body.get("example") or (_example(document, body["schema"]) if body else None)
    return Operation(
        id=told["operationId"],
        method=method.upper(),
        path=path,
        words=told["summary"],
        description=told["description"],
        parameters=[
            Value(
                parameter["name"],
                _kind(parameter["schema"]),
                parameter.get("required", False),
                parameter.get("description", ""),
                PLACES[parameter["in"]],
            )
            for parameter in (*item.get("parameters", ()), *told.get("parameters", ()))
        ],
        body=shape,
        example=json.dumps(example, ensure_ascii=False, indent=2) if example else None,
        answers=[
            _answer(document, status, answer)
            for status, answer in sorted(told["responses"].items())
        ],
    )


def _answer(document: Mapping, status: str, answer: Mapping) -> Answer:
    if "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    content = next(iter(answer.get("content", {}).values()), {})
    return Answer(status, answer["description"], _shape(content.get("schema", {})))


def _members(shape: Mapping) -> Iterator[Value]:
    required = shape.get("required", ())
    for name, schema in shape.get("properties", {}).items():
        yield Value(name, _kind(schema), name in required, schema.get("description", ""))


def _shape(schema: Mapping) -> str | None:
    return schema["$ref"].removeprefix(REFERENCE) if "$ref" in schema else None


def _kind(schema: Mapping) -> Kind:
    """A schema in words: of the alternatives of one, all."""
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            kinds = [_kind(one) for one in schema[several]]
            shape = next((kind.shape for kind in kinds if kind.shape), None)
            return Kind(" hoặc ".join(kind.words for kind in kinds), shape)
    if "$ref" in schema:
        return Kind(_shape(schema), _shape(schema))
    named = schema.get("type", "string")
    names = [named] if isinstance(named, str) else named
    if "array" in names:
        member = _kind(schema["items"])
        return Kind(f"danh sách: {member.words}", member.shape, member.limits)
    words = " hoặc ".join(FORMATS.get(schema.get("format"), KINDS[n]) for n in names[:1])
    words += " hoặc trống" if "null" in names else ""
    return Kind(words, None, _limits(schema))


def _limits(schema: Mapping) -> str:
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"] if value is not None)
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None or high is not None:
        return f"{'' if low is None else low}–{'' if high is None else high}"
    short, long = schema.get("minLength"), schema.get("maxLength")
    if long is not None:
        return f"{short or 0}–{long} ký tự"
    return ""


def _example(document: Mapping, schema: Mapping) -> object:
    """A body made of the examples that its members carry; None when they carry none."""
    name = _shape(schema)
    shape = document["components"]["schemas"][name] if name else schema
    members = shape.get("properties", {})
    found = {n: m["example"] for n, m in members.items() if "example" in m}
    return found or None
