"""Exports a checkpoint for OpenVINO GenAI, weights in 4 bit with groups of 64.

As `optimum-cli export openvino --weight-format int4 --group-size 64` does it: the output layer and
the embedding stay in 8 bit. No tokenizer is needed by the benchmark, and none is made.

    python openvino_export.py CHECKPOINT OUT_DIR
"""

import shutil
import sys
from pathlib import Path

from optimum.intel import OVModelForCausalLM, OVWeightQuantizationConfig


def main() -> None:
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    weights = OVWeightQuantizationConfig(bits=4, sym=False, group_size=64, ratio=1.0)
    model = OVModelForCausalLM.from_pretrained(
        source, export=True, compile=False, quantization_config=weights, local_files_only=True
    )
    model.save_pretrained(part)
    part.rename(out)  # a folder with its name is a whole one


if __name__ == "__main__":
    main()
