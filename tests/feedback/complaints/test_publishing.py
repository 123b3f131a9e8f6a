"""Publishing single cases: consent, screening, photos, taking down, and who may."""

from datetime import datetime, timedelta
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from feedback.complaints import services
from feedback.complaints.deadlines import LOCAL
from feedback.complaints.models import ComplaintEvent, ComplaintPhoto, PublishedCase, WeDid
from feedback.complaints.publishing_forms import WeDidForm
from feedback.complaints.services import Screened
from portal.demo import factories
from portal.intake.redaction import Box
from portal.intake.storage import private_storage
from portal.places.models import Place
from tests.feedback.complaints.conftest import NOW, jpeg

pytestmark = pytest.mark.django_db
TEXT = "我是3号楼2单元501的李阿姨，屋顶漏雨。"
DONE = "已补防水，李阿姨看过。"
ALL = Screened([True, True], [True])


@pytest.fixture
def closed(file, clerk):
    """A case that its resident closed and agreed to show."""
    case = file(text=TEXT)
    services.complaint_accept(complaint=case, by=clerk, reply="已受理", now=NOW)
    services.complaint_resolve(
        complaint=case, by=clerk, text=DONE, now=NOW, photos=[ContentFile(jpeg("red"))]
    )
    services.complaint_confirm(complaint=case, verdict="SOLVED", rating=5, now=NOW)
    return services.complaint_consent(complaint=case, agrees=True, now=NOW)


def publish(case, by, screened=ALL, **photos):
    return services.case_publish(complaint=case, by=by, screened=screened, now=NOW, **photos)


def kinds(case):
    return list(case.events.order_by("pk").values_list("kind", flat=True))


def test_a_case_is_shown_masked_and_its_publication_is_in_the_log(closed, clerk, client):
    case = publish(closed, clerk)
    assert case.text == "我是〔门牌〕的〔姓名〕，屋顶漏雨。"
    assert case.done == "已补防水，〔姓名〕看过。"
    assert kinds(closed)[-2:] == ["CONSENTED", "PUBLISHED"]
    html = client.get(reverse("complaints:published", args=["PC001"])).content.decode()
    assert "〔门牌〕" in html and "李阿姨" not in html and closed.number not in html


def test_further_words_are_hidden_and_what_is_not_personal_may_stay(closed, clerk):
    case = publish(closed, clerk, Screened([True, False], [True], also=["屋顶"]))
    assert case.text == "我是〔门牌〕的李阿姨，〔略〕漏雨。"


@pytest.mark.parametrize("screened", [Screened([], []), Screened([True], [True])])
def test_every_finding_must_be_decided(closed, clerk, screened):
    with pytest.raises(ValidationError):
        publish(closed, clerk, screened)


def test_nothing_is_shown_without_consent_or_before_the_resident_closed_it(file, clerk, closed):
    fresh = file(text="路灯不亮")
    with pytest.raises(ValidationError):
        publish(fresh, clerk, Screened([], []))
    services.complaint_consent(complaint=fresh, agrees=True, now=NOW)
    with pytest.raises(ValidationError):
        publish(fresh, clerk, Screened([], []))
    services.complaint_consent(complaint=closed, agrees=False, now=NOW)
    with pytest.raises(ValidationError):
        publish(closed, clerk)
    assert not PublishedCase.objects.exists()


def test_consent_taken_back_takes_it_down_and_its_texts_away(closed, clerk, client):
    photo = closed.photos.get()
    services.photo_hide(photo=photo, by=clerk, boxes=[], now=NOW)
    case = publish(closed, clerk, after=photo)
    address = reverse("complaints:case_photo", args=[case.token, "after"])
    assert client.get(address).status_code == 200
    services.complaint_consent(complaint=closed, agrees=False, now=NOW + timedelta(days=1))
    case.refresh_from_db()
    assert (case.text, case.done, case.before, case.after) == ("", "", None, None)
    assert kinds(closed)[-2:] == ["CONSENT_TAKEN", "TAKEN_DOWN"]
    assert client.get(address).status_code == 404
    assert "〔门牌〕" not in client.get("/complaints/board/PC001/cases/").content.decode()


