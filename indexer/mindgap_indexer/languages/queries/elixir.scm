; Captures are explained in ARCHITECTURE.md, "Languages".
; Everything in Elixir is a call: definitions are told by the name of the macro that makes them.

(call
  target: (identifier) @_definer
  (arguments . [
    (call target: (_) @name (arguments) @parameters)
    (identifier) @name
    (unary_operator operator: _ @name operand: (_) @parameters)
    (binary_operator
      left: [
        (call target: (_) @name (arguments) @parameters)
        (identifier) @name
        (binary_operator operator: _ @name) @parameters
      ]
      operator: "when")
    (binary_operator operator: _ @name) @parameters
  ] @signature)
  (#any-of? @_definer "def" "defp" "defdelegate" "defn" "defnp")) @function

(call
  target: (identifier) @_definer
  (arguments . [
    (call target: (_) @name (arguments) @parameters)
    (identifier) @name
    (unary_operator operator: _ @name operand: (_) @parameters)
    (binary_operator
      left: [
        (call target: (_) @name (arguments) @parameters)
        (identifier) @name
        (binary_operator operator: _ @name) @parameters
      ]
      operator: "when")
    (binary_operator operator: _ @name) @parameters
  ] @signature)
  (#any-of? @_definer "defmacro" "defmacrop" "defguard" "defguardp")) @macro

; @callback run(term) :: result
(unary_operator
  operator: "@"
  operand: (call
    target: (identifier) @_callback
    (arguments [
      (binary_operator left: (call target: (identifier) @name (arguments) @parameters) operator: "::")
      (binary_operator
        left: (binary_operator left: (call target: (identifier) @name (arguments) @parameters) operator: "::")
        operator: "when")
    ]))
  (#any-of? @_callback "callback" "macrocallback")) @function

; @type t(item) :: [item]
(unary_operator
  operator: "@"
  operand: (call
    target: (identifier) @_type
    (arguments (binary_operator
      left: [
        (identifier) @name
        (call target: (identifier) @name)
      ]
      operator: "::")))
  (#any-of? @_type "type" "typep" "opaque")) @type

(call
  target: (identifier) @_defmodule
  (arguments . (_) @name @signature)
  (do_block
    (unary_operator
      operator: "@"
      operand: (call target: (identifier) @_moduledoc (arguments . [(string) (sigil)]))) @doc)
  (#eq? @_defmodule "defmodule")
  (#eq? @_moduledoc "moduledoc")) @module

(call
  target: (identifier) @_defmodule
  (arguments . (_) @name @signature)
  (do_block)
  (#eq? @_defmodule "defmodule")) @module

(call
  target: (identifier) @_defprotocol
  (arguments . (_) @name @signature)
  (do_block
    (unary_operator
      operator: "@"
      operand: (call target: (identifier) @_moduledoc (arguments . [(string) (sigil)]))) @doc)
  (#eq? @_defprotocol "defprotocol")
  (#eq? @_moduledoc "moduledoc")) @interface

(call
  target: (identifier) @_defprotocol
  (arguments . (_) @name @signature)
  (do_block)
  (#eq? @_defprotocol "defprotocol")) @interface

; defimpl Enumerable, for: Tree
(call
  target: (identifier) @_defimpl
  (arguments
    . (_) @owner
    (keywords (pair key: (keyword) @_for value: (alias) @name @signature)))
  (do_block)
  (#eq? @_defimpl "defimpl")
  (#match? @_for "^for:")) @scope

(call
  target: (identifier) @_defimpl
  (arguments . (_) @name @signature)
  (do_block)
  (#eq? @_defimpl "defimpl")) @scope

; ExUnit's tests
(call
  target: (identifier) @_test
  (arguments . (string . (quoted_content) @name) @signature)
  (do_block)
  (#eq? @_test "test")) @function

(call
  target: (identifier) @_describe
  (arguments . (string . (quoted_content) @name) @signature)
  (do_block)
  (#eq? @_describe "describe")) @scope

; sum = fn a, b -> … end
(binary_operator
  left: (identifier) @name @signature
  operator: "="
  right: (anonymous_function)) @function

; Module attributes that document the definition below them …
((unary_operator
  operator: "@"
  operand: (call target: (identifier) @_doc (arguments . [(string) (sigil) (call) (binary_operator)]))) @comment
  (#any-of? @_doc "doc" "typedoc" "shortdoc" "spec"))

; … or belong to it.
((unary_operator
  operator: "@"
  operand: (call target: (identifier) @_attribute)) @attribute
  (#any-of? @_attribute "impl" "deprecated" "dialyzer" "since" "tag"))

((unary_operator
  operator: "@"
  operand: (call target: (identifier) @_doc (arguments . [(boolean) (keywords)]))) @attribute
  (#any-of? @_doc "doc" "typedoc"))
