"""The table of languages: names, file endings, interpreters, grammars and the words of their grammars."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class Language:
    """What the indexer must know of a language beyond its query file."""

    name: str
    extensions: tuple[str, ...] = ()
    """With their dot, lower-case."""
    filenames: tuple[str, ...] = ()
    interpreters: tuple[str, ...] = ()
    """Programs of a `#!` line, without version digits."""
    grammar: tuple[str, str] | None = None
    """Module and function that give the grammar; None: line windows."""
    query: str = ""
    """Name of the query file where it is not the language's own."""
    comments: frozenset[str] = frozenset({"comment"})
    """Node types that may be a doc comment above a definition."""
    attributes: frozenset[str] = frozenset()
    """Node types (annotations, attributes) that may stand between doc comment and definition as siblings."""
    wrappers: frozenset[str] = frozenset()
    """Parent types that belong to a definition's range: decorators, `export`, the `const` of a lambda."""
    constructors: frozenset[str] = frozenset()
    """Names of methods that are constructors, beside the name of the class itself."""
    has_preprocessor: bool = False
    """Conditionals and macros of C may stand anywhere and hide from the grammar what they surround."""
    merge_adjacent: bool = False
    """Adjacent definitions of one name are the clauses or equations of one function."""

    stops_at_errors: bool = False
    """The grammar finds back from few syntax errors: what it skips is parsed again piece by piece."""

    @property
    def query_name(self) -> str:
        """Stem of the query file."""
        return self.query or self.name


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ECMASCRIPT_WRAPPERS = _words(
    "export_statement lexical_declaration variable_declaration expression_statement"
)

