"""Search: one field that understands what was typed, and says what it understood."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokuho.core.coded import CodedError
from kokuho.core.reads import page
from kokuho.core.screens.guard import screen
from kokuho.core.screens.request import StaffRequest
from kokuho.desks.assessment.queries import decisions
from kokuho.desks.eligibility import queries as eligibility
from kokuho.desks.people import queries
from kokuho.desks.people import search as people
from kokuho.desks.people.actions import searches
from kokuho.desks.people.queries import PersonView
from kokuho.desks.people.search import Found, Part, Reading
from kokuho.formats.checkdigits import my_number_ok

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A person found, with the insurance."""

    person: PersonView
    by_history: bool
    insured: bool


@screen("person.search")
def search(request: StaffRequest) -> HttpResponse:
    """The hits of what was typed; a number that leads to exactly one household opens it."""
    actor, on = request.actor, request.business_date
    typed = request.GET.get("q", "").strip()[:100]
    if people.is_my_number(typed):
        # Away from the address with the number in it, which would stay in the browser's history.
        people.refuse_my_number(actor)
        return HttpResponseRedirect(f"{reverse('search')}?refused=number")
    parts = people.understand(typed)
    problem = _problem(parts) if typed else ""
    if not parts or problem:
        own = {"kept": people.kept(actor), "recent": request.session.get(_RECENT, [])} if not typed else {}
        refused = request.GET.get("refused") == "number"
        context = {"typed": typed, "parts": parts, "problem": problem, "refused": refused, **own}
        return render(request, "web/search.html", context)
    _remember(request, typed)
    with page(actor, "search", operation="search"):
        households = _households(request, parts)
        found = people.find(actor, parts, households=households, on=on)
        matches = (
            [m for m in found.matches if m.resident] if request.GET.get("who") == "resident" else list(found.matches)
        )
        number = _page(request, len(matches))
        shown = matches[(number - 1) * PER_PAGE : number * PER_PAGE]
        numbers = [match.atena_no for match in shown]
        persons = queries.persons(actor, numbers, on=on)
        insured = eligibility.insured_on(actor, numbers, on=on) if actor.may("eligibility.read") else {}
        people.record(actor, parts, numbers)
    only = _only_household(parts, found)
    if only is not None and actor.may("person.read"):
        return HttpResponseRedirect(reverse("household", args=[only]))
    rows = [Row(persons[m.atena_no], m.by_history, m.atena_no in insured) for m in shown if m.atena_no in persons]
    context = {
        "typed": typed, "parts": parts, "more": found.more, "count": len(matches), "most": people.MOST,
        "rows": rows,
        "number": number, "pages": max(1, -(-len(matches) // PER_PAGE)), "first": (number - 1) * PER_PAGE + 1 if shown else 0,
        "last": (number - 1) * PER_PAGE + len(shown), "who": request.GET.get("who", ""),
    }  # fmt: skip
    return render(request, "web/search.html", context)


_RECENT, _RECENT_MOST = "recent_searches", 10


def _remember(request: StaffRequest, typed: str) -> None:
    """The last searches of this sign-in, newest first. They end with the session, and never hold a 個人番号."""
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed))
    if any(my_number_ok(found) for found in re.findall(r"\d{12}", digits)):
        return
    before = request.session.get(_RECENT, [])
    request.session[_RECENT] = [typed, *(text for text in before if text != typed)][:_RECENT_MOST]


@screen("person.search")
@require_POST
def keep(request: StaffRequest) -> HttpResponse:
    """Keep the condition of a search under a name."""
    typed = request.POST.get("typed", "")[:100]
    try:
        searches.keep(by=request.actor, label=request.POST.get("label", "")[:40], typed=typed)
    except CodedError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(f"{reverse('search')}?{urlencode({'q': typed})}")
    messages.success(request, "条件を保存しました。検索の画面に出ます。")
    return HttpResponseRedirect(reverse("search"))


@screen("person.search")
@require_POST
def drop(request: StaffRequest, saved_id: int) -> HttpResponse:
    """Throw a kept condition away."""
    searches.drop(by=request.actor, saved_id=saved_id)
    return HttpResponseRedirect(reverse("search"))


def _problem(parts: list[Part]) -> str:
    """Why what was typed is not enough to search with."""
    for part in parts:
        for reading in part.readings:
            if reading.kind == "kana" and len(str(reading.value)) < people.SHORTEST_KANA:
                return f"カナは{people.SHORTEST_KANA}文字以上入力してください。"
            if reading.kind in ("name", "kana", "address") and not reading.value:
                return "探すことのできる文字がありません。"
    return ""


def _households(request: StaffRequest, parts: list[Part]) -> dict[Reading, list[int]]:
    """Households that a number leads to through a notice or a 記号番号."""
    actor = request.actor
    found: dict[Reading, list[int]] = {}
    for part in parts:
        for reading in part.readings:
            if reading.kind == "number" and isinstance(reading.value, int):
                found[reading] = [
                    *decisions.households_of_notice(actor, reading.value), *eligibility.households_of_number(actor, reading.shown),
                ]  # fmt: skip
            elif reading.kind == "symbol" and isinstance(reading.value, tuple):
                found[reading] = eligibility.households_of_number(actor, reading.value[1], reading.value[0])
    return found


def _only_household(parts: list[Part], found: Found) -> int | None:
    exact = all(all(reading.kind in ("number", "symbol") for reading in part.readings) for part in parts)
    households = {match.household_no for match in found.matches if not match.by_history}
    return households.pop() if exact and len(households) == 1 and not found.more else None


def _page(request: StaffRequest, count: int) -> int:
    asked = request.GET.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    return min(max(1, number), max(1, -(-count // PER_PAGE)))
