"""Single answers of a sealed survey as files, for whoever may export figures there."""

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from feedback.surveys import microdata, services
from feedback.surveys.microdata_sav import sav_write
from feedback.surveys.models import Survey
from feedback.surveys.permissions import may_export, work_survey_or_404
from feedback.surveys.staff_forms import ReleaseForm
from feedback.surveys.staff_views import list_crumb, staff_page, staff_user, survey_crumb


@require_http_methods(["GET", "POST"])
def export(request: HttpRequest, pk: int) -> HttpResponse | FileResponse | StreamingHttpResponse:
    """Says what is in the files and asks why they are taken; then sends one."""
    user = staff_user(request)
    survey = work_survey_or_404(user, pk)
    if not may_export(user, survey):
        raise PermissionDenied
    form = ReleaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        what = form.cleaned_data["what"]
        try:
            services.microdata_release(
                survey=survey, user=user, reason=form.cleaned_data["reason"], what=what
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _file(survey, what)
    crumbs = [list_crumb(), survey_crumb(survey)]
    context = {"survey": survey, "form": form}
    response = staff_page(request, "microdata", _("Single answers"), crumbs, context)
    response.status_code = 422 if form.errors else 200
    return response


def _file(survey: Survey, what: str) -> FileResponse | StreamingHttpResponse:
    columns = services.microdata_columns(survey)
    rare = microdata.rare_of(services.microdata_records(survey), columns)
    response: FileResponse | StreamingHttpResponse
    if what == ReleaseForm.SPSS:
        response, name = FileResponse(_sav(survey, columns, rare)), f"{survey.slug}.sav"
        response["Content-Type"] = "application/x-spss-sav"
    else:
        if what == ReleaseForm.CODEBOOK:
            table = microdata.codebook_rows(columns, rare, survey.merkle_root)
        else:
            table = microdata.rows(services.microdata_records(survey), columns, rare)
        lines = microdata.csv_lines(table)
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        name = f"{survey.slug}-{what}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _sav(survey: Survey, columns: list[microdata.Column], rare: microdata.Rare) -> BinaryIO:
    """The file in memory; on the disk nothing of it stays."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "answers.sav"
        demonstration = ["DEMONSTRATION DATA 演示数据"] if settings.DEMONSTRATION else []
        sav_write(
            path,
            microdata.rows(services.microdata_records(survey), columns, rare),
            columns,
            title=survey.title,
            notes=[*demonstration, "Merkle root:", survey.merkle_root],
            language=get_language() or "zh-hans",
        )
        return BytesIO(path.read_bytes())
