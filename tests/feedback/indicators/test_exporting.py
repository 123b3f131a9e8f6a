"""An export from the form to its expiry: who may, what is kept, what happens when it breaks."""

import hashlib
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import storages
from wagtail.users.models import UserProfile

from feedback.indicators import services, tasks
from feedback.indicators.models import Export, Measurement
from feedback.indicators.models.exports import EXPORTS_UNDER_WAY, ExportState
from feedback.indicators.services import exporting
from portal.accounts.roles import Action, Role, roles_with
from portal.demo import factories
from portal.messages.models import Delivery
from tests.feedback.indicators.conftest import NOW, content, made, two_answered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stood")]

stands_on = two_answered
LIST = "/staff/figures/exports/"


# --- making ---


@pytest.mark.parametrize(
    ("kind", "form", "starts"),
    [
        ("FIGURES", "csv", "\ufeffindicator,".encode()),
        ("FIGURES", "json", b"["),
        ("FIGURES", "xlsx", b"PK"),
        ("FIGURES", "sdmx", b"STRUCTURE,STRUCTURE_ID,ACTION,"),
        ("EVIDENCE", "xlsx", b"PK"),
        ("BUNDLE", "zip", b"PK"),
        ("PUBLIC", "zip", b"PK"),
    ],
)
def test_every_kind_is_made_and_kept_with_its_hash(asked, kind, form, starts):
    job = made(asked(kind, form))
    assert job.state == ExportState.READY, job.problem
    found = content(job)
    assert found.startswith(starts)
    assert job.sha256 == hashlib.sha256(found).hexdigest()
    assert job.size == len(found)
    assert job.rows and job.done == job.rows
    assert "2021" in job.file_name
    assert job.expires_at > NOW


def test_who_asked_is_told_by_mail_once(asked, evaluator):
    evaluator.email = "evaluator@example.org"
    evaluator.save()
    job = made(asked())
    mail = Delivery.objects.get(dedupe_key=f"export-{job.pk}-ready")
    assert f"/staff/figures/exports/{job.pk}/" in mail.body
    assert services.export_run(export_id=job.pk) is False
    assert Delivery.objects.count() == 1


def test_who_asked_is_told_that_there_is_no_file_and_not_why(asked, evaluator):
    evaluator.email = "evaluator@example.org"
    evaluator.save()
    Measurement.objects.filter(indicator="I09", status="OK").update(value=1)
    job = made(asked("BUNDLE", "zip"))
    assert job.state == ExportState.FAILED
    mail = Delivery.objects.get()
    assert mail.dedupe_key == f"export-{job.pk}-failed"
    assert f"/staff/figures/exports/{job.pk}/" in mail.body
    assert "I09" in job.problem and "I09" not in mail.subject + mail.body
    services.export_fail(export_id=job.pk, problem="again", now=NOW)
    assert Delivery.objects.count() == 1


def test_a_wrong_address_stops_no_export(asked, evaluator):
    evaluator.email = "not an address"
    evaluator.save()
    figures, paper = asked(), asked("FORM", "docx", parameters={"paper": "REPORT", "project": "?"})
    assert made(figures).state == ExportState.READY
    assert made(paper).state == ExportState.FAILED
    assert not Delivery.objects.exists()


def test_one_run_takes_it(asked):
    job = asked()
    Export.objects.filter(pk=job.pk).update(state=ExportState.RUNNING)
    assert services.export_run(export_id=job.pk) is False


def test_a_lost_message_and_a_lost_worker_are_found(asked):
    queued, running, fresh = asked(), asked(), asked()
    Export.objects.filter(pk=running.pk).update(state=ExportState.RUNNING)
    later = NOW + timedelta(minutes=10)
    Export.objects.filter(pk=fresh.pk).update(seen_at=later)
    assert services.exports_due(now=later) == [queued.pk, running.pk]
    running.refresh_from_db()
    assert running.state == ExportState.QUEUED


def test_what_costs_every_worker_its_life_is_given_up_and_told(
    asked, monkeypatch, client, evaluator
):
    def die(*args):
        raise SystemExit

    job, now = asked(), NOW
    monkeypatch.setattr(exporting, "make", die)
    for attempt in range(1, exporting.ATTEMPTS + 1):
        with pytest.raises(SystemExit):
            services.export_run(export_id=job.pk, clock=lambda: NOW)
        job.refresh_from_db()
        assert (job.state, job.attempts) == (ExportState.RUNNING, attempt)
        Export.objects.filter(pk=job.pk).update(seen_at=now)
        now += timedelta(minutes=10)
        due = services.exports_due(now=now)
        assert due == ([job.pk] if attempt < exporting.ATTEMPTS else [])
    job.refresh_from_db()
    assert job.state == ExportState.FAILED
    client.force_login(evaluator)
    assert "多次中断" in client.get(f"{LIST}{job.pk}/").content.decode()
    UserProfile.objects.create(user=evaluator, preferred_language="en")
    assert "The work broke off several times" in client.get(f"{LIST}{job.pk}/").content.decode()


