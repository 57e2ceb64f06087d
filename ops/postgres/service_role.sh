#!/bin/bash
# Run once by PostgreSQL's image, as the owner of the database: the service's own user, who may only read and add rows.
set -euo pipefail
psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" --no-psqlrc <<'SQL'
\getenv password SERVICE_PASSWORD
CREATE ROLE scoring_service LOGIN PASSWORD :'password';
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT ON TABLES TO scoring_service;
SQL
