"""Runs the programs of a test inside an installation: Django starts once and not for each of them.

On standard input a program a line, on standard output what it printed and the error it ended with,
all as JSON.
"""

import contextlib
import io
import json
import sys
import traceback

import django

django.setup()
for line in sys.stdin:
    printed, failed = io.StringIO(), ""
    with contextlib.redirect_stdout(printed):
        try:
            exec(json.loads(line), {})  # noqa: S102
        except Exception:
            failed = traceback.format_exc()
    print(json.dumps([printed.getvalue(), failed]), flush=True)
