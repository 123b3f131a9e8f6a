from django import forms
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse

from portal.intake.origin import is_foreign, resident_form
from portal.intake.receipts import is_key, new_key
from portal.intake.review import (
    ReviewRow,
    form_rows,
    is_script,
    mark_conflict,
    mark_stored,
    review_response,
    submitted_key,
    wants_edit,
)


def post(rf, **headers):
    return rf.post("/", headers=headers)


def test_only_positive_evidence_counts_as_foreign(rf, settings):
    settings.ALLOWED_HOSTS = ["*"]
    foreign = [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver:8000"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
    ]
    own = [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://testserver"},
        {"Origin": "https://TESTSERVER:443"},
        # The newer header decides where there is one.
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    ]
    assert [is_foreign(post(rf, **headers)) for headers in foreign] == [True] * len(foreign)
    assert [is_foreign(post(rf, **headers)) for headers in own] == [False] * len(own)


def test_a_resident_form_knows_nobody_and_leaves_nothing(rf):
    seen = []

    @resident_form
    def view(request):
        seen.append(request.user)
        response = HttpResponse("ok")
        response.set_cookie("remember", "me")
        return response

    request = post(rf)
    request.user = "the clerk"
    response = view(request)
    assert isinstance(seen[0], AnonymousUser)
    assert not response.cookies
    assert response.headers["Cache-Control"] == "no-store"
    assert view.csrf_exempt


class Form(forms.Form):
    name = forms.CharField(label="Name")
    colour = forms.ChoiceField(label="Colour", choices=[("g", [("r", "Red"), ("b", "Blue")])])
    many = forms.MultipleChoiceField(label="Many", choices=[("1", "One"), ("2", "Two")])
    empty = forms.CharField(label="Empty", required=False)


def test_the_rows_to_check_speak_the_words_of_the_form():
    form = Form({"name": "漏雨", "colour": "b", "many": ["2", "1"]})
    assert form.is_valid()
    assert form_rows(form) == [
        ReviewRow("Name", "漏雨"),
        ReviewRow("Colour", "Blue"),
        ReviewRow("Many", "Two、One"),
    ]


def test_the_review_page_carries_everything_and_a_new_key(client, rf, db):
    request = rf.post("/x/?a=1", {"many": ["1", "2"], "old": "x", "drop": "y", "intake_key": "bad"})
    response = review_response(
        request, title="T", rows=[ReviewRow("Q", "<b>")], replace={"old": "new", "drop": None}
    )
    page = response.content.decode()
    assert page.count('name="many"') == 2
    assert 'name="old" value="new"' in page
    assert 'name="drop"' not in page
    assert "&lt;b&gt;" in page
    assert page.count('name="intake_key"') == 1
    assert 'action="/x/?a=1"' in page


def test_what_a_post_asks_for(rf):
    key = new_key()
    assert is_key(key)
    assert submitted_key(rf.post("/", {"intake_key": key})) == key
    assert submitted_key(rf.post("/", {"intake_key": "x"})) is None
    assert submitted_key(rf.post("/", {})) is None
    edit = rf.post("/", {"intake_key": key, "intake_edit": "1"})
    assert (submitted_key(edit), wants_edit(edit)) == (None, True)
    assert is_script(rf.post("/", headers={"X-Intake": "script"}))
    assert mark_stored(HttpResponse()).headers["X-Intake"] == "stored"
    assert mark_conflict(HttpResponse()).status_code == 409
