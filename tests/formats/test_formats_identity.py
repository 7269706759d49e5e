"""Every layout: what is written reads back as the same values, and a valid file comes out byte for byte as it went in."""

from __future__ import annotations

import io
import random

import pytest
from formats_samples import records_of, sample_file, value_of
from hypothesis import given, settings
from hypothesis import strategies as st

from kokuho.formats import encode, library, open_decode
from kokuho.formats.columntypes import column_for
from kokuho.formats.model import Field, Layout

WRITABLE = [lay for versions in library().values() for lay in versions if not lay.read_only]


@pytest.mark.parametrize("layout", WRITABLE, ids=lambda lay: lay.id)
def test_values_and_bytes_survive_the_round_trip(layout: Layout) -> None:
    for seed in range(3):
        records = records_of(layout, random.Random(seed))
        out = io.BytesIO()
        encode(layout, records, out)
        decoding = open_decode(layout, io.BytesIO(out.getvalue()))
        back = list(decoding.records())
        assert decoding.ok, decoding.errors[:3]
        assert [
            (r["kind"], {k: tuple(v) if isinstance(v, list) else v for k, v in r["fields"].items()}) for r in records
        ] == [(r.kind, r.fields) for r in back]
        again = io.BytesIO()
        encode(layout, back, again, framing=decoding.framing)
        assert again.getvalue() == out.getvalue()


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(WRITABLE), st.integers(0, 2**32), st.integers(7, 400))
def test_the_size_of_the_blocks_read_does_not_matter(layout: Layout, seed: int, block: int) -> None:
    data = sample_file(layout, seed, most=6)
    whole = [(r.kind, r.fields, r.number, r.offset) for r in open_decode(layout, io.BytesIO(data)).records()]
    pieces = open_decode(layout, io.BytesIO(data), block=block)
    assert [(r.kind, r.fields, r.number, r.offset) for r in pieces.records()] == whole
    assert pieces.ok


FIELDS = {
    (f.type, f.length, f.min_length, f.size, f.max_bytes, f.charset, f.check, f.pattern, f.minimum, f.maximum): f
    for lay in WRITABLE
    for record in lay.records.values()
    for f in record.fields
    if f.type not in ("filler", "group") and f.repeat == 1
}


def _longer(field: Field) -> str | None:
    """A value one character over the limit."""
    letters = {"digits": "1", "alnum": "A", "kana": "ア", "text": "山", "wide": "山", "ank": "A", "either": "A"}
    if field.type in letters and field.length:
        return letters[field.type] * (field.length + 1)
    if field.max_bytes and field.type in ("wide", "either"):
        return "山" * (field.max_bytes // 2 + 1)
    return None


@pytest.mark.parametrize("field", FIELDS.values(), ids=lambda f: f"{f.type}-{f.name}")
def test_the_limits_of_every_item(field: Field) -> None:
    column = column_for(field)
    rng = random.Random(1)
    for _ in range(20):
        text = column.text(value_of(field, rng))
        assert column.fault(text) is None
        assert column.value(text) == (None if text == "" else column.value(text))
    if field.required:
        assert column.fault("") == ("required", "")
    else:
        assert column.fault("") is None
    if field.type == "int":
        low = field.minimum if isinstance(field.minimum, int) else 0
        if isinstance(field.maximum, int):
            assert column.fault(column.text(field.maximum)) is None
            assert column.fault(column.text(field.maximum + 1)) is not None
        if low > 0:
            assert column.fault(column.text(low - 1)) is not None
        assert column.fault("1x") is not None
    if field.length and field.type in ("digits", "alnum") and not field.check and not field.pattern:
        assert column.fault(str(value_of(field, rng, length=field.length))) is None
        if field.min_length > 1:
            assert column.fault(str(value_of(field, rng, length=field.min_length - 1)).strip()) is not None
    if longer := _longer(field):
        found = column.fault(longer)
        assert found is not None
        assert field.pattern or found[0] == "too-long"


MIXED = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            "0",
            "00",
            "-1",
            "007",
            "2026-02-29",
            "2024-02-29",
            "20240229",
            "999999",
            "123456789018",
            "ア",
            "葛\U000e0100",
        ]
    ),
    st.from_regex(r"[0-9]{1,16}", fullmatch=True),
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(FIELDS.values(), key=lambda f: f.name)), st.lists(MIXED, min_size=1, max_size=8))
def test_a_column_is_judged_as_its_values_one_by_one(field: Field, values: list[str]) -> None:
    """The fast test of a column may never accept what the test of a single value refuses."""
    decoded, problems = column_for(field).decode(values)
    alone = column_for(field)
    expected = [(i, *found) for i, text in enumerate(values) if (found := alone.fault(text))]
    assert problems == expected
    bad = {i for i, *_ in expected}
    assert list(decoded) == [text if i in bad else alone.value(text) for i, text in enumerate(values)]
