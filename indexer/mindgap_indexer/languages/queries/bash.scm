; Captures are explained in ARCHITECTURE.md, "Languages".

(function_definition name: (word) @name body: (_) @body) @function
