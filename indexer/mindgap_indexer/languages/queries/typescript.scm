; Beside ecmascript.scm. Captures are explained in ARCHITECTURE.md, "Languages".

(abstract_class_declaration name: (_) @name body: (_) @body) @class

(interface_declaration name: (_) @name body: (_) @body) @interface

(enum_declaration name: (_) @name body: (_) @body) @enum

(type_alias_declaration name: (_) @name) @type

(internal_module name: (_) @name body: (_) @body) @scope

(module name: [(identifier) (nested_identifier)] @name body: (_) @body) @scope

; Overloads, ambient functions and the methods of interfaces have no body.
(function_signature name: (_) @name) @function

[
  (method_signature name: [
    (property_identifier) @name
    (private_property_identifier) @name
    (string (string_fragment) @name)
    (computed_property_name (member_expression property: (_) @name))
  ])
  (abstract_method_signature name: (property_identifier) @name)
] @method

; A constant without a value is ambient: declare const f: (x: number) => void
(lexical_declaration
  "const"
  (variable_declarator
    name: (identifier) @name
    type: (type_annotation (function_type))
    !value) @function)

(public_field_definition
  name: [(property_identifier) (private_property_identifier)] @name
  value: [
    (function_expression body: (_) @body)
    (arrow_function body: (_) @body)
  ]) @method

; A cast around what is bound to a name
(variable_declarator
  name: (identifier) @name
  value: [
    (as_expression (parenthesized_expression [(arrow_function body: (_) @body) (function_expression body: (_) @body)]))
    (satisfies_expression (parenthesized_expression [(arrow_function body: (_) @body) (function_expression body: (_) @body)]))
  ]) @function

(variable_declarator
  name: (identifier) @name
  value: [
    (as_expression (object [(method_definition) (pair value: [(function_expression) (arrow_function)])]))
    (satisfies_expression (object [(method_definition) (pair value: [(function_expression) (arrow_function)])]))
  ] @body) @scope
