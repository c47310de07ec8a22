# Crunchtime's bot: `docker compose up -d` builds and starts it; see docker-compose.yml.
# The same image every time. For a newer one: --build-arg PYTHON=3.12-slim-bookworm, or a digest.
ARG PYTHON=3.12.11-slim-bookworm
FROM python:${PYTHON} AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir --disable-pip-version-check uv==0.13.9
WORKDIR /app
# The dependencies first: they change less often than the code, and stay in the build's cache.
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --locked --no-dev --no-install-project
COPY bot bot
COPY handlers handlers
COPY storage storage
RUN uv sync --locked --no-dev --no-editable

FROM python:${PYTHON}
RUN useradd --system --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin crunchtime
COPY --from=build /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    CRUNCHTIME_BIND=0.0.0.0:3000 \
    CRUNCHTIME_LOG_FORMAT=json
# Where the SQLite file goes if no PostgreSQL is named, and where lab.toml is looked for.
WORKDIR /data
USER 10001
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:3000/healthz', timeout=4)"]
ENTRYPOINT ["crunchtime"]
CMD ["serve"]
