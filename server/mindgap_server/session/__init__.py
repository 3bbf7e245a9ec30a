"""The folders that a client has open, their indexes and their searches; knows nothing of LSP types.

Imports the indexer with its native libraries, so nothing that runs before the answer to `initialize` may
import this package.
"""

from mindgap_server.session.answers import Answer, Located
from mindgap_server.session.code import CodeAt
from mindgap_server.session.opening import OpenWorkspace, open_workspace
from mindgap_server.session.question import Question
from mindgap_server.session.session import Session
from mindgap_server.session.standing import RootReport, State

__all__ = [
    "Answer",
    "CodeAt",
    "Located",
    "OpenWorkspace",
    "Question",
    "RootReport",
    "Session",
    "State",
    "open_workspace",
]
