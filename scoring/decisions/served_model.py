"""The model that a service serves, in the decision record: its files once, and an entry whenever it begins to serve."""

from pathlib import Path
from typing import Literal

from scoring.decisions.content import SERVICE_VERSION
from scoring.decisions.kept_policy import POLICY, name_kept_policy
from scoring.errors import RecordUnavailable, SettingError
from scoring.policy.rules import PolicyFile
from scoring.record.entries import NewEntry, make_id
from scoring.record.kept_record import KeptRecord, open_record
from scoring.storage.bundle import Bundle
from scoring.storage.published_model import PublishedModel

Event = Literal["start", "reload"]


def open_decision_record(place: str, key: Path | None = None, checkpoints: Path | None = None) -> KeptRecord | None:
    """Open the record that SCORING_DECISIONS names; None for ``off``.

    Parameters
    ----------
    key, checkpoints : as ``open_record``.

    Raises
    ------
    SettingError
        If no record, no key or no file of checkpoints can be there.
    """
    return None if place == "off" else open_record(place, key, checkpoints)


def begin_serving(
    record: KeptRecord,
    bundle: Bundle,
    event: Event,
    place: str,
    policy: PolicyFile | None = None,
    shadow: PublishedModel | None = None,
) -> None:
    """Record that a model begins to serve, and keep its files; raises SettingError if the record cannot be written.

    The policy, if there is one, is kept too.

    The record is closed again, so that a process that forks afterwards has no connection to share.

    Parameters
    ----------
    place : what SCORING_DECISIONS names, without a password.
    shadow : the model that scores the same requests without answering; its files are kept too.
    """
    content = {"event": event, "model_version": bundle.version, "service_version": SERVICE_VERSION}
    served = {bundle.version: bundle.files}
    if policy is not None:
        content["policy_version"] = policy.version()
        served[name_kept_policy(policy.version())] = {POLICY: policy.content()}
    if shadow is not None:
        content["shadow_version"] = shadow.version
        served[shadow.version] = shadow.files
    try:
        with record.without_log():
            for version, files in served.items():
                if record.model_files(version) is None:
                    record.keep_model(version, files)
            record.append([NewEntry(make_id(), "model", content)])
    except RecordUnavailable as error:
        raise SettingError(
            f"SCORING_DECISIONS={place}: {error}\n"
            "Name a file in a folder that the service may write to, or a database that it can reach. "
            "SCORING_DECISIONS=off serves without a record."
        ) from None
    finally:
        record.close()


def record_refusal(record: KeptRecord | None, served: Bundle, error: Exception) -> None:
    """Record, if there is a record, that other files were refused while a model goes on; raises RecordUnavailable.

    Only the kind of error is recorded: its text may have values of a table of clients.
    """
    if record is None:
        return
    kind = type(error).__name__
    content = {
        "event": "refused", "error": kind, "model_version": served.version, "service_version": SERVICE_VERSION
    }  # fmt: skip
    try:
        record.append([NewEntry(make_id(), "model", content)])
    finally:
        record.close()
