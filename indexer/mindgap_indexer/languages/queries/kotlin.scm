; Captures are explained in ARCHITECTURE.md, "Languages".

(class_declaration "interface" name: (_) @name (class_body)? @body) @interface

(class_declaration
  (modifiers (class_modifier "enum"))
  name: (_) @name
  (enum_class_body)? @body) @enum

[
  (class_declaration name: (_) @name [(class_body) (enum_class_body)]? @body)
  (object_declaration name: (_) @name (class_body)? @body)
  (companion_object name: (_) @name (class_body)? @body)
  (enum_entry . (identifier) @name (class_body) @body)
] @class

(type_alias type: (_) @name) @type

(secondary_constructor "constructor" @name (block)? @body) @constructor

(object_literal (class_body (function_declaration name: (_) @name (function_body)? @body) @method))

; fun String.shout() is a method of String.
(function_declaration
  [
    (user_type (identifier)+ @owner)
    (nullable_type (user_type (identifier)+ @owner))
  ]
  . "."
  . name: (_) @name
  (function_body)? @body) @function

(function_declaration name: (_) @name (function_body)? @body) @function

; Of the properties those that compute.
(property_declaration
  [
    (user_type (identifier)+ @owner)
    (nullable_type (user_type (identifier)+ @owner))
  ]
  . "."
  . (variable_declaration . (identifier) @name)
  (getter (function_body)) @body) @function

(property_declaration (variable_declaration . (identifier) @name) (getter (function_body)) @body) @function

(property_declaration (variable_declaration . (identifier) @name) (setter (function_body)) @body) @function

; A lambda bound to a name is a function.
(property_declaration
  (variable_declaration . (identifier) @name)
  [(lambda_literal) (anonymous_function)] @body) @function

; Methods of an anonymous object are found under the name that it is bound to.
(property_declaration
  (variable_declaration . (identifier) @name)
  (object_literal (class_body) @body)) @scope.class

; A class that a syntax error tears apart.
(ERROR ["class" "object"] @class @torn . (identifier) @name)
(ERROR "interface" @interface @torn . (identifier) @name)
