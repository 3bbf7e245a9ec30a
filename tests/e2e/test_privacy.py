"""A whole day with real processes: nothing leaves the machine, no secret stays, clearing leaves nothing."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
import venv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mindgap_indexer import apart, crew, guard
from mindgap_indexer.indexing import CREW_BYTES
from mindgap_indexer.paths import index_folder
from mindgap_indexer.store import Store
from mindgap_indexer.store.database import Database
from mindgap_indexer.terms import stem
from tests.conftest import WriteTree
from tests.e2e.lsp_client import DEADLINE, connected, eventually

GUARD = Path(__file__).with_name("guard")
EGRESS = "MINDGAP_TEST_EGRESS"
HELPERS = (apart.ENTRY, crew.ENTRY, f"{guard.__name__}:serve")
"""All that runs beside a server or a command."""

# Secrets are made up of one rare word each, which is looked for in any spelling.
WORDS = ("zyqbrick", "zyqsilk", "zyqcork", "zyqdamask", "zyqcobalt", "zyqflint", "zyqmarlin", "zyqwalnut")
VISIBLE = "zyqtopaz"
KEY = "-----BEGIN RSA {}-----\nMIIEzyqbrickAAAA\nzyqbrickBBBB\n-----END RSA {}-----\n".replace(
    "{}", "PRIVATE KEY"
)
TREE = {
    "shop.py": f'''"""The shop."""

API_TOKEN = "ghp_zyqsilk0123456789abcdefABCDEF012345"
KEY = """{KEY}"""


def {VISIBLE}_connect(host, password="zyqcork-1"):
    """Connects to postgres://admin:zyqdamask9@db.example.com/shop."""
    return open_database(host, password, token="sk_live_zyqcobalt42xyz")
