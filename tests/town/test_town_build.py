"""The files of a town: the same bytes every time, counts that agree, a directory that is not overwritten by mistake."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest
from townfiles import BASE, BUSINESS, Town, open_town, plan_of

from kokuho.town.build import CannotBuild, build
from kokuho.town.cli import main
from kokuho.town.days import is_office_day


def hashes(directory: Path) -> dict[str, str]:
    """SHA-256 of every file of a directory."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(directory.iterdir())}


def test_same_seed_same_bytes_with_any_number_of_processes(tmp_path: Path) -> None:
    plan = plan_of(households=1200, seed=3, municipality="新潟市", assets=True)
    build(plan, tmp_path / "one", processes=1)
    build(plan, tmp_path / "two", processes=2)
    assert hashes(tmp_path / "one") == hashes(tmp_path / "two")


def test_another_seed_is_another_town(tmp_path: Path) -> None:
    for seed in (1, 2):
        build(plan_of(households=20, seed=seed), tmp_path / str(seed), processes=1)
    assert hashes(tmp_path / "1")["juki-full.csv"] != hashes(tmp_path / "2")["juki-full.csv"]


def test_towns_of_one_seed_begin_with_the_same_households(tmp_path: Path) -> None:
    build(plan_of(households=1100), tmp_path / "small", processes=1)
    build(plan_of(households=1150), tmp_path / "large", processes=1)
    small = (tmp_path / "small" / "juki-full.csv").read_bytes().split(b"\r\n")[1:-1]
    large = (tmp_path / "large" / "juki-full.csv").read_bytes().split(b"\r\n")[1:-1]
    assert large[: len(small)] == small


def test_insured_are_counted_to_the_household(tmp_path: Path) -> None:
    plan = plan_of(households=None, insured=1500)
    build(plan, tmp_path / "a", processes=1)
    build(plan, tmp_path / "b", processes=2)
    assert hashes(tmp_path / "a") == hashes(tmp_path / "b")
    made = open_town(tmp_path / "a", plan)
    insured = sum(row["nhi_state"] == "1" for row in made.full.values())
    assert insured == made.description["insured"] == made.description["counts"]["base.insured"]
    assert 1500 <= insured <= 1506


def test_town_json_describes_the_files(town: Town) -> None:
    files = town.description["files"]
    present = hashes(town.directory)
    assert set(files) == set(present) - {"town.json", "README.txt"}
    assert all(files[name]["sha256"] == present[name] for name in files)
    counts = town.description["counts"]
    living = [row for row in town.full.values() if row["resident_state"] == "1"]
    after = [row for row in town.after().values() if row["resident_state"] == "1"]
    assert counts["base.residents"] == len(living)
    assert counts["base.households"] == 3000 == len({row["household_number"] for row in living})
    assert counts["business_date.residents"] == len(after)
    assert counts["business_date.insured"] == sum(row["nhi_state"] == "1" for row in after)
    assert counts["business_date.protected"] == sum(row["protection"] == "1" for row in after)
    assert counts["incomes.rows"] == len(town.incomes)
    assert counts["changes.rows"] == len(town.changes)


def test_a_changes_file_for_every_office_day(town: Town) -> None:
    days = [
        date.fromisoformat(f"{p.stem[-8:-4]}-{p.stem[-4:-2]}-{p.stem[-2:]}") for p in town.directory.glob("juki-ch*")
    ]
    wanted = [date.fromordinal(n) for n in range(BASE.toordinal() + 1, BUSINESS.toordinal() + 1)]
    assert sorted(days) == [day for day in wanted if is_office_day(day)]


def test_no_asset_file_where_the_ordinance_levies_none(tmp_path: Path) -> None:
    for city in ("川口市", "松戸市", "福岡市", "新潟市", "相模原市"):
        out = tmp_path / city
        assert main(["build", "--households", "8", "--seed", "1", "--municipality", city, "--out", str(out)]) == 0
        assert not (out / "zei-asset.csv").exists()
        assert city in (out / "README.txt").read_text(encoding="utf-8")
        assert json.loads((out / "town.json").read_text(encoding="utf-8"))["parameters"]["fiscal_year"] == 2026


def test_a_directory_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(CannotBuild, match="thesis"):
        build(plan_of(households=5), tmp_path, processes=1)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_earlier_town_is_replaced(tmp_path: Path) -> None:
    build(plan_of(households=5), tmp_path, processes=1)
    build(plan_of(households=5, business_date=BASE), tmp_path, processes=1)
    assert {path.name for path in tmp_path.iterdir()} == {"juki-full.csv", "zei-income.csv", "town.json", "README.txt"}


def test_a_year_without_layout_or_law_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ["build", "--households", "5", "--seed", "1", "--municipality", "川口市", "--out", str(tmp_path)]
    assert main([*call, "--base-date", "2025-04-01", "--business-date", "2025-07-01"]) == 1
    assert main([*call, "--base-date", "2027-04-01", "--business-date", "2027-07-01"]) == 1
    assert main([*call, "--business-date", "2026-03-31"]) == 2
    assert main(["build", "--seed", "1"]) == 2
    shown = capsys.readouterr().err
    assert "有効な版がありません" in shown and "no_parameters" in shown
