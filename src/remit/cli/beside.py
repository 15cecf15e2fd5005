"""The worker beside the serving processes: ``python -m remit.cli.beside READY_FD``, as `remit serve` starts it."""

from __future__ import annotations

import os
import sys

from remit.api.edge.logs import log_json
from remit.cli.worker import work_until_told
from remit.core.errors import RemitError
from remit.settings import load_settings

if __name__ == "__main__":
    os.close(int(sys.argv[1]))
    try:
        log_json(load_settings().log_level)
        work_until_told()
    except RemitError as error:
        print(f"remit: {error.message}" + (f"\n  = {error.mend}" if error.mend else ""), file=sys.stderr)
        sys.exit(error.exit_code)
