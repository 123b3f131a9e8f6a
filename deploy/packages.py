"""The virtual environment and the pinned packages in it, each checked against its hash."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

from screen import Refused, step

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
#: Digests of the requirement files whose packages are in the environment, one a line.
STAMP = VENV / "installed"
RUN = ROOT / "requirements.txt"
DEVELOP = ROOT / "requirements-dev.txt"


def packages_ensure(*, develop: bool = False) -> None:
    """Make the environment where it is missing and install what is not there yet.

    The development packages hold those to run with as well.
    """
    wanted = DEVELOP if develop else RUN
    installed = _installed()
    if installed is None:
        _environment_make()
        installed = set()
    if _digest(wanted) in installed:
        return
    _install(wanted)
    covered = {_digest(RUN), _digest(DEVELOP)} if develop else {_digest(RUN)}
    STAMP.write_text("".join(f"{digest}\n" for digest in sorted(covered)))


def _installed() -> set[str] | None:
    """The digests in the stamp; None where there is no environment that works."""
    try:
        found = subprocess.run(
            [PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"],
            capture_output=True,
            check=False,
        )
    except OSError:
        return None
    if found.returncode:
        return None
    return set(STAMP.read_text().split()) if STAMP.exists() else set()


def _environment_make() -> None:
    with step("Virtual environment"):
        made = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", VENV],
            capture_output=True,
            text=True,
            check=False,
        )
    if made.returncode:
        raise Refused(
            "Python can't make a virtual environment here: is its venv module installed "
            "(Debian, Ubuntu: apt-get install python3-venv) and the folder writable?"
        )


def _install(requirements: Path) -> None:
    total = len(re.findall(r"^[A-Za-z0-9]", requirements.read_text(), re.MULTILINE))
    log = ROOT / "var" / "log" / "packages.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [PYTHON, "-m", "pip", "install", "--require-hashes", "--no-deps", "--no-compile"]
    options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    with (
        step(f"{total} packages") as progress,
        log.open("w") as file,
        subprocess.Popen(
            [*command, *options, "-r", requirements],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as pip,
    ):
        count = 0
        for line in pip.stdout or ():
            file.write(line)
            if line.startswith("Collecting "):
                count += 1
                progress.show(f"{count} of {total}, {line.split()[1]}")
            elif line.startswith("Installing "):
                progress.show("putting them in place")
        if pip.wait():
            raise Refused(
                "The packages could not be installed; is the network there? "
                f"The whole story is in {log.relative_to(ROOT)}."
            )


def _digest(requirements: Path) -> str:
    return hashlib.sha256(requirements.read_bytes()).hexdigest()
