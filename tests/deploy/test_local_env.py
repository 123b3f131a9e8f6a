import re
import stat
from pathlib import Path

import local_env
import pytest

from portal.common.keys import parse_keyring

ROOT = Path(local_env.ROOT)
NAMES = ("SECRET_KEY", *local_env.KEYRINGS)


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No settings anywhere, and a folder of its own to write to."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(local_env, "OWN", tmp_path / ".env")
    monkeypatch.setattr(local_env, "MADE", tmp_path / "var" / "local.env")
    return tmp_path


def test_every_secret_is_made_once_and_only_its_owner_reads_it() -> None:
    assert local_env.secrets_ensure()
    first = local_env.read(local_env.MADE)
    assert not local_env.secrets_ensure()

    assert set(first) == set(NAMES)
    assert len(set(first.values())) == len(NAMES)
    assert all(len(parse_keyring(first[name])["1"]) >= 32 for name in local_env.KEYRINGS)
    assert local_env.read(local_env.MADE) == first
    assert stat.S_IMODE(local_env.MADE.stat().st_mode) == 0o600


def test_two_machines_have_different_secrets(tmp_path: Path) -> None:
    local_env.secrets_ensure()
    first = local_env.read(local_env.MADE)
    local_env.MADE.unlink()
    local_env.secrets_ensure()

    assert not set(first.values()) & set(local_env.read(local_env.MADE).values())


def test_a_secret_that_is_set_is_not_made(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECEIPT_KEY", "7:mine")
    (bare_machine / ".env").write_text("# mine\nFIELD_KEYS='7:mine too'\n")
    local_env.secrets_ensure()

    assert set(local_env.read(local_env.MADE)) == set(NAMES) - {"RECEIPT_KEY", "FIELD_KEYS"}


def test_a_secret_of_a_newer_version_is_added_and_the_others_stay() -> None:
    local_env.secrets_ensure()
    before = local_env.read(local_env.MADE)
    lines = local_env.MADE.read_text().splitlines(keepends=True)
    local_env.MADE.write_text("".join(line for line in lines if "RECEIPT_KEY" not in line))
    local_env.MADE.chmod(0o644)
    assert local_env.secrets_ensure()

    after = local_env.read(local_env.MADE)
    assert {n for n in NAMES if after[n] != before[n]} == {"RECEIPT_KEY"}
    assert stat.S_IMODE(local_env.MADE.stat().st_mode) == 0o600


def test_the_environment_comes_before_the_file(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bare_machine / ".env").write_text("PORT=8100\nexport HOST=0.0.0.0\n")
    monkeypatch.setenv("PORT", "8200")
    monkeypatch.delenv("HOST", raising=False)

    assert local_env.setting("PORT", "8000") == "8200"
    assert local_env.setting("HOST", "127.0.0.1") == "0.0.0.0"  # noqa: S104
    assert local_env.setting("BASE_URL", "default") == "default"


def test_the_example_names_every_setting_that_is_read() -> None:
    sources = [*ROOT.glob("portal/settings/*.py"), *ROOT.glob("deploy/*.py")]
    call = re.compile(r"(?:env(?:\.\w+)?|setting|environ\.get)\(\s*\"([A-Z][A-Z_]+)\"")
    read = {name for path in sources for name in call.findall(path.read_text())}
    tests_only = {name for name in read if name.startswith(("TEST_", "PYTEST_"))}
    named = set(re.findall(r"^#?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))

    assert named - {"DJANGO_SETTINGS_MODULE"} == read - tests_only


def test_the_example_holds_no_secret() -> None:
    example = (ROOT / ".env.example").read_text()

    assert not re.search(r"^#?[A-Z_]*KEYS?=(1:)?\S", example.replace("1:\n", "\n"), re.M)
