"""How fast Mindgap is, beside others, over corpora that anyone can download."""
