"""Renders chat templates with transformers and records the results.

    python tools/goldens/chat_templates.py libs/checkpoint/src/test/resources/text/chat_templates.json

The templates in templates/ have the constructs of those that models ship, with other words.
"""

import json
import pathlib
import sys
from datetime import datetime

import transformers.utils.chat_template_utils as chat_template_utils
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

import micro_templates

HERE = pathlib.Path(__file__).parent
NOW = datetime(2026, 3, 5, 7, 8, 9)


class FixedNow(datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


chat_template_utils.datetime = FixedNow

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "current weather\nof a CITY",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "Name, e.g. \"Köln\" <b>"},
                "days": {"type": "array", "items": {"type": "integer"}},
                "unit": {"enum": ["°C", "°F"]},
                "limits": {"type": "object", "properties": {"low": {"type": ["number", "null"]}}},
            },
            "required": ["city"],
        },
        "return": {"type": "string"},
    },
}
CLOCK = {"type": "function", "function": {"name": "now", "description": "the time", "parameters": {
    "type": "object", "properties": {}}}}
SYSTEM = {"role": "system", "content": "  Be brief.\n"}
CALL = {"id": "abc123XYZ", "type": "function", "function": {
    "name": "get_weather",
    "arguments": {"city": "東京 \"x\"", "days": [1, 2], "deep": {"a": None, "b": [True, 1.5, 1e-7, {}], "c": []}},
}}
CALL2 = {"id": "abc123XY2", "type": "function", "function": {"name": "now", "arguments": {}}}

CONVERSATIONS = {
    "single": [{"role": "user", "content": "Hello <world> & 'you' \"all\""}],
    "system": [SYSTEM, {"role": "user", "content": "  Hi 👋\n"}],
    "turns": [
        SYSTEM,
        {"role": "user", "content": "One"},
        {"role": "assistant", "content": " Two \n"},
        {"role": "user", "content": "Три\n"},
        {"role": "assistant", "content": ""},
        {"role": "user", "content": "四"},
    ],
    "thinking": [
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "<think>\nOld thoughts\n</think>\n\nOld answer"},
        {"role": "user", "content": "And now?"},
        {"role": "assistant", "content": "<think>\n\nNew\nthoughts\n</think>\n\nNew answer"},
    ],
    "reasoning": [
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "reasoning": "Because.", "content": "So."},
    ],
    "call": [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "name": "get_weather", "tool_call_id": "abc123XYZ", "content": "21.5"},
        {"role": "assistant", "content": "Warm."},
        {"role": "user", "content": "Thanks"},
    ],
    "calls": [
        SYSTEM,
        {"role": "user", "content": "Weather and time?"},
        {"role": "assistant", "content": "Let me see.", "tool_calls": [CALL, CALL2]},
        {"role": "tool", "tool_call_id": "abc123XYZ", "content": {"content": "rain", "mm": 3}},
        {"role": "tool", "tool_call_id": "abc123XY2", "content": "12:00"},
    ],
    "odd_roles": [{"role": "assistant", "content": "I begin"}, {"role": "critic", "content": "No"}],
    "parts": [{"role": "user", "content": [{"type": "text", "text": "Look"}, {"type": "image"}]}],
}


def tokenizer(template):
    backend = Tokenizer(models.WordLevel({"<s>": 0, "</s>": 1, "<unk>": 2}, unk_token="<unk>"))
    made = PreTrainedTokenizerFast(tokenizer_object=backend, bos_token="<s>", eos_token="</s>", unk_token="<unk>")
    made.chat_template = template
    return made


def render(template, messages, tools, add_generation_prompt, variables):
    entry = {}
    try:
        entry["output"] = tokenizer(template).apply_chat_template(
            messages, tools=tools, add_generation_prompt=add_generation_prompt, tokenize=False, **variables
        )
    except Exception as error:
        entry["error"] = type(error).__name__
        entry["reason"] = str(error)
    return entry


def main(out):
    golden = {"conversations": CONVERSATIONS, "tools": [WEATHER, CLOCK], "templates": {}, "cases": [], "micro": []}
    for path in sorted((HERE / "templates").glob("*.jinja")):
        name, source = path.stem, path.read_text()
        golden["templates"][name] = source
        for conversation, messages in CONVERSATIONS.items():
            for with_tools in (False, True):
                for prompt in (False, True):
                    variants = [{}]
                    if prompt and name == "qwen3":
                        variants.append({"enable_thinking": False})
                    if with_tools and prompt and name == "llama3":
                        variants.append({"tools_in_user_message": False, "date_string": "1 May"})
                        variants.append({"builtin_tools": ["interpreter", "now", "search"]})
                    for variables in variants:
                        entry = render(source, messages, golden["tools"] if with_tools else None, prompt, variables)
                        golden["cases"].append({"template": name, "conversation": conversation, "tools": with_tools,
                                                "prompt": prompt, "variables": variables, **entry})
    for source in micro_templates.TEMPLATES:
        entry = render(source, [{"role": "user", "content": "hi"}], None, False, micro_templates.VARIABLES)
        golden["micro"].append({"source": source, **entry})
    golden["variables"] = micro_templates.VARIABLES
    out.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n")


main(pathlib.Path(sys.argv[1]))
