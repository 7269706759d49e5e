"""From a decision and the people in it to what its notice says. No database, no arithmetic of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, cast

from kokuho.documents import postal
from kokuho.documents.decision_facts import IssuedDecision, IssuedLevy, Name, Target
from kokuho.documents.fonts import FontSet
from kokuho.documents.notice import (
    Component,
    ComponentBasis,
    Destination,
    ExplanationLine,
    Instalment,
    Member,
    MemberShare,
    NoticeData,
    Office,
    Payer,
    Reduction,
)
from kokuho.documents.settings import office
from kokuho.documents.wording import COMPONENTS
from kokuho.formats.customer_barcode import CustomerBarcode
from kokuho.law.premium.breakdown import Breakdown, ComponentBreakdown, Judgement, MemberBreakdown, Reader
from kokuho.law.premium.explain import explain

HEIR = "（相続人代表者）"
HALF, THREE_QUARTERS = "2分の1", "4分の3"
_WARD = re.compile(r"[^0-9０-９]{1,4}?区")


def sender(levy: IssuedLevy, target: Target) -> Office:
    """Who signs: the municipality, or the ward in which the payer lives where its file has wards."""
    ward = _WARD.match(target.to.town or "")
    own = office(levy.municipality, ward.group() if ward else "")
    changed: dict[str, Any] = dict(levy.sender)
    return replace(own, **changed) if changed else own


def address_of(target: Target, of: Office) -> tuple[str, tuple[str, ...]]:
    """(7 digits of the postal code, lines of the address) to which the notice goes; ("", ()) when there is none.

    A payer who moved away is written to at the new address, with the code that this address has.
    """
    to = target.to
    if to.redirected:
        return to.to_postal_code or "", _lines(to.to_address, to.to_building)
    if to.protected:
        return "", ()
    return _registered(target, of)


def _registered(target: Target, of: Office) -> tuple[str, tuple[str, ...]]:
    from kokuho.desks.people.blocks import formatted
    from kokuho.desks.people.models import Person

    to = target.to
    if to.state is None:
        return "", ()
    if to.state == Person.MOVED_OUT and to.moved_to:
        # Of a 住登外者 the office itself keeps the code; of others only the written address is known.
        own = to.postal_code if to.town and to.moved_to.startswith(to.town) else ""
        return postal.code_of(to.moved_to) or own or "", (to.moved_to,)
    block = formatted(to.block or "", to.block_style or 0)
    place = f"{of.prefecture}{of.municipality}{to.town or ''}{block}"
    return to.postal_code or "", _lines(place, to.building)


def _home(target: Target, of: Office) -> tuple[str, str]:
    """The payer's own address as the notice states it; nothing of a protected household."""
    if target.pull == "protected":
        return "", ""
    code, lines = _registered(target, of)
    return postal.written(code), "\u3000".join(lines)


def _lines(*parts: str | None) -> tuple[str, ...]:
    return tuple(part for part in parts if part)


def barcode_of(code: str, lines: Sequence[str]) -> CustomerBarcode | None:
    """The customer barcode; None where the address can have none."""
    return postal.customer_barcode(code, "\u3000".join(lines))


def notice(
    levy: IssuedLevy,
    letter_date: date,
    target: Target,
    decision: IssuedDecision,
    trace: Sequence[Any],
    people: Mapping[int, Name],
    reader: Reader,
    fonts: FontSet,
) -> NoticeData:
    """The whole notice of one decision."""
    found = reader.read(trace)
    of = sender(levy, target)
    payer = people[target.payer_no]
    members = sorted(found.members, key=lambda m: (not m.head, people[int(m.id)].birth_date, m.id))
    code, lines = address_of(target, of)
    barcode = barcode_of(code, lines)
    addressee, care_of, attention = addressee_of(target, payer.name)
    return NoticeData(
        levy_kind="tax" if reader.plan.ordinance.levy_kind == "tax" else "premium",
        fiscal_year=levy.fiscal_year,
        notice_number=f"{target.notice_no:010d}",
        issued_on=letter_date,
        office=of,
        payer=Payer(payer.name, *_home(target, of), str(target.payer_no), found.head_levied),
        destination=Destination(
            postal.written(code),
            (*lines, *care_of),
            addressee,
            attention=attention,
            barcode="".join(barcode.characters) if barcode else "",
            bars=barcode.bars if barcode else "",
        ),
        symbol_number=" ".join(part for part in (decision.symbol, decision.number) if part),
        annual_total=decision.total,
        components=tuple(_component(part) for part in found.components),
        members=tuple(_member(m, people[int(m.id)].name) for m in members),
        reduction=_reduction(found.judgements),
        instalments=tuple(
            Instalment(f"第{term}期", due, amount, "slip")
            for term, (due, amount) in enumerate(zip(levy.due_dates, decision.instalments, strict=True), start=1)
            if amount
        ),
        total_rounding=found.total_rounding,
        remarks=tuple(_remarks(found)),
        explanation=tuple(
            ExplanationLine(*step) for step in explain(reader.plan, trace, _spoken(trace, people, fonts))
        ),
        pull=target.pull,
    )


