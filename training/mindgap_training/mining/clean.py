"""From a doc comment to something that a person might ask: cleaning rules, and reasons to drop a pair."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from enum import StrEnum

from mindgap_indexer.parsing import split_summary
from mindgap_indexer.types import CALLABLE, CLASS_LIKE, Unit
from mindgap_indexer.words import split_identifier, words
from mindgap_training.pairs import UnitPair


class Reason(StrEnum):
    """Why a function gives no pair."""

    NO_DOC = "no doc"
    SHORT_DOC = "doc too short"
    LONG_DOC = "doc too long"
    ONLY_NAME = "doc says no more than the name"
    BOILERPLATE = "boilerplate doc"
    CODE_IN_DOC = "doc is code"
    TORN = "doc ends in the middle of a sentence"
    FOREIGN = "doc not English"
    SHORT_CODE = "code too short"
    LONG_CODE = "code too long"
    COMMON = "doc at many functions"
    TRIVIAL = "accessor"


@dataclass(frozen=True, slots=True)
class CleaningRules:
    """What a pair must fulfil. Lengths of queries are in words, of code in characters."""

    shortest_query: int = 3
    longest_query: int = 60
    shortest_body: int = 3
    """Words: `pass`, `return self` and `throw err` explain nothing."""
    longest_code: int = 6_000
    """An encoder sees no more than the beginning of longer functions."""
    most_alike: int = 3
    """A sentence at more functions of one package tells none of them apart."""
    trivial_share: float = 0.2
    """Of the accessors: nobody searches for them, yet a model should have seen some."""


# What begins the formal part of a doc comment: tags and sections, where no sentence describes the function.
_FORMAL = re.compile(
    r"""
    ^ [ \t]* (?: [@\\] (?:param|arg|args|return|returns|throws|exception|since|author|see|deprecated|template
                        |type|example|internal|private|public|memberof|name|function|method|class|ingroup)\b
      | : (?:param|parameter|arg|type|return|returns|rtype|raise|raises|keyword|var|ivar|since)\b
      | (?:args|arguments|parameters?|params|returns?|raises|throws|yields?|examples?|usage|notes?|inputs?
          |outputs?|keyword\ arguments|attributes|see\ also|warnings?|references|safety|panics|errors)
        [ \t]* (?: : | \n [ \t]* [-=~^]{3} )
      | .* \# [ ]? => | \#+ [ \t] | >>> | ```| ~~~ | \.\. [ \t]? \w | \|
    )
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_OPENING = re.compile(
    r"^\s*(?:[@\\](?:brief|short|summary|description|desc|details)\b|(?:public|internal|private):)[ \t]*",
    re.IGNORECASE,
)
_BOILERPLATE = re.compile(
    r"""
    \b (?: TODO | FIXME | XXX | HACK ) \b
    | (?i: copyright | \blicen[cs]ed?\b | all\ rights\ reserved | auto-?\ ?generated | do\ not\ edit
      | inherit-?doc | \bsee\ above\b | ^ see\ (?!if|whether) | ^ same\ as\b | ^ ditto\b | ^ deprecated\b
      | ^ overrid(?:es?|den)\b | ^ (?:default\ |copy\ |move\ )? (?:con|de)structor\b
      | ^ constructs?\ an?\ \w+\.?$
      | ^ implements?\ (?:the\ )?[\w.:`]+(?:\ interface|\ trait|\ protocol)?\.?$
      | ^ internal\ (?:use|helper)\b
      | ^ (?:private|public|protected)\.?$ | \bstub\b | ^ helper\ (?:function|method)\.?$ | ^ @
      | ^ (?:c|go)?lint
    )
    """,
    re.VERBOSE,
)
_MARKUP = (
    (re.compile(r"\{@\w+\s+([^{}]*)\}"), r"\1"),  # {@link Foo}
    (re.compile(r":[\w:+-]+:`~?(?:[\w.]*\.)?([^`<>]+?)(?:\s*<[^<>`]*>)?`"), r"\1"),  # :meth:`~a.b`
    (re.compile(r"!?\[([^\[\]]+)\](?:\([^()\s]*\)|\[[^\[\]]*\])?"), r"\1"),  # [text](link), [Foo]
    (re.compile(r"<(?:https?://|mailto:)[^<>\s]*>|https?://\S+"), ""),
    (re.compile(r"</?[a-zA-Z][\w-]*(?:\s[^<>]*)?/?>"), " "),  # <b>, <br/>
    (
        re.compile(r"(?<!\w)[\\@](?:c|p|e|a|b|ref|em|code|endcode|link|endlink|overload|par|li)\b"),
        "",
    ),  # \c name
    (re.compile(r"(?<!\w)\+(\w[\w.:]*)\+(?!\w)"), r"\1"),  # +name+ (RDoc)
    (re.compile(r"(?<!\w)(['@])(\w[\w.#]*)\1(?!\w)"), r"\2"),  # 'name', @name@ (Haddock)
    (re.compile(r"\bi\.e\.,?(?=\s)"), "that is"),  # or the sentence would end there
    (re.compile(r"\be\.g\.,?(?=\s)"), "for example"),
    (re.compile(r"`+([^`]*)`+_{0,2}|'`([^`']*)'"), r"\1\2"),
    (re.compile(r"(?<![\w*])\*{1,3}([^*\s](?:[^*]*[^*\s])?)\*{1,3}(?![\w*])"), r"\1"),  # **bold**
    (re.compile(r"(?<!\w)_{1,2}([^\W_][^_]*)_{1,2}(?!\w)"), r"\1"),
    (re.compile(r"^\s*(?:[-*+•]|\d+[.)])\s+"), ""),
)
_TORN = re.compile(
    r"(?:\b(?:a|an|the|of|if|is|are|to|and|or|in|for|with|by|from|that|when)|[,(:])$", re.IGNORECASE
)
_LABEL = re.compile(r"\w+: (?=\S)")
"""`count: Number of rows` documents a parameter."""
_SIGNS = re.compile(r"[;{}=<>|\\$&]|\w\(|\]\[|->")
_SIGN_SHARE = 0.25
"""Of the words: prose that mentions a call or two stays, commented-out code goes."""
_CODE_END = re.compile(r"[;{}]\s*$")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Frequent words of languages that are written with the letters of English, which are no words of code.
_FOREIGN = _words("""
    der das und ist nicht ein eine einer wird werden mit auf von zu dem des
    le les une est dans pour qui avec sur du et cette ce
    los las una por con para del que como lo su
    il di che non della dei gli um uma nao dos
    het een van voor niet zijn och att som det jest nie
""")
_ENGLISH = _words("""
    the a an of to in is and for with from by on or if this that it be as are returns return given all
    not at into when which whether its used set get new has can will value
""")
_EMPTY = _ENGLISH | _words("function method template class macro operator this")
_MOST_NON_ASCII = 0.1
_SEARCHED = CALLABLE | CLASS_LIKE
_ACCESS = re.compile(
    r"(?:gets?|sets?|returns?|getter|setter|retrieves?|obtains?|accesses|whether|true if)\b", re.I
)
_ACCESSOR_WORDS = 6
_VERB = re.compile(r"(?:is|are|was|will|can|may|does|has|should|\w{2,}s)\b")


