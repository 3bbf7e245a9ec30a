"""Work-done progress and error messages: how the session's worker threads reach the person."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from mindgap_server.features.news import StatusNews
from mindgap_server.reporter import Bar
from mindgap_server.server import MindgapServer

log = logging.getLogger(__name__)


class ClientReporter:
    """A session's reporter that speaks LSP."""

    def __init__(self, ls: MindgapServer) -> None:
        self._ls = ls
        self._bars: dict[types.ProgressToken, ClientBar] = {}
        self._news = StatusNews(ls)
        # pygls has tokens of its own and would complain of ours.
        ls.replace_builtin(types.WINDOW_WORK_DONE_PROGRESS_CANCEL, self._cancel)

    def begin(self, title: str, cancel: Callable[[], None]) -> Bar:
        """Show a progress bar, if the client has any."""
        bar = ClientBar(self._ls, title, cancel, self._bars)
        window = self._ls.client_capabilities.window
        if window and window.work_done_progress:
            self._ls.soon(bar.open)
        return bar

    def _cancel(self, params: types.WorkDoneProgressCancelParams) -> None:
        if params.token in self._bars:
            self._bars[params.token].cancel()

    def complain(self, message: str) -> None:
        """Show an error."""
        params = types.ShowMessageParams(types.MessageType.Error, f"Mindgap: {message}")
        self._ls.soon(self._ls.window_show_message, params)

    def changed(self) -> None:
        """Tell how the indexes are now."""
        self._ls.soon(self._news.note)


class ClientBar:
    """One progress bar. Its state belongs to the event loop; what comes before the client is ready waits."""

    def __init__(
        self,
        ls: MindgapServer,
        title: str,
        cancel: Callable[[], None],
        shown: dict[types.ProgressToken, ClientBar],
    ) -> None:
        self.cancel = cancel
        self._ls = ls
        self._title = title
        self._token = str(uuid.uuid4())
        self._all_shown = shown
        self._report: types.WorkDoneProgressReport | None = None
        self._end: types.WorkDoneProgressEnd | None = None
        self._opening: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Start to show the bar."""
        self._opening = asyncio.create_task(self._open())

    def report(self, percent: int | None, text: str) -> None:
        """Move the bar; from any thread."""
        report = types.WorkDoneProgressReport(cancellable=True, message=text, percentage=percent)
        self._ls.soon(self._send_report, report)

    def end(self, text: str) -> None:
        """Take the bar away; from any thread."""
        self._ls.soon(self._send_end, types.WorkDoneProgressEnd(message=text))

    async def _open(self) -> None:
        params = types.WorkDoneProgressCreateParams(self._token)
        try:
            await self._ls.window_work_done_progress_create_async(params)
        except JsonRpcException as error:
            log.debug("The client shows no progress: %s", error)
            return
        self._all_shown[self._token] = self
        self._send(types.WorkDoneProgressBegin(title=self._title, cancellable=True, percentage=0))
        if self._report is not None:
            self._send(self._report)
        if self._end is not None:
            self._send_end(self._end)

    def _send_report(self, report: types.WorkDoneProgressReport) -> None:
        self._report = report
        if self._token in self._all_shown:
            self._send(report)

    def _send_end(self, end: types.WorkDoneProgressEnd) -> None:
        self._end = end
        if self._all_shown.pop(self._token, None):
            self._send(end)

    def _send(
        self, value: types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd
    ) -> None:
        self._ls.progress(types.ProgressParams(self._token, value))
