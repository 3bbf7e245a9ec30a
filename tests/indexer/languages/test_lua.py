from __future__ import annotations

from tests.indexer.languages.helpers import outline, parse, parse_all

SOURCE = """\
--- Queues of jobs.
-- @module queue
local M = {}

local Queue = {}
Queue.__index = Queue

--- Makes an empty queue.
-- @return the queue
function M.new()
  -- nothing in it yet
  return setmetatable({ items = {} }, Queue)
end

function Queue:push(item)
  self.items[#self.items + 1] = item
end

function M.config.loader.read(path) end

--[[ How many
     are waiting. ]]
Queue.size = function(self)
  return #self.items
end

local function helper(a, b)
  local swap = function(x, y) return y, x end
  return swap(a, b)
end

local clock = os.clock or function() return 0 end

M.cached = memoize(function(key)
  return load(key)
end)

local handlers = {
  retries = 3,
  on_start = function(job) job:start() end,
  ["on-stop"] = function(job) job:stop() end,
  nested = {
    deep = function() end,
  },
}

M["legacy name"] = function() end

return { setup = function(options) M.options = options end }
"""


def test_units() -> None:
    assert outline("lua", SOURCE) == [
        ("sample", "module", 1, 1, 1, 6),
        ("M.new", "function", 8, 10, 10, 13),
        ("Queue.push", "method", 15, 15, 15, 17),
        ("M.config.loader.read", "function", 19, 19, 19, 19),
        ("Queue.size", "function", 21, 23, 23, 25),
        ("helper", "function", 27, 27, 27, 30),
        ("helper.swap", "function", 28, 28, 28, 28),
        ("clock", "function", 32, 32, 32, 32),
        ("M.cached", "function", 34, 34, 34, 36),
        ("sample", "module", 39, 39, 39, 39),
        ("handlers.on_start", "function", 40, 40, 40, 40),
        ("handlers.on-stop", "function", 41, 41, 41, 41),
        ("handlers.nested.deep", "function", 43, 43, 43, 43),
        ("M.legacy name", "function", 47, 47, 47, 47),
        ("setup", "function", 49, 49, 49, 49),
    ]


def test_signatures_docs_and_bodies() -> None:
    units = parse("lua", SOURCE)
    new = units["M.new"]
    assert new.signature == "function M.new()"
    assert new.doc == "Makes an empty queue.\n@return the queue"
    assert new.body.startswith("-- nothing in it yet\n")
    assert units["Queue.size"].signature == "Queue.size = function(self)"
    assert units["Queue.size"].doc == "How many\nare waiting."
    assert units["helper"].signature == "local function helper(a, b)"
    assert units["clock"].signature == "clock = os.clock or function()"


def test_around_a_syntax_error() -> None:
    lines = [
        "\ufefflocal function before(a)",
        "\treturn a",
        "end",
        "",
        "local x = )",
        "",
        "function M:after() end",
    ]
    source = "\r\n".join(lines)
    units = parse_all("lua", source)
    names = {unit.name: unit for unit in units}
    assert names["before"].start_byte == 3
    assert names["before"].end_line == 3
    assert names["after"].qualname == "M.after"
