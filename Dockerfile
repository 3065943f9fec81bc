# The gateway without Redis: set REDIS_URL, or use compose.yaml. The files come from scripts/build-image-root, which also
# works without a container engine.
ARG NODE=24
FROM node:${NODE}-bookworm-slim AS build
WORKDIR /source
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run --silent build && DIST=dist scripts/build-image-root /app

FROM node:${NODE}-bookworm-slim
# 20 is Debian's group dialout, which owns serial ports passed in with --device.
RUN usermod -aG 20 node && rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn*
COPY --from=build /app /app
WORKDIR /app
RUN install -d -o node -g node -m 700 /app/var
ENV HTTP__HOST=0.0.0.0
USER node
VOLUME /app/var
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve"]
