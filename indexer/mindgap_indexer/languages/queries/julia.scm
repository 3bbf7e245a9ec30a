; Captures are explained in ARCHITECTURE.md, "Languages".
; The name stands at the bottom of what is called, below any number of `where` and a return type:
; f, Type{T}, Base.show, Base.:+, (functor::Type), $name.

(function_definition (signature [
  (call_expression . [
    [(identifier) (operator)] @name
    (parametrized_type_expression . (identifier) @name)
    (field_expression value: (_) @namespace [(identifier) @name (quote_expression [(operator) @name (_ (operator) @name)])])
    (parenthesized_expression [(operator) @name (_ [(identifier) @name (_ . (identifier) @name)] .)])
    (interpolation_expression (identifier) @name)
  ])
  (_ . (call_expression . [
    [(identifier) (operator)] @name
    (parametrized_type_expression . (identifier) @name)
    (field_expression value: (_) @namespace [(identifier) @name (quote_expression [(operator) @name (_ (operator) @name)])])
    (parenthesized_expression [(operator) @name (_ [(identifier) @name (_ . (identifier) @name)] .)])
    (interpolation_expression (identifier) @name)
  ]))
  (_ . (_ . (call_expression . [
    [(identifier) (operator)] @name
    (parametrized_type_expression . (identifier) @name)
    (field_expression value: (_) @namespace [(identifier) @name (quote_expression [(operator) @name (_ (operator) @name)])])
    (parenthesized_expression [(operator) @name (_ [(identifier) @name (_ . (identifier) @name)] .)])
    (interpolation_expression (identifier) @name)
  ])))
  (_ . (_ . (_ . (call_expression . [
    [(identifier) (operator)] @name
    (parametrized_type_expression . (identifier) @name)
    (field_expression value: (_) @namespace [(identifier) @name (quote_expression [(operator) @name (_ (operator) @name)])])
    (parenthesized_expression [(operator) @name (_ [(identifier) @name (_ . (identifier) @name)] .)])
    (interpolation_expression (identifier) @name)
  ]))))
] @signature)) @function

(function_definition (signature (identifier) @name @signature)) @function

; f(x) = …
(assignment . [
  (call_expression . [
    [(identifier) (operator)] @name
    (parametrized_type_expression . (identifier) @name)
    (field_expression value: (_) @namespace [(identifier) @name (quote_expression [(operator) @name (_ (operator) @name)])])
    (parenthesized_expression [(operator) @name (_ [(identifier) @name (_ . (identifier) @name)] .)])
    (interpolation_expression (identifier) @name)
  ])
  (where_expression . (call_expression . [
    [(identifier) (operator)] @name
    (parametrized_type_expression . (identifier) @name)
    (field_expression value: (_) @namespace [(identifier) @name (quote_expression [(operator) @name (_ (operator) @name)])])
    (parenthesized_expression [(operator) @name (_ [(identifier) @name (_ . (identifier) @name)] .)])
    (interpolation_expression (identifier) @name)
  ]))
  (typed_expression . (call_expression . [
    [(identifier) (operator)] @name
    (parametrized_type_expression . (identifier) @name)
    (field_expression value: (_) @namespace [(identifier) @name (quote_expression [(operator) @name (_ (operator) @name)])])
    (parenthesized_expression [(operator) @name (_ [(identifier) @name (_ . (identifier) @name)] .)])
    (interpolation_expression (identifier) @name)
  ]))
  (where_expression . (_ . (call_expression . [
    [(identifier) (operator)] @name
    (parametrized_type_expression . (identifier) @name)
    (field_expression value: (_) @namespace [(identifier) @name (quote_expression [(operator) @name (_ (operator) @name)])])
    (parenthesized_expression [(operator) @name (_ [(identifier) @name (_ . (identifier) @name)] .)])
    (interpolation_expression (identifier) @name)
  ])))
  (where_expression . (where_expression . (_ . (call_expression . [
    [(identifier) (operator)] @name
    (parametrized_type_expression . (identifier) @name)
    (field_expression value: (_) @namespace [(identifier) @name (quote_expression [(operator) @name (_ (operator) @name)])])
    (parenthesized_expression [(operator) @name (_ [(identifier) @name (_ . (identifier) @name)] .)])
    (interpolation_expression (identifier) @name)
  ]))))
] @signature) @function

; left ⊗ right = …
(assignment . (binary_expression (operator) @name) @signature) @function

; f = x -> …
(assignment
  . (identifier) @name @signature
  [(arrow_function_expression) (function_definition (signature . (argument_list)))]) @function

(macro_definition (signature (call_expression . [(identifier) (operator)] @name) @signature)) @macro

(struct_definition (type_head [
  (identifier) @name
  (parametrized_type_expression . (identifier) @name)
  (binary_expression . [
    (identifier) @name
    (parametrized_type_expression . (identifier) @name)
  ])
]) @signature) @struct

[
  (abstract_definition (type_head [
    (identifier) @name
    (parametrized_type_expression . (identifier) @name)
    (binary_expression . [
      (identifier) @name
      (parametrized_type_expression . (identifier) @name)
    ])
  ]))
  (primitive_definition (type_head [
    (identifier) @name
    (binary_expression . (identifier) @name)
  ]))
] @type

(module_definition name: (_) @name @signature) @scope

; A string directly above a definition is its docstring.
(source_file [(string_literal) (prefixed_string_literal)] @comment)
(module_definition [(string_literal) (prefixed_string_literal)] @comment)
(struct_definition (string_literal) @comment)

