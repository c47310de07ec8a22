"""A report as an agent sends it, and as the bot takes it: strict, since an agent may be broken, or somebody else's."""

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bot.booking.observed import Fault, Process, Reading
from bot.fleet.probe import Report

VERSION = 1
MOST_GPUS = 64
OLDEST = 31_536_000.0  # seconds
STALE = 300.0  # older readings are none


def encoded(report: Report, now: datetime) -> bytes:
    """JSON. The report's age is sent instead of its instant, so that no two clocks need agree."""
    gpus = [asdict(reading) for reading in report.readings]
    for gpu in gpus:
        del gpu["node"], gpu["at"]
    age = max(0.0, (now - report.at).total_seconds())
    sent = {"version": VERSION, "node": report.node, "age": age, "fault": report.fault, "why": report.why, "gpus": gpus}
    return json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode()


def decoded(body: bytes, node: str, now: datetime) -> Report:
    """The report of `node`, whatever name it gives itself. Raises ValueError, in words for the log."""
    try:
        sent = _Report.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{where or 'the answer'}: {first['msg']}"[:200]) from None
    if sent.age > STALE and sent.fault is None:
        raise ValueError(f"the readings are {sent.age:.0f} seconds old")
    at = now - timedelta(seconds=sent.age)
    readings = tuple(_reading(gpu, node, at, sent.fault) for gpu in sent.gpus)
    for what in ("uuid", "index"):
        told = [value for reading in readings if (value := getattr(reading, what)) != ""]
        if len(set(told)) < len(told):
            raise ValueError(f"two GPUs have one {what}")
    return Report(node, at, readings, sent.fault, sent.why)


def _plain(written: str) -> str:
    if not written.isprintable():
        raise ValueError("holds control characters")
    return written


Text = Annotated[str, AfterValidator(_plain), Field(max_length=96)]
Percent = Annotated[int, Field(ge=0, le=100)]
Megabytes = Annotated[int, Field(ge=0, le=100_000_000)]


class _Strict(BaseModel):
    # A newer agent may say more than this bot understands.
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False, frozen=True)


class _Process(_Strict):
    pid: int = Field(ge=0, le=2**32)
    login: Text | None
    command: Text
    memory_mb: Megabytes | None = None
    compute: bool = True
    container: Text | None = None


class _Gpu(_Strict):
    uuid: str = Field(pattern=r"^(?:GPU-[A-Za-z0-9-]{1,80})?$")  # empty: one that fails, and cannot say who it is
    index: int = Field(ge=0, le=1023)
    model: Text = ""
    utilisation: Percent | None = None
    memory_used_mb: Megabytes | None = None
    memory_total_mb: Megabytes | None = None
    temperature: int | None = Field(None, ge=-100, le=1000)
    power: float | None = Field(None, ge=0, le=100_000)
    ecc_errors: int | None = Field(None, ge=0, le=2**63)
    throttled: list[Text] = Field([], max_length=16)
    mig: bool = False
    processes: list[_Process] | None = Field([], max_length=512)
    fault: Fault | None = None
    busy: Percent | None = None


class _Report(_Strict):
    version: int = Field(ge=VERSION, le=VERSION)
    node: Text
    age: float = Field(ge=0, le=OLDEST)
    fault: Fault | None = None
    why: str = Field("", max_length=200)
    gpus: list[_Gpu] = Field(max_length=MOST_GPUS)


def _reading(gpu: _Gpu, node: str, at: datetime, fault: Fault | None) -> Reading:
    if (fault or gpu.fault) is not None or not gpu.uuid:
        why = gpu.fault or fault or Fault.UNKNOWN
        return Reading(node, gpu.uuid, gpu.index, at, gpu.model, processes=None, fault=why)
    processes = None if gpu.processes is None else tuple(Process(**dict(one)) for one in gpu.processes)
    said = dict(gpu) | {"node": node, "at": at, "throttled": tuple(gpu.throttled), "processes": processes}
    return Reading(**said)
