from pathlib import Path

import packages
import pytest
from screen import Refused


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without an environment, and requirements that need no network."""
    venv = tmp_path / ".venv"
    monkeypatch.setattr(packages, "ROOT", tmp_path)
    monkeypatch.setattr(packages, "VENV", venv)
    monkeypatch.setattr(packages, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(packages, "STAMP", venv / "installed")
    for name in ("RUN", "DEVELOP"):
        path = tmp_path / f"{name}.txt"
        path.write_text(f"# {name}: nothing\n")
        monkeypatch.setattr(packages, name, path)
    return tmp_path


def test_the_environment_is_made_once_and_packages_only_when_they_change(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packages.packages_ensure(develop=True)
    assert packages.PYTHON.exists()
    assert "✓ Virtual environment" in capsys.readouterr().out
    packages.packages_ensure()
    packages.packages_ensure(develop=True)
    assert not capsys.readouterr().out, "what tests need covers what running needs"

    packages.RUN.write_text("# another\n")
    packages.packages_ensure()
    shown = capsys.readouterr().out
    assert "0 packages" in shown
    assert "Virtual environment" not in shown


def test_a_broken_environment_is_made_anew(folder: Path) -> None:
    packages.PYTHON.parent.mkdir(parents=True)
    packages.PYTHON.write_text("#!/nowhere/python\n")
    packages.PYTHON.chmod(0o755)
    packages.STAMP.write_text(packages._digest(packages.RUN))

    assert packages._installed() is None


def test_a_package_without_its_hash_is_refused_and_not_taken_for_installed(folder: Path) -> None:
    packages.packages_ensure()
    packages.RUN.write_text("pip==1.0\n")
    with pytest.raises(Refused, match="could not be installed"):
        packages.packages_ensure()

    assert packages._digest(packages.RUN) not in (packages._installed() or set())
    assert "hash" in (folder / "var" / "log" / "packages.log").read_text()
