#!/bin/sh
# Compiles the kernels of this folder into OUT/native/SYSTEM-MACHINE/libbessemer.so (.dylib), with
# $CC or cc. The second part of a file's name says for which instructions: NAME.avx2.c is compiled
# for AVX2 and left out on machines of another kind, or by a compiler that does not know it.
#
#   build.sh OUT
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
cc=${CC:-cc}

system=$(uname -s | tr '[:upper:]' '[:lower:]')
machine=$(uname -m)
[ "$machine" = arm64 ] && machine=aarch64
extension=so
[ "$system" = darwin ] && extension=dylib
folder=$1/native/$system-$machine
library=$folder/libbessemer.$extension

if ! command -v "$cc" >/dev/null 2>&1; then
  echo "no C compiler: products run on Java's kernels"
  exit 0
fi
if [ -f "$library" ] && [ -z "$(find "$here" -type f -newer "$library")" ]; then
  exit 0
fi

# Flags of one kind of instructions; fails for those of other machines.
flags() {
  case $machine-$1 in
    x86_64-avx2) echo "-mavx2 -mfma -mf16c" ;;
    x86_64-avx512) echo "-mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mfma -mf16c" ;;
    x86_64-amx) echo "-mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mavx512bf16
      -mfma -mf16c -mamx-tile -mamx-int8 -mamx-bf16" ;;
    # Only ever tried with GCC; Macs have the mlx backend.
    aarch64-neon) [ "$system" = linux ] && echo "-march=armv8.2-a+dotprod+fp16" ;;
    *) return 1 ;;
  esac
}

work=$1/native/objects
mkdir -p "$work" "$folder"
objects=
for source in "$here"/*.c; do
  name=$(basename "$source" .c)
  options=
  case $name in
    *.*) options=$(flags "${name##*.}") || continue ;;
  esac
  # shellcheck disable=SC2086
  if ! echo | "$cc" $options -x c -c -o "$work/try.o" - 2>/dev/null; then
    echo "the C compiler cannot build $name: those kernels are left out"
    continue
  fi
  # shellcheck disable=SC2086
  "$cc" -std=gnu11 -O3 -fPIC -fvisibility=hidden -Wall -Wextra $options \
    -c -o "$work/$name.o" "$source"
  objects="$objects $work/$name.o"
done
# shellcheck disable=SC2086
"$cc" -shared -o "$library.new" $objects
mv "$library.new" "$library"
rm -rf "$work"
