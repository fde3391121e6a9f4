# One vaino node: what runs it, and nothing that tests it. Runs as an unprivileged user, keeps its files in /data.
#
#   docker build -t vaino .
#   docker run -p 127.0.0.1:8420:8420 -v vaino:/data -e VAINO_TOKENS__ADMIN="$(openssl rand -hex 16)" vaino

# The lock file comes before the sources, so a change of the sources installs nothing again.
FROM node:22-bookworm-slim AS install
WORKDIR /opt/vaino
COPY package.json package-lock.json ./
COPY cli/launcher/install.mjs cli/launcher/
RUN node cli/launcher/install.mjs
# What only compilers and debuggers read (20 MB), and a second name of Bun, which a copy may make a second file of (107 MB).
RUN find node_modules -name '*.map' -delete -o -name '*.d.[cm]ts' -delete -o -name '*.d.ts' -delete -o -name 'bunx*' -delete
# AWS's clients, which a clone makes when its first aws source asks: the image has no npm to make them with.
COPY runtime runtime
COPY model model
COPY connectors connectors
RUN node_modules/.bin/bun connectors/aws/ready.ts connectors/aws/sdk/bundle

# Neither Node nor npm: without package-lock.json the launcher starts what is installed and checks nothing.
FROM debian:bookworm-slim
RUN useradd --system --uid 10001 vaino && mkdir /data && chown vaino /data
WORKDIR /opt/vaino
COPY --from=install /opt/vaino/node_modules node_modules
COPY vaino package.json bunfig.toml tsconfig.json LICENSE ./
COPY model model
COPY operators operators
COPY storage storage
COPY connectors connectors
COPY --from=install /opt/vaino/connectors/aws/sdk/bundle connectors/aws/sdk/bundle
COPY pipeline pipeline
COPY runtime runtime
COPY api api
COPY web web
COPY cli cli
COPY examples/estate examples/estate
# By its number: Kubernetes refuses a name where runAsNonRoot is asked for.
USER 10001
VOLUME /data
# Reachable through a published port, and therefore refused without a token: VAINO_TOKENS__ADMIN, or VAINO_TOKENS__ADMIN_FILE with the name of a file.
ENV VAINO_DATA_DIR=/data VAINO_LISTEN=0.0.0.0:8420
EXPOSE 8420
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/opt/vaino/node_modules/.bin/bun", "/opt/vaino/cli/launcher/healthcheck.mjs"]
ENTRYPOINT ["/opt/vaino/vaino"]
CMD ["up"]