def test_cancelled_while_it_runs_leaves_no_file(asked, monkeypatch):
    job = asked()
    before = set(_files())

    def cancel(*args, **kwargs):
        Export.objects.filter(pk=job.pk).update(state=ExportState.CANCELLED)
        return iter(())

    monkeypatch.setattr("feedback.indicators.rapid.csv_chunks", cancel)
    services.export_run(export_id=job.pk, clock=lambda: NOW)
    job.refresh_from_db()
    assert (job.state, job.file) == (ExportState.CANCELLED, "")
    assert set(_files()) == before


def _files() -> list[str]:
    storage = storages["private"]
    return storage.listdir("exports")[1] if storage.exists("exports") else []


def test_a_broken_task_says_so_and_can_be_asked_for_again(asked, monkeypatch):
    job = asked()
    monkeypatch.setattr(exporting, "make", lambda *args: 1 / 0)
    tasks.export_run(export_id=job.pk)
    job.refresh_from_db()
    assert job.state == ExportState.FAILED


def test_who_lost_the_right_meanwhile_gets_nothing(asked, evaluator):
    job = asked()
    evaluator.staff_assignments.all().delete()
    made(job)
    assert (job.state, job.file) == (ExportState.FAILED, "")


def test_a_figure_that_cannot_be_recomputed_stops_the_bundle(asked):
    Measurement.objects.filter(indicator="I09", status="OK").update(value=1)
    job = asked("BUNDLE", "zip")
    made(job)
    assert job.state == ExportState.FAILED
    assert "I09" in job.problem


# --- expiry ---


def test_the_file_goes_and_the_row_stays(asked, evaluator, client):
    job = made(asked())
    name = job.file
    assert services.exports_expire(now=NOW) == 0
    later = job.expires_at
    with pytest.raises(ValidationError):
        services.export_open(actor=evaluator, export=job, now=later)
    client.force_login(evaluator)
    page = client.get(f"{LIST}{job.pk}/").content.decode()
    # Nobody is sent after a file that only waits for the beat to be deleted.
    assert "再次申请" in page and f"{LIST}{job.pk}/file/" not in page
    assert services.exports_expire(now=later) == 1
    assert services.exports_expire(now=later) == 0
    job.refresh_from_db()
    assert (job.state, job.file) == (ExportState.EXPIRED, "")
    assert job.sha256 and job.rows and job.reason
    assert not storages["private"].exists(name)


# --- rights ---


def test_asking_takes_the_right_to_export_and_a_reason(asked, neighbourhood, clerk):
    for role in Role:
        user = factories.staff(f"one-{role}", role, neighbourhood.city)
        if role in roles_with(Action.FIGURES_EXPORT):
            assert asked(actor=user).requested_by == user
        else:
            with pytest.raises(PermissionDenied):
                asked(actor=user)
    with pytest.raises(PermissionDenied):
        asked(actor=factories.staff("elsewhere", Role.EVALUATOR, neighbourhood.other_county))
    with pytest.raises(ValidationError):
        asked(reason="  ")
    with pytest.raises(ValidationError):
        asked(form="exe")


@pytest.mark.parametrize("state", ExportState.values)
@pytest.mark.parametrize("who", ["own", "other", "clerk", "elsewhere"])
def test_cancelling_and_fetching_in_every_state(asked, neighbourhood, clerk, who, state):
    """Roles × states: one's own files only, as long as they are there; cancel while under way."""
    job = made(asked())
    if state != ExportState.READY:
        Export.objects.filter(pk=job.pk).update(state=state)
    job.refresh_from_db()
    user = {
        "own": job.requested_by,
        "other": factories.staff("second", Role.EVALUATOR, neighbourhood.city),
        "clerk": clerk,
        "elsewhere": factories.staff("third", Role.EVALUATOR, neighbourhood.other_county),
    }[who]
    if who == "own" and state == ExportState.READY:
        with services.export_open(actor=user, export=job, now=NOW) as file:
            assert file.read(3) == b"\xef\xbb\xbf"
        assert job.downloads.get().by == user
    else:
        error = ValidationError if who == "own" else PermissionDenied
        with pytest.raises(error):
            services.export_open(actor=user, export=job, now=NOW)
        assert not job.downloads.exists()
    if who != "own":
        with pytest.raises(PermissionDenied):
            services.export_cancel(actor=user, export=job, now=NOW)
    elif state in EXPORTS_UNDER_WAY:
        services.export_cancel(actor=user, export=job, now=NOW)
        job.refresh_from_db()
        assert job.state == ExportState.CANCELLED
    else:
        with pytest.raises(ValidationError):
            services.export_cancel(actor=user, export=job, now=NOW)


# --- screens ---


