# The service. docs/containers.md: how to build and run it, what it contains, how to renew the base.
# The Python is Debian's own, 3.11, with which all tests run.
FROM debian:bookworm-20261005-slim@sha256:7c7b2c966bc9ee8cedfeef67e0e279108992c77681fa595db4a9d65c06ccc587 AS python
# Debian changes a stable release only to mend it: a pinned version would be gone after the next security update.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get upgrade -y \
    && apt-get install -y --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/*

FROM python AS build
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY requirements.txt ./
COPY requirements ./requirements
# Packages go into an environment that has no pip; their tests are no part of what serves.
RUN python3 -m venv pip \
    && python3 -m venv --without-pip /opt/venv \
    && pip/bin/pip --python /opt/venv/bin/python install --no-cache-dir --no-compile --only-binary :all: --require-hashes \
        -r requirements.txt -r requirements/postgres.txt -r requirements/remote.txt -r requirements/signature.txt \
    && find /opt/venv -type d -name tests -prune -exec rm -r {} + \
    && python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib
WORKDIR /srv
COPY . .
RUN rm -r requirements requirements.txt \
    && python3 -m compileall -q --invalidation-mode unchecked-hash .

FROM python
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin scoring \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/scoring
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv /srv
WORKDIR /srv
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PORT=8000 \
    SCORING_CACHE=/var/lib/scoring/models \
    SCORING_DECISIONS=/var/lib/scoring/decisions.db
USER 10001:10001
EXPOSE 8000
# Only what tells that a restart would help: the service lives while the database of the record is away.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health/live', timeout=4)"]
CMD ["gunicorn"]
