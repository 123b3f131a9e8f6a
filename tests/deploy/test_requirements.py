"""What a bare machine installs: pinned, hashed, complete, wherever the packages come from."""

import re
import tomllib
from pathlib import Path

import packages
import pytest

PROJECT = tomllib.loads((packages.ROOT / "pyproject.toml").read_text())
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=~! ;]", name)[0]).lower()


def pins(path: Path) -> set[tuple[str, str]]:
    return {(plain(name), version) for name, version in PIN.findall(path.read_text())}


@pytest.mark.parametrize("path", [packages.RUN, packages.DEVELOP])
def test_every_package_has_a_hash_and_no_address(path: Path) -> None:
    text = path.read_text()
    entries = re.split(r"\n(?=[A-Za-z0-9])", text)

    assert len(entries) > 50
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"https?:|--(extra-)?index-url|--find-links", text)


def test_all_dependencies_of_the_project_are_pinned() -> None:
    run = {name for name, _version in pins(packages.RUN)}
    develop = {name for name, _version in pins(packages.DEVELOP)}

    assert {plain(name) for name in PROJECT["project"]["dependencies"]} <= run
    assert {plain(name) for name in PROJECT["dependency-groups"]["dev"]} <= develop


def test_what_tests_need_holds_what_running_needs() -> None:
    assert pins(packages.RUN) <= pins(packages.DEVELOP)
