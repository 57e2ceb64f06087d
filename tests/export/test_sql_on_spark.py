"""A query gives on Spark what the service gives, with and without Spark's ANSI mode."""

import pytest

from tests.export.databases import OnSpark
from tests.export.models import draw_records
from tests.export.test_names import HOSTILE, check
from tests.export.test_sql_query import check_bundled, check_many_bins, check_records
from tests.spark import leaves_sockets, needs_java, running_spark

# Every day the same query is run on other databases, in their dialects.
pytestmark = [needs_java, leaves_sockets, pytest.mark.drill]


@pytest.fixture(scope="module")
def spark(request):
    with running_spark(request) as session:
        session.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
        yield session


@pytest.mark.parametrize("escaped", ["true", "false"])
def test_names_and_categories_that_look_like_sql_are_read_as_they_are(spark, project, escaped):
    spark.conf.set("spark.sql.parser.escapedStringLiterals", escaped)
    check(OnSpark(spark), project, ["id`", "a'b\\", 'c"`d', "e.f --", "g\n"], HOSTILE)


@pytest.mark.parametrize("ansi", ["true", "false"])
def test_many_applications_full_of_edges_score_as_in_the_service(spark, lender, ansi):
    spark.conf.set("spark.sql.ansi.enabled", ansi)
    check_records(OnSpark(spark), lender, draw_records(3000, 3))


@pytest.mark.parametrize("form", ["applications", "rows"])
def test_the_bundled_clients_score_as_in_the_service(spark, project, bundled, form):
    check_bundled(OnSpark(spark), project, bundled, form)


def test_a_model_of_hundreds_of_bins_scores_as_in_the_service(spark, many_bins):
    check_many_bins(OnSpark(spark), many_bins)
