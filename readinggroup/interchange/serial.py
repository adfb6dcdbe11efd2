"""The document as YAML and JSON, in and out. Both have the same schema, docs/document.schema.json."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from readinggroup.interchange.document import GroupDocument
from readinggroup.interchange.errors import UnreadableError

# libyaml's parser where the package has it (its wheels do): some ten times as fast as the one in Python.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
DEEPEST = 20
WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")  # "08" is a word: PyYAML writes it without quotes
# More than a thousand sessions with 2,500 papers have, all authors told (75,000). Measured with so many, of whatever kind:
# at most 2.5 s and 230 MiB to read them, 20 s and 450 MiB to import them.
MOST_VALUES = 100_000
# A string of JSON; one that is not closed ends with the text, so that it is looked at once.
STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
Place = tuple[str | int, ...]


def read_json(text: str) -> GroupDocument:
    """The document that a JSON text says. Raises UnreadableError, with the line or the field."""
    bare = STRING.sub("", text)
    if sum(map(bare.count, ",[{")) > MOST_VALUES:
        raise UnreadableError(f"has more than {MOST_VALUES:,} values")
    try:
        data = json.loads(text, object_pairs_hook=_without_doubles)
    except json.JSONDecodeError as error:
        raise UnreadableError(f"is not JSON: {error.msg}", error.lineno) from None
    except RecursionError:
        raise UnreadableError("is nested too deep to be a group") from None
    except UnreadableError:
        raise
    except ValueError:  # Python reads no whole number of more than 4,300 digits
        raise UnreadableError("has a number that is far too large") from None
    return _validated(data, {})


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        double = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise UnreadableError(f"has the field “{double}” twice in one place")
    return found


def read_yaml(text: str) -> GroupDocument:
    """The document that a YAML text says. Raises UnreadableError, with the line and the field.

    YAML as its version 1.2 means it: `no` is a word, and a date is one only where a date belongs. Anchors and
    aliases, by which a few lines can stand for gigabytes, are refused.
    """
    lines: dict[Place, int] = {}
    try:
        data = _plain(yaml.parse(text, Loader=Loader), lines)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise UnreadableError(f"is not YAML: {error.problem or error.context}", line) from None
    except yaml.YAMLError as error:
        raise UnreadableError(f"is not YAML: {str(error).splitlines()[0]}") from None
    return _validated(data, lines)


def _plain(events: Iterator[yaml.Event], lines: dict[Place, int]) -> Any:
    """The one document of these events as plain data, noting the line of each place.

    Built with a stack of its own: the library's composer recurses in C, and a file of brackets would end the process.
    """
    top: list[Any] = []
    stack: list[tuple[Place, list[Any] | dict[str, Any]]] = [((), top)]
    name: list[str | None] = [None]  # the field that waits for its value, for each level
    count = 0
    for event in events:
        place, holder = stack[-1]
        if isinstance(event, yaml.AliasEvent):
            raise UnreadableError("has an alias (*name); write the value out in each place", _line(event))
        if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            stack.pop()
            name.pop()
        elif not isinstance(event, (yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            continue  # the beginning and end of the stream and of the document
        elif isinstance(holder, dict) and name[-1] is None:
            name[-1] = _field_name(event, holder)
        else:
            count += 1
            if count > MOST_VALUES:
                raise UnreadableError(f"has more than {MOST_VALUES:,} values", _line(event))
            value = _value(event)
            step = (name[-1] or "") if isinstance(holder, dict) else len(holder)
            inner: Place = (*place, step) if len(stack) > 1 else ()
            lines[inner] = _line(event) or 1
            if isinstance(holder, dict):
                holder[name[-1] or ""], name[-1] = value, None
            else:
                holder.append(value)
            if isinstance(value, (list, dict)):
                stack.append((inner, value))
                name.append(None)
                if len(stack) > DEEPEST:
                    raise UnreadableError("is nested too deep to be a group", _line(event))
    if len(top) > 1:
        raise UnreadableError("holds several documents; give one")
    return top[0] if top else None


def _line(event: yaml.Event) -> int | None:
    return event.start_mark.line + 1 if event.start_mark else None


def _field_name(event: yaml.Event, holder: dict[str, Any]) -> str:
    if not isinstance(event, yaml.ScalarEvent):
        raise UnreadableError("has a field whose name is no word", _line(event))
    if event.value in holder:
        raise UnreadableError(f"has the field “{event.value}” twice in one place", _line(event))
    return str(event.value)


def _value(event: yaml.MappingStartEvent | yaml.SequenceStartEvent | yaml.ScalarEvent) -> Any:
    if isinstance(event, yaml.MappingStartEvent):
        return {}
    if isinstance(event, yaml.SequenceStartEvent):
        return []
    text = str(event.value)
    if event.style in {"'", '"', "|", ">"} or event.tag == "tag:yaml.org,2002:str":
        return text
    if text in {"", "~", "null"}:
        return None
    if text in {"true", "false"}:
        return text == "true"
    return int(text) if WHOLE_NUMBER.fullmatch(text) else text


def _validated(data: Any, lines: dict[Place, int]) -> GroupDocument:
    if not isinstance(data, dict):
        raise UnreadableError(
            "holds no group: the outermost thing has to be a mapping with “group” and “sessions”"
        )
    try:
        document = GroupDocument.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise _complaint(first["loc"], _in_words(first["type"], first["msg"]), lines) from None
    if not document.sessions:
        raise UnreadableError("holds no session")
    _say_all(document)
    places = {session["number"]: place for place, session in enumerate(data["sessions"])}
    for part in document.sessions:
        part.at(lines.get(("sessions", places.get(part.number, -1))))
    return document


def _in_words(kind: str, message: str) -> str:
    """What pydantic found wrong, in this project's words."""
    known = {
        "extra_forbidden": "is not a known field",
        "missing": "is missing",
        "string_type": "has to be text",
        "string_unicode": "has to be text",
        "int_type": "has to be a whole number",
        "int_parsing": "has to be a whole number",
        "list_type": "has to be a list",
        "model_type": "has to be a mapping",
        "timezone_aware": "has to say its offset from UTC, such as 2026-01-31T18:00:00+01:00",
        "too_short": "must not be empty",
    }
    return known.get(kind) or message.replace("Input should be", "has to be").removeprefix("Value error, ")


