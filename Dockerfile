# The site in one container: docs/operations.md says how to run it.
FROM python:3.13-slim AS builder
COPY requirements.txt /app/
RUN python -m venv --without-pip /venv
RUN pip --python /venv/bin/python install --no-cache-dir --only-binary :all: --require-hashes -r /app/requirements.txt

FROM python:3.13-slim
COPY --from=builder /venv /venv
ENV PATH="/venv/bin:$PATH" PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY manage.py /app/
COPY papers /app/papers
COPY sessions /app/sessions
COPY readinggroup /app/readinggroup
COPY templates /app/templates
COPY static /app/static
# Readable to the user below, whatever umask the checkout was made with.
RUN chmod -R a+rX /app
# Needs no database, and these two values are known to this step alone. What bundles are made in is of no use afterwards.
RUN SECRET_KEY=of-the-build ALLOWED_HOSTS=localhost python manage.py collectstatic --no-input --verbosity 0 && rm -r .bundles
# The one folder that the site writes to. A volume put here takes its owner from it.
RUN install -d -m 0755 -o 10001 -g 10001 /srv/media
ENV MEDIA_ROOT=/srv/media GUNICORN_BIND=0.0.0.0:8000
USER 10001:10001
VOLUME /srv/media
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
# Migrations are a step of their own, `python manage.py migrate`: containers that start together must not race for it.
CMD ["gunicorn", "-c", "python:readinggroup.gunicorn_conf", "readinggroup.wsgi"]
