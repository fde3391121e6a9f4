# One vaino node. Runs as an unprivileged user, keeps its files in /data.
FROM node:22-bookworm-slim
WORKDIR /opt/vaino
COPY . .
RUN node cli/launcher/install.mjs \
 && mkdir /data && chown node:node /data
USER node
VOLUME /data
ENV VAINO_DATA_DIR=/data
EXPOSE 8420
ENTRYPOINT ["/opt/vaino/vaino"]
CMD ["up"]