def _complaint(where: Place, message: str, lines: dict[Place, int]) -> UnreadableError:
    """`sessions[3].title: Field required`, at the line of the nearest place that the file has."""
    known = next((where[:length] for length in range(len(where), 0, -1) if where[:length] in lines), ())
    name = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in where).lstrip(".")
    return UnreadableError(f"{name}: {message}" if name else message, lines.get(known) if known else None)


def _say_all(part: BaseModel) -> None:
    """Mark every field as said: what such a file leaves out has its default, and is not just left open."""
    part.model_fields_set.update(type(part).model_fields)
    for name in type(part).model_fields:
        value = getattr(part, name)
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, BaseModel):
                _say_all(inner)


def write_json(document: GroupDocument) -> str:
    """The document as JSON, without what has its default."""
    return json.dumps(_data(document), ensure_ascii=False, indent=2) + "\n"


def write_yaml(document: GroupDocument) -> str:
    """The document as YAML, without what has its default."""
    text: str = yaml.dump(_data(document), Dumper=_dumper(), allow_unicode=True, sort_keys=False, width=110)
    return text


def _data(document: GroupDocument) -> dict[str, Any]:
    return document.model_dump(mode="json", exclude_defaults=True)


def _dumper() -> Any:
    class ProseDumper(Dumper):  # type: ignore[misc, valid-type]
        """Writes text of several lines as lines."""

    def represent(dumper: Any, text: str) -> yaml.ScalarNode:
        style = "|" if "\n" in text else None
        node: yaml.ScalarNode = dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)
        return node

    ProseDumper.add_representer(str, represent)
    return ProseDumper


def schema_text() -> str:
    """The JSON Schema (2020-12) of both formats."""
    said = GroupDocument.model_json_schema(mode="validation")
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **said}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
