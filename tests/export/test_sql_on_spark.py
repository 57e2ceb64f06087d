"""A query gives on Spark what the service gives, with and without Spark's ANSI mode."""

import pytest

from scoring.home_credit.engine import local_session
from tests.export.databases import OnSpark
from tests.export.models import draw_records
from tests.export.test_names import HOSTILE, check
from tests.export.test_sql_query import check_bundled, check_records
from tests.home_credit.history.test_engines import FEW_ROWS, QUICK_JAVA, needs_java

# PySpark leaves the socket that brings a result to the garbage collector.
pytestmark = [needs_java, pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")]


@pytest.fixture(scope="module")
def spark(request):
    """Start Spark once; the drill runs it with the settings of everybody."""
    drill = any(item.get_closest_marker("drill") for item in request.session.items)
    with pytest.MonkeyPatch.context() as patch:
        if not drill:
            patch.setenv("JAVA_TOOL_OPTIONS", QUICK_JAVA)
        session = local_session()
    for name, value in FEW_ROWS.items() if not drill else ():
        session.conf.set(name, value)
    session.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
    yield session
    session.stop()


def test_applications_full_of_edges_score_as_in_the_service(spark, lender):
    check_records(OnSpark(spark), lender, draw_records(300, 2))


@pytest.mark.drill
@pytest.mark.parametrize("escaped", ["true", "false"])
def test_names_and_categories_that_look_like_sql_are_read_as_they_are(spark, project, escaped):
    spark.conf.set("spark.sql.parser.escapedStringLiterals", escaped)
    check(OnSpark(spark), project, ["id`", "a'b\\", 'c"`d', "e.f --", "g\n"], HOSTILE)


@pytest.mark.drill
@pytest.mark.parametrize("ansi", ["true", "false"])
def test_many_applications_full_of_edges_score_as_in_the_service(spark, lender, ansi):
    spark.conf.set("spark.sql.ansi.enabled", ansi)
    check_records(OnSpark(spark), lender, draw_records(3000, 3))


@pytest.mark.drill
@pytest.mark.parametrize("form", ["applications", "rows"])
def test_the_bundled_clients_score_as_in_the_service(spark, project, bundled, form):
    check_bundled(OnSpark(spark), project, bundled, form)
