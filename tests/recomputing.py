"""The figures of a report computed a second time, from what `crunchtime export` prints and nothing else.

None of the report's own code is used here: another way to the same numbers, minute by minute where that is plain.
"""

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Export = dict[str, list[dict[str, Any]]]
Figures = dict[tuple[str, str, str], float | None]

WAITING = {"pending", "offered", "booked"}
HAD = {"booked", "active", "ended", "released", "no_show"}
NO_PROMISE = {"pending", "offered", "denied", "expired", "cancelled", "no_show"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def minute(instant: datetime) -> int:
    return math.floor(instant.timestamp() / 60)


class Recomputed:
    """One month of an export. `pools`: sizes; `now`: when the report was made."""

    def __init__(self, export: Export, pools: dict[str, int], zone: str, year: int, month: int, now: datetime) -> None:
        self.export, self.pools, self.zone = export, pools, ZoneInfo(zone)
        first, following = date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
        self.start, self.end = self.midnight(first), min(self.midnight(following), now)
        days = [first + timedelta(days=n) for n in range((following - first).days)]
        mondays = [day for day in days if day == first or day.isoweekday() == 1]
        bounds = [*mondays, following]
        self.weeks = {
            day: (self.midnight(day), min(self.midnight(bounds[place + 1]), now))
            for place, day in enumerate(mondays)
            if self.midnight(day) < now
        }
        self.made = {}
        for entry in export["audit"]:
            if entry["reservation"] and entry["before"] is None and entry["after"]:
                self.made.setdefault(entry["reservation"], at(entry["at"]))
        self.minutes = self._minutes()
        self.tries = self._tries()
        self.starts = self._starts()

    def midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)

    def figures(self) -> Figures:
        """Every row but those of deadlines by name: (figure, of, unit) to value."""
        whole = (self.start, self.end)
        found: Figures = {}
        self._put(found, "all", self._hours(whole, None) | self._waits(self._within(whole)) | self._demand(whole))
        shares = self._shares()
        promised, met = self._promises()
        found["promised runs", "all", "count"] = sum(promised.values())
        found["promised runs done in time", "all", "count"] = sum(met.values())
        found["requests in vain before a deadline", "all", "count"] = self._in_vain()
        found["members", "all", "count"] = len(shares)
        squares = sum(share**2 for share in shares.values())
        found["jain index", "all", ""] = sum(shares.values()) ** 2 / (len(shares) * squares) if squares else None
        for pool in self.pools:
            self._put(found, f"pool {pool}", self._hours(whole, pool))
        for first, week in self.weeks.items():
            mine = self._hours(week, None) | self._waits(self._within(week)) | self._demand(week)
            self._put(found, f"week of {first}", mine)
        near = [one for one in self._within(whole) if self._is_near(one[0])]
        far = [one for one in self._within(whole) if not self._is_near(one[0])]
        self._put(found, "before deadlines", self._waits(near))
        self._put(found, "otherwise", self._waits(far))
        for label in promised:
            found["promised runs", label, "count"] = promised[label]
            found["promised runs done in time", label, "count"] = met[label]
        return found

    def _put(self, found: Figures, of: str, named: dict[tuple[str, str], float | None]) -> None:
        found |= {(name, of, unit): value for (name, unit), value in named.items()}

    def _minutes(self) -> list[tuple[str, str, str, int, int]]:
        """What was had: (reservation, member, pool, from, until), one for each GPU."""
        given_up: dict[tuple[str, str], int] = {}
        was_active: set[str] = set()
        for entry in self.export["audit"]:
            before, after = entry["before"], entry["after"]
            if not before or not after or entry["reservation"] is None:
                continue
            id_ = after["id"]
            if before["state"] == "active":
                was_active.add(id_)
            for gpu in after["gpus"]:
                given_up.pop((id_, gpu), None)
            if before["state"] == after["state"] == "active":
                for gpu in set(before["gpus"]) - set(after["gpus"]):
                    given_up[id_, gpu] = min(minute(at(entry["at"])), minute(at(before["end"])))
        found = []
        for one in self.export["reservations"]:
            first, last = minute(at(one["start"])), minute(at(one["end"]))
            counts = one["state"] in HAD or (one["state"] in {"revoked", "displaced"} and one["id"] in was_active)
            if counts:
                found += [(one["id"], one["member"], one["pool"], first, last) for _ in one["gpus"]]
            if one["state"] not in {"pending", "offered"}:
                found += [
                    (id_, one["member"], one["pool"], first, until)
                    for (id_, _), until in given_up.items()
                    if id_ == one["id"] and until > first
                ]
        return found

    def _hours(self, window: tuple[datetime, datetime], pool: str | None) -> dict[tuple[str, str], float | None]:
        first, last = minute(window[0]), minute(window[1])
        size = sum(count for name, count in self.pools.items() if pool in (None, name))
        dark = set()
        for one in self.export["outages"]:
            if pool in (None, one["pool"]):
                span = range(max(first, minute(at(one["start"]))), min(last, minute(at(one["end"]))))
                dark |= {(one["gpu"], each) for each in span}
        reserved = sum(
            max(0, min(last, until) - max(first, since))
            for _, _, its, since, until in self.minutes
            if pool in (None, its)
        )
        node_pool = {"atlas": "a100", "titan": "3090"}
        seen = [
            one
            for one in self.export["usage"]
            if window[0] <= at(one["start"]) < window[1] and pool in (None, node_pool[one["gpu"].split(":")[0]])
        ]
        mine = [one for one in seen if one["reservation"]]
        parts = {name: sum(round(60 * one[f"{name}_hours"]) for one in mine) for name in ("used", "idle", "unknown")}
        unbooked = sum(round(60 * one["used_hours"]) for one in seen if not one["reservation"])
        watched = sum(parts.values()) > 0
        found: dict[str, float | None] = {
            "in service": size * (last - first) - len(dark),
            "out of service": len(dark),
            "reserved": reserved,
            "reserved and used": parts["used"] if watched else None,
            "reserved and idle": parts["idle"] if watched else None,
            "reserved and unknown": parts["unknown"] if watched else None,
            "used without a reservation": unbooked if watched or unbooked else None,
        }
        return {(name, "GPU-hours"): None if value is None else value / 60 for name, value in found.items()}

    def _tries(self) -> list[dict[str, Any]]:
        hour, found = timedelta(hours=1), []
        open_: dict[str, dict[str, Any]] = {}
        for one in sorted(self.export["refusals"], key=lambda each: each["at"]):
            then, last = at(one["at"]), open_.get(one["member"])
            size, deadline = round(60 * one["gpu_hours"]), one["deadline"] and at(one["deadline"])
            if last and then - last["last"] <= hour:
                last["last"], last["size"] = then, max(last["size"], size)
                last["deadline"] = last["deadline"] or deadline
                continue
            last = {"member": one["member"], "first": then, "last": then, "size": size, "deadline": deadline}
            last["wanted"] = max(then, at(one["wanted"]))
            open_[one["member"]] = last
            found.append(last)
        for one in found:
            span = (one["first"], one["last"] + hour)
            mine = [each for each in self.export["reservations"] if each["member"] == one["member"]]
            made = sorted((self.made[each["id"]], int(each["id"][1:])) for each in mine)
            one["got"] = next((f"R{id_}" for then, id_ in made if span[0] <= then <= span[1]), None)
            joined = sorted(
                (at(each["created_at"]), int(each["id"][1:]))
                for each in self.export["waitlist"]
                if each["member"] == one["member"]
            )
            one["waits"] = next((f"W{id_}" for then, id_ in joined if span[0] <= then <= span[1]), None)
        return found

    def _starts(self) -> list[tuple[datetime, int, int]]:
        """Everything that ever began: (when, minutes since it was asked for, minutes later than wanted)."""
        refused = {one["got"]: one for one in self.tries if one["got"]}
        turned = {one["waits"]: one for one in self.tries if one["waits"]}
        waited = {one["reservation"]: one for one in self.export["waitlist"] if one["end"] == "taken"}
        had = {id_ for id_, *_ in self.minutes}
        found = []
        for one in self.export["reservations"]:
            if one["state"] in WAITING or one["id"] not in had:
                continue
            if one["group"] is not None and f"R{one['group']}" != one["id"]:
                continue
            began = at(one["start"])
            asked, wanted = self.made[one["id"]], at(one["not_before"] or one["start"])
            if one["id"] in waited:
                wait = waited[one["id"]]
                asked, wanted = at(wait["created_at"]), at(wait["wanted"])
            first = turned.get(waited[one["id"]]["id"]) if one["id"] in waited else refused.get(one["id"])
            if first:
                asked, wanted = min(asked, first["first"]), min(wanted, first["wanted"])
            lead, late = (max(0, minute(began) - minute(since)) for since in (asked, max(asked, wanted)))
            found.append((began, lead, late))
        return found

    def _within(self, window: tuple[datetime, datetime]) -> list[tuple[datetime, int, int]]:
        return [one for one in self.starts if window[0] <= one[0] < window[1]]

    def _is_near(self, began: datetime) -> bool:
        dues = [at(one["at"]) for one in self.export["deadlines"]]
        return any(timedelta(0) < due - began <= timedelta(days=14) for due in dues)

    def _waits(self, began: list[tuple[datetime, int, int]]) -> dict[tuple[str, str], float | None]:
        found: dict[tuple[str, str], float | None] = {("starts", "count"): len(began)}
        for name, place in (("later than wanted", 2), ("asked to start", 1)):
            each = sorted(one[place] for one in began)
            for told, of_ten in (("half within", 5), ("nine of ten within", 9)):
                # The least value that so many of ten do not pass.
                value = next((one for n, one in enumerate(each, 1) if 10 * n >= of_ten * len(each)), None)
                found[f"{name}, {told}", "hours"] = None if value is None else value / 60
        return found

    def _demand(self, window: tuple[datetime, datetime]) -> dict[tuple[str, str], float | None]:
        tried = [one for one in self.tries if window[0] <= one["first"] < window[1]]
        vain = [one for one in tried if not one["got"] and not one["waits"]]
        joined = [one for one in self.export["waitlist"] if window[0] <= at(one["created_at"]) < window[1]]
        return {
            ("refused", "count"): len(tried),
            ("refused", "GPU-hours"): sum(one["size"] for one in tried) / 60,
            ("refused in vain", "count"): len(vain),
            ("refused in vain", "GPU-hours"): sum(one["size"] for one in vain) / 60,
            ("waitlisted", "count"): len(joined),
            ("waitlisted", "GPU-hours"): sum(round(60 * one["gpu_hours"]) for one in joined) / 60,
            ("waitlisted and served", "count"): sum(one["end"] == "taken" for one in joined),
            ("waitlisted and waiting still", "count"): sum(one["end"] is None for one in joined),
        }

    def _shares(self) -> dict[str, int]:
        """GPU-minutes by member, of those who had or asked for any."""
        first, last = minute(self.start), minute(self.end)
        shares: dict[str, int] = {}
        for _, member, _, since, until in self.minutes:
            if (had := min(last, until) - max(first, since)) > 0:
                shares[member] = shares.get(member, 0) + had
        for one in self.tries:
            if self.start <= one["first"] < self.end:
                shares.setdefault(one["member"], 0)
        for one in self.export["waitlist"]:
            if self.start <= at(one["created_at"]) < self.end:
                shares.setdefault(one["member"], 0)
        return shares

    def _promises(self) -> tuple[dict[str, int], dict[str, int]]:
        named = {
            (one["name"], at(one["at"])): f"{one['name']} {at(one['at']):%Y-%m-%d}"
            for one in self.export["deadlines"]
            if self.start <= at(one["at"]) < self.end
        }
        promised, met = dict.fromkeys(named.values(), 0), dict.fromkeys(named.values(), 0)
        runs: dict[str, list[dict[str, Any]]] = {}
        for one in self.export["reservations"]:
            due = one["deadline"]
            if due and self.start <= at(due["at"]) < self.end and one["state"] not in NO_PROMISE:
                runs.setdefault(f"R{one['group']}" if one["group"] else one["id"], []).append(one)
        for parts in runs.values():
            due = parts[0]["deadline"]
            label = named.get((due["name"], at(due["at"])), "members' own")
            kept = all(
                one["state"] not in {"revoked", "displaced"} and at(one["end"]) <= at(one["deadline"]["at"])
                for one in parts
            )
            promised[label] = promised.get(label, 0) + 1
            met[label] = met.get(label, 0) + kept
        return promised, met

    def _in_vain(self) -> int:
        def here(due: datetime | None) -> bool:
            return due is not None and self.start <= due < self.end

        waited = [one for one in self.export["waitlist"] if one["deadline"] and here(at(one["deadline"]))]
        late = sum(one["end"] in {"lapsed", "expired", None} for one in waited)
        return late + sum(here(one["deadline"]) and not one["got"] and not one["waits"] for one in self.tries)
