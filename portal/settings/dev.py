"""The embedded installation that `make run` serves: SQLite, file-system broker, console mail."""

import environ

environ.Env.read_env(str(__import__("pathlib").Path(__file__).resolve().parents[2] / ".env"))
environ.Env.read_env(
    str(__import__("pathlib").Path(__file__).resolve().parents[2] / "var" / "local.env")
)

from portal.settings.base import *  # noqa: E402, F403
from portal.settings.base import env  # noqa: E402

DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"])
DEMONSTRATION = env.bool("DEMONSTRATION", default=True)
