; Captures are explained in ARCHITECTURE.md, "Languages".

(function_definition
  declarator: [
    (function_declarator declarator: (identifier) @name)
    (function_declarator declarator: (parenthesized_declarator (identifier) @name))
    (_ declarator: (function_declarator declarator: (identifier) @name))
    (_ declarator: (_ declarator: (function_declarator declarator: (identifier) @name)))
    (_ declarator: (_ declarator: (_ declarator: (function_declarator declarator: (identifier) @name))))
    ; A function that returns a pointer to a function.
    (function_declarator declarator: (parenthesized_declarator
      (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))))
    ; TEST_IMPL(fs_read) { … }
    (parenthesized_declarator (identifier) @name)
  ]
  body: (compound_statement) @body) @function
; SYSCALL_DEFINE1(close, unsigned int, fd) { … }
((expression_statement (call_expression
  function: (identifier) @_macro
  arguments: (argument_list . (identifier) @name))) @function
  . (compound_statement) @body @function
  (#match? @_macro "^[A-Z_]*DEFINE[A-Z0-9_]*$"))

(declaration
  declarator: [
    (function_declarator declarator: (identifier) @name)
    (function_declarator declarator: (parenthesized_declarator (identifier) @name))
    (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
    (pointer_declarator declarator: (pointer_declarator
      declarator: (function_declarator declarator: (identifier) @name)))
  ]) @prototype

(linkage_specification body: (declaration_list) @body) @scope

(preproc_function_def name: (identifier) @name value: (_)? @body) @macro

(type_definition
  type: (struct_specifier body: (_) @body)
  declarator: [(type_identifier) @name (_ declarator: (type_identifier) @name)]) @struct
(type_definition
  type: (union_specifier body: (_) @body)
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
    (pointer_declarator declarator: (function_declarator declarator: (parenthesized_declarator [
      (type_identifier) @name
      (pointer_declarator declarator: (type_identifier) @name)
    ])))
  ]) @type

(struct_specifier name: (type_identifier) @name body: (_) @body) @struct
(union_specifier name: (type_identifier) @name body: (_) @body) @struct
(enum_specifier name: (type_identifier) @name body: (_) @body) @enum
