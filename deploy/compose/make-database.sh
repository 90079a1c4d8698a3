#!/bin/sh
# Runs once, when Postgres starts with an empty volume: two roles and the database. Passwords are from .env.
set -eu
psql --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    --set owner_password="$PARLEY_OWNER_PASSWORD" --set app_password="$PARLEY_APP_PASSWORD" <<'SQL'
CREATE ROLE parley LOGIN PASSWORD :'owner_password';
CREATE ROLE parley_app LOGIN PASSWORD :'app_password';
CREATE DATABASE parley OWNER parley TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8';
SQL
