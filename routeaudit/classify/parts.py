"""Cut a query into the parts that an API prompt has, and mark them.

A query is the user's text, or a transcript: `System: ...`, then turns `User: ...` and
`Assistant: ...`, blank lines between. What is asked stands in the system prompt and at the head
or the tail of the last user turn; what lies between is mostly pasted payload. So the parts are
kept apart, and long ones are cut: length must not decide.
"""

import re
from typing import NamedTuple

SYSTEM, CONTEXT, HEAD, BODY, TAIL, FLAGS = range(6)
PART_NAMES = ("system", "context", "head", "body", "tail", "flags")
MARKS = tuple(chr(0xE000 + part) for part in range(6))
"""One private-use character opens each part in a marked query."""

_FLAG_BASE = 0xE010
FLAG_NAMES = (
    "ends_with_question", "asks_a_question", "code_fence", "code", "payload", "earlier_turns",
    "system_prompt", "examples", "json", "table", "answer_cue", "options", "numbers",
    "many_numbers", "several_lines", "lower_case_start",
)  # fmt: skip
_FLAG_MARKS = dict(
    zip(FLAG_NAMES, (chr(_FLAG_BASE + i) for i in range(len(FLAG_NAMES))), strict=True)
)

_SYSTEM_CHARS, _HEAD_CHARS, _TAIL_CHARS, _BODY_CHARS, _CONTEXT_CHARS = 360, 240, 240, 300, 120
_USER, _ASSISTANT = "\n\nUser: ", "\n\nAssistant: "
_LABEL_CHARS, _TABLE_MARKS, _MANY_NUMBERS = 24, 9, 3
_PRIVATE = re.compile("[\ue000-\ue0ff]")
_CODE_SIGNS = (
    "#include", "();", ") {", "){", "):\n", "=> ", "</", "SELECT ", "const ", "import java",
    "self.", "println", "console.", " == ", "++", "::", "->", "[i]", "#!/", "def ", "return ",
    "public ", "import ", " = ", "var ", "function ",
)  # fmt: skip
_CODE_SIGNS_NEEDED = 3
_EXAMPLES = re.compile(
    r"\n(?:Output|A|Answer|Label|Response|Ausgabe|Sortie|Salida)\s?:.*\S[\s\S]*\n(?:Input|Q|Question|Text|Output|A)\s?:"
)
_OPTIONS = re.compile(r"\(A\)|\nA[.)] |\n- .*\n- | / \w+ / | \| \w+ \| ")
_OPTION = re.compile(r"[ \t]*(?:\(?[A-Ha-h1-9][).:]|[-*\u2022] ) ?\S")
_MOST_OPTIONS = 40
_NUMBER = re.compile(r"\d+")


class Parts(NamedTuple):
    """The parts of one query; an absent part is empty."""

    system: str
    context: str
    head: str
    body: str
    tail: str
    flags: tuple[str, ...]

    def texts(self) -> tuple[str, ...]:
        """Give the parts that are text, in the order of their marks."""
        return self.system, self.context, self.head, self.body, self.tail


def parts_of(query: str) -> Parts:
    """Cut one query into its parts."""
    system, context, user = _turns(query)
    user, cue = _without_cue(user.strip())
    head, body, tail = _ends(user)
    asked = f"{head}\n{tail}" if tail else head
    body = _both_ends(body, _BODY_CHARS)
    flags = _flags(user, asked, f"{head}\n{body}\n{tail}")
    for name, holds in (
        ("payload", bool(body)), ("earlier_turns", bool(context)),
        ("system_prompt", bool(system)), ("answer_cue", cue),
    ):  # fmt: skip
        if holds:
            flags.append(name)
    return Parts(
        _both_ends(system, _SYSTEM_CHARS),
        _both_ends(context, _CONTEXT_CHARS),
        head,
        body,
        tail,
        tuple(flags),
    )


