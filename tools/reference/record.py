"""Records a reference pack: what PyTorch computes for a checkpoint, module by module.

A pack is a directory with `reference.json` (tokens, component paths, checksums of the source) and
`reference.safetensors` (fp32 values exactly as PyTorch produced them). Bessemer compares its own
activations with it. Everything runs offline, in fp32, with eager attention, and no code from the
checkpoint is executed. docs/VALIDATION.md describes the files.

    python tools/reference/record.py MODEL_DIR --out PACK [--prompt TEXT]... [--long 4160]
    python tools/reference/record.py NLLB_DIR --out PACK --prompt TEXT --from eng_Latn --to fra_Latn
    python tools/reference/record.py LINGOLITE_DIR --out PACK --prompt TEXT --from en --to fr

Exit codes: 0 recorded, 1 the checkpoint could not be recorded, 2 wrong usage.
"""

import argparse
import hashlib
import json
import os
import platform
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")

import decoders
import lingolite
import lingolite_cases
import lingolite_file
import torch
import transformers
import translator_cases
import translators
from instrument import CannotRecord
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import nn
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM


def weight_files(source: Path) -> list[Path]:
    """What transformers reads: one file, or those that the index names; safetensors if there are."""
    if lingolite_file.is_in(source):
        return lingolite_file.weight_files(source)
    for name in ("model.safetensors", "pytorch_model.bin"):
        index = source / f"{name}.index.json"
        if (source / name).is_file():
            return [source / name]
        if index.is_file():
            names = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
            return [source / file for file in sorted(set(names))]
    return []


