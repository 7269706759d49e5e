"""The WSGI application that gunicorn serves."""

from __future__ import annotations

from kokuho.core import manage

manage.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()
