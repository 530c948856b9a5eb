"""JSON answers: how many fields agree, and whether a schema is kept."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any  # Any: a JSON schema

import orjson

from routeaudit.answer.scorers.contract import Pair, Rules, Score
from routeaudit.answer.scorers.words import plain, without_fence
from routeaudit.errors import ConfigError, MissingExtraError

Field = tuple[str, object]
NOTHING = object()


def score_json(pair: Pair, rules: Rules) -> Score:
    """Give the F1 of fields; what is no JSON, or breaks the schema, is refused."""
    logged, answer = parsed(pair.logged), parsed(pair.answer)
    if logged is NOTHING:
        return Score("json fields", None, None)
    if answer is NOTHING or not keeps_schema(answer, rules.json_schema):
        return Score("json fields", 0.0, accepted=False)
    value = f1(Counter(fields(logged)), Counter(fields(answer)))
    return Score("json fields", value, value >= rules.least_json_f1)


def parsed(text: str) -> object:
    """Read an object or a list, in a code fence or not; NOTHING for any other text."""
    try:
        value: object = orjson.loads(without_fence(text))
    except orjson.JSONDecodeError:
        return NOTHING
    return value if isinstance(value, dict | list) else NOTHING


def fields(value: object, path: str = "") -> Iterator[Field]:
    """Flatten to (path, normalised value); the plain items of a list have no order."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from fields(inner, f"{path}.{name}")
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            at = f"[{place}]" if isinstance(inner, dict | list) else "[]"
            yield from fields(inner, path + at)
    else:
        yield path, _normal(value)


def _normal(value: object) -> object:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return repr(value)


def f1(wanted: Counter[Field], got: Counter[Field]) -> float:
    """Give the F1 of two bags; 1 when both are empty."""
    total = wanted.total() + got.total()
    return 2 * (wanted & got).total() / total if total else 1.0


def keeps_schema(value: object, schema: Mapping[str, Any] | None) -> bool:
    """Check a JSON value against a JSON schema; without one everything passes.

    Raises:
        MissingExtraError: the checker is not installed.
        ConfigError: the schema itself is wrong.
    """
    if schema is None:
        return True
    try:
        import jsonschema  # type: ignore[import-untyped]  # noqa: PLC0415 an optional extra without types
    except ImportError as error:
        raise MissingExtraError("checking a JSON schema", extra="score") from error
    try:
        checker = jsonschema.validators.validator_for(schema)
        checker.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise ConfigError(f"the JSON schema is wrong: {error.message}") from error
    return bool(checker(schema).is_valid(value))
