from __future__ import annotations

import pytest

from tests.indexer.languages.helpers import outline, parse, parse_all

SOURCE = """\
/* list.c - lists of clients. */
#include <stdlib.h>

#define MAX_CLIENTS 1024
/* The larger of two. */
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define EACH(list, it) \\
    /* from head to tail */ \\
    for (it = (list)->head; it; it = it->next)

/* A node of a list. */
struct node {
    struct node *next;
    struct { int fd; } socket;
    union value { long number; char *text; } value;
};

struct forward;
typedef struct list { struct node *head; } list;
typedef struct { int id; } client_t, *client_p;
typedef enum { QUIET, LOUD } verbosity;
enum color { RED, GREEN };
typedef unsigned long counter;
typedef int (*compare)(const void *, const void *);
typedef void *(allocator)(size_t);

/*
 * Adds a value at the end.
 */
static inline int
list_push(list *l, void *value)
{
    int helper(int);
    return 0;
}

struct node **list_nodes(list *l) { return &l->head; }
void (*set_handler(int sig, void (*handler)(int)))(int) { return 0; }
int (list_size)(const list *l) { return 0; }

int old_style(argc, argv)
    int argc;
    char **argv;
{
    return argc;
}

int list_pop(list *l);
char *list_name(const list *l), *list_title(void);
static void __init setup(void) __attribute__((cold));
int (*handler)(void);
static const struct ops ops = { .open = list_open };

TEST_IMPL(list_push_pop) {
    return 0;
}

SYSCALL_DEFINE2(close_list, struct list *, l, int, flags)
{
    return 0;
}
"""

# What only the preprocessor understands.
TORN = """\
#ifdef __cplusplus
extern "C" {
#endif

/* Runs the loop. */
UV_EXTERN int uv_run(loop_t *loop, int mode);
UV_EXTERN void *uv_data(const loop_t *loop);
void printflike(1, 2) log_debug(const char *format, ...);
static GIT_PATH_FUNC(path_to_index, "index")
static GIT_PATH_FUNC(path_to_lock, "lock")

#ifdef HAVE_LONG
int first(long x) {
#else
int first(int x) {
#endif
    if (x)
#ifdef DEBUG
    {
        trace(x);
    } else {
#endif
        return x;
#ifdef DEBUG
    }
#endif
    return 0;
}

int second(int a,
#ifdef WIDE
           int b,
#endif
           int c)
{
    return open("{", a
#if defined(O_CLOEXEC)
        | O_CLOEXEC
#endif
    );
}

#if defined(_WIN32)
int third(void) { return '{'; }
#else
int fourth(void) { return 4; }
#endif

#ifdef __cplusplus
}
#endif
"""


def test_units() -> None:
    assert outline("c", SOURCE) == [
        ("sample", "module", 1, 1, 1, 4),
        ("MAX", "macro", 5, 6, 6, 6),
        ("EACH", "macro", 7, 7, 7, 9),
        ("node", "struct", 11, 12, 12, 16),
        ("node.value", "struct", 15, 15, 15, 15),
        ("sample", "module", 18, 18, 18, 18),
        ("list", "struct", 19, 19, 19, 19),
        ("client_t", "struct", 20, 20, 20, 20),
        ("verbosity", "enum", 21, 21, 21, 21),
        ("color", "enum", 22, 22, 22, 22),
        ("counter", "type", 23, 23, 23, 23),
        ("compare", "type", 24, 24, 24, 24),
        ("allocator", "type", 25, 25, 25, 25),
        ("list_push", "function", 27, 30, 31, 35),
        ("list_nodes", "function", 37, 37, 37, 37),
        ("set_handler", "function", 38, 38, 38, 38),
        ("list_size", "function", 39, 39, 39, 39),
        ("old_style", "function", 41, 41, 41, 46),
        ("list_pop", "function", 48, 48, 48, 48),
        ("list_name", "function", 49, 49, 49, 49),
        ("setup", "function", 50, 50, 50, 50),
        ("sample", "module", 51, 51, 51, 52),
        ("list_push_pop", "function", 54, 54, 54, 56),
        ("close_list", "function", 58, 58, 58, 61),
    ]


def test_around_conditionals_and_macros() -> None:
    assert [row for row in outline("c", TORN) if row[1] != "module"] == [
        ("uv_run", "function", 5, 6, 6, 6),
        ("uv_data", "function", 7, 7, 7, 7),
        ("log_debug", "function", 8, 8, 8, 8),
        ("first", "function", 13, 13, 13, 28),
        ("second", "function", 30, 30, 30, 41),
        ("third", "function", 44, 44, 44, 44),
        ("fourth", "function", 46, 46, 46, 46),
    ]


def test_signatures_docs_and_bodies() -> None:
    units = parse("c", SOURCE)
    push = units["list_push"]
    assert push.signature == "static inline int list_push(list *l, void *value)"
    assert push.doc == "Adds a value at the end."
    assert push.body == "{\n    int helper(int);\n    return 0;\n}"
    assert units["MAX"].signature == "#define MAX(a, b)"
    assert units["MAX"].doc == "The larger of two."
    assert units["node"].signature == "struct node"
    assert units["list"].signature == "typedef struct list"
    assert units["set_handler"].signature == "void (*set_handler(int sig, void (*handler)(int)))(int)"
    assert units["setup"].signature == "static void __init setup(void) __attribute__((cold))"
    run = parse("c", TORN)["uv_run"]
    assert (run.signature, run.doc) == ("int uv_run(loop_t *loop, int mode)", "Runs the loop.")
    assert TORN.encode()[run.start_byte :].startswith(b"UV_EXTERN int uv_run(")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_around_a_syntax_error(newline: str) -> None:
    source = (
        "\ufeffint größe(void)\n{\n\treturn 1;\n}\n\n"
        "int broken(void)\n{\n\treturn call(;\n}\n\nint after(void)\n{\n\treturn 2;\n}\n"
    )
    units = {unit.name: unit for unit in parse_all("c", source.replace("\n", newline))}
    assert (units["größe"].start_byte, units["größe"].start_line, units["größe"].end_line) == (3, 1, 4)
    assert (units["after"].start_line, units["after"].end_line) == (11, 14)


@pytest.mark.parametrize(
    "line",
    [
        "namespace shop {",
        "template <typename T> T max(T a, T b);",
        "class Shop;",
        "class Shop : public Base {",
        " public:",
        "using Price = int;",
        "using namespace std;",
        "#include <vector>",
        "inline int Shop::size() const { return 0; }",
    ],
)
def test_a_header_of_cpp_is_told_by_its_content(line: str) -> None:
    assert {unit.language for unit in parse_all("c", f"#pragma once\n{line}\n")} == {"cpp"}


@pytest.mark.parametrize(
    "line",
    [
        "/* class of clients: public or private */",
        " * namespace of std::string",
        "#include <sys/types.h>",
        "int class = 3;",
        'extern "C" {',
        "struct shop { int public; };",
    ],
)
def test_a_header_of_c_stays_one(line: str) -> None:
    assert {unit.language for unit in parse_all("c", f"#pragma once\n{line}\n")} == {"c"}