def test_from_the_form_to_the_file(screen, neighbourhood):
    given = {"place": neighbourhood.city.pk, "year": 2021, "what": "FIGURES.csv", "reason": "存档"}
    answer = screen.post(LIST + "new/", given)
    job = Export.objects.get()
    assert answer["Location"] == f"{LIST}{job.pk}/"
    waiting = screen.get(f"{LIST}{job.pk}/")
    assert waiting["Refresh"]
    assert "<progress" in waiting.content.decode()
    assert services.export_run(export_id=job.pk)
    job.refresh_from_db()
    ready = screen.get(f"{LIST}{job.pk}/")
    assert "Refresh" not in ready
    assert job.sha256 in ready.content.decode()
    file = screen.get(f"{LIST}{job.pk}/file/")
    assert b"".join(file.streaming_content) == content(job)
    assert "no-store" in file["Cache-Control"]
    page = screen.get(LIST).content.decode()
    assert "存档" in page


def test_a_form_without_a_reason_keeps_what_was_chosen(screen, neighbourhood):
    given = {"place": neighbourhood.city.pk, "year": 2020, "what": "BUNDLE.zip", "reason": ""}
    answer = screen.post(LIST + "new/", given)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="2020"' in page
    assert '<option value="BUNDLE.zip" selected>' in page
    assert not Export.objects.exists()


def test_the_list_has_filters_counts_and_says_what_to_do_when_empty(
    screen, asked, django_assert_max_num_queries
):
    empty = screen.get(LIST).content.decode()
    assert "还没有导出记录" in empty
    made(asked())
    asked("BUNDLE", "zip")
    assert len(screen.get(LIST + "?state=READY").context["page_obj"]) == 1
    assert len(screen.get(LIST + "?kind=BUNDLE").context["page_obj"]) == 1
    assert len(screen.get(LIST + "?mine=1").context["page_obj"]) == 2
    assert screen.get(LIST + "?state=FAILED").context["is_filtered"]
    counts = {code: count for code, _label, count in screen.get(LIST).context["states"]}
    assert (counts["READY"], counts["QUEUED"]) == (1, 1)
    for _number in range(5):
        asked()
    with django_assert_max_num_queries(30):
        screen.get(LIST)


@pytest.mark.parametrize(
    ("name", "status"), [("evaluator", 200), ("reviewer", 200), ("clerk", 404), ("outsider", 404)]
)
def test_who_sees_an_export(asked, client, request, neighbourhood, name, status):
    job = asked(place=neighbourhood.county)
    client.force_login(request.getfixturevalue(name))
    assert client.get(f"{LIST}{job.pk}/").status_code == status


def test_a_small_download_at_once_is_logged_and_a_large_one_is_made_by_a_worker(
    screen, neighbourhood, monkeypatch
):
    address = f"/staff/figures/export/?place={neighbourhood.county.code}&year=2021&format=xlsx"
    assert screen.get(address).status_code == 302
    assert not Export.objects.exists()
    answer = screen.get(address + "&reason=核对")
    job = Export.objects.get()
    assert (job.state, job.reason) == (ExportState.SENT, "核对")
    assert job.sha256 == hashlib.sha256(answer.content).hexdigest()
    monkeypatch.setattr("feedback.indicators.views.targets.AT_ONCE", 3)
    answer = screen.get(address + "&reason=核对")
    assert answer["Location"].startswith(LIST)
    assert Export.objects.filter(state=ExportState.QUEUED).count() == 1
    streamed = screen.get(address.replace("xlsx", "csv") + "&reason=核对")
    lines = b"".join(streamed.streaming_content).decode().splitlines()
    assert lines[0].startswith("\ufeffindicator,")
    assert len(lines) == Export.objects.filter(format="csv").get().rows + 1


# --- in public ---


def test_public_bundles_are_listed_and_fetched_by_anyone_others_are_not(asked, client):
    assert client.get("/api/v1/bundles").json()["items"] == []
    page = client.get("/figures/data/").content.decode()
    assert "还没有公开的证据包" in page and "/api/v1/openapi.json" in page
    assert "/figures/data/" in client.get("/figures/").content.decode()
    secret, job = made(asked("BUNDLE", "zip")), asked("PUBLIC", "zip")
    assert services.export_run(export_id=job.pk)
    job.refresh_from_db()
    found = client.get("/api/v1/bundles?place=1402&year=2021").json()["items"]
    assert [one["id"] for one in found] == [job.pk]
    assert found[0]["sha256"] == job.sha256
    file = client.get(found[0]["file"])
    assert hashlib.sha256(b"".join(file.streaming_content)).hexdigest() == job.sha256
    assert job.downloads.get().by is None
    assert client.get(f"/api/v1/bundles/{secret.pk}/file").status_code == 404
    assert client.get("/api/v1/bundles?year=2019").json()["count"] == 0
    page = client.get("/figures/data/").content.decode()
    assert job.sha256 in page and f"/api/v1/bundles/{job.pk}/file" in page
    assert secret.sha256 not in page