LANGUAGES: tuple[Language, ...] = (
    Language(
        "python",
        (".py", ".pyi", ".pyw"),
        ("SConstruct", "SConscript", "wscript"),
        ("python",),
        ("tree_sitter_python", "language"),
        stops_at_errors=True,
        wrappers=_words("decorated_definition"),
        constructors=_words("__init__ __new__"),
    ),
    Language(
        "javascript",
        (".js", ".jsx", ".mjs", ".cjs"),
        interpreters=("node",),
        # The grammar of TSX reads JavaScript too, and better: the one of JavaScript (0.25.0) gives a whole
        # file up for one class attribute, <p class="note">.
        grammar=("tree_sitter_typescript", "language_tsx"),
        query="typescript",
        attributes=_words("decorator"),
        wrappers=_ECMASCRIPT_WRAPPERS,
        constructors=_words("constructor"),
    ),
    Language(
        "typescript",
        (".ts", ".mts", ".cts"),
        interpreters=("deno", "ts-node", "tsx", "bun"),
        grammar=("tree_sitter_typescript", "language_typescript"),
        attributes=_words("decorator"),
        wrappers=_ECMASCRIPT_WRAPPERS | _words("ambient_declaration"),
        constructors=_words("constructor"),
    ),
    Language(
        "tsx",
        (".tsx",),
        grammar=("tree_sitter_typescript", "language_tsx"),
        query="typescript",
        attributes=_words("decorator"),
        wrappers=_ECMASCRIPT_WRAPPERS | _words("ambient_declaration"),
        constructors=_words("constructor"),
    ),
    Language(
        "go",
        (".go",),
        grammar=("tree_sitter_go", "language"),
        wrappers=_words("var_declaration"),
        stops_at_errors=True,
    ),
    Language(
        "rust",
        (".rs",),
        grammar=("tree_sitter_rust", "language"),
        comments=_words("line_comment block_comment"),
        attributes=_words("attribute_item"),
        stops_at_errors=True,
        constructors=_words("new"),
    ),
    Language(
        "java",
        (".java",),
        grammar=("tree_sitter_java", "language"),
        comments=_words("line_comment block_comment"),
        attributes=_words("annotation marker_annotation"),
    ),
    Language(
        "c",
        (".c", ".h"),
        grammar=("tree_sitter_c", "language"),
        has_preprocessor=True,
        stops_at_errors=True,
    ),
    Language(
        "cpp",
        (".cpp", ".cc", ".cxx", ".c++", ".hpp", ".hh", ".hxx", ".h++", ".ipp", ".inl", ".tpp", ".cu", ".cuh"),
        grammar=("tree_sitter_cpp", "language"),
        stops_at_errors=True,
        has_preprocessor=True,
        wrappers=_words("template_declaration"),
    ),
    Language(
        "csharp",
        (".cs", ".csx"),
        grammar=("tree_sitter_c_sharp", "language"),
        attributes=_words("attribute_list"),
    ),
    Language(
        "ruby",
        (".rb", ".rake", ".gemspec", ".ru", ".thor"),
        ("Rakefile", "Gemfile", "Guardfile", "Capfile", "Vagrantfile"),
        ("ruby",),
        ("tree_sitter_ruby", "language"),
        stops_at_errors=True,
        constructors=_words("initialize"),
    ),
    Language(
        "php",
        (".php", ".phtml", ".php5", ".php7", ".inc"),
        interpreters=("php",),
        grammar=("tree_sitter_php", "language_php"),
        attributes=_words("attribute_list"),
        wrappers=_words("expression_statement"),
        constructors=_words("__construct"),
    ),
    Language(
        "kotlin",
        (".kt", ".kts"),
        grammar=("tree_sitter_kotlin", "language"),
        comments=_words("line_comment block_comment"),
        attributes=_words("annotation"),
        stops_at_errors=True,
    ),
    Language(
        "scala",
        (".scala", ".sc", ".sbt"),
        interpreters=("scala", "scala-cli"),
        grammar=("tree_sitter_scala", "language"),
        comments=_words("comment block_comment"),
        attributes=_words("annotation"),
        constructors=_words("this"),
    ),
    Language(
        "swift",
        (".swift",),
        interpreters=("swift",),
        grammar=("tree_sitter_swift", "language"),
        stops_at_errors=True,
        attributes=_words("attribute"),
        comments=_words("comment multiline_comment"),
        constructors=_words("init"),
    ),
    Language(
        "lua",
        (".lua",),
        interpreters=("lua", "luajit"),
        grammar=("tree_sitter_lua", "language"),
        stops_at_errors=True,
        wrappers=_words("variable_declaration"),
    ),
    Language(
        "bash",
        (".sh", ".bash", ".zsh", ".ksh", ".bats"),
        (".bashrc", ".bash_profile", ".profile", ".zshrc", "PKGBUILD"),
        ("sh", "bash", "zsh", "dash", "ksh", "bats"),
        ("tree_sitter_bash", "language"),
        stops_at_errors=True,
    ),
    Language(
        "elixir",
        (".ex", ".exs"),
        interpreters=("elixir",),
        grammar=("tree_sitter_elixir", "language"),
        stops_at_errors=True,
        merge_adjacent=True,
    ),
    Language(
        "haskell",
        (".hs", ".hs-boot", ".hsc"),
        interpreters=("runhaskell", "runghc"),
        grammar=("tree_sitter_haskell", "language"),
        stops_at_errors=True,
        comments=_words("comment haddock pragma"),
        merge_adjacent=True,
    ),
    Language("zig", (".zig",), grammar=("tree_sitter_zig", "language"), stops_at_errors=True),
    Language(
        "julia",
        (".jl",),
        interpreters=("julia",),
        grammar=("tree_sitter_julia", "language"),
        stops_at_errors=True,
        comments=_words("line_comment block_comment"),
        wrappers=_words("macrocall_expression const_statement"),
    ),
    # No grammar wheel that fits: windows of lines, still searchable by words and meaning.
    Language("perl", (".pl", ".pm", ".t"), interpreters=("perl",)),
    Language("r", (".r",), interpreters=("rscript",)),
    Language("dart", (".dart",)),
    Language("ocaml", (".ml", ".mli"), interpreters=("ocaml",)),
    Language("fsharp", (".fs", ".fsi", ".fsx")),
    Language("clojure", (".clj", ".cljs", ".cljc", ".edn")),
    Language("erlang", (".erl", ".hrl"), interpreters=("escript",)),
    Language("objective-c", (".m", ".mm")),
    Language("groovy", (".groovy", ".gradle"), ("Jenkinsfile",), ("groovy",)),
    Language("nim", (".nim", ".nims")),
    Language("crystal", (".cr",)),
    Language("d", (".d",)),
    Language("v", (".v", ".vsh")),
    Language("powershell", (".ps1", ".psm1"), interpreters=("pwsh",)),
    Language("batch", (".bat", ".cmd")),
    Language("fish", (".fish",), interpreters=("fish",)),
    Language("tcl", (".tcl",), interpreters=("tclsh", "wish", "expect")),
    Language("awk", (".awk",), interpreters=("awk", "gawk", "mawk")),
    Language("sql", (".sql",)),
    Language("fortran", (".f", ".for", ".f90", ".f95", ".f03", ".f08")),
    Language("pascal", (".pas", ".pp", ".dpr", ".lpr")),
    Language("ada", (".adb", ".ads")),
    Language("cobol", (".cob", ".cbl")),
    Language("visual-basic", (".vb", ".bas", ".vbs")),
    Language("lisp", (".lisp", ".lsp", ".cl", ".asd")),
    Language("emacs-lisp", (".el",)),
    Language("scheme", (".scm", ".ss", ".rkt", ".sld"), interpreters=("guile", "racket")),
    Language("vim", (".vim",), (".vimrc", "vimrc")),
    Language("assembly", (".s", ".asm", ".nasm")),
    Language("verilog", (".sv", ".svh", ".vh")),
    Language("vhdl", (".vhd", ".vhdl")),
    Language("glsl", (".glsl", ".vert", ".frag", ".comp", ".wgsl", ".hlsl", ".metal")),
    Language("solidity", (".sol",)),
    Language("move", (".move",)),
    Language("gdscript", (".gd",)),
    Language("haxe", (".hx",)),
    Language("purescript", (".purs",)),
    Language("elm", (".elm",)),
    Language("reason", (".re", ".rei", ".res", ".resi")),
    Language("coffeescript", (".coffee",), ("Cakefile",), ("coffee",)),
    Language("vue", (".vue",)),
    Language("svelte", (".svelte",)),
    Language("astro", (".astro",)),
    Language("proto", (".proto",)),
    Language("thrift", (".thrift",)),
    Language("graphql", (".graphql", ".gql")),
    Language("terraform", (".tf", ".hcl")),
    Language("nix", (".nix",)),
    Language("starlark", (".bzl", ".star"), ("BUILD", "BUILD.bazel", "WORKSPACE")),
    Language("cmake", (".cmake",), ("CMakeLists.txt",)),
    Language("make", (".mk", ".mak"), ("Makefile", "makefile", "GNUmakefile"), ("make",)),
    Language("dockerfile", (".dockerfile",), ("Dockerfile", "Containerfile")),
    Language("just", (".just",), ("justfile", "Justfile")),
)

