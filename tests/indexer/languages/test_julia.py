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
    assert outline("julia", SOURCE) == [
        ("sample", "module", 1, 1, 1, 9),
        ("Shapes.Shape", "type", 11, 11, 11, 11),
        ("Shapes.Circle", "struct", 13, 16, 16, 22),
        ("Shapes.Circle.Circle", "constructor", 18, 18, 18, 18),
        ("Shapes.Circle.Circle", "constructor", 19, 19, 19, 21),
        ("Shapes.Square", "struct", 24, 24, 24, 26),
        ("Shapes.area", "function", 28, 33, 33, 36),
        ("Shapes.area", "function", 38, 39, 39, 39),
        ("Shapes.Base.show", "function", 41, 42, 42, 42),
        ("Shapes.Base.==", "function", 43, 43, 43, 43),
        ("Shapes.Base.+", "function", 44, 44, 44, 44),
        ("Shapes.⊕", "function", 45, 45, 45, 45),
        ("Shapes.Circle", "function", 46, 46, 46, 46),
        ("Shapes.scale!", "function", 48, 48, 48, 51),
        ("Shapes.scale!.twice", "function", 49, 49, 49, 49),
        ("Shapes.double", "function", 53, 53, 53, 53),
        ("Shapes.triple", "function", 54, 54, 54, 56),
        ("Shapes.timed", "macro", 58, 58, 58, 60),
        ("sample", "module", 62, 62, 62, 62),
        ("Shapes.f", "function", 63, 63, 63, 63),
    ]


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
    module = parse_all("julia", SOURCE)[0]
    assert 'const UNIT = "cm"' in module.body


def test_around_a_syntax_error() -> None:
    source = "\ufefffunction größe(x)\r\n\tx\r\nend\r\n\r\nx = = )\r\n\r\nfunction after(x)\r\n\tx\r\nend\r\n"
    units = parse("julia", source)
    assert units["größe"].end_line == 3
    assert units["after"].end_line == 9
