"""Builds a checkpoint for onnxruntime-genai with its model builder, weights in 4 bit.

Groups of 32 and int8 activations: the builder's defaults for processors, its fastest form.

    python onnx_export.py CHECKPOINT OUT_DIR
"""

import shutil
import subprocess
import sys
from pathlib import Path


def main() -> None:
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    part, cache = out.with_name(out.name + ".part"), out.with_name(out.name + ".cache")
    shutil.rmtree(part, ignore_errors=True)
    builder = [sys.executable, "-m", "onnxruntime_genai.models.builder", "-i", source, "-o", part,
               "-p", "int4", "-e", "cpu", "-c", cache]
    subprocess.run(builder, check=True)
    shutil.rmtree(cache, ignore_errors=True)
    part.rename(out)  # a folder with its name is a whole one


if __name__ == "__main__":
    main()
