"""`kokuho manage …`: Django's own commands with the house's settings."""

from __future__ import annotations

import os
from collections.abc import Sequence

SETTINGS = "kokuho.core.settings"


def setup() -> None:
    """Load Django once in this process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()


def main(argv: Sequence[str]) -> int:
    """Run a Django management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    from django.core.management import execute_from_command_line

    execute_from_command_line(["kokuho manage", *argv])
    return 0
