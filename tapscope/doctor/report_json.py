"""The diagnosis as JSON, schema 1: the same order every time, ASCII, names for capabilities and errnos."""

import json
from dataclasses import fields, is_dataclass
from enum import Enum

from tapscope.attempt import Attempt
from tapscope.doctor import words
from tapscope.doctor.diagnosis import Diagnosis, Door
from tapscope.doctor.evidence import CapabilitySets, FileCapabilities, Probes, Unseen
from tapscope.doctor.finding import Finding
from tapscope.doctor.report import set_names
from tapscope.machine.capabilities import names_in

SCHEMA = 1

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def document(diagnosis: Diagnosis) -> dict[str, Json]:
    """The whole diagnosis as plain values. An unseen fact is ``{"unseen": reason}``, an absent one null."""
    return {
        "schema": SCHEMA,
        "interface": diagnosis.interface,
        "attempts": [_attempt(door) for door in diagnosis.doors],
        "findings": [_finding(finding) for finding in diagnosis.findings],
        "capabilities": plain(set_names(diagnosis.capabilities)),
        "evidence": plain(diagnosis.evidence),
    }


def text(diagnosis: Diagnosis) -> str:
    """The document, indented by two; ends with a newline."""
    return json.dumps(document(diagnosis), indent=2) + "\n"


def _attempt(door: Door) -> dict[str, Json]:
    return {
        "mode": door.mode,
        "step": str(door.call.step) if door.call else None,
        "errno": door.call.errno_name if door.call else None,
        "verdict": str(door.verdict),
        "causes": list(door.causes),
        "notes": list(door.notes),
    }


def _finding(finding: Finding) -> dict[str, Json]:
    return {
        "cause": finding.cause,
        "severity": str(finding.severity),
        "title": finding.title,
        "because": list(finding.facts),
        "remedies": [
            {"command": way.command, "effect": way.effect, "cost": way.cost, "reach": str(way.reach)}
            for way in finding.remedies
        ],
    }


def plain(value: object) -> Json:
    """Any evidence as JSON's own types. Raises ``TypeError`` for a type that evidence does not use."""
    if isinstance(value, Unseen):
        return {"unseen": value.reason}
    if isinstance(value, Enum):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return _record(value)


def _record(value: object) -> dict[str, Json]:
    if not is_dataclass(value):
        raise TypeError(f"evidence has no {type(value).__name__}")
    record: dict[str, object] = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, CapabilitySets):
        return {name: plain(names_in(getattr(value, name))) for name in record}
    if isinstance(value, FileCapabilities):
        record |= {"permitted": names_in(value.permitted), "inheritable": names_in(value.inheritable)}
    elif isinstance(value, Attempt):
        record["errno"] = value.errno_name
        del record["interface"]  # that of the whole report
    elif isinstance(value, Probes):
        record = {name: words.errno_name(item) if isinstance(item, int) else item for name, item in record.items()}
    return {name: plain(item) for name, item in record.items()}
