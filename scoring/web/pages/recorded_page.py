"""The page of a recorded decision: what is valid now, what was recorded, its replay, and all later steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from flask import Response

from scoring.decisions.history import RecordedDecision, RecordedEntry
from scoring.decisions.reviews import Outcome, find_status
from scoring.readable.numbers import Language, decimals_to_distinguish, format_date, format_fixed, format_percent
from scoring.web.pages.render import PageRenderer
from scoring.web.pages.words import load_texts
from scoring.web.request_headers import language

Mark = Literal["accepted", "refused", "asked", "other"]
_PLACES = 4  # decimals of a probability on the model's own scale, unless it is closer to another one


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the history.

    Attributes
    ----------
    moment : the time as it stands in the record; ``time`` is the same time in words.
    mark : the sign that the line has.
    details : reason, key, and what is still missing.
    written : paragraphs that a person wrote.
    """

    moment: str
    time: str
    mark: Mark
    title: str
    details: tuple[str, ...]
    written: tuple[str, ...] = ()


def show_recorded(renderer: PageRenderer, recorded: RecordedDecision) -> Response:
    """Show a recorded decision."""
    lang, entry = language(), recorded.decision
    texts = load_texts(lang)
    status, holds = find_status(entry, recorded.later)
    return renderer.render(
        "recorded.html",
        recorded=entry,
        client=entry.body["client_id"] if entry.body else None,
        refused=holds == "REFUSED",
        reviewed=any(one.content.get("final") for one in recorded.later),
        waits=texts[f"waits_{status}"] if status in {"waiting", "second_officer"} else "",
        facts=_list_facts(entry, texts, lang),
        replay=_describe_replay(recorded, texts, lang),
        same=recorded.replay.same,
        steps=[_describe_first(entry, texts, lang), *(_describe_later(one, texts, lang) for one in recorded.later)],
    )


def _list_facts(entry: RecordedEntry, texts: Mapping[str, str], lang: Language) -> list[tuple[str, str]]:
    """List what was decided and on which request. All of it is in the entry, and stays if the body is erased."""
    content = entry.content
    calibrated, probability, threshold = (
        content[name] for name in ("calibrated_probability", "probability", "threshold")
    )
    places = _count_places(probability, threshold)
    return [
        (texts["recorded_at"], format_moment(entry.time, lang)),
        (texts["recorded_decision"], texts["outcome_" + content["decision"]]),
        *([] if calibrated is None else [(texts["risk"], format_percent(calibrated, lang))]),
        (texts["risk_own"], format_fixed(probability, lang, places)),
        (texts["recorded_threshold"], format_fixed(threshold, lang, places)),
        *([] if content["review"] is None else [(texts["review"], texts["yes" if content["review"] else "no"])]),
        (texts["version"], content["model_version"]),
        *_name_rules(content, texts),
        (texts["recorded_key"], content["key_id"] or texts["recorded_no_key"]),
        (texts["recorded_route"], content["route"]),
        (texts["recorded_request"], content["request_id"]),
    ]


def _count_places(probability: float, *others: float) -> int:
    return max(_PLACES, 2 + decimals_to_distinguish(probability, *others))  # two more than in per cent


def _name_rules(content: Mapping[str, Any], texts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Name the policy and the rules that did something; the oldest entries have no keys about a policy."""
    if content.get("policy_version") is None:
        return []
    codes = [one["code"] for one in content["policy"] if one["outcome"]]
    return [(texts["recorded_policy"], " · ".join([content["policy_version"], *codes]))]


def _describe_replay(recorded: RecordedDecision, texts: Mapping[str, str], lang: Language) -> str:
    replay = recorded.replay
    if replay.same is None:
        return texts["replay_erased" if recorded.decision.erased else "replay_unknown"]
    if replay.same or replay.probability is None:
        return texts["replay_same"]
    content = recorded.decision.content
    places = _count_places(replay.probability, content["probability"], content["threshold"])
    value = format_fixed(replay.probability, lang, places)
    return texts["replay_other"].format(decision=texts[f"outcome_{replay.decision}"], value=value)


def _describe_first(entry: RecordedEntry, texts: Mapping[str, str], lang: Language) -> Step:
    title = texts["step_decision"].format(decision=texts["outcome_" + entry.content["decision"]])
    marked = [texts["review"]] if entry.content["review"] else []
    details = (*marked, *_name_key(entry, texts), f"{texts['version']}{texts['colon']}{entry.content['model_version']}")
    return Step(entry.time, format_moment(entry.time, lang), _mark(entry.content["decision"]), title, details)


def _describe_later(entry: RecordedEntry, texts: Mapping[str, str], lang: Language) -> Step:
    """Describe an entry about the decision; a reason or a kind without a text is shown by its name."""
    content, body = entry.content, entry.body or {}
    decision, reason = content.get("decision"), content.get("reason")
    kind = entry.kind if entry.kind != "repayment" else "defaulted" if content["defaulted"] else "repaid"
    title = texts.get(f"step_{kind}", kind)
    details = [
        *([texts.get(f"reason_{reason}", reason)] if reason else []),
        *_name_key(entry, texts),
        *([texts["step_received_by"].format(who=body["received_by"])] if body.get("received_by") else []),
        *([texts["step_not_final"]] if content.get("final") is False else []),
        *([texts["step_confirms"]] if content.get("confirms") else []),
        *([texts["step_corrects"]] if content.get("corrects") else []),
        *([texts["step_erased"]] if entry.erased else []),
    ]
    return Step(
        entry.time,
        format_moment(entry.time, lang),
        _mark(decision) if decision else "asked" if entry.kind == "review_request" else "other",
        title.format(decision=texts[f"outcome_{decision}"] if decision else ""),
        tuple(details),
        tuple(line for line in str(body.get("statement") or body.get("text") or "").splitlines() if line.strip()),
    )


def _name_key(entry: RecordedEntry, texts: Mapping[str, str]) -> Sequence[str]:
    key_id = entry.content.get("key_id")
    return [texts["step_key"].format(id=key_id)] if key_id else []


def _mark(decision: Outcome) -> Mark:
    return "refused" if decision == "REFUSED" else "accepted"


def format_moment(moment: str, language: Language) -> str:
    r"""Write a time of the record, which is UTC.

    >>> format_moment("2026-11-01T13:05:01.123456Z", "fr"), format_moment("2026-11-26T13:05:01.123456Z", "en")
    ('1er\xa0novembre\xa02026 à 13:05:01 UTC', '26\xa0November\xa02026, 13:05:01 UTC')
    """
    time = datetime.fromisoformat(moment)
    between = " à " if language == "fr" else ", "
    return f"{format_date(time.date(), language)}{between}{time:%H:%M:%S} UTC"
