"""The embedded installation that `make run` serves: SQLite, file-system broker, console mail."""

import os
from pathlib import Path

import environ

ROOT = Path(__file__).resolve().parents[2]
environ.Env.read_env(str(ROOT / ".env"))
environ.Env.read_env(str(Path(os.environ.get("VAR_DIR") or ROOT / "var") / "local.env"))

from portal.settings.base import *  # noqa: E402, F403
from portal.settings.base import env  # noqa: E402

DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"])
SERVE_MEDIA = env.bool("SERVE_MEDIA", default=True)
DEMONSTRATION = env.bool("DEMONSTRATION", default=True)
