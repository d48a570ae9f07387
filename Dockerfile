# The exporter on Node.js 24, for amd64 and arm64. Docker builds it with BuildKit, Podman with Buildah.

# This stage runs on the builder's processor, whichever the image is for: nothing compiles in emulation.
FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS build
ARG TARGETARCH
# The compiler of the BPF programs, and the headers that they include.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends clang libbpf-dev
WORKDIR /build
COPY . .
RUN case "$TARGETARCH" in \
      amd64) cpu=x64 ;; \
      arm64) cpu=arm64 ;; \
      *) echo "no image for processor '$TARGETARCH', only for amd64 and arm64" >&2; exit 1 ;; \
    esac \
 && SYSTEM_PACKAGES="libbpf1 libelf1" bash deploy/app/assemble.sh /app "$cpu" \
 && install -m 644 deploy/image/healthcheck.sh /app

FROM node:24-bookworm-slim
# libbpf loads the BPF programs. What installing it leaves behind differs from build to build.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libbpf1 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/ldconfig /var/log/* /var/lib/dpkg/*-old /var/cache/debconf/*-old
# What installs npm packages has no business beside the exporter.
RUN rm -rf /usr/local/lib/node_modules /opt/yarn-* \
      /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg \
 && ln -s /app/dist/main.js /usr/local/bin/ephemeral-port-exporter
COPY --from=build /app /app

# The commit, which a build tells: --build-arg REVISION=…
ARG REVISION=
LABEL org.opencontainers.image.title="ephemeral-port-exporter" \
      org.opencontainers.image.description="Prometheus exporter for ephemeral (source) port usage per remote endpoint" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.url="https://github.com/ephemeral-port-exporter/ephemeral-port-exporter" \
      org.opencontainers.image.source="https://github.com/ephemeral-port-exporter/ephemeral-port-exporter" \
      org.opencontainers.image.documentation="https://github.com/ephemeral-port-exporter/ephemeral-port-exporter/blob/main/README.md" \
      org.opencontainers.image.base.name="docker.io/library/node:24-bookworm-slim"
ENV NODE_ENV=production REVISION="$REVISION"

# A number, because that is how the kubelet can tell that it is not root; and one that no other image has, for
# in the host's pid namespace processes of the same user may read and end each other.
USER 59065:59065
EXPOSE 9065
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["/bin/bash", "/app/healthcheck.sh"]
# SIGUSR1 would open Node.js's inspector until the program takes it.
ENTRYPOINT ["/usr/local/bin/node", "--disable-sigusr1", "/app/dist/main.js"]
