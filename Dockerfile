# The controller. Build and run it by docker-compose.yml, or:
#
#     docker build --tag whisperpage .
#     docker run --env WHISPERPAGE_SWITCH_URL=... --volume whisperpage:/var/lib/whisperpage whisperpage

FROM python:3.13-slim AS build
RUN python -m venv /opt/whisperpage
WORKDIR /source
COPY . .
RUN /opt/whisperpage/bin/pip install --no-cache-dir '.[postgresql,mysql]'

FROM python:3.13-slim
RUN useradd --system --uid 10019 --create-home --home-dir /var/lib/whisperpage whisperpage
COPY --from=build /opt/whisperpage /opt/whisperpage
ENV PATH=/opt/whisperpage/bin:$PATH PYTHONUNBUFFERED=1
USER whisperpage
# Where the SQLite database is, unless WHISPERPAGE_DATABASE_URL says otherwise.
WORKDIR /var/lib/whisperpage
VOLUME /var/lib/whisperpage
# Healthy means that the process lives, for whatever restarts what is not (docs/monitoring.md).
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", "-c", \
    "import urllib.request as http; http.urlopen('http://127.0.0.1:8019/healthz', timeout=4)"]
ENTRYPOINT ["whisperpage"]
CMD ["serve"]
