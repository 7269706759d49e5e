"""Every read and every write of the product asks for its right before anything else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from kokuho.core.access import Actor

DAY = date(2026, 7, 1)


@pytest.mark.parametrize("what", ["reads", "writes"])
def test_without_the_right_there_is_no_answer(db: None, what: str) -> None:
    from kokuho.controls import crawl

    nobody = Actor("9999", "試験 職員", "国保課", frozenset(), "test", "s1", "試験")
    functions: dict[str, Any] = getattr(crawl, what)()
    assert len(functions) > 10
    assert crawl.answering(functions, nobody, DAY) == []


def test_what_asks_for_no_right_of_its_own_exists_and_says_why(database_name: str) -> None:
    from kokuho.controls import crawl
    from kokuho.controls.catalogue import free

    assert set(free()) <= set(crawl.reads()) | set(crawl.writes())
    assert all(free().values())
