"""One way in for staff, limited, with a second step for whoever wants one."""

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client
from wagtail.users.models import UserProfile

from portal.accounts.models import User

pytestmark = pytest.mark.django_db

PASSWORD = "he-ping-li-2026"
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def signer(clerk) -> User:
    clerk.set_password(PASSWORD)
    clerk.save()
    return clerk


def test_staff_sign_in_and_land_at_the_staff_screens(signer, client):
    response = client.post(LOGIN, {"login": "clerk", "password": PASSWORD})
    assert response["Location"] == "/staff/"
    assert client.get("/staff/").status_code == 200


def test_the_sign_in_page_is_ours_in_both_languages(client, settings):
    settings.DEMONSTRATION = True
    chinese = client.get(LOGIN).content.decode()
    assert "工作人员登录" in chinese and "演示数据" in chinese and "注册" not in chinese
    english = client.get("/en/accounts/login/").content.decode()
    assert "Staff sign-in" in english and "Demonstration data" in english


def test_a_wrong_password_keeps_the_name_and_says_what_is_wrong(signer, client):
    response = client.post(LOGIN, {"login": "clerk", "password": "wrong"})
    body = response.content.decode()
    assert response.status_code == 200
    assert "error-summary" in body and 'value="clerk"' in body and "wrong" not in body


@pytest.mark.parametrize(
    ("other_door", "leads_to"),
    [
        ("/staff/login/?next=/staff/places/", "/accounts/login/?next=/staff/places/"),
        ("/_util/login/", "/accounts/login/"),
        ("/staff/password_reset/", "/accounts/password/reset/"),
        ("/staff/password_reset/confirm/x/y/", "/accounts/password/reset/"),
    ],
)
def test_other_doors_lead_to_the_one(client, other_door, leads_to):
    for method in (client.get, client.post):
        response = method(other_door)
        assert (response.status_code, response["Location"]) == (302, leads_to)


@pytest.mark.parametrize(
    "address",
    ["/accounts/signup/", "/en/accounts/signup/", "/accounts/email/", "/en/accounts/email/"],
)
def test_nobody_signs_up(client, address):
    data = {"username": "x", "password1": PASSWORD, "password2": PASSWORD, "email": "x@y.cn"}
    assert client.get(address).status_code == 404
    assert client.post(address, data).status_code == 404
    assert not User.objects.filter(username="x").exists()


def test_guessing_is_limited_even_with_the_right_password_at_last(signer, client):
    for _attempt in range(5):
        client.post(LOGIN, {"login": "clerk", "password": "guess"})
    response = client.post(LOGIN, {"login": "clerk", "password": PASSWORD})
    assert response.status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_forwarded_address_is_believed_from_our_own_proxy_only(signer, settings):
    def guess(client: Client, forwarded: str) -> int:
        return client.post(
            LOGIN,
            {"login": f"nobody-{forwarded}", "password": "x"},
            headers={"x-forwarded-for": forwarded},
        ).status_code

    settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip"}
    client = Client(REMOTE_ADDR="203.0.113.9")
    answers = [guess(client, f"198.51.100.{i}") for i in range(5)]
    assert answers[-1] == 429
    settings.TRUSTED_PROXIES = ["203.0.113.9"]
    answers = [guess(client, f"198.51.100.{i}") for i in range(5)]
    assert set(answers) == {200}


def test_the_password_is_changed_where_the_old_one_is_asked_for(signer, client):
    client.force_login(signer, backend="django.contrib.auth.backends.ModelBackend")
    address = "/accounts/password/change/"
    new = {"password1": "xin-mi-ma-2026-abc", "password2": "xin-mi-ma-2026-abc"}
    wrong = client.post(address, {"oldpassword": "wrong", **new})
    assert wrong.status_code == 200 and wrong.context["form"].errors["oldpassword"]
    assert client.post(address, {"oldpassword": PASSWORD, **new}).status_code == 302
    signer.refresh_from_db()
    assert signer.check_password("xin-mi-ma-2026-abc")
    account = client.get("/staff/account/").content.decode()
    assert address in account and 'name="password-old_password"' not in account


def test_a_second_step_is_asked_for_once_it_is_set_up(signer, client):
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(signer, secret)
    response = client.post(LOGIN, {"login": "clerk", "password": PASSWORD})
    assert response["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/staff/").status_code == 302
    assert "身份" in client.get(response["Location"]).content.decode()
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    code = totp.format_hotp_value(totp.hotp_value(secret, counter))
    assert client.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 302
    assert client.get("/staff/").status_code == 200
    assert get_adapter().is_mfa_enabled(signer)


@pytest.mark.parametrize(
    "address", ["/accounts/2fa/", "/accounts/password/change/", "/accounts/logout/"]
)
def test_the_pages_of_ones_account_are_in_our_frame(signer, client, address):
    client.force_login(signer, backend="django.contrib.auth.backends.ModelBackend")
    body = client.get(address).content.decode()
    assert "site-header" in body and 'href="/accounts/2fa/"' in body
    assert "style=" not in body and "<script>" not in body


def test_staff_screens_are_chinese_unless_one_asks_for_english(signer, client):
    client.force_login(signer, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/staff/", headers={"accept-language": "en-GB,en"}).content.decode()
    assert 'lang="zh-hans"' in page.lower()
    UserProfile.objects.update_or_create(user=signer, defaults={"preferred_language": "en"})
    assert 'lang="en"' in client.get("/staff/").content.decode().lower()


def test_a_forgotten_password_is_set_anew_by_mail(signer, client, mailoutbox, settings):
    settings.DEMONSTRATION = True
    signer.email = "clerk@example.cn"
    signer.save()
    address = "/accounts/password/reset/"
    assert client.post(address, {"email": "clerk@example.cn"}).status_code == 302
    (mail,) = mailoutbox
    assert "演示数据" in mail.subject and "演示数据" in mail.body and "登录名是clerk" in mail.body
    link = next(line for line in mail.body.split() if "/password/reset/key/" in line)
    form = client.get(link, follow=True)
    new = {"password1": "xin-mi-ma-2026-abc", "password2": "xin-mi-ma-2026-abc"}
    client.post(form.request["PATH_INFO"], new)
    signer.refresh_from_db()
    assert signer.check_password("xin-mi-ma-2026-abc")


def test_an_unknown_address_gets_the_same_answer_and_no_mail(signer, client, mailoutbox):
    known, unknown = (
        client.post("/accounts/password/reset/", {"email": email})
        for email in ("clerk@example.cn", "nobody@example.cn")
    )
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert not mailoutbox
