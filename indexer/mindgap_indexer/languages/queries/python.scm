; Captures are explained in ARCHITECTURE.md, "Languages".

; The signature ends before the body: a comment that opens a body stands before the body's node.
(function_definition
  name: (identifier) @name
  parameters: (_) @signature
  return_type: (_)? @signature
  body: (block . (expression_statement . (string) @doc)?) @body) @function

(class_definition
  name: (identifier) @name @signature
  type_parameters: (_)? @signature
  superclasses: (_)? @signature
  body: (block . (expression_statement . (string) @doc)?) @body) @class

; A lambda bound to a name is a function.
(assignment
  left: (identifier) @name
  right: (lambda body: (_) @body)) @function

(type_alias_statement left: (type [(identifier) @name (generic_type (identifier) @name)])) @type

; The docstring of the module.
(module . (comment)* . (expression_statement . (string) @comment .))
