# syntax=docker/dockerfile:1
# Remit as an image: `docker build -t remit:0.1.0 .`, then see docs/guides/run-on-postgresql.md and compose.yaml.
# Everything it will ever need is in it: nothing is downloaded, compiled or installed when it runs.

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_CONSTRAINT=/src/constraints.txt
RUN python -m venv /opt/remit
WORKDIR /src
# The packages first, as pinned: a change of Remit alone does not fetch them anew.
COPY constraints.txt pyproject.toml ./
RUN /opt/remit/bin/python -c "import tomllib; p = tomllib.load(open('pyproject.toml', 'rb'))['project']; \
print(*p['dependencies'], *p['optional-dependencies']['postgres'], *p['optional-dependencies']['otlp'], sep='\n')" \
      > requirements.txt \
 && /opt/remit/bin/pip install -r requirements.txt
COPY LICENSE NOTICE README.md ./
COPY src src
COPY agents agents
COPY retrieval retrieval
COPY policies policies
COPY eval eval
COPY examples/packs examples/packs
RUN /opt/remit/bin/pip install --no-deps .
# The encoder is compiled here, once. The keys and the database that the doctor makes on the way are thrown away.
RUN REMIT_HOME=/tmp/home /opt/remit/bin/remit doctor \
 && mkdir -p /data/keys && mv /tmp/home/models /data/models && rm -rf /tmp/home

FROM python:3.11-slim-bookworm
ENV PATH=/opt/remit/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    REMIT_HOME=/var/lib/remit HF_HUB_OFFLINE=1
RUN useradd --system --uid 10001 --home-dir /var/lib/remit --shell /usr/sbin/nologin remit
COPY --from=build /opt/remit /opt/remit
COPY --from=build --chown=remit:remit --chmod=u=rwX,go= /data /var/lib/remit
USER remit
WORKDIR /var/lib/remit
VOLUME /var/lib/remit
EXPOSE 8000
STOPSIGNAL SIGTERM
# Ready, not only alive: what cannot reach its database is no use to a proxy.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["remit"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
