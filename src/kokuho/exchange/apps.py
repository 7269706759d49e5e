from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """連携"""

    name = "kokuho.exchange"
    label = "exchange"
    verbose_name = "連携"
