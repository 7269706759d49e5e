"""Bring a database to the current shape: migrations as the owner, then the application role's rights."""

from __future__ import annotations

from dataclasses import replace

from kokuho.core import database, factors, grants, manage, past


def prepare(name: str | None = None, verbosity: int = 0) -> None:
    """Migrate and grant (idempotent). `name` picks another database on the same server."""
    manage.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    address = database.owner_address()
    if name:
        address = replace(address, name=name)
    entry = {**settings.DATABASES["default"], **address.django()}
    connections.databases["owner"] = connections.configure_settings({"default": {}, "owner": entry})["owner"]
    with address.connect() as connection:
        past.remove(connection)
    try:
        call_command("migrate", database="owner", interactive=False, verbosity=verbosity)
        connections["owner"].close()
    finally:
        connections.databases.pop("owner", None)
    with address.connect() as connection:
        grants.apply(connection)
        past.install(connection)
        factors.reseal(connection)
