from __future__ import annotations

import pytest

from mindgap_indexer.types import Kind
from tests.indexer.languages.helpers import outline, parse_all

SOURCE = """\
// Copyright (c) The Shop Authors.
#include "shop/stack.h"

#define SHOP_CHECK(x) do { if (!(x)) abort(); } while (0)

namespace shop::detail {
namespace {

int helper(int x) { return x; }

}  // namespace

/// A stack of values.
///
/// Never shrinks.
template <typename T, int N = 3>
class SHOP_API Stack final : public Base<T>, private Other {
 public:
  Stack() = default;
  explicit Stack(int size) : size_(size), top_{0} { init(); }
  Stack(const Stack&) = delete;
  virtual ~Stack();

  /// The last value.
  [[nodiscard]] virtual const T& top() const noexcept override { return values_[top_]; }
  virtual void pop() = 0;
  static Stack* create(int size);
  bool operator==(const Stack& other) const;
  explicit operator bool() const { return top_ > 0; }
  template <class U> void push(U&& value) { emplace(value); }
  void close() SHOP_NOEXCEPT {}
  SHOP_DISALLOW_COPY(Stack);

  struct Slot { T value; void clear() {} };
  enum class Order : uint8_t { kFirst, kLast };
  using Ptr = std::unique_ptr<Stack>;
  friend std::ostream& operator<<(std::ostream& out, const Stack& stack);

 private:
  int size_ GUARDED_BY(mutex_), top_;
  std::function<void(T)> on_pop_ = [](T) {};
};

template <typename T, int N>
Stack<T, N>::~Stack() {}

template <typename T, int N>
Stack<T, N>* Stack<T, N>::create(int size) { return nullptr; }

}  // namespace shop::detail

shop::Queue::Queue(int size)
    : size_(size)
#ifdef SHOP_TRACE
    , trace_(true)
#endif
{
  std::lock_guard<std::mutex> lock(mutex_);
  Slot slot(size);
  auto next = [this](int i) -> int { return i + 1; };
}

shop::Queue::operator std::string() const { return ""; }
void shop::Queue::operator()(int x) try { run(x); } catch (...) {}
template <> struct std::hash<Slot> { size_t operator()(const Slot& slot) const; };
auto size(const Slot& slot) -> int { return 1; }
std::vector<int> sizes(std::vector<int> x);
constexpr auto square = [](int x) { return x * x; };
template <typename T> using List = std::vector<T>;
template <typename T> concept Small = sizeof(T) < 8;
union Bits { int number; float real; };
typedef struct Point { int x; } Point;
class Forward;
extern "C" int shop_version(void);
int limit(5);

TEST_F(StackTest, PopsLast) { EXPECT_EQ(1, 1); }
BOOST_AUTO_TEST_CASE(empty_stack) {}
TEST_CASE("a stack is empty at first", "[stack]") {
  REQUIRE(stack.empty());
}

class Window : public QWidget {
  Q_OBJECT
 public slots:
  void onClick();
 signals:
  void closed(int code);
};
"""


def test_units() -> None:
    assert outline("cpp", SOURCE) == [
        ("sample", "module", 1, 1, 1, 2),
        ("SHOP_CHECK", "macro", 4, 4, 4, 4),
        ("shop.detail.helper", "function", 9, 9, 9, 9),
        ("shop.detail.Stack", "class", 13, 16, 17, 42),
        ("shop.detail.Stack.Stack", "constructor", 19, 19, 19, 19),
        ("shop.detail.Stack.Stack", "constructor", 20, 20, 20, 20),
        ("shop.detail.Stack.Stack", "constructor", 21, 21, 21, 21),
        ("shop.detail.Stack.~Stack", "method", 22, 22, 22, 22),
        ("shop.detail.Stack.top", "method", 24, 25, 25, 25),
        ("shop.detail.Stack.pop", "method", 26, 26, 26, 26),
        ("shop.detail.Stack.create", "method", 27, 27, 27, 27),
        ("shop.detail.Stack.operator==", "method", 28, 28, 28, 28),
        ("shop.detail.Stack.operator bool", "method", 29, 29, 29, 29),
        ("shop.detail.Stack.push", "method", 30, 30, 30, 30),
        ("shop.detail.Stack.close", "method", 31, 31, 31, 31),
        ("shop.detail.Stack.Slot", "struct", 34, 34, 34, 34),
        ("shop.detail.Stack.Slot.clear", "method", 34, 34, 34, 34),
        ("shop.detail.Stack.Order", "enum", 35, 35, 35, 35),
        ("shop.detail.Stack.Ptr", "type", 36, 36, 36, 36),
        ("shop.detail.Stack.operator<<", "method", 37, 37, 37, 37),
        ("shop.detail.Stack.on_pop_", "method", 41, 41, 41, 41),
        ("shop.detail.Stack.~Stack", "method", 44, 44, 45, 45),
        ("shop.detail.Stack.create", "method", 47, 47, 48, 48),
        ("shop.Queue.Queue", "constructor", 52, 52, 52, 61),
        ("shop.Queue.Queue.next", "function", 60, 60, 60, 60),
        ("shop.Queue.operator std.string", "method", 63, 63, 63, 63),
        ("shop.Queue.operator()", "method", 64, 64, 64, 64),
        ("std.hash", "struct", 65, 65, 65, 65),
        ("std.hash.operator()", "method", 65, 65, 65, 65),
        ("size", "function", 66, 66, 66, 66),
        ("sizes", "function", 67, 67, 67, 67),
        ("square", "function", 68, 68, 68, 68),
        ("List", "type", 69, 69, 69, 69),
        ("Small", "type", 70, 70, 70, 70),
        ("Bits", "struct", 71, 71, 71, 71),
        ("Point", "struct", 72, 72, 72, 72),
        ("sample", "module", 73, 73, 73, 73),
        ("shop_version", "function", 74, 74, 74, 74),
        ("sample", "module", 75, 75, 75, 75),
        ("StackTest.PopsLast", "function", 77, 77, 77, 77),
        ("empty_stack", "function", 78, 78, 78, 78),
        ("a stack is empty at first", "function", 79, 79, 79, 81),
        ("Window", "class", 83, 83, 83, 89),
        ("Window.onClick", "method", 86, 86, 86, 86),
        ("Window.closed", "method", 88, 88, 88, 88),
    ]


