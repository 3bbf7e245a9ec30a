; Captures are explained in ARCHITECTURE.md, "Languages".

(namespace_definition name: (namespace_name) @name body: (_) @body) @scope
(namespace_definition name: (namespace_name) @name !body) @scope.file

(function_definition name: (name) @name body: (_) @body) @function
(method_declaration name: (name) @name body: (_)? @body) @method
; A property with hooks computes: `public string $name { get => … }`.
(property_declaration
  (property_element name: (variable_name (name) @name))
  (property_hook_list) @body) @method

(class_declaration name: (name) @name body: (_) @body) @class
(interface_declaration name: (name) @name body: (_) @body) @interface
(trait_declaration name: (name) @name body: (_) @body) @trait
(enum_declaration name: (name) @name body: (_) @body) @enum
(assignment_expression
  left: [(variable_name (name) @name) (member_access_expression name: (name) @name)]
  right: (object_creation_expression (anonymous_class body: (_) @body))) @class

; A closure bound to a name is a function.
(assignment_expression
  left: [
    (variable_name (name) @name)
    (member_access_expression name: (name) @name)
    (scoped_property_access_expression name: (variable_name (name) @name))
  ]
  right: [(anonymous_function body: (_) @body) (arrow_function body: (_) @body)]) @function
((array_element_initializer
  . (string (string_content) @name)
  . [(anonymous_function body: (_) @body) (arrow_function body: (_) @body)]) @function
  (#match? @name "^[A-Za-z_][A-Za-z0-9_.:-]*$"))

; An array with functions in it, bound to a name, is their scope.
; The capture in its depth is needed: without one, the matcher gives up at the first element that differs.
(assignment_expression
  left: (variable_name (name) @name)
  right: (array_creation_expression
    (array_element_initializer [(anonymous_function) (arrow_function)] @_function)) @body) @scope
