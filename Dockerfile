# The server with the committed bundle:
#   docker build -t marquee:0.1.0 . && docker run --rm -p 8080:8080 marquee:0.1.0
# Another bundle: -v "$PWD/models/mine:/app/models/mine:ro" -e MARQUEE_MODEL=models/mine

FROM node:22-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# "yes": with OpenTelemetry's packages.
ARG TELEMETRY=no
# The server needs neither training's own packages nor other platforms' ONNX Runtime, by far the largest.
RUN npm ci --omit=dev && \
    if [ "$TELEMETRY" = yes ]; then npm install --no-save --save-prod --omit=dev $(node -p \
      'Object.entries(require("./package.json").peerDependencies).map((entry) => entry.join("@")).filter((name) => name.startsWith("@opentelemetry/")).join(" ")'); fi && \
    rm -rf node_modules/@tensorflow && \
    find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 \
      ! -path "*/linux/$(node -p process.arch)" -exec rm -r {} +

FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.base.json LICENSE NOTICE ./
RUN npm ci
COPY predictor predictor
COPY node node
COPY serve serve
COPY tools tools
RUN npm run build
COPY pipeline/export pipeline/export
COPY web web
COPY models/ml1m models/ml1m
RUN npm run build:web

FROM node:22-bookworm-slim
# Gives memory back to the system.
RUN apt-get update && apt-get install -y --no-install-recommends libjemalloc2 && \
    rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production \
    LD_PRELOAD=libjemalloc.so.2 \
    MARQUEE_HOST=0.0.0.0 \
    MARQUEE_PORT=8080
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
# JavaScript, a package.json whose scripts run it, and the licences of everything.
COPY --from=build /app/dist ./
COPY models/ml1m models/ml1m
COPY --from=build /app/web/dist web/dist
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.MARQUEE_PORT}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1, so that SIGTERM reaches the server.
CMD ["node", "serve/main.js"]
