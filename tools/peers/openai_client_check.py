"""Checks that OpenAI's own Python client works against a Bessemer, streaming and not.

    python tools/peers/openai_client_check.py --base-url http://127.0.0.1:8080/v1 --key bsm_… \
        --model NAME [--expect TEXT]

The model must have a chat template. With `--expect`, the greedy answer to `--question` must contain
that text. The key may also come from the environment as `OPENAI_API_KEY`.

Exit codes: 0 all checks hold, 1 one does not, 2 wrong usage.
"""

import argparse
import sys
import time
from collections.abc import Callable

import openai
from openai import OpenAI


class Checks:
    def __init__(self, client: OpenAI, model: str, question: str, expect: str) -> None:
        self.client = client
        self.model = model
        self.expect = expect
        self.messages = [{"role": "user", "content": question}]
        self.answer = ""

    def lists_the_model(self) -> None:
        assert self.model in [model.id for model in self.client.models.list()]
        assert self.client.models.retrieve(self.model).id == self.model

    def answers(self) -> None:
        done = self.client.chat.completions.create(
            model=self.model, messages=self.messages, temperature=0, max_tokens=32
        )
        choice = done.choices[0]
        self.answer = choice.message.content
        assert choice.message.role == "assistant" and choice.finish_reason in ("stop", "length")
        assert self.expect in self.answer, f"{self.expect!r} is not in {self.answer!r}"
        assert done.usage.total_tokens == done.usage.prompt_tokens + done.usage.completion_tokens
        assert done.id.startswith("chatcmpl-") and done.object == "chat.completion"

    def streams_the_same(self) -> None:
        pieces, reason, usage = [], None, None
        stream = self.client.chat.completions.create(
            model=self.model,
            messages=self.messages,
            temperature=0,
            max_tokens=32,
            stream=True,
            stream_options={"include_usage": True},
        )
        for chunk in stream:
            usage = chunk.usage or usage
            for choice in chunk.choices:
                pieces.append(choice.delta.content or "")
                reason = choice.finish_reason or reason
        assert "".join(pieces) == self.answer, f"{''.join(pieces)!r} is not {self.answer!r}"
        assert reason in ("stop", "length") and usage.completion_tokens > 0

    def the_stream_helper_accumulates(self) -> None:
        with self.client.chat.completions.stream(
            model=self.model, messages=self.messages, temperature=0, max_tokens=32
        ) as stream:
            text = "".join(event.delta for event in stream if event.type == "content.delta")
            final = stream.get_final_completion()
        assert text == final.choices[0].message.content == self.answer

    def continues_texts(self) -> None:
        done = self.client.completions.create(
            model=self.model, prompt=["One, two,", "Once"], temperature=0, max_tokens=8
        )
        assert [choice.index for choice in done.choices] == [0, 1]
        parts = self.client.completions.create(
            model=self.model, prompt="One, two,", temperature=0, max_tokens=8, stream=True
        )
        assert "".join(part.choices[0].text for part in parts) == done.choices[0].text

    def stops_and_seeds(self) -> None:
        def draw(seed: int) -> str:
            done = self.client.chat.completions.create(
                model=self.model, messages=self.messages, temperature=1.5, seed=seed, max_tokens=24
            )
            return done.choices[0].message.content

        assert draw(7) == draw(7)
        stop = self.answer[len(self.answer) // 2 :][:3]
        done = self.client.chat.completions.create(
            model=self.model, messages=self.messages, temperature=0, stop=[stop], max_tokens=32
        )
        text = done.choices[0].message.content
        assert stop not in text and self.answer.startswith(text)

    def leaves_in_the_middle(self) -> None:
        stream = self.client.chat.completions.create(
            model=self.model, messages=self.messages, temperature=0, stream=True
        )
        next(iter(stream))
        stream.close()
        self.answers()

    def raises_the_right_errors(self) -> None:
        create = self.client.chat.completions.create
        raises(
            openai.NotFoundError,
            "model_not_found",
            lambda: create(model="no-such-model", messages=self.messages),
        )
        raises(
            openai.BadRequestError,
            "invalid_value",
            lambda: create(model=self.model, messages=self.messages, temperature=9),
        )
        raises(
            openai.BadRequestError,
            "context_length_exceeded",
            lambda: create(model=self.model, messages=self.messages, max_tokens=10_000_000),
        )
        raises(
            openai.BadRequestError,
            "unsupported_parameter",
            lambda: create(model=self.model, messages=self.messages, logprobs=True),
        )


def raises(kind: type[openai.APIStatusError], code: str, call: Callable[[], object]) -> None:
    try:
        call()
    except kind as error:
        assert error.code == code, f"{error.code} is not {code}"
    else:
        raise AssertionError(f"no {kind.__name__}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--key")
    parser.add_argument("--model", required=True)
    parser.add_argument("--question", default="What is the capital of Denmark?")
    parser.add_argument("--expect", default="")
    options = parser.parse_args()
    client = OpenAI(base_url=options.base_url, api_key=options.key, max_retries=0)
    checks = Checks(client, options.model, options.question, options.expect)
    failed = 0
    print(f"openai {openai.__version__} against {options.base_url}, model {options.model}")
    for check in (
        checks.lists_the_model,
        checks.answers,
        checks.streams_the_same,
        checks.the_stream_helper_accumulates,
        checks.continues_texts,
        checks.stops_and_seeds,
        checks.leaves_in_the_middle,
        checks.raises_the_right_errors,
    ):
        start = time.perf_counter()
        try:
            check()
            outcome = "ok"
        except (AssertionError, openai.OpenAIError) as error:
            outcome = f"FAILED: {type(error).__name__}: {error}"
            failed += 1
        name = check.__name__.replace("_", " ")
        print(f"  {name:32} {1000 * (time.perf_counter() - start):7.0f} ms  {outcome}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
