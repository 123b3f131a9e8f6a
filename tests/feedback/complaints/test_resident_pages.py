"""The way of a resident, as a browser without script walks it, and with script."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from feedback.complaints import services
from feedback.complaints.models import Category, Complaint
from portal.common.keys import mask_phone
from portal.intake.photos import MAX_BYTES
from portal.intake.receipts import new_key, receipt
from portal.places.codes import household_code
from tests.feedback.complaints.conftest import NOW, jpeg, upload

pytestmark = pytest.mark.django_db
URL = "/complaints/new/?place=PC001&category=C10"


@pytest.fixture(autouse=True)
def clean_cache():
    cache.clear()


def typed(**fields):
    return {"text": "屋顶漏雨，<卧室>", "contact_wish": "NONE", **fields}


def hidden(response) -> dict[str, str]:
    pairs = re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)"', response.content.decode()
    )
    return {name: unescape(value) for name, value in pairs}


def receipt_in(response) -> tuple[str, str]:
    number, secret = re.findall(r"data-copy>([^<]+)<", response.content.decode())
    return number, secret


@pytest.fixture
def filed(client, neighbourhood):
    """(number, secret) of a complaint filed by script."""
    return receipt_in(client.post(URL, typed(intake_key=new_key())))


def test_without_a_place_a_community_is_looked_for(client, neighbourhood):
    neighbourhood.community.initials = "hplxq"
    neighbourhood.community.save()
    assert "小区" in client.get("/complaints/new/").content.decode()
    for query in ("和平", "HPL", "pc001"):
        found = client.get("/complaints/new/", {"q": query}).content.decode()
        assert "?place=PC001" in found
    nothing = client.get("/complaints/new/", {"q": "无此小区"}).content.decode()
    assert "?place=" not in nothing
    assert client.get("/complaints/new/?place=140213").status_code == 200  # a county is no answer


def test_all_thirty_kinds_are_offered_in_plain_words(client, neighbourhood):
    page = client.get("/complaints/new/?place=PC001").content.decode()
    for category in Category.objects.all():
        assert category.plain_zh in page
        assert f"category={category.pk}" in page


def test_corruption_shows_the_contact_of_the_discipline_office_and_no_form(
    client, neighbourhood, settings
):
    settings.DISCIPLINE_CONTACT = "平城区纪委监委 0352-0000000"
    page = client.get("/complaints/new/?place=PC001&category=C30").content.decode()
    assert "平城区纪委监委 0352-0000000" in page
    assert "<textarea" not in page
    client.post("/complaints/new/?place=PC001&category=C30", typed(intake_key=new_key()))
    assert not Complaint.objects.exists()


def test_gas_says_what_to_do_at_once(client, neighbourhood):
    category = Category.objects.get(pk="C15")
    page = client.get("/complaints/new/?place=PC001&category=C15").content.decode()
    assert category.urgent_zh in page


def test_without_script_the_first_post_is_checked_and_the_second_commits(client, neighbourhood):
    review = client.post(URL, typed(photos=[upload()], building=neighbourhood.building.pk))
    assert review.status_code == 200
    assert not Complaint.objects.exists()
    assert "屋顶漏雨，&lt;卧室&gt;" in review.content.decode()
    assert "data:image/jpeg" in review.content.decode()
    receipt = client.post(URL, hidden(review))
    number, _secret = receipt_in(receipt)
    complaint = Complaint.objects.get(number=number)
    assert complaint.text == "屋顶漏雨，<卧室>"
    assert complaint.building == neighbourhood.building
    assert complaint.photos.count() == 1
    # Pressed twice: the same receipt.
    assert receipt_in(client.post(URL, hidden(review))) == receipt_in(receipt)
    assert Complaint.objects.count() == 1


def test_change_something_brings_the_form_back_as_typed(client, neighbourhood):
    review = client.post(URL, typed(photos=[upload()]))
    form = client.post(URL, {**hidden(review), "intake_edit": "1"}).content.decode()
    assert "屋顶漏雨，&lt;卧室&gt;" in form
    assert "data:image/jpeg" in form
    assert not Complaint.objects.exists()


def test_a_photo_that_comes_first_is_carried_along_to_the_topic(client, neighbourhood):
    begin = "/complaints/new/?place=PC001"
    asked = client.post(begin, {"text": "", "photos": [upload()]})
    assert "data:image/jpeg" in asked.content.decode()
    form = client.post(begin, {**hidden(asked), "category": "C10", "photos": [upload("blue")]})
    assert form.content.decode().count("data:image/jpeg") == 2
    review = client.post(URL, typed(held=hidden(form)["held"]))
    client.post(URL, hidden(review))
    assert Complaint.objects.get().photos.count() == 2


def test_photos_of_the_repair_do_not_stand_under_what_was_written(client, file, clerk):
    key = new_key()
    case = file(key=key, photos=[ContentFile(jpeg())])
    services.complaint_accept(complaint=case, by=clerk, now=NOW)
    after = [ContentFile(jpeg("green"))]
    services.complaint_resolve(complaint=case, by=clerk, text="修了", photos=after, now=NOW)
    page = track(client, case.number, receipt(key))
    assert len(page.context["thumbnails"]) == 1
    assert [(kind, len(found)) for kind, found in page.context["repair"]] == [("整改后", 1)]
    text = page.content.decode()
    assert text.index("您反映的内容") < text.index("<h2>整改后</h2>")


def test_a_held_photo_can_be_taken_out_again(client, neighbourhood):
    review = client.post(URL, typed(photos=[upload("red"), upload("blue")]))
    again = client.post(URL, {**typed(), "held": hidden(review)["held"], "held_remove": "0"})
    client.post(URL, hidden(again))
    assert Complaint.objects.get().photos.count() == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [("fake.jpg", b"<html>not a photo</html>"), ("big.jpg", b"\xff\xd8" + b"0" * MAX_BYTES)],
)
@pytest.mark.parametrize("key", [True, False])
def test_a_bad_photo_is_named_and_everything_typed_is_kept(
    client, neighbourhood, name, content, key
):
    bad = SimpleUploadedFile(name, content, content_type="image/jpeg")
    given = typed(photos=[upload(), bad], contact_wish="PHONE", contact="13800001234")
    if key:
        given["intake_key"] = new_key()
    response = client.post(URL, given)
    page = response.content.decode()
    assert response.status_code == 422
    assert name in page
    assert "屋顶漏雨，&lt;卧室&gt;" in page
    assert "13800001234" in page
    assert "data:image/jpeg" in page  # the good photo is held
    assert not Complaint.objects.exists()
    review = client.post(URL, typed(held=hidden(response)["held"]))
    client.post(URL, hidden(review))
    assert Complaint.objects.get().photos.count() == 1


def test_a_photo_is_drawn_anew_without_its_metadata(client, neighbourhood):
    from PIL import Image

    exif = Image.Exif()
    exif[0x010F] = "SecretMaker"
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    photo = SimpleUploadedFile("a.jpg", jpeg(size=(4000, 100), exif=exif))
    client.post(URL, hidden(client.post(URL, typed(photos=[photo]))))
    stored = Complaint.objects.get().photos.get().file
    with Image.open(stored) as image:
        assert not image.getexif()
        assert image.format == "JPEG"
        assert image.height == 2048  # turned upright, then made smaller
    stored.seek(0)
    assert b"SecretMaker" not in stored.read()


def test_with_script_the_text_comes_first_and_photos_follow(client, neighbourhood):
    key = new_key()
    response = client.post(URL, typed(intake_key=key), headers={"X-Intake": "script"})
    assert response.headers["X-Intake"] == "stored"
    sent = client.post("/complaints/photo/", {"intake_key": key, "photo": upload()})
    assert (sent.status_code, sent.headers["X-Intake"]) == (200, "stored")
    fake = SimpleUploadedFile("fake.jpg", b"no photo")
    refused = client.post("/complaints/photo/", {"intake_key": key, "photo": fake})
    assert refused.status_code == 422
    assert "fake.jpg" in refused.content.decode()
    unknown = client.post("/complaints/photo/", {"intake_key": new_key(), "photo": upload()})
    assert unknown.status_code == 404
    assert Complaint.objects.get().photos.count() == 1


def test_the_same_key_with_another_text_shows_both(client, neighbourhood):
    key = new_key()
    client.post(URL, typed(intake_key=key))
    response = client.post(URL, typed(intake_key=key, text="下水道堵了"))
    page = response.content.decode()
    assert (response.status_code, response.headers["X-Intake"]) == (409, "conflict")
    assert "屋顶漏雨" in page
    assert "下水道堵了" in page
    client.post(URL, hidden(response))
    assert set(Complaint.objects.values_list("text", flat=True)) == {
        "屋顶漏雨，<卧室>",
        "下水道堵了",
    }


@pytest.mark.parametrize(
    "given",
    [
        {"text": ""},
        {"text": "x" * 2001},
        {"contact_wish": "PHONE"},
        {"contact_wish": "PHONE", "contact": "call me"},
        {"contact_wish": "SMOKE"},
        {"building": "999999"},
        {"household_code": "1234"},
    ],
)
def test_bad_input_is_a_message_at_its_field(client, neighbourhood, given):
    response = client.post(URL, typed(intake_key=new_key(), **given))
    assert response.status_code == 422
    assert "data-error-summary" in response.content.decode()
    assert not Complaint.objects.exists()


def test_a_household_code_is_read_and_one_from_elsewhere_is_not(client, neighbourhood):
    household = neighbourhood.households[0]
    code = household_code(household)
    client.post(URL, typed(intake_key=new_key(), household_code=code))
    assert Complaint.objects.get().household == household
    neighbourhood.building.place = neighbourhood.other
    neighbourhood.building.save()
    wrong = client.post(URL, typed(intake_key=new_key(), household_code=code))
    assert wrong.status_code == 422


def test_wrong_codes_are_limited_and_right_ones_never(client, neighbourhood):
    code = household_code(neighbourhood.households[0])
    for _ in range(25):
        client.post(URL, typed(intake_key=new_key(), household_code=code))
    assert Complaint.objects.count() == 25
    for _ in range(20):
        client.post(URL, typed(intake_key=new_key(), household_code="1" * 16))
    response = client.post(URL, typed(intake_key=new_key(), household_code=code))
    assert response.status_code == 422
    assert client.post(URL, typed(intake_key=new_key())).status_code == 200


def test_a_phone_number_nobody_asked_for_is_not_kept(client, neighbourhood):
    client.post(URL, typed(intake_key=new_key(), contact="13800001234"))
    assert Complaint.objects.get().contact == ""


def test_nothing_is_remembered_and_nobody_is_signed_in(client, neighbourhood, clerk):
    client.force_login(clerk)
    cookies = dict(client.cookies.items())
    response = client.post(URL, typed(intake_key=new_key()))
    assert not response.cookies
    assert dict(client.cookies.items()) == cookies
    assert response.headers["Cache-Control"] == "no-store"
    assert Complaint.objects.get().events.get().actor is None


def test_a_form_sent_from_another_site_is_turned_away(client, neighbourhood):
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        response = client.post(URL, typed(intake_key=new_key()), headers=headers)
        assert response.status_code == 403
    for headers in (
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://testserver"},
        {},
    ):
        response = client.post(URL, typed(intake_key=new_key()), headers=headers)
        assert response.status_code == 200


def track(client, number, secret, **more):
    return client.post("/complaints/track/", {"number": number, "secret": secret}, **more)


def test_number_and_secret_show_the_case(client, filed):
    number, secret = filed
    page = track(client, number.replace("-", " "), secret.lower()).content.decode()
    assert "屋顶漏雨" in page
    assert secret not in client.get("/complaints/track/").content.decode()


def test_wrong_and_missing_get_the_same_answer(client, filed):
    number, secret = filed
    wrong = track(client, number, "AAAA-AAAA-AAAA-AAAA")
    missing = track(client, "990101-00000", secret)
    scrub = [
        response.content.decode().replace(given, "")
        for response, given in ((wrong, number), (missing, "990101-00000"))
    ]
    scrub = [re.sub(r'value="[^"]*"', "", page) for page in scrub]
    assert wrong.status_code == missing.status_code == 422
    assert scrub[0] == scrub[1]


def test_an_imported_case_has_no_secret(client, file):
    complaint = file()
    Complaint.objects.update(receipt_hash=None)
    for secret in ("nobody", "", "NBDY"):
        assert track(client, complaint.number, secret).status_code == 422


PATHS = ["", "add/", "answer/", "publish/", "link/", "mail/", "withdraw/"]


@pytest.mark.parametrize("path", PATHS)
def test_a_secret_typed_full_width_opens_and_other_letters_count_as_wrong(client, filed, path):
    number, secret = filed
    wide = "".join(chr(ord(c) + 0xFEE0) for c in secret)
    given = {"number": number, "email": "wang@example.org"}
    opened = client.post(f"/complaints/track/{path}", {**given, "secret": wide})
    assert opened.status_code in {200, 422}
    assert number in opened.content.decode()
    assert "不匹配" not in opened.content.decode()
    for _attempt in range(20):
        refused = client.post(f"/complaints/track/{path}", {**given, "secret": "密码é"})
        assert refused.status_code == 422
        assert refused.context["form"].errors
    assert client.post(f"/complaints/track/{path}", {**given, "secret": wide}).status_code == 429


def test_wrong_secrets_are_limited_for_the_address_not_for_others(client, filed):
    number, secret = filed
    for _ in range(20):
        assert track(client, number, "WRONG").status_code == 422
    assert track(client, number, secret).status_code == 429
    assert track(client, number, secret, REMOTE_ADDR="198.51.100.7").status_code == 200


@pytest.fixture
def solved(filed, clerk):
    complaint = Complaint.objects.get(number=filed[0])
    now = timezone.now() + timedelta(minutes=1)
    services.complaint_accept(complaint=complaint, by=clerk, reply="已受理", now=now)
    services.complaint_note(complaint=complaint, by=clerk, text="内部备注", now=now)
    services.complaint_resolve(complaint=complaint, by=clerk, text="屋面已重做", now=now)
    return complaint


def answer(client, filed, **given):
    number, secret = filed
    return client.post("/complaints/track/answer/", {"number": number, "secret": secret, **given})


def test_the_resident_reads_what_is_public_and_has_the_last_word(client, filed, solved):
    page = track(client, *filed).content.decode()
    assert "屋面已重做" in page
    assert "已受理" in page
    assert "内部备注" not in page
    assert "clerk" not in page
    done = answer(client, filed, verdict="SOLVED", rating="5")
    assert done.status_code == 200
    solved.refresh_from_db()
    assert (solved.state, solved.rating) == ("CLOSED", 5)
    again = answer(client, filed, verdict="UNSOLVED")
    assert again.status_code == 422
    solved.refresh_from_db()
    assert solved.state == "CLOSED"


def test_not_solved_opens_the_case_again(client, filed, solved):
    assert answer(client, filed, verdict="UNSOLVED", text="还在漏").status_code == 200
    solved.refresh_from_db()
    assert solved.state == "REOPENED"


def test_an_answer_without_a_verdict_or_with_a_wrong_secret_changes_nothing(client, filed, solved):
    assert answer(client, filed, rating="5", text="谢谢师傅").status_code == 422
    assert "谢谢师傅" in answer(client, filed, text="谢谢师傅").content.decode()
    assert answer(client, (filed[0], "WRONG"), verdict="SOLVED").status_code == 422
    solved.refresh_from_db()
    assert solved.verdict == ""


def test_every_page_is_there_in_english(client, neighbourhood):
    for url in ("/en/complaints/new/", "/en/complaints/new/?place=PC001", f"/en{URL}"):
        page = client.get(url)
        assert page.status_code == 200
        assert "Complain" in page.content.decode() or "leak" in page.content.decode()


def test_phone_numbers_are_masked():
    assert mask_phone("13800001234") == "138****1234"
