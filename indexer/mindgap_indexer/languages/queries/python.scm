; Captures are explained in ARCHITECTURE.md, "Languages".

(function_definition
  name: (identifier) @name
  body: (block . (expression_statement . (string) @doc)? ) @body) @function

(class_definition
  name: (identifier) @name
  body: (block . (expression_statement . (string) @doc)? ) @body) @class

; A lambda bound to a name is a function.
(assignment
  left: (identifier) @name
  right: (lambda body: (_) @body)) @function

(type_alias_statement left: (type [(identifier) @name (generic_type (identifier) @name)])) @type
