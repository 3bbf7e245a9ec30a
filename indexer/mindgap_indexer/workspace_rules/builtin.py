"""The table of what Mindgap leaves out by default, written in the syntax of ignore files.

Only what is certain by its name or by the files around it stands here: .gitignore does the rest, and a
source folder that happens to be called `build`, `dist` or `out` must not vanish silently.
A `!` line in a .mindgapignore brings back everything except version control folders and secrets.
"""

from __future__ import annotations

from collections.abc import Mapping

from mindgap_indexer.types import SkipReason
from mindgap_indexer.workspace_rules.ignore import GIT_IGNORE, OWN_IGNORE, Patterns


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split())


VERSION_CONTROL = frozenset({".git", ".hg", ".svn", ".bzr", ".jj", ".sl", ".pijul", "CVS", "_darcs"})
"""The stores of version control systems: never source, and never brought back."""

_HIDDEN_KEPT = frozenset(
    _list("""
    .github .gitlab .circleci .buildkite .woodpecker .teamcity .ci .husky .devcontainer
    .storybook .vitepress .vuepress
    """)
)
"""Hidden folders in which people keep code of their own; the others are caches and settings of tools."""

_FOLDERS = Patterns(
    _list("""
    node_modules
    bower_components
    jspm_packages
    Pods
    elm-stuff
    __pycache__
    __pypackages__
    *.egg-info
    DerivedData
    *.dSYM
    *.framework
    *.xcframework
    htmlcov
    storybook-static
    __MACOSX
    """)
)
"""Folders that are dependencies, caches or output wherever they stand."""

_OUTPUT_BESIDE: Mapping[str, tuple[frozenset[str], ...]] = {
    "target": tuple(frozenset({file}) for file in ("Cargo.toml", "pom.xml", "build.sbt", "project.clj")),
    "build": tuple(
        frozenset({file})
        for file in (
            "build.gradle",
            "build.gradle.kts",
            "settings.gradle",
            "settings.gradle.kts",
            "pubspec.yaml",
        )
    ),
    "_build": tuple(frozenset({file}) for file in ("mix.exs", "rebar.config", "dune-project", "conf.py")),
    "deps": (frozenset({"mix.exs"}), frozenset({"rebar.config"})),
    "dist": (frozenset({"package.json", "tsconfig.json"}),),
    "out": (frozenset({"package.json", "tsconfig.json"}),),
    "Carthage": (frozenset({"Cartfile"}),),
    "_site": (frozenset({"_config.yml"}),),
}
"""Folders that are output when all entries of one of these sets stand beside them."""

_MARKS: Mapping[str, frozenset[str]] = {
    "pyvenv.cfg": frozenset(),
    "conda-meta": frozenset(),
    "CACHEDIR.TAG": frozenset(),
    ".ninja_log": frozenset(),
    "meson-private": frozenset(),
    "CMakeCache.txt": frozenset(),
    "modules.txt": frozenset({"vendor"}),
    "autoload.php": frozenset({"vendor"}),
    "ruby": frozenset({"bundle"}),
    "project.assets.json": frozenset({"obj"}),
    "lcov-report": frozenset({"coverage"}),
}
"""Entries that show what the folder around them is: a virtual environment, a cache, build or test output,
vendored packages of Go, PHP or Ruby. Where folder names follow, the mark counts only in these."""

_SOURCE_MARKS = {"CMakeCache.txt": "CMakeLists.txt", ".ninja_log": "CMakeLists.txt"}
"""A build inside the source tree: beside its sources, the mark says nothing."""

DECISIVE = frozenset(
    {GIT_IGNORE, OWN_IGNORE, ".git", *_MARKS, *_SOURCE_MARKS.values()}.union(
        *(beside for alternatives in _OUTPUT_BESIDE.values() for beside in alternatives)
    )
)
"""Every name whose presence in a folder changes a verdict on the folder or on its entries."""

_SECRETS = Patterns(
    _list("""
    .env .env.* *.env .envrc *.tfvars *.tfstate
    *.pem *.key *.p12 *.pfx *.jks *.keystore *.kdbx *.ppk *.ovpn *.gpg
    id_rsa id_rsa.* id_dsa id_dsa.* id_ecdsa id_ecdsa.* id_ed25519 id_ed25519.*
    .npmrc .yarnrc.yml .pypirc .netrc _netrc .pgpass .my.cnf .htpasswd .dockercfg .git-credentials .s3cfg
    .boto .vault_pass* *.secret *.secrets wp-config.php local.settings.json service[-_]account*.json
    credentials credentials.json credentials.y*ml credentials.toml credentials.ini credentials.xml
    secrets secrets.json secrets.y*ml secrets.toml secrets.ini secrets.xml secrets.sh secrets.tf
    """)
)
"""Names of files that hold secrets, lower-case. `credentials.py` is code about secrets and stays in."""

_FILES_BY_REASON: Mapping[SkipReason, str] = {
    SkipReason.BUILTIN: """
        package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb
        poetry.lock uv.lock pdm.lock pipfile.lock cargo.lock composer.lock gemfile.lock go.sum mix.lock
        pubspec.lock podfile.lock flake.lock packages.lock.json gradle.lockfile .terraform.lock.hcl
        .pnp.cjs .pnp.loader.mjs *.map *.snap
    """,
    SkipReason.MINIFIED: """
        *.min.js *.min.mjs *.min.cjs *-min.js *.min.css *.bundle.js *.chunk.js
    """,
    SkipReason.GENERATED: """
        *_pb2.py *_pb2.pyi *_pb2_grpc.py *_pb2_grpc.pyi *.pb.go *.pb.gw.go *.pb.cc *.pb.h *.pb.swift
        *_pb.js *_pb.ts *_pb.d.ts *_pb.rb *.pb.dart *.pbenum.dart *.pbjson.dart *.g.dart *.freezed.dart
        *.gr.dart *.mocks.dart *.g.cs *.g.i.cs *.designer.cs *.designer.vb *.generated.* *_generated.go
        zz_generated.*.go *.tab.c *.tab.h lex.yy.c parsetab.py
    """,
}
"""Names of files that nobody wrote by hand, lower-case."""

_FILES = Patterns(glob for globs in _FILES_BY_REASON.values() for glob in globs.split())
_FILE_REASONS = tuple(reason for reason, globs in _FILES_BY_REASON.items() for _ in globs.split())


def is_secret(name: str) -> bool:
    """The name of a file that holds secrets."""
    lower = name.lower()
    return _SECRETS.last_match(lower, lower, False) >= 0


def judge_file_name(name: str) -> SkipReason | None:
    """Lock files, source maps, minified and generated files, by name."""
    lower = name.lower()
    line = _FILES.last_match(lower, lower, False)
    return None if line < 0 else _FILE_REASONS[line]


def is_left_out(name: str, beside: frozenset[str]) -> bool:
    """A folder that is no source by its name and the decisive names beside it."""
    if name.startswith("."):
        return name not in _HIDDEN_KEPT
    if _FOLDERS.last_match(name, name, True) >= 0:
        return True
    return any(needed <= beside for needed in _OUTPUT_BESIDE.get(name, ()))


def is_marked(name: str, inside: frozenset[str]) -> bool:
    """A folder that is no source by the decisive names inside it."""
    return any(
        (not only_in or name in only_in) and _SOURCE_MARKS.get(mark) not in inside
        for mark, only_in in _MARKS.items()
        if mark in inside
    )
