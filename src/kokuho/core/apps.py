from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The groundwork."""

    name = "kokuho.core"
    label = "core"
    verbose_name = "基盤"
