# The server with the committed bundle:
#   docker build -t marquee:0.1.0 . && docker run --rm -p 8080:8080 marquee:0.1.0
# Another bundle: -v "$PWD/models/mine:/app/models/mine:ro" -e MARQUEE_MODEL=models/mine
# The image of workers and runs, without the server's page (docs/many-machines.md):
#   docker build --target training -t marquee-training:0.1.0 .
# The server on NVIDIA GPUs with a driver for CUDA 13, 1.9 GB larger (docs/serving.md#on-cuda):
#   docker build --target cuda -t marquee-cuda:0.1.0 . && docker run --rm --gpus all -p 8080:8080 marquee-cuda:0.1.0

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

# What both programs are built from.
FROM node:22-bookworm-slim AS sources
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.base.json LICENSE NOTICE ./
RUN npm ci
COPY predictor predictor
COPY node node
COPY serve serve
COPY tools tools

FROM sources AS build
RUN npm run build
COPY pipeline/export pipeline/export
COPY web web
COPY models/ml1m models/ml1m
RUN npm run build:web

FROM node:22-bookworm-slim AS training-dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# What S3 and the workers' admin port need, in the versions that package.json names.
ARG PACKAGES="@aws-sdk/client-s3 @bull-board/api @bull-board/express"
RUN npm ci --omit=dev && \
    npm install --no-save --save-prod --omit=dev $(node -p \
      'process.argv[1].split(" ").map((name) => `${name}@${require("./package.json").peerDependencies[name]}`).join(" ")' "$PACKAGES") && \
    find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 \
      ! -path "*/linux/$(node -p process.arch)" -exec rm -r {} +

FROM sources AS training-build
COPY pipeline pipeline
RUN npm run build

FROM node:22-bookworm-slim AS training
ENV NODE_ENV=production
WORKDIR /app
COPY --from=training-dependencies /app/node_modules node_modules
COPY --from=training-build /app/dist ./
COPY models/ml1m models/ml1m
USER node
CMD ["node", "pipeline/worker/main.js", "--help"]

FROM node:22-bookworm-slim AS server
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

# ONNX Runtime's CUDA provider and CUDA's libraries, all of them from PyPI.
FROM node:22-bookworm-slim AS cuda-libraries
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip && \
    rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.base.json ./
RUN npm ci
COPY predictor predictor
COPY node node
COPY pipeline pipeline
COPY tools tools
RUN npm run setup:cuda -- --cuda 13 --without-driver --fetch-libraries

FROM server AS cuda
COPY --from=cuda-libraries /app/.native .native
# The links beside ONNX Runtime's own library.
COPY --from=cuda-libraries /app/node_modules/onnxruntime-node/bin/napi-v6/linux/x64 node_modules/onnxruntime-node/bin/napi-v6/linux/x64
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility

# What a build without --target makes.
FROM server
