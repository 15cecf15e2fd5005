"""Make what the first question would have to wait for, before anybody asks."""

from __future__ import annotations

import logging

from remit.core.errors import RemitError
from remit.service.chat.desk import ChatDesk

_log = logging.getLogger(__name__)


def prepare(desk: ChatDesk) -> None:
    """Make the state machine and the brain, which takes seconds in a fresh data folder.

    What fails here fails nobody: it is written down, and made again by the first question, which tells its asker.
    """
    from remit.agents.chat_graph import state_machine

    try:
        state_machine()
        desk.brain()
    except RemitError as error:
        _log.error("the chat could not be prepared: %s", error.message)
    except Exception as error:  # noqa: BLE001  a server serves without its chat, too
        _log.error("the chat could not be prepared: unexpected %s", type(error).__name__, exc_info=True)
