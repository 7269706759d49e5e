"""The WSGI application that gunicorn serves."""

from __future__ import annotations

from kokuho.core import manage

manage.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402

from kokuho.core import environment  # noqa: E402

environment.guard()
application = get_wsgi_application()
