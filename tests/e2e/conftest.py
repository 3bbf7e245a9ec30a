"""One server for the tests of a module that need no other."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from mindgap_indexer.paths import HOME_VARIABLE
from tests.e2e.lsp_client import Client, connected


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Client]:
    """One server for the tests that need no other. It starts without any folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(tmp_path_factory.mktemp("home")))
        async with connected() as client:
            yield client
