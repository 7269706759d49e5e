"""What every order of a batch from a screen does: the desk writes the order or refuses it, a worker gets it, the clerk hears of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect

from kokuho.core.coded import CodedError
from kokuho.core.screens.request import StaffRequest
from kokuho.jobs.queue import Handed, Start
from kokuho.law.errors import LawError
from kokuho.web import reprint


class Ordered(Protocol):
    """A batch, or what stands for one."""

    pk: int


T = TypeVar("T", bound=Ordered)


def hand(
    request: StaffRequest, order: Callable[[], T], start: Start, what: str, to: Callable[[T], str], back: str,
    *, say: Callable[[T], str] = lambda made: "",
) -> HttpResponse:  # fmt: skip
    """Order, hand to a worker and go to the page of the batch `to`; when the desk refuses, say why on the page `back`, or ask for the
    reason of printing again. `say` is a warning about what was ordered, if there is any."""
    try:
        made = order()
    except CodedError as error:
        return reprint.answer(request, error, back)
    except LawError as error:
        return refused(request, str(error), back)
    accepted(request, start, made.pk, what)
    if warning := say(made):
        messages.warning(request, warning)
    return HttpResponseRedirect(to(made))


def accepted(request: StaffRequest, start: Start, number: int, what: str) -> None:
    """Hand a batch to a worker and say so."""
    say(request, start(number, by=request.actor), f"{what}を受け付けました。画面を離れても続きます。")


def say(request: StaffRequest, handed: Handed, words: str) -> None:
    """Say that work was taken in; of the same work that waits or runs already, which job it is."""
    if handed.again:
        messages.info(request, f"同じ処理を既に受け付けています（受付番号 {handed.job}）。二重には行いません。終わるまで待ってください。")
    else:
        messages.success(request, words)


def refused(request: StaffRequest, why: str, back: str) -> HttpResponse:
    """Say what is wrong with the order and go back."""
    messages.error(request, why)
    return HttpResponseRedirect(back)
