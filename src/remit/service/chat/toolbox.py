"""The tools as one asker may use them: each behind its doors, with what those let the asker reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from remit.chat.conversation import About, Answer, Result
from remit.chat.tools import DECIDE, TOOLS, Call, Tool
from remit.core.errors import AnswerIsNo, Forbidden, InputError, NotFound
from remit.identity.doors import Whose, enter
from remit.identity.principal import Principal
from remit.service.chat.cases import decide_case, propose_case
from remit.service.chat.desk import ChatDesk
from remit.service.chat.figures import kpis
from remit.service.chat.finding import search_decisions
from remit.service.chat.knowing import search_knowledge
from remit.service.chat.reach import Reach, Unclear
from remit.service.chat.reviewing import search_reviews
from remit.service.chat.supposing import what_if
from remit.service.chat.telling import explain, rules, sources

Doing = Callable[[Reach, Call], Result]
_DOING: Mapping[str, Doing] = {
    "explain": explain,
    "rules": rules,
    "sources": sources,
    "search_decisions": search_decisions,
    "search_reviews": search_reviews,
    "what_if": what_if,
    "propose_case": propose_case,
    "search_knowledge": search_knowledge,
    "kpis": kpis,
    DECIDE.name: decide_case,
}


class Rights:
    """`remit.chat.ports.Toolbox` for one asker and one question. `used` is what was used, in order."""

    def __init__(self, desk: ChatDesk, principal: Principal, request_key: str) -> None:
        self._desk = desk
        self._principal = principal
        self._request_key = request_key
        self.used: list[Call] = []

    def use(self, call: Call) -> Result:
        """Use a tool. A door that stays shut, and words that are off, are answers; what fails on our side is raised."""
        tool = TOOLS.get(call.tool, DECIDE)
        self.used.append(call)
        try:
            reach = Reach(self._desk, self._principal, self._entered(tool), self._request_key)
            _hold_complete(tool, call)
            return _DOING[tool.name](reach, call)
        except Unclear as error:
            about = About(subject=str(call.args.get("decision")))
            return Result(tool.name, Answer(str(error), about=about, outcome="unclear"))
        except Forbidden as error:
            return Result(tool.name, Answer(f"Your roles do not open this: {_sentence(error)}", outcome="refused"))
        except NotFound as error:
            return Result(tool.name, Answer(f"I found nothing: {_sentence(error)}", outcome="not_found"))
        except (InputError, AnswerIsNo) as error:
            return Result(tool.name, Answer(f"That does not work: {_sentence(error)}", outcome="refused"))

    def _entered(self, tool: Tool) -> Whose:
        """Whose things the asker reaches through every one of the tool's doors. Raises Forbidden."""
        reached = []
        for name in tool.doors:
            try:
                reached.append(enter(self._principal, name))
            except Forbidden:
                self._desk.denied(self._principal, name)
                raise
        return "own" if "own" in reached else "any"


def _hold_complete(tool: Tool, call: Call) -> None:
    known = {slot.name for slot in tool.slots}
    missing = [name for name in tool.required if call.args.get(name) in (None, "")]
    if missing or set(call.args) - known:
        raise InputError(f"`{tool.name}` needs {', '.join(tool.required)} and takes {', '.join(sorted(known))}")


def _sentence(error: InputError | AnswerIsNo) -> str:
    mend = f" ({error.mend})" if error.mend else ""
    return f"{error.message}{mend}."
