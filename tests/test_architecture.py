"""Imports point one way: between packages (import-linter) and inside an app (an AST walk)."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command

ROOT = Path(settings.BASE_DIR)
APPS = (
    *(f"portal.{p.parent.name}" for p in (ROOT / "portal").glob("*/apps.py")),
    *(f"feedback.{p.parent.name}" for p in (ROOT / "feedback").glob("*/apps.py")),
    "notices",
)
#: A module may import those of its own app with a lower number, never a higher one.
RANKS = {
    "states": 0,
    "models": 1,
    "permissions": 2,
    "services": 3,
    "forms": 4,
    "tasks": 5,
    "views": 5,
    "api": 5,
    "wagtail_hooks": 5,
    "urls": 6,
}
LAYERS = (
    ("portal.common",),
    ("portal.accounts",),
    ("portal.places",),
    ("portal.media",),
    ("portal.intake",),
    ("portal.healthz",),
    ("portal.messages",),
    ("portal.projects",),
    ("notices",),
    ("feedback.surveys", "feedback.complaints", "feedback.votes"),
    ("feedback.plans",),
    ("feedback.indicators",),
    ("portal.pages",),
    ("portal.demo",),
)
LABELS = {config.label: config.name for config in apps.get_app_configs()}


def modules_of(app: str) -> Iterator[tuple[str, Path]]:
    """(first part of the module's name inside the app, file)"""
    folder = ROOT.joinpath(*app.split("."))
    for path in sorted(folder.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path.relative_to(folder).with_suffix("").parts[0], path


def imports_in(path: Path) -> Iterator[str]:
    """What the module imports when it runs; a type may be named upwards."""
    todo: list[ast.AST] = [ast.parse(path.read_text())]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            todo += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        todo += ast.iter_child_nodes(node)


def test_packages_import_downwards_only() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-3000:]


def test_modules_of_an_app_import_downwards_only() -> None:
    wrong = []
    for app in APPS:
        for name, path in modules_of(app):
            rank = RANKS.get(name)
            for imported in imports_in(path):
                if rank is None or not imported.startswith(f"{app}."):
                    continue
                target = imported[len(app) + 1 :].split(".")[0]
                if RANKS.get(target, -1) > rank:
                    wrong.append(f"{path.relative_to(ROOT)} imports {imported}")
    assert not wrong


def test_only_the_edge_imports_the_edge() -> None:
    """Views, tasks and hooks are called from outside: no rule or query of an app knows them."""
    edge = {name for name, rank in RANKS.items() if rank >= RANKS["tasks"]}
    wrong = []
    for app in APPS:
        for name, path in modules_of(app):
            if name in RANKS or name.endswith("urls"):
                continue
            for imported in imports_in(path):
                if (
                    imported.startswith(f"{app}.")
                    and imported.split(".")[app.count(".") + 1] in edge
                ):
                    wrong.append(f"{path.relative_to(ROOT)} imports {imported}")
    assert not wrong


def test_services_never_import_tasks() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for app in APPS
        for name, path in modules_of(app)
        if name == "services" and any(re.search(r"\.tasks(\.|$)", i) for i in imports_in(path))
    ]
    assert not wrong


def test_no_string_refers_upwards() -> None:
    """What import-linter can't see: app labels in foreign keys, dotted paths, task names."""
    wrong = []
    for index, layer in enumerate(LAYERS):
        higher = [app for apps in LAYERS[index + 1 :] for app in apps]
        higher += [app for app in LAYERS[index] if app not in layer]
        labels = [label for label, app in LABELS.items() if app in higher]
        names = [rf"{re.escape(app)}\." for app in higher] + [rf"{n}\.[A-Z]" for n in labels]
        pattern = re.compile("|".join(names) or "(?!)")
        for app in layer:
            for _name, path in modules_of(app):
                for node in ast.walk(ast.parse(path.read_text())):
                    value = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
                    if isinstance(value, str) and pattern.match(value) and " " not in value:
                        wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} names {value}")
    assert not wrong


def test_no_migration_depends_upwards() -> None:
    level = {app: index for index, layer in enumerate(LAYERS) for app in layer}
    wrong = []
    for app in APPS:
        for path in ROOT.joinpath(*app.split("."), "migrations").glob("0*.py"):
            for label in re.findall(r"\(\s*['\"](\w+)['\"],\s*['\"]\d{4}_", path.read_text()):
                other = LABELS[label]
                if other != app and level.get(other, -1) >= level[app]:
                    wrong.append(f"{path.relative_to(ROOT)} depends on {label}")
    assert not wrong


def test_no_link_is_named_upwards() -> None:
    """Code and templates name the URLs of their own app and of those below it.

    Links between siblings are composed above them. The one way up is home: `pages:`.
    """
    level = {app: index for index, layer in enumerate(LAYERS) for app in layer}
    files = {app: [path for _name, path in modules_of(app)] for app in level}
    for label, app in LABELS.items():
        if app in files:
            files[app] += (ROOT / "templates" / label).rglob("*.html")
    wrong = []
    for app, paths in files.items():
        for path in paths:
            for namespace in re.findall(r"['\"](\w+):\w+['\"]", path.read_text()):
                other = LABELS.get(namespace)
                if other in level and other != app and level[other] >= level[app]:
                    wrong.append(f"{path.relative_to(ROOT)} links to {namespace}")
    assert not [line for line in wrong if not line.endswith(" links to pages")]


def test_there_is_no_drawer_for_odds_and_ends() -> None:
    names = {"utils.py", "helpers.py", "misc.py"}
    assert not [p for app in APPS for _n, p in modules_of(app) if p.name in names]


def test_no_migration_is_missing(db: None) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
