"""Full-text search that knows Chinese: a search backend for Wagtail, and the words it cuts."""
