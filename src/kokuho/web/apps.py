from django.apps import AppConfig


class WebConfig(AppConfig):
    """画面"""

    name = "kokuho.web"
    label = "web"
    verbose_name = "画面"
