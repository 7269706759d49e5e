"""Who is signed in, read together with the rights of the day: every request asks for both (`access.actor_for`)."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from kokuho.core.access import with_rights
from kokuho.core.clock import business_date
from kokuho.core.models import Staff


class Backend(AuthenticationBackend):
    """Signing in is allauth's; reading the account of a session is one statement."""

    def get_user(self, user_id: Any) -> Staff | None:
        """The account of a session; None when it is gone or stopped."""
        found = with_rights(business_date()).filter(pk=user_id).first()
        return found if found is not None and self.user_can_authenticate(found) else None
