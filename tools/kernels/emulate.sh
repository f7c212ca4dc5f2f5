#!/bin/sh
# Checks the native kernels for processors that this machine is not, by emulation:
#
#   tools/kernels/emulate.sh [avx2] [avx512] [amx] [neon]      all where none is named
#
#   avx2    as it is, on a processor that has it: a check of the check
#   avx512  instructions of AVX-512 by SIMDe, everything else by the compiler for AVX2; says nothing
#           of the code that the compiler makes for AVX-512 itself
#   amx     the same with tiles in plain C; kernels that AMX lacks are those of AVX-512
#   neon    compiled for arm64 and run by QEMU
#
# check.c and what it calls compare every kernel with sums of doubles. Memory ends at pages that
# must not be read.
# What a kind needs is named where it is missing. On Debian 12:
#
#   apt-get install gcc libsimde-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
#
# Takes a minute or two. Not part of the tests, which run all kinds that the machine has.
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
sources=$here/../../libs/tensor/src/main/c
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

missing() {
  echo "$kind: left out, $1 is missing"
  skipped=1
}

# Compiles kernels and check with the command and options given.
build() {
  "$@" -std=gnu11 -Wall -Wextra -Werror -Wno-psabi -I"$sources" -DKIND="$kind" -o "$work/$kind" \
    "$here"/*.c "$sources"/*."$kind".c -lm
}

# The kernels of AVX-512 by the names that those of AMX would have, where there are none.
build_amx() {
  for source in "$sources"/*.avx512.c "$sources"/*.amx.c; do
    "$@" -std=gnu11 -Wall -Wextra -Werror -Wno-psabi -c -o "$work/$(basename "$source").o" "$source"
  done
  own=" $(nm "$work"/*.amx.c.o | sed -n 's/.* T bessemer_\(.*\)_amx$/\1/p' | tr '\n' ' ')"
  names=
  for name in $(nm "$work"/*.avx512.c.o | sed -n 's/.* T bessemer_\(.*\)_avx512$/\1/p'); do
    case $own in
      *" $name "*) ;;
      *) names="$names -Wl,--defsym=bessemer_${name}_amx=bessemer_${name}_avx512" ;;
    esac
  done
  # shellcheck disable=SC2086
  "$@" -std=gnu11 -Wall -Wextra -Werror -I"$sources" -DKIND=amx -DTILES -o "$work/amx" \
    "$here"/*.c "$work"/*.o $names -lm
}

check() {
  kind=$1
  case $kind in
    avx2)
      grep -q avx2 /proc/cpuinfo || { missing "a processor with AVX2"; return; }
      build "${CC:-cc}" -O2 -mavx2 -mfma -mf16c
      "$work/$kind"
      ;;
    avx512)
      grep -q avx2 /proc/cpuinfo || { missing "a processor with AVX2"; return; }
      [ -f /usr/include/simde/x86/avx512.h ] || { missing "libsimde-dev"; return; }
      build "${CC:-cc}" -I"$here/simde" -O1 -mavx2 -mfma -mf16c
      "$work/$kind"
      ;;
    amx)
      grep -q avx2 /proc/cpuinfo || { missing "a processor with AVX2"; return; }
      [ -f /usr/include/simde/x86/avx512.h ] || { missing "libsimde-dev"; return; }
      build_amx "${CC:-cc}" -I"$here/simde" -O1 -mavx2 -mfma -mf16c
      "$work/$kind"
      ;;
    neon)
      command -v aarch64-linux-gnu-gcc >/dev/null || { missing gcc-aarch64-linux-gnu; return; }
      command -v qemu-aarch64 >/dev/null || { missing qemu-user; return; }
      build aarch64-linux-gnu-gcc -static -O3 -march=armv8.2-a+dotprod+fp16
      qemu-aarch64 -cpu max "$work/$kind"
      ;;
    *)
      echo "no kind of instructions $kind" >&2
      exit 2
      ;;
  esac
}

skipped=0
[ $# -gt 0 ] || set -- avx2 avx512 amx neon
for kind in "$@"; do
  check "$kind"
done
exit $skipped
