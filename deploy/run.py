"""Start Linli on this machine: `make run`. Any Python must be able to read this file."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.stderr.write(
        "Linli needs Python 3.11 or newer, this is %d.%d: make run PYTHON=python3.12\n"  # noqa: UP031
        % sys.version_info[:2]
    )
    sys.exit(1)

from launcher import main

sys.exit(main(sys.argv[1:]))