def marked(query: str) -> str:
    """Write a query as one lower-case string in which a mark opens each part."""
    parts = parts_of(query)
    texts = [
        mark + (text if text.isascii() else _PRIVATE.sub(" ", text))
        for mark, text in zip(MARKS, parts.texts(), strict=False)
        if text
    ]
    texts.append(MARKS[FLAGS] + "".join(_FLAG_MARKS[name] for name in parts.flags))
    return "".join(texts).lower()


def flag_name(mark: str) -> str:
    """Name the flag that a character of a marked query stands for."""
    number = ord(mark[:1]) - _FLAG_BASE
    return FLAG_NAMES[number] if 0 <= number < len(FLAG_NAMES) else "start"


def without_marks(text: str) -> str:
    """Give a stretch of a marked query as people would read it."""
    return _PRIVATE.sub("", text).strip() or "start"


def _turns(query: str) -> tuple[str, str, str]:
    system = ""
    if query.startswith("System: "):
        end = query.find(_USER)
        if end < 0:
            return "", "", query[8:]
        system, query = query[8:end], query[end + 2 :]
    if not query.startswith("User: "):
        return system, "", query
    last = query.rfind(_USER)
    if last < 0 or _ASSISTANT not in query[:last]:
        return system, "", query[6:]
    return system, query[6:last], query[last + len(_USER) :]


def _without_cue(user: str) -> tuple[str, bool]:
    """Drop a last line that only says where the answer goes, as in `Output:`."""
    start = user.rfind("\n") + 1
    last = user[start:]
    if start and len(last) <= _LABEL_CHARS and last.endswith(":"):
        return user[:start].rstrip(), True
    return user, False


def _ends(user: str) -> tuple[str, str, str]:
    user, options = _without_options(user)
    if len(user) <= _HEAD_CHARS and user.count("\n") <= 1:
        return user, options, ""
    first = _line_end(user)
    rest = user[first:].strip()
    start = max(rest.rfind("\n") + 1, len(rest) - _TAIL_CHARS)
    return user[:first], f"{rest[:start].strip()}\n{options}".strip(), rest[start:]


def _without_options(user: str) -> tuple[str, str]:
    """Take the options of a multiple choice off the end: the question stands before them."""
    question, taken = user, 0
    while taken < _MOST_OPTIONS:
        start = question.rfind("\n") + 1
        if not start or not _OPTION.match(question, start):
            break
        question, taken = question[:start].rstrip(), taken + 1
    if taken <= 1:
        return user, ""
    return _without_cue(question)[0], user[len(question) :].strip()


def _line_end(user: str) -> int:
    """Find where the head ends: after its first line, or two when the first is a label."""
    end = user.find("\n")
    if 0 <= end < _LABEL_CHARS:
        after = user.find("\n", end + 1)
        end = after if after >= 0 else end
    if end < 0 or end > _HEAD_CHARS:
        end = user.rfind(" ", 0, _HEAD_CHARS)
        end = end if end > 0 else _HEAD_CHARS
    return end


def _both_ends(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} {text[-half:]}"


def _flags(user: str, asked: str, short: str) -> list[str]:
    numbers = len(_NUMBER.findall(asked))
    checks = (
        ("ends_with_question", user.endswith(("?", "\uff1f", "\u061f"))),
        ("asks_a_question", "?" in asked or "\uff1f" in asked),
        ("code_fence", "```" in short),
        ("code", sum(map(short.__contains__, _CODE_SIGNS)) >= _CODE_SIGNS_NEEDED),
        ("examples", "\n" in user and _EXAMPLES.search(short) is not None),
        ("json", "{" in short and '"' in short),
        ("table", short.count("|") >= _TABLE_MARKS or short.count('","') >= _TABLE_MARKS // 2),
        ("options", _OPTIONS.search(short) is not None),
        ("numbers", 1 <= numbers < _MANY_NUMBERS),
        ("many_numbers", numbers >= _MANY_NUMBERS),
        ("several_lines", "\n" in user),
        ("lower_case_start", user[:1].islower()),
    )
    return [name for name, holds in checks if holds]
