"""XLSForm (.xlsx) in and out: docs/xlsform.md has the grammar.

sheets → rows → blocks, with an issue for every row, or part of one, that can't be held
blocks → sheets
"""

from feedback.surveys.xlsform.reading import FormFileError
from feedback.surveys.xlsform.report import Issue, alike
from feedback.surveys.xlsform.to_blocks import Imported, import_form
from feedback.surveys.xlsform.to_sheets import export_form

__all__ = ["FormFileError", "Imported", "Issue", "alike", "export_form", "import_form"]
