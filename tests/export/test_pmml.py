"""A PMML file is valid, and another program's evaluator gives what the service gives."""

import re

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from scoring.errors import ExportError
from scoring.explanation.explainer import Explainer
from scoring.export.linear_model import load_model, make_linear
from scoring.export.pmml.pmml_file import write_pmml
from scoring.model.scorer import Scorer, ThroughObjects
from tests.export.models import CODE, draw_records, is_missing
from tests.export.test_names import make_lender
from tests.export.test_sql_query import read_bundled
from tests.spark import needs_java
from tests.test_cli import run as run_command

pytestmark = [needs_java, pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")]


@pytest.fixture(scope="module")
def java():
    """Run a Java with the evaluator PMML4S."""
    from pypmml import PMMLContext

    context = PMMLContext.getOrCreate()
    yield context._gateway._gateway.jvm
    PMMLContext.shutdown()


@pytest.fixture(scope="module")
def check_valid(java, project):
    """Return what raises where a file is not valid against the schema of PMML 4.4."""
    factory = java.javax.xml.validation.SchemaFactory.newInstance("http://www.w3.org/2001/XMLSchema")
    path = project / "tests" / "fixtures" / "pmml" / "pmml-4-4.xsd"
    schema = factory.newSchema(java.java.io.File(str(path)))

    def check(content):
        reader = java.java.io.StringReader(content.decode())
        schema.newValidator().validate(java.javax.xml.transform.stream.StreamSource(reader))

    return check


@pytest.fixture(scope="module")
def evaluate(java, check_valid):
    """Return what scores records with a valid file."""
    from pypmml import Model

    def run(content, records):
        check_valid(content)
        model = Model.fromString(content.decode())
        return [
            model.predict({name: None if is_missing(one) else one for name, one in record.items()})
            for record in records
        ]

    return run


def reasons_of(answer):
    pairs = [(answer[f"reason_{rank}"], answer[f"reason_{rank}_contribution"]) for rank in range(1, 5)]
    return [pair for pair in pairs if pair[0] is not None]


def compare(answer, score, weights):
    assert answer["probability"] == pytest.approx(score.probability, abs=1e-9)
    assert answer["calibrated_probability"] == pytest.approx(score.calibrated_probability, abs=1e-9)
    assert answer["decision"] == ("REFUSED" if score.refused else "ACCEPTED")
    assert answer["review"] is score.review
    found = reasons_of(answer)
    assert [code for code, _ in found] == [one.concept for one in weights]
    assert [answer[f"reason_{rank}_term"] for rank in range(1, len(found) + 1)] == [one.term for one in weights]
    assert [weight for _, weight in found] == pytest.approx([one.contribution for one in weights], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("form", ["applications", "rows"])
@pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.drill)])
def test_the_bundled_clients_score_as_in_the_service(project, bundled, evaluate, form, count):
    manifest, probability = load_model(project)
    tables = read_bundled(project, bundled)
    rows = tables["model_rows"][list(manifest.features)].head(count).to_numpy()
    scorer = Scorer(probability, manifest.features, manifest.policy())
    scores, weights = scorer.score(rows), Explainer(scorer, manifest).weigh_concepts(rows)
    frame = tables["model_rows"]
    if form == "applications":
        frame = tables["history"].merge(tables["applications"], on="SK_ID_CURR", how="left")
    frame = frame.head(count)
    content = write_pmml(bundled, form)
    named = re.findall('<DataField name="([^"]*)"', content.decode())
    answers = evaluate(content, frame[named].to_dict("records"))
    assert len(answers) == len(frame)
    for place, answer in enumerate(answers):
        score = scores.pick(place)
        compare(answer, score, weights[place] if score.refused else ())


def test_applications_full_of_edges_score_as_in_the_service(lender, evaluate):
    # That a number is whole cannot be said in PMML.
    records = [record for record in draw_records(300, 9) if record["months"] != 0.5]
    explainer = Explainer(lender.scorer, lender.manifest)
    content = write_pmml(lender.linear, "applications")
    read = [{name: value for name, value in record.items() if name not in {"client", CODE}} for record in records]
    invalid = 0
    for record, answer in zip(records, evaluate(content, read), strict=True):
        expected = lender.expect(record)
        if isinstance(expected, set):
            assert is_missing(answer["probability"])
            assert answer["decision"] is None
            assert reasons_of(answer) == []
            invalid += 1
            continue
        row = lender.ready(record)
        compare(answer, expected[0], explainer.weigh_concepts(np.array([row]))[0] if expected[0].refused else ())
    assert 10 < invalid < 100


@pytest.mark.drill
def test_a_model_of_hundreds_of_bins_scores_as_in_the_service(many_bins, evaluate):
    records = many_bins.draw_records(300, 2)
    rows = np.array([many_bins.ready(record) for record in records])
    scores, explainer = many_bins.scorer.score(rows), Explainer(many_bins.scorer, many_bins.manifest)
    weights = explainer.weigh_concepts(rows)
    read = [{name: value for name, value in record.items() if name != "client"} for record in records]
    for place, answer in enumerate(evaluate(write_pmml(many_bins.linear, "applications"), read)):
        score = scores.pick(place)
        compare(answer, score, weights[place] if score.refused else ())
    assert 0 < scores.refused.sum() < len(records)


def test_texts_that_xml_cannot_hold_are_refused(project):
    lender = make_lender(project, ["id", "amount", "debt", "trade", "ratio"], ["a\x01b"])
    with pytest.raises(ExportError, match="has a character that XML cannot hold\nGive this column or category another"):
        write_pmml(lender.linear, "applications")


@pytest.mark.parametrize(
    "names", [["id", "probability", "decision", "log_odds", "ratio"], ['<&">', "a&amp;", "  ", "\n", "é"]]
)
def test_names_of_answers_and_of_xml_may_be_names_of_columns(project, evaluate, names):
    lender = make_lender(project, names, ["<b>", " a ", "&lt;", "\t"])
    _, amount, debt, trade, _ = names
    for text in ("<b>", " a ", "&lt;", "\t", "other"):
        record = {amount: 2.0, debt: 3.0, trade: text}
        (answer,) = evaluate(write_pmml(lender.linear, "applications"), [record])
        own = next(name for name in ("probability (2)", "probability") if name in answer)
        assert answer[own] == pytest.approx(lender.expect(record)[0].probability, abs=1e-9)


def test_a_family_that_pmml_does_not_get_is_refused(project):
    manifest, _ = load_model(project)
    with pytest.raises(
        ExportError, match="scorecard: cannot be written as PMML, because its log-odds are not a weighted"
    ):
        make_linear(manifest, ThroughObjects(StandardScaler(), None), "PMML")


def test_the_command_writes_a_valid_file(project, tmp_path, check_valid):
    out = tmp_path / "model.pmml"
    code, _, said = run_command("export", "--to", "pmml", "--artefacts", project, "--out", out, cwd=tmp_path)
    assert code == 0, said
    check_valid(out.read_bytes())
