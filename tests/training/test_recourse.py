"""What would change a refusal, on models that were trained here: nobody finds a smaller action by trying them all."""

from collections import Counter

import numpy as np
import pytest

from scoring.home_credit import input_schema
from scoring.home_credit.applications import read_applications
from scoring.service import Service
from scoring.storage.artefacts import load_bundle, read_manifest
from tests.explanation.brute_force import BruteForce, check
from tests.training.conftest import run


def check_all(folder, most=10**6):
    """Check the explanations of a folder's refused clients; count the outcomes of the actions that are offered."""
    bundle = load_bundle(folder)
    service, counted = Service(bundle), Counter()
    brute, finer = (BruteForce(bundle.scorer, bundle.manifest, parts) for parts in (1, 10))
    for client_id in bundle.clients.table.client_ids.tolist():
        case = service.score_client(bundle.identity.format_id(client_id))
        if case.decision["decision"] == "REFUSED" and counted.total() < most:
            one = service.explain_client(bundle.identity.format_id(client_id))
            check(brute, finer, np.array(case.row), case.record, one)
            offer = one["counterfactual"]
            assert offer is None or offer.stability >= 0.95
            counted[offer and offer.outcome] += 1
    return counted


def test_nobody_finds_a_smaller_action_on_a_model_with_refits(trained):
    assert check_all(trained[1]).total() >= 10


@pytest.mark.drill
@pytest.mark.realdata
@pytest.mark.parametrize("family", ["scorecard", "shaped scorecard"])
def test_nobody_finds_a_smaller_action_for_500_real_clients(real_data, tmp_path, family):
    applications = read_applications(real_data, input_schema.load_schema())
    run(applications, tmp_path, candidates=(family,), folds=5, refits=20, sample=2500)
    plan = read_manifest(tmp_path / "modele_retenu.json").plan
    assert [one.name for one in plan.columns if getattr(one, "codes", ())]  # the conditions are a code in disguise
    counted = check_all(tmp_path, 500)
    assert counted.total() == 500
    assert min(counted[outcome] for outcome in ("accepted", "review", None)) > 0
