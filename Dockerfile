# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# What makes the wheel stays in /build; /venv holds what runs, without pip.
RUN python -m venv /build && python -m venv --without-pip /venv
ENV PATH=/build/bin:$PATH
COPY requirements/runtime.txt requirements/build.txt /src/requirements/
RUN pip --python /venv/bin/python install --require-hashes -r /src/requirements/runtime.txt \
    && pip install --require-hashes -r /src/requirements/build.txt
COPY pyproject.toml README.md LICENSE LICENSE-UNICODE /src/
COPY bot /src/bot
COPY cogs /src/cogs
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheel /src \
    && pip --python /venv/bin/python install --no-deps --no-index /wheel/*.whl

FROM python:3.13-slim
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
# Last, so that a new commit alone builds no other layer again.
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="Easel" \
      org.opencontainers.image.description="A Discord bot that makes and edits pictures and videos through the AIML API" \
      org.opencontainers.image.version="1.0.0" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.base.name="docker.io/library/python:3.13-slim" \
      org.opencontainers.image.licenses="MIT"
