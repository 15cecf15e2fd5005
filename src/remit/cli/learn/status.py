"""`remit learn status`: where learning stands."""

from __future__ import annotations

from typing import Any

from remit.cli.common import AsJson, DecisionName, PackName, open_engine, print_json, say


def command(pack: PackName, as_json: AsJson = False, decision: DecisionName = None) -> None:
    """Show a decision's champion, its models, what the gate said, and every rollout."""
    from remit.service.learning.status import learning_status

    with open_engine() as engine:
        found = learning_status(engine.services, pack, decision=decision)
    if as_json:
        print_json(found)
        return
    deciding = found["deciding"]
    say(f"{found['decision']}: " + (f"model {deciding[:12]} decides" if deciding else "rules decide"))
    if found["exploration"]:
        each = found["exploration"]
        left = f"{each['spent']:g} of {each['loss_day_max']:g} of expected loss is spent on {each['day']}"
        say(f"  explores other actions with probability {each['floor']:g} each; {left}")
    for model in found["models"]:
        say(f"  model {model['sha256'][:12]}  {model['state']}  registered by {model['registered_by']}")
    for gate in found["gates"]:
        say(f"  gate of {gate['challenger'][:12]}: {gate['word']}, {gate['report']['reasons'][0]}")
    for rollout in found["rollouts"]:
        _say_rollout(rollout)
    if found["now"]:
        now = found["now"]
        say(f"  now: {now['pairs']} pairs of {now['matured']} matured cases; would {now['would']}: {now['why']}")
    say_watch(found["watch"])


def say_watch(watch: dict[str, Any]) -> None:
    """How far the watch for drift is, and its alarms that nobody has acknowledged."""
    series = ", ".join(watch["watched"]) or "nothing yet"
    say(f"  watch: {watch['decisions']} decisions, {watch['labels']} outcomes; watched: {series}")
    if watch["promise"]:
        say(f"  {_promise(watch['promise'])}")
    for alarm in watch["alarms"]:
        if alarm["acknowledged"] is None:
            say(f"  ALARM {alarm['alarm_id']}: {alarm['series']} {_what(alarm)}, since {alarm['raised_at']}")


def _promise(promise: dict[str, Any]) -> str:
    threshold = f"threshold {promise['threshold']:.6g}, at most {promise['bound']:.0%} wrong"
    return f"{threshold}: {'broken' if promise['is_broken'] else 'kept'} in {promise['cases']} outcomes since"


def _what(alarm: dict[str, Any]) -> str:
    if alarm["series"] != "promise":
        return "has shifted"
    below = f"below {alarm['holds_from']:.6g}" if "holds_from" in alarm else "in every case"
    return f"of the threshold {alarm['threshold']:.6g} is broken: a person decides {below}"


def _say_rollout(rollout: dict[str, Any]) -> None:
    say(f"  rollout {rollout['rollout_id']} of {rollout['challenger'][:12]}: {rollout['state']}, {rollout['step']}")
    if rollout["last_look"]:
        say(f"    {rollout['last_look']['verb']}: {rollout['last_look']['why']}")