def test_signatures_docs_and_bodies() -> None:
    units = {unit.qualname: unit for unit in parse_all("cpp", SOURCE)}
    stack = units["shop.detail.Stack"]
    assert stack.signature == "class SHOP_API Stack final : public Base<T>, private Other"
    assert stack.doc == "A stack of values.\n\nNever shrinks."
    assert SOURCE.encode()[stack.start_byte :].startswith(b"template <typename T, int N = 3>")
    assert "static Stack* create(int size)" in stack.body
    assert "init();" not in stack.body
    assert units["shop.detail.Stack.top"].doc == "The last value."
    assert units["shop.detail.Stack.pop"].signature == "virtual void pop() = 0"
    assert units["shop.Queue.Queue"].signature == "shop::Queue::Queue(int size)"
    assert units["shop.Queue.Queue"].body.startswith("size_(size)\n#ifdef SHOP_TRACE")
    assert units["StackTest.PopsLast"].signature == "TEST_F(StackTest, PopsLast)"


def test_constructors_and_methods_outside_of_their_class() -> None:
    kinds = {unit.qualname: unit.kind for unit in parse_all("cpp", SOURCE)}
    assert kinds["shop.detail.Stack.Stack"] is Kind.CONSTRUCTOR
    assert kinds["shop.Queue.Queue"] is Kind.CONSTRUCTOR
    assert kinds["shop.detail.Stack.~Stack"] is Kind.METHOD
    assert kinds["shop.detail.helper"] is Kind.FUNCTION


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("class SHOP_API Till : public Base {\n  void open();\n};", "Till open"),
        ("SHOP_EXTERN Till* open(int x) {}", "open"),
        ("SHOP_HIDDEN Till<T>::Till(int x) : x_(x) {}", "Till"),
        ("struct Till {\n  static SHOP_CONSTEXPR Till(int x) : x_(x) {}\n};", "Till Till"),
        ("SHOP_EXPORT template <typename T> class Till {};", "Till"),
        ("struct Till {\n  bool empty() const SHOP_NOEXCEPT { return x_; }\n  int x_;\n};", "Till empty"),
        ("class Till {\n  std::queue<Item> items_\n      GUARDED_BY(mutex_);\n  int x();\n};", "Till x"),
        ("SHOP_BEGIN_NAMESPACE\nclass Till {};\nSHOP_END_NAMESPACE\nint f();", "Till f"),
        ("class Till {\n  SHOP_DEPRECATED(3.0, items())\n  static Proxy<T> f(T x) {}\n};", "Till f"),
    ],
)
def test_macros_do_not_hide_what_they_decorate(source: str, names: str) -> None:
    assert [unit.name for unit in parse_all("cpp", source) if unit.kind is not Kind.MODULE] == names.split()


def test_what_looks_like_a_function_in_a_function_is_a_variable() -> None:
    source = "void f() {\n  std::lock_guard<std::mutex> lock(mutex_);\n  Till till(size);\n  int g();\n}\n"
    assert [unit.name for unit in parse_all("cpp", source)] == ["f"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_around_a_syntax_error(newline: str) -> None:
    source = (
        "\ufeffnamespace a {\n\nint größe() {\n\treturn 1;\n}\n\n"
        "int broken() {\n\treturn call(;\n}\n\nclass After {\n\tvoid run();\n};\n\n}\n"
    )
    units = {unit.name: unit for unit in parse_all("cpp", source.replace("\n", newline))}
    assert (units["größe"].start_line, units["größe"].end_line) == (3, 5)
    assert (units["After"].start_line, units["After"].end_line) == (11, 13)
    assert units["run"].qualname.endswith("After.run")
