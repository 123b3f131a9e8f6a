"""Why an answer is not taken. Messages are for the person answering."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class NotOpen(ValidationError):
    def __init__(self) -> None:
        super().__init__(_("This survey is not open for answers."), code="not_open")


class WrongPlace(ValidationError):
    def __init__(self) -> None:
        super().__init__(_("This household code belongs to another community."), code="wrong_place")


class CodeNeeded(ValidationError):
    def __init__(self) -> None:
        super().__init__(_("Please enter the household code from your letter."), code="code_needed")


class UnknownReceipt(ValidationError):
    """One message whether it never existed or was withdrawn."""

    def __init__(self) -> None:
        super().__init__(_("No answer is stored under this receipt."), code="unknown_receipt")


class AnswerConflict(ValidationError):
    """The same form was already sent with other answers; those count until they are replaced."""

    def __init__(self, receipt: str) -> None:
        super().__init__(_("This form was already sent with other answers."), code="conflict")
        self.receipt = receipt


class InvalidAnswers(ValidationError):
    """`errors`: question key → what is wrong."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(list(errors.values()), code="invalid")
        self.errors = errors


class ConsentNeeded(ValidationError):
    """A survey with names asks first."""

    def __init__(self) -> None:
        text = _("Please tick that you agree; this survey keeps your answers with your home.")
        super().__init__(text, code="consent_needed")
