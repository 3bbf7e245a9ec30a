from __future__ import annotations

import asyncio
from concurrent.futures import Future
from functools import partial

import pytest
from lsprotocol.types import LSPErrorCodes
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from mindgap_indexer.errors import Cancelled, ModelError
from mindgap_server.protocol import StatusParams
from mindgap_server.rpc import params_of, plain_errors
from mindgap_server.server import MindgapServer


def answer_to(raised: BaseException) -> JsonRpcException:
    with pytest.raises(JsonRpcException) as caught, plain_errors():
        raise raised
    return caught.value


def test_errors_for_the_person_keep_their_message() -> None:
    error = answer_to(ModelError("The model is gone."))
    assert (error.code, error.message) == (LSPErrorCodes.RequestFailed.value, "The model is gone.")


def test_a_cancelled_search_is_a_cancelled_request() -> None:
    assert answer_to(Cancelled()).code == LSPErrorCodes.RequestCancelled.value


def test_other_errors_are_logged_and_left_to_pygls(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(RuntimeError), plain_errors():
        raise RuntimeError("boom")
    assert [record.name for record in caplog.records] == ["mindgap_server.rpc", "mindgap_server.crash"]
    with pytest.raises(asyncio.CancelledError), plain_errors():
        raise asyncio.CancelledError
    answer_to(JsonRpcInvalidParams("no"))
    assert len(caplog.records) == 2


def test_params_are_typed_and_all_their_problems_are_told() -> None:
    assert params_of(StatusParams, {"rootUri": "file:///w", "extra": 1}) == StatusParams("file:///w")
    with pytest.raises(JsonRpcInvalidParams, match="`rootUri` must be a text, not 1"):
        params_of(StatusParams, {"rootUri": 1})


def test_what_is_under_way_can_be_ended_all_at_once() -> None:
    futures = MindgapServer().protocol._request_futures  # pyright: ignore[reportPrivateUsage]
    waiting = {number: Future[None]() for number in range(3)}

    def forget(number: int, _: Future[None]) -> None:
        del futures[number]

    for number, future in waiting.items():
        futures[number] = future
        future.add_done_callback(partial(forget, number))
    for _, future in futures.items():  # as `shutdown` of pygls does
        future.cancel()
    assert not futures
