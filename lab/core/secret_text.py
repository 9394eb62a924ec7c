"""Where the secrets of a text are: one grammar of keys, of what joins them to their values, and of values.

What is doubtful is a secret: a line less in a bundle is no harm.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

from lab.core import secret_keys
from lab.core.secret_keys import is_secret

LEFT_OUT = "(left out)"
Span = tuple[int, int]

GAP = r"(?:[^\S\n]++|\\+[nrt]|%20|[\u200b-\u200d\u2060\ufeff]|(?:\x1b|\\+(?:u001b|x1b|033))\[[\d;]*m){0,20}+"
"""What may stand between a key, its joint and its value: blanks, and colours of a terminal."""
SPACE = rf"(?=[^\S\n]|[\\%\x1b]){GAP}"
QUOTE = r"(?:\\*[\"'`“”„«»]|&quot;|&apos;|&#0?3[49];|%2[27]|\\+u0022)"
NAME = r"(?<![\w.-])(?:(?<=\\)[nrt]|(?<=[\[;])\d*m|(?<=%)(?:25)*[\dA-Fa-f]{2})?(?P<key>(?>[\w.-]*\w))"
"""A key; before it may be an escaped end of a line, the end of a colour, or an escape of a URL."""
KEY = re.compile(
    rf"{NAME}(?:\[[\w*-]{{0,20}}\])?(?P<quote>{QUOTE})?\]?(?:{GAP}\n){{0,2}}{GAP}"
    rf"(?P<joint>[-=]>|<-|[:!?+~]?={{1,3}}|[:=：＝>]|%(?:25)*3[ADad]|&#(?:58|61);|&colon;|\\+u003[aAdD]){GAP}"  # noqa: RUF001 - as some type them
)
NEXT = rf"(?:{GAP},\s*|\s*(?:\n|\\+n)[ \t]*-[ \t]+|{GAP}\\\n\s*|{SPACE})"
"""From one argument of a command to the next: in a line, in a list of JSON, in one of YAML."""
FLAG = re.compile(rf"(?<![\w.-])(?P<key>--?(?>[\w.-]*\w)){QUOTE}?{NEXT}")

NOTHING = re.compile(
    r"\(left out\)"
    r"|\d{1,6} bytes\b"
    r"|'[^\w\s']{1,2}'(?!\S)"
    r"|(?:[Tt]rue|[Ff]alse|null|[Nn]one|nil|~|\"\"|''|<none>|<unset>|<nil>|<set to the key [^>\n]*>[^\n]*)"
    r"(?=\s*(?:[,;)}\]\n&]|\Z))"
)
REQUIRED = re.compile(r"(?:must (?:not )?be|is|was|[Rr]equired|[Mm]issing|not)(?: [a-z]{1,11}){1,8}[.,;]?(?=\n|\Z)")
"""What is said of a value that is not there."""
FILE = re.compile(
    r"[\"'`]?/(?:[\w.-]+/)*[\w.-]+\.(?:key|pem|crt|cer|jks|p12|pfx|csv|json|ya?ml|txt)(?![^\s\"'`,;)}\]&])"
)
"""Where a secret is."""
OF_KAFKA = re.compile(
    r"(?:[A-Z_]{4,40}|\d{1,3})(?=, apiVersion\b)|\d{1,3}(?= version \d)|(?:\d{1,10}|INVALID)(?=, epoch\b)"
)
"""A kind of request, which its protocol calls a key; the number of a fetch session."""
NOT_HAD = re.compile(
    r"(?:\b(?i:(?:fail(?:ed|ure) to|unable to|can'?t|cannot|could ?n[o']t)"
    r" (?:fetch|get|obtain|acquire|find|retrieve|load)|error (?:fetching|getting|finding|loading)|requires?)"
    r"(?: (?:an?|the|any))?(?: [a-z]{1,14}){0,2} "
    r"|\b(?:pull|[Mm]ountable) |https?://[^\s\"'`]*/)\Z"
)
"""What stands before a key in prose, or in an address: behind it is why there is no secret, or the names of some."""
COUNT = re.compile(r"\d{1,6}(?:\.\d{1,3})?%?(?=[\s,;)}\]&]|\Z)")
PLAIN = re.compile(r"[\"'\\]*(?:[A-Z]?[a-z]{1,11}[.,:;]? )*[A-Z]?[a-z]{1,11}[.:]?[\s\"'\\,;)}\]]*")
OUTCOME = "PASS"
"""A verdict, if it is no variable of an environment."""
LINE_JOINTS = (":", "\uff1a", "=>", "->", ":=")
"""What joins a key to all of its line."""
QUOTED = re.compile(
    r"[bBfFrRuU$]{0,2}(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.|'')*')"
    r"|(?P<escaped>\\+[\"'])(?:.*?)(?<!\\)(?P=escaped)"
    r"|(?P<entity>&quot;|&apos;|&#0?3[49];|%2[27]|\\+u0022).*?(?P=entity)",
    re.DOTALL,
)
ADJOINED = re.compile(r"(?:\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|[^\s\"'`,;:)}\]&<>\\|]+)*")
"""What goes on at once after a quote, as a shell has it."""
QUOTED_BELOW = re.compile(rf"\s*(?:{QUOTED.pattern})(?!\s*:)", re.DOTALL)
NUMBER = re.compile(r"-?[\d.]+(?=\s*[,}\]])")
WORD = re.compile(r"[^\s\"'`]+")
LINE = re.compile(r"[^\n]*")
ELEMENT = re.compile(r"(?:<!\[CDATA\[.*?\]\]>|[^<]*)(?=</)", re.DOTALL)
BELOW = re.compile(r"[ \t]*(?:[|>][+-]?\d?[+-]?[ \t]*)?(?:#[ \t][^\n]*)?(?=\n)")
"""The rest of a line whose value is in the lines below it."""
FIRST = re.compile(r"(?P<indent>[ \t]*(?:-[ \t]+)*)(?:\\*[\"'`])?\Z")
"""What is before the first key of a line."""
BRACKET = re.compile(rf"(?:{QUOTED.pattern})|(?P<bracket>[{{}}\[\]])", re.DOTALL)
LIMIT, LONG_LIMIT = 1_500, 20_000
"""How far an object's end is looked for; longer if its lines begin below."""
PAIR = re.compile(rf"{QUOTE}?(?P<key>[\w.-]+){QUOTE}?[ \t]*:[ \t]*(?:{QUOTED.pattern}|[^\n,{{}}\[\]]*)", re.DOTALL)

