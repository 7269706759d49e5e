"""A notice with a wrong figure or a character without a glyph is not printed, and the clerk learns whose and what."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kokuho.documents import fit
from kokuho.documents.checks import NotPrintable, notice_problems
from kokuho.documents.fonts import FontsMissing, clusters, font_set
from kokuho.documents.notice import NoticeData
from kokuho.documents.render import render
from kokuho.documents.settings import PrintSettings, office, print_settings
from kokuho.documents.wording import COMPONENTS, wording

CITIES = ("151009", "112038", "122076", "401307", "141500")


def codes(notice: NoticeData, settings: PrintSettings) -> list[str]:
    return [problem.code for problem in notice_problems(notice, font_set(settings))]


def test_right_notice_has_no_problem(family: NoticeData, nothing_to_pay: NoticeData, settings: PrintSettings) -> None:
    assert codes(family, settings) == []
    assert codes(nothing_to_pay, settings) == []


def test_component_that_does_not_add_up(family: NoticeData, settings: PrintSettings) -> None:
    wrong = replace(family.components[0], reduction=52_501)
    assert codes(replace(family, components=(wrong, *family.components[1:])), settings) == ["P01"]


def test_member_has_a_share_of_a_component_that_is_not_levied(family: NoticeData, settings: PrintSettings) -> None:
    assert codes(replace(family, components=family.components[:3]), settings) == ["P09", "P09", "P02"]


def test_total_and_instalments_must_agree(family: NoticeData, settings: PrintSettings) -> None:
    assert codes(replace(family, annual_total=162_700), settings) == ["P02", "P03"]
    assert codes(replace(family, instalments=family.instalments[1:]), settings) == ["P03"]


def test_total_may_be_rounded_or_remitted(family: NoticeData, settings: PrintSettings) -> None:
    first = replace(family.instalments[0], amount=family.instalments[0].amount - 800)
    less = replace(family, annual_total=162_000, total_exemption=800, instalments=(first, *family.instalments[1:]))
    assert codes(less, settings) == []


@pytest.mark.parametrize(
    "char",
    ["\U0010de92", "葛\U000e01ef", "\u0007"],
    ids=["private plane without the font", "variant that no font has", "control character"],
)
def test_character_without_glyph_is_named_with_its_person(
    family: NoticeData, settings: PrintSettings, char: str
) -> None:
    member = replace(family.members[1], name=f"山{char}\u3000花子")
    with pytest.raises(NotPrintable) as refused:
        render("levy-notice", replace(family, members=(family.members[0], member)), settings)
    (problem,) = refused.value.problems
    assert (problem.code, problem.number, problem.atena_number) == ("P04", "00001234", "000000000000123")
    assert "加入者" in problem.text
    assert all(f"U+{ord(c):04X}" in problem.text for c in char)


def test_sentence_without_glyph_bars_and_empty_address(family: NoticeData, settings: PrintSettings) -> None:
    to = replace(family.destination, bars="LUDT", address=(" ",))
    assert codes(replace(family, remarks=("\U0010de92",), destination=to), settings) == ["P05", "P06", "P07"]


def test_missing_font_is_an_error_that_names_the_package(family: NoticeData, settings: PrintSettings) -> None:
    with pytest.raises(FontsMissing, match="NoSuchFont") as missing:
        render("levy-notice", family, replace(settings, name_fonts=("NoSuchFont", *settings.name_fonts)))
    assert missing.value.families == ("NoSuchFont",)
    assert "apt-get install fonts-ipamj-mincho" in str(FontsMissing(["IPAmjMincho"]))


def test_name_goes_to_the_first_font_that_has_all_of_it(settings: PrintSettings) -> None:
    fonts = font_set(settings)
    assert fonts.runs("葛\U000e0102城") == ((0, "葛\U000e0102城"),)
    assert fonts.runs("葛\U000e0100城") == ((1, "葛\U000e0100城"),)
    # A register variant and an Adobe variant in one name: no font has both, so it is cut.
    assert fonts.runs("辻\U000e0102葛\U000e0100") == ((0, "辻\U000e0102"), (1, "葛\U000e0100"))


def test_a_variant_counts_as_one_character() -> None:
    assert clusters("葛\U000e0102城\U00020bb7") == ["葛\U000e0102", "城", "\U00020bb7"]
    assert fit.ems("葛\U000e0102城") == 2


def test_lines_are_even_and_never_begin_with_a_middle_dot() -> None:
    broken = fit.fitted(["ヴァレンティーナ・マリア・グアダルーペ・フェルナンデス"], 40, 3, (10,))
    assert len(broken.lines) == 3
    assert "".join(broken.lines) == "ヴァレンティーナ・マリア・グアダルーペ・フェルナンデス"
    assert not any(line.startswith("・") for line in broken.lines)
    assert max(fit.width(line, 10) for line in broken.lines) <= 40


def test_a_text_too_long_for_every_size_is_set_smaller() -> None:
    tight = fit.fitted(["長" * 100], 30, 2, (10, 8))
    assert len(tight.lines) == 2 and tight.points < 8
    assert max(fit.width(line, tight.points) for line in tight.lines) <= 30


@pytest.mark.parametrize("code", CITIES)
def test_every_city_has_an_office_and_texts_in_the_text_font(code: str) -> None:
    settings = print_settings(code)
    fonts = font_set(settings)
    for kind in ("premium", "tax"):
        for value in wording("levy-notice", kind, settings.texts).values():
            assert fonts.missing_in_text(str(value).replace("\n", "")) == []
    for value in (office(code).municipality, office(code).desk, office(code).address, office(code).ordinance):
        assert value and fonts.missing_in_text(value) == []
    assert fonts.missing_in_text("".join(name + note for name, note in COMPONENTS.values())) == []


def test_a_site_lays_its_own_file_over_the_packaged_one(tmp_path: Path) -> None:
    (tmp_path / "112038.yaml").write_text(
        "office: { phone: 048-258-1110 }\n"
        "print: { window: { left: 22 } }\n"
        "texts: { tax: { title: 国民健康保険税決定通知書 } }\n"
        "wards: { '112038-1': { desk: 芝支所 } }\n",
        encoding="utf-8",
    )
    assert office("112038", site=tmp_path).phone == "048-258-1110"
    assert office("112038", "112038-1", site=tmp_path).desk == "芝支所"
    assert office("112038", site=tmp_path).municipality == "川口市"
    settings = print_settings("112038", site=tmp_path)
    assert (settings.window.left, settings.window.width) == (22, 90)
    assert wording("levy-notice", "tax", settings.texts)["title"] == "国民健康保険税決定通知書"


def test_unknown_municipality_and_document_are_refused(family: NoticeData, settings: PrintSettings) -> None:
    with pytest.raises(KeyError, match="999999"):
        print_settings("999999")
    with pytest.raises(KeyError, match="levy-notice"):
        render("no-such-document", family, settings)
