#!/bin/sh
# Compares ONNX Runtime's providers cuda, webgpu and cpu on a GPU machine. Needs a driver, NVIDIA's libraries for CUDA 13 and cuDNN 9
# (as Python packages or of the system), and xz or Python 3 to unpack. Results go to $OUT, default: out/ beside this.
#   sh run.sh [--seconds N] [--limit N]
# Each model and batch size runs --seconds (default 3); each provider ends after --limit seconds (default 150), because drivers hang.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"
seconds=3
limit=150
options "seconds limit" "$@"
unpack "$here"/*/*.tar.xz
node="$work/program/node $work/program/run.mjs"
. "$work/program/vulkan.sh"

nvidia-smi >"$out/nvidia-smi.txt" 2>&1 || echo "no nvidia-smi here" >"$out/nvidia-smi.txt"
$node --link >"$out/libraries.txt" 2>&1
ldd "$work"/program/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so >"$out/ldd.txt" 2>&1 || true
for provider in cpu cuda webgpu; do
  timeout -k 10 "$limit" $node --provider $provider --results "$out" --seconds "$seconds" >"$out/$provider.log" 2>&1 ||
    echo "ended with $?" >>"$out/$provider.log"
done
$node --report --results "$out" | tee "$out/report.md"
