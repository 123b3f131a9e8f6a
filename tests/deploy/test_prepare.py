"""Getting an installation ready."""

import sys
from pathlib import Path

import pytest
from django.utils.translation import gettext, override, trans_real

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


@pytest.fixture
def prepare(monkeypatch):
    monkeypatch.syspath_prepend(str(DEPLOY))
    monkeypatch.delitem(sys.modules, "prepare", raising=False)
    import prepare as module

    return module


def test_texts_read_before_they_were_compiled_are_read_again(prepare, monkeypatch):
    """Else what a first start stores, as the title of a corrective action, would be English."""
    empty = trans_real.DjangoTranslation("zh-hans")
    empty._catalog = trans_real.TranslationCatalog()
    monkeypatch.setitem(trans_real._translations, "zh-hans", empty)
    with override("zh-hans"):
        assert gettext("Notices") == "Notices"
    prepare.texts_compile()
    with override("zh-hans"):
        assert gettext("Notices") == "公告"
