"""Whether this process lives, and whether it can do its work: for health checks of containers and balancers.

/healthz answers as long as the process does, whatever has become of the database: who restarts it on failure
would not mend the database so. /readyz says whether to send visitors here.
"""

import logging
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

SECONDS = 3.0

UNREACHABLE = "the database cannot be reached"
SLOW = f"the database has not answered within {SECONDS:g} s"
NOT_MIGRATED = "migrations have to be applied"

logger = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]


class HealthMiddleware:
    """Answer the two addresses before anything asks whether the Host is one of ALLOWED_HOSTS.

    A health check calls 127.0.0.1 or a container's address, and neither answer depends on the host.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/healthz":
            return healthz(request)
        if request.path_info == "/readyz":
            return readyz(request)
        return self.get_response(request)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is up. Touches no database."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """The database is reachable and its migrations are applied; the answer comes within SECONDS either way."""
    problem = readiness.problem()
    if problem:
        return HttpResponse(f"not ready: {problem}\n", content_type="text/plain", status=503)
    return HttpResponse("ok\n", content_type="text/plain")


class Readiness:
    """Asks the database in a thread of its own, one at a time: a hanging database keeps nobody waiting.

    Timeouts of connection and statement would not do: they end neither a lost route nor a stopped server.
    """

    def __init__(self) -> None:
        self.migrated = False
        self.asking = threading.Lock()

    def problem(self) -> str:
        """What is wrong, in a few words; "" if nothing is. The details, which are not for everybody, are logged."""
        deadline = time.monotonic() + SECONDS
        if not self.asking.acquire(timeout=SECONDS):
            return SLOW
        answers: SimpleQueue[str] = SimpleQueue()
        threading.Thread(target=self._ask, args=[answers.put], name="readyz", daemon=True).start()
        try:
            return answers.get(timeout=max(0, deadline - time.monotonic()))
        except Empty:
            logger.warning("Not ready: %s", SLOW)
            return SLOW

    def _ask(self, answer: Callable[[str], None]) -> None:
        own = connections[DEFAULT_DB_ALIAS]  # this thread's
        try:
            answer(self._question(own))
        except Error as error:
            logger.warning("Not ready: %s", " ".join(str(error).split()))
            answer(UNREACHABLE)
        finally:
            own.close()
            self.asking.release()

    def _question(self, own: BaseDatabaseWrapper) -> str:
        own.ensure_connection()
        if not self.migrated:  # once they are, they stay so as long as this process lives
            executor = MigrationExecutor(own)
            self.migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        return "" if self.migrated else NOT_MIGRATED


readiness = Readiness()
