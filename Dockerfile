# One image for every process: docker-compose.yml says which command each container runs.
FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.lock /
RUN /venv/bin/pip install --require-hashes -r /requirements.lock

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=tracking.settings
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin throughline
WORKDIR /app
COPY --from=build /venv /venv
COPY manage.py ./
COPY carriers carriers
COPY tracking tracking
COPY templates templates
COPY static static
COPY locale locale
COPY docker/healthcheck.py docker/healthcheck.py
# Django wants complete settings even to collect files; these live for this one step and open nothing.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(60))')" \
    CREDENTIAL_KEYS="build:$(python -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())')" \
    DATABASE_URL=postgresql://nobody@localhost/none REDIS_URL=redis://localhost SITE_URL=https://localhost \
    python manage.py collectstatic --no-input --verbosity 0
USER throughline
EXPOSE 8000 8001
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "2", "--no-ws", "tracking.wsgi:application"]
