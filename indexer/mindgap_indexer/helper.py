"""A process on the other ends of two pipes, which answers one value after the other and can be ended.

It is a program of its own, not a child of multiprocessing, which would run the caller's main module again and
needs a guard in it. What is said is pickled: both ends are this package, and the pipes are nobody else's.
"""

from __future__ import annotations

import contextlib
import math
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from typing import IO, Any

if sys.platform != "win32":
    import resource

_CRASH_CODES = 0xC0000000
"""From here on the codes of processes that Windows ended for what they did."""


class HelperEndedError(Exception):
    """The process ended, or was ended, before it answered."""

    def __init__(self, code: int, *, in_time: bool) -> None:
        super().__init__(f"code {code}")
        self.was_its_own_doing = not in_time or _ends_itself(code)
        """It took too long, computed too long or crashed, and would again. Not: somebody ended it."""
        self.never_worked = 0 <= code < _CRASH_CODES and in_time
        """It ended as programs end that cannot start."""


class Helper:
    """One such process; whoever uses it, uses it alone."""

    def __init__(self, entry: str) -> None:
        """`entry` is `module:function`, what the process runs. Raises OSError."""
        with _deaf_to_ctrl_c():
            self._process = subprocess.Popen(
                _program(entry),
                env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )

    def tell(self, value: object) -> None:
        """Send something that has no answer. Raises HelperEndedError."""
        with self._alive(math.inf):
            send(self._process.stdin, value)

    def hear(self) -> Any:  # noqa: ANN401
        """Wait for what it says next. Raises HelperEndedError."""
        with self._alive(math.inf):
            return pickle.load(self._process.stdout or _closed())

    def ask(self, value: object, seconds: float = math.inf) -> Any:  # noqa: ANN401
        """Send something and wait for the answer; past the time the process is killed.

        Raises HelperEndedError.
        """
        with self._alive(seconds):
            send(self._process.stdin, value)
            return pickle.load(self._process.stdout or _closed())

    @contextlib.contextmanager
    def _alive(self, seconds: float) -> Generator[None]:
        timer = threading.Timer(seconds, self._process.kill) if seconds < math.inf else None
        if timer is not None:
            timer.daemon = True
            timer.start()
        try:
            yield
        except (OSError, ValueError, EOFError, pickle.UnpicklingError) as error:
            in_time = timer is None or timer.is_alive()
            self._process.kill()
            raise HelperEndedError(self._process.wait(), in_time=in_time) from error
        finally:
            if timer is not None:
                timer.cancel()
                timer.join()

    def hang_up(self) -> None:
        """Close the pipe to it, by which it knows that nobody wants any more of it."""
        with contextlib.suppress(OSError):
            (self._process.stdin or _closed()).close()

    def kill(self) -> None:
        """End it; whoever waits for what it says is told."""
        self._process.kill()

    def end(self) -> None:
        """Let it go; what it is at is lost."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            # What it was to be told cannot be flushed any more.
            with contextlib.suppress(OSError):
                (pipe or _closed()).close()
        self._process.wait()


@contextlib.contextmanager
def _deaf_to_ctrl_c() -> Generator[None]:
    """What is started inside is born without hearing Ctrl+C, where the system can see to it.

    A shell sends it to all processes of a command, and an interpreter that still starts prints a traceback.
    """
    if sys.platform == "win32":
        yield
        return
    # Of this thread alone, and inherited: this process still hears it, now or in a moment.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _program(entry: str) -> list[str]:
    """A helper's program, which finds packages exactly where this process does.

    Isolated (`-I`): else Python looks in the working folder first, a workspace perhaps that has a `numpy.py`.
    """
    module, _, function = entry.partition(":")
    path = [folder for folder in sys.path if os.path.isabs(folder)]
    cache = [] if sys.pycache_prefix is None else ["-X", f"pycache_prefix={sys.pycache_prefix}"]
    # Before the first import that takes time: Ctrl+C in a shell reaches it too, and it ends with its parent.
    deaf = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
    code = f"{deaf}; import sys; sys.path[:] = {path!r}; from {module} import {function}; {function}()"
    return [sys.executable, "-I", *cache, "-c", code]


def _ends_itself(code: int) -> bool:
    return (code < 0 and -code not in (signal.SIGTERM, getattr(signal, "SIGKILL", None))) or (
        code >= _CRASH_CODES
    )


# The other end


@contextlib.contextmanager
def conversation() -> Generator[tuple[IO[bytes], IO[bytes]]]:
    """Where requests come from and answers go, until whoever asks is gone."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever else writes to standard output must not get between the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    if sys.platform != "win32":
        signal.signal(signal.SIGPROF, signal.SIG_DFL)  # of limited_cpu: it ends the process
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        yield requests, answers
    except (EOFError, BrokenPipeError):
        pass  # whoever is gone has closed the pipe
    except pickle.UnpicklingError as error:
        if "truncated" not in str(error):
            raise
        # The same, in the middle of what it said.


def leave_with(requests: IO[bytes]) -> None:
    """End this process as soon as whoever asks is gone, in the middle of its work too, where it can be seen.

    Without that it would be told by the next thing it says, which may take seconds.
    """
    if sys.platform != "win32":
        threading.Thread(target=_wait_and_leave, args=(requests.fileno(),), daemon=True).start()


def _wait_and_leave(requests: int) -> None:
    pipe = select.poll()
    pipe.register(requests, 0)  # nothing but its end
    pipe.poll()
    os._exit(0)


def send(pipe: IO[bytes] | None, value: object) -> None:
    """Write one value."""
    stream = pipe or _closed()
    pickle.dump(value, stream, pickle.HIGHEST_PROTOCOL)
    stream.flush()


@contextlib.contextmanager
def limited_cpu(seconds: float) -> Generator[None]:
    """Let the system end this process when it computes longer than that inside, where the system can."""
    if sys.platform == "win32":
        yield
        return
    # A timer counts from now. RLIMIT_CPU counts ticks from the start of the process, and getrusage does not:
    # after a while they are seconds apart, and a worker would be ended for nothing.
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)


def limit_memory(size: int) -> None:
    """Let this process have no more memory than that, where the system can see to it."""
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (size, size))


def _closed() -> Any:  # noqa: ANN401
    raise EOFError
