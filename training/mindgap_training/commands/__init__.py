"""The functions behind `mindgap train …`: their signatures become the options."""