_BY_NAME = {language.name: language for language in LANGUAGES}
_BY_EXTENSION = {extension: language for language in LANGUAGES for extension in language.extensions}
_BY_FILENAME = {name: language for language in LANGUAGES for name in language.filenames}
_BY_INTERPRETER = {program: language for language in LANGUAGES for program in language.interpreters}

# Lines that C has not, but nearly every header of C++.
_CPP_LINE = re.compile(
    rb"""^[ \t]*(?:
        template[ \t]*<
        | (?:inline[ \t]+)?namespace\b[ \t\w:]*\{?[ \t]*\r?$
        | class[ \t]+\w[\w \t]*(?:[;{:][^*]*)?\r?$
        | (?:public|private|protected)[ \t]*:
        | using[ \t]+[\w:]+(?:[ \t]+[\w:]+)?[ \t]*[=;]
        | \#[ \t]*include[ \t]*<\w+>
        | \w[\w \t*&<>,]*::[~\w]+\(
    )""",
    re.VERBOSE | re.MULTILINE,
)

_SHEBANG = re.compile(rb"#!\s*(\S+)(?:\s+(?:-\S+\s+)*(\S+))?")


def by_name(name: str) -> Language:
    """The language of that name; KeyError if there is none."""
    return _BY_NAME[name]


def detect(path: str) -> Language | None:
    """The language of a file by its name alone."""
    pure = PurePosixPath(path)
    return _BY_FILENAME.get(pure.name) or _BY_EXTENSION.get(pure.suffix.lower())


def detect_by_content(language: Language, data: bytes) -> Language:
    """The language of a file whose name says `language`: C++ where a `.h` holds that."""
    return _BY_NAME["cpp"] if language.name == "c" and _CPP_LINE.search(data) else language


def detect_by_shebang(head: bytes) -> Language | None:
    """The language of a file by its `#!` line; `head` holds at least the first line's start."""
    match = _SHEBANG.match(head)
    if match is None:
        return None
    program = match[1].rsplit(b"/", 1)[-1]
    if program == b"env" and match[2]:
        program = match[2]
    return _BY_INTERPRETER.get(program.decode("utf-8", "replace").rstrip("0123456789.").lower())
