"""Start and end of a client's visit."""

from __future__ import annotations

import logging

from lsprotocol import types

from mindgap_server.features import configuration, files
from mindgap_server.features.folders import first_folders
from mindgap_server.features.log import attach, set_level
from mindgap_server.features.progress import ClientReporter
from mindgap_server.parent import watch_process
from mindgap_server.rpc import plain_errors
from mindgap_server.server import MindgapServer

log = logging.getLogger(__name__)


def initialize(ls: MindgapServer, params: types.InitializeParams) -> None:
    """Note what the client said; nothing that takes time happens before the answer."""
    ls.greet(params)


async def initialized(ls: MindgapServer, _: types.InitializedParams) -> None:
    """Open the folders in the background, and say what was wrong with the options."""
    params = ls.initialize_params
    read = ls.set_options()
    attach(ls)
    set_level(read.options.log.level)
    configuration.tell(ls, read)
    _tell_unread(ls)
    ls.open_session(first_folders(params), ClientReporter(ls))
    if params.process_id is not None:
        ls.at_end.callback(watch_process(params.process_id, ls.abandon))
    await files.watch_through_client(ls)
    await configuration.follow_configuration(ls)
    with plain_errors():
        # Nothing else would tell that the session could not be made.
        await ls.session()


def _tell_unread(ls: MindgapServer) -> None:
    """Say what the client meant and did not get; of its capabilities that goes to the log alone."""
    for path in ls.unread:
        message = f"Mindgap: `{path}` in the first message of the editor does not fit the protocol; "
        if path.startswith("capabilities"):
            log.warning("%sMindgap does without it.", message)
            continue
        message += "it is ignored. Check the editor's settings of Mindgap, or report this to their author."
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Warning, message))
        log.warning("%s", message)


async def shutdown(ls: MindgapServer, _: None) -> None:
    """Stop all work and close the indexes; `exit` follows."""
    ls.shut_down = True
    await ls.close_session()


def register(ls: MindgapServer) -> None:
    """Offer the feature."""
    ls.feature(types.INITIALIZE)(initialize)
    ls.feature(types.INITIALIZED)(initialized)
    ls.feature(types.SHUTDOWN)(shutdown)