NAMING = ("name", "key")
VALUE = "value"
APART = re.compile(r"\}|\n\s*-\s")
"""What is between two entries, as those of an environment."""
FIRST_WORD = re.compile(r"[\\\"'`]*(?:&quot;)?([\w.-]+)")
NEAR = 300

KIND_SECRET = re.compile(rf"(?:\b|(?<=\\[nrt]))[Kk]ind{QUOTE}?{GAP}:{GAP}{QUOTE}?Secret(?:List)?\b")
DATA = ("data", "stringdata")
STRING_DATA = "stringdata"
"""What no other kind has."""

WITHIN = rf"(?:[^\n]|\n[ \t]*-[ \t]){{0,{NEAR}}}?"
ARGUMENT = r"[^\s\"'`,\]]+"
OTHERS = (
    # of a scheme
    re.compile(r"(?:\b|%20)(?i:Bearer|Basic|Digest|Negotiate)(?:\s|%20)+(?P<secret>[\w.~+/=:-]{8,})"),
    # of a URL's user, whose password may have what URLs write otherwise; a port is no password
    re.compile(r"//(?P<secret>[^\s/@]+)(?=@)"),
    re.compile(r"//(?P<secret>[^\s/@:\"'<>?#]*:(?!\d{1,5}[/?#,;])[^\s\"'<>]{1,300})(?=@)(?!@sha\d)"),
    re.compile(
        r"(?<![\w./@:%+-])\w[\w.+-]{0,60}:(?P<secret>[^\s/@:\"'`<>()\[\]{},]{1,200})"
        r"(?=@(?:[A-Za-z]|\d+\.\d+\.\d))(?!@sha\d|@v?\d+\.\d+\.\d+(?!\.))"
    ),
    # of a URL's query and path
    re.compile(
        r"(?:[?&;]|%3[Ff]|%26|SharedAccessSignature )(?i:key|sig|(?:x-(?:amz|goog)-)?signature)"
        r"(?:=|%3[Dd])(?P<secret>[^\s&\"'`<>;]+)"
    ),
    re.compile(r"(?:hooks\.slack\.com/\w+|discord(?:app)?\.com/api/webhooks)/(?P<secret>[^\s\"'`<>]+)"),
    # of commands
    re.compile(rf"\b(?:mysql|mariadb)[\w-]*{WITHIN}(?<![\w-])-p(?!\d+:)(?P<secret>{QUOTED.pattern}|{ARGUMENT})"),
    re.compile(
        rf"\b(?:sshpass|(?:docker|podman|nerdctl|buildah|skopeo|crane|oras|registry){QUOTE}?{NEXT}{QUOTE}?login)\b"
        rf"{WITHIN}(?<![\w-])-p{QUOTE}?{NEXT}?(?P<secret>{QUOTED.pattern}|{ARGUMENT})"
    ),
    re.compile(
        rf"(?:(?<![\w-])(?:-u|--user|--proxy-user){QUOTE}?(?:{NEXT}|=)|\bcurl\b{WITHIN}(?<![\w-])-\w*u(?:{QUOTE}?{NEXT})?)"
        rf"(?P<open>{QUOTE})?[\w.@+-]++:(?!\d{{1,6}}(?!{ARGUMENT}))(?P<secret>(?(open)(?:(?!(?P=open))[^\n])+|{ARGUMENT}))"
    ),
    # of .netrc and of prose, where a plain word is no secret
    re.compile(r"\b(?:login|machine)\s++\S++\s++password\s++(?P<secret>\S+)"),
    re.compile(
        rf"(?i:password|passwd|passphrase|passcode|pwd|token|secret|credential)s?{QUOTE}?"
        rf"(?:{SPACE}(?:of|for){SPACE}[^\s:]+)?{SPACE}(?:(?:is|was|been){SPACE}set{SPACE}to|is|was|to){SPACE}"
        rf"(?P<secret>{QUOTED.pattern}|(?![a-z]{{1,11}}[.,;:!?]?[)\"']*(?:\s|\Z))[^\s\"'`]+)"
    ),
    re.compile(rf"(?i:password|passwd|passphrase|passcode|pwd){SPACE}(?P<secret>{QUOTED.pattern})"),
    # known by their own form
    re.compile(
        r"-{4,5} ?BEGIN [A-Z\d ]{0,40}PRIVATE KEY[A-Z ]{0,40}-{4,5}(?P<secret>.*?)(?=-{4,5} ?END|\Z)", re.DOTALL
    ),
    re.compile(
        r"(?<![A-Za-z0-9])(?P<secret>gh[pousr]_\w{10,}|github_pat_\w{10,}|glpat-[\w-]{10,}|npm_\w{30,}|sk_live_\w{10,}"
        r"|xox[abeoprs]-[\w-]{8,}|(?:AKIA|ASIA)[A-Z0-9]{12,}|AIza[\w-]{30,}|sk-(?:ant|proj)-[\w-]{10,}|hvs\.[\w-]{20,}|eyJ[\w-]{6,}\.[\w-]+\.[\w-]*)"
    ),
)
"""Secrets without a key, or whose key is a secret's only there."""


