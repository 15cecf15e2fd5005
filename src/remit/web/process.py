"""One serving process: ``python -m remit.web.process LISTENING_FD READY_FD``, as `remit serve` starts it."""

from __future__ import annotations

import sys

from remit.api.process import main
from remit.core.errors import RemitError
from remit.web.faces import put_faces_on

if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), int(sys.argv[2]), put_faces_on)
    except RemitError as error:
        print(f"remit: {error.message}" + (f"\n  = {error.mend}" if error.mend else ""), file=sys.stderr)
        sys.exit(error.exit_code)
