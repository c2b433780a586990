#!/bin/sh
# Trains the carried model on the GPU by WebGPU and, at the same time, on the processor by WASM; compares scores, times and ONNX
# Runtime's providers. Needs nothing but a driver, and xz or Python 3 to unpack. Results go to $OUT, default: out/ beside this.
#   sh run.sh [--seconds N] [--provider-seconds N]
# Each of the two trainings ends after --seconds (default 3600) even unfinished, and the report of what is there is written: a driver
# that hangs must not hold the machine.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"
seconds=3600
provider_seconds=5
options "seconds provider-seconds" "$@"
unpack "$here/program.tar.xz" "$here/data.tar.xz"
node="$work/program/node $work/program/run.mjs --data $work/data --results $out"

nvidia-smi >"$out/nvidia-smi.txt" 2>&1 || echo "no nvidia-smi here" >"$out/nvidia-smi.txt"
. "$work/program/vulkan.sh"
# Without a GPU that WebGPU can use there is nothing to compare: WASM would train to its limit for nothing.
adapter=$(cd "$work/program" && timeout -k 10 60 ./node probeWebgpu.mjs 2>"$out/probe.log" | tail -n 1) || adapter="(the probe ended with $?)"
case $adapter in
  "{"*) echo "$adapter" >>"$out/probe.log" ;;
  *) echo "WebGPU finds no GPU here: ${adapter:-the probe said nothing}; see $out/probe.log and $out/nvidia-smi.txt" | tee "$out/report.md"; exit 1 ;;
esac
timeout -k 10 "$seconds" $node --train wasm >"$out/wasm.log" 2>&1 &
wasm=$!
timeout -k 10 "$seconds" $node --train webgpu --provider-seconds "$provider_seconds" >"$out/webgpu.log" 2>&1 || echo "webgpu: ended with $?" >>"$out/webgpu.log"
wait "$wasm" || echo "wasm: ended with $?" >>"$out/wasm.log"
$node --report | tee "$out/report.md"