def spans(words: str) -> Iterator[Span]:
    """Where each secret begins and ends, in their order; none touches another."""
    start = end = -1
    for one in sorted({*_of_keys(words), *_of_flags(words), *_of_kind_secret(words), *_of_others(words)}):
        if one[0] > end:
            if end > start:
                yield start, end
            start = one[0]
        end = max(end, one[1])
    if end > start:
        yield start, end


def _of_keys(words: str) -> Iterator[Span]:
    """Of keys that name a secret, and of the entries of an environment, whose key is a value itself."""
    end, entry = 0, _Entry(words)
    for key in KEY.finditer(words):
        if key.start() < end or (key["joint"] == ">" and words[key.start() - 1 : key.start()] not in ("<", ":")):
            continue
        name = key["key"]
        if name.lower() in NAMING:
            yield from entry.named(name.lower(), key)
            continue
        is_value = name.lower() == VALUE
        if is_value and (named := entry.secret()):
            name = named
        if is_secret(name) or is_secret(key[0][: key.end("key") - key.start()]):
            span = (key.end(), _value_end(words, key, name))
            end = span[1]
            yield span
        elif is_value:
            entry.value = key


class _Entry:
    """What was read of one entry: its names, and the value if that came first."""

    def __init__(self, words: str) -> None:
        self.words = words
        self.names: dict[str, str] = {}
        self.end = 0
        self.value: re.Match[str] | None = None

    def named(self, key: str, found: re.Match[str]) -> Iterator[Span]:
        """Take a name; the value before it, if that is of the same entry, is a secret if the name says so."""
        if APART.search(self.words, self.end, found.start()):
            self.names.clear()
        word = FIRST_WORD.match(self.words, found.end())
        self.names[key], self.end = word[1] if word else "", found.end()
        value, self.value = self.value, None
        if value and found.start() - value.end() < NEAR and is_secret(self.names[key]):
            end = _value_end(self.words, value, self.names[key])
            if not APART.search(self.words, end, found.start()):
                yield value.end(), min(end, found.start())

    def secret(self) -> str | None:
        """The name that makes the entry's value a secret."""
        return next(filter(is_secret, self.names.values()), None)


