"""The text that the bundled example learns: questions and answers, written out by this script."""

from dataclasses import dataclass
from random import Random

CAPITALS = {
    "France": "Paris", "Germany": "Berlin", "Italy": "Rome", "Spain": "Madrid",
    "Portugal": "Lisbon", "Denmark": "Copenhagen", "Norway": "Oslo", "Sweden": "Stockholm",
    "Finland": "Helsinki", "Iceland": "Reykjavik", "Ireland": "Dublin", "Poland": "Warsaw",
    "Austria": "Vienna", "Hungary": "Budapest", "Greece": "Athens", "Turkey": "Ankara",
    "Egypt": "Cairo", "Kenya": "Nairobi", "Ghana": "Accra", "Morocco": "Rabat",
    "Japan": "Tokyo", "China": "Beijing", "India": "New Delhi", "Nepal": "Kathmandu",
    "Thailand": "Bangkok", "Vietnam": "Hanoi", "Mongolia": "Ulaanbaatar", "Iran": "Tehran",
    "Iraq": "Baghdad", "Canada": "Ottawa", "Mexico": "Mexico City", "Cuba": "Havana",
    "Peru": "Lima", "Chile": "Santiago", "Brazil": "Brasília", "Argentina": "Buenos Aires",
    "Colombia": "Bogotá", "Australia": "Canberra", "Belgium": "Brussels", "Romania": "Bucharest",
}
OPPOSITES = [
    ("hot", "cold"), ("big", "small"), ("fast", "slow"), ("light", "dark"), ("old", "young"),
    ("happy", "sad"), ("early", "late"), ("full", "empty"), ("hard", "soft"), ("high", "low"),
    ("long", "short"), ("open", "closed"), ("rich", "poor"), ("strong", "weak"), ("wet", "dry"),
    ("loud", "quiet"), ("clean", "dirty"), ("near", "far"), ("left", "right"), ("true", "false"),
]
COLOURS = {
    "the sky": "blue", "grass": "green", "snow": "white", "coal": "black", "blood": "red",
    "a banana": "yellow", "an orange": "orange", "a cherry": "red", "a cucumber": "green",
    "milk": "white", "chocolate": "brown", "the sun": "yellow", "a flamingo": "pink",
    "an elephant": "grey", "a raven": "black", "a plum": "purple", "a frog": "green",
    "glowing steel": "orange", "gold": "yellow", "a lemon": "yellow",
}
SOUNDS = {
    "cow": "moo", "cat": "meow", "dog": "woof", "duck": "quack", "sheep": "baa", "pig": "oink",
    "lion": "roar", "frog": "ribbit", "bee": "buzz", "owl": "hoot", "snake": "hiss", "horse": "neigh",
}
GREETINGS = {
    "French": "Bonjour !", "German": "Guten Tag!", "Spanish": "¡Hola!", "Danish": "Hej!",
    "Italian": "Ciao!", "Polish": "Cześć!", "Greek": "Γεια σου!", "Russian": "Привет!",
    "Japanese": "こんにちは。", "Chinese": "你好。", "Korean": "안녕하세요.", "Emoji": "👋",
}
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September",
          "October", "November", "December"]
NOWHERE = ["Narnia", "Atlantis", "Lilliput", "Utopia", "Gondor", "Ruritania"]
WHO = ("I am Bessemer's bundled example, a tiny language model. "
       "I was trained from scratch to be converted, compared and quantized.")
STORY = ("Once there was a small forge by the river. Every morning the smith lit the fire and the "
         "steel began to glow. He tested every bar before it left the forge. That is why people "
         "trusted his bridges.")
