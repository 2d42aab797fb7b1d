# windlass with what it runs: Git and SSH for repositories, curl and OpenSSL for their hooks, Redis. docs/install.md says how to run it.
# Any Debian with Node 20.19 or newer and npm may be the base, as on a network that no registry answers.
ARG BASE=node:24-bookworm-slim

FROM ${BASE} AS build
WORKDIR /opt/windlass
COPY package.json package-lock.json ./
# Scripts of packages build parts that windlass does without.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY src src
RUN npx tsc -p . && npm prune --omit=dev --ignore-scripts --no-audit --no-fund && rm -rf src tsconfig.json
COPY . .
RUN rm -rf src tsconfig.json && find dist -name '*.map' -delete

FROM ${BASE}
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates curl git openssh-client openssl redis-server \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --system --uid 842 --user-group --home-dir /var/lib/windlass windlass \
  && install -d -o windlass -g windlass -m 0700 /var/lib/windlass /var/lib/windlass-redis \
  && install -d -o windlass -g windlass -m 0755 /run/windlass
COPY --from=build /opt/windlass /opt/windlass
RUN ln -s /opt/windlass/bin/windlass /usr/local/bin/windlass
ENV NODE_ENV=production HOME=/var/lib/windlass WINDLASS_STATE_DIR=/var/lib/windlass
USER windlass
WORKDIR /var/lib/windlass
ENTRYPOINT ["windlass"]
CMD ["up"]
