import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import launcher
import pytest
from screen import Refused, columns

ROOT = Path(launcher.ROOT)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_taken_port_is_named_with_a_way_out(taken_port: int) -> None:
    with pytest.raises(Refused, match=f"Port {taken_port} is taken.*PORT={taken_port + 1}"):
        launcher._address_check("127.0.0.1", taken_port)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(Refused, match=r"HOST=192\.0\.2\.1 is not an address"):
        launcher._address_check("192.0.2.1", 8000)


@pytest.mark.parametrize("port", ["x", "0", "65536", "-1", "80 80", "８０００"])
def test_what_is_no_port_is_refused(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(Refused, match="is not a port"):
        launcher._port()


def test_a_second_launcher_in_the_same_folder_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(launcher, "VAR", tmp_path)
    with launcher._only_one():
        code = "import launcher, pathlib, sys; launcher.VAR = pathlib.Path(sys.argv[1])"
        second = subprocess.run(
            [sys.executable, "-c", f"{code}\nwith launcher._only_one(): pass", tmp_path],
            cwd=ROOT / "deploy",
            capture_output=True,
            text=True,
            check=False,
        )

    assert second.returncode == 1
    assert "already runs in this folder" in second.stderr


def test_an_old_python_gets_one_clear_line() -> None:
    code = "import sys; sys.version_info = (3, 9, 2)\nexec(open('deploy/run.py').read())"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert found.returncode == 1
    assert found.stderr.count("\n") == 1
    assert "needs Python 3.11 or newer, this is 3.9" in found.stderr


def prepare(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    keys = {f"{n}_KEY": f"1:{n.lower():x<40}" for n in ("HOUSEHOLD_CODE", "RECEIPT", "BLIND_INDEX")}
    return subprocess.run(
        [sys.executable, "deploy/prepare.py"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "portal.settings.dev",
            "VAR_DIR": str(tmp_path),
            "SECRET_KEY": "s" * 60,
            "FIELD_KEYS": f"1:{'f' * 40}",
            **keys,
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        (
            {"DATABASE_URL": "postgres://linli:topsecret@127.0.0.1:1/linli"},
            "Linli: The database (DATABASE_URL) does not answer: ",
        ),
        (
            {"REDIS_URL": "redis://:topsecret@127.0.0.1:1/0"},
            "Linli: The broker (REDIS_URL) does not answer: ",
        ),
        ({"RECEIPT_KEY": "1:topsecret"}, "Linli: common.E003: Key 1 of RECEIPT_KEY is shorter"),
    ],
)
def test_what_does_not_answer_is_one_clear_line(
    tmp_path: Path, environment: dict[str, str], line: str
) -> None:
    found = prepare(tmp_path, **environment)

    assert found.returncode == 1
    assert found.stderr.startswith(line)
    assert found.stderr.count("\n") == 1
    assert "topsecret" not in found.stdout + found.stderr


def test_columns_line_up_with_chinese_in_them() -> None:
    assert columns([("clerk", "社区工作者", "a"), ("city", "市级", "b")]) == [
        "clerk  社区工作者  a",
        "city   市级        b",
    ]
