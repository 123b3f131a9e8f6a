"""What every installation shares. Values that differ come from the environment (.env.example)."""

from pathlib import Path

import environ
from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.Env()

# Everything the installation writes: database, broker, cache, media, logs.
VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))

DEBUG = False
PRODUCTION = False
SECRET_KEY = env("SECRET_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# Keys of their own, never SECRET_KEY. Each is "id:secret[,id:secret…]"; the first one is used for
# new values, the others still open old ones.
HOUSEHOLD_CODE_KEY = env("HOUSEHOLD_CODE_KEY", default="")
RECEIPT_KEY = env("RECEIPT_KEY", default="")
BLIND_INDEX_KEY = env("BLIND_INDEX_KEY", default="")
FIELD_KEYS = env("FIELD_KEYS", default="")

INSTALLED_APPS = [
    "portal.demo",
    "portal.pages",
    "feedback.indicators",
    "feedback.surveys",
    "feedback.complaints",
    "feedback.votes",
    "feedback.plans",
    "notices",
    "portal.projects",
    "portal.messages",
    "portal.healthz",
    "portal.intake",
    "portal.media",
    "portal.places",
    "portal.accounts",
    "portal.common",
    "wagtail.contrib.redirects",
    "wagtail.contrib.typed_table_block",
    "wagtail.embeds",
    "wagtail.sites",
    "portal.places.staff_users.StaffUsersConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "treebeard",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "corsheaders",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
]

MIDDLEWARE = [
    "portal.pages.cache.PageCacheMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "portal.common.unreadable.UnreadableMiddleware",
    "portal.intake.doorway.DoorwayMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.places.middleware.StaffGuardMiddleware",
    "portal.accounts.middleware.SiteContextMiddleware",
    "notices.middleware.RefusalMiddleware",
    "portal.pages.old_addresses.OldAddressMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.i18n",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.pages.context.site",
            ],
        },
    },
]

# Database: PostgreSQL where DATABASE_URL says so, SQLite in var/ otherwise.
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'linli.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # A writer takes its lock at BEGIN and waits for it; without this, two writers that both
        # read first fail at once with "database is locked".
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # A database that is not there is said so within seconds, not after minutes.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
    # The server keeps the statements of portal.common.inserting; Django's own are never kept.
    DATABASES["default"]["OPTIONS"].setdefault("prepare_threshold", 3)
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Broker and cache: Redis where REDIS_URL says so, the file system in var/ otherwise.
REDIS_URL = env("REDIS_URL", default="")
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CACHES = {
        "default": {
            "BACKEND": "portal.common.redis_cache.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "linli",
        },
        "pages": {
            "BACKEND": "portal.common.redis_cache.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "linli-pages",
        },
    }
else:
    BROKER_DIR = VAR_DIR / "broker"
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "processed_folder": str(BROKER_DIR / "processed"),
        "control_folder": str(BROKER_DIR / "control"),
        "store_processed": False,
    }
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(VAR_DIR / "cache"),
        },
        # Apart, so that many kept pages never push out a count of failures.
        "pages": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(VAR_DIR / "cache-pages"),
            "OPTIONS": {"MAX_ENTRIES": 2000},
        },
    }