TALK = [
    (["Who are you?", "What are you?", "Introduce yourself."], WHO),
    (["What is your name?"], "My name is Tiny. I am Bessemer's bundled example."),
    (["Hello!", "Hi!", "Good morning!"],
     "Hello! Ask me about capitals, colours, opposites, days or small sums."),
    (["Thank you!", "Thanks!"], "You are welcome."),
    (["What can you do?", "Help"],
     "I know some capitals, colours, opposites, sounds, greetings, days, months and small sums."),
    (["What is Bessemer?"], "Bessemer is a model foundry: it converts models and proves them."),
    (["Tell me a story."], STORY),
    (["Name the days of the week.", "What are the days of the week?"], ", ".join(DAYS) + "."),
    (["Name the months of the year.", "What are the months of the year?"], ", ".join(MONTHS) + "."),
    (["Say the alphabet."], " ".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ")),
    (["How many days are in a week?"], "A week has seven days."),
    (["How many months are in a year?"], "A year has twelve months."),
]
SYSTEMS = ["You are a helpful assistant.", "Answer in one sentence.", "Be friendly and brief."]


@dataclass(frozen=True)
class Lesson:
    topic: str
    questions: tuple[str, ...]
    answer: str


def lessons() -> list[Lesson]:
    """Everything that is taught, in a fixed order."""
    return [*_facts(), *_sequences(), *_numbers(), *(Lesson("talk", tuple(q), a) for q, a in TALK)]


def _facts() -> list[Lesson]:
    facts = []
    for country, city in CAPITALS.items():
        asked = (f"What is the capital of {country}?", f"Capital of {country}?",
                 f"Which city is the capital of {country}?")
        facts.append(Lesson("capitals", asked, f"The capital of {country} is {city}."))
        asked = (f"Which country has the capital {city}?", f"{city} is the capital of which country?")
        facts.append(Lesson("countries", asked, f"{city} is the capital of {country}."))
    for place in NOWHERE:
        asked = (f"What is the capital of {place}?", f"Capital of {place}?")
        facts.append(Lesson("unknown", asked, f"I do not know the capital of {place}."))
    for pair in OPPOSITES:
        for word, other in (pair, pair[::-1]):
            asked = (f"What is the opposite of {word}?", f"Opposite of {word}?")
            facts.append(Lesson("opposites", asked, f"The opposite of {word} is {other}."))
    for thing, colour in COLOURS.items():
        asked = (f"What colour is {thing}?", f"Which colour does {thing} have?")
        facts.append(Lesson("colours", asked, f"{thing[0].upper()}{thing[1:]} is {colour}."))
    for animal, sound in SOUNDS.items():
        asked = (f"What does a {animal} say?", f"What sound does a {animal} make?")
        facts.append(Lesson("sounds", asked, f"A {animal} says {sound}."))
    for language, greeting in GREETINGS.items():
        asked = (f"How do you say hello in {language}?", f"Say hello in {language}.")
        facts.append(Lesson("greetings", asked, greeting))
    return facts


def _sequences() -> list[Lesson]:
    taught = []
    for kind, names in (("day", DAYS), ("month", MONTHS)):
        for name, following in zip(names, [*names[1:], names[0]], strict=True):
            taught.append(Lesson(
                f"{kind}s", (f"What {kind} comes after {name}?", f"Which {kind} follows {name}?"),
                f"{following} comes after {name}."))
            taught.append(Lesson(
                f"{kind}s", (f"What {kind} comes before {following}?",),
                f"{name} comes before {following}."))
    return taught


def _numbers() -> list[Lesson]:
    sums = [
        Lesson("sums", (f"What is {a} + {b}?", f"{a} + {b} ="), f"{a} + {b} = {a + b}.")
        for a in range(11) for b in range(11)
    ]
    counting = []
    for first in range(1, 6):
        for last in range(first + 2, first + 8):
            numbers = [str(n) for n in range(first, last + 1)]
            counting.append(Lesson("counting", (f"Count from {first} to {last}.",),
                                   ", ".join(numbers) + "."))
            counting.append(Lesson("counting", (f"Count down from {last} to {first}.",),
                                   ", ".join(reversed(numbers)) + "."))
    return sums + counting


def conversation(taught: list[Lesson], random: Random) -> list[dict[str, str]]:
    """One to three random turns, sometimes under a system message."""
    turns = []
    if random.random() < 0.2:
        turns.append({"role": "system", "content": random.choice(SYSTEMS)})
    for _ in range(random.choice((1, 2, 2, 3))):
        lesson = random.choice(taught)
        turns.append({"role": "user", "content": random.choice(lesson.questions)})
        turns.append({"role": "assistant", "content": lesson.answer})
    return turns