# A run of comment lines, or the opening of a block or docstring; no preprocessor lines.
_COMMENT = re.compile(
    rb"""
    ^[ \t]* (?: /\*\* | [rRuU]?(?:\"{3}|'{3}) | \{-[ ]?\| | @doc\b | =begin
      | (?: //|--|\#(?![ ]?(?:include|define|undef|if|el|endif|pragma|import|line|error)|\[) ) [^\n]*
        (?: \n[ \t]*(?://|--|\#)[^\n]* )* )
    """,
    re.MULTILINE | re.VERBOSE,
)
_LICENCE = re.compile(rb"(?i:copyright|licen[cs]e)")
_TOP_BYTES = 1_000
_BYTES_A_COMMENT = 2_000
"""A file with fewer comments is not worth the time of parsing: most of its functions have none."""


def has_comments(data: bytes) -> bool:
    """Whether a file has enough comments, other than its licence, to look for pairs in it."""
    has_licence = _LICENCE.search(data, 0, _TOP_BYTES) is not None
    return (len(_COMMENT.findall(data)) - has_licence) * _BYTES_A_COMMENT >= len(data)


def clean_doc(doc: str, unit: Unit | UnitPair, rules: CleaningRules) -> str | Reason:
    """The question that a doc comment answers, or why it is none."""
    if not doc.strip():
        return Reason.NO_DOC
    if unit.language == "csharp":
        doc = _before_parameters(doc, unit.signature)
    prose = _without_markup(_prose(doc))
    query = _without_name(_one_line(split_summary(prose)[0]), unit.name)
    if len(words(query)) < rules.shortest_query:
        # "Sorting." and what it means in the sentence behind.
        query = _without_name(_one_line(prose.split("\n\n", 1)[0]), unit.name)
    return _judge(query, unit, rules) or query