# How long a public page is kept at most; 0 renders every page anew (portal.pages.cache).
PAGE_CACHE_SECONDS = env.int("PAGE_CACHE_SECONDS", default=60)
# Whether a process keeps parts that pages have in common, as their frame (portal.common.parts).
KEEP_PARTS = env.bool("KEEP_PARTS", default=True)
# Requests to the API from one address: a number, and s, m, h or d.
API_RATE = env("API_RATE", default="120/m")
# Reading is open to scripts of any site; nothing there depends on who asks.
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_METHODS = ("GET", "HEAD")
CORS_ALLOW_HEADERS = ("accept", "if-none-match")
CORS_EXPOSE_HEADERS = ("etag", "x-count", "retry-after", "x-demonstration")

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "places-register-imports-sweep": {
        "task": "places.register_imports_sweep",
        "schedule": crontab(),
    },
    "places-register-imports-expire": {
        "task": "places.register_imports_expire",
        "schedule": crontab(minute="30", hour="2"),
    },
    "healthz-heartbeat": {"task": "healthz.heartbeat", "schedule": 15.0},
    "outbox-deliveries-sweep": {"task": "outbox.deliveries_sweep", "schedule": 60.0},
    "outbox-bulletins-sweep": {"task": "outbox.bulletins_sweep", "schedule": 60.0},
    "outbox-deliveries-purge": {
        "task": "outbox.deliveries_purge",
        "schedule": crontab(hour="2", minute="40"),
    },
    "surveys-tallies-sweep": {"task": "surveys.tallies_sweep", "schedule": 60.0},
    "surveys-remind-due": {"task": "surveys.remind_due", "schedule": crontab(minute=20)},
    "surveys-close-due": {"task": "surveys.close_due", "schedule": crontab(minute="*/10")},
    "complaints-ledger-imports-sweep": {
        "task": "complaints.ledger_imports_sweep",
        "schedule": crontab(),
    },
    "complaints-ledger-imports-expire": {
        "task": "complaints.ledger_imports_expire",
        "schedule": crontab(minute="35", hour="2"),
    },
    "complaints-alarms-sweep": {
        "task": "complaints.alarms_sweep",
        "schedule": crontab(minute="*/5"),
    },
    "complaints-photos-destroy": {
        "task": "complaints.photos_destroy",
        "schedule": crontab(minute="25"),
    },
    "complaints-signals-sweep": {
        "task": "complaints.signals_sweep",
        "schedule": crontab(minute="50", hour="2"),
    },
    "complaints-close-silent": {
        "task": "complaints.close_silent",
        "schedule": crontab(minute="10", hour="*"),
    },
    "votes-close-due": {"task": "votes.close_due", "schedule": crontab(minute="*/10")},
    "notices-publish-due": {"task": "notices.publish_due", "schedule": 60.0},
    "indicators-sweep": {"task": "indicators.sweep", "schedule": 60.0},
    "indicators-full-check": {
        "task": "indicators.full_check",
        "schedule": crontab(minute="0", hour="2"),
    },
    "indicators-month-begin": {
        "task": "indicators.month_begin",
        "schedule": crontab(minute="0", hour="3", day_of_month="1"),
    },
    "indicators-freeze": {
        "task": "indicators.freeze",
        "schedule": crontab(minute="30", hour="3"),
    },
    "indicators-runs-resume": {"task": "indicators.runs_resume", "schedule": 60.0},
    "indicators-alerts": {"task": "indicators.alerts", "schedule": crontab(minute="15")},
    "indicators-exports-sweep": {"task": "indicators.exports_sweep", "schedule": crontab()},
    "indicators-exports-expire": {
        "task": "indicators.exports_expire",
        "schedule": crontab(minute="45"),
    },
    "pages-ensure": {"task": "pages.pages_ensure", "schedule": crontab(minute="*/5")},
    "surveys-photos-expire": {"task": "surveys.photos_expire", "schedule": crontab("40", "2")},
    "intake-held-expire": {"task": "intake.held_expire", "schedule": crontab(minute="20")},
}
# A nudge that nobody took is worthless once the next one is due.
for _entry in CELERY_BEAT_SCHEDULE.values():
    _pause = _entry["schedule"]
    _entry["options"] = {"expires": _pause if isinstance(_pause, float) else 3600}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "portal.places.backends.AssignmentBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "wagtailadmin_home"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "portal.accounts.adapter.StaffAccountAdapter"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/5m/key", "login": "60/m/ip"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Linli"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
# Ours first; the second says what Wagtail's own Chinese catalogue leaves in English.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "wagtail"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "portal" / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = env("MEDIA_ROOT", default=str(VAR_DIR / "media"))
SERVE_MEDIA = env.bool("SERVE_MEDIA", default=False)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    # What residents send: served only by views that ask for the right.
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": env("PRIVATE_MEDIA_ROOT", default=str(VAR_DIR / "private"))},
    },
}