def _value_end(words: str, key: re.Match[str], name: str) -> int:
    """Where a key's value ends: where it begins, if there is none or it is no secret."""
    at, is_short = key.end(), secret_keys.is_short(name)
    if _is_harmless(words, key, name):
        return at
    if key["joint"] == ">":
        return _match_end(ELEMENT, words, at) or at
    if BELOW.match(words, at):
        return _below_end(words, key, is_short=is_short)
    if words[at : at + 1] in ("{", "[") and (end := _bracket_end(words, at)):
        return at if is_short or _refers(words[at:end]) else end
    end = _enclosed_end(words, key) or _open_end(words, key)
    return at if is_short and PLAIN.fullmatch(words, at, end) else end


def _is_harmless(words: str, key: re.Match[str], name: str) -> bool:
    """Whether a value says that there is none, or where, counts secrets, or is an outcome."""
    at = key.end()
    return bool(
        any(one.match(words, at) for one in (NOTHING, REQUIRED, FILE, OF_KAFKA))
        or (words[key.end("joint") - 1 :][:2] == ": " and NOT_HAD.search(_before(words, key)))
        or (secret_keys.may_count(name) and COUNT.match(words, at))
        or (name.rsplit(".", 1)[-1] == OUTCOME and key["joint"] != "=")
    )


def _enclosed_end(words: str, key: re.Match[str]) -> int:
    """Where a value ends by quotes, its own or those around the key too, or as a number of JSON; 0 if it doesn't."""
    if key["quote"]:
        return _match_end(QUOTED, words, key.end()) or _match_end(NUMBER, words, key.end())
    if opened := _opened_end(words, key):
        return opened
    quoted = _match_end(QUOTED, words, key.end())
    return _match_end(ADJOINED, words, quoted) if quoted else 0


def _open_end(words: str, key: re.Match[str]) -> int:
    """Where a value ends that nothing encloses: an assignment's with its word, or its line if that is all of it."""
    is_first = _is_first(words, key)
    if key["joint"] not in LINE_JOINTS and not is_first:
        return _match_end(WORD, words, key.end()) or _match_end(LINE, words, key.end())
    return _lines_end(words, key) if is_first else _match_end(LINE, words, key.end())


def _match_end(pattern: re.Pattern[str], words: str, at: int) -> int:
    found = pattern.match(words, at)
    return found.end() if found else 0


def _before(words: str, key: re.Match[str]) -> str:
    """What stands before a key in its line, so far as it matters."""
    start = max(key.start() - NEAR, 0)
    return words[words.rfind("\n", start, key.start()) + 1 or start : key.start()]


def _is_first(words: str, key: re.Match[str]) -> bool:
    before = _before(words, key)
    return FIRST.match(before) is not None or before.endswith("\\")


def _opened_end(words: str, key: re.Match[str]) -> int:
    """The end of the quotes that stand before a key and around its value too, 0 if there are none."""
    opened = re.search(rf"(?:{QUOTE})\Z", _before(words, key))
    if not opened:
        return 0
    quote = opened[0]
    inside = rf"(?:[^\\\n{quote}]|\\.)*" if len(quote) == 1 else r"[^\n]*?(?<!\\)"
    end = _match_end(re.compile(rf"{inside}(?={re.escape(quote)})"), words, key.end())
    return end if end > key.end() else 0


