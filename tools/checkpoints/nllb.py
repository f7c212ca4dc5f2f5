"""Writes a translator in the shape of NLLB-200 600M with random weights, for races: as transformers
saves it, and the same as `pytorch_model.bin`, the form in which NLLB is published.

    python tools/checkpoints/nllb.py --out DIR [--bin DIR]
"""

import argparse
from pathlib import Path

import torch
from transformers import M2M100Config, M2M100ForConditionalGeneration


def config() -> M2M100Config:
    return M2M100Config(
        vocab_size=256206, d_model=1024, encoder_layers=12, decoder_layers=12,
        encoder_attention_heads=16, decoder_attention_heads=16, encoder_ffn_dim=4096,
        decoder_ffn_dim=4096, max_position_embeddings=1024, scale_embedding=True, dropout=0.1,
        attention_dropout=0.1, encoder_layerdrop=0.0, decoder_layerdrop=0.0, pad_token_id=1,
        bos_token_id=0, eos_token_id=2, decoder_start_token_id=2, tie_word_embeddings=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--bin", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    torch.manual_seed(asked.seed)
    model = M2M100ForConditionalGeneration(config()).eval()
    with torch.no_grad():
        model.model.shared.weight[model.config.pad_token_id] = 0
    model.save_pretrained(asked.out)
    if asked.bin:
        asked.bin.mkdir(parents=True)
        torch.save(model.state_dict(), asked.bin / "pytorch_model.bin")
        model.config.save_pretrained(asked.bin)


if __name__ == "__main__":
    main()
