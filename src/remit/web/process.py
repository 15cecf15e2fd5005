"""One process of `remit serve`, with API and pages: ``python -m remit.web.process LISTENING_FD READY_FD``."""

from __future__ import annotations

import sys

from remit.api.process import run
from remit.web.mount import add_pages

if __name__ == "__main__":
    sys.exit(run(sys.argv, add_pages))
