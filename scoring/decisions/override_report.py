"""How often officers change the automated decision, and in which direction: in all, by reason and by officer."""

from collections.abc import Callable, Iterable, Sequence

from pydantic import Field

from scoring.model.schema import Frozen
from scoring.record.review_steps import Period, ReviewStep, count_decisions, count_requests, review_steps
from scoring.record.stores.session import Session, Store

_NO_KEY = "(no key)"


class Reviewed(Frozen):
    """How officers decided.

    Attributes
    ----------
    reviews : how often they decided.
    confirmed : of these, as the automated decision.
    refused_to_accepted, accepted_to_refused : otherwise than the automated decision, by direction.
    override_rate : share decided otherwise (0-1); null where nothing was reviewed.
    """

    reviews: int = Field(ge=0)
    confirmed: int = Field(ge=0)
    refused_to_accepted: int = Field(ge=0)
    accepted_to_refused: int = Field(ge=0)
    override_rate: float | None = Field(ge=0, le=1)


class ReviewedBy(Reviewed):
    """The same for a reason code, or for the key id of an officer; ``(no key)`` where the service needs none."""

    name: str


class Decided(Frozen):
    """Automated decisions; ``marked`` for review: the risk was close to the threshold, or a rule asks for it."""

    accepted: int = Field(ge=0)
    refused: int = Field(ge=0)
    marked: int = Field(ge=0)


class OverrideReport(Frozen):
    """What officers did in a period.

    Attributes
    ----------
    since, until : the period; null where it is open.
    decisions : automated decisions that were made in it.
    review_requests : applicants' requests in it.
    reviewed : by decision, what held at the end of the period, if an officer decided in it.
    unconfirmed : how often a first officer decided in it what needs a second one, who has not confirmed it in it.
    by_reason, by_officer : by step: a decision that needed two officers counts twice.
    """

    since: str | None
    until: str | None
    decisions: Decided
    review_requests: int = Field(ge=0)
    reviewed: Reviewed
    unconfirmed: int = Field(ge=0)
    by_reason: list[ReviewedBy]
    by_officer: list[ReviewedBy]


def report_overrides(store: Store, session: Session, since: str | None, until: str | None) -> OverrideReport:
    """Count what officers decided in a period."""
    period = Period.between(since, until)
    counted = count_decisions(store, session, period)
    steps = [*review_steps(session, period)]
    confirmed = {step.content.get("confirms") for step in steps}
    return OverrideReport(
        since=since,
        until=until,
        decisions=Decided(
            accepted=sum(count for outcome, _, count in counted if outcome == "ACCEPTED"),
            refused=sum(count for outcome, _, count in counted if outcome == "REFUSED"),
            marked=sum(count for _, marked, count in counted if marked),
        ),
        review_requests=count_requests(session, period),
        reviewed=Reviewed(**_count(last_of_each(steps))),
        unconfirmed=sum(not step.content["final"] and step.id not in confirmed for step in steps),
        by_reason=_group(steps, lambda step: str(step.content["reason"])),
        by_officer=_group(steps, lambda step: step.content["key_id"] or _NO_KEY),
    )


def last_of_each(steps: Iterable[ReviewStep]) -> list[ReviewStep]:
    """Find the last step that holds for each decision; a decision that waits for a second officer has none yet."""
    last: dict[str, ReviewStep] = {}
    for step in sorted(steps, key=lambda one: int(one.content.get("number", 0))):
        if step.content["final"]:
            last[step.about] = step
    return [*last.values()]


def _group(steps: Iterable[ReviewStep], name: Callable[[ReviewStep], str]) -> list[ReviewedBy]:
    """Count steps by name, the most frequent first."""
    groups: dict[str, list[ReviewStep]] = {}
    for step in steps:
        groups.setdefault(name(step), []).append(step)
    counted = [ReviewedBy(name=one, **_count(group)) for one, group in groups.items()]
    return sorted(counted, key=lambda one: (-one.reviews, one.name))


def _count(steps: Sequence[ReviewStep]) -> dict[str, float | int | None]:
    ways = [(step.decision["decision"], step.content["decision"]) for step in steps]
    accepted, refused = ways.count(("REFUSED", "ACCEPTED")), ways.count(("ACCEPTED", "REFUSED"))
    return {
        "reviews": len(ways),
        "confirmed": len(ways) - accepted - refused,
        "refused_to_accepted": accepted,
        "accepted_to_refused": refused,
        "override_rate": (accepted + refused) / len(ways) if ways else None,
    }


def write_table(report: OverrideReport) -> str:
    """Write a report for people to read."""
    period = f"from {report.since or 'the beginning'} to {report.until or 'now'}"
    counts, total = report.decisions, report.decisions.accepted + report.decisions.refused
    lines = [
        f"Decisions {period}: {total:,}",
        f"Accepted: {counts.accepted:,}; refused: {counts.refused:,}; marked for review: {counts.marked:,}",
        f"Requests for a review: {report.review_requests:,}; a second officer has to confirm: {report.unconfirmed:,}",
        "",
    ]
    parts = [
        ("Decisions that officers reviewed", [ReviewedBy(name="all", **report.reviewed.model_dump())]),
        ("By reason", report.by_reason),
        ("By officer (key ID)", report.by_officer),
    ]
    wide = max(len(text) for title, group in parts for text in (title, *(one.name for one in group)))
    for title, group in parts:
        lines += [_write_row(wide, title, *_COLUMNS), *(_write_group(wide, one) for one in group), ""]
    return "\n".join(lines)


_COLUMNS = ("reviews", "as automated", "refused -> accepted", "accepted -> refused", "override rate")


def _write_group(wide: int, group: ReviewedBy) -> str:
    rate = "-" if group.override_rate is None else f"{100 * group.override_rate:.1f}%"
    counts = (group.reviews, group.confirmed, group.refused_to_accepted, group.accepted_to_refused)
    return _write_row(wide, group.name, *(f"{count:,}" for count in counts), rate)


def _write_row(wide: int, name: str, *cells: str) -> str:
    return f"{name:<{wide}}  " + "  ".join(
        f"{cell:>{len(column)}}" for cell, column in zip(cells, _COLUMNS, strict=True)
    )