def _below_end(words: str, key: re.Match[str], *, is_short: bool) -> int:
    """The end of a value in the lines below its key: further in, or items of a list; or in quotes on the next line."""
    line_end, end = _match_end(LINE, words, key.end()), _lines_end(words, key)
    if not words[line_end:end].strip():
        return _match_end(QUOTED_BELOW, words, line_end) or key.end()
    below = words[line_end:end]
    is_text = is_short and "\n" in below[1:] and words[key.end()] not in "|>"
    return key.end() if is_text or _refers(below, is_short=is_short) else end


def _lines_end(words: str, key: re.Match[str]) -> int:
    """The end of a key's line and of those below that are further in, or items of its list."""
    before = _before(words, key)
    first = FIRST.match(before)
    indent = len(first["indent"]) if first else len(before) - len(before.lstrip(" \t"))
    is_below = BELOW.match(words, key.end()) is not None
    end = _match_end(LINE, words, key.end())
    for line in LINE.finditer(words, end + 1):
        inner = line[0].lstrip(" \t")
        depth = len(line[0]) - len(inner)
        if inner and depth <= indent and not (is_below and depth == indent and inner.startswith("- ")):
            break
        if inner:
            end = line.end()
    return end


def _bracket_end(words: str, at: int) -> int:
    """The end of what begins with a bracket, 0 if it doesn't end in its line, or if words follow at once."""
    depth, is_long = 0, BELOW.match(words, at + 1) is not None
    limit = at + (LONG_LIMIT if is_long else LIMIT)
    for found in BRACKET.finditer(words, at, limit):
        if found["bracket"]:
            depth += 1 if found["bracket"] in "{[" else -1
            if depth == 0:
                return 0 if re.compile(r"[\w(]").match(words, found.end()) else found.end()
    return min(limit, len(words)) if is_long else 0


def _refers(words: str, *, is_short: bool = False) -> bool:
    """Whether all of an object in brackets or lines are keys that say where a secret is, and their values."""
    keys = [found["key"] for found in PAIR.finditer(words)]
    is_object = re.fullmatch(r"[\s{}\[\],\\-]*", PAIR.sub("", words)) is not None
    return is_object and (is_short or secret_keys.refer(keys))


def _of_flags(words: str) -> Iterator[Span]:
    """Of flags that name a secret, whose value is the next argument."""
    end = 0
    for flag in FLAG.finditer(words):
        if flag.start() >= end and is_secret(flag["key"]) and not NOTHING.match(words, flag.end()):
            forms = (_match_end(form, words, flag.end()) for form in (QUOTED, WORD, LINE))
            end = next(filter(None, forms))
            if not (secret_keys.is_short(flag["key"]) and PLAIN.fullmatch(words, flag.end(), end)):
                yield flag.end(), end


def _of_kind_secret(words: str) -> Iterator[Span]:
    """Of objects of the kind Secret: all their data, in the same line or the same document of YAML."""
    kinds = [kind.start() for kind in KIND_SECRET.finditer(words)]
    for key in KEY.finditer(words) if kinds or STRING_DATA in words.lower() else ():
        name = key["key"].lower()
        if name not in DATA:
            continue
        start, end = _scope(words, key)
        if name != STRING_DATA and bisect_left(kinds, start) == bisect_left(kinds, end):
            continue
        if words[key.end() : key.end() + 1] == "{":
            yield key.end(), _bracket_end(words, key.end()) or _match_end(LINE, words, key.end())
        elif BELOW.match(words, key.end()) or "\\n" in words[key.end("joint") : key.end()]:
            yield key.end(), _lines_end(words, key)


def _scope(words: str, key: re.Match[str]) -> Span:
    """The line or the document of YAML in which a key's object is."""
    mark = "\n---" if _is_first(words, key) and not _before(words, key).endswith("\\") else "\n"
    end = words.find(mark, key.end())
    return words.rfind(mark, 0, key.start()) + 1, end if end >= 0 else len(words)


def _of_others(words: str) -> Iterator[Span]:
    found = (one.span("secret") for pattern in OTHERS for one in pattern.finditer(words))
    return (span for span in found if not words.startswith(LEFT_OUT, span[0]))
