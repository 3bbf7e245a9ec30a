; Captures are explained in ARCHITECTURE.md, "Languages".

(function_declaration name: (identifier) @name body: (block)? @body) @function

(method_declaration
  receiver: (parameter_list
    (parameter_declaration
      type: [
        (type_identifier) @owner
        (generic_type type: (type_identifier) @owner)
        (pointer_type [(type_identifier) @owner (generic_type type: (type_identifier) @owner)])
      ]))
  name: (field_identifier) @name
  body: (block)? @body) @method

; `type T …` alone is the whole declaration, so that the signature keeps its keyword …
(type_declaration . "type" . (type_spec
  name: (type_identifier) @name type: (struct_type (field_declaration_list) @body))) @struct
(type_declaration . "type" . (type_spec
  name: (type_identifier) @name type: (interface_type "{" @body))) @interface
(type_declaration . "type" . [
  (type_spec name: (type_identifier) @name)
  (type_alias name: (type_identifier) @name)
]) @type

; … in `type ( … )` each specification is one.
(type_declaration "(" (type_spec
  name: (type_identifier) @name type: (struct_type (field_declaration_list) @body)) @struct)
(type_declaration "(" (type_spec
  name: (type_identifier) @name type: (interface_type "{" @body)) @interface)
(type_declaration "(" (type_spec name: (type_identifier) @name) @type)
(type_declaration "(" (type_alias name: (type_identifier) @name) @type)

(method_elem name: (field_identifier) @name) @method

; A function literal bound to a name is a function.
(var_spec
  . name: (identifier) @name
  value: (expression_list . (func_literal body: (block) @body) .)) @function
(short_var_declaration
  left: (expression_list . (identifier) @name .)
  right: (expression_list . (func_literal body: (block) @body) .)) @function
(assignment_statement
  left: (expression_list . [(identifier) @name (selector_expression field: (field_identifier) @name)] .)
  right: (expression_list . (func_literal body: (block) @body) .)) @function
(keyed_element
  key: (literal_element (identifier) @name)
  value: (literal_element (func_literal body: (block) @body))) @function
((keyed_element
  key: (literal_element (interpreted_string_literal (interpreted_string_literal_content) @name))
  value: (literal_element (func_literal body: (block) @body))) @function
  (#match? @name "^[A-Za-z_][A-Za-z0-9_.-]*$"))

; A literal with functions in it, bound to a name, is their scope: `var cmd = &Command{Run: func …}`.
; The capture in its depth is needed: without one, the matcher gives up at the first element that differs.
(var_spec
  . name: (identifier) @name
  value: (expression_list . [
    (composite_literal
      body: (literal_value (keyed_element value: (literal_element (func_literal) @_function))) @body)
    (unary_expression operand: (composite_literal
      body: (literal_value (keyed_element value: (literal_element (func_literal) @_function))) @body))
  ] .)) @scope
(short_var_declaration
  left: (expression_list . (identifier) @name .)
  right: (expression_list . [
    (composite_literal
      body: (literal_value (keyed_element value: (literal_element (func_literal) @_function))) @body)
    (unary_expression operand: (composite_literal
      body: (literal_value (keyed_element value: (literal_element (func_literal) @_function))) @body))
  ] .)) @scope
