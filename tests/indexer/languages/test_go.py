from __future__ import annotations

import pytest

from tests.indexer.languages.helpers import outline, parse, parse_all

SOURCE = """\
// Package cache keeps values in memory.
package cache

import "time"

const maxAge = 3 * time.Hour

// ErrMissing is returned by Get.
var ErrMissing = errors.New("missing")

type (
	// Key names an entry.
	Key = string
	// Loader finds what is not there yet.
	Loader func(Key) ([]byte, error)

	entry struct {
		value []byte
		born  time.Time
	}
)

// Store is a map with a clock.
//
// It is safe for concurrent use.
type Store[V any] struct {
	entries map[Key]entry
	onEvict func(Key)
}

// Clock tells the time.
type Clock interface {
	fmt.Stringer
	// Now is the current time.
	Now() time.Time
	Sleep(d time.Duration) error
}

type Size int

// New makes an empty store.
//
//go:noinline
func New[V any](options ...Option) *Store[V] {
	type settings struct{ size int }
	return &Store[V]{}
}

func (s *Store[V]) Get(key Key) (value V, err error) {
	age := func(e entry) time.Duration {
		return time.Since(e.born)
	}
	s.onEvict = func(key Key) { delete(s.entries, key) }
	return value, age(s.entries[key])
}

func (s Size) String() string { return strconv.Itoa(int(s)) }

func (Size) unnamed()

var newClock = func() Clock { return wall{} }

var (
	// Least recently used.
	lru = func(a, b entry) bool { return a.born.Before(b.born) }
	limit = 10
)

var rootCmd = &cobra.Command{
	Use:   "cache",
	Short: "Look into a cache",
	RunE: func(cmd *cobra.Command, args []string) error {
		return nil
	},
}

var funcs = map[string]any{
	"upper":     func(s string) string { return strings.ToUpper(s) },
	"not a name": func() {},
	"limit":     10,
}
"""


def test_units() -> None:
    assert outline("go", SOURCE) == [
        ("sample", "module", 1, 1, 1, 11),
        ("Key", "type", 12, 13, 13, 13),
        ("Loader", "type", 14, 15, 15, 15),
        ("entry", "struct", 17, 17, 17, 20),
        ("Store", "struct", 23, 26, 26, 29),
        ("Clock", "interface", 31, 32, 32, 37),
        ("Clock.Now", "method", 34, 35, 35, 35),
        ("Clock.Sleep", "method", 36, 36, 36, 36),
        ("Size", "type", 39, 39, 39, 39),
        ("New", "function", 41, 44, 44, 47),
        ("New.settings", "struct", 45, 45, 45, 45),
        ("Store.Get", "method", 49, 49, 49, 55),
        ("Store.Get.age", "function", 50, 50, 50, 52),
        ("Store.Get.onEvict", "function", 53, 53, 53, 53),
        ("Size.String", "method", 57, 57, 57, 57),
        ("Size.unnamed", "method", 59, 59, 59, 59),
        ("newClock", "function", 61, 61, 61, 61),
        ("sample", "module", 63, 63, 63, 63),
        ("lru", "function", 64, 65, 65, 65),
        ("sample", "module", 66, 66, 66, 67),
        ("sample", "module", 70, 70, 70, 71),
        ("rootCmd.RunE", "function", 72, 72, 72, 74),
        ("funcs.upper", "function", 78, 78, 78, 78),
        ("sample", "module", 79, 79, 79, 80),
    ]


def test_signatures_docs_and_bodies() -> None:
    units = parse("go", SOURCE)
    assert units["Store"].signature == "type Store[V any] struct"
    assert units["Store"].doc == "Store is a map with a clock.\n\nIt is safe for concurrent use."
    assert units["Key"].doc == "Key names an entry."
    assert units["Clock.Now"].signature == "Now() time.Time"
    assert units["Clock.Now"].doc == "Now is the current time."
    assert units["New"].signature == "func New[V any](options ...Option) *Store[V]"
    assert units["New"].doc.startswith("New makes an empty store.")
    assert units["Store.Get"].signature == "func (s *Store[V]) Get(key Key) (value V, err error)"
    assert units["Store.Get"].body.startswith("{\n\tage := func")
    assert units["lru"].doc == "Least recently used."
    assert parse_all("go", SOURCE)[0].doc.startswith("Package cache keeps values in memory.")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_around_a_syntax_error(newline: str) -> None:
    source = (
        "\ufeffpackage größe\n\nfunc Größe() int {\n\treturn 1\n}\n\n"
        "func broken() {\n\treturn call(\n}\n\nfunc After() {\n\treturn\n}\n"
    )
    units = {unit.name: unit for unit in parse_all("go", source.replace("\n", newline))}
    assert (units["Größe"].start_line, units["Größe"].end_line) == (3, 5)
    assert (units["After"].start_line, units["After"].end_line) == (11, 13)
