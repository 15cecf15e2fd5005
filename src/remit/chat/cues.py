"""Words that hardly any other intent uses. They add to the nearness of a question; alone they decide nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "explain": (
        r"\bwhy\b",
        r"\bexplain",
        r"\breasons? (?:for|that|why|behind)",
        r"\bwhat reason",
        r"\bstatus of\b",
        r"\bstand with\b",
        r"\bwhat happened (?:to|with)\b",
        r"\bbecame of\b",
    ),
    "rules": (r"\brules?\b(?! for)", r"\bclauses?\b", r"\bprovisions?\b", r"\bpolicy (?:checks?|findings?)\b"),
    "sources": (
        r"\bsources?\b",
        r"\bcit(?:ed|ations?)\b",
        r"\bevidence\b",
        r"\brests? on\b",
        r"\bbased on\b",
        r"\bpassages? (?:were|did)\b",
    ),
    "search_decisions": (
        r"^(?:please )?(?:list|find|show(?: me)?|give me|which|any|all|everything|search for)\b.*"
        r"\b(?:decisions?|declined|denied|approved|escalated|rejected|executed|failed|scrapped|granted|waiting)\b",
        r"\b(?:recent|latest|newest) (?:decisions|cases)\b",
        r"^(?:declined|denied|approved|escalated|rejected)\b",
    ),
    "search_reviews": (r"\b(?:review|approval) queue\b", r"\breviews\b", r"\bpending approvals?\b"),
    "what_if": (
        r"\bwhat if\b",
        r"\bsuppos(?:e|ing)\b",
        r"\bimagine\b",
        r"\bassum(?:e|ing)\b",
        r"\bsimulate\b",
        r"\b(?:re-?run|try) .*\bwith\b",
        r"\bif\b.*\b(?:is|was|were|had|asked)\b",
        r"^and with\b",
        r"\bwould .*\bwith\b",
    ),
    "propose_case": (
        r"\bdecide\b(?! on)",
        r"\b(?:a|your) decision (?:on|for)\b",
        r"\bnew (?:case|application|request|plate)\b",
        r"\bthis (?:case|application)\b.*:",
        r"\bsubmit\b",
        r"\bhere is (?:a|the) case\b",
    ),
    "search_knowledge": (
        r"\bhandbook\b",
        r"\bguidelines?\b",
        r"\bmanual\b",
        r"\bdocuments? say\b",
        r"\bwritten\b",
        r"\bprocedures?\b",
        r"\baccording to\b",
        r"\bknowledge base\b",
        r"\b(?:may|must|should) (?:a|an|the|we|i|be)\b",
        r"\bis (?:a|an) .*\b(?:needed|allowed|required)\b",
    ),
    "kpis": (
        r"\bhow many\b",
        r"\b\w+ rate\b",
        r"\bpercentage\b",
        r"\bshare of\b",
        r"\bcharts?\b",
        r"\bfigures\b",
        r"\bkpis?\b",
        r"\bstatistics\b",
        r"\bnumber of\b",
        r"\bcount\b",
        r"\bplot\b",
        r"\bproportion\b",
        r"\bvolume\b",
    ),
    "approve": (
        r"\bapprove\b",
        r"^(?:please )?reject\b",
        r"\bsign(?: it| this| the)?(?: off)?\b",
        r"\blet .*\b(?:pass|through)\b",
        r"\boverride\b",
    ),
    "help": (
        r"\bwhat can (?:you|i)\b",
        r"\bable to do\b",
        r"\bexamples? of\b",
        r"^(?:hi|hello|hey|thanks|help|good (?:morning|day))\b",
    ),
    "elsewhere": (
        r"^(?:please )?(?:add|remove|rename|delete|revoke|restart|upload|activate|train|retrain|call|send|e?mail)\b",
        r"^(?:please )?(?:export|unsubscribe|book|write|translate|sing|play|convert|turn o\w+|fix|print|schedule)\b",
        r"^(?:please )?(?:ignore|forget)\b",
        r"\b(?:phone|e?mail|street) (?:number|address)\b",
        r"\bweather\b",
        r"\brecipe\b",
        r"\bpassword\b",
        r"\bsystem prompt\b",
    ),
}
CUES: Mapping[str, re.Pattern[str]] = {
    intent: re.compile("|".join(patterns), re.IGNORECASE) for intent, patterns in _PATTERNS.items()
}
