"""Words to write the schemas of topics with, over those of `kokuho.law.results`: what a topic always takes and what it may take,
readers of dates and rates, and the topic that checks its input. `kokuho.law.schema` does the checking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from kokuho.law import results
from kokuho.law.errors import LawError
from kokuho.law.schema import check, day
from kokuho.law.steps import Step
from kokuho.law.topic import Case, Topic

Schema = Mapping[str, Any]
Answer = tuple[dict[str, Any], Iterable[Step]]

SETTINGS: Schema = {"type": "object", "description": "市町村の設定。置かなければ既定値"}

TEXT: Schema = {"type": "string", "pattern": ".", "description": "空でない文字列"}
FLAG: Schema = results.BOOL
YEN: Schema = results.YEN
SIGNED_YEN: Schema = {"type": "integer", "description": "円"}
COUNT: Schema = {"type": "integer", "minimum": 0}
DATE: Schema = results.DATE
MONTH: Schema = results.MONTH
RATE: Schema = {"type": "string", "pattern": "^(0|[1-9][0-9]*)(\\.[0-9]+)?%$"}


def record(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """Schema of an object with no other keys than these."""
    return results.record({**required, **(optional or {})}, tuple(required))


def case(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """Schema of a topic's input: a record that may carry an `id`."""
    return record(required, {"id": TEXT, **(optional or {})})


def result(properties: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """Schema of a topic's output: what it always gives, what it may give, `id` and `explanation`."""
    return record(properties, {"id": TEXT, "explanation": results.STEPS, **(optional or {})})


def choice(*values: str) -> Schema:
    """One of these texts."""
    return {"type": "string", "enum": list(values)}


def many(items: Schema, minimum: int = 0) -> Schema:
    """A list."""
    return {"type": "array", "items": items, **({"minItems": minimum} if minimum else {})}


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    found = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        found["enum"] = [*schema["enum"], None]
    return found


def topic(
    name: str, title: str, input_schema: Schema, output_schema: Schema, answer: Callable[[Case], Answer]
) -> Topic:
    """A topic that checks its input against its schema and adds the steps when asked."""

    def run(case: Case, explain: bool) -> dict[str, Any]:
        check(case, input_schema)
        values, steps = answer(case)
        if explain:
            values["explanation"] = [step.as_dict() for step in steps]
        return values

    return Topic(name, title, input_schema, output_schema, run)


def optional_date(text: str | None, path: str = "date") -> date | None:
    """A date of the input, None for None."""
    return None if text is None else day(text, path)


def parse_rate(text: str, path: str = "rate") -> Fraction:
    """``7.71%`` or ``1/2`` → exact `Fraction`; `LawError` ``format``."""
    try:
        return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise LawError("format", path, f"割合は 7.71% または 1/2 の形で入力してください（{text}）。") from None


def percent(rate: Fraction) -> str:
    """Fraction(3, 10) → ``30%``; exact decimals only where they exist, a fraction otherwise."""
    scaled = rate * 100
    if scaled.denominator == 1:
        return f"{scaled.numerator}%"
    for digits in range(1, 5):
        power = 10**digits
        if power % scaled.denominator == 0:
            whole, part = divmod(scaled.numerator * (power // scaled.denominator), power)
            return f"{whole}.{part:0{digits}d}%"
    return f"{rate.numerator}/{rate.denominator}"
