"""Parses in another process, which is ended when it does not come to an end.

Nothing stops a parser from inside: the scanners of some grammars can loop where no callback is asked, and
the interpreter's lock is held, so that not even another thread of this process would run.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import pickle
import threading
from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Any

from mindgap_indexer.helper import Helper, HelperEndedError, conversation, limit_memory, limited_cpu, send
from mindgap_indexer.languages import Language, by_name, load_grammar
from mindgap_indexer.parsing import comments
from mindgap_indexer.parsing.comments import Comment
from mindgap_indexer.parsing.source import Parse, parse_source
from mindgap_indexer.types import ParsedFile

log = logging.getLogger(__name__)

CPU_SECONDS = 1.5
CPU_SECONDS_PER_MB = 8.0
"""Of computing for a file; a megabyte of code takes a fifth of a second, or one with the slowest grammars."""
WALL_SECONDS = 120.0
"""Of waiting, for systems that cannot count the other; long, because a busy machine is no fault of a file."""
TURN_SECONDS = 0.5
"""Starting a process takes about as long as waiting for most files."""
MEMORY = 4 << 30
"""Address space, of which the process needs little: a few grammars are mapped into it."""


class Task(Enum):
    """What is asked of the other process."""

    PARSE = auto()
    COMMENT = auto()


_DOING: Mapping[Task, Callable[[bytes, Language, Any], object]] = {
    Task.PARSE: parse_source,
    Task.COMMENT: comments.comment_at,
}


def cpu_seconds(data: bytes) -> float:
    """How long the parsing of a file may compute."""
    return CPU_SECONDS + CPU_SECONDS_PER_MB * len(data) / 1e6


class Guard:
    """Usually one process that parses; safe to use from several threads, which take turns.

    Who waits too long for its turn gets a process of its own: the other one may be at a file without end.
    """

    def __init__(self, entry: str) -> None:
        self._entry = entry
        self._idle: list[Helper] = []
        self._busy = 0
        self._changed = threading.Condition()

    def warm(self) -> None:
        """Start a process ahead of the first file, without waiting for it."""
        with self._changed:
            if not self._idle and not self._busy:
                with contextlib.suppress(OSError):  # the first file will tell
                    self._idle.append(Helper(self._entry))

    def parse(self, data: bytes, language: Language, stem: str) -> ParsedFile:
        """As `parse_source`; no units, and `hangs` set, for what does not come to an end or crashes."""
        parsed = self._done(Task.PARSE, data, language, stem)
        return ParsedFile(language.name, (), has_errors=True, hangs=True) if parsed is None else parsed

    def comment_at(self, data: bytes, language: Language, byte: int) -> Comment | None:
        """As `parsing.comments.comment_at`; None too for what does not come to an end or crashes."""
        found: Comment | None = self._done(Task.COMMENT, data, language, byte)
        return found

    def _done(self, task: Task, data: bytes, language: Language, where: str | int) -> Any:  # noqa: ANN401
        """What the other process answers; None where it has to be ended."""
        for is_last in (False, True):
            try:
                return self._ask((task, data, language.name, where, cpu_seconds(data)))
            except OSError as error:
                log.warning("No process could be started to parse in (%s).", error)
                break
            except HelperEndedError as error:
                if error.never_worked:
                    log.warning("The process to parse in does not start (%s).", error)
                    break
                if error.was_its_own_doing or is_last:
                    return None
        return _DOING[task](data, language, where)

    def end(self) -> None:
        """End the processes that nobody uses now."""
        with self._changed:
            idle, self._idle = self._idle, []
        for helper in idle:
            helper.end()

    def _ask(self, request: tuple[Task, bytes, str, str | int, float]) -> object:
        helper = self._take()
        try:
            answer: object = helper.ask(request, WALL_SECONDS)
        except BaseException:
            helper.end()
            self._give_back(None)
            raise
        self._give_back(helper)
        return answer

    def _take(self) -> Helper:
        with self._changed:
            self._changed.wait_for(lambda: self._idle or not self._busy, TURN_SECONDS)
            helper = self._idle.pop() if self._idle else Helper(self._entry)
            self._busy += 1
            return helper

    def _give_back(self, helper: Helper | None) -> None:
        """Keep one for the next file; more would only take memory."""
        with self._changed:
            self._busy -= 1
            if helper is not None and not self._idle:
                self._idle.append(helper)
                helper = None
            self._changed.notify()
        if helper is not None:
            helper.end()


def serve(parse: Parse = parse_source) -> None:
    """The other process's life: files come in, units or comments go out."""
    doing = {**_DOING, Task.PARSE: parse}
    with conversation() as (requests, answers):
        limit_memory(MEMORY)
        while True:
            task, data, name, where, seconds = pickle.load(requests)
            language = by_name(name)
            load_grammar(language)  # takes a while at the first time, which is no fault of the file
            with limited_cpu(seconds):
                answer = doing[task](data, language, where)
            send(answers, answer)


_guard = Guard(f"{__name__}:serve")
atexit.register(_guard.end)
warm, parse, comment_at = _guard.warm, _guard.parse, _guard.comment_at