def judge_code(code: str, unit: Unit, rules: CleaningRules) -> Reason | None:
    """Why the code of a unit gives no pair."""
    if unit.kind not in _SEARCHED or not code or len(words(unit.body)) < rules.shortest_body:
        return Reason.SHORT_CODE
    return Reason.LONG_CODE if len(code) > rules.longest_code else None


def is_trivial(query: str, unit: Unit | UnitPair) -> bool:
    """Whether a function does no more than hand out or take a value."""
    return _ACCESS.match(query) is not None and len(words(unit.body)) <= _ACCESSOR_WORDS


def _prose(doc: str) -> str:
    """What stands before tags, sections and examples."""
    doc = _OPENING.sub("", doc.strip(), count=1)
    formal = _FORMAL.search(doc)
    return (doc[: formal.start()] if formal else doc).strip()


def _before_parameters(doc: str, signature: str) -> str:
    """The prose of an XML doc comment: the text of `<param name="x">` begins a line with the bare name."""
    for line in re.finditer(r"^\s*([a-z_]\w*)\s+(?=[A-Z(])", doc, re.MULTILINE):
        if line.start() and re.search(rf"\b{line[1]}\b", signature):
            return doc[: line.start()]
    return doc


def _without_markup(text: str) -> str:
    text = html.unescape(text)
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text)
    return text


def _one_line(text: str) -> str:
    return " ".join(text.split()).strip(" -:*/#")


def _without_name(query: str, name: str) -> str:
    """Go, Rust and others begin a doc with the name: `ReadAll reads from r` is `reads from r`.

    A name that is a verb in a command (`sort the rows`) stays.
    """
    # Most docs do not; a pattern for each name takes longer to compile than all else here.
    if name.lower() not in " ".join(query.split(" ", 3)[:3]).lower():
        return query
    match = re.match(
        rf"(?:the\s+)?(?:\w+[.:#]+)*{re.escape(name)}(?:\(\))?(?:[ ]?[-–—:]+)?\s+(?=\S)", query, re.I
    )
    if match is None:
        return query
    rest = query[match.end() :]
    is_subject = _VERB.match(rest) or len(split_identifier(name.strip("_"))) > 1 or "_" in name.strip("_")
    return rest if is_subject else query


def _judge(query: str, unit: Unit | UnitPair, rules: CleaningRules) -> Reason | None:
    found = words(query)
    if len(found) < rules.shortest_query:
        return Reason.SHORT_DOC
    if len(found) > rules.longest_query:
        return Reason.LONG_DOC
    if _BOILERPLATE.search(query) or _LABEL.match(query):
        return Reason.BOILERPLATE
    if not _is_english(query, found):
        return Reason.FOREIGN
    if _CODE_END.search(query) or len(_SIGNS.findall(query)) > _SIGN_SHARE * len(found):
        return Reason.CODE_IN_DOC
    if _TORN.search(query):
        return Reason.TORN
    return Reason.ONLY_NAME if set(found) - _EMPTY <= set(words(unit.qualname)) else None


def _is_english(query: str, found: list[str]) -> bool:
    letters = [c for c in query if c.isalpha()]
    if sum(not c.isascii() for c in letters) > _MOST_NON_ASCII * len(letters):
        return False
    distinct = set(found)
    return len(distinct & _FOREIGN) <= len(distinct & _ENGLISH)
