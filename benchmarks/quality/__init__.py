"""Does it find the right function? Public and hand-written sets, asked through the same door as a user."""
