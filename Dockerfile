# The controller. Build and run it by docker-compose.yml, or:
#
#     docker build --tag whisperpage .
#     docker run --env WHISPERPAGE_SWITCH_URL=... --volume whisperpage:/var/lib/whisperpage whisperpage

# A tag, which moves to newer builds; write @sha256:... behind it, here and below, to stay: docs/security.md.
FROM python:3.13-slim AS build
RUN python -m venv /opt/whisperpage
WORKDIR /source
COPY requirements requirements
# No file comes from the index that requirements/ does not know by its hash (the Makefile says more).
RUN for each in build image; do \
      /opt/whisperpage/bin/pip install --no-cache-dir --require-hashes --no-build-isolation \
        --only-binary :all: --no-binary greenswitch --requirement requirements/$each.txt || exit 1; \
    done
COPY . .
RUN /opt/whisperpage/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /opt/whisperpage/bin/pip uninstall --yes setuptools

FROM python:3.13-slim
RUN useradd --system --uid 10019 --create-home --home-dir /var/lib/whisperpage whisperpage \
    && install -d -o whisperpage -m 755 /run/whisperpage
COPY --from=build /opt/whisperpage /opt/whisperpage
ENV PATH=/opt/whisperpage/bin:$PATH PYTHONUNBUFFERED=1
USER whisperpage
# Where the SQLite database is, unless WHISPERPAGE_DATABASE_URL says otherwise.
WORKDIR /var/lib/whisperpage
# Healthy means that the process lives, for whatever restarts what is not (docs/monitoring.md).
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", "-c", \
    "import urllib.request as http; http.urlopen('http://127.0.0.1:8019/healthz', timeout=4)"]
ENTRYPOINT ["whisperpage"]
CMD ["serve"]