def load(source: Path) -> nn.Module:
    """The checkpoint in fp32; refuses one whose weights do not all fit the architecture."""
    if lingolite_file.is_in(source):
        return lingolite_file.load(source)
    files = weight_files(source)
    if not files:
        raise CannotRecord(f"{source}: no model.safetensors, no pytorch_model.bin")
    auto = AutoModelForSeq2SeqLM if _config(source).is_encoder_decoder else AutoModelForCausalLM
    try:
        model, report = auto.from_pretrained(
            source,
            dtype=torch.float32,
            attn_implementation="eager",
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=files[0].suffix == ".safetensors",  # else unpickled with weights only
            output_loading_info=True,
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as problem:
        raise CannotRecord(f"{source}: transformers cannot load it: {problem}") from problem
    wrong = {kind: sorted(map(str, names)) for kind, names in report.items() if names}
    computed = [n for n in wrong.get("unexpected_keys", []) if n.endswith("embed_positions.weights")]
    if wrong and wrong != {"unexpected_keys": computed}:
        raise CannotRecord(f"{source}: the weights do not fit the config: {wrong}")
    return model.eval()


def _config(source: Path) -> Any:
    if lingolite_file.is_in(source):
        return lingolite_file.read(source)[1]
    if not (source / "config.json").is_file():
        raise CannotRecord(f"{source}: no config.json, not a checkpoint directory")
    return transformers.AutoConfig.from_pretrained(
        source, local_files_only=True, trust_remote_code=False
    )


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def kind(config: Any) -> ModuleType:
    """What knows how to run such a model."""
    if config.model_type == "lingolite":
        return lingolite
    return translators if config.is_encoder_decoder else decoders


def record(source: Path, out: Path, cases: list[Any], greedy: int) -> nn.Module:
    """Records `cases`, and the greedy continuation of the first row of the first one."""
    model = load(source)
    recorder = kind(model.config)
    recorder.check(cases, model.config.vocab_size)
    _check_names(cases)
    recordings = [recorder.run(model, case) for case in cases]
    pack = {
        "format": "bessemer-reference",
        "version": 1,
        "recorded_with": {
            "torch": torch.__version__,
            **_definition(model.config),
            "python": platform.python_version(),
        },
        "dtype": "float32",
        "attention": "eager",
        "source": {
            "model_type": model.config.model_type,
            "files": {file.name: sha256(file) for file in weight_files(source)},
            "config_sha256": _config_sha256(source, model.config),
        },
        "cases": [
            {
                "name": recording.case.name,
                **recorder.described(recording.case),
                "components": recording.components,
                "logits": f"{recording.case.name}/logits",
            }
            for recording in recordings
        ],
        "greedy": recorder.greedy(model, cases[0], greedy) if greedy else None,
    }
    out.mkdir(parents=True, exist_ok=True)
    tensors = {name: value for r in recordings for name, value in r.tensors.items()}
    save_file(tensors, out / "reference.safetensors")
    (out / "reference.json").write_text(_json(pack), encoding="utf-8")
    return model


def _definition(config: Any) -> dict[str, str]:
    """Whose code computed it."""
    if config.model_type == "lingolite":
        return {"definition": "lingolite_model.py"}
    return {"transformers": transformers.__version__}


def _config_sha256(source: Path, config: Any) -> str:
    file = source / "config.json"
    return sha256(file) if file.is_file() else lingolite_file.config_digest(config)


def _json(pack: dict[str, Any]) -> str:
    """Indented, but with lists of numbers and the components on one line each."""
    text = json.dumps(pack, indent=1, ensure_ascii=False)
    text = re.sub(r"\[[\s\d,]+\]", lambda m: re.sub(r"\s+", "", m.group()), text)
    component = re.compile(r"\{\s+(\"path\": [^{}]*?)\s+\}")
    return component.sub(lambda m: "{" + re.sub(r"\s+", " ", m[1]) + "}", text) + "\n"


def _check_names(cases: list[Any]) -> None:
    names = [case.name for case in cases]
    if len(set(names)) != len(names):
        raise CannotRecord(f"cases must have different names: {names}")


def _cases(arguments: argparse.Namespace) -> list[Any]:
    config = _config(arguments.model)
    if config.model_type == "lingolite":
        return lingolite_cases.cases(arguments, config)
    maker = translator_cases if config.is_encoder_decoder else decoders
    return maker.cases(arguments, config)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path, help="local Hugging Face directory")
    parser.add_argument("--out", type=Path, required=True, help="directory of the pack")
    parser.add_argument("--prompt", action="append", default=[], help="text to record; repeatable")
    parser.add_argument("--chat", action="store_true", help="prompts are user turns of a chat")
    parser.add_argument(
        "--from", dest="source", action="append", default=[], metavar="LANGUAGE",
        help="of the prompts, for translators: eng_Latn or en; repeatable, each with a --to",
    )
    parser.add_argument("--to", dest="target", action="append", default=[], metavar="LANGUAGE")
    parser.add_argument(
        "--tokens", type=Path,
        help='JSON file {"case": [[ids], …], …}; for translators'
        ' {"case": {"input_ids": [[ids], …], "decoder_input_ids": [[ids], …]}, …}',
    )
    parser.add_argument(
        "--long", type=int, metavar="N",
        help="add a case of N tokens; translators have one of 200, unless this is 0",
    )
    parser.add_argument("--greedy", type=int, default=16, metavar="N", help="0: none")
    parser.add_argument("--threads", type=int, help="threads of PyTorch")
    parser.add_argument("--seed", type=int, default=1, help="of the tokens when none are given")
    arguments = parser.parse_args()
    if len(arguments.source) != len(arguments.target):
        parser.error("--from and --to come in pairs")
    if arguments.long and arguments.long < 16:
        parser.error(f"--long {arguments.long}: a long case has at least 16 tokens")
    return arguments


def main() -> int:
    arguments = _arguments()
    torch.manual_seed(arguments.seed)
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    try:
        cases = _cases(arguments)
        record(arguments.model, arguments.out, cases, arguments.greedy)
    except (CannotRecord, OSError, ValueError) as problem:
        print(f"record: {problem}", file=sys.stderr)
        return 1
    print(f"recorded {', '.join(case.name for case in cases)} in {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
