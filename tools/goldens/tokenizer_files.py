"""Trains tiny tokenizers of the kinds in use and records what transformers does with them.

    python tools/goldens/tokenizer_files.py libs/checkpoint/src/test/resources/text

Writes one folder per tokenizer, and tokenizers.json with ids and decoded texts.
"""

import json
import pathlib
import random
import shutil
import sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers, processors, trainers
from transformers import AutoTokenizer

CORPUS = [
    "The furnace burns hot and the steel runs into the mould, bright as the sun.",
    "She said: it's not what they've asked for, isn't it? We're done; I'm sure he's right.",
    "In 1856 Henry Bessemer blew air through molten iron. 12345 tons in 678 days!",
    "for (int i = 0; i < n; i++) {\n\tsum += values[i];\n}\n\n    return sum;",
    "Grüße aus Köln, où l'été est très chaud; señor, ¿qué pasa mañana?",
    "Привет, мир! Сталь и железо. Ещё раз: привет.",
    "你好，世界。钢铁是这样炼成的。你好！",
    "こんにちは世界。鉄は熱いうちに打て。",
    "السلام عليكم ورحمة الله",
    "नमस्ते दुनिया",
    "Emoji: 😀 😀 👍🏽 👩‍👩‍👧‍👦 🇩🇪 ❤️",
] * 4

TEXTS = [
    "",
    " ",
    "     ",
    "Hello",
    " Hello  world ",
    "The steel is hot, isn't it? We're sure they've said so . Yes !",
    "it 's ' quoted ' , n't 'm",
    "line one\nline two\r\n\n\n\tindented    code  ",
    "1234567890 3.14159 1e-5 0xFF",
    "Grüße, señor: naïve café Zoë e\u0301 o\u0308",
    "Привет, мир",
    "你好，世界 钢铁",
    "こんにちは、鉄 カタカナ",
    "السَّلَامُ عَلَيْكُمْ",
    "नमस्ते क्षत्रिय",
    "😀👍🏽👩‍👩‍👧‍👦🇩🇪❤️ x😀y",
    "𝕳𝖊𝖑𝖑𝖔 𐍈 𠜎",
    "zero\u200bwidth\u200d joiner\ufeff",
    "<s>special</s> <|end|> <unk> <|tool|>",
    "a\u0000b\u0001c",
    "▁already ▁▁ marked",
    "Ġodd Ċ letters",
    "\ufffd lone replacement \ufffd",
    "ﬁ ligature Å ångström Ⅷ",
    "a" * 40,
    "don't DON'T I'LL we'd",
    "x" + " " * 17 + "y",
]

LLAMA3_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN_SPLIT = LLAMA3_SPLIT.replace(r"\p{N}{1,3}", r"\p{N}")


def special(*tokens):
    return [AddedToken(token, special=True, normalized=False) for token in tokens]


def llama3():
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(LLAMA3_SPLIT), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(
            vocab_size=420, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
        ),
    )
    tokenizer.add_special_tokens(special("<s>", "</s>", "<|end|>"))
    tokenizer.add_tokens([AddedToken("<|tool|>", special=False, normalized=False)])
    bos = tokenizer.token_to_id("<s>")
    tokenizer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", bos)]),
        ]
    )
    config = {"bos_token": "<s>", "eos_token": "</s>", "clean_up_tokenization_spaces": True}
    return tokenizer, config, ["</s>", "<|end|>"]


def qwen():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN_SPLIT), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(
            vocab_size=380, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
        ),
    )
    tokenizer.add_special_tokens(special("<|endoftext|>", "<|im_start|>", "<|end|>"))
    config = {"bos_token": None, "eos_token": "<|end|>", "pad_token": "<|endoftext|>", "unk_token": None}
    return tokenizer, config, "<|end|>"


BYTES = [f"<0x{i:02X}>" for i in range(256)]


def metaspace(modern):
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    if modern:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    else:
        tokenizer.normalizer = normalizers.Sequence(
            [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
        )
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(content=" ", left=1, right=0),
        ]
    )
    # Merges must not cross words: trained with a splitting pre-tokenizer, used without one.
    final = tokenizer.pre_tokenizer, tokenizer.normalizer
    tokenizer.pre_tokenizer, tokenizer.normalizer = pre_tokenizers.Metaspace(), None
    tokenizer.train_from_iterator(
        [line for line in CORPUS if line.isascii()],
        trainers.BpeTrainer(
            vocab_size=520, special_tokens=["<unk>", "<s>", "</s>"] + BYTES, show_progress=False
        ),
    )
    state = json.loads(tokenizer.to_str())
    state["added_tokens"] = [t for t in state["added_tokens"] if not t["content"].startswith("<0x")]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    if final[0] is not None:
        tokenizer.pre_tokenizer = final[0]
    else:
        tokenizer.pre_tokenizer = None
    if final[1] is not None:
        tokenizer.normalizer = final[1]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 1)]
    )
    token = lambda text: {"content": text, "lstrip": False, "normalized": False, "rstrip": False,
                          "single_word": False, "__type": "AddedToken"}
    config = {"bos_token": token("<s>"), "eos_token": token("</s>"), "unk_token": token("<unk>"),
              "add_bos_token": True}
    return tokenizer, config, 2


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.train_from_iterator(
        CORPUS,
        trainers.UnigramTrainer(
            vocab_size=400, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>",
            show_progress=False
        ),
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", tokenizer.token_to_id("</s>"))]
    )
    config = {"eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>",
              "clean_up_tokenization_spaces": True}
    return tokenizer, config, None


def main(out):
    random.seed(7)
    kinds = {
        "llama3": llama3(),
        "qwen": qwen(),
        "llama2": metaspace(modern=False),
        "mistral": metaspace(modern=True),
        "unigram": unigram(),
    }
    goldens = {}
    for name, (tokenizer, config, ends) in kinds.items():
        folder = out / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        state = json.loads(tokenizer.to_str())
        write(folder / "tokenizer.json", state)
        config = {"tokenizer_class": "PreTrainedTokenizerFast", **config}
        write(folder / "tokenizer_config.json", config)
        if ends is not None:
            as_id = lambda t: t if isinstance(t, int) else tokenizer.token_to_id(t)
            ends = [as_id(e) for e in ends] if isinstance(ends, list) else as_id(ends)
            write(folder / "generation_config.json", {"eos_token_id": ends})
        goldens[name] = record(AutoTokenizer.from_pretrained(folder))
    write(out / "tokenizers.json", goldens)


def record(tokenizer):
    cases = []
    for text in TEXTS:
        with_special = tokenizer.encode(text, add_special_tokens=True)
        ids = tokenizer.encode(text, add_special_tokens=False)
        cases.append({
            "text": text, "ids": ids, "with_special": with_special,
            "decoded": tokenizer.decode(with_special),
            "skipped": tokenizer.decode(with_special, skip_special_tokens=True),
        })
    odd = []
    for _ in range(24):
        ids = [random.randrange(len(tokenizer)) for _ in range(random.randrange(1, 12))]
        odd.append({"ids": ids, "decoded": tokenizer.decode(ids),
                    "skipped": tokenizer.decode(ids, skip_special_tokens=True)})
    return {"size": len(tokenizer), "named": tokenizer.special_tokens_map, "cases": cases, "random": odd}


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
