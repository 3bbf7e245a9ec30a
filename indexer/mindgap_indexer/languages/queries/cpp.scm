; Captures are explained in ARCHITECTURE.md, "Languages".

; TEST_F(StackTest, PopsLast) { … } is a function of its last word.
((function_definition
  !type
  declarator: (function_declarator
    declarator: (identifier) @_macro
    parameters: (parameter_list
      . (parameter_declaration !declarator type: (type_identifier) @namespace)
      . (parameter_declaration !declarator type: (type_identifier) @name) .))
  body: (_) @body) @function
  (#match? @_macro "^[A-Z][A-Z0-9_]+$"))
((function_definition
  !type
  declarator: (function_declarator
    declarator: (identifier) @_macro
    parameters: (parameter_list . (parameter_declaration !declarator type: (type_identifier) @name) .))
  body: (_) @body) @function
  (#match? @_macro "^[A-Z][A-Z0-9]*_[A-Z0-9_]+$"))
; TEST_CASE("pops the last", "[stack]") { … }
((expression_statement (call_expression
  function: (identifier) @_macro
  arguments: (argument_list . (string_literal (string_content) @name)))) @function
  . (compound_statement) @body @function
  (#match? @_macro "^[A-Z_]*(TEST|SCENARIO)[A-Z_]*$"))

(function_definition
  declarator: [
    (function_declarator declarator: [
      (identifier) (field_identifier) (qualified_identifier) (destructor_name) (operator_name)
      (template_function)
    ] @name)
    (_ (function_declarator declarator: [
      (identifier) (field_identifier) (qualified_identifier) (operator_name) (template_function)
    ] @name))
    (_ (_ (function_declarator declarator: [
      (identifier) (field_identifier) (qualified_identifier) (operator_name) (template_function)
    ] @name)))
    (operator_cast "operator" @name type: (_) @name)
    (qualified_identifier scope: (_) @owner name: (operator_cast "operator" @name type: (_) @name))
    (qualified_identifier scope: (_) @owner name: (qualified_identifier
      scope: (_) @owner name: (operator_cast "operator" @name type: (_) @name)))
  ]
  (field_initializer_list)? @body
  body: (_)? @body) @function

; Declared here, defined elsewhere. An upper-case name without a type before it is a macro.
((declaration
  !type
  declarator: [
    (function_declarator declarator: [(identifier) (destructor_name)] @name)
    (operator_cast "operator" @name type: (_) @name)
  ]) @prototype
  (#not-match? @name "^[A-Z][A-Z0-9]*_[A-Z0-9_]*$"))
(declaration
  type: (_)
  declarator: [
    (function_declarator declarator: [(identifier) (qualified_identifier) (operator_name) (template_function)] @name)
    (_ (function_declarator declarator: [
      (identifier) (qualified_identifier) (operator_name) (template_function)
    ] @name))
    (_ (_ (function_declarator declarator: [(identifier) (operator_name)] @name)))
  ]) @prototype
(field_declaration
  declarator: [
    (function_declarator declarator: [(field_identifier) (operator_name)] @name)
    (_ (function_declarator declarator: [(field_identifier) (operator_name)] @name))
    (_ (_ (function_declarator declarator: [(field_identifier) (operator_name)] @name)))
  ]) @prototype

(preproc_function_def name: (identifier) @name value: (_)? @body) @macro

; A lambda bound to a name is a function.
(declaration declarator: (init_declarator
  declarator: (identifier) @name
  value: (lambda_expression body: (_) @body))) @function
(field_declaration
  declarator: (field_identifier) @name
  default_value: (lambda_expression body: (_) @body)) @function

(type_definition
  type: [(struct_specifier body: (_) @body) (union_specifier body: (_) @body) (class_specifier body: (_) @body)]
  declarator: [(type_identifier) @name (_ declarator: (type_identifier) @name)]) @struct
(type_definition
  type: (enum_specifier body: (_) @body)
  declarator: [(type_identifier) @name (_ declarator: (type_identifier) @name)]) @enum
(type_definition
  declarator: [
    (type_identifier) @name
    (_ declarator: (type_identifier) @name)
    (_ declarator: (_ declarator: (type_identifier) @name))
    (function_declarator declarator: (parenthesized_declarator [
      (type_identifier) @name
      (pointer_declarator declarator: (type_identifier) @name)
    ]))
  ]) @type
(alias_declaration name: (type_identifier) @name) @type
(concept_definition name: (identifier) @name) @type

(class_specifier
  name: [(type_identifier) (template_type) (qualified_identifier)] @name body: (_) @body) @class
(struct_specifier
  name: [(type_identifier) (template_type) (qualified_identifier)] @name body: (_) @body) @struct
(union_specifier
  name: [(type_identifier) (template_type) (qualified_identifier)] @name body: (_) @body) @struct
(enum_specifier name: [(type_identifier) (qualified_identifier)] @name body: (_) @body) @enum

(namespace_definition name: (_) @name body: (_) @body) @scope
(namespace_definition body: (_) @body) @scope
(linkage_specification body: (declaration_list) @body) @scope
