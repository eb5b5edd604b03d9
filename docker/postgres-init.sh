#!/bin/sh
# Run once by the postgres image on an empty volume. The application owns its database and is no superuser.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$APP_PASSWORD" --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE throughline_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE throughline OWNER throughline_app;
SQL
