# One image for every process: `rekindle serve`, `rekindle worker`, `rekindle schedule`, `rekindle migrate`.

FROM python:3.11-slim AS build
# The same uv as in ./run.
RUN pip install --no-cache-dir --disable-pip-version-check uv==0.13.9
ENV UV_LINK_MODE=copy
RUN uv venv --python /usr/local/bin/python /opt/rekindle
WORKDIR /build
# The packages change less often than the code, so they are a layer of their own.
COPY requirements.lock .
RUN uv pip install --no-cache --python /opt/rekindle/bin/python --require-hashes -r requirements.lock
COPY . .
# hatchling comes from the lock, so the build fetches nothing.
RUN uv pip install --no-cache --python /opt/rekindle/bin/python --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --uid 10001 --user-group --create-home --home-dir /var/lib/rekindle rekindle
COPY --from=build /opt/rekindle /opt/rekindle
# UTC: scheduled times are read in the machine's own zone.
ENV PATH=/opt/rekindle/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MALLOC_ARENA_MAX=2 \
    TZ=UTC
USER 10001:10001
WORKDIR /var/lib/rekindle
EXPOSE 8321
ENTRYPOINT ["rekindle"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8321"]
