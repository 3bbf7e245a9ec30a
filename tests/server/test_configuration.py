"""Settings that a client is asked for."""

from __future__ import annotations

import logging
from typing import Any, cast

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcInternalError

from mindgap_server.features.configuration import did_change_configuration
from mindgap_server.options import ServerOptions
from mindgap_server.server import MindgapServer


class RefusingServer:
    """Its client says that it can be asked for settings, and then tells none."""

    client_capabilities = types.ClientCapabilities(
        workspace=types.WorkspaceClientCapabilities(configuration=True)
    )

    def __init__(self) -> None:
        self.options = ServerOptions(max_file_size=7)

    async def session(self) -> object:
        return object()

    async def workspace_configuration_async(self, _: object) -> list[Any]:
        raise JsonRpcInternalError("client says no")


async def test_a_client_that_refuses_its_settings_keeps_those_from_before(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = RefusingServer()
    params = types.DidChangeConfigurationParams(None)
    with caplog.at_level(logging.WARNING):
        await did_change_configuration(cast("MindgapServer", server), params)
    assert server.options == ServerOptions(max_file_size=7)
    assert (
        "The client does not tell its settings (client says no); those from before are kept." in caplog.text
    )
