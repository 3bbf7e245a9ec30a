from __future__ import annotations

import pytest

from tests.indexer.languages.helpers import outline, parse, parse_all

SOURCE = """\
<?php

declare(strict_types=1);

namespace Shop\\Http;

use Shop\\Cart;

/**
 * Answers requests about carts.
 *
 * @see Cart
 */
#[Route('/cart')]
final class CartController extends Controller implements HasName, HasPrice
{
    use Loggable;

    private const LIMIT = 3;

    public ?string $name = null;

    /** Makes a controller. */
    #[Inject]
    public function __construct(private readonly Cart $cart, int $limit = self::LIMIT)
    {
        parent::__construct();
    }

    /**
     * Shows the cart.
     */
    #[Get('/')] #[Cached]
    public static function show(Request $request): ?Response
    {
        $total = function ($items) use ($request) {
            return array_sum($items);
        };
        $tax = fn (int $price): float => $price * 0.19;
        $this->format = static function () {};
        return array_map(fn ($item) => $item->price, $items);
    }

    abstract protected function price(): int;

    public string $title {
        get => $this->name . '!';
        set (string $value) { $this->name = $value; }
    }
}

interface HasName { public function name(): string; }

trait Loggable
{
    public function &log() {}
}

enum Currency: string
{
    case Euro = 'EUR';

    public static function standard(): self { return self::Euro; }
}

if (! function_exists('cart')) {
    // The cart of this session.
    function cart(array &$options = [], ...$rest): Cart { return new Cart; }
}

$handler = new class extends Handler {
    public function handle() {}
};

$config = [
    'debug' => true,
    'boot' => function ($app) { return $app; },
    'not a name' => fn () => 1,
];

return ['version' => 2];
"""


def test_units() -> None:
    assert outline("php", SOURCE) == [
        ("sample", "module", 1, 1, 1, 3),
        ("sample", "module", 7, 7, 7, 7),
        ("Shop.Http.CartController", "class", 9, 14, 15, 50),
        ("Shop.Http.CartController.__construct", "constructor", 23, 24, 25, 28),
        ("Shop.Http.CartController.show", "method", 30, 33, 34, 42),
        ("Shop.Http.CartController.show.total", "function", 36, 36, 36, 38),
        ("Shop.Http.CartController.show.tax", "function", 39, 39, 39, 39),
        ("Shop.Http.CartController.show.format", "function", 40, 40, 40, 40),
        ("Shop.Http.CartController.price", "method", 44, 44, 44, 44),
        ("Shop.Http.CartController.title", "method", 46, 46, 46, 49),
        ("Shop.Http.HasName", "interface", 52, 52, 52, 52),
        ("Shop.Http.HasName.name", "method", 52, 52, 52, 52),
        ("Shop.Http.Loggable", "trait", 54, 54, 54, 57),
        ("Shop.Http.Loggable.log", "method", 56, 56, 56, 56),
        ("Shop.Http.Currency", "enum", 59, 59, 59, 64),
        ("Shop.Http.Currency.standard", "method", 63, 63, 63, 63),
        ("sample", "module", 66, 66, 66, 66),
        ("Shop.Http.cart", "function", 67, 68, 68, 68),
        ("Shop.Http.handler", "class", 71, 71, 71, 73),
        ("Shop.Http.handler.handle", "method", 72, 72, 72, 72),
        ("sample", "module", 76, 76, 76, 76),
        ("Shop.Http.config.boot", "function", 77, 77, 77, 77),
        ("sample", "module", 78, 78, 78, 78),
        ("sample", "module", 81, 81, 81, 81),
    ]


def test_signatures_docs_and_bodies() -> None:
    units = parse("php", SOURCE)
    controller = units["Shop.Http.CartController"]
    assert controller.signature == (
        "final class CartController extends Controller implements HasName, HasPrice"
    )
    assert controller.doc == "Answers requests about carts.\n\n@see Cart"
    assert SOURCE.encode()[controller.start_byte :].startswith(b"#[Route")
    show = units["Shop.Http.CartController.show"]
    assert show.signature == "public static function show(Request $request): ?Response"
    assert show.doc == "Shows the cart."
    assert show.body.startswith("{\n        $total = function")
    assert units["Shop.Http.CartController.show.tax"].body == "$price * 0.19;"
    assert units["Shop.Http.cart"].doc == "The cart of this session."


def test_namespaces_in_braces_and_html_around_code() -> None:
    source = (
        "<h1>Hi</h1>\n<?php\nnamespace A\\B { function f() {} }\nnamespace C { class D {} }\n?>\n<p>Bye</p>\n"
    )
    assert [unit.qualname for unit in parse_all("php", source) if unit.kind != "module"] == ["A.B.f", "C.D"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_around_a_syntax_error(newline: str) -> None:
    source = (
        "\ufeff<?php\nfunction größe() {\n\treturn 1;\n}\n\n"
        "function broken() {\n\treturn call(;\n}\n\nclass After {\n\tfunction run() {}\n}\n"
    )
    units = {unit.name: unit for unit in parse_all("php", source.replace("\n", newline))}
    assert (units["größe"].start_line, units["größe"].end_line) == (2, 4)
    assert (units["After"].start_line, units["After"].end_line) == (10, 12)
    assert units["run"].qualname == "After.run"
