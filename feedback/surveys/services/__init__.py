"""Every write of the package, by subject; call them from here."""

from feedback.surveys.services.errors import (
    AnswerConflict,
    CodeNeeded,
    InvalidAnswers,
    NotOpen,
    UnknownReceipt,
    WrongPlace,
)
from feedback.surveys.services.importing import ImportedAnswer, responses_import
from feedback.surveys.services.rebuilding import STEP, tallies_sweep, tally_rebuild
from feedback.surveys.services.sealing import (
    Leaf,
    survey_close,
    survey_leaves,
    survey_seal,
    surveys_close_due,
)
from feedback.surveys.services.submissions import (
    Submitted,
    response_replace,
    response_submit,
    response_withdraw,
)
from feedback.surveys.services.writing import (
    Sample,
    invitation_record,
    invitations_record_all,
    sample_survey,
    samples,
    survey_create,
    survey_publish,
)

__all__ = [
    "STEP",
    "AnswerConflict",
    "CodeNeeded",
    "ImportedAnswer",
    "InvalidAnswers",
    "Leaf",
    "NotOpen",
    "Sample",
    "Submitted",
    "UnknownReceipt",
    "WrongPlace",
    "invitation_record",
    "invitations_record_all",
    "response_replace",
    "response_submit",
    "response_withdraw",
    "responses_import",
    "sample_survey",
    "samples",
    "survey_close",
    "survey_create",
    "survey_leaves",
    "survey_publish",
    "survey_seal",
    "surveys_close_due",
    "tallies_sweep",
    "tally_rebuild",
]
