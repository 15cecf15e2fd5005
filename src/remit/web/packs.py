"""``/packs``: what packs there are, and what each may do, reads and learns."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response

from remit.api.doors import Entered, TheEngine
from remit.service.describe_packs import describe_contract, describe_pack, list_packs
from remit.web.gate import page_door
from remit.web.page_route import pages
from remit.web.render import page

router = pages()
Reader = Annotated[Entered, Depends(page_door("packs.read"))]


@router.get("/packs")
def packs(request: Request, engine: TheEngine, _who: Reader) -> Response:
    """Every pack that can be found."""
    return page(request, "packs.html", packs=list_packs(engine.services))


@router.get("/packs/{name}")
def pack(name: str, request: Request, engine: TheEngine, _who: Reader) -> Response:
    """One pack: its decisions with their actions, evidence and outcome, and the fields of a case."""
    found = describe_pack(engine.services, name)
    contracts = {each["name"]: describe_contract(engine.services, name, each["name"]) for each in found["decisions"]}
    return page(request, "pack.html", pack=found, contracts=contracts)
