# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
COPY requirements/runtime.txt /src/requirements/runtime.txt
RUN pip install --require-hashes -r /src/requirements/runtime.txt
COPY pyproject.toml README.md LICENSE LICENSE-UNICODE /src/
COPY bot /src/bot
COPY cogs /src/cogs
RUN pip install --no-deps /src

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Easel" \
      org.opencontainers.image.description="A Discord bot that makes and edits pictures with Seedream 4.5" \
      org.opencontainers.image.licenses="MIT"
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin easel \
    && install -d -m 700 -o easel -g easel /data
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/data
USER easel
WORKDIR /data
VOLUME /data
# Asks /healthz, which tells gateway, worker and database apart.
HEALTHCHECK --interval=30s --timeout=6s --start-period=40s --retries=3 CMD ["python", "-m", "bot", "health"]
# Easel handles SIGTERM itself, also as PID 1.
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
