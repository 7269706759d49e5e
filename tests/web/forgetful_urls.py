"""The product's addresses and one view whose author forgot to say which right opens it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from kokuho.web.urls import urlpatterns as declared


def forgotten(request: HttpRequest) -> HttpResponse:
    return HttpResponse("data")


urlpatterns = [*declared, path("forgotten/", forgotten)]
