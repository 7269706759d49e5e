"""Removing a key: the last second factor stays where one is required (allauth asks this only for apps)."""

from __future__ import annotations

from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpResponse, HttpResponseRedirect

from kokuho.web.accounts import SecondFactorAdapter


class RemoveKey(RemoveWebAuthnView):  # type: ignore[misc]
    """allauth's view with the question asked."""

    def form_valid(self, form: BaseForm) -> HttpResponse:
        if not SecondFactorAdapter().can_delete_authenticator(self.get_object()):
            messages.error(self.request, SecondFactorAdapter.error_messages["cannot_delete_authenticator"])
            return HttpResponseRedirect(self.get_success_url())
        return super().form_valid(form)  # type: ignore[no-any-return]
