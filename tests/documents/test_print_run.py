"""A print run: pulled documents apart, lists that reconcile, the same bytes after a kill."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import io
import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from kokuho.core.sealing import read_sealed
from kokuho.documents import bench
from kokuho.documents.batch import RunInUse, planned, print_run
from kokuho.documents.chunk import PrintItem
from kokuho.documents.notice import NoticeData, PullReason
from kokuho.documents.sample import sample_notices
from kokuho.documents.settings import PrintSettings, office, print_settings
from kokuho.documents.source import MemorySource, print_item

PROTECTED, STOPPED, NOWHERE = 3, 5, 7


@pytest.fixture(scope="module")
def small() -> PrintSettings:
    return replace(print_settings("112038"), chunk=4, order="number")


@pytest.fixture(scope="module")
def notices() -> list[NoticeData]:
    """Ten notices: one protected, one mail-stopped, one protected without a safe address."""
    found = []
    for place, notice in enumerate(sample_notices(10, office("112038"), seed=7)):
        pull: PullReason | None = (
            "protected" if place in (PROTECTED, NOWHERE) else "mail_stopped" if place == STOPPED else None
        )
        found.append(replace(notice, pull=pull, explanation=()))
    return found


@dataclass(frozen=True)
class Office:
    """A source that knows who has no safe address, and that breaks when told to."""

    notices: Sequence[NoticeData]
    breaks_at: int = 0
    loads: list[Sequence[str]] = field(default_factory=list)

    def setup(self) -> None:
        pass

    def items(self) -> list[PrintItem]:
        return [print_item(n, deliverable=place != NOWHERE, hold=place == 0) for place, n in enumerate(self.notices)]

    def load(self, numbers: Sequence[str]) -> Sequence[NoticeData]:
        self.loads.append(numbers)
        if len(self.loads) == self.breaks_at:
            raise RuntimeError("the machine goes down")
        return [notice for notice in self.notices if notice.notice_number in numbers]


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(read_sealed(path).decode(), newline="")))


def files(out: Path) -> dict[str, str]:
    """Every file that a run leaves, all of them sealed, by the hash of its content."""
    return {
        str(path.relative_to(out)): hashlib.sha256(read_sealed(path)).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory, notices: list[NoticeData], small: PrintSettings) -> Path:
    """A run that went through at once."""
    out = tmp_path_factory.mktemp("clean")
    result = print_run("levy-notice", Office(notices), out, small, processes=1)
    assert (result.items, result.printed, result.pulled, result.undeliverable, result.refused) == (10, 7, 2, 1, 0)
    assert result.kept == 0
    return out


def test_lists_reconcile_with_the_files(clean: Path) -> None:
    listed = rows(clean / "print" / "print-list.csv")
    assert [row["連番"] for row in listed] == [str(n) for n in range(1, 8)]
    assert [row["文書番号"] for row in listed] == [f"{n:08d}" for n in (1, 2, 3, 5, 7, 9, 10)]
    assert [row["保留"] for row in listed] == ["1", *"000000"]
    manifest = json.loads(read_sealed(clean / "print" / "manifest.json"))
    assert [file["file"] for file in manifest["files"]] == ["0001.pdf", "0002.pdf"]
    for file in manifest["files"]:
        content = read_sealed(clean / "print" / file["file"])
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert sum(int(row["ページ数"]) for row in listed if row["ファイル"] == file["file"]) == file["pages"]
    totals = json.loads(read_sealed(clean / "run.json"))
    assert totals == {"documents": 10, "printed": 7, "pulled": 2, "undeliverable": 1, "refused": 0}


def test_a_notice_begins_where_the_list_says_and_on_the_front_of_a_sheet(
    clean: Path, pages_of: Callable[[bytes], list[str]]
) -> None:
    listed = rows(clean / "print" / "print-list.csv")
    for name in ("0001.pdf", "0002.pdf"):
        pages = pages_of(read_sealed(clean / "print" / name))
        for row in (row for row in listed if row["ファイル"] == name):
            first = int(row["先頭ページ"])
            assert first % 2 == 1
            assert f"通知書番号 第{row['文書番号']}号" in pages[first - 1]
            assert row["郵便番号"] in pages[first - 1]


def test_protected_and_stopped_are_only_in_the_pulled_bundle(
    clean: Path, notices: list[NoticeData], pages_of: Callable[[bytes], list[str]]
) -> None:
    printed = "".join("".join(pages_of(read_sealed(path))) for path in sorted((clean / "print").glob("*.pdf")))
    printed += "".join(read_sealed(path).decode() for path in (clean / "print").glob("*.*") if path.suffix != ".pdf")
    for place in (PROTECTED, STOPPED, NOWHERE):
        assert notices[place].notice_number not in printed
        assert notices[place].payer.atena_number not in printed
    pulled = rows(clean / "pulled" / "pull-list.csv")
    assert [(row["引抜の理由"], row["文書番号"], row["ファイル"]) for row in pulled] == [
        ("支援措置", notices[PROTECTED].notice_number, "protected-0001.pdf"),
        ("送付停止", notices[STOPPED].notice_number, "mail_stopped-0001.pdf"),
        ("支援措置", notices[NOWHERE].notice_number, ""),
    ]
    assert notices[PROTECTED].notice_number in "".join(pages_of(read_sealed(clean / "pulled" / "protected-0001.pdf")))


def test_without_a_safe_address_nothing_is_even_loaded(
    notices: list[NoticeData], small: PrintSettings, tmp_path: Path
) -> None:
    source = Office(notices)
    print_run("levy-notice", source, tmp_path, small, processes=1)
    assert notices[NOWHERE].notice_number not in {number for numbers in source.loads for number in numbers}


def test_one_protected_while_the_run_was_planned_is_not_printed(
    notices: list[NoticeData], small: PrintSettings, tmp_path: Path
) -> None:
    late = [replace(notices[0], pull="protected"), *notices[1:3]]
    source = Office(late)
    planned_as_normal = [replace(item, pull=None) for item in source.items()]
    object.__setattr__(source, "items", lambda: planned_as_normal)
    result = print_run("levy-notice", source, tmp_path, small, processes=1)
    assert (result.printed, result.pulled, result.refused) == (2, 0, 1)
    assert [(row["文書番号"], row["コード"]) for row in rows(tmp_path / "problems.csv")] == [("00000001", "P91")]


def test_what_cannot_be_printed_is_listed_and_the_rest_goes_on(
    notices: list[NoticeData], small: PrintSettings, tmp_path: Path
) -> None:
    wrong = replace(notices[1], annual_total=1)
    nameless = replace(notices[2], members=(replace(notices[2].members[0], name="\U0010de92"),))
    result = print_run("levy-notice", Office([notices[0], wrong, nameless]), tmp_path, small, processes=1)
    assert (result.printed, result.refused) == (1, 2)
    found = rows(tmp_path / "problems.csv")
    assert {(row["文書番号"], row["コード"]) for row in found} >= {("00000002", "P02"), ("00000003", "P04")}


def test_a_document_that_runs_over_its_page_is_found_and_left_out(
    notices: list[NoticeData], small: PrintSettings, tmp_path: Path
) -> None:
    flood = replace(notices[1], remarks=("とても長いお知らせです。" * 150,))
    result = print_run("levy-notice", Office([notices[0], flood, notices[2]]), tmp_path, small, processes=1)
    assert (result.printed, result.refused) == (2, 1)
    assert [(row["文書番号"], row["コード"]) for row in rows(tmp_path / "problems.csv")] == [("00000002", "P92")]


def test_a_broken_run_leaves_no_list_and_continues_to_the_same_bytes(
    clean: Path, notices: list[NoticeData], small: PrintSettings, tmp_path: Path
) -> None:
    with pytest.raises(RuntimeError, match="goes down"):
        print_run("levy-notice", Office(notices, breaks_at=3), tmp_path, small, processes=1)
    assert not (tmp_path / "run.json").exists()
    assert not (tmp_path / "print" / "print-list.csv").exists()
    result = print_run("levy-notice", Office(notices), tmp_path, small, processes=1)
    assert result.kept == 2
    assert files(tmp_path) == files(clean)


def test_a_killed_process_leaves_nothing_half_written(
    clean: Path, small: PrintSettings, notices: list[NoticeData], tmp_path: Path
) -> None:
    program = textwrap.dedent("""
        import sys
        from dataclasses import replace
        from pathlib import Path
        from kokuho.documents.batch import print_run
        from kokuho.documents.sample import sample_notices
        from kokuho.documents.settings import office, print_settings
        from kokuho.documents.source import MemorySource
        settings = replace(print_settings("112038"), chunk=4, order="number")
        notices = [replace(n, pull=None) for n in sample_notices(400, office("112038"), seed=7)]
        print_run("levy-notice", MemorySource(notices), Path(sys.argv[1]), settings, processes=1)
    """)
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)]) as process:
        deadline = time.monotonic() + 300
        while not (tmp_path / "print" / "0002.pdf").exists():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        process.kill()
    assert not (tmp_path / "run.json").exists()
    # The same folder is now used for the ten notices of the clean run: nothing of the killed run is left.
    print_run("levy-notice", Office(notices), tmp_path, small, processes=1)
    assert files(tmp_path) == files(clean)


def test_several_processes_make_the_same_files(
    clean: Path, notices: list[NoticeData], small: PrintSettings, tmp_path: Path
) -> None:
    progress: list[tuple[int, int]] = []
    deliverable = [notice for place, notice in enumerate(notices) if place != NOWHERE]
    print_run(
        "levy-notice",
        MemorySource(deliverable),
        tmp_path,
        small,
        processes=2,
        progress=lambda done, total: progress.append((done, total)),
    )
    assert progress[-1] == (9, 9) and len(progress) == 4
    for name in ("print/0001.pdf", "print/0002.pdf", "pulled/protected-0001.pdf"):
        assert read_sealed(tmp_path / name) == read_sealed(clean / name)


def test_a_changed_or_damaged_file_is_made_again(
    clean: Path, notices: list[NoticeData], small: PrintSettings, tmp_path: Path
) -> None:
    print_run("levy-notice", Office(notices), tmp_path, small, processes=1)
    (tmp_path / "print" / "0001.pdf").write_bytes(b"%PDF-")
    assert print_run("levy-notice", Office(notices), tmp_path, small, processes=1).kept == 3
    assert files(tmp_path) == files(clean)
    changed = [replace(notices[0], symbol_number="川 9"), *notices[1:]]
    assert print_run("levy-notice", Office(changed), tmp_path, small, processes=1).kept == 3


def test_order_of_print_is_by_post_or_by_number(notices: list[NoticeData], small: PrintSettings) -> None:
    items = [print_item(replace(notice, pull=None)) for notice in notices]
    by_number = [item.number for bundle in planned(items, small) for item in bundle.items]
    assert by_number == sorted(by_number)
    by_post = [item for bundle in planned(items, replace(small, order="postal")) for item in bundle.items]
    assert [(item.postal_code, item.barcode) for item in by_post] == sorted(
        (item.postal_code, item.barcode) for item in items
    )


def test_a_run_is_divided_by_ward_and_tells_no_ward_of_what_is_pulled(small: PrintSettings) -> None:
    def item(number: int, ward: str, pull: PullReason | None = None) -> PrintItem:
        return PrintItem(f"{number:08d}", str(number), "8120011", "", pull, ward=ward)

    items = [item(1, "博多区"), item(2, "南区"), item(3, ""), item(4, "博多区"), item(5, "南区", "mail_stopped"), item(6, "博多区")]
    bundles = planned(items, replace(small, by_ward=True, chunk=2))
    assert [(b.folder, b.name, [int(i.atena_number) for i in b.items]) for b in bundles] == [
        ("print", "0001", [2]), ("print", "0002", [1, 4]), ("print", "0003", [6]), ("print", "0004", [3]),
        ("pulled", "mail_stopped-0001", [5]),
    ]  # fmt: skip
    assert [len(b.items) for b in planned(items, replace(small, chunk=9))] == [5, 1], "one run where wards send nothing themselves"


def test_one_folder_one_run(notices: list[NoticeData], small: PrintSettings, tmp_path: Path) -> None:
    with open(tmp_path / ".lock", "w", encoding="ascii") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(RunInUse):
            print_run("levy-notice", Office(notices), tmp_path, small, processes=1)


def test_a_number_twice_is_refused(notices: list[NoticeData], small: PrintSettings, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="同じ文書番号"):
        print_run("levy-notice", Office([notices[0], notices[0]]), tmp_path, small, processes=1)


def test_benchmark_reports_its_figures(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert bench.run(["--count", "3", "--processes", "1", "--json", "--keep", str(tmp_path)]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["pages"] == 9 and figures["pages_per_second"] > 0
