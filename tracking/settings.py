"""Django's settings. What an operator may change is read from the environment by tracking/env.py."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from redis.backoff import NoBackoff
from redis.retry import Retry

from tracking import env, env_values
from tracking.embedded import Servers, keys

try:
    ENV = env.read(os.environ)
except env.WrongSettings as error:
    raise ImproperlyConfigured(
        f"some environment variables are wrong; docs/operations.md lists them\n{error}"
    ) from None

BASE_DIR = env.BASE_DIR
_DATA = env.data_folder()
# Where the embedded servers listen, if they run: the demo, the tests and `python -m tracking.embedded` start them.
_EMBEDDED = Servers(_DATA)
_IS_HTTPS = ENV.site_url.startswith("https://")

DEBUG = ENV.debug
IS_DEMO = ENV.demo_clock != ""  # the front door shows the demo's parcels
SECRET_KEY = ENV.secret_key or keys.secret_key(_DATA)
CREDENTIAL_KEYS = ENV.credential_keys or env_values.key_ring(keys.credential_keys(_DATA))
SITE_URL = ENV.site_url
LIVE_URL = ENV.live_url  # "": the live stream is on the same origin, behind the proxy
ALLOWED_HOSTS = list(ENV.allowed_hosts)
CSRF_TRUSTED_ORIGINS = list(ENV.csrf_trusted_origins)
CARRIER_HOSTS = ENV.carrier_hosts
TRUSTED_PROXIES = ENV.trusted_proxies
METRICS_TOKEN = ENV.metrics_token

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "csp",
    "tracking.jobs",
    "tracking.accounts",
    "tracking.phrasebook",
    "tracking.shipments",
    "tracking.mapping",
    "tracking.inbound",
    "tracking.cases",
    "tracking.notify",
    "tracking.api",
    "tracking.portal",
    "tracking.operations",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tracking.operations.requests.RequestLog",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "tracking.urls"
WSGI_APPLICATION = "tracking.wsgi.application"
ASGI_APPLICATION = "tracking.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# PostgreSQL and nothing else. An idle transaction holds locks and dead rows: it is ended before anyone notices.
_DATABASE = ENV.database_url or env_values.postgres_url(_EMBEDDED.postgres.url)
_SESSION = {
    "statement_timeout": f"{ENV.db_statement_timeout_s}s",
    "lock_timeout": f"{ENV.db_lock_timeout_s}s",
    "idle_in_transaction_session_timeout": "30s",
}
# A pooler gives each transaction another session: start options and cursors of a session are not for it.
_IS_POOLED = ENV.database_pooler == "TRANSACTION"
_SESSION_OPTIONS = [] if _IS_POOLED else [f"-c {name}={value}" for name, value in _SESSION.items()]


def _database(given: env_values.Database) -> dict[str, Any]:
    options = " ".join([*_SESSION_OPTIONS, given.options.get("options", "")]).strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": given.name,
        "USER": given.user,
        "PASSWORD": given.password,
        "HOST": given.host,
        "PORT": given.port,
        "CONN_MAX_AGE": ENV.db_conn_max_age_s,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": _IS_POOLED,
        "OPTIONS": {"application_name": "throughline", **given.options} | ({"options": options} if options else {}),
    }


DATABASES: dict[str, dict[str, Any]] = {"default": _database(_DATABASE)}
# Lists and searches ask it, where there is one: tracking/replica.py.
if ENV.database_replica_url is not None:
    DATABASES["replica"] = _database(ENV.database_replica_url) | {"TEST": {"MIRROR": "default"}}
DATABASE_ROUTERS = ["tracking.replica.Router"]

# Two databases of one server: wake-ups and news in the first; the cache, which may be flushed, in the second.
REDIS_URL = ENV.redis_url or _EMBEDDED.redis.url
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env_values.redis_database(REDIS_URL, 1),
        # One new attempt at once, for a connection that went stale; a page does not wait for a Redis that is away.
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 1, "retry": Retry(NoBackoff(), 1)},
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
# The login form's field; by default axes would look for "email", find nothing, and never lock an address.
AXES_USERNAME_FORM_FIELD = "username"
AXES_LOCKOUT_CALLABLE = "tracking.portal.console.views.session.locked_out"
AXES_CLIENT_IP_CALLABLE = "tracking.proxies.client_address"

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _IS_HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_SSL_REDIRECT = _IS_HTTPS and ENV.ssl_redirect
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]  # asked from within, over plain http
SECURE_HSTS_SECONDS = ENV.hsts_s if _IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _IS_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "script-src": ["'self'"],
        "connect-src": ["'self'", *([LIVE_URL] if LIVE_URL else [])],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# In production `collectstatic` names every file after its content; elsewhere they are served from where they lie.
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles" if ENV.is_production else None
WHITENOISE_USE_FINDERS = not ENV.is_production
WHITENOISE_AUTOREFRESH = DEBUG
_STATIC_STORAGE = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
    if ENV.is_production
    else "django.contrib.staticfiles.storage.StaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _STATIC_STORAGE},
}

DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.default_from_email
_MAIL = urlsplit(ENV.email_url)
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if ENV.email_url else 'console'}.EmailBackend"
EMAIL_HOST = _MAIL.hostname or "localhost"
EMAIL_PORT = _MAIL.port or (465 if _MAIL.scheme == "smtps" else 587)
EMAIL_HOST_USER = unquote(_MAIL.username or "")
EMAIL_HOST_PASSWORD = unquote(_MAIL.password or "")
EMAIL_USE_SSL = _MAIL.scheme == "smtps"
EMAIL_USE_TLS = not EMAIL_USE_SSL
EMAIL_TIMEOUT = 10

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["tracking.api.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["tracking.api.permissions.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["tracking.api.throttling.KeyThrottle"],
    "DEFAULT_THROTTLE_RATES": {"key": "600/min", "anonymous": "30/min"},
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["tracking.api.parsing.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "tracking.api.errors.answer_problem",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Throughline API",
    "VERSION": "1",
    "DESCRIPTION": "One number, door to door. docs/api.md has examples; a refusal has the shape of `ProblemAnswer`.",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": False, "displayRequestDuration": True, "validatorUrl": None},
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "Status": "tracking.shipments.models.status_choices",
        "Phase": "tracking.shipments.models.phase_choices",
        "EventCode": "tracking.shipments.models.event_code_choices",
        "Reason": "tracking.shipments.models.reason_choices",
        "TellableCode": "tracking.api.serializers.requests.TELLABLE_CODES",
        "TellableStatus": "tracking.api.serializers.requests.TELLABLE_STATUSES",
        "LegState": "tracking.api.serializers.answers.LEG_STATES",
        "ReplayState": "tracking.api.serializers.mapping.REPLAY_STATES",
        "InboundFileState": "tracking.api.serializers.inbound.FILE_STATES",
        "InboundItemState": "tracking.api.serializers.inbound.ITEM_STATES",
        "InboundFileFormat": "tracking.api.serializers.inbound.FILE_FORMATS",
        "UnitKind": "tracking.api.serializers.inbound.UNIT_KINDS",
        "WebhookState": "tracking.api.serializers.webhooks.ENDPOINT_STATES",
        "WebhookDisabledWhy": "tracking.api.serializers.webhooks.DISABLED_WHY",
        "WebhookEventType": "tracking.api.serializers.webhooks.WANTED_TYPES",
        "MessageType": "tracking.api.serializers.webhooks.ALL_TYPES",
        "DeliveryState": "tracking.api.serializers.webhooks.DELIVERY_STATES",
    },
}

# How long raw answers are kept after the last news of their shipment; 0: for ever.
RAW_ANSWERS_KEPT_DAYS = ENV.raw_answers_kept_days

# How long a worker may hold a claimed leg before it is due again (machine seconds); longer than any task lives.
POLL_LEASE_S = ENV.poll_lease_s
# Tasks that ask slow carriers at the same time, whatever the number of workers (tracking.shipments.slow_lane).
POLL_SLOW_TASKS = ENV.poll_slow_tasks
POLL_MAX_WAIT_H = ENV.poll_max_wait_h

# Where webhooks may go (tracking.notify.address_guard).
WEBHOOK_ALLOWED_NETWORKS = ENV.webhook_allowed_networks
WEBHOOK_HTTP = ENV.webhook_http
WEBHOOK_PROXY = ENV.webhook_proxy

# A task carries ids and does its work in PostgreSQL: a message that is lost or comes twice costs a second look.
BROKER_URL = ENV.broker_url or REDIS_URL
CELERY_BROKER_URL = env_values.celery_url(BROKER_URL)
CELERY_TASK_DEFAULT_QUEUE = "throughline"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 100
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 300_000  # kB
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = ENV.worker_shutdown_s
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_ETA_TASK_LIMIT = 1000
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
_REDIS_TRANSPORT = {
    "visibility_timeout": 600,  # at least four times the time limit
    "max_retries": 0,  # of a sender: what cannot be sent at once is the ticker's, and no carrier waits for it
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "health_check_interval": 25,
    "socket_timeout": 30,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "retry_on_timeout": True,
}
# RabbitMQ knows by itself when a worker is gone, and says when a message is safe.
_AMQP_TRANSPORT = {"confirm_publish": True, "max_retries": 0, "connect_timeout": 5}
CELERY_BROKER_TRANSPORT_OPTIONS = _AMQP_TRANSPORT if BROKER_URL.startswith("amqp") else _REDIS_TRANSPORT

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "JSON": {"()": "tracking.logs.JsonLines"},
        "TEXT": {"()": "tracking.logs.TextLines"},
    },
    "filters": {"route_not_path": {"()": "tracking.logs.RouteNotPath"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": ENV.log_format, "filters": ["route_not_path"]}
    },
    "root": {"handlers": ["console"], "level": ENV.log_level},
    "loggers": {
        "django": {"handlers": [], "propagate": True, "level": "INFO"},
        "django.server": {"handlers": [], "propagate": True, "level": "WARNING"},
        "django.request": {"level": "ERROR"},  # what the reader did wrong is in the request's own line
        "celery.worker.strategy": {"level": "WARNING"},  # tasks write a line of their own
        "celery.app.trace": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
    },
}
