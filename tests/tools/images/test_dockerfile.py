import pytest

from tools.images.dockerfile import DockerfileError, Step, read_dockerfile, split_copy

BASE = "debian:bookworm-20261005-slim@sha256:" + "0" * 64
TWO_STAGES = f"""
# A remark.
FROM {BASE} AS build
ENV A=1
WORKDIR /build
RUN true \\
    && false
FROM build
ENV B="2 3"
COPY --from=build /build /srv/
USER 7:8
EXPOSE 80
HEALTHCHECK --interval=5s --timeout=1s \\
    CMD ["true", "a"]
CMD ["serve", "b"]
"""


def test_a_stage_knows_its_steps_and_the_variables_before_each_of_them():
    build, last = read_dockerfile(TWO_STAGES)
    assert [(step.name, step.value, step.environment) for step in build.steps] == [
        ("WORKDIR", "/build", {"A": "1"}),
        ("RUN", "true     && false", {"A": "1"}),
    ]
    assert [(step.name, step.environment) for step in last.steps] == [("COPY", {"A": "1", "B": "2 3"})]


def test_the_last_stage_tells_how_it_is_run():
    last = read_dockerfile(TWO_STAGES)[-1]
    assert (last.folder, last.user, last.ports) == ("/build", "7:8", [80])
    assert (last.command, last.health) == (["serve", "b"], ["true", "a"])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ADD a /b", "ADD is not known here"),
        ('ENTRYPOINT ["a"]', "ENTRYPOINT is not known here"),
        ("VOLUME /a", "VOLUME is not known here"),
        ("RUN --mount=type=cache,target=/a true", "options are not known here"),
        ("COPY --chown=1:1 a /b", "expected COPY [--from=STAGE] SOURCE... TARGET"),
        ("COPY a", "expected COPY [--from=STAGE] SOURCE... TARGET"),
        ("USER scoring", "expected two numbers"),
        ("ENV A=$B", "without variables"),
        ("ENV A 1", "expected NAME=VALUE"),
        ("CMD gunicorn", "expected a JSON list of texts"),
        ("HEALTHCHECK NONE", "expected options and CMD"),
        ("FROM debian:bookworm-slim", "expected a former stage, or debian:SUITE-DATE-slim@sha256:DIGEST"),
        ("FROM python:3.11", "expected a former stage, or debian:SUITE-DATE-slim@sha256:DIGEST"),
        ("FROM a AS b c", "expected FROM BASE or FROM BASE AS NAME"),
    ],
)
def test_what_cannot_be_run_here_is_refused_with_its_line(line, message):
    with pytest.raises(DockerfileError) as refused:
        read_dockerfile(f"FROM {BASE}\n{line}\n")
    assert str(refused.value).startswith("line 2: ")
    assert message in str(refused.value)


def test_a_step_that_would_run_as_another_user_is_refused():
    with pytest.raises(DockerfileError, match="line 3: RUN after USER"):
        read_dockerfile(f"FROM {BASE}\nUSER 7:7\nRUN true\n")


@pytest.mark.parametrize(("text", "message"), [("", "no FROM"), ("RUN true\n", "line 1: RUN stands before FROM")])
def test_a_file_that_begins_with_nothing_is_refused(text, message):
    with pytest.raises(DockerfileError, match=message):
        read_dockerfile(text)


def test_a_copy_may_have_several_sources():
    assert split_copy(Step(1, "COPY", "a b /c/")) == (None, ["a", "b"], "/c/")
