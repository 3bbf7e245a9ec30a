; Captures are explained in ARCHITECTURE.md, "Languages".

[
  (class_definition name: (_) @name body: (_)? @body)
  (object_definition name: (_) @name body: (_)? @body)
  (package_object name: (_) @name body: (_)? @body)
  (given_definition name: (_) @name body: [(with_template_body) (template_body)] @body)
] @class

(trait_definition name: (_) @name body: (_)? @body) @trait

(enum_definition name: (_) @name body: (_)? @body) @enum

(type_definition name: (_) @name) @type

(instance_expression (template_body (function_definition name: (_) @name body: (_) @body) @method))

[
  (function_definition name: (_) @name body: (_) @body)
  (function_declaration name: (_) @name)
  (given_definition name: (_) @name body: (_) @body)
] @function

; A lambda bound to a name is a function.
[
  (val_definition
    pattern: (identifier) @name
    value: [(lambda_expression) (case_block) (block (lambda_expression) .)] @body)
  (var_definition
    pattern: (identifier) @name
    value: [(lambda_expression) (case_block) (block (lambda_expression) .)] @body)
] @function

(package_clause name: (_) @name body: (_) @body) @scope

; extension (s: String) def shout: the methods are those of String.
(extension_definition
  parameters: (parameters
    . (parameter type: [(type_identifier) @name (generic_type type: (_) @name) (_) @name]))
  body: (_) @body) @scope.class

; Methods of an anonymous class are found under the name that it is bound to, or under its type.
[
  (val_definition pattern: (identifier) @name value: (instance_expression (template_body) @body))
  (given_definition
    !name
    return_type: [(type_identifier) @name (generic_type type: (_) @name)]
    body: [(with_template_body) (template_body)] @body)
] @scope.class
