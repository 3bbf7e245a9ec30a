; Captures are explained in ARCHITECTURE.md, "Languages".

[
  (class_declaration name: (_) @name body: (_) @body)
  (record_declaration name: (_) @name body: (_) @body)
  (enum_constant name: (_) @name body: (_) @body)
] @class

[
  (interface_declaration name: (_) @name body: (_) @body)
  (annotation_type_declaration name: (_) @name body: (_) @body)
] @interface

(enum_declaration name: (_) @name body: (_) @body) @enum

[
  (constructor_declaration name: (_) @name body: (_) @body)
  (compact_constructor_declaration name: (_) @name body: (_) @body)
] @constructor

[
  (method_declaration name: (_) @name body: (_)? @body)
  (annotation_type_element_declaration name: (_) @name)
] @method

; A lambda bound to a name is a function.
[
  (field_declaration
    declarator: (variable_declarator name: (_) @name value: (lambda_expression body: (_) @body)))
  (constant_declaration
    declarator: (variable_declarator name: (_) @name value: (lambda_expression body: (_) @body)))
  (local_variable_declaration
    declarator: (variable_declarator name: (_) @name value: (lambda_expression body: (_) @body)))
] @function

; Methods of an anonymous class are found under the name that it is bound to.
(variable_declarator
  name: (_) @name
  value: (object_creation_expression (class_body) @body)) @scope.class

; A class that a syntax error tears apart.
(ERROR ["class" "record"] @class @torn . (identifier) @name)
(ERROR "interface" @interface @torn . (identifier) @name)
(ERROR "enum" @enum @torn . (identifier) @name)
