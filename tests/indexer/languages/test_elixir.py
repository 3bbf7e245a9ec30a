from __future__ import annotations

from mindgap_indexer.types import Kind
from tests.indexer.languages.helpers import outline, parse_all

SOURCE = '''\
defmodule Shop.Cart do
  @moduledoc """
  What a customer is about to buy.
  """
  use GenServer
  @limit 3

  @typedoc "A cart."
  @type t :: %__MODULE__{items: list}
  @callback price(item :: term) :: integer
  defstruct items: []

  @doc """
  Adds an item.

      iex> add(cart, :apple)
  """
  @spec add(t, term, integer) :: t
  @impl true
  def add(cart, item, count \\\\ 1)

  # nothing to do
  def add(cart, _item, 0), do: cart

  def add(cart, item, count) when count > 0 do
    log = fn text -> IO.puts(text) end
    log.("adding")
    add(%{cart | items: [item | cart.items]}, item, count - 1)
  end

  def add(cart), do: cart

  defp total(%{items: items}) do
    Enum.sum(items)
  end

  defp empty, do: []

  defmacro unless_empty(cart, do: block) do
    quote do: unquote(block)
  end

  defguard is_full(cart) when length(cart) == @limit
  defdelegate size(cart), to: Enum, as: :count
  def left <~> right, do: {left, right}
  def unquote(name)(cart), do: cart

  defmodule Item do
    @moduledoc false
    def new(name), do: name
  end
end

defprotocol Priced do
  @doc "The price in cents."
  def price(thing)
end

defimpl Priced, for: Shop.Cart.Item do
  def price(_item), do: 100
end

defmodule Shop.CartTest do
  use ExUnit.Case

  describe "add/3" do
    test "keeps what was there", %{cart: cart} do
      assert add(cart, :pear).items != []
    end
  end
end
'''


def test_units() -> None:
    assert outline("elixir", SOURCE) == [
        ("Shop.Cart", "module", 1, 1, 1, 52),
        ("Shop.Cart.t", "type", 8, 9, 9, 9),
        ("Shop.Cart.price", "function", 10, 10, 10, 10),
        ("Shop.Cart.add", "function", 13, 19, 20, 29),
        ("Shop.Cart.add.log", "function", 26, 26, 26, 26),
        ("Shop.Cart.add", "function", 31, 31, 31, 31),
        ("Shop.Cart.total", "function", 33, 33, 33, 35),
        ("Shop.Cart.empty", "function", 37, 37, 37, 37),
        ("Shop.Cart.unless_empty", "macro", 39, 39, 39, 41),
        ("Shop.Cart.is_full", "macro", 43, 43, 43, 43),
        ("Shop.Cart.size", "function", 44, 44, 44, 44),
        ("Shop.Cart.<~>", "function", 45, 45, 45, 45),
        ("Shop.Cart.unquote(name)", "function", 46, 46, 46, 46),
        ("Shop.Cart.Item", "module", 48, 48, 48, 51),
        ("Shop.Cart.Item.new", "function", 50, 50, 50, 50),
        ("Priced", "interface", 54, 54, 54, 57),
        ("Priced.price", "method", 55, 56, 56, 56),
        ("Priced.Shop.Cart.Item.price", "function", 60, 60, 60, 60),
        ("Shop.CartTest", "module", 63, 63, 63, 71),
        ("Shop.CartTest.add/3.keeps what was there", "function", 67, 67, 67, 69),
    ]


def test_clauses_are_one_unit_unless_their_arity_differs() -> None:
    three, one = (unit for unit in parse_all("elixir", SOURCE) if unit.qualname == "Shop.Cart.add")
    assert three.signature == "def add(cart, item, count \\\\ 1)"
    assert three.doc == "Adds an item.\n\n    iex> add(cart, :apple)\nadd(t, term, integer) :: t"
    assert three.body.startswith("# nothing to do\n  def add(cart, _item, 0), do: cart")
    assert "count - 1" in three.body
    assert (one.signature, one.body) == ("def add(cart)", "cart")


def test_module_shows_its_members_by_their_heads() -> None:
    cart = parse_all("elixir", SOURCE)[0]
    assert (cart.kind, cart.signature) == (Kind.MODULE, "defmodule Shop.Cart")
    assert cart.doc == "What a customer is about to buy."
    assert "use GenServer" in cart.body
    assert "defp total(%{items: items})" in cart.body
    assert "Enum.sum" not in cart.body


def test_around_a_syntax_error() -> None:
    lines = [
        "\ufeffdefmodule A do",
        "\tdef größe(x), do: x",
        "\tdef (((",
        "\tdef after_it(x) do",
        "\t\tx",
        "\tend",
        "end",
    ]
    source = "\r\n".join(lines)
    units = parse_all("elixir", source)
    assert {"größe", "after_it"} <= {unit.name for unit in units}
