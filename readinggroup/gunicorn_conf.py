"""How gunicorn serves the site: gunicorn -c python:readinggroup.gunicorn_conf readinggroup.wsgi

Every name below is a setting of gunicorn, or a function that it calls. https://gunicorn.org/reference/settings/
"""

import os
import sys
from typing import Any

from django.core.exceptions import ImproperlyConfigured

# Before the settings are read: each worker keeps a few connections open, where a command has no use for them.
os.environ.setdefault("DATABASE_POOL", "on")

try:
    from readinggroup import settings
except ImproperlyConfigured as error:
    sys.exit(f"error: {error}")
if not settings.DATABASES:
    sys.exit("error: DATABASE_URL is not set: where PostgreSQL is (docs/operations.md).")

port = os.environ.get("PORT") or "8000"
if not port.isdigit():
    sys.exit(f"error: PORT is {port!r}: it is a number (docs/operations.md).")
bind = os.environ.get("GUNICORN_BIND") or f"127.0.0.1:{port}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
worker_class = "gthread"
threads = 4
preload_app = True  # loaded once, then forked: it starts sooner, takes less memory, and fails once
graceful_timeout = 10
loglevel = os.environ.get("GUNICORN_LOG_LEVEL") or "info"
if loglevel not in {"debug", "info", "warning", "error", "critical"}:
    sys.exit(f"error: GUNICORN_LOG_LEVEL is {loglevel!r}: it can be debug, info, warning, error or critical.")
control_socket_disable = True  # it would leave a file
forwarded_allow_ips = "127.0.0.1,::1"
# readinggroup.proxy alone decides what a proxy's headers say, when BEHIND_PROXY is on.
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""  # else a client's own header SCRIPT_NAME changes every address on its page
logconfig_dict = {
    **settings.LOGGING,
    "loggers": {
        "gunicorn.error": {"level": loglevel.upper(), "handlers": [], "propagate": True},
        # The proxy in front keeps the access log.
        "gunicorn.access": {"level": "WARNING", "handlers": [], "propagate": True},
    },
}


def worker_exit(_server: Any, _worker: Any) -> None:
    """Close the worker's pool of connections: its threads would hold up the end for 20 seconds."""
    from django.db import connections  # noqa: PLC0415 - not ready when gunicorn reads this file

    for alias in connections:  # a pool is the whole process's, and each thread has a connection of its own
        connections[alias].close_pool()  # type: ignore[attr-defined]
