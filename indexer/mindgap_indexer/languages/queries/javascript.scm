; Beside ecmascript.scm. Captures are explained in ARCHITECTURE.md, "Languages".

(field_definition
  property: [(property_identifier) (private_property_identifier)] @name
  value: [
    (function_expression body: (_) @body)
    (arrow_function body: (_) @body)
  ]) @method
