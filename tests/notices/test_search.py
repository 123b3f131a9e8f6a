"""Chinese search, on whichever database the suite runs on: what is found, and what must not be."""

import pytest
from wagtail.models import Page
from wagtail.rich_text import RichText

from notices.models import NoticePage
from notices.queries import all_notices, searched
from portal.common.search.words import index_text, query_text
from portal.demo import factories
from tests.notices.conftest import NOW

DOCUMENTS = {
    "水": ("停水通知", "因自来水主管道检修，3号楼、5号楼明日8时至18时停水，请提前储水。"),
    "暖": ("供暖系统试运行", "集中供暖主管网注水打压，请家中留人，发现漏水请拨打热线。"),
    "管": ("加强下水管理的通知", "禁止向下水井倾倒建筑垃圾，13号楼前的雨水井已清掏。"),
    "标": ("外墙保温工程中标候选人公示", "第一名：大同市建筑工程有限公司，公示期3日。"),
    "梯": ("加装电梯意见征集", "2单元业主大会拟就加装电梯表决，参与人数应过三分之二。"),
    "文": ("资金下达", "根据同财建〔2020〕130号文件，和平里小区改造资金已下达。WiFi6 同步布线。"),
}

#: query → the documents it finds. Every other document must not be found.
PAIRS = [
    ("停水", "水"),
    ("停水通知", "水"),
    ("明日停水", "水"),
    ("水管", ""),
    ("自来水", "水"),
    ("供暖", "暖"),
    ("停暖", ""),
    ("漏水", "暖"),
    ("管理", "管"),
    ("3号楼", "水"),
    ("13号楼", "管"),
    ("候选人", "标"),
    ("中标 公示", "标"),
    ("业主大会", "梯"),
    ("加装电梯 和平里", ""),
    ("和平里小区", "文"),
    ("130号", "文"),
    ("30号", ""),
    ("wifi6", "文"),
    ("公告", ""),
    ("，。！", ""),
    ("\"停水' OR * (", "水"),
]


@pytest.fixture
def documents(pages):
    made = {
        key: factories.notice(
            pages.community, NOW, title=title, body=[("paragraph", RichText(f"<p>{text}</p>"))]
        )
        for key, (title, text) in DOCUMENTS.items()
    }
    return {page.pk: key for key, page in made.items()}


@pytest.mark.django_db
def test_each_query_finds_its_documents_and_no_other(documents):
    found = {
        query: "".join(documents[page.pk] for page in searched(all_notices(), query))
        for query, _ in PAIRS
    }
    expected = dict(PAIRS)
    expected["\"停水' OR * ("] = ""  # "or" is a word like any other, and no text has it
    assert found == expected


@pytest.mark.django_db
def test_the_search_box_of_the_staff_screens_finds_by_the_title(documents, client, root):
    client.force_login(root)
    for query, key in [("停水", "水"), ("候选人", "标"), ("供暖系统", "暖"), ("电", "梯")]:
        found = [page.pk for page in Page.objects.autocomplete(query)]
        assert [documents[pk] for pk in found] == [key], query
    answer = client.get("/staff/pages/search/", {"q": "下水管理"})
    assert "加强下水管理的通知" in answer.content.decode()
    assert "停水通知" not in answer.content.decode()


@pytest.mark.django_db
def test_a_new_version_replaces_the_old_one_in_the_index(documents, now):
    page = NoticePage.objects.get(title="停水通知")
    page.title = "来电通知"
    page.body = [("paragraph", RichText("<p>线路已经修复。</p>"))]
    page.save_revision().publish()
    assert not searched(all_notices(), "停水").exists()
    assert searched(all_notices(), "线路修复").get().pk == page.pk


@pytest.mark.django_db
def test_search_in_the_title_alone(documents):
    live = NoticePage.objects.live()
    assert [page.title for page in live.search("停水", fields=["title"])] == ["停水通知"]
    assert list(live.search("储水", fields=["title"])) == []


def test_words_and_characters_go_into_the_index():
    assert index_text("自来水 WiFi6").split() == [
        "自来",
        "自来水",
        "wifi6",
        "自",
        "来",
        "水",
        "wifi6",
    ]
    assert query_text("3号楼停暖") == "3,号,楼 停,暖" or query_text("3号楼停暖") == "3,号,楼,停,暖"
    assert query_text(" ，。 ") == ""
