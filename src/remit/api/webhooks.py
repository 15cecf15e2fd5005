"""``/v1/webhooks``: who is told of what, and what became of the messages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from remit.api.body import Body, Moment
from remit.api.doors import Entered, TheEngine, door
from remit.service.webhooks import deliveries, endpoints
from remit.webhooks.told import TYPES

router = APIRouter(prefix="/webhooks", tags=["webhooks"])

Manager = Annotated[Entered, Depends(door("webhooks.manage"))]
Url = Annotated[str, Field(max_length=2_000, examples=["https://shop.example/remit"])]
Types = Annotated[list[str], Field(max_length=len(TYPES), examples=[["decision.final", "review.opened"]])]
Text = Annotated[str, Field(max_length=500)]


class EndpointView(BaseModel):
    """An endpoint. `types` is empty when it is told of everything."""

    endpoint_id: str = Field(examples=["01M832VBTANGPPSM8E6ND743RG"])
    url: str = Field(examples=["https://shop.example/remit"])
    types: list[str] = Field(examples=[["decision.final"]])
    description: str = Field(examples=["The shop's order system"])
    state: Literal["enabled", "disabled", "removed"]
    reason: str | None = Field(description="Why it is not told any more.")
    failing_since: datetime | None = Field(description="Since when no message has arrived; it is disabled after days.")
    version: int
    made_by: str = Field(examples=["adam"])
    made_at: datetime


class EndpointWithSecret(EndpointView):
    """An endpoint and its secret, which nothing ever shows again."""

    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class DeliveryView(BaseModel):
    """One message on its way to one endpoint; `status`, `error` and `answer` are of the last try."""

    delivery_id: str = Field(examples=["01M832VBTANGPPSM8E6ND743RH"])
    endpoint_id: str = Field(examples=["01M832VBTANGPPSM8E6ND743RG"])
    message_id: str = Field(description="The header webhook-id; the id of the ledger's event.")
    type: str = Field(examples=["decision.final"])
    state: Literal["pending", "delivered", "dead"]
    tries: int
    due_at: datetime | None
    made_at: datetime
    status: int | None = Field(examples=[503])
    error: str | None
    answer: str | None = Field(description="How the answer began.")


class EndpointInFull(EndpointView):
    """An endpoint with its newest deliveries."""

    deliveries: list[DeliveryView]


class NewEndpoint(Body):
    """Somebody who wants to be told."""

    url: Url
    types: Types = Field(default=[], description="Of what; everything when it is empty.")
    description: Text = ""


class EndpointChange(Body):
    """What is to be different; what is left out stays."""

    url: Url | None = None
    types: Types | None = None
    description: Text | None = None


class Because(Body):
    """Why."""

    reason: Text = Field(min_length=1, examples=["The shop moves this weekend."])


class Again(Body):
    """Which delivery, or since when all that are dead: one of the two."""

    delivery_id: str | None = Field(default=None, max_length=100)
    since: Moment | None = None


class OnTheirWay(BaseModel):
    """The deliveries that the worker sends again."""

    deliveries: list[str]


class DeliveryPage(BaseModel):
    """Deliveries, the newest first. `next` goes into `before` for the next page; null on the last one."""

    deliveries: list[DeliveryView]
    next: str | None


@router.get("", response_model=list[EndpointView])
def list_all(engine: TheEngine, who: Manager) -> list[dict[str, Any]]:
    """Every endpoint, the oldest first."""
    return endpoints.list_endpoints(engine.webhooks)


@router.post("", status_code=201, response_model=EndpointWithSecret)
def add(asked: NewEndpoint, response: Response, engine: TheEngine, who: Manager) -> dict[str, Any]:
    """Tell an endpoint from now on. The answer alone holds its secret."""
    made = endpoints.add_endpoint(
        engine.webhooks, asked.url, who.actor, types=asked.types, description=asked.description
    )
    response.headers["Location"] = f"/v1/webhooks/{made['endpoint_id']}"
    response.headers["Cache-Control"] = "no-store"
    return made


@router.get("/{endpoint_id}", response_model=EndpointInFull)
def show(endpoint_id: str, engine: TheEngine, who: Manager) -> dict[str, Any]:
    """One endpoint with its newest deliveries."""
    return endpoints.show_endpoint(engine.webhooks, endpoint_id)


@router.patch("/{endpoint_id}", response_model=EndpointView)
def change(endpoint_id: str, asked: EndpointChange, engine: TheEngine, who: Manager) -> dict[str, Any]:
    """Give an endpoint another URL, other types or another description."""
    return endpoints.change_endpoint(
        engine.webhooks, endpoint_id, who.actor, url=asked.url, types=asked.types, description=asked.description
    )


@router.delete("/{endpoint_id}", response_model=EndpointView)
def remove(endpoint_id: str, engine: TheEngine, who: Manager) -> dict[str, Any]:
    """Take an endpoint away for good, with its secrets."""
    return endpoints.remove_endpoint(engine.webhooks, endpoint_id, who.actor)


@router.post("/{endpoint_id}/secret", response_model=EndpointWithSecret)
def rotate(endpoint_id: str, response: Response, engine: TheEngine, who: Manager) -> dict[str, Any]:
    """Give an endpoint a new secret. For a day the old one signs beside it."""
    response.headers["Cache-Control"] = "no-store"
    return endpoints.rotate_secret(engine.webhooks, endpoint_id, who.actor)


@router.post("/{endpoint_id}/disable", response_model=EndpointView)
def disable(endpoint_id: str, asked: Because, engine: TheEngine, who: Manager) -> dict[str, Any]:
    """Tell an endpoint nothing until it is enabled."""
    return endpoints.disable_endpoint(engine.webhooks, endpoint_id, who.actor, asked.reason)


@router.post("/{endpoint_id}/enable", response_model=EndpointView)
def enable(endpoint_id: str, engine: TheEngine, who: Manager) -> dict[str, Any]:
    """Tell an endpoint again, and of what was still pending."""
    return endpoints.enable_endpoint(engine.webhooks, endpoint_id, who.actor)


@router.get("/{endpoint_id}/deliveries", response_model=DeliveryPage)
def list_of(
    endpoint_id: str,
    engine: TheEngine,
    who: Manager,
    state: Literal["pending", "delivered", "dead"] | None = None,
    before: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=deliveries.LISTED_MAX)] = 50,
) -> dict[str, Any]:
    """What became of the messages to an endpoint, the newest first."""
    found = deliveries.list_deliveries(engine.webhooks, endpoint_id, state=state, before=before, limit=limit)
    return {"deliveries": found, "next": found[-1]["delivery_id"] if len(found) == limit else None}


@router.post("/{endpoint_id}/redeliver", status_code=202, response_model=OnTheirWay)
def redeliver(endpoint_id: str, asked: Again, engine: TheEngine, who: Manager) -> dict[str, Any]:
    """Have messages delivered again by the worker, under the same ids."""
    done = deliveries.redeliver(
        engine.webhooks, endpoint_id, who.actor, delivery_id=asked.delivery_id, since=asked.since
    )
    return {"deliveries": done}


@router.post("/{endpoint_id}/test", status_code=202, response_model=DeliveryView)
def send_test(endpoint_id: str, engine: TheEngine, who: Manager) -> dict[str, Any]:
    """Have the worker send a message of the type webhook.test; ask for its delivery to see what came of it."""
    return deliveries.add_test(engine.webhooks, endpoint_id, who.actor)
