from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The groundwork."""

    name = "kokuho.core"
    label = "core"
    verbose_name = "基盤"

    def ready(self) -> None:
        """A connection that opens learns in whose name it writes; the groundwork's kinds of entry and approval are known."""
        from django.db.backends.signals import connection_created

        from kokuho.core import approvals_here, past, workplace, writing
        from kokuho.core.actions import accounts, migration, parameters, vendors

        connection_created.connect(writing.on_connection_created, dispatch_uid="kokuho-writer")
        connection_created.connect(past.on_connection_created, dispatch_uid="kokuho-past")
        approvals_here.register()
        parameters.register_kind()
        accounts.register_kinds()
        vendors.register_kinds()
        migration.register_kind()
        workplace.settle()
