/** Stands in for the editor where a test bundles a module that names it: there is none here. */
export {};