def addressee_of(target: Target, name: str) -> tuple[str, tuple[str, ...], str]:
    """(name in the window, a line 様方, the line above the name): a destination's own, else the 固有宛名, else the payer's."""
    from kokuho.desks.people.models import Person

    to = target.to
    if to.redirected:
        return to.to_name or name, (), to.to_attention or ""
    attention = HEIR if target.hold and to.state == Person.DIED else to.own_title or ""
    return to.own_name or name, (f"{to.own_care_of}様方",) if to.own_care_of else (), attention


def _component(part: ComponentBreakdown) -> ComponentBasis:
    share = ""
    if part.per_household_unit is not None and part.months:
        share = HALF if part.half == part.months else THREE_QUARTERS if part.three_quarter == part.months else ""
    return ComponentBasis(
        component=cast(Component, part.name),
        amount=part.amount,
        income_base=part.income_base if part.levied else None,
        income_rate=part.income_rate,
        income_levy=part.income,
        asset_base=part.asset_base if part.asset_rate else None,
        asset_rate=part.asset_rate,
        asset_levy=part.asset,
        per_capita_unit=part.per_capita_unit,
        per_capita_adult_unit=part.per_capita_adult_unit,
        per_capita_count=part.per_capita_count,
        per_capita_levy=part.per_capita,
        per_household_unit=part.per_household_unit,
        per_household_share=share,
        per_household_levy=part.per_household,
        per_household_reduced=part.per_household_reduced,
        reduction=part.reduction,
        preschool_relief=part.preschool,
        maternity_relief=part.maternity,
        local_relief=part.local,
        cap=None if _capped_by_months(part) else part.cap,
        cap_excess=part.cap_excess,
        rounding=part.rounding,
        exemption=part.exemption,
    )


def _capped_by_months(part: ComponentBreakdown) -> bool:
    """Whether something was over the cap though the year's amount stays below it: the cap held in some months."""
    whole = part.amount + part.exemption + part.rounding
    return bool(part.cap_excess) and part.cap is not None and whole < part.cap


def _member(m: MemberBreakdown, name: str) -> Member:
    whole = max(share.months for share in m.shares)
    remarks = ["未就学児"] if m.preschool else []
    if m.involuntary:
        remarks.append("非自発的失業" if m.involuntary == whole else f"非自発的失業{m.involuntary}か月")
    if m.maternity:
        remarks.append(f"産前産後{m.maternity}か月")
    if m.former_dependent:
        remarks.append("旧被扶養者")
    return Member(
        name=name,
        total_income=None if m.undeclared else m.total_income,
        basic_deduction=m.deduction,
        income_base=m.base,
        shares=tuple(
            MemberShare(cast(Component, share.name), share.months, share.income, share.per_capita) for share in m.shares
        ),
        remarks=tuple(remarks),
    )


def _reduction(judgements: Sequence[Judgement]) -> Reduction:
    """The judgement to speak of: where the months differ, that of the highest reduction (`_remarks` tells the rest)."""
    judged = max(judgements, key=lambda j: (j.months > 0, 0 if j.own else j.ratio, j.months))
    ratio = cast(Any, 0 if judged.own else judged.ratio)
    if judged.undeclared:
        return Reduction(ratio, persons=judged.persons)
    return Reduction(ratio, judged.income, None if judged.own else judged.threshold, judged.persons)


def _remarks(found: Breakdown) -> list[str]:
    """What page 1 says besides: where one ratio, one share of 平等割 or one cap does not hold for all months."""
    said = []
    judged = [j for j in found.judgements if j.months]
    if len({j.ratio for j in judged}) > 1:
        parts = "、".join(f"{f'{j.ratio}割軽減' if j.ratio else '軽減なし'}が{j.months}か月分" for j in judged)
        said.append(f"軽減の割合は月により異なります（{parts}）。")
    for part in found.components:
        if part.per_household_unit is not None and part.months not in (part.half, part.three_quarter):
            shares = ((part.half, HALF), (part.three_quarter, THREE_QUARTERS))
            texts = [f"{months}か月分が{share}" for months, share in shares if months]
            if texts:
                said.append(f"平等割は、{'、'.join(texts)}の額です（特定世帯・特定継続世帯）。")
                break
    capped = [COMPONENTS[cast(Component, part.name)][0] for part in found.components if _capped_by_months(part)]
    if capped:
        said.append(f"限度額に達する月の分は、限度額の12分の1として計算しています（{'、'.join(capped)}）。")
    return said


def _spoken(trace: Sequence[Any], people: Mapping[int, Name], fonts: FontSet) -> dict[int, str]:
    """Names for the sentences of the explanation, which are set in the font of the text.

    A name that this font cannot draw as it is written stands by its given name, or else by the person's place.
    """
    words: dict[int, str] = {}
    for place, row in enumerate(members_of(trace), start=1):
        name = people[row].name
        for text in (name, name.rpartition("\u3000")[2]):
            if text and not fonts.missing_in_text(text):
                words[row] = text
                break
        else:
            words[row] = f"{place}人目の方"
    return words


def members_of(trace: Sequence[Any]) -> list[int]:
    """宛名番号 of everybody in a trace: members, householder, 特定同一世帯所属者."""
    return [int(row[0]) for row in (trace[6] if trace[0] == 1 else trace[4])]
