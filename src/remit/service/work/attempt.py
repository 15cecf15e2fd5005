"""One attempt to carry a decision on, told in a word. It may be repeated: the decision's row says where to go on."""

from __future__ import annotations

import logging
import os

from remit.core.errors import Conflict, RemitError
from remit.service.runs import carry_on
from remit.service.services import Services

_log = logging.getLogger(__name__)

BUSY = "busy"


def attempt(services: Services, decision_id: str) -> str:
    """The status that the decision has reached; ``busy`` when somebody else is at work on it; else an error's code.

    Nothing of the case is in the word: the queue keeps it, and no erasure reaches there.
    """
    try:
        return str(carry_on(services, decision_id)["status"])
    except Conflict:
        return BUSY
    except RemitError as error:
        _log.warning("decision %s could not be carried on: %s", decision_id, error.message)
        return f"error: {error.code}"
    except Exception as error:  # noqa: BLE001  a worker outlives whatever one decision does to it
        traceback = bool(os.environ.get("REMIT_DEBUG"))
        _log.error("decision %s: unexpected %s", decision_id, type(error).__name__, exc_info=traceback)
        return f"error: {type(error).__name__}"
