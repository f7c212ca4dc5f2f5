#!/usr/bin/env bash
# Makes a libmlxc.so for Linux in the given folder and prints its path: PyPI's mlx-cpu wheel plus
# one C++ file that offers the mlx-c functions which bessemer.mlx calls. For tests: it proves that
# the bindings and the backend are right, its speed says nothing about MLX on a Mac.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=${1:?usage: build.sh FOLDER}
version=0.32.2 # pairs with mlx-c 0.7.0
wheel=${MLX_WHEEL:-mlx-cpu} # mlx-cuda-12 has the same headers; untested
source=$root/libs/mlx/src/test/cpp/mlxc.cpp
library=$out/libmlxc.so

command -v g++ >/dev/null || { echo "no C++ compiler (g++)" >&2; exit 1; }
command -v python3 >/dev/null || { echo "no python3" >&2; exit 1; }
mkdir -p "$out"
if [ ! -d "$out/python/mlx/include" ]; then
  python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore \
    --no-deps --target "$out/python" "$wheel==$version" >&2
fi
mlx=$out/python/mlx
if [ ! -f "$library" ] || [ "$source" -nt "$library" ]; then
  g++ -std=c++20 -O2 -fPIC -shared -I"$mlx/include" "$source" -L"$mlx/lib" -lmlx \
    -Wl,-rpath,"$mlx/lib" -o "$library.new" >&2
  mv "$library.new" "$library"
fi
echo "$library"
