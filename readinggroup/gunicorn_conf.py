"""How gunicorn serves the site: gunicorn -c python:readinggroup.gunicorn_conf readinggroup.wsgi

Every name below is a setting of gunicorn, or a function that it calls. https://gunicorn.org/reference/settings/
"""

import os
import signal
import sys
from typing import Any

from django.core.exceptions import ImproperlyConfigured

# Before the settings are read: each thread keeps its connection, where a command has no use for that.
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
limit_request_line = 8190  # the most there is: beyond it the answer is gunicorn's own, and bare
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


def post_worker_init(_worker: Any) -> None:
    """Have a worker that is told to end at once do so, whatever its threads wait for.

    gunicorn's own answer to SIGQUIT takes a lock inside of the signal handler: a second signal, or one that meets
    a request being handed to a thread, waits for it for ever, and every later SIGTERM with it. The master passes
    SIGINT on as SIGQUIT, so what Ctrl-C in a terminal sends to the worker itself is one signal too many.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGQUIT, lambda *_: os._exit(0))
