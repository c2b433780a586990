# What run.sh of both packs begins with: $here, $out, $work and the functions below. Sourced, with the pack's folder as $here.
out=${OUT:-$here/out}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

# options "NAME ..." ARGUMENT...: sets a variable for each argument --NAME N, with _ for every - of the name.
options() {
  names=$1
  shift
  while [ $# -gt 0 ]; do
    found=
    for name in $names; do
      if [ "$1" = "--$name" ] && [ $# -gt 1 ]; then found=$name; fi
    done
    if [ -z "$found" ]; then
      usage="usage: sh run.sh"
      for name in $names; do usage="$usage [--$name N]"; done
      echo "$usage" >&2
      exit 2
    fi
    eval "$(echo "$found" | tr - _)=\$2"
    shift 2
  done
}

# unpack ARCHIVE...: to $work, by xz or Python.
unpack() {
  for archive in "$@"; do
    if command -v xz >/dev/null; then
      xz -dc "$archive"
    else
      python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), sys.stdout.buffer)' "$archive"
    fi | tar -C "$work" -xf -
  done
}
