; Captures are explained in ARCHITECTURE.md, "Languages".

(function_declaration
  name: [
    (identifier) @name
    (dot_index_expression table: (_) @namespace field: (_) @name)
    (method_index_expression table: (_) @owner method: (_) @name)
  ]
  parameters: (_) @signature) @function

; f = function() … end, M.f = …, M["f"] = …, f = f or function() … end
(assignment_statement
  (variable_list . name: [
    (identifier) @name
    (dot_index_expression table: (_) @namespace field: (_) @name)
    (bracket_index_expression table: (_) @namespace field: [
      (string content: (_) @name)
      (dot_index_expression field: (_) @name)
    ])
  ])
  (expression_list . value: [
    (function_definition parameters: (_) @signature)
    (binary_expression right: (function_definition parameters: (_) @signature))
  ])) @function

; { f = function() … end }
(field
  name: [
    (identifier) @name
    (string content: (_) @name)
    (dot_index_expression field: (_) @name)
  ]
  value: [
    (function_definition parameters: (_) @signature)
    (binary_expression right: (function_definition parameters: (_) @signature))
  ]) @function

; At the top of a file also what a decorator makes of a function: M.f = cached(function() … end)
(chunk (assignment_statement
  (variable_list . name: [
    (identifier) @name
    (dot_index_expression table: (_) @namespace field: (_) @name)
  ])
  (expression_list . value: (function_call
    arguments: (arguments . (function_definition parameters: (_) @signature) .)))) @function)

(chunk (variable_declaration (assignment_statement
  (variable_list . name: (identifier) @name)
  (expression_list . value: (function_call
    arguments: (arguments . (function_definition parameters: (_) @signature) .)))) @function))

; A table bound to a name names the functions in it.
(assignment_statement
  (variable_list . name: [
    (identifier) @name @signature
    (dot_index_expression table: (_) @namespace field: (_) @name @signature)
  ])
  (expression_list . value: (table_constructor (field value: (function_definition))))) @scope

(field
  name: (identifier) @name @signature
  value: (table_constructor (field value: (function_definition)))) @scope