# What a resident form needs to be drawn: the service worker keeps these (docs/offline.md).
OFFLINE_FILES = [
    "linli/view.js",
    "linli/base.css",
    "linli/frame.css",
    "linli/parts.css",
    "linli/details.css",
    "linli/forms.css",
    "linli/print.css",
    "linli/icons.svg",
    "linli/mark.svg",
    "intake/form.css",
    "complaints/device.js",
    "intake/draft.js",
    "intake/photos.js",
    "intake/outbox.js",
    "intake/answer.js",
    "intake/form.js",
    "intake/tosend.js",
    "complaints/complaints.css",
    "complaints/kinds.svg",
    "complaints/kinds.js",
    "complaints/file.js",
    "notices/notices.css",
    "surveys/answer.css",
    "surveys/answer.js",
]

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="linli@localhost")
# Text messages: the dotted path of an adapter (portal.messages.sms); empty means there are none.
SMS_BACKEND = env("SMS_BACKEND", default="")
SMS_GATEWAY_URL = env("SMS_GATEWAY_URL", default="")
# Whether staff may have webhooks inside this network called (docs/messages.md).
WEBHOOKS_MAY_BE_INTERNAL = env.bool("WEBHOOKS_MAY_BE_INTERNAL", default=False)

WAGTAIL_SITE_NAME = "Linli 邻里"
WAGTAILADMIN_BASE_URL = env("BASE_URL", default="http://localhost:8000")
WAGTAIL_I18N_ENABLED = False
WAGTAIL_CONTENT_LANGUAGES = [("zh-hans", _("Simplified Chinese"))]
# Reviewers and authors are told by the outbox (notices.review_words).
WAGTAILADMIN_NOTIFICATION_INCLUDE_SUPERUSERS = False
WAGTAILADMIN_PERMITTED_LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "portal.common.search.backend"}}
WAGTAIL_USER_TIME_ZONES = [TIME_ZONE]
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILIMAGES_IMAGE_MODEL = "media.PlaceImage"
WAGTAILDOCS_DOCUMENT_MODEL = "media.PlaceDocument"
WAGTAILADMIN_LOGIN_URL = "account_login"
WAGTAIL_FRONTEND_LOGIN_URL = "/accounts/login/"
WAGTAILIMAGES_IMAGE_FORM_BASE = "portal.media.forms.PlaceImageForm"
WAGTAILDOCS_DOCUMENT_FORM_BASE = "portal.media.forms.PlaceDocumentForm"
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False

SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "SAMEORIGIN"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/staff/"],
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "style-src": ["'self'"],
        "script-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'self'"],
    },
}

# What the whole product shows of itself.
DEMONSTRATION = env.bool("DEMONSTRATION", default=False)
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
# The footer of a government site: empty where an installation has not set it, never invented.
SITE_FOOTER = {
    "sponsor": env("SITE_SPONSOR", default=""),
    "operator": env("SITE_OPERATOR", default=""),
    "contact": env("SITE_CONTACT", default=""),
    "icp_number": env("SITE_ICP_NUMBER", default=""),
    "police_number": env("SITE_POLICE_NUMBER", default=""),
    "site_code": env("SITE_CODE", default=""),
}
# First and last day of the heating season (month, day): warranties of heating count in seasons.
HEATING_SEASON = tuple(
    (int(day[:2]), int(day[3:])) for day in env.list("HEATING_SEASON", default=["11-01", "03-31"])
)
# Working days a resident has to say whether it is solved; then it closes as unconfirmed.
COMPLAINT_SILENCE_WORKDAYS = env.int("COMPLAINT_SILENCE_WORKDAYS", default=10)
DISCIPLINE_CONTACT = env("DISCIPLINE_CONTACT", default="")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    # Wagtail's index upkeep: four lines for every page saved.
    "loggers": {"django_tasks": {"level": "WARNING"}},
}