@pytest.mark.parametrize(
    ("who", "may"),
    [("clerk", True), ("reviewer", True), ("evaluator", False), ("outsider", False)],
)
def test_who_may_publish_and_take_down(request, closed, clerk, who, may):
    user = request.getfixturevalue(who)
    if not may:
        with pytest.raises(PermissionDenied):
            publish(closed, user)
        case = publish(closed, clerk)
        with pytest.raises(PermissionDenied):
            services.case_remove(case=case, by=user, reason="x", now=NOW)
        return
    case = publish(closed, user)
    with pytest.raises(ValidationError):
        services.case_remove(case=case, by=user, reason=" ", now=NOW)
    services.case_remove(case=case, by=user, reason="居民来电", now=NOW)
    assert not PublishedCase.objects.public().exists()
    assert publish(closed, user).removed_at is None


def test_a_photo_is_published_only_after_somebody_looked_it_over(closed, clerk):
    photo = closed.photos.get()
    with pytest.raises(ValidationError):
        publish(closed, clerk, after=photo)
    services.photo_hide(photo=photo, by=clerk, boxes=[], now=NOW)
    assert publish(closed, clerk, after=photo).after == photo


def test_what_is_covered_is_destroyed_with_the_small_copy(
    closed, clerk, django_capture_on_commit_callbacks
):
    photo, storage = closed.photos.get(), private_storage()
    old = [photo.file.name, photo.thumbnail.name]
    assert all(storage.exists(name) for name in old)
    with django_capture_on_commit_callbacks(execute=True):
        services.photo_hide(photo=photo, by=clerk, boxes=[Box(10, 10, 50, 50)], now=NOW)
    photo.refresh_from_db()
    assert not any(storage.exists(name) for name in old)
    assert photo.doomed == [] and photo.screened_at == NOW
    for stored in (photo.file, photo.thumbnail):
        with stored.open() as file, Image.open(BytesIO(file.read())) as image:
            inside = image.getpixel((image.width // 3, image.height // 3))
            outside = image.getpixel((image.width - 4, image.height - 4))
            assert max(inside) < 12 and outside[0] > 200
    event = closed.events.get(kind=ComplaintEvent.Kind.PHOTO_HIDDEN)
    assert (event.actor, event.data["boxes"]) == (clerk, 1)


def test_a_killed_process_leaves_the_names_and_the_next_run_destroys_them(closed, clerk):
    photo = closed.photos.get()
    old = photo.file.name
    services.photo_hide(photo=photo, by=clerk, boxes=[Box(0, 0, 5, 5)], now=NOW)
    # The commit's work was not run, as after a kill.
    assert private_storage().exists(old)
    assert services.photos_destroy() == 2
    assert not private_storage().exists(old)
    assert services.photos_destroy() == 0


@pytest.mark.parametrize("box", [Box(100, 0, 5, 5), Box(0, -1, 5, 5), Box(0, 0, 0, 5)])
def test_a_box_outside_the_photo_is_refused(closed, clerk, box):
    with pytest.raises(ValidationError):
        services.photo_hide(photo=closed.photos.get(), by=clerk, boxes=[box], now=NOW)


def test_names_of_photos_tell_nothing_and_the_redacted_one_is_not_taken_in_again(closed, clerk):
    photo = closed.photos.get()
    assert photo.sha256[:24] not in photo.file.name
    services.photo_hide(photo=photo, by=clerk, boxes=[Box(0, 0, 9, 9)], now=NOW)
    content = ContentFile(jpeg("red"))
    assert services.photos_add(closed, [content], now=NOW, staff=clerk) == 0
    assert ComplaintPhoto.objects.count() == 1


def test_a_private_photo_is_handed_out_as_a_picture_and_nothing_else(closed, clerk, client):
    client.force_login(clerk)
    address = reverse("complaints_staff:photo", args=[closed.number, closed.photos.get().pk])
    headers = client.get(address).headers
    assert headers["Content-Type"] == "image/jpeg"
    assert headers["Content-Disposition"].startswith("inline")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"].startswith("private, no-store")


def test_the_editor_decides_looks_and_publishes(closed, clerk, client):
    client.force_login(clerk)
    page = reverse("complaints_publishing:case", args=[closed.number])
    assert client.get(page).content.decode().count("<mark>") == 3
    assert client.post(page, {"publish": "1"}).status_code == 422
    given = {"reported_0": "mask", "reported_1": "mask", "done_0": "mask", "also": ""}
    seen = client.post(page, {**given, "preview": "1"}).content.decode()
    assert "我是〔门牌〕的〔姓名〕" in seen
    assert not PublishedCase.objects.exists()
    assert client.post(page, {**given, "publish": "1"}).status_code == 302
    assert client.get(page).status_code == 200
    remove = reverse("complaints_publishing:case_remove", args=[closed.number])
    assert client.post(remove, {"reason": ""}).status_code == 422
    assert client.post(remove, {"reason": "误发"}).status_code == 302
    assert PublishedCase.objects.get().removed_at


def test_boxes_can_be_typed_without_script(closed, clerk, outsider, evaluator, client):
    photo = closed.photos.get()
    page = reverse("complaints_publishing:photo_hide", args=[closed.number, photo.pk])
    counts = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0"}
    client.force_login(outsider)
    assert client.get(page).status_code == 404
    client.force_login(evaluator)
    assert client.get(page).status_code == 403
    client.force_login(clerk)
    assert client.get(page).status_code == 200
    half = {**counts, "form-0-left": "10", "form-0-top": "10"}
    assert client.post(page, half).status_code == 422
    whole = {**half, "form-0-width": "20", "form-0-height": "20.5"}
    assert client.post(page, whole).status_code == 302
    photo.refresh_from_db()
    assert photo.screened_at


def test_what_was_done_is_entered_changed_and_taken_down(closed, clerk, client, neighbourhood):
    case = publish(closed, clerk)
    client.force_login(clerk)
    given = {
        "community": neighbourhood.community.pk, "said": "请王师傅修灯", "did": "已换声控灯",
        "where": "2号楼", "done_date": "2026-07-01", "cases": [case.pk], "survey_key": "spring",
    }  # fmt: skip
    factories.published_survey("SATISFACTION", neighbourhood.county, now=NOW, slug="spring")
    page = reverse("complaints_publishing:we_did_add")
    refused = client.post(page, given)
    assert refused.status_code == 422 and "王师傅" in refused.content.decode()
    photo = ContentFile(jpeg("green"), name="lamp.jpg")
    assert client.post(page, {**given, "checked": "on", "image": photo}).status_code == 302
    entry = WeDid.objects.get()
    html = client.get(reverse("complaints:we_did", args=["PC001"])).content.decode()
    assert "已换声控灯" in html
    address = reverse("complaints:we_did_photo", args=[entry.token])
    assert client.get(address).headers["X-Content-Type-Options"] == "nosniff"
    edit = reverse("complaints_publishing:we_did_edit", args=[entry.pk])
    changed = {**given, "said": "楼道没有灯", "done_date": "2099-01-01"}
    assert client.post(edit, changed).status_code == 422
    assert client.post(edit, {**changed, "done_date": "2026-07-02"}).status_code == 302
    entry.refresh_from_db()
    assert (entry.said, bool(entry.photo)) == ("楼道没有灯", True)
    client.post(reverse("complaints_publishing:we_did_remove", args=[entry.pk]))
    assert client.get(address).status_code == 404


def test_an_entry_names_a_survey_that_was_asked_in_its_community(clerk, reviewer, neighbourhood):
    here, other = neighbourhood.community, neighbourhood.other
    for slug, place, opened in (
        ("county", neighbourhood.county, NOW),
        ("here", here, NOW),
        ("other", other, NOW),
        ("to-come", here, timezone.now() + timedelta(days=9)),
    ):
        factories.published_survey("SATISFACTION", place, now=opened, slug=slug)

    def form(places, entry=None, **given):
        given = {"said": "灯", "did": "换了", "done_date": "2026-07-01", **given}
        places = Place.objects.filter(pk__in=[place.pk for place in places])
        return WeDidForm(given, instance=entry, places=places)

    def offered(places, entry=None):
        return {key for key, _title in form(places, entry).fields["survey_key"].choices}

    assert offered([here]) == {"", "county", "here"}
    assert offered([here, other]) == {"", "county", "here", "other"}
    wrong = form([here, other], community=here.pk, survey_key="other")
    assert "survey_key" in wrong.errors
    assert form([here, other], community=here.pk, survey_key="county").is_valid()
    gone = WeDid(community=here, survey_key="long-gone")
    assert "long-gone" in offered([here], gone)
    assert form([here], gone, community=here.pk, survey_key="long-gone").is_valid()


def test_an_outsider_sees_no_screen_of_others(closed, outsider, evaluator, client):
    client.force_login(evaluator)
    assert client.get(reverse("complaints_publishing:cases")).status_code == 403
    client.force_login(outsider)
    assert closed.number not in client.get(reverse("complaints_publishing:cases")).content.decode()
    page = reverse("complaints_publishing:case", args=[closed.number])
    assert client.get(page).status_code == 404


def test_a_case_leads_to_its_publication_those_who_may_publish(closed, clerk, evaluator, client):
    page = reverse("complaints_staff:detail", args=[closed.number])
    link = reverse("complaints_publishing:case", args=[closed.number])
    for user, may in ((clerk, True), (evaluator, False)):
        client.force_login(user)
        assert (f'href="{link}"' in client.get(page).content.decode()) is may
        assert (client.get(link).status_code == 200) is may


def test_a_photo_looked_over_while_publishing_leads_back_there(closed, clerk, client):
    client.force_login(clerk)
    case = reverse("complaints_publishing:case", args=[closed.number])
    address = reverse(
        "complaints_publishing:photo_hide", args=[closed.number, closed.photos.get().pk]
    )
    assert f'href="{address}?then=publish"' in client.get(case).content.decode()
    form = {"form-TOTAL_FORMS": "8", "form-INITIAL_FORMS": "0"}
    assert client.post(f"{address}?then=publish", form).url == case
    detail = reverse("complaints_staff:detail", args=[closed.number])
    assert client.post(address, form).url == detail


def test_lists_are_cards_on_a_phone(closed, clerk, client, neighbourhood):
    """A table that is wider than a phone hides what stands right of its edge."""
    services.we_did_save(
        by=clerk,
        community=neighbourhood.community,
        said="灯",
        did="换了",
        done_date=NOW.date(),
        now=NOW,
    )
    client.force_login(clerk)
    for name in ("complaints_publishing:cases", "complaints_publishing:we_did"):
        page = client.get(reverse(name)).content.decode()
        assert 'class="listing stacked"' in page
        assert "data-label=" in page


def test_a_photo_is_named_by_the_time_of_the_place(closed, clerk, client):
    """Shortly after midnight here it is the day before elsewhere."""
    photo = closed.photos.get()
    night = datetime(2026, 7, 13, 0, 30, tzinfo=LOCAL)
    closed.photos.update(added_at=night, screened_at=night)
    client.force_login(clerk)
    page = client.get(reverse("complaints_publishing:case", args=[closed.number]))
    label = dict(page.context["form"].fields["after"].choices)[photo.pk]
    assert "2026-07-13 00:30" in label
