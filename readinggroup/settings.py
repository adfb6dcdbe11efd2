"""Every setting of the site. What differs between deployments is one env() line: see docs/operations.md.

Read from the environment, and from the file that ENV_FILE names (".env" beside manage.py unless set); the
environment wins.
"""

import json
import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(os.environ.get("ENV_FILE") or BASE_DIR / ".env")


def required(name: str, what: str) -> str:
    """The value of an environment variable that has no safe default.

    Raises ImproperlyConfigured with one line that names it: a guessable key or an open host list must never
    be what a deployment gets by forgetting.
    """
    value: str = env.str(name, default="")
    if not value.strip(" ,"):
        raise ImproperlyConfigured(f"{name} is not set: {what} (docs/operations.md).")
    return value


def switch(name: str, *, default: bool) -> bool:
    """A setting that is on or off; set to nothing, it is as good as unset.

    Raises ImproperlyConfigured for any other word: what somebody meant to switch on must not stay off unseen.
    """
    value: str = env.str(name, default="").strip().lower()
    if value in {"on", "true", "yes", "1"}:
        return True
    if value in {"off", "false", "no", "0"}:
        return False
    if value:
        raise ImproperlyConfigured(f"{name} is {value!r}: it can be on or off (docs/operations.md).")
    return default


def whole_number(name: str, *, default: int) -> int:
    """A setting that counts something; set to nothing, it is as good as unset.

    Raises ImproperlyConfigured for what is no whole number from 1 up.
    """
    value: str = env.str(name, default="").strip()
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and int(value[:9]) > 0 and len(value) < 7):
        raise ImproperlyConfigured(
            f"{name} is {value!r}: it is a whole number from 1 up (docs/operations.md)."
        )
    return int(value)


DEBUG = switch("DEBUG", default=False)
SECRET_KEY = required("SECRET_KEY", "give it 50 random characters or more")
ALLOWED_HOSTS = [
    host.strip()
    for host in required("ALLOWED_HOSTS", "list the site's host names").split(",")
    if host.strip()
]
if any("/" in host for host in ALLOWED_HOSTS):
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS lists host names such as example.org, without https:// or path."
    )
SITE_URL: str = env.str("SITE_URL", default="").rstrip("/")
if SITE_URL and not SITE_URL.startswith(("https://", "http://")):
    raise ImproperlyConfigured(f"SITE_URL is {SITE_URL!r}: it starts with https:// (docs/operations.md).")
BEHIND_PROXY = switch("BEHIND_PROXY", default=False)
# Only where the links to check lead to this machine: in tests, or on a site of a private network.
LINK_CHECK_PRIVATE = switch("LINK_CHECK_PRIVATE", default=False)

# --- Database ---------------------------------------------------------------------------------------------
# Unset is allowed here, since type checkers and other tools import the settings; whatever needs a database
# either starts the private one first (manage.py, the tests) or refuses to start (gunicorn).
DATABASES = {}
if env.str("DATABASE_URL", default=""):
    if not env.str("DATABASE_URL").startswith(("postgresql://", "postgres://")):
        raise ImproperlyConfigured("DATABASE_URL has to start with postgresql:// (docs/operations.md).")
    try:
        DATABASES["default"] = env.db_url("DATABASE_URL")
    except ValueError:  # its message may quote a part of the password
        raise ImproperlyConfigured(
            "DATABASE_URL is no address: write special characters in it as %XX (docs/operations.md)."
        ) from None
    DATABASES["default"]["ENGINE"] = "readinggroup.database"
    options = DATABASES["default"].setdefault("OPTIONS", {})
    # The socket form, postgresql://user@/name?host=DIR: HOST is what dbshell and messages look at.
    if not DATABASES["default"]["HOST"]:
        DATABASES["default"]["HOST"] = options.pop("host", "")
    options.setdefault("connect_timeout", 3)
    # A server that is cut off says nothing: TCP alone would have whoever asked it wait for a quarter of an hour.
    options.setdefault("tcp_user_timeout", 10_000)  # milliseconds
    options.setdefault("keepalives_idle", 10)
    options.setdefault("keepalives_interval", 5)
    options.setdefault("keepalives_count", 3)
    # Only gunicorn's workers keep connections, one a thread. A pool would have each visitor wait for its timeout
    # while the database is down; this way a refused connection is told at once.
    if switch("DATABASE_POOL", default=False):
        DATABASES["default"]["CONN_MAX_AGE"] = 600
        # No proxy waits much longer; commands take their time.
        options.setdefault("options", "-c statement_timeout=30s")
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- Application ------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "readinggroup.apps.ReadingGroupConfig",
    "sessions.apps.SessionsConfig",
    "papers.apps.PapersConfig",
    "readinggroup.apps.GroupAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "simple_history",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    *(["readinggroup.proxy.TrustedProxyMiddleware"] if BEHIND_PROXY else []),
    "readinggroup.middleware.no_body_for_head",
    "django.middleware.security.SecurityMiddleware",
    # Before the next one, so that a 304 has no policy: browsers keep the one of the page that they have (RFC 9111, 3.2).
    # All pages' policy in its place would let a page frame something on the first visit only.
    "readinggroup.middleware.ConditionalReads",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "readinggroup.health.HealthMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "readinggroup.compression.compressed_public_pages",
    "readinggroup.middleware.only_utf_8",
    "readinggroup.middleware.cookies_only_for_the_admin",
    "readinggroup.middleware.PublicPagesAreOnlyRead",
    "sessions.uploads.no_upload_outlives_its_request",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",  # says how long an answer is, so what shortens it comes below
    "readinggroup.middleware.no_text_turns_the_rest_around",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "readinggroup.urls"
