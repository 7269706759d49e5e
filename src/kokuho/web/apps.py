from django.apps import AppConfig


class WebConfig(AppConfig):
    """画面"""

    name = "kokuho.web"
    label = "web"
    verbose_name = "画面"

    def ready(self) -> None:
        """An empty field is told what to do, in the office's words."""
        from django.forms import ChoiceField, Field, MultipleChoiceField

        Field.default_error_messages = {**Field.default_error_messages, "required": "入力してください。"}
        for chosen in (ChoiceField, MultipleChoiceField):
            chosen.default_error_messages = {**chosen.default_error_messages, "required": "選んでください。"}
