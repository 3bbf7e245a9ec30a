"""What the projection is compared with, each behind the one method `scores`."""
