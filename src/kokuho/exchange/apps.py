from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """連携"""

    name = "kokuho.exchange"
    label = "exchange"
    verbose_name = "連携"

    def ready(self) -> None:
        """The registry's entries are known to `core.entries`."""
        from kokuho.core import incidents
        from kokuho.exchange import acceptance, carried, held, registry

        acceptance.register_kind()
        registry.register_kinds()
        held.register_kind()
        incidents.tells(carried.persons_in)
