"""Options: from `initializationOptions`, and from the client's settings whenever they change."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import cast

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from mindgap_server.features.log import set_level
from mindgap_server.options import SECTION, ReadOptions
from mindgap_server.server import MindgapServer
from mindgap_server.wire import Json

log = logging.getLogger(__name__)


async def did_change_configuration(ls: MindgapServer, params: types.DidChangeConfigurationParams) -> None:
    """Take new settings; what needs other options is opened anew."""
    session = await ls.session()
    settings = _section(params.settings)
    if settings is None:
        try:
            settings = await _ask_client(ls)
        except JsonRpcException as error:
            log.warning("The client does not tell its settings (%s); those from before are kept.", error)
            return
    read = ls.set_options(settings)
    set_level(read.options.log.level)
    tell(ls, read)
    await ls.in_order(session.configure, read.options)


def tell(ls: MindgapServer, read: ReadOptions) -> None:
    """Say what was wrong with the options."""
    for warning in read.warnings:
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Warning, warning))
        log.warning("%s", warning)
    for note in read.notes:
        log.info("%s", note)


async def follow_configuration(ls: MindgapServer) -> None:
    """Ask the client to report changes of the settings, where it has to be asked."""
    workspace = ls.client_capabilities.workspace
    able = workspace.did_change_configuration if workspace else None
    if able and able.dynamic_registration:
        options = types.DidChangeConfigurationRegistrationOptions(section=SECTION)
        await ls.register_with_client(types.WORKSPACE_DID_CHANGE_CONFIGURATION, options)


def _section(settings: Json) -> Json:
    """Our part of the settings that were sent; None when nothing was."""
    return cast("Mapping[str, Json]", settings).get(SECTION) if isinstance(settings, Mapping) else None


async def _ask_client(ls: MindgapServer) -> Json:
    """Our part of the settings, from a client that leaves them to be fetched."""
    workspace = ls.client_capabilities.workspace
    if not (workspace and workspace.configuration):
        return None
    items = [types.ConfigurationItem(section=SECTION)]
    answers = await ls.workspace_configuration_async(types.ConfigurationParams(items))
    return answers[0] if answers else None


def register(ls: MindgapServer) -> None:
    """Offer the feature."""
    ls.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(did_change_configuration)
