from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """帳票"""

    name = "kokuho.documents"
    label = "documents"
    verbose_name = "帳票"
