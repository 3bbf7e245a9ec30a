; Captures are explained in ARCHITECTURE.md, "Languages".

; The wildcard: an operator is a token without a node of its own.
(function_declaration "func" . name: _ @name body: (function_body)? @body) @function
(protocol_function_declaration "func" . name: _ @name body: (function_body)? @body) @method
(init_declaration "init" @name body: (function_body)? @body) @constructor
(deinit_declaration "deinit" @name body: (function_body) @body) @method
(subscript_declaration "subscript" @name (computed_property) @body) @method
(macro_declaration "macro" . (simple_identifier) @name definition: (_)? @body) @macro

; A property that computes its value, watches it or makes it in a closure is a function …
(property_declaration
  name: (pattern bound_identifier: (simple_identifier) @name)
  computed_value: (computed_property) @body) @function
(property_declaration
  name: (pattern bound_identifier: (simple_identifier) @name)
  (willset_didset_block) @body) @function
(property_declaration
  name: (pattern bound_identifier: (simple_identifier) @name)
  value: (call_expression . (lambda_literal) @body . (call_suffix (value_arguments)))) @function
; … and so is a closure bound to a name.
(property_declaration
  name: (pattern bound_identifier: (simple_identifier) @name)
  value: (lambda_literal) @body) @function

(class_declaration declaration_kind: "class" name: (type_identifier) @name body: (_) @body) @class
(class_declaration declaration_kind: "actor" name: (type_identifier) @name body: (_) @body) @class
(class_declaration declaration_kind: "struct" name: (type_identifier) @name body: (_) @body) @struct
(class_declaration declaration_kind: "enum" name: (type_identifier) @name body: (_) @body) @enum
(class_declaration
  declaration_kind: "extension"
  name: [(user_type . (type_identifier) @name . (type_arguments)? .) (user_type) @name]
  body: (_) @body) @scope.class
(protocol_declaration name: (type_identifier) @name body: (_) @body) @interface
(typealias_declaration name: (type_identifier) @name) @type
