from __future__ import annotations

import pytest

from mindgap_indexer.types import Kind
from tests.indexer.languages.helpers import outline, parse, parse_all

SOURCE = """\
# frozen_string_literal: true

require "set"

module Shop
  # Raised when nothing is left.
  class SoldOut < StandardError; end

  Point = Struct.new(:x, :y) do
    def distance
      Math.sqrt(x * x + y * y)
    end
  end

  # Keeps track of
  # what is for sale.
  class Stock::Shelf < Base
    include Enumerable
    LIMIT = 3

    # Creates an empty shelf.
    def initialize(limit = LIMIT)
      # one slot per item
      @slots = Array.new(limit)
    end

    def self.open(path, &block) = new.load(path)

    def <<(item)
      @slots.push(item)
    end

    def size=(value); end

    private def compact!
      @slots.compact!
    end

    class << self
      # Finds one by its name.
      def find(name)
        all.find { |shelf| shelf.name == name }
      end
    end

    define_method(:empty?) { @slots.none? }
    scope :cheap, -> { where("price < 10") }
    SORT = ->(a, b) { a <=> b }

    test "adds up" do
      assert_equal 2, total
    end
  end

  module Money
    module_function

    def format(cents)
      "%.2f" % (cents / 100.0)
    end
  end
end

def shelf.label
  "top"
end

normalize = lambda do |text|
  text.strip
end

namespace :db do
  desc "Bring the schema up to date"
  task :migrate, [:version] => :environment do |_, args|
    Migrator.run(args[:version])
  end
end

get "/items/:id" do
  Item.find(params[:id]).to_json
end
"""


def test_units() -> None:
    assert outline("ruby", SOURCE) == [
        ("sample", "module", 1, 1, 1, 3),
        ("Shop.SoldOut", "class", 6, 7, 7, 7),
        ("Shop.Point", "class", 9, 9, 9, 13),
        ("Shop.Point.distance", "method", 10, 10, 10, 12),
        ("Shop.Stock.Shelf", "class", 15, 17, 17, 53),
        ("Shop.Stock.Shelf.initialize", "constructor", 21, 22, 22, 25),
        ("Shop.Stock.Shelf.open", "method", 27, 27, 27, 27),
        ("Shop.Stock.Shelf.<<", "method", 29, 29, 29, 31),
        ("Shop.Stock.Shelf.size=", "method", 33, 33, 33, 33),
        ("Shop.Stock.Shelf.compact!", "method", 35, 35, 35, 37),
        ("Shop.Stock.Shelf.find", "method", 40, 41, 41, 43),
        ("Shop.Stock.Shelf.empty?", "method", 46, 46, 46, 46),
        ("Shop.Stock.Shelf.cheap", "method", 47, 47, 47, 47),
        ("Shop.Stock.Shelf.SORT", "method", 48, 48, 48, 48),
        ("Shop.Stock.Shelf.adds up", "method", 50, 50, 50, 52),
        ("Shop.Money", "trait", 55, 55, 55, 61),
        ("Shop.Money.format", "method", 58, 58, 58, 60),
        ("shelf.label", "method", 64, 64, 64, 66),
        ("normalize", "function", 68, 68, 68, 70),
        ("db.migrate", "function", 73, 74, 74, 76),
        ("/items/:id", "function", 79, 79, 79, 81),
    ]


def test_signatures_docs_and_bodies() -> None:
    units = parse("ruby", SOURCE)
    shelf = units["Shop.Stock.Shelf"]
    assert shelf.signature == "class Stock::Shelf < Base"
    assert shelf.doc == "Keeps track of\nwhat is for sale."
    assert "include Enumerable" in shelf.body
    assert "def <<(item)" in shelf.body
    assert "@slots.push" not in shelf.body
    constructor = units["Shop.Stock.Shelf.initialize"]
    assert constructor.signature == "def initialize(limit = LIMIT)"
    assert constructor.doc == "Creates an empty shelf."
    assert constructor.body.startswith("# one slot per item\n")
    assert units["Shop.Stock.Shelf.open"].signature == "def self.open(path, &block)"
    assert units["Shop.Stock.Shelf.open"].body == "new.load(path)"
    assert units["Shop.Point"].signature == "Point = Struct.new(:x, :y)"
    assert units["db.migrate"].doc == "Bring the schema up to date"


def test_a_documented_namespace_keeps_its_comment() -> None:
    source = "# Everything about shops.\nmodule Shop\n  class Till\n  end\nend\n"
    module, till = parse_all("ruby", source)
    assert (module.kind, module.doc) == (Kind.MODULE, "Everything about shops.")
    assert till.qualname == "Shop.Till"


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_around_a_syntax_error(newline: str) -> None:
    source = newline.join(
        ["\ufeffdef größe(x)", "\tx", "end", "", "def broken(", "", "class Ende", "\tdef after; end", "end"]
    )
    units = parse("ruby", source)
    assert units["größe"].start_byte == 3
    assert "after" in {unit.name for unit in units.values()}