''',
    "deploy.sh": "#!/bin/sh\nexport DB_PASSWORD=zyqflint77x1\ndeploy() {\n  curl -u admin:x host\n}\n",
    "settings.js": 'const options = { clientSecret: "zyqmarlin.55", name: "shop" };\nfunction start() {}\n',
    ".env": "PASSWORD=zyqwalnut\n",
    "id_rsa": KEY,
    "credentials.json": '{"key": "zyqwalnut"}',
}
LINES = "    nothing is said here, at length\n" * 26_000
BULK = {f"bulk_{i}.py": f'def bulk_{i}():\n    return """\n{LINES}    """\n' for i in range(5)}
"""So much that processes of their own index it."""
UNSAVED = TREE["shop.py"].replace("zyqcork-1", "zyqcork-2").replace("_connect", "_reconnect")


@dataclass(frozen=True, slots=True)
class Watched:
    """An interpreter with the packages of this one, whose attempts to reach the network are written down.

    All processes that it starts are watched, those too that take nothing from PYTHONPATH (`-I`).
    """

    python: Path
    log: Path

    @property
    def attempts(self) -> str:
        file = self.log / "attempts"
        return file.read_text() if file.exists() else ""

    def saw(self, entry: str) -> bool:
        """Whether a helper with this entry ran."""
        module, _, function = entry.partition(":")
        lines = (self.log / "watched").read_text().splitlines()
        return any("'-I'" in line and f"from {module} import {function};" in line for line in lines)


def cli(python: str | Path, *arguments: str | Path, prefix: Iterable[str] = ()) -> str:
    """What a command says, to both streams."""
    command = [*prefix, str(python), "-m", "mindgap_server.cli", *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return run.stdout + run.stderr


async def a_day(root: Path, log: Path, python: Path, prefix: tuple[str, ...] = ()) -> list[str]:
    """Index, search, edit, ask for the state, look for faults; answers everything that was said."""
    said = [cli(python, "index", "--root", root, prefix=prefix)]
    for name, text in BULK.items():
        (root / name).write_text(text)
    logging = (*prefix, "sh", "-c", 'exec "$@" 2>"$0"', str(log), str(python), "-m", "mindgap_server")
    options = {"log": {"level": "debug"}, "index": {"workers": 2}}
    async with connected(root, options=options, command=logging) as client:
        # The processes that index so much make way for whatever else a busy machine does.
        await eventually(lambda: client.is_in("ready"), 6 * DEADLINE)
        for query in ("connect to the database with a password", "deploy", "options of the shop"):
            said.append(repr(await client.search(query, snippetLines=20)))
        client.open(root / "shop.py", TREE["shop.py"])
        client.edit(root / "shop.py", UNSAVED)
        said.append(repr(await client.search(f"{VISIBLE}_reconnect", snippetLines=20)))
        (root / "shop.py").write_text(UNSAVED, "utf-8")
        await eventually(lambda: client.finds(f"{VISIBLE}_reconnect"))
        said.append(repr(await client.symbols(f"{VISIBLE}_reconnect")))
        said.append(repr(await client.request("mindgap/status")))
        said += [message.message for message in client.lsp.log_messages]
    said.append(log.read_text())
    for arguments in (("search", "connect with a password"), ("status", "--json"), ("doctor",)):
        said.append(cli(python, arguments[0], "--root", root, *arguments[1:], prefix=prefix))
    return said


def cache_texts(home: Path) -> Iterator[tuple[str, str]]:
    """Every file of the cache as text, and the terms of every index, which a file holds in pieces."""
    for file in home.rglob("*"):
        if file.is_file():
            yield file.name, file.read_bytes().decode("latin-1").lower()
    for file in home.rglob("index.db"):
        database = Database(file)
        yield "terms", " ".join(term for (term,) in database.rows("SELECT DISTINCT term FROM posting"))
        database.close()


def holding(texts: Iterable[tuple[str, str]], words: Iterable[str]) -> set[tuple[str, str]]:
    wanted = list(words)
    return {(name, word) for name, text in texts for word in wanted if word in text.lower()}


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """A virtual environment over this one: an isolated process too reads the `.pth` files of its own."""
    log, environment = tmp_path / "egress", tmp_path / "venv"
    log.mkdir()
    monkeypatch.setenv(EGRESS, str(log))
    venv.EnvBuilder(symlinks=True).create(environment)
    places = {"base": str(environment), "platbase": str(environment)}
    packages = Path(sysconfig.get_path("purelib", "venv", places))
    ours = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    lines = [str(GUARD), "import egress", *(f"import site; site.addsitedir({path!r})" for path in ours)]
    (packages / "watched.pth").write_text("\n".join(lines) + "\n")
    return Watched(Path(sysconfig.get_path("scripts", "venv", places)) / "python", log)


def without_network() -> tuple[str, ...]:
    """A command prefix that takes the network away, where the system lets it."""
    prefix = ("unshare", "--map-root-user", "--net")
    able = shutil.which("unshare") and subprocess.run([*prefix, "true"], capture_output=True).returncode == 0
    return prefix if able else ()


def test_words_are_their_own_stems() -> None:
    assert [stem(word) for word in (*WORDS, VISIBLE)] == [*WORDS, VISIBLE]


ATTEMPT = "import urllib.request; urllib.request.urlopen('http://192.0.2.1/')"


def test_the_guard_sees_an_attempt(watched: Watched) -> None:
    run = subprocess.run([watched.python, "-c", ATTEMPT], capture_output=True, text=True)
    assert run.returncode == 1
    assert watched.attempts.startswith("urllib.Request ")


def test_the_guard_sees_an_attempt_of_a_helper(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "leaky.py").write_text(f"def serve():\n    {ATTEMPT}\n")
    code = f"""
import sys
from mindgap_indexer.helper import Helper, HelperEndedError
sys.path.append({str(tmp_path)!r})
helper = Helper("leaky:serve")
try:
    helper.hear()
except HelperEndedError:
    helper.end()
"""
    subprocess.run([watched.python, "-c", code], capture_output=True, check=True)
    assert watched.saw("leaky:serve")
    assert watched.attempts.startswith("urllib.Request ")


async def test_a_whole_day(
    write_tree: WriteTree, tmp_path: Path, mindgap_home: Path, watched: Watched
) -> None:
    root = write_tree(TREE)
    outside = tmp_path / "outside.py"
    outside.write_text("def zyqwalnut_outside():\n    return 1\n")
    (root / "link.py").symlink_to(outside)

    assert sum(map(len, BULK.values())) > CREW_BYTES

    said = await a_day(root, tmp_path / "server.log", watched.python, without_network())

    assert watched.attempts == ""
    assert all(watched.saw(entry) for entry in HELPERS)
    kept = list(cache_texts(mindgap_home))
    # The search itself works: what is no secret is found in the answers and in the cache.
    assert holding((("said", text) for text in said), [VISIBLE])
    assert ("terms", VISIBLE) in holding(kept, [VISIBLE])
    assert holding((("said", text) for text in said), WORDS) == set()
    assert holding(kept, WORDS) == set()
    with Store(index_folder(root)) as store:
        assert set(store.reader().files()) == {"deploy.sh", "settings.js", "shop.py", *BULK}

    cli(watched.python, "clear", "--root", root, "--yes")
    left = [file for file in mindgap_home.rglob("*") if file.is_file()]
    assert holding(cache_texts(mindgap_home), [VISIBLE]) == set()
    assert [file.name for file in left] == []