WSGI_APPLICATION = "readinggroup.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sessions.context_processors.group",
            ],
        },
    },
]

LOGIN_REDIRECT_URL = "admin:index"  # where a login leads that names no other page of the site
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

try:
    CACHES = {"default": env.cache_url_config(env.str("CACHE_URL", default="") or "locmemcache://")}
except (ImproperlyConfigured, ValueError):
    raise ImproperlyConfigured(
        "CACHE_URL is no address of a cache, such as locmemcache:// (docs/operations.md)."
    ) from None

LANGUAGE_CODE = "en"
USE_I18N = False
FORMAT_MODULE_PATH = "readinggroup.formats"
USE_TZ = True
TIME_ZONE = "UTC"  # of the machine; what people see is in the group's own zone, Group.time_zone

# --- Files ------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
WHITENOISE_ALLOW_ALL_ORIGINS = False  # no other site needs to read them
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "readinggroup.bundles.BundleFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STATIC_ROOT = str(Path(env.str("STATIC_ROOT", default="") or BASE_DIR / "staticfiles").absolute())
MEDIA_URL = "/media/"
MEDIA_ROOT = str(Path(env.str("MEDIA_ROOT", default="") or BASE_DIR / "media").absolute())
MAX_UPLOAD_MB = whole_number(
    "MAX_UPLOAD_MB", default=50
)  # deploy/nginx.conf has to let four of these through
FILE_UPLOAD_HANDLERS = ["sessions.uploads.UploadHandler"]
# The fields of a form that can still be saved. A session's 200 readings have 9 fields each, its 100 materials 10: 2,800
# with some 30 of its own, and twice as many lines may be there after an import: 5,630. Whoever selects all 2,000 papers
# to delete them posts a field for each.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
# Each material has a place for a file, and a browser posts the empty ones too.
DATA_UPLOAD_MAX_NUMBER_FILES = 250

try:
    storages = dict(json.loads(env.str("STORAGES", default="") or "{}"))
except (TypeError, ValueError):
    raise ImproperlyConfigured(
        'STORAGES is not JSON such as {"default": {"BACKEND": "..."}} (docs/operations.md).'
    ) from None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
    # To keep uploads elsewhere: {"default": {"BACKEND": "...", "OPTIONS": {...}}}
    **storages,
}

# --- Safety -----------------------------------------------------------------------------------------------
SECURE_CSP = {
    "default-src": [CSP.NONE],
    # The nonce appears in the header only when a page asks for it: those of the admin do.
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
SECURE_SSL_REDIRECT = switch("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 0 if DEBUG else 60 * 60 * 24 * 365
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# Also where the proxy does the redirecting; off only where people really come by plain HTTP.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = (
    SECURE_SSL_REDIRECT or BEHIND_PROXY or SITE_URL.startswith("https://")
)
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    # A group's site often lives on one name of a domain whose other names are not ours to force onto HTTPS.
    "security.W005",  # SECURE_HSTS_INCLUDE_SUBDOMAINS
    "security.W021",  # SECURE_HSTS_PRELOAD: it takes months to undo, so the domain's owner decides
]

# --- arXiv ------------------------------------------------------------------------------------------------
ARXIV_API_URL: str = env.str("ARXIV_API_URL", default="") or "https://export.arxiv.org/api/query"
if not ARXIV_API_URL.startswith(("https://", "http://")) or "?" in ARXIV_API_URL:
    raise ImproperlyConfigured(
        f"ARXIV_API_URL is {ARXIV_API_URL!r}: it starts with https:// and has no “?” (docs/operations.md)."
    )
# Seconds between two requests, of all processes together. arXiv's terms of use ask for it: no deployment's choice.
ARXIV_DELAY = 3.0

# --- Logs -------------------------------------------------------------------------------------------------
LOG_FORMAT: str = env.str("LOG_FORMAT", default="") or "text"
if LOG_FORMAT not in {"text", "json"}:
    raise ImproperlyConfigured(f"LOG_FORMAT is {LOG_FORMAT!r}: it can be text or json (docs/operations.md).")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(levelname)s %(name)s %(message)s",
            "rename_fields": {"levelname": "level", "name": "logger"},
            "timestamp": "time",  # ISO 8601, in UTC
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "arxiv": {"level": "WARNING"},  # else a line for each request
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
    },
}
