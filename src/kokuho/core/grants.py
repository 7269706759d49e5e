"""What the application's database role may do, table by table. Everything not said here is refused by PostgreSQL."""

from __future__ import annotations

import psycopg
from psycopg import sql

from kokuho.core import journal, vault_keys
from kokuho.core.database import APP_ROLE, VAULT_ROLE
from kokuho.core.retention import eraser

FULL = "SELECT, INSERT, UPDATE, DELETE"
# Tables of libraries that keep their own state (sessions, second factors, the job queue).
LIBRARY_PREFIXES = ("django_session", "account_", "mfa_", "procrastinate_")
READ_ONLY = ("django_migrations", "django_content_type", "auth_")


def apply(connection: psycopg.Connection) -> dict[str, str]:
    """Grant every table's rights to the application role, as the owner. Returns table → rights."""
    from django.apps import apps

    said: dict[str, str] = {}
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if not model._meta.managed and not table.startswith("procrastinate_"):
            continue
        if (rights := getattr(model, "GRANTS", None)) is not None:
            said[table] = rights
        elif table.startswith(LIBRARY_PREFIXES):
            said[table] = FULL
        elif table.startswith(READ_ONLY):
            said[table] = "SELECT"
        else:
            # History tables of pghistory: written by triggers, never changed.
            said[table] = "SELECT, INSERT"
    with connection.cursor() as cursor:
        rows = cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in rows:
            rights = said.get(table) or (FULL if table.startswith(LIBRARY_PREFIXES) else "SELECT")
            said[table] = rights
            name = sql.Identifier(table)
            cursor.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(name, sql.Identifier(APP_ROLE)))
            cursor.execute(sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(rights), name, sql.Identifier(APP_ROLE)))  # type: ignore[arg-type]
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(sql.Identifier(APP_ROLE)))
        cursor.execute(
            sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(sql.Identifier(APP_ROLE))
        )
        cursor.execute(
            sql.SQL("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {}").format(sql.Identifier(APP_ROLE))
        )
        vault = sql.Identifier(VAULT_ROLE)
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA vault TO {}").format(vault))
        for table, rights in vault_keys.RIGHTS.items():
            statement = sql.SQL("GRANT {} ON vault.{} TO {}")
            cursor.execute(statement.format(sql.SQL(rights), sql.Identifier(table), vault))  # type: ignore[arg-type]
    eraser.install(connection)
    journal.install(connection)
    connection.commit()
    return said
