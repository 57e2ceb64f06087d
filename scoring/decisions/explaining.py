"""Explains a recorded decision in words, with the version of the model that made it, from the record alone."""

from functools import lru_cache

from scoring.decisions.replay import Replayer, read_row
from scoring.errors import ArtefactError, NotExplainable, PolicyError
from scoring.explanation.answer import Explanation
from scoring.explanation.counterfactual import MOST_INSTALMENT
from scoring.explanation.explainer import Explainer
from scoring.model.compile import RawRecord, raw_sources
from scoring.model.decision import Decision
from scoring.model.manifest import Manifest
from scoring.model.scorer import Score
from scoring.policy.judge import Judge
from scoring.record.entries import StoredEntry

_LOADED = 2  # explainers that are kept in memory


class DecisionExplainer:
    """Explains recorded decisions; the last explainers that were made are kept.

    Parameters
    ----------
    currency : of all amounts whose currency a version of the model does not know.
    """

    def __init__(self, replayer: Replayer, most_instalment: float = MOST_INSTALMENT, currency: str = "") -> None:
        self._replayer, self._most_instalment, self._currency = replayer, most_instalment, currency
        self._explainer = lru_cache(_LOADED)(self._make_explainer)

    def explain(self, entry: StoredEntry) -> Explanation:
        """Explain a recorded decision. The texts of its warnings are not in the record, so it has none.

        Raises
        ------
        NotExplainable
            If the body was erased, or the version of the model cannot be loaded.
        """
        if entry.body is None:
            raise NotExplainable("The personal data of this decision was erased, so that it cannot be explained.")
        version = str(entry.content["model_version"])
        try:
            manifest, explainer = self._replayer.load(version).manifest, self._explainer(version)
            decision, judge = self._read_policy(entry, _read_decision(entry))
        except (ArtefactError, PolicyError) as error:
            raise NotExplainable(f"The model that made this decision cannot be loaded. {error}") from error
        record: RawRecord | None = entry.body.content["application"]
        if record is not None and manifest is not None:
            record = {**_missing(manifest, history_imputed=has_imputed_history(entry)), **record}
        return explainer.explain(read_row(entry.body), [record], [decision], judge)[0]

    def _read_policy(self, entry: StoredEntry, decision: Decision) -> tuple[Decision, Judge | None]:
        """Add what the policy of that time said, and return what applies it to changed applications."""
        content = entry.content
        refused, calibrated = decision["prediction"] == 1, decision["calibrated_probability"]
        result = self._replayer.apply_policy(entry, Score(decision["probability"], refused, calibrated, None))
        if result is None:
            return decision, None
        policy = self._replayer.load_policy(str(content["policy_version"]), str(content["model_version"]))
        return {**decision, "policy": result.told}, Judge(policy, result.told.day)

    def _make_explainer(self, version: str) -> Explainer:
        scorer, manifest = self._replayer.load(version)
        with_currency = manifest.in_currency(self._currency) if manifest and self._currency else manifest
        return Explainer(scorer, with_currency, self._most_instalment)


def has_imputed_history(entry: StoredEntry) -> bool:
    """Whether the history of a recorded decision was imputed."""
    return any(one["code"] == "history_imputed" for one in entry.content["warnings"])


def _missing(manifest: Manifest, *, history_imputed: bool) -> RawRecord:
    """Return None for each field, and for each history feature that was imputed: what a record lacks is missing."""
    fields = [field.name for field in manifest.input_schema.fields]
    if not history_imputed:
        return dict.fromkeys(fields)
    sources = (raw_sources(manifest.plan, column.source) for column in manifest.plan.columns)
    return dict.fromkeys([*fields, *frozenset().union(*sources)])


def _read_decision(entry: StoredEntry) -> Decision:
    content, body = entry.content, entry.body
    return {
        "client_id": body.content["client_id"] if body else None,
        "probability": content["probability"],
        "threshold": content["threshold"],
        "prediction": 1 if content["probability"] >= content["threshold"] else 0,
        "decision": content["decision"],
        "calibrated_probability": content["calibrated_probability"],
        "review": content["review"],
        "model_version": content["model_version"],
        "decision_id": entry.id,
        "warnings": (),
        "warning_details": (),
        "policy": None,
    }
