from __future__ import annotations

from tests.indexer.languages.helpers import outline, parse, parse_all

SOURCE = '''\
"""
    Shapes

Areas of shapes.
"""
module Shapes

using LinearAlgebra
const UNIT = "cm"

abstract type Shape end

"""
A circle.
"""
struct Circle{T<:Real} <: Shape
    radius::T
    Circle(radius) = new{typeof(radius)}(radius)
    function Circle{T}() where {T}
        new{T}(zero(T))
    end
end

Base.@kwdef mutable struct Square
    side = 1
end

"""
    area(shape)

The area of a shape.
"""
function area(shape::Circle{T}; precise::Bool=false)::T where {T}
    # by the formula
    pi * shape.radius^2
end

"The area of a square."
area(square::Square) = square.side^2

# Shows a circle.
@inline Base.show(io::IO, circle::Circle) = print(io, "circle")
Base.:(==)(a::Circle, b::Circle) = a.radius == b.radius
Base.:+(a::Square, b::Square)::Square = Square(a.side + b.side)
a::Square ⊕ b::Square = a + b
(circle::Circle)(x) where {T} = x

@inline function scale!(shapes, factor)
    twice(x) = 2x
    map(twice, shapes)
end

const double = x -> 2x
triple = function (x)
    3x
end

macro timed(expression)
    esc(expression)
end

for f in (:sin, :cos)
    @eval $f(shape::Shape) = $f(area(shape))
end

end
'''


def test_units() -> None:
    assert outline("julia", SOURCE) == []


def test_signatures_docs_and_bodies() -> None:
    units = parse_all("julia", SOURCE)
    first, second = (unit for unit in units if unit.name == "area")
    assert first.signature == "function area(shape::Circle{T}; precise::Bool=false)::T where {T}"
    assert first.doc == "area(shape)\n\nThe area of a shape."
    assert first.body.startswith("# by the formula\n")
    assert second.signature == "area(square::Square)"
    assert second.doc == "The area of a square."
    assert second.body == "square.side^2"
    show = next(unit for unit in units if unit.name == "show")
    assert show.doc == "Shows a circle."
    assert show.signature == "Base.show(io::IO, circle::Circle)"


def test_strings_that_are_no_docstrings_stay_code() -> None:
    module = parse_all("julia", SOURCE)[1]
    assert 'const UNIT = "cm"' in module.body


def test_around_a_syntax_error() -> None:
    source = "\ufefffunction größe(x)\r\n\tx\r\nend\r\n\r\nx = = )\r\n\r\nfunction after(x)\r\n\tx\r\nend\r\n"
    units = parse("julia", source)
    assert units["größe"].end_line == 3
    assert units["after"].end_line == 9
