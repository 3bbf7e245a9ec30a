; Captures are explained in ARCHITECTURE.md, "Languages".

(namespace_declaration name: (_) @name body: (_) @body) @scope

(file_scoped_namespace_declaration name: (_) @name) @scope.file

(record_declaration "struct" name: (_) @name body: (_)? @body) @struct

[
  (class_declaration name: (_) @name body: (_)? @body)
  (record_declaration name: (_) @name body: (_)? @body)
] @class

(struct_declaration name: (_) @name body: (_)? @body) @struct

(interface_declaration name: (_) @name body: (_)? @body) @interface

(enum_declaration name: (_) @name body: (_)? @body) @enum

(delegate_declaration name: (_) @name) @type

(constructor_declaration name: (_) @name body: (_)? @body) @constructor

[
  (method_declaration name: (_) @name body: (_)? @body)
  (destructor_declaration "~" @name name: (_) @name body: (_)? @body)
  (operator_declaration "operator" @name operator: _ @name body: (_)? @body)
  (conversion_operator_declaration "operator" @name type: (_) @name body: (_)? @body)
  (indexer_declaration "this" @name accessors: (_) @body)
  (indexer_declaration "this" @name value: (_) @body)
] @method

; Of the properties and events those that compute; { get; set; } is a variable.
[
  (property_declaration name: (_) @name value: (arrow_expression_clause) @body)
  (property_declaration name: (_) @name accessors: (accessor_list (accessor_declaration body: (_))) @body)
  (event_declaration name: (_) @name accessors: (_) @body)
] @method

; What the grammar cannot read it takes for this now and then.
((local_function_statement name: (_) @name body: (_)? @body) @function
  (#not-eq? @name "if"))

; A lambda bound to a name is a function.
[
  (property_declaration name: (_) @name value: (lambda_expression body: (_) @body))
  (field_declaration
    (variable_declaration
      (variable_declarator
        name: (_) @name
        [(lambda_expression body: (_) @body) (anonymous_method_expression (block) @body)])))
  (local_declaration_statement
    (variable_declaration
      (variable_declarator
        name: (_) @name
        [(lambda_expression body: (_) @body) (anonymous_method_expression (block) @body)])))
] @function

; A class that a syntax error tears apart.
(ERROR ["class" "record"] @class @torn . (identifier) @name)
(ERROR "interface" @interface @torn . (identifier) @name)
(ERROR "struct" @struct @torn . (identifier) @name)
