#!/bin/sh
# Trains the carried model on the GPU by WebGPU and, at the same time, on the processor by WASM; compares scores, times and ONNX
# Runtime's providers. Needs nothing but a driver, and xz or Python 3 to unpack. Results go to $OUT, default: out/ beside this.
#   sh run.sh [--seconds N] [--provider-seconds N]
# Each of the two trainings ends after --seconds (default 3600) even unfinished, and the report of what is there is written: a driver
# that hangs must not hold the machine.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${OUT:-$here/out}
limit=3600
provider=5
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) limit=$2 ;;
    --provider-seconds) provider=$2 ;;
    *) echo "usage: sh run.sh [--seconds N] [--provider-seconds N]" >&2; exit 2 ;;
  esac
  shift 2
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

unpack() {
  if command -v xz >/dev/null; then
    xz -dc "$here/$1.tar.xz"
  else
    python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), sys.stdout.buffer)' "$here/$1.tar.xz"
  fi | tar -C "$work" -xf -
}
unpack program
unpack data
node="$work/program/node $work/program/run.mjs --data $work/data --results $out"

nvidia-smi >"$out/nvidia-smi.txt" 2>&1 || echo "no nvidia-smi here" >"$out/nvidia-smi.txt"
. "$work/program/vulkan.sh"
# Without a GPU that WebGPU can use there is nothing to compare: WASM would train to its limit for nothing.
adapter=$(cd "$work/program" && timeout -k 10 60 ./node probeWebgpu.mjs 2>"$out/probe.log" | tail -n 1) || adapter="(the probe ended with $?)"
case $adapter in
  "{"*) echo "$adapter" >>"$out/probe.log" ;;
  *) echo "WebGPU finds no GPU here: ${adapter:-the probe said nothing}; see $out/probe.log and $out/nvidia-smi.txt" | tee "$out/report.md"; exit 1 ;;
esac
timeout -k 10 "$limit" $node --train wasm >"$out/wasm.log" 2>&1 &
wasm=$!
timeout -k 10 "$limit" $node --train webgpu --provider-seconds "$provider" >"$out/webgpu.log" 2>&1 || echo "webgpu: ended with $?" >>"$out/webgpu.log"
wait "$wasm" || echo "wasm: ended with $?" >>"$out/wasm.log"
$node --report | tee "$out/report.md"
