"""Settings of this machine: what the environment and .env say, and secrets made here."""

import os
import secrets
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OWN = ROOT / ".env"
KEYRINGS = ("HOUSEHOLD_CODE_KEY", "RECEIPT_KEY", "BLIND_INDEX_KEY", "FIELD_KEYS")


def read(path: Path) -> dict[str, str]:
    """NAME=value lines; comments and anything else are passed over."""
    if not path.exists():
        return {}
    found = {}
    for line in path.read_text().splitlines():
        name, equals, value = line.removeprefix("export ").partition("=")
        if equals and not name.lstrip().startswith("#"):
            found[name.strip()] = value.strip().strip("'\"")
    return found


def setting(name: str, default: str) -> str:
    """As the product reads it: the environment first, then .env."""
    return os.environ.get(name) or read(OWN).get(name) or default


#: Everything this installation writes; another folder lets a second one run from one clone.
VAR = Path(setting("VAR_DIR", str(ROOT / "var")))
MADE = VAR / "local.env"


def secrets_ensure() -> bool:
    """Make the secrets that are set nowhere, readable by their owner only. Returns whether it did.

    They are kept: without them, codes, receipts and encrypted values of this machine are lost.
    """
    made = read(MADE)
    wanted = {"SECRET_KEY": "", **dict.fromkeys(KEYRINGS, "1:")}
    lines = [
        f"{name}={key_id}{secrets.token_urlsafe(48)}\n"
        for name, key_id in wanted.items()
        if not (setting(name, "") or made.get(name))
    ]
    MADE.parent.mkdir(parents=True, exist_ok=True)
    if lines:
        handle = os.open(MADE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "w") as file:
            file.writelines(lines)
    if MADE.exists():
        MADE.chmod(0o600)
    return bool(lines)
