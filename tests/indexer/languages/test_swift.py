from __future__ import annotations

import pytest

from mindgap_indexer.types import Kind
from tests.indexer.languages.helpers import outline, parse_all

SOURCE = """\
import Foundation

let timeout = 30.0

/// Sends requests.
///
/// Create one per host.
@available(iOS 13, *)
open class Session: NSObject, @unchecked Sendable {
    public static let `default` = Session()
    private var tasks: [Task] = []

    /// Makes a session.
    public init(queue: DispatchQueue = .main, _ limit: Int) {
        self.limit = limit
    }

    convenience init?(name: String) { nil }

    deinit { cancel() }

    /**
     Starts a request.
     */
    @discardableResult
    open func request<T: Decodable>(_ url: URL, as type: T.Type) async throws -> T where T: Sendable {
        let decode = { (data: Data) -> T in try parse(data) }
        func retry() {}
        return try await run()
    }

    static func == (lhs: Session, rhs: Session) -> Bool { lhs === rhs }

    subscript(index: Int) -> Task { tasks[index] }

    public var isActive: Bool { !tasks.isEmpty }

    var delegate: Delegate? {
        didSet { delegate?.attach(self) }
    }

    lazy var formatter: DateFormatter = {
        DateFormatter()
    }()

    enum State: String {
        case idle, busy
        func next() -> State { .idle }
    }

    typealias Completion = (Data) -> Void
}

public struct Point<T>: Equatable {
    var x: T
    mutating func move(by distance: T) { x += distance }
}

protocol Shape: AnyObject {
    associatedtype Unit
    var name: String { get }
    /// In square metres.
    func area() -> Double
    init(name: String)
}

extension Session: CustomStringConvertible {
    var description: String { "session" }
}

extension Array where Element: Shape {
    func total() -> Double { 0 }
}

extension Session.State { static func make() -> Self { .idle } }

actor Counter { func increment() {} }

indirect enum Tree<T> { case leaf(T) }

func +++ (left: Int, right: Int) -> Int { left }

let double: (Int) -> Int = { $0 * 2 }

macro stringify<T>(_ value: T) -> String = #externalMacro(module: "M", type: "S")

#if os(Linux)
func größe() -> Int { 1 }
#endif
"""


def test_units() -> None:
    assert outline("swift", SOURCE) == [
        ("sample", "module", 1, 1, 1, 3),
        ("Session", "class", 5, 8, 9, 52),
        ("Session.init", "constructor", 13, 14, 14, 16),
        ("Session.init", "constructor", 18, 18, 18, 18),
        ("Session.deinit", "method", 20, 20, 20, 20),
        ("Session.request", "method", 22, 25, 26, 30),
        ("Session.request.decode", "function", 27, 27, 27, 27),
        ("Session.request.retry", "function", 28, 28, 28, 28),
        ("Session.==", "method", 32, 32, 32, 32),
        ("Session.subscript", "method", 34, 34, 34, 34),
        ("Session.isActive", "method", 36, 36, 36, 36),
        ("Session.delegate", "method", 38, 38, 38, 40),
        ("Session.formatter", "method", 42, 42, 42, 44),
        ("Session.State", "enum", 46, 46, 46, 49),
        ("Session.State.next", "method", 48, 48, 48, 48),
        ("Session.Completion", "type", 51, 51, 51, 51),
        ("Point", "struct", 54, 54, 54, 57),
        ("Point.move", "method", 56, 56, 56, 56),
        ("Shape", "interface", 59, 59, 59, 65),
        ("Shape.area", "method", 62, 63, 63, 63),
        ("Shape.init", "constructor", 64, 64, 64, 64),
        ("Session.description", "method", 68, 68, 68, 68),
        ("Array.total", "method", 72, 72, 72, 72),
        ("Session.State.make", "method", 75, 75, 75, 75),
        ("Counter", "class", 77, 77, 77, 77),
        ("Counter.increment", "method", 77, 77, 77, 77),
        ("Tree", "enum", 79, 79, 79, 79),
        ("+++", "function", 81, 81, 81, 81),
        ("double", "function", 83, 83, 83, 83),
        ("stringify", "macro", 85, 85, 85, 85),
        ("sample", "module", 87, 87, 87, 87),
        ("größe", "function", 88, 88, 88, 88),
    ]


def test_signatures_docs_and_bodies() -> None:
    units = {unit.qualname: unit for unit in parse_all("swift", SOURCE)}
    session = units["Session"]
    assert session.signature == "open class Session: NSObject, @unchecked Sendable"
    assert session.doc == "Sends requests.\n\nCreate one per host."
    assert SOURCE.encode()[session.start_byte :].startswith(b"@available")
    assert "open func request<T: Decodable>" in session.body
    assert "try await run()" not in session.body
    request = units["Session.request"]
    assert request.signature == (
        "open func request<T: Decodable>(_ url: URL, as type: T.Type) async throws -> T where T: Sendable"
    )
    assert request.doc == "Starts a request."
    assert units["Session.isActive"].signature == "public var isActive: Bool"
    assert units["Session.isActive"].body == "{ !tasks.isEmpty }"
    assert units["Shape.area"].doc == "In square metres."


def test_overloaded_constructors() -> None:
    constructors = [unit for unit in parse_all("swift", SOURCE) if unit.kind is Kind.CONSTRUCTOR]
    assert [unit.signature for unit in constructors] == [
        "public init(queue: DispatchQueue = .main, _ limit: Int)",
        "convenience init?(name: String)",
        "init(name: String)",
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_around_a_syntax_error(newline: str) -> None:
    source = (
        "\ufefffunc größe() -> Int {\n\treturn 1\n}\n\n"
        "func broken() {\n\treturn call(;\n}\n\nclass After {\n\tfunc run() {}\n}\n"
    )
    units = {unit.name: unit for unit in parse_all("swift", source.replace("\n", newline))}
    assert (units["größe"].start_byte, units["größe"].start_line, units["größe"].end_line) == (3, 1, 3)
    assert (units["After"].start_line, units["After"].end_line) == (9, 11)
    assert units["run"].qualname == "After.run"
