"""One town of 3,000 households for the tests of this folder, built once."""

from __future__ import annotations

import pytest
from townfiles import Town, open_town, plan_of

from kokuho.town.build import build


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """The town of 3,000 households."""
    directory = tmp_path_factory.mktemp("town") / "kawaguchi"
    plan = plan_of()
    build(plan, directory, processes=1)
    return open_town(directory, plan)
